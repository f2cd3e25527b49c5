//! What stands beside the checkout and in the machine; where everything must be there (CI), what is missing is an error.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whether every judge must be there.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Says loudly that something was not judged.
pub fn skipped(what: &str, why: &str) {
    assert!(!in_ci(), "{what}: {why}");
    // Not eprintln!: the test runner would swallow the line of a test that passes.
    let _ = writeln!(std::io::stderr(), "SKIPPED {what}: {why}");
}

/// Top of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A path under the folder `shared` beside the checkout.
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = root().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    skipped(path, "it is not beside the checkout");
    None
}

/// A program of the machine.
pub fn program(name: &str) -> Option<Command> {
    if Command::new("which").arg(name).output().is_ok_and(|output| output.status.success()) {
        return Some(Command::new(name));
    }
    skipped(name, "it is not installed");
    None
}

/// A Python program of tests/judges.
///
/// # Panics
/// Without `RAKKAN_JUDGES_PYTHON`: `script/test` sets it up. A judge that can be installed is never skipped.
pub fn python(script: &str) -> Command {
    let python = std::env::var("RAKKAN_JUDGES_PYTHON").expect(
        "RAKKAN_JUDGES_PYTHON is not set: run script/test, which installs the judges, or name a Python that has them",
    );
    let mut command = Command::new(python);
    command.arg(root().join("tests/judges").join(script));
    command
}

/// Runs a command: whether it ended well, and all that it wrote.
pub fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}
