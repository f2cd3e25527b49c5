//! The subjects in a PDF: each signature and time-stamp as of the time at which the others prove it. EN 319 102-1 5.6.2; EN 319 142-1 5.5.

use super::{Crl, Evidence, OcspResponse, Subject};
use crate::pades::{InspectedSignature, Inspection, SignatureKind};
use crate::tsp::TimestampToken;
use crate::x509::Certificate;

/// A signature or document time-stamp of a PDF, and whom it needs evidence about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignatureSubjects {
    /// Full name of its field.
    pub field: String,
    /// Its signer and the authority of its time-stamp, or the authority of the document time-stamp.
    pub subjects: Vec<Subject>,
    /// Whether its existence is proven by a time-stamp. If not, [`subjects`](Self::subjects) is empty: level LT comes after level T.
    pub is_timestamped: bool,
}

/// Whom the intact signatures and document time-stamps of a PDF need evidence about, the oldest first.
///
/// A signature is proven by its own time-stamp and by every later document time-stamp, the earliest of which counts; a time-stamp by
/// the later document time-stamps, or only by the present. So an authority that has expired or lost its key since does no harm where
/// another one vouched for its work in time.
#[must_use]
pub fn subjects_of_pdf(inspection: &Inspection, now: u64) -> Vec<SignatureSubjects> {
    let all = &inspection.signatures;
    let intact = all.iter().filter(|one| one.check.is_intact());
    intact.map(|one| subjects_of(one, all, now)).collect()
}

fn subjects_of(one: &InspectedSignature, all: &[InspectedSignature], now: u64) -> SignatureSubjects {
    let later = all.iter().filter(|other| is_over(other, one)).filter_map(authority).map(|(time, _)| time).min();
    let own = authority(one);
    let mut subjects = Vec::new();
    let proven_at = own.map(|(time, _)| time).into_iter().chain(later).min();
    if one.check.kind != SignatureKind::DocumentTimestamp
        && let (Some(signer), Some(proven_at)) = (&one.check.signing_certificate, proven_at)
    {
        subjects.push(Subject::signer(signer.clone(), proven_at));
    }
    if let Some((time, certificate)) = own {
        subjects.push(Subject::timestamp_authority(certificate.clone(), time, later.unwrap_or(now)));
    }
    SignatureSubjects { field: one.check.field.clone(), subjects, is_timestamped: proven_at.is_some() }
}

/// Whether `stamp` is a document time-stamp that proves that `one` existed: intact, and made in a later revision, which covers all
/// earlier ones.
fn is_over(stamp: &InspectedSignature, one: &InspectedSignature) -> bool {
    let is_later = match (stamp.revision, one.revision) {
        (Some(stamp), Some(one)) => stamp > one,
        _ => false,
    };
    is_later && stamp.check.kind == SignatureKind::DocumentTimestamp && stamp.check.is_intact()
}

/// The time of a verified time-stamp and who made it.
fn authority(one: &InspectedSignature) -> Option<(u64, &Certificate)> {
    let timestamp = one.check.timestamp.as_ref()?;
    timestamp.result.as_ref().ok().map(|certificate| (timestamp.info.time, certificate))
}

/// The certificates, revocation lists and OCSP answers in a PDF: in its signatures, their time-stamps and its security store. What
/// cannot be read is left out, as it cannot be used.
#[must_use]
pub fn evidence_of_pdf(inspection: &Inspection) -> Evidence {
    let mut evidence = Evidence::new();
    let mut add = |certificates: &mut dyn Iterator<Item = &[u8]>| {
        for certificate in certificates.filter_map(|der| Certificate::from_der(der).ok()) {
            evidence.add_certificate(certificate);
        }
    };
    for one in &inspection.signatures {
        add(&mut one.check.certificates.iter().map(Vec::as_slice));
        let token: Vec<Certificate> = one
            .check
            .timestamp
            .as_ref()
            .map(|timestamp| TimestampToken::certificates(&timestamp.token))
            .unwrap_or_default();
        add(&mut token.iter().map(Certificate::der));
    }
    let Some(store) = &inspection.validation_data else { return evidence };
    add(&mut store.certificates.iter().map(AsRef::as_ref));
    for entry in &store.per_signature {
        add(&mut entry.certificates.iter().map(AsRef::as_ref));
    }
    let crls = store.crls.iter().chain(store.per_signature.iter().flat_map(|entry| &entry.crls));
    for crl in crls.filter_map(|der| Crl::from_der(der).ok()) {
        evidence.add_crl(crl);
    }
    let answers = store.ocsp.iter().chain(store.per_signature.iter().flat_map(|entry| &entry.ocsp));
    for answer in answers.filter_map(|der| OcspResponse::from_der(der).ok()) {
        evidence.add_ocsp(answer);
    }
    evidence
}
