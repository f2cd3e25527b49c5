//! Which version of a signer's record counts. Security design 1.3; EN 419 241-2 FDP_ITC.2 (no rollback).
//!
//! A version counts from the moment it is logged. Versions that change what may be done are logged before they are given out. A version
//! that only adds a key, which cannot sign yet, is given out first and logged when it comes back: if the answer is lost on its way, the
//! signer goes on with the version before, and nothing but a useless key is lost.

use super::{Service, Stop};
use crate::Refusal;
use crate::clock::Reading;
use crate::protocol::message::Failure;
use crate::record::{OpenRecordError, SEALED_RECORD_MAX, SignerRecord};
use crate::sad::Memory;
use crate::signing_log::{Entry, Item};

impl Service {
    pub(super) fn open_record(&self, sealed: &[u8]) -> Result<SignerRecord, Stop> {
        SignerRecord::open(sealed, &*self.sgm).map_err(|error| match error {
            OpenRecordError::NotSealed => Refusal::RecordNotSealed.into(),
            OpenRecordError::Unavailable => Stop::Failed(Failure::Unavailable),
        })
    }

    pub(super) fn seal_record(&self, record: &SignerRecord) -> Result<Vec<u8>, Stop> {
        let sealed = record.seal(&*self.sgm).map_err(|_| Stop::Failed(Failure::Unavailable))?;
        if sealed.len() > SEALED_RECORD_MAX { Err(Refusal::Malformed.into()) } else { Ok(sealed) }
    }

    /// Requires that `record` is the newest version, or makes it that if it is the newest one with a key added.
    ///
    /// The caller keeps others from changing the signer's state. The record must have been opened, that is, be one that was sealed here:
    /// the only versions that are given out without being logged are those with a key added.
    pub(super) fn require_newest(&self, record: &SignerRecord, time: Reading) -> Result<(), Stop> {
        let newest = self.state.newest_record(&record.signer_id).ok_or(Refusal::StaleRecord)?;
        if newest == record.record_version() {
            return Ok(());
        }
        let follows = record.previous == Some(newest.sha256) && record.version.checked_sub(1) == Some(newest.version);
        if follows { self.renew(record, vec![], time) } else { Err(Refusal::StaleRecord.into()) }
    }

    /// The same, for callers that do not change the signer's state themselves.
    pub(super) fn admit(&self, record: &SignerRecord, time: Reading) -> Result<(), Stop> {
        if self.state.newest_record(&record.signer_id) == Some(record.record_version()) {
            return Ok(());
        }
        let _held = self.signers.change(&record.signer_id);
        self.require_newest(record, time)
    }

    /// Logs `record` as the newest version, together with `more`.
    pub(super) fn renew(&self, record: &SignerRecord, more: Vec<Item>, time: Reading) -> Result<(), Stop> {
        let version = record.record_version();
        let entry =
            Entry::Record { signer_id: record.signer_id, version: version.version, record_sha256: version.sha256 };
        let items = [vec![Item::Entry(entry)], more].concat();
        self.remember(time, items)?;
        self.state.renew_record(record.signer_id, version);
        Ok(())
    }
}
