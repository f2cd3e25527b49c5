//! Which evidence proves that certificates were good when they were used, and what of it is still missing. EN 319 102-1 5.2, 5.5, 5.6.

use super::known::{Index, Known};
use super::path::{self, PathSearch};
use super::{
    Crl, Evidence, EvidenceError, EvidencePolicy, Freshness, Missing, OcspResponse, Revocation, Role, Subject,
    revocation,
};
use crate::crypto::CryptoProvider;
use crate::x509::Certificate;

/// Responders whose status comes from other responders, and so on: so many levels.
const DEEPEST: usize = 6;

/// On what the status of a certificate rests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// An OCSP answer.
    Ocsp(OcspResponse),
    /// A revocation list.
    Crl(Crl),
    /// Its issuer gives no revocation information about it, and it was valid when it was used.
    ShortTerm,
    /// It is a responder's that need not be checked (id-pkix-ocsp-nocheck).
    NoCheck,
    /// Nothing yet; see [`Plan::missing`].
    Missing,
}

/// A certificate of a path and on what its status rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supported {
    /// The certificate.
    pub certificate: Certificate,
    /// On what its status rests.
    pub basis: Basis,
    /// A revocation that came after the use was proven, and so does no harm.
    pub revoked_later: Option<Revocation>,
}

/// The evidence for one subject.
#[derive(Debug, Clone)]
pub struct SubjectEvidence {
    /// For whom.
    pub subject: Subject,
    /// Its certificate first, the anchor last; only its certificate while issuers are missing.
    pub path: Vec<Certificate>,
    /// Whether the path ends at an anchor. If no anchor was given, it ends at a self-signed certificate that nobody vouches for.
    pub is_anchored: bool,
    /// The certificates of the path but the last, each with its basis.
    pub statuses: Vec<Supported>,
    /// All of it, and what the responders and list issuers in it need themselves.
    pub evidence: Evidence,
}

/// What is at hand for the subjects, and what is not.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One for each subject, in their order.
    pub subjects: Vec<SubjectEvidence>,
    /// What is missing, each once.
    pub missing: Vec<Missing>,
}

impl Plan {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether all paths end at an anchor.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.subjects.iter().all(|subject| subject.is_anchored)
    }

    /// The evidence of all subjects, as far as it is at hand.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let mut all = Evidence::new();
        for subject in &self.subjects {
            all.extend(&subject.evidence);
        }
        all
    }

    /// The evidence of all subjects, if nothing is missing.
    ///
    /// # Errors
    /// [`EvidenceError::Incomplete`] with what is missing.
    pub fn into_complete(self) -> Result<Evidence, EvidenceError> {
        if self.is_complete() { Ok(self.evidence()) } else { Err(EvidenceError::Incomplete { missing: self.missing }) }
    }
}

/// Finds in `pool` the evidence for `subjects`: paths up to `anchors`, and for every certificate of a path a list or an OCSP answer that
/// is good and new enough; the same again for whoever signed those.
///
/// Every answer is checked before it counts: who signed it and was entitled to, that it is about the certificate, its time, its scope.
/// What fails is left aside and named in [`Missing::Revocation`]. `now` is the present in Unix seconds.
///
/// Without anchors a path ends at a self-signed certificate that is at hand, and [`SubjectEvidence::is_anchored`] is false. Roots and
/// anchors need no revocation data.
///
/// What is missing is fetched by whoever can, added to the pool, and planned again.
///
/// # Errors
/// What no further evidence can mend: a certificate revoked before its use was proven, or used outside its validity, or not made for
/// it; a root that is not an anchor.
pub fn plan(
    subjects: &[Subject],
    pool: &Evidence,
    anchors: &[Certificate],
    policy: &EvidencePolicy,
    now: u64,
    provider: &dyn CryptoProvider,
) -> Result<Plan, EvidenceError> {
    let certificates = subjects.iter().map(|subject| &subject.certificate);
    let known = Known::new(certificates, pool, anchors, provider);
    let mut planner = Planner { known, policy, now, open: Vec::new() };
    let mut plan = Plan { subjects: Vec::new(), missing: Vec::new() };
    for subject in subjects {
        let support = planner.support(subject)?;
        for missing in support.missing {
            if !plan.missing.contains(&missing) {
                plan.missing.push(missing);
            }
        }
        plan.subjects.push(support.found);
    }
    Ok(plan)
}

/// What was found for a subject, and what was not.
pub(super) struct Support {
    pub(super) found: SubjectEvidence,
    pub(super) missing: Vec<Missing>,
}

/// The state of one plan.
pub(super) struct Planner<'a> {
    pub(super) known: Known<'a>,
    pub(super) policy: &'a EvidencePolicy,
    pub(super) now: u64,
    /// The certificates whose status is being looked for, from the subject down to the responder's responder.
    open: Vec<Index>,
}

/// A certificate of a path, and what its status is asked for.
#[derive(Clone, Copy)]
pub(super) struct Question<'s> {
    pub(super) certificate: Index,
    pub(super) issuer: Index,
    pub(super) subject: &'s Subject,
    /// Whether it is the subject's own certificate and not one above it.
    pub(super) is_own: bool,
}

impl Question<'_> {
    /// How new data must be.
    pub(super) fn freshness(&self, policy: &EvidencePolicy) -> Freshness {
        match self.subject.role {
            Role::Signer if self.is_own => policy.signer,
            Role::TimestampAuthority if self.is_own => policy.timestamp_authority,
            _ => Freshness::CurrentAtUse,
        }
    }

    /// From when data must be, or until when it must have been good.
    pub(super) fn needed(&self, policy: &EvidencePolicy) -> u64 {
        match self.freshness(policy) {
            Freshness::AfterUse { grace } => self.subject.used_at.saturating_add(grace),
            Freshness::CurrentAtUse => self.subject.used_at,
        }
    }
}

impl Planner<'_> {
    /// The evidence for one subject.
    pub(super) fn support(&mut self, subject: &Subject) -> Result<Support, EvidenceError> {
        let own = Evidence::of_certificates([subject.certificate.clone()]);
        let path = match path::find(&mut self.known, subject)? {
            PathSearch::Found(path) => path,
            PathSearch::Missing(missing) => {
                let path = vec![subject.certificate.clone()];
                let found = SubjectEvidence {
                    subject: subject.clone(),
                    path,
                    is_anchored: false,
                    statuses: Vec::new(),
                    evidence: own,
                };
                return Ok(Support { found, missing });
            }
        };
        let certificates: Vec<Certificate> =
            path.iter().filter_map(|index| self.known.certificate(*index).cloned()).collect();
        let mut evidence = Evidence::of_certificates(certificates.iter().cloned());
        let (mut statuses, mut missing) = (Vec::new(), Vec::new());
        for (depth, pair) in path.windows(2).enumerate() {
            let [certificate, issuer] = *pair else { continue };
            let question = Question { certificate, issuer, subject, is_own: depth == 0 };
            let mut answer = self.answer(question)?;
            evidence.extend(&answer.evidence);
            missing.append(&mut answer.missing);
            statuses.push(answer.supported);
        }
        let is_anchored = path.last().is_some_and(|last| self.known.is_anchor(*last));
        let found = SubjectEvidence { subject: subject.clone(), path: certificates, is_anchored, statuses, evidence };
        Ok(Support { found, missing })
    }

    fn answer(&mut self, question: Question<'_>) -> Result<revocation::Answer, EvidenceError> {
        self.known.step()?;
        if self.open.contains(&question.certificate) || self.open.len() >= DEEPEST {
            return Err(EvidenceError::Circular { subject: question.subject.certificate.subject().to_string() });
        }
        self.open.push(question.certificate);
        let answer = revocation::answer(self, question);
        self.open.pop();
        answer
    }

    /// Whether the status of this certificate is being looked for.
    pub(super) fn is_open(&self, certificate: Index) -> bool {
        self.open.contains(&certificate)
    }
}
