//! A run of `rakkan sign` in a folder of its own, with what is to be found there afterwards.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::keys::{Keys, contract, keys};
use super::rakkan;

/// A folder with `contract.pdf`, where commands run.
pub struct Desk {
    folder: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub struct Done {
    /// The exit status; `None` after a signal.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Desk {
    /// With the contract on it.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(contract(), folder.path().join("contract.pdf")).unwrap();
        Self { folder }
    }

    /// A path on the desk.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file on the desk.
    pub fn put(&self, name: &str, content: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// The names of everything on the desk, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// A command on the desk, in English, without a terminal.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = rakkan();
        command.args(arguments).current_dir(self.folder.path()).env("LC_ALL", "C").stdin(std::process::Stdio::null());
        command
    }

    /// Runs a command.
    pub fn run(&self, arguments: &[&str]) -> Done {
        Done::from(self.command(arguments).output().unwrap())
    }

    /// Runs `sign` with the PEM key of a kind.
    pub fn sign_with(&self, kind: &str, arguments: &[&str]) -> Done {
        let (key, certificate) = (keys().path(&format!("{kind}.key")), keys().path(&format!("{kind}.crt")));
        let mut command = self.command(&["sign"]);
        command.arg("--key").arg(key).arg("--cert").arg(certificate).args(arguments);
        Done::from(command.output().unwrap())
    }

    /// Runs `sign contract.pdf` with a PKCS#12 file and its password.
    pub fn sign_with_pkcs12(&self, file: &PathBuf, keys: &Keys) -> Done {
        let mut command = self.command(&["sign", "contract.pdf", "--key"]);
        command.arg(file).arg("--password-file").arg(keys.password_file());
        Done::from(command.output().unwrap())
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Done {
    /// Insists on success.
    pub fn good(self) -> Self {
        assert_eq!(self.status, Some(0), "{self:?}");
        self
    }

    /// Insists on this status and these words on standard error.
    pub fn failed(self, status: i32, words: &[&str]) -> Self {
        assert_eq!(self.status, Some(status), "{self:?}");
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
