//! What the tests of the binary share: one run of the demo, the judges' interpreter, the folder beside the checkout.
#![allow(dead_code, reason = "each test file uses its own part")]

pub mod keys;
pub mod signing;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A finished `rakkan demo --exit --json`.
pub struct Demo {
    folder: tempfile::TempDir,
    /// The report it printed.
    pub report: Value,
}

impl Demo {
    /// Runs the demo in a folder of its own and insists that it ends well.
    pub fn run(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = rakkan()
            .args(["demo", "--exit", "--json", "--port", "0", "--data"])
            .arg(folder.path())
            .args(arguments)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "rakkan demo failed\n{stderr}\n{}", String::from_utf8_lossy(&output.stdout));
        let report =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("no JSON report ({error})\n{stderr}"));
        Self { folder, report }
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The signed file.
    pub fn signed_pdf(&self) -> PathBuf {
        self.folder().join("signed.pdf")
    }

    /// Files of `evidence/` with this extension, sorted.
    pub fn evidence(&self, extension: &str) -> Vec<PathBuf> {
        let mut files: Vec<_> = std::fs::read_dir(self.folder().join("evidence"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|found| found == extension))
            .collect();
        files.sort();
        files
    }

    /// Root certificates of CAs and TSAs (PEM).
    pub fn roots(&self) -> Vec<PathBuf> {
        let roots: Vec<_> = self
            .evidence("pem")
            .into_iter()
            .filter(|path| path.file_stem().unwrap().to_str().unwrap().contains("root"))
            .collect();
        assert!(!roots.is_empty(), "evidence holds no root certificate");
        roots
    }

    /// All roots in one PEM file, as openssl wants them.
    pub fn concatenated_roots(&self) -> PathBuf {
        let all: Vec<u8> = self.roots().iter().flat_map(|root| std::fs::read(root).unwrap()).collect();
        let path = self.folder().join("roots.pem");
        // Two tests write the same bytes; a rename keeps a reader from seeing half of them.
        let part = tempfile::NamedTempFile::new_in(self.folder()).unwrap();
        std::fs::write(part.path(), all).unwrap();
        part.persist(&path).unwrap();
        path
    }
}

/// The binary under test.
pub fn rakkan() -> Command {
    Command::new(env!("CARGO_BIN_EXE_rakkan"))
}

/// A Python judge of `tests/judges`, ready to take arguments.
///
/// # Panics
/// Without `RAKKAN_JUDGES_PYTHON`: `script/test` sets it up. A judge that can be installed is never skipped.
pub fn judge(script: &str) -> Command {
    let python = std::env::var("RAKKAN_JUDGES_PYTHON").expect(
        "RAKKAN_JUDGES_PYTHON is not set: run script/test, which installs the judges, or name a Python that has them",
    );
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/judges").join(script));
    command
}

/// A path under the folder `shared` beside the checkout. Required in CI; elsewhere its absence skips `cases`, loudly.
pub fn shared(path: &str, cases: usize) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(std::env::var_os("CI").is_none(), "{path} must stand beside the checkout in CI");
    // Not println!: the test runner would swallow the line of a test that passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED {cases} case(s): shared/{path} is not there");
    None
}

/// Standard output of a command that must succeed.
pub fn text_of(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}
