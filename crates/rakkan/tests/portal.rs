//! A headless Chromium with a virtual authenticator walks from the first visit to the downloaded file; others judge what it got.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use support::{judge, rakkan, text_of};

/// A demo that stays up until the test ends.
struct Portal(Child);

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_new_person_signs_a_file_in_the_browser_and_others_accept_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let mut child =
        rakkan().args(["demo", "--json", "--port", "0", "--data"]).arg(&data).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let _portal = Portal(child);
    let report: Value = serde_json::from_str(&first).unwrap();

    let out = folder.path().join("walk");
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/contract.pdf");
    let mut walk = judge("../e2e/portal_walk.py");
    walk.args(["--portal", report["portal"].as_str().unwrap()]).arg("--pdf").arg(&contract).arg("--out").arg(&out);
    let output = walk.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));

    let signed = out.join("signed.pdf");
    let text = text_of(Command::new("pdfsig").arg("-nocert").arg(&signed));
    assert!(text.contains("Signature is Valid") && text.contains("Total document signed"), "{text}");
    let mut command = judge("pyhanko_judge.py");
    let answer: Value =
        serde_json::from_str(&text_of(command.arg(&signed).arg(data.join("evidence/demo-root.pem")))).unwrap();
    assert_eq!(answer[0]["bottom_line"], true, "{answer}");
    assert_eq!(answer[0]["timestamp_trusted"], true, "{answer}");
    let mut receipt = rakkan();
    receipt.args(["log", "receipt", "verify"]).arg(out.join("receipt.tlog-proof")).arg("--pdf").arg(&signed);
    text_of(receipt.arg("--key-file").arg(data.join("log.vkey")));
}
