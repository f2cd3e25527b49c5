//! Passwords: from a file, from an open file descriptor, or asked for on the terminal; never from the command line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// No password is longer.
const LONGEST: u64 = 4096;

/// Where a password comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PasswordSource {
    /// From the terminal, if there is one and if it turns out that a password is needed.
    #[default]
    Terminal,
    /// The first line of a file.
    File(PathBuf),
    /// The first line of what an open descriptor gives.
    Descriptor(i32),
}

/// A password cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file cannot be read.
    #[error("the password file {} cannot be read", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// The descriptor cannot be read.
    #[error(
        "the password cannot be read from file descriptor {0}; open it for reading in the program that starts this one"
    )]
    Descriptor(i32, #[source] io::Error),
    /// The terminal failed.
    #[error("the password cannot be asked for on the terminal; give it with --password-file or --password-fd")]
    Terminal(#[source] io::Error),
    /// Not text.
    #[error("the password is not UTF-8 text of at most 4096 bytes")]
    NotText,
    /// Nobody can be asked.
    #[error("{0} needs a password, and there is no terminal to ask on; give it with --password-file or --password-fd")]
    NobodyToAsk(String),
}

/// A password, wiped from memory when dropped.
pub type Password = Zeroizing<String>;

impl PasswordSource {
    /// From `--password-file` and `--password-fd`.
    pub fn from_options(file: Option<&Path>, descriptor: Option<i32>) -> Self {
        match (file, descriptor) {
            (Some(file), _) => Self::File(file.to_owned()),
            (None, Some(descriptor)) => Self::Descriptor(descriptor),
            (None, None) => Self::Terminal,
        }
    }

    /// The password if it was given; `None` if it would have to be asked for.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn given(&self) -> Result<Option<Password>, PasswordError> {
        match self {
            Self::Terminal => Ok(None),
            Self::File(path) => {
                let read = File::open(path).and_then(first_line);
                text(read.map_err(|error| PasswordError::File(path.clone(), error))?).map(Some)
            }
            Self::Descriptor(number) => {
                let read = descriptor(*number).and_then(first_line);
                text(read.map_err(|error| PasswordError::Descriptor(*number, error))?).map(Some)
            }
        }
    }

    /// The password for `what`, asked for on the terminal if it was not given.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn require(&self, what: &str) -> Result<Password, PasswordError> {
        match self.given()? {
            Some(password) => Ok(password),
            None if io::stdin().is_terminal() => ask(what).map_err(PasswordError::Terminal).and_then(text),
            None => Err(PasswordError::NobodyToAsk(what.to_owned())),
        }
    }
}

/// An inherited descriptor, opened again by the name that the system gives it.
fn descriptor(number: i32) -> io::Result<File> {
    if number < 0 || matches!(number, 1 | 2) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    File::open(format!("/dev/fd/{number}"))
}

fn first_line(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all at once: a growing buffer would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST as usize + 1));
    BufReader::new(file.take(LONGEST + 1)).read_until(b'\n', &mut bytes)?;
    Ok(bytes)
}

fn text(mut line: Zeroizing<Vec<u8>>) -> Result<Password, PasswordError> {
    if line.len() as u64 > LONGEST {
        return Err(PasswordError::NotText);
    }
    while line.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
        line.pop();
    }
    let text = std::str::from_utf8(&line).map_err(|_| PasswordError::NotText)?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn ask(what: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    write!(terminal, "Password of {what}: ")?;
    let before = tcgetattr(terminal.as_fd())?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(terminal.as_fd(), OptionalActions::Flush, &silent)?;
    let line = terminal.try_clone().and_then(first_line);
    tcsetattr(terminal.as_fd(), OptionalActions::Flush, &before)?;
    writeln!(terminal)?;
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_file(content: &[u8]) -> Result<Password, PasswordError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        PasswordSource::File(file.path().to_owned()).require("the key")
    }

    #[test]
    fn the_first_line_is_the_password_without_its_end() {
        assert_eq!(*from_file(b"s3cret\n").unwrap(), "s3cret");
        assert_eq!(*from_file(b"s3cret\r\nnote\n").unwrap(), "s3cret");
        assert_eq!(*from_file(" はんこ ".as_bytes()).unwrap(), " はんこ ");
        assert_eq!(*from_file(b"").unwrap(), "");
    }

    #[test]
    fn what_is_no_password_is_refused() {
        assert!(matches!(from_file(b"\xff\xfe"), Err(PasswordError::NotText)));
        assert!(matches!(from_file(&[b'x'; 5000]), Err(PasswordError::NotText)));
        let missing = PasswordSource::File("no/such/file".into()).require("the key");
        assert!(matches!(missing, Err(PasswordError::File(..))));
        assert!(matches!(PasswordSource::Descriptor(987).given(), Err(PasswordError::Descriptor(987, _))));
    }

    #[test]
    fn the_file_is_taken_before_the_terminal() {
        let source = PasswordSource::from_options(Some(Path::new("f")), None);
        assert_eq!(source, PasswordSource::File("f".into()));
        assert_eq!(PasswordSource::from_options(None, None).given().unwrap(), None);
    }
}
