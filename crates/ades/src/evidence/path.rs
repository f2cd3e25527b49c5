//! From a certificate up to an anchor: names, signatures, authority flags, path lengths, validity. Part of RFC 5280 6.1.
//!
//! Enough to know whose evidence is needed. It is no validation: policies and name constraints belong to the validation of a signature.

use super::known::{Index, Known};
use super::{Evidence, EvidenceError, Missing, Role, Subject};
use crate::crypto::CryptoProvider;
use crate::x509::Certificate;
use crate::x509::key_purpose::{OCSP_SIGNING, TIME_STAMPING};

/// The most certificates below the anchor.
const LONGEST: usize = 8;

/// The most dead ends that are reported as missing issuers.
const MOST_DEAD_ENDS: usize = 4;

/// Where the search for a path ended.
pub(super) enum PathSearch {
    /// At an anchor or, if none was given, at a self-signed certificate. The first is the subject's.
    Found(Vec<Index>),
    /// Issuers are not at hand.
    Missing(Vec<Missing>),
}

/// What stood in the way.
#[derive(Default)]
struct Obstacles {
    dead_ends: Vec<Index>,
    error: Option<EvidenceError>,
    foreign_root: Option<Index>,
}

/// The certificates from `certificate` (first) to one of `anchors` (last), with `others` in between; `None` if there is no such path.
///
/// Every certificate between is an authority's, and all but the anchor are valid at `at`.
#[must_use]
pub fn path_to_anchor(
    certificate: &Certificate,
    others: &[Certificate],
    anchors: &[Certificate],
    at: u64,
    provider: &dyn CryptoProvider,
) -> Option<Vec<Certificate>> {
    if anchors.is_empty() {
        return None;
    }
    let nothing = Evidence::new();
    let mut known = Known::new(std::iter::once(certificate).chain(others), &nothing, anchors, provider);
    let mut path = vec![known.index_of(certificate)?];
    if !anchors.contains(certificate) {
        require_valid(certificate, at).ok()?;
    }
    let found = extend(&mut known, &mut path, at, &mut Obstacles::default()).ok()?;
    found.then(|| path.iter().filter_map(|index| known.certificate(*index).cloned()).collect())
}

/// Looks for a path of certificates that were valid when the subject's was used.
pub(super) fn find(known: &mut Known<'_>, subject: &Subject) -> Result<PathSearch, EvidenceError> {
    require_fit(subject)?;
    let Some(first) = known.index_of(&subject.certificate) else {
        return Ok(PathSearch::Missing(Vec::new()));
    };
    require_valid(&subject.certificate, subject.used_at)?;
    // What responders and list issuers made is proven by the time-stamp that follows at level LTA.
    if matches!(subject.role, Role::Signer | Role::TimestampAuthority) {
        require_valid(&subject.certificate, subject.proven_at)?;
    }
    let (mut path, mut obstacles) = (vec![first], Obstacles::default());
    if extend(known, &mut path, subject.used_at, &mut obstacles)? {
        return Ok(PathSearch::Found(path));
    }
    let name = || subject.certificate.subject().to_string();
    let dead_ends: Vec<Missing> = obstacles
        .dead_ends
        .iter()
        .filter_map(|index| known.certificate(*index))
        .map(|of| Missing::Issuer { of: of.clone(), urls: of.ca_issuers_urls().to_vec() })
        .collect();
    // A way that may still open is better than one that is known to be closed.
    if dead_ends.iter().any(|missing| matches!(missing, Missing::Issuer { urls, .. } if !urls.is_empty())) {
        return Ok(PathSearch::Missing(dead_ends));
    }
    if let Some(error) = obstacles.error {
        return Err(error);
    }
    if let Some(root) = obstacles.foreign_root.and_then(|index| known.certificate(index)) {
        return Err(EvidenceError::NotAnchored { subject: name(), root: root.subject().to_string() });
    }
    Ok(PathSearch::Missing(dead_ends))
}

fn extend(
    known: &mut Known<'_>,
    path: &mut Vec<Index>,
    at: u64,
    obstacles: &mut Obstacles,
) -> Result<bool, EvidenceError> {
    known.step()?;
    let Some((last, certificate)) = path.last().and_then(|last| Some((*last, known.certificate(*last)?))) else {
        return Ok(false);
    };
    if known.is_anchor(last) {
        return Ok(true);
    }
    if certificate.is_self_issued() && known.is_issued_by(last, last)? {
        obstacles.foreign_root.get_or_insert(last);
        return Ok(!known.has_anchors());
    }
    if path.len() > LONGEST {
        return Ok(false);
    }
    let mut found_issuer = false;
    for issuer in known.named(&certificate.issuer().comparison_key()) {
        let Some(issuer_certificate) = known.certificate(issuer) else { continue };
        if path.contains(&issuer) || !known.is_issued_by(last, issuer)? {
            continue;
        }
        found_issuer = true;
        // The certificates between the issuer and the first one; self-issued ones do not count (RFC 5280 4.2.1.9).
        let between = path.iter().skip(1).filter_map(|index| known.certificate(*index));
        let between = between.filter(|one| !one.is_self_issued()).count();
        let too_long = issuer_certificate.path_length().is_some_and(|limit| between > usize::from(limit));
        // Old roots do not say that they are authorities; whoever made one an anchor has said it.
        let is_authority = issuer_certificate.is_ca() || known.is_anchor(issuer);
        if !is_authority || !issuer_certificate.may_sign_certificates() || too_long {
            obstacles.error.get_or_insert_with(|| EvidenceError::UnfitIssuer {
                subject: certificate.subject().to_string(),
                issuer: issuer_certificate.subject().to_string(),
            });
            continue;
        }
        // An anchor is trusted as it is, whatever its certificate says about its time.
        if !known.is_anchor(issuer)
            && let Err(error) = require_valid(issuer_certificate, at)
        {
            obstacles.error.get_or_insert(error);
            continue;
        }
        path.push(issuer);
        if extend(known, path, at, obstacles)? {
            return Ok(true);
        }
        path.pop();
    }
    if !found_issuer && obstacles.dead_ends.len() < MOST_DEAD_ENDS && !obstacles.dead_ends.contains(&last) {
        obstacles.dead_ends.push(last);
    }
    Ok(false)
}

fn require_valid(certificate: &Certificate, at: u64) -> Result<(), EvidenceError> {
    let subject = || certificate.subject().to_string();
    if at < certificate.not_before() {
        return Err(EvidenceError::NotYetValid { subject: subject(), from: certificate.not_before(), at });
    }
    if at > certificate.not_after() {
        return Err(EvidenceError::Expired { subject: subject(), until: certificate.not_after(), at });
    }
    Ok(())
}

/// The key usages that the subject's certificate needs. RFC 5280 4.2.1.3, 4.2.1.12; RFC 3161 2.3; RFC 6960 4.2.2.2.
fn require_fit(subject: &Subject) -> Result<(), EvidenceError> {
    let certificate = &subject.certificate;
    let has_purpose = |purpose| certificate.extended_key_usage().is_some_and(|all| all.contains(&purpose));
    let fits = match subject.role {
        Role::Signer => certificate.may_sign_documents(),
        Role::TimestampAuthority => certificate.may_sign_documents() && has_purpose(TIME_STAMPING),
        Role::OcspResponder => certificate.may_sign_documents() && has_purpose(OCSP_SIGNING),
        Role::CrlIssuer => certificate.may_sign_revocation_lists(),
    };
    if fits {
        return Ok(());
    }
    Err(EvidenceError::UnfitKeyUsage { subject: certificate.subject().to_string(), role: subject.role })
}
