//! Programs of others that judge what we wrote. Where everything must be there, a missing one is an error.
#![allow(clippy::disallowed_methods, reason = "judges are programs and read files")]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

fn available(program: &str) -> bool {
    let found = Command::new("which").arg(program).output().is_ok_and(|output| output.status.success());
    assert!(found || !super::in_ci(), "the judge {program} is not installed");
    if !found {
        let _ = writeln!(std::io::stderr(), "SKIPPED 1 judgement: {program} is not installed");
    }
    found
}

fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// `qpdf --check` finds no error and no warning.
pub fn qpdf(path: &Path) {
    if available("qpdf") {
        let (ok, text) = run("qpdf", &["--check", path.to_str().unwrap()]);
        assert!(ok && !text.contains("WARNING"), "qpdf: {text}");
    }
}

/// Runs `qpdf`, which must find no error and no warning; `None` if it is not there.
pub fn qpdf_with(arguments: &[&str]) -> Option<String> {
    if !available("qpdf") {
        return None;
    }
    let (ok, text) = run("qpdf", arguments);
    assert!(ok && !text.contains("WARNING"), "qpdf {arguments:?}: {text}");
    Some(text)
}

/// `pdfsig` finds this many signatures, all valid, the last one over the whole file.
pub fn pdfsig(path: &Path, signatures: usize) {
    if available("pdfsig") {
        let text = pdfsig_valid(path, signatures);
        assert!(text.contains("Total document signed"), "pdfsig: {text}");
        assert_eq!(text.matches("ETSI.CAdES.detached").count(), signatures, "pdfsig: {text}");
    }
}

/// `pdfsig` finds this many valid signatures. Document time-stamps it cannot validate.
pub fn pdfsig_valid(path: &Path, signatures: usize) -> String {
    if !available("pdfsig") {
        return String::new();
    }
    let (_, text) = run("pdfsig", &["-nocert", path.to_str().unwrap()]);
    assert_eq!(text.matches("Signature is Valid.").count(), signatures, "pdfsig: {text}");
    text
}

/// `openssl cms -verify -cades` accepts the CMS over the covered bytes.
pub fn openssl_cms(folder: &Path, cms: &[u8], covered: &[u8], root: &[u8]) {
    if available("openssl") {
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (cms, covered, der) = (file("cms.der", cms), file("covered", covered), file("root.der", root));
        let root = folder.join("root.pem").to_str().unwrap().to_owned();
        assert!(run("openssl", &["x509", "-inform", "DER", "-in", &der, "-out", &root]).0);
        let (ok, text) = run(
            "openssl",
            &[
                "cms",
                "-verify",
                "-cades",
                "-binary",
                "-inform",
                "DER",
                "-in",
                &cms,
                "-content",
                &covered,
                "-CAfile",
                &root,
                "-purpose",
                "any",
                "-out",
                "/dev/null",
            ],
        );
        assert!(ok, "openssl cms: {text}");
    }
}

/// `openssl ts -verify` accepts the token over `data`.
pub fn openssl_ts(folder: &Path, token: &[u8], data: &[u8], root: &[u8]) {
    if available("openssl") {
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (token, data, der) = (file("token.der", token), file("data", data), file("tsroot.der", root));
        let root = folder.join("tsroot.pem").to_str().unwrap().to_owned();
        assert!(run("openssl", &["x509", "-inform", "DER", "-in", &der, "-out", &root]).0);
        let (ok, text) =
            run("openssl", &["ts", "-verify", "-data", &data, "-in", &token, "-token_in", "-CAfile", &root]);
        assert!(ok, "openssl ts: {text}");
    }
}

/// EU DSS, kept running for the time of a test.
pub struct Dss {
    server: std::process::Child,
    port: u16,
}

impl Dss {
    /// Starts it, or says loudly that it is not there.
    pub fn start() -> Option<Self> {
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/dss-oracle/dss-oracle");
        if !oracle.is_file() || !available("java") {
            assert!(!super::in_ci(), "EU DSS is missing beside the checkout");
            let _ = writeln!(std::io::stderr(), "SKIPPED 1 judgement: EU DSS is not beside the checkout");
            return None;
        }
        let mut server = Command::new(oracle)
            .args(["serve", "--port", "0"])
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut line).unwrap();
        let port = line.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
        Some(Self { server, port })
    }

    /// The answer to one command.
    pub fn ask(&self, arguments: &[&str]) -> serde_json::Value {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        writeln!(stream, "{}", serde_json::json!(arguments)).unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stream), &mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Dss {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// What `openssl cms -verify -cades` says about a signature with its content inside, or over `content`.
pub fn openssl_cades(folder: &Path, cms: &[u8], content: Option<&[u8]>, root: &[u8]) -> Option<Result<(), String>> {
    if !available("openssl") {
        return None;
    }
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (cms, der) = (file("cms.der", cms), file("root.der", root));
    let pem = folder.join("root.pem").to_str().unwrap().to_owned();
    assert!(run("openssl", &["x509", "-inform", "DER", "-in", &der, "-out", &pem]).0);
    let mut arguments = vec!["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", &cms, "-CAfile", &pem];
    arguments.extend(["-purpose", "any", "-out", "/dev/null"]);
    let content = content.map(|content| file("content", content));
    if let Some(content) = &content {
        arguments.extend(["-content", content]);
    }
    let (ok, text) = run("openssl", &arguments);
    Some(if ok { Ok(()) } else { Err(text) })
}

/// veraPDF finds that all of these conform to this flavour of PDF/A.
pub fn vera_pdf(flavour: &str, files: &[&Path]) {
    let wrong: Vec<_> =
        vera_pdf_verdicts(flavour, files).into_iter().flatten().filter(|line| !line.starts_with("OK\t")).collect();
    assert!(wrong.is_empty(), "veraPDF: {}", wrong.join("\n"));
}

/// What veraPDF says of each of these: OK or FAILED, the file, and the clauses that are broken.
pub fn vera_pdf_verdicts(flavour: &str, files: &[&Path]) -> Option<Vec<String>> {
    let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/judges/verapdf/verapdf");
    let output = Command::new(runner).arg(flavour).args(files).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.code() == Some(3) {
        assert!(!super::in_ci(), "the judge veraPDF is not available: {complaint}");
        let _ = writeln!(std::io::stderr(), "SKIPPED 1 judgement: veraPDF is not available: {}", complaint.trim());
        return None;
    }
    let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), files.len(), "veraPDF: {lines:?} {complaint}");
    Some(lines)
}

/// What poppler shows of a page, as a reader sees it: width, height and RGB pixels.
pub fn poppler(pdf: &Path, page: u32, dpi: u32) -> Option<(usize, usize, Vec<u8>)> {
    if !available("pdftoppm") {
        return None;
    }
    let number = page.to_string();
    let dpi = dpi.to_string();
    let arguments = ["-cropbox", "-r", &dpi, "-f", &number, "-l", &number, pdf.to_str().unwrap()];
    let output = Command::new("pdftoppm").args(arguments).output().unwrap();
    assert!(output.status.success(), "pdftoppm: {}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "pdftoppm: {}", String::from_utf8_lossy(&output.stderr));
    let mut rest = output.stdout.as_slice();
    let mut word = || {
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
        let word = String::from_utf8(rest[..end].to_vec()).unwrap();
        rest = &rest[end + 1..];
        word
    };
    assert_eq!(word(), "P6");
    let (width, height) = (word().parse().unwrap(), word().parse().unwrap());
    assert_eq!(word(), "255");
    Some((width, height, rest.to_vec()))
}

/// The text that poppler reads from a page.
pub fn poppler_text(pdf: &Path) -> Option<String> {
    available("pdftotext").then(|| run("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]).1)
}
