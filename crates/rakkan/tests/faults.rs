//! Bad input and faults at the command line: each ends with a clear error that names cause and remedy, and leaves nothing half-done.

mod support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::rakkan;
use tempfile::TempDir;

/// A finished demo that should have failed.
struct Failed {
    folder: TempDir,
    output: Output,
}

impl Failed {
    fn demo(pdf: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = rakkan();
        command.args(["demo", "--exit", "--port", "0", "--data"]).arg(folder.path()).arg("--pdf").arg(pdf);
        Self { output: command.output().unwrap(), folder }
    }

    /// The error is on standard error, has status 1, contains all of `words`, and there is no signed file, whole or in part.
    fn says(&self, words: &[&str]) {
        let text = String::from_utf8_lossy(&self.output.stderr);
        assert_eq!(self.output.status.code(), Some(1), "{text}");
        for word in words {
            assert!(text.contains(word), "{word:?} is not in: {text}");
        }
        assert!(!text.contains("panicked"), "{text}");
        let left: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("signed") || name.starts_with("receipt"))
            .collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

fn file(folder: &TempDir, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// A PDF of these objects, numbered from 1; the first is the catalog.
fn pdf(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        writeln!(out, "{} 0 obj", number + 1).unwrap();
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let xref = out.len();
    write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).unwrap();
    for offset in offsets {
        writeln!(out, "{offset:010} 00000 n ").unwrap();
    }
    write!(out, "trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{xref}\n%%EOF\n", objects.len() + 1).unwrap();
    out
}

fn page_tree() -> [Vec<u8>; 2] {
    [b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(), b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>".to_vec()]
}

fn contract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/contract.pdf")
}

#[test]
fn an_empty_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Failed::demo(&file(&folder, "empty.pdf", b"")).says(&["empty"]);
}

#[test]
fn a_file_that_is_no_pdf_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    Failed::demo(&file(&folder, "note.pdf", b"Dear reader, this is a letter and not a document format."))
        .says(&["PDF"]);
}

#[test]
fn a_truncated_pdf_is_refused_with_the_advice_to_get_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(contract()).unwrap();
    Failed::demo(&file(&folder, "half.pdf", &whole[..whole.len() / 2])).says(&["cut off", "again"]);
}

#[test]
fn an_encrypted_pdf_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked.pdf");
    let status = Command::new("qpdf")
        .args(["--encrypt", "user", "owner", "256", "--"])
        .arg(contract())
        .arg(&locked)
        .status()
        .unwrap();
    assert!(status.success());
    Failed::demo(&locked).says(&["encrypt"]);
}

#[test]
fn five_thousand_nested_arrays_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let nested = [b"[".repeat(5000), b"]".repeat(5000)].concat();
    let catalog = [b"<</Type/Catalog/Pages 2 0 R/Deep ".to_vec(), nested, b">>".to_vec()].concat();
    let [pages, page] = page_tree();
    Failed::demo(&file(&folder, "deep.pdf", &pdf(&[catalog, pages, page]))).says(&["nest"]);
}

#[test]
fn a_missing_file_is_named() {
    Failed::demo(Path::new("no/such/contract.pdf")).says(&["--pdf no/such/contract.pdf", "cannot be opened"]);
}

#[test]
fn two_hundred_megabytes_are_signed() {
    let folder = tempfile::tempdir().unwrap();
    let [pages, page] = page_tree();
    let length = 200 * 1024 * 1024;
    let mut stream = format!("<</Length {length}>>\nstream\n").into_bytes();
    stream.resize(stream.len() + length, b'x');
    stream.extend_from_slice(b"\nendstream");
    let big = file(&folder, "big.pdf", &pdf(&[b"<</Type/Catalog/Pages 2 0 R>>".to_vec(), pages, page, stream]));
    let data = folder.path().join("demo");
    let output = rakkan()
        .args(["demo", "--exit", "--json", "--port", "0", "--data"])
        .arg(&data)
        .arg("--pdf")
        .arg(&big)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::metadata(data.join("signed.pdf")).unwrap().len() > length as u64);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["memory_pss_bytes"].as_u64().unwrap() < 150_000_000, "{report}");
}

#[test]
fn a_port_that_is_taken_is_named_with_the_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output = rakkan().args(["demo", "--exit", "--port", &port.to_string()]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains(&format!("port {port}")) && text.contains("choose another"), "{text}");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    // A file stands where the folder should be: holds for root as well, whom permissions do not stop.
    let blocked = file(&folder, "occupied", b"").join("data");
    let output = rakkan().args(["demo", "--exit", "--port", "0", "--data"]).arg(&blocked).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("occupied") && text.contains("--data DIR"), "{text}");
}

#[test]
fn an_unknown_configuration_key_ends_serve_and_sam_with_status_78_and_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    for (verb, key, typo) in [("serve", "sign_origin", "sing_origin"), ("sam", "signing_origin", "signing_orgin")] {
        let template = String::from_utf8(rakkan().args(["config", "init", verb]).output().unwrap().stdout).unwrap();
        let wrong = file(&folder, "wrong.toml", template.replacen(key, typo, 1).as_bytes());
        for arguments in [vec![verb, "--config"], vec!["config", "check", verb]] {
            let output = rakkan().args(&arguments).arg(&wrong).output().unwrap();
            let text = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(78), "{arguments:?}: {text}");
            assert!(text.contains(typo) && text.contains(&format!("did you mean `{key}`")), "{text}");
        }
    }
}

#[test]
fn a_second_demo_in_the_same_folder_continues_the_same_log() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let output =
            rakkan().args(["demo", "--exit", "--json", "--port", "0", "--data"]).arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::copy(folder.path().join("receipt.tlog-proof"), folder.path().join("earlier.tlog-proof")).unwrap();
    };
    run();
    let earlier = std::fs::read(folder.path().join("earlier.tlog-proof")).unwrap();
    let earlier = file(&folder, "first.tlog-proof", &earlier);
    run();
    let mut command = rakkan();
    command.args(["log", "verify"]).arg(folder.path().join("sam/state")).arg("--extends").arg(earlier);
    let output = command.arg("--key-file").arg(folder.path().join("log.vkey")).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_receipt_of_the_demo_verifies_with_its_file_and_not_with_another() {
    let demo = support::Demo::run(&[]);
    let verify = |pdf: &Path| {
        let mut command = rakkan();
        command.args(["log", "receipt", "verify"]).arg(demo.folder().join("receipt.tlog-proof")).arg("--pdf").arg(pdf);
        command.arg("--key-file").arg(demo.folder().join("log.vkey")).output().unwrap()
    };
    let good = verify(&demo.signed_pdf());
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(!verify(&contract()).status.success());
}
