//! The last step: the finished file is read again as a stranger would read it, and appears under its name only if it holds.

use std::fs::File;
use std::path::Path;

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pades::inspect;
use ades::pdf::{FileSource, Limits};

/// Gives the file at `part` its name `to`, if one signature with this value is in it, intact, at the promised level, and nothing follows
/// that is not protected: the signature or a later time-stamp covers the whole file (at level B-LT the evidence behind it needs nobody).
/// Otherwise the file is removed. The answer is the level that was found; another code path than the one that made the file finds it.
pub fn deliver(part: &Path, to: &Path, value: &[u8], promised: AdesLevel) -> anyhow::Result<Option<AdesLevel>> {
    let found = level_of(part, value);
    match found {
        Ok(Some(level)) if level >= promised => std::fs::rename(part, to)?,
        _ => std::fs::remove_file(part)?,
    }
    found
}

fn level_of(path: &Path, value: &[u8]) -> anyhow::Result<Option<AdesLevel>> {
    let found = inspect(&FileSource::new(File::open(path)?)?, &Limits::default(), &AwsLc)?;
    let mut ours = found.signatures.iter().filter(|signature| signature.check.signature_value == value);
    let (Some(signature), None) = (ours.next(), ours.next()) else { return Ok(None) };
    let covered = found.signatures.iter().any(|one| one.check.covers_whole_file);
    let intact = found.signatures.iter().all(|one| one.check.is_intact());
    let whole = covered || signature.level == Some(AdesLevel::Lt);
    Ok(signature.level.filter(|_| intact && whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivered(content: &[u8]) -> (anyhow::Result<Option<AdesLevel>>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let (part, to) = (folder.path().join("signed.pdf.part"), folder.path().join("signed.pdf"));
        std::fs::write(&part, content).unwrap();
        let found = deliver(&part, &to, b"the value", AdesLevel::B);
        (found, std::fs::read_dir(folder.path()).unwrap().count())
    }

    #[test]
    fn a_file_without_our_signature_is_not_delivered_and_nothing_of_it_stays() {
        let (found, files) = delivered(include_bytes!("../../assets/contract.pdf"));
        assert_eq!((found.unwrap(), files), (None, 0));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_delivered_either() {
        let (found, files) = delivered(b"%PDF-1.7 and no more");
        assert!(found.is_err());
        assert_eq!(files, 0);
    }
}
