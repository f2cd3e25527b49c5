//! The status of one certificate of a path: which list or answer it rests on. RFC 5280 6.3.3; RFC 6960 3.2, 4.2.2.

use super::known::Index;
use super::plan::{Basis, Planner, Question, Supported};
use super::{
    CertificateStatus, Crl, Evidence, EvidenceError, Freshness, Missing, Rejection, RejectionReason, Revocation,
    RevocationKind, Role, Subject,
};
use crate::x509::Certificate;
use crate::x509::key_purpose::OCSP_SIGNING;

/// The most lists and answers about one certificate that are looked at.
const MOST_CANDIDATES: usize = 64;

/// certificateHold, RFC 5280 5.3.1: the only revocation that may be taken back.
const ON_HOLD: u8 = 6;

/// removeFromCRL, RFC 5280 5.3.1: no revocation, but the end of one in a delta list.
const REMOVED: u8 = 8;

/// affiliationChanged, superseded, cessationOfOperation: the key was not lost (RFC 3161 4, item 1).
const KEY_NOT_LOST: [u8; 3] = [3, 4, 5];

/// What is at hand about one certificate.
pub(super) struct Answer {
    pub(super) supported: Supported,
    pub(super) evidence: Evidence,
    pub(super) missing: Vec<Missing>,
}

/// A list or answer that passed every check but that of its age.
struct Candidate {
    basis: Basis,
    status: Status,
    this_update: u64,
    next_update: Option<u64>,
    /// Whether it covers some revocations only, so that it can accuse and never acquit.
    is_partial: bool,
    /// Of whoever signed it.
    evidence: Evidence,
    missing: Vec<Missing>,
}

#[derive(Clone, Copy)]
enum Status {
    Good,
    Revoked(Revocation),
}

/// Looks for the status of a certificate.
pub(super) fn answer(planner: &mut Planner<'_>, question: Question<'_>) -> Result<Answer, EvidenceError> {
    let (Some(certificate), Some(issuer)) =
        (planner.known.certificate(question.certificate), planner.known.certificate(question.issuer))
    else {
        return Err(EvidenceError::TooEntangled);
    };
    let without = |basis| Answer {
        supported: Supported { certificate: certificate.clone(), basis, revoked_later: None },
        evidence: Evidence::new(),
        missing: Vec::new(),
    };
    if question.is_own && question.subject.role == Role::OcspResponder && certificate.is_ocsp_no_check() {
        return Ok(without(Basis::NoCheck));
    }
    if certificate.is_short_term() && planner.policy.accepts_short_term {
        return Ok(without(Basis::ShortTerm));
    }
    let mut rejected = Vec::new();
    let mut candidates = ocsp_candidates(planner, question, &mut rejected)?;
    candidates.extend(crl_candidates(planner, question, &mut rejected)?);
    let revoked_later = harmless_revocation(&candidates, question.subject, certificate)?;

    let freshness = question.freshness(planner.policy);
    let needed = question.needed(planner.policy);
    let whole = candidates.into_iter().filter(|one| !one.is_partial);
    let (fresh, old): (Vec<_>, Vec<_>) = whole.partition(|one| one.is_fresh(freshness, needed));
    rejected.extend(old.iter().map(|one| {
        let reason = RejectionReason::TooOld { this_update: one.this_update, needed };
        Rejection { kind: one.kind(), reason }
    }));
    // What needs nothing more comes first, then OCSP before lists, then the newest; the order in the pool decides between equals.
    let chosen = fresh.into_iter().min_by_key(|one| {
        (!one.missing.is_empty(), one.kind() == RevocationKind::Crl, std::cmp::Reverse(one.this_update))
    });
    let Some(chosen) = chosen else {
        let missing = Missing::Revocation {
            certificate: certificate.clone(),
            issuer: issuer.clone(),
            ocsp_urls: certificate.ocsp_urls().to_vec(),
            crl_urls: certificate.crl_urls().to_vec(),
            not_before: needed,
            rejected,
        };
        return Ok(Answer { missing: vec![missing], ..without(Basis::Missing) });
    };
    let mut evidence = chosen.evidence;
    match &chosen.basis {
        Basis::Ocsp(answer) => evidence.add_ocsp(answer.clone()),
        Basis::Crl(list) => evidence.add_crl(list.clone()),
        Basis::ShortTerm | Basis::NoCheck | Basis::Missing => false,
    };
    let supported = Supported { certificate: certificate.clone(), basis: chosen.basis, revoked_later };
    Ok(Answer { supported, evidence, missing: chosen.missing })
}

/// The revocation that came after the use was proven, if there is one.
///
/// # Errors
/// [`EvidenceError::Revoked`] if there is one from before.
fn harmless_revocation(
    candidates: &[Candidate],
    subject: &Subject,
    certificate: &Certificate,
) -> Result<Option<Revocation>, EvidenceError> {
    let mut later = None;
    for candidate in candidates {
        let Status::Revoked(revocation) = candidate.status else { continue };
        let taken_back = revocation.reason == Some(ON_HOLD)
            && candidates
                .iter()
                .any(|other| matches!(other.status, Status::Good) && other.this_update > candidate.this_update);
        if taken_back {
            continue;
        }
        let key_not_lost = revocation.reason.is_some_and(|reason| KEY_NOT_LOST.contains(&reason));
        let harmless_from = match subject.role {
            // RFC 3161 4: what an authority time-stamped before it stopped for such a reason stays good.
            Role::TimestampAuthority if key_not_lost => subject.used_at,
            _ => subject.proven_at,
        };
        if revocation.at <= harmless_from {
            return Err(EvidenceError::Revoked {
                subject: certificate.subject().to_string(),
                at: revocation.at,
                reason: revocation.reason,
                proven_at: harmless_from,
            });
        }
        later = Some(revocation);
    }
    Ok(later)
}

impl Candidate {
    fn kind(&self) -> RevocationKind {
        match self.basis {
            Basis::Crl(_) => RevocationKind::Crl,
            _ => RevocationKind::Ocsp,
        }
    }

    fn is_fresh(&self, freshness: Freshness, needed: u64) -> bool {
        match freshness {
            Freshness::AfterUse { .. } => self.this_update >= needed,
            Freshness::CurrentAtUse => self.this_update.max(self.next_update.unwrap_or(0)) >= needed,
        }
    }
}

fn ocsp_candidates(
    planner: &mut Planner<'_>,
    question: Question<'_>,
    rejected: &mut Vec<Rejection>,
) -> Result<Vec<Candidate>, EvidenceError> {
    let (Some(certificate), Some(issuer)) =
        (planner.known.certificate(question.certificate), planner.known.certificate(question.issuer))
    else {
        return Ok(Vec::new());
    };
    let all = planner.known.ocsp();
    let about = all.iter().enumerate().filter(|(_, answer)| answer.status_of(certificate, issuer).is_some());
    let places: Vec<usize> = about.map(|(place, _)| place).take(MOST_CANDIDATES).collect();
    let mut candidates = Vec::new();
    for place in places {
        match ocsp_candidate(planner, question, place)? {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => rejected.push(Rejection { kind: RevocationKind::Ocsp, reason }),
        }
    }
    Ok(candidates)
}

type Judged = Result<Result<Candidate, RejectionReason>, EvidenceError>;

fn ocsp_candidate(planner: &mut Planner<'_>, question: Question<'_>, place: usize) -> Judged {
    let (Some(certificate), Some(issuer), Some(answer)) = (
        planner.known.certificate(question.certificate),
        planner.known.certificate(question.issuer),
        planner.known.ocsp().get(place),
    ) else {
        return Ok(Err(RejectionReason::WrongSigner));
    };
    let Some(single) = answer.status_of(certificate, issuer) else {
        return Ok(Err(RejectionReason::Unknown));
    };
    if answer.has_unknown_critical_extension() || single.has_unknown_critical_extension() {
        return Ok(Err(RejectionReason::Scope("a critical extension is not known")));
    }
    if answer.signature_algorithm().is_none() {
        return Ok(Err(RejectionReason::BadSignature));
    }
    let (mut evidence, mut missing) = (Evidence::new(), Vec::new());
    if answer.responder().names(issuer) {
        if !planner.known.is_ocsp_signed_by(place, question.issuer)? {
            return Ok(Err(RejectionReason::BadSignature));
        }
    } else {
        let responder = match delegate(planner, question.issuer, place)? {
            Ok(responder) => responder,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(responder_certificate) = planner.known.certificate(responder) else {
            return Ok(Err(RejectionReason::WrongSigner));
        };
        if planner.is_open(responder) {
            return Ok(Err(RejectionReason::SelfAsserted));
        }
        let subject = Subject {
            certificate: responder_certificate.clone(),
            role: Role::OcspResponder,
            used_at: answer.produced_at(),
            proven_at: planner.now,
        };
        match signer_support(planner, &subject)? {
            Ok(support) => (evidence, missing) = support,
            Err(reason) => return Ok(Err(reason)),
        }
    }
    let this_update = single.this_update();
    if let Some(reason) = time_fault(planner, this_update.max(answer.produced_at())) {
        return Ok(Err(reason));
    }
    let status = match single.status() {
        CertificateStatus::Unknown => return Ok(Err(RejectionReason::Unknown)),
        CertificateStatus::Revoked(revocation) => Status::Revoked(revocation),
        CertificateStatus::Good => Status::Good,
    };
    let remembers = single.archive_cutoff().is_some_and(|since| since <= certificate.not_after());
    if forgot(certificate, this_update, remembers, status) {
        return Ok(Err(RejectionReason::AfterExpiry));
    }
    let next_update = single.next_update();
    let basis = Basis::Ocsp(answer.clone());
    Ok(Ok(Candidate { basis, status, this_update, next_update, is_partial: false, evidence, missing }))
}

/// The certificate of whom the issuer has authorised to answer, and who signed this answer. RFC 6960 4.2.2.2: issued by the issuer
/// itself, for this purpose.
fn delegate(
    planner: &mut Planner<'_>,
    issuer: Index,
    place: usize,
) -> Result<Result<Index, RejectionReason>, EvidenceError> {
    let Some(answer) = planner.known.ocsp().get(place) else {
        return Ok(Err(RejectionReason::WrongSigner));
    };
    let issuer_name = planner.known.certificate(issuer).map(|issuer| issuer.subject().comparison_key());
    let mut reason = RejectionReason::WrongSigner;
    for index in planner.known.all() {
        let Some(one) = planner.known.certificate(index) else { continue };
        let authorised = one.extended_key_usage().is_some_and(|purposes| purposes.contains(&OCSP_SIGNING))
            && Some(one.issuer().comparison_key()) == issuer_name
            && answer.responder().names(one);
        if !authorised || !planner.known.is_issued_by(index, issuer)? {
            continue;
        }
        if planner.known.is_ocsp_signed_by(place, index)? {
            return Ok(Ok(index));
        }
        reason = RejectionReason::BadSignature;
    }
    Ok(Err(reason))
}

fn crl_candidates(
    planner: &mut Planner<'_>,
    question: Question<'_>,
    rejected: &mut Vec<Rejection>,
) -> Result<Vec<Candidate>, EvidenceError> {
    let Some(certificate) = planner.known.certificate(question.certificate) else {
        return Ok(Vec::new());
    };
    let all = planner.known.crls();
    let of_issuer = all.iter().enumerate().filter(|(_, list)| list.issuer().matches(certificate.issuer()));
    let places: Vec<usize> = of_issuer.map(|(place, _)| place).take(MOST_CANDIDATES).collect();
    let mut candidates = Vec::new();
    for place in places {
        match crl_candidate(planner, question, place)? {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => rejected.push(Rejection { kind: RevocationKind::Crl, reason }),
        }
    }
    Ok(candidates)
}

fn crl_candidate(planner: &mut Planner<'_>, question: Question<'_>, place: usize) -> Judged {
    let (Some(certificate), Some(list)) =
        (planner.known.certificate(question.certificate), planner.known.crls().get(place))
    else {
        return Ok(Err(RejectionReason::WrongSigner));
    };
    if let Some(reason) = scope_fault(list, certificate) {
        return Ok(Err(RejectionReason::Scope(reason)));
    }
    if list.signature_algorithm().is_none() {
        return Ok(Err(RejectionReason::BadSignature));
    }
    let (evidence, missing) = match list_signer(planner, question, place)? {
        Ok(support) => support,
        Err(reason) => return Ok(Err(reason)),
    };
    let this_update = list.this_update();
    if let Some(reason) = time_fault(planner, this_update) {
        return Ok(Err(reason));
    }
    let entry = list.revocation_of(certificate.serial()).filter(|entry| entry.reason != Some(REMOVED));
    let status = entry.map_or(Status::Good, Status::Revoked);
    let is_partial = match (partiality(list), entry) {
        (Some(reason), None) => return Ok(Err(RejectionReason::Scope(reason))),
        (partiality, _) => partiality.is_some(),
    };
    let remembers = list.keeps_expired_since().is_some_and(|since| since <= certificate.not_after());
    if forgot(certificate, this_update, remembers, status) {
        return Ok(Err(RejectionReason::AfterExpiry));
    }
    let next_update = list.next_update();
    let basis = Basis::Crl(list.clone());
    Ok(Ok(Candidate { basis, status, this_update, next_update, is_partial, evidence, missing }))
}

/// The evidence of whoever signed something that is evidence, and what of it is missing.
type SignerSupport = Result<Result<(Evidence, Vec<Missing>), RejectionReason>, EvidenceError>;

/// The list is signed with the key that signed the certificate, or with another key of the same issuer (RFC 5280 6.3.3 (f)).
fn list_signer(planner: &mut Planner<'_>, question: Question<'_>, place: usize) -> SignerSupport {
    let Some(issuer) = planner.known.certificate(question.issuer) else {
        return Ok(Err(RejectionReason::WrongSigner));
    };
    if planner.known.is_crl_signed_by(place, question.issuer)? {
        return Ok(if issuer.may_sign_revocation_lists() {
            Ok((Evidence::new(), Vec::new()))
        } else {
            Err(RejectionReason::WrongSigner)
        });
    }
    for other in planner.known.named(&issuer.subject().comparison_key()) {
        let Some(certificate) = planner.known.certificate(other) else { continue };
        if !certificate.may_sign_revocation_lists() || !planner.known.is_crl_signed_by(place, other)? {
            continue;
        }
        if planner.is_open(other) {
            return Ok(Err(RejectionReason::SelfAsserted));
        }
        let used_at = planner.known.crls().get(place).map_or(planner.now, Crl::this_update);
        let subject =
            Subject { certificate: certificate.clone(), role: Role::CrlIssuer, used_at, proven_at: planner.now };
        return signer_support(planner, &subject);
    }
    Ok(Err(RejectionReason::BadSignature))
}

/// Evidence for whoever signed evidence; what speaks against them speaks against what they signed, and not against the document.
fn signer_support(planner: &mut Planner<'_>, subject: &Subject) -> SignerSupport {
    match planner.support(subject) {
        Ok(support) if support.missing.iter().any(Missing::is_nowhere) => {
            let error = EvidenceError::Incomplete { missing: support.missing };
            Ok(Err(RejectionReason::Signer(Box::new(error))))
        }
        Ok(support) => Ok(Ok((support.found.evidence, support.missing))),
        Err(EvidenceError::TooEntangled) => Err(EvidenceError::TooEntangled),
        Err(error) => Ok(Err(RejectionReason::Signer(Box::new(error)))),
    }
}

fn time_fault(planner: &Planner<'_>, this_update: u64) -> Option<RejectionReason> {
    let in_future = this_update > planner.now.saturating_add(planner.policy.clock_tolerance);
    in_future.then_some(RejectionReason::FromTheFuture { this_update })
}

/// Whether "not revoked" says nothing because the certificate had expired and need not be listed any more. RFC 5280 3.3.
fn forgot(certificate: &Certificate, this_update: u64, remembers: bool, status: Status) -> bool {
    matches!(status, Status::Good) && this_update > certificate.not_after() && !remembers
}

/// Why the list covers some revocations only: a certificate on it is revoked, one that is not may be so all the same.
fn partiality(list: &Crl) -> Option<&'static str> {
    if list.scope().delta {
        return Some("it is a delta list");
    }
    list.scope().only_some_reasons.then_some("it is about some reasons only")
}

/// Why silence of the list about the certificate does not mean "not revoked". RFC 5280 6.3.3 (b).
fn scope_fault(list: &Crl, certificate: &Certificate) -> Option<&'static str> {
    let scope = list.scope();
    if scope.unknown_critical_extension {
        return Some("a critical extension is not known");
    }
    if scope.indirect || scope.only_attribute_certificates {
        return Some("its distribution point limits it");
    }
    if (scope.only_user_certificates && certificate.is_ca()) || (scope.only_ca_certificates && !certificate.is_ca()) {
        return Some("it is for another kind of certificates");
    }
    if !scope.covers_distribution_point_of(certificate) {
        return Some("it is for another distribution point");
    }
    None
}
