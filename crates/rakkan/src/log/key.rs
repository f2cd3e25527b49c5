//! The public key of a log: given, or lying beside what is checked. C2SP signed-note, "Verifier keys".

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tlog::note::VerifierKey;

/// Name of the file that has the public key of a log, in the log's folder or beside a receipt.
pub const KEY_FILE: &str = "log.vkey";

/// The public key of a log, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    /// The key.
    pub key: VerifierKey,
    /// The file it was found in without being asked for; `None` if the caller named it.
    pub found_in: Option<PathBuf>,
}

/// The key of a log cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not the text of a key.
    #[error("{0} is not the public key of a log: expected one line <name>+<8 hexadecimal digits>+<base64>")]
    Invalid(String),
    /// The file cannot be read.
    #[error("the key file {} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// No key was given, and none lies beside what is checked.
    #[error("which log? give its public key with --key or --key-file; the service publishes it")]
    NoKey,
}

impl LogKey {
    /// The key in this text.
    ///
    /// # Errors
    /// [`KeyError::Invalid`].
    pub fn given(text: &str) -> Result<Self, KeyError> {
        let key = text.trim().parse().map_err(|_| KeyError::Invalid(format!("{:?}", text.trim())))?;
        Ok(LogKey { key, found_in: None })
    }

    /// The key in this file.
    ///
    /// # Errors
    /// [`KeyError::Read`], [`KeyError::Invalid`].
    pub fn in_file(file: &Path) -> Result<Self, KeyError> {
        let text = std::fs::read_to_string(file).map_err(|error| KeyError::Read(file.to_owned(), error))?;
        let key = text.trim().parse().map_err(|_| KeyError::Invalid(file.display().to_string()))?;
        Ok(LogKey { key, found_in: None })
    }

    /// The key in the first of these files that exists.
    ///
    /// # Errors
    /// As [`Self::in_file`], if one exists but has no key.
    pub fn beside(places: &[PathBuf]) -> Result<Option<Self>, KeyError> {
        let Some(file) = places.iter().find(|file| file.is_file()) else {
            return Ok(None);
        };
        Ok(Some(LogKey { found_in: Some(file.clone()), ..Self::in_file(file)? }))
    }
}

/// Where the key for a file may lie: in its folder, or in `evidence/` there.
pub fn places_beside(file: &Path) -> Vec<PathBuf> {
    let folder = file.parent().unwrap_or(Path::new(""));
    vec![folder.join(KEY_FILE), folder.join("evidence").join(KEY_FILE)]
}

/// The key, and how much it is worth.
impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)?;
        match &self.found_in {
            Some(file) => write!(
                f,
                "\n             found in {}: compare it with the one that the service publishes",
                file.display()
            ),
            None => Ok(()),
        }
    }
}
