//! What an authority has issued and revoked: in memory, and in an append-only text file when it has a folder.
//!
//! Stored form, version 1: the line `rakkan-ca-records 1`, then one line each, `issued SERIAL NOT_AFTER` or
//! `revoked SERIAL TIME REASON`; serials in hex, times in Unix seconds.

use crate::error::AuthorityError;
use crate::pki::ocsp::{CertStatus, RevokedInfo};
use crate::pki::time::generalized_time;
use der::asn1::Null;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use x509_cert::ext::pkix::CrlReason;

const HEADER: &str = "rakkan-ca-records 1\n";

/// One revoked certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// Serial number, big-endian.
    pub serial: Vec<u8>,
    /// Since when, Unix time.
    pub at: u64,
    /// Why.
    pub reason: CrlReason,
}

/// The books of one authority.
#[derive(Debug, Default)]
pub struct Records {
    issued: BTreeMap<Vec<u8>, u64>,
    revoked: BTreeMap<Vec<u8>, Revocation>,
    file: Option<PathBuf>,
}

impl Records {
    /// Books that are kept in `file`; missing means empty.
    pub fn open(file: &Path) -> Result<Self, AuthorityError> {
        let folder = |source| AuthorityError::Folder { action: "read", path: file.to_owned(), source };
        let mut records = Self::default();
        let mut cut_off = false;
        match fs::read_to_string(file) {
            Ok(text) => match text.strip_prefix(HEADER) {
                Some(lines) => {
                    lines.lines().for_each(|line| records.take_line(line));
                    cut_off = !text.ends_with('\n');
                }
                None => return Err(AuthorityError::StoredRecords { path: file.to_owned() }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(folder(error)),
        }
        records.file = Some(file.to_owned());
        if cut_off {
            // The next line must not become part of the one that was cut off.
            records.write("\n")?;
        }
        Ok(records)
    }

    /// Notes a new certificate.
    pub fn issue(&mut self, serial: &[u8], not_after: u64) -> Result<(), AuthorityError> {
        self.append(&format!("issued {} {not_after}\n", to_hex(serial)))?;
        self.issued.insert(serial.to_vec(), not_after);
        Ok(())
    }

    /// Notes a revocation; the first one stands. `false` if the serial was never issued.
    pub fn revoke(&mut self, revocation: Revocation) -> Result<bool, AuthorityError> {
        if !self.issued.contains_key(&revocation.serial) {
            return Ok(false);
        }
        if !self.revoked.contains_key(&revocation.serial) {
            let (serial, reason) = (to_hex(&revocation.serial), revocation.reason as u32);
            self.append(&format!("revoked {serial} {} {reason}\n", revocation.at))?;
            self.revoked.insert(revocation.serial.clone(), revocation);
        }
        Ok(true)
    }

    /// The status of a serial number, as OCSP says it.
    pub fn status(&self, serial: &[u8]) -> Result<CertStatus, der::Error> {
        if let Some(revocation) = self.revoked.get(serial) {
            let reason = (revocation.reason != CrlReason::Unspecified).then_some(revocation.reason);
            let revocation_time = generalized_time(revocation.at)?;
            return Ok(CertStatus::Revoked(RevokedInfo { revocation_time, revocation_reason: reason }));
        }
        Ok(if self.issued.contains_key(serial) { CertStatus::Good(Null) } else { CertStatus::Unknown(Null) })
    }

    /// All revocations, by serial number.
    pub fn revoked(&self) -> Vec<Revocation> {
        self.revoked.values().cloned().collect()
    }

    fn append(&self, line: &str) -> Result<(), AuthorityError> {
        let first = self.issued.is_empty() && self.revoked.is_empty();
        if first { self.write(&format!("{HEADER}{line}")) } else { self.write(line) }
    }

    fn write(&self, text: &str) -> Result<(), AuthorityError> {
        let Some(file) = &self.file else { return Ok(()) };
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)
            .and_then(|mut open| open.write_all(text.as_bytes()))
            .map_err(|source| AuthorityError::Folder { action: "write", path: file.clone(), source })
    }

    // A line that was cut off by a crash says nothing; the certificate it was about was never handed out.
    fn take_line(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["issued", serial, not_after] => {
                if let (Some(serial), Ok(not_after)) = (from_hex(serial), not_after.parse()) {
                    self.issued.insert(serial, not_after);
                }
            }
            ["revoked", serial, at, reason] => {
                if let (Some(serial), Ok(at), Some(reason)) = (from_hex(serial), at.parse(), reason_of(reason)) {
                    self.revoked.insert(serial.clone(), Revocation { serial, at, reason });
                }
            }
            _ => {}
        }
    }
}

fn reason_of(number: &str) -> Option<CrlReason> {
    use CrlReason::*;
    let all = [
        Unspecified,
        KeyCompromise,
        CaCompromise,
        AffiliationChanged,
        Superseded,
        CessationOfOperation,
        CertificateHold,
        PrivilegeWithdrawn,
        AaCompromise,
    ];
    let number: u32 = number.parse().ok()?;
    all.into_iter().find(|reason| *reason as u32 == number)
}

/// Lower-case hex.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.records");
        let mut records = Records::open(&file).unwrap();
        records.issue(&[0x41, 1], 99).unwrap();
        records.issue(&[0x41, 2], 99).unwrap();
        let revocation = Revocation { serial: vec![0x41, 2], at: 50, reason: CrlReason::KeyCompromise };
        assert!(records.revoke(revocation.clone()).unwrap());
        drop(records);
        let golden = "rakkan-ca-records 1\nissued 4101 99\nissued 4102 99\nrevoked 4102 50 1\n";
        assert_eq!(fs::read_to_string(&file).unwrap(), golden);

        let records = Records::open(&file).unwrap();
        assert_eq!(records.revoked(), [revocation]);
        assert_eq!(records.status(&[0x41, 1]).unwrap(), CertStatus::Good(Null));
        assert!(matches!(records.status(&[0x41, 2]).unwrap(), CertStatus::Revoked(_)));
        assert_eq!(records.status(&[0x41, 3]).unwrap(), CertStatus::Unknown(Null));
    }

    #[test]
    fn a_serial_that_was_never_issued_cannot_be_revoked() {
        let mut records = Records::default();
        let revocation = Revocation { serial: vec![1], at: 1, reason: CrlReason::Unspecified };
        assert!(!records.revoke(revocation).unwrap());
        assert!(records.revoked().is_empty());
    }

    #[test]
    fn the_first_revocation_stands() {
        let mut records = Records::default();
        records.issue(&[1], 9).unwrap();
        for at in [5, 6] {
            records.revoke(Revocation { serial: vec![1], at, reason: CrlReason::Superseded }).unwrap();
        }
        assert_eq!(records.revoked()[0].at, 5);
    }

    #[test]
    fn records_of_another_version_are_an_error_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.records");
        fs::write(&file, "rakkan-ca-records 2\nissued 4101 99\n").unwrap();
        let error = Records::open(&file).unwrap_err();
        assert!(error.to_string().contains("ca.records"), "{error}");
    }

    #[test]
    fn a_cut_off_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.records");
        fs::write(&file, "rakkan-ca-records 1\nissued 4101 99\nissued 41").unwrap();
        let mut records = Records::open(&file).unwrap();
        assert_eq!(records.status(&[0x41, 1]).unwrap(), CertStatus::Good(Null));
        assert_eq!(records.status(&[0x41]).unwrap(), CertStatus::Unknown(Null));
        records.issue(&[0x41, 3], 99).unwrap();
        let records = Records::open(&file).unwrap();
        assert_eq!(records.status(&[0x41, 3]).unwrap(), CertStatus::Good(Null));
    }
}
