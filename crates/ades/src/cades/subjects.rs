//! Whom a signature needs evidence about, each as of the time at which the time-stamps prove it. EN 319 102-1 5.6.2; EN 319 122-1 5.5.
//!
//! A signature is proven by its own time-stamps and by its archive time-stamps, the earliest of which counts; a time-stamp by the archive
//! time-stamps whose index lists it, or only by the present.

use super::SignerCheck;
use super::archive::Index;
use crate::Oid;
use crate::asn1::Malformed;
use crate::cms::view::{SignedData, SignerInfo};
use crate::cms::{ARCHIVE_TIME_STAMP_V3, COUNTER_SIGNATURE, SIGNATURE_TIME_STAMP};
use crate::evidence::Subject;
use crate::tsp::TimestampCheck;

/// The good archive time-stamps of one signer: when, and what they list.
struct Archive<'a>(Vec<(u64, Index<'a>)>);

impl<'a> Archive<'a> {
    fn of(signer: &SignerInfo<'a>, check: &SignerCheck) -> Result<Self, Malformed> {
        let mut found = Vec::new();
        for (value, stamp) in signer.unsigned_values(&ARCHIVE_TIME_STAMP_V3)?.iter().zip(&check.archive_timestamps) {
            if stamp.result.is_ok() {
                found.push((stamp.info.time, Index::of_token(value.raw)?));
            }
        }
        Ok(Self(found))
    }

    /// Time of the earliest one.
    fn earliest(&self) -> Option<u64> {
        self.0.iter().map(|(time, _)| *time).min()
    }

    /// Time of the earliest one that lists this value of an unsigned attribute.
    fn earliest_over(&self, attribute: &Oid, value: &[u8]) -> Option<u64> {
        self.0.iter().filter(|(_, index)| index.lists(attribute, value)).map(|(time, _)| *time).min()
    }
}

/// The subjects of each signer that is intact.
pub(super) fn subjects(
    signed_data: &SignedData<'_>,
    checks: &[SignerCheck],
    now: u64,
) -> Result<Vec<Subject>, Malformed> {
    let mut subjects = Vec::new();
    let mut add = |subject: Option<Subject>| {
        if let Some(subject) = subject
            && !subjects.contains(&subject)
        {
            subjects.push(subject);
        }
    };
    for (signer, check) in signed_data.signers.iter().zip(checks).filter(|(_, check)| check.is_intact()) {
        let archive = Archive::of(signer, check)?;
        let proven = earliest(&check.timestamps).into_iter().chain(archive.earliest()).min().unwrap_or(now);
        add(check.signing_certificate.clone().map(|certificate| Subject::signer(certificate, proven)));
        for stamp in &check.content_timestamps {
            add(authority(stamp, proven));
        }
        for (attribute, stamps) in
            [(SIGNATURE_TIME_STAMP, &check.timestamps), (ARCHIVE_TIME_STAMP_V3, &check.archive_timestamps)]
        {
            for stamp in stamps {
                add(authority(stamp, archive.earliest_over(&attribute, stamp.token.der()).unwrap_or(now)));
            }
        }
        for (value, counter) in signer.unsigned_values(&COUNTER_SIGNATURE)?.iter().zip(&check.countersignatures) {
            let archived = archive.earliest_over(&COUNTER_SIGNATURE, value.raw);
            let proven = earliest(&counter.timestamps).into_iter().chain(archived).min().unwrap_or(now);
            add(counter.signing_certificate.clone().map(|certificate| Subject::signer(certificate, proven)));
            for stamp in &counter.timestamps {
                add(authority(stamp, archived.unwrap_or(now)));
            }
        }
    }
    Ok(subjects)
}

fn earliest(stamps: &[TimestampCheck]) -> Option<u64> {
    stamps.iter().filter(|stamp| stamp.result.is_ok()).map(|stamp| stamp.info.time).min()
}

fn authority(stamp: &TimestampCheck, proven_at: u64) -> Option<Subject> {
    let certificate = stamp.result.as_ref().ok()?.clone();
    Some(Subject::timestamp_authority(certificate, stamp.info.time, proven_at))
}
