//! The loop: plan, fetch what is missing, plan again. Each address is asked once in a call; the next one when it did not help.

use super::error::{Attempt, AttemptError, CollectError};
use super::source::{EvidenceRequest, EvidenceSource};
use ades::crypto::AwsLc;
use ades::evidence::{
    Crl, Evidence, EvidencePolicy, Missing, OcspNonce, OcspQuestion, OcspResponse, Plan, Subject,
    certificates_of_bundle, plan,
};
use ades::tsp::TimestampToken;
use ades::x509::Certificate;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;

/// How much is fetched in one call: a chain with its evidence takes about ten requests and less than a megabyte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionLimits {
    /// Requests.
    pub requests: usize,
    /// Requests at the same time.
    pub at_once: usize,
    /// Bytes of all answers together.
    pub bytes: usize,
}

impl Default for CollectionLimits {
    /// 64 requests, 8 at the same time, 64 MiB.
    fn default() -> Self {
        Self { requests: 64, at_once: 8, bytes: 64 * 1024 * 1024 }
    }
}

/// A finished signature at level T, as far as its evidence is concerned.
pub struct FinishedSignature<'a> {
    /// The signer's certificate.
    pub signer: &'a Certificate,
    /// The signature value, which the tokens are over.
    pub value: &'a [u8],
    /// Its time-stamps.
    pub tokens: &'a [TimestampToken],
    /// The certificates and revocation data in the file, and whatever else is at hand.
    pub known: Evidence,
}

/// Complete evidence, and how it was found.
#[derive(Debug)]
pub struct Collected {
    /// What proves what; its [`evidence`](Plan::evidence) goes into the file.
    pub plan: Plan,
    /// Every address that was asked, in order, with those that failed.
    pub attempts: Vec<Attempt>,
}

/// Collects evidence from one source, under one set of anchors. See the module for an example.
#[derive(Clone)]
pub struct EvidenceCollector {
    source: Arc<dyn EvidenceSource>,
    anchors: Arc<[Certificate]>,
    policy: EvidencePolicy,
    limits: CollectionLimits,
}

impl EvidenceCollector {
    /// A collector with the default policy and limits.
    ///
    /// Without anchors every path must end at a self-signed certificate, and [`Plan::is_anchored`] is false.
    #[must_use]
    pub fn new(source: Arc<dyn EvidenceSource>, anchors: Vec<Certificate>) -> Self {
        let (policy, limits) = (EvidencePolicy::default(), CollectionLimits::default());
        Self { source, anchors: anchors.into(), policy, limits }
    }

    /// The same with another policy.
    #[must_use]
    pub fn with_policy(self, policy: EvidencePolicy) -> Self {
        Self { policy, ..self }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: CollectionLimits) -> Self {
        Self { limits, ..self }
    }

    /// Collects what a finished signature at level T needs to become level LT: for its signer and for each of its time-stamps.
    ///
    /// `nonce` is random and new for this call; `now` is asked before each round, because a round may have taken its whole deadline.
    ///
    /// # Errors
    /// [`CollectError::Evidence`] if a time-stamp is not over the signature or the evidence speaks against it,
    /// [`CollectError::Incomplete`] if not everything could be had.
    pub async fn collect_for(
        &self,
        signature: FinishedSignature<'_>,
        nonce: Option<OcspNonce>,
        now: &(dyn Fn() -> u64 + Sync),
    ) -> Result<Collected, CollectError> {
        let FinishedSignature { signer, value, tokens, mut known } = signature;
        let subjects = Subject::of_signature(signer, value, tokens, &known, now(), &AwsLc)?;
        for certificate in tokens.iter().flat_map(TimestampToken::certificates) {
            known.add_certificate(certificate);
        }
        self.collect(&subjects, known, nonce, now).await
    }

    /// Collects what `subjects` need, beginning with what is `known`.
    ///
    /// # Errors
    /// [`CollectError::Evidence`] if the evidence speaks against a subject, [`CollectError::Incomplete`] if not everything could be had.
    pub async fn collect(
        &self,
        subjects: &[Subject],
        mut known: Evidence,
        nonce: Option<OcspNonce>,
        now: &(dyn Fn() -> u64 + Sync),
    ) -> Result<Collected, CollectError> {
        let mut round = Round { asked: HashSet::new(), attempts: Vec::new(), requests: 0, bytes: 0 };
        loop {
            let plan = plan(subjects, &known, &self.anchors, &self.policy, now(), &AwsLc)?;
            if plan.is_complete() {
                return Ok(Collected { plan, attempts: round.attempts });
            }
            let next: Vec<_> = plan.missing.iter().filter_map(|missing| round.next(missing, nonce)).collect();
            if next.is_empty() {
                return Err(CollectError::Incomplete { plan: Box::new(plan), attempts: round.attempts });
            }
            for some in next.chunks(self.limits.at_once.max(1)) {
                let answers = self.fetch(some, &mut round).await;
                for (request, answer) in some.iter().zip(answers) {
                    let outcome = answer.and_then(|bytes| take(&mut known, request, &bytes, nonce));
                    if let Err(error) = &outcome {
                        tracing::debug!(url = request.url(), %error, "no evidence from this address");
                    }
                    round.attempts.push(Attempt { url: request.url().to_owned(), outcome });
                }
            }
        }
    }

    /// The answers to `requests` in their order, fetched at the same time.
    async fn fetch(&self, requests: &[EvidenceRequest], round: &mut Round) -> Vec<Result<Vec<u8>, AttemptError>> {
        let mut tasks = JoinSet::new();
        let mut answers: Vec<Result<Vec<u8>, AttemptError>> = Vec::new();
        for (place, request) in requests.iter().enumerate() {
            let within = round.requests < self.limits.requests && round.bytes < self.limits.bytes;
            answers.push(Err(AttemptError::Limit));
            if within {
                round.requests += 1;
                let (source, request) = (self.source.clone(), request.clone());
                tasks.spawn(async move { (place, source.fetch(&request).await) });
            }
        }
        while let Some(finished) = tasks.join_next().await {
            match finished {
                Ok((place, answer)) => {
                    round.bytes += answer.as_ref().map_or(0, Vec::len);
                    answers[place] = answer.map_err(AttemptError::Http);
                }
                // A source that panics is a fault of ours; it must not look like an answer.
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        }
        answers
    }
}

/// What happened in one call so far.
struct Round {
    asked: HashSet<(Kind, String, Vec<u8>)>,
    attempts: Vec<Attempt>,
    requests: usize,
    bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Issuer,
    Ocsp,
    Crl,
}

impl Round {
    /// The next address that was not asked yet: for revocation data the responders first, then the lists.
    fn next(&mut self, missing: &Missing, nonce: Option<OcspNonce>) -> Option<EvidenceRequest> {
        match missing {
            Missing::Issuer { urls, .. } => {
                let url = self.first_new(Kind::Issuer, urls, &[])?;
                Some(EvidenceRequest::Issuer { url })
            }
            Missing::Revocation { certificate, issuer, ocsp_urls, crl_urls, .. } => {
                if let Some(url) = self.first_new(Kind::Ocsp, ocsp_urls, certificate.der()) {
                    let request = OcspQuestion { certificate, issuer, nonce }.to_der();
                    return Some(EvidenceRequest::Ocsp { url, request });
                }
                let url = self.first_new(Kind::Crl, crl_urls, &[])?;
                Some(EvidenceRequest::Crl { url })
            }
            _ => None,
        }
    }

    /// The first of `urls` that was not asked about this yet; those that cannot be asked are noted on the way.
    fn first_new(&mut self, kind: Kind, urls: &[String], about: &[u8]) -> Option<String> {
        for url in urls {
            if !self.asked.insert((kind, url.clone(), about.to_vec())) {
                continue;
            }
            if is_http(url) {
                return Some(url.clone());
            }
            self.attempts.push(Attempt { url: url.clone(), outcome: Err(AttemptError::Scheme) });
        }
        None
    }
}

fn is_http(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Adds what came to what is known. Whether it may be used is the planner's to say.
fn take(
    known: &mut Evidence,
    request: &EvidenceRequest,
    bytes: &[u8],
    nonce: Option<OcspNonce>,
) -> Result<(), AttemptError> {
    match request {
        EvidenceRequest::Issuer { .. } => {
            for certificate in certificates_of_bundle(bytes)? {
                known.add_certificate(certificate);
            }
        }
        EvidenceRequest::Crl { .. } => {
            known.add_crl(Crl::from_der(bytes)?);
        }
        EvidenceRequest::Ocsp { .. } => {
            let answer = OcspResponse::from_der(bytes)?;
            if !answer.fits_nonce(nonce.as_ref()) {
                return Err(AttemptError::OtherNonce);
            }
            known.add_ocsp(answer);
        }
    }
    Ok(())
}
