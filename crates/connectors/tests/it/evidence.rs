//! Evidence over loopback: what is fetched, what is put aside, what is kept of every attempt. Threats T-CN-1 to T-CN-5.

use crate::ground::{NOW, authorities, certificate, http, signer};
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::evidence::{Evidence, EvidenceError, EvidencePolicy, FormatError, Missing, RejectionReason, Subject};
use ades::tsp::{Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken, TspError};
use ades::x509::Certificate;
use connectors::evidence::{
    Attempt, AttemptError, CollectError, Collected, CollectionLimits, EvidenceCollector, EvidenceRequest,
    EvidenceSource, Fetching, FinishedSignature,
};
use connectors::http::{HttpClient, HttpError, HttpPolicy};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use test_support::authorities::{DevelopmentAuthorities, SecondCa};
use test_support::ca::{CaPlan, CrlReason, DevelopmentCa};
use test_support::http::body::{stalled, zeros};
use test_support::http::{LoopbackServer, Outcome, StatusCode, header};
use test_support::pki::cms::certificates_only;
use test_support::pki::extension;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;

const VALUE: &[u8] = b"a signature value";
const NONCE: Option<[u8; 16]> = Some([9; 16]);

fn token(authorities: &DevelopmentAuthorities) -> TimestampToken {
    let request = TimestampRequest::new(Imprint::of(DigestAlgorithm::Sha256, VALUE), Nonce::from_bytes(&[1]));
    let answer = authorities.tsa(1).respond(&request.to_der(), NOW, &SystemRandomness).unwrap();
    TimestampResponse::from_der(&answer).unwrap().into_token(&request, &AwsLc).unwrap()
}

fn root(authorities: &DevelopmentAuthorities) -> Certificate {
    certificate(authorities.root().certificate())
}

fn finished<'a>(signer: &'a Certificate, tokens: &'a [TimestampToken]) -> FinishedSignature<'a> {
    FinishedSignature { signer, value: VALUE, tokens, known: Evidence::new() }
}

async fn collect(authorities: &DevelopmentAuthorities, signer: &Certificate) -> Result<Collected, CollectError> {
    let collector = EvidenceCollector::new(Arc::new(http()), vec![root(authorities)]);
    collector.collect_for(finished(signer, &[token(authorities)]), NONCE, &|| NOW).await
}

#[tokio::test]
async fn a_signature_gets_everything_that_its_certificates_name() {
    let authorities = authorities(SecondCa::Absent).await;
    let (signer, _) = signer(&authorities);
    let collected = collect(&authorities, &signer).await.unwrap();
    assert!(collected.plan.is_complete() && collected.plan.is_anchored());
    let evidence = collected.plan.evidence();
    // OCSP about signer, TSA and two authorities. The root is an anchor; no list is fetched where a responder answers.
    assert_eq!((evidence.ocsp().len(), evidence.crls().len()), (4, 0));
    let urls: Vec<&str> = collected.attempts.iter().map(|attempt| attempt.url.as_str()).collect();
    assert!(collected.attempts.iter().all(|attempt| attempt.outcome.is_ok()), "{:?}", collected.attempts);
    let addresses = authorities.addresses();
    for expected in
        [&addresses.ca1.ocsp, &addresses.tsa_ca.ocsp, &addresses.root.ocsp, &addresses.ca1.issuer_certificate]
    {
        assert!(urls.contains(&expected.as_str()), "{expected} is not among {urls:?}");
    }
}

#[tokio::test]
async fn what_is_known_is_not_fetched_again() {
    let authorities = authorities(SecondCa::Absent).await;
    let (signer, _) = signer(&authorities);
    let known = collect(&authorities, &signer).await.unwrap().plan.evidence();
    let collector = EvidenceCollector::new(Arc::new(http()), vec![root(&authorities)]);
    let tokens = [token(&authorities)];
    let again = FinishedSignature { known, ..finished(&signer, &tokens) };
    assert!(collector.collect_for(again, NONCE, &|| NOW).await.unwrap().attempts.is_empty());
}

#[tokio::test]
async fn without_anchors_the_result_says_that_nobody_vouches_for_it() {
    let authorities = authorities(SecondCa::Absent).await;
    let (signer, _) = signer(&authorities);
    let collector = EvidenceCollector::new(Arc::new(http()), Vec::new());
    let known = Evidence::of_certificates([root(&authorities)]);
    let tokens = [token(&authorities)];
    let signature = FinishedSignature { known, ..finished(&signer, &tokens) };
    let plan = collector.collect_for(signature, NONCE, &|| NOW).await.unwrap().plan;
    assert!(plan.is_complete() && !plan.is_anchored());
}

#[tokio::test]
async fn a_signer_revoked_before_the_time_stamp_is_refused() {
    let authorities = authorities(SecondCa::Absent).await;
    let (signer, _) = signer(&authorities);
    authorities.ca1().revoke(signer.der(), CrlReason::KeyCompromise, NOW - 50).unwrap();
    let error = collect(&authorities, &signer).await.unwrap_err();
    assert!(matches!(error, CollectError::Evidence(EvidenceError::Revoked { at, .. }) if at == NOW - 50), "{error}");
}

#[tokio::test]
async fn a_token_over_another_signature_is_refused_before_anything_is_fetched() {
    let authorities = authorities(SecondCa::Absent).await;
    let (signer, _) = signer(&authorities);
    let source = Arc::new(Scripted::new(|_| Err(())));
    let collector = EvidenceCollector::new(source.clone(), vec![root(&authorities)]);
    let tokens = [token(&authorities)];
    let other = FinishedSignature { value: b"another value", ..finished(&signer, &tokens) };
    let error = collector.collect_for(other, NONCE, &|| NOW).await.unwrap_err();
    assert!(matches!(error, CollectError::Evidence(EvidenceError::Token(TspError::WrongImprint))), "{error}");
    let none = finished(&signer, &[]);
    let error = collector.collect_for(none, NONCE, &|| NOW).await.unwrap_err();
    assert!(matches!(error, CollectError::Evidence(EvidenceError::NotTimestamped)), "{error}");
    assert_eq!(source.asked().len(), 0);
}

type Answering = dyn Fn(&EvidenceRequest) -> Result<Vec<u8>, ()> + Send + Sync;

/// A source that answers by a function, notes what it was asked and how many requests were on the way at once.
struct Scripted {
    answer: Box<Answering>,
    asked: Mutex<Vec<String>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Scripted {
    fn new(answer: impl Fn(&EvidenceRequest) -> Result<Vec<u8>, ()> + Send + Sync + 'static) -> Self {
        let (open, most_open) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { answer: Box::new(answer), asked: Mutex::default(), open, most_open }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl EvidenceSource for Scripted {
    fn fetch<'a>(&'a self, request: &'a EvidenceRequest) -> Fetching<'a> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(request.url().to_owned());
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_open.fetch_max(open, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.open.fetch_sub(1, Ordering::SeqCst);
            let host = "scripted.example".to_owned();
            (self.answer)(request).map_err(|()| HttpError::Unresolved { host })
        })
    }
}

/// A root and a signer whose certificate names these addresses; the root is the anchor.
struct Small {
    ca: Arc<DevelopmentCa>,
    signer: Certificate,
}

impl Small {
    fn new() -> Self {
        Self::at("http://authority.example")
    }

    fn at(base_url: &str) -> Self {
        let plan = CaPlan { base_url: base_url.to_owned(), ..CaPlan::in_memory("ca", "CA") };
        let ca = DevelopmentCa::root(&plan, NOW, &SystemRandomness).unwrap();
        let key = AuthorityKey::generate(KeyKind::P256).unwrap();
        let name = distinguished_name("O", "signer").unwrap();
        let extensions = extension::signer().unwrap();
        let der = ca.certify(&name, key.spki(), extensions, 86_400, (NOW, &SystemRandomness)).unwrap();
        Self { ca: Arc::new(ca), signer: certificate(&der) }
    }

    fn subject(&self) -> [Subject; 1] {
        [Subject::signer(self.signer.clone(), NOW)]
    }

    async fn collect(&self, source: Arc<dyn EvidenceSource>) -> Result<Collected, CollectError> {
        let collector = EvidenceCollector::new(source, vec![certificate(self.ca.certificate())]);
        collector.collect(&self.subject(), Evidence::new(), NONCE, &|| NOW).await
    }

    /// What happens if the responder's answer is made by `ocsp` and there is no list.
    async fn with_answer(&self, ocsp: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> (Missing, Vec<Attempt>) {
        let source = Scripted::new(move |request| match request {
            EvidenceRequest::Ocsp { request, .. } => Ok(ocsp(request)),
            _ => Err(()),
        });
        incomplete(self.collect(Arc::new(source)).await)
    }
}

fn incomplete(result: Result<Collected, CollectError>) -> (Missing, Vec<Attempt>) {
    match result {
        Err(CollectError::Incomplete { plan, attempts }) => (plan.missing[0].clone(), attempts),
        Err(error) => panic!("{error}"),
        Ok(collected) => panic!("{:?}", collected.attempts),
    }
}

fn reasons(missing: &Missing) -> Vec<RejectionReason> {
    let Missing::Revocation { rejected, .. } = missing else { panic!("{missing:?}") };
    rejected.iter().map(|rejection| rejection.reason.clone()).collect()
}

#[tokio::test]
async fn the_list_steps_in_when_the_responder_fails_and_the_attempt_is_kept() {
    let small = Small::new();
    let ca = small.ca.clone();
    let source = Scripted::new(move |request| match request {
        EvidenceRequest::Crl { .. } => Ok(ca.crl(NOW).unwrap()),
        _ => Err(()),
    });
    let collected = small.collect(Arc::new(source)).await.unwrap();
    assert_eq!(collected.plan.evidence().crls().len(), 1);
    let outcomes: Vec<_> = collected.attempts.iter().map(|attempt| attempt.outcome.is_ok()).collect();
    assert_eq!(outcomes, [false, true]);
}

#[tokio::test]
async fn a_stale_answer_is_put_aside_and_said() {
    let small = Small::new();
    let ca = small.ca.clone();
    let (missing, _) = small.with_answer(move |request| ca.ocsp(request, NOW - 1).unwrap()).await;
    assert_eq!(reasons(&missing), [RejectionReason::TooOld { this_update: NOW - 1, needed: NOW }]);
}

#[tokio::test]
async fn an_answer_of_another_authority_is_put_aside() {
    let small = Small::new();
    // The same name, but another key: it does not even know what it is asked about, and signs anyway.
    let other = DevelopmentCa::root(&CaPlan::in_memory("ca", "CA"), NOW, &SystemRandomness).unwrap();
    let (missing, attempts) = small.with_answer(move |request| other.ocsp(request, NOW).unwrap()).await;
    assert_eq!(reasons(&missing), [RejectionReason::WrongSigner]);
    assert!(attempts[0].outcome.is_ok(), "something readable came");
}

#[tokio::test]
async fn an_answer_about_another_certificate_is_put_aside() {
    let (small, other) = (Small::new(), Small::new());
    let (_, issuer) = (&other.signer, certificate(other.ca.certificate()));
    let asked = ades::evidence::OcspQuestion { certificate: &other.signer, issuer: &issuer, nonce: NONCE }.to_der();
    let ca = other.ca.clone();
    let (missing, _) = small.with_answer(move |_| ca.ocsp(&asked, NOW).unwrap()).await;
    assert_eq!(reasons(&missing), [], "there is no answer about the certificate");
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_taken() {
    let small = Small::new();
    let issuer = certificate(small.ca.certificate());
    let certificate = small.signer.clone();
    let ca = small.ca.clone();
    let (_, attempts) = small
        .with_answer(move |_| {
            let nonce = Some([1; 16]);
            let asked = ades::evidence::OcspQuestion { certificate: &certificate, issuer: &issuer, nonce };
            ca.ocsp(&asked.to_der(), NOW).unwrap()
        })
        .await;
    assert!(matches!(attempts[0].outcome, Err(AttemptError::OtherNonce)), "{:?}", attempts[0]);
}

#[tokio::test]
async fn a_responder_without_a_status_is_told_apart_from_one_that_sends_a_web_page() {
    let small = Small::new();
    let ca = small.ca.clone();
    let (_, attempts) = small.with_answer(move |_| ca.ocsp(b"garbage", NOW).unwrap()).await;
    let unreadable = |attempt: &Attempt| match &attempt.outcome {
        Err(AttemptError::Unreadable(error)) => error.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(unreadable(&attempts[0]), FormatError::NoStatus { code: 1 });
    let (_, attempts) = small.with_answer(|_| b"<html>login</html>".to_vec()).await;
    assert!(matches!(unreadable(&attempts[0]), FormatError::Malformed { .. }));
}

#[tokio::test]
async fn the_error_says_what_is_missing_and_what_was_asked() {
    let small = Small::new();
    let ca = small.ca.clone();
    let source = Scripted::new(move |request| match request {
        EvidenceRequest::Ocsp { request, .. } => Ok(ca.ocsp(request, NOW - 5).unwrap()),
        _ => Err(()),
    });
    let text = small.collect(Arc::new(source)).await.unwrap_err().to_string();
    for part in ["revocation data about the certificate of CN=signer", "too old", "/ca/ocsp: answered", "/ca/crl: "] {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[tokio::test]
async fn independent_requests_are_sent_together_and_never_more_than_allowed() {
    let authorities = authorities(SecondCa::Absent).await;
    let (signer, _) = signer(&authorities);
    let inner = http();
    let most_at_once = |limit| {
        let (signer, inner, authorities) = (signer.clone(), inner.clone(), &authorities);
        async move {
            let source = Arc::new(Counting { inner, open: AtomicUsize::new(0), most: AtomicUsize::new(0) });
            let limits = CollectionLimits { at_once: limit, ..CollectionLimits::default() };
            let collector = EvidenceCollector::new(source.clone(), vec![root(authorities)]).with_limits(limits);
            collector.collect_for(finished(&signer, &[token(authorities)]), NONCE, &|| NOW).await.unwrap();
            source.most.load(Ordering::SeqCst)
        }
    };
    assert_eq!(most_at_once(1).await, 1);
    assert!(most_at_once(8).await > 1);
}

/// The guarded client, counting the requests on the way.
struct Counting {
    inner: HttpClient,
    open: AtomicUsize,
    most: AtomicUsize,
}

impl EvidenceSource for Counting {
    fn fetch<'a>(&'a self, request: &'a EvidenceRequest) -> Fetching<'a> {
        Box::pin(async move {
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(open, Ordering::SeqCst);
            let answer = self.inner.fetch(request).await;
            self.open.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}

#[tokio::test]
async fn an_issuer_comes_as_a_certificate_or_in_a_bundle() {
    let root = DevelopmentCa::root(&CaPlan::in_memory("root", "Root"), NOW, &SystemRandomness).unwrap();
    let ca = DevelopmentCa::under(&root, &CaPlan::in_memory("ca", "CA"), NOW, &SystemRandomness).unwrap();
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = distinguished_name("O", "signer").unwrap();
    let extensions = extension::signer().unwrap();
    let signer = certificate(&ca.certify(&name, key.spki(), extensions, 86_400, (NOW, &SystemRandomness)).unwrap());
    let anchors = vec![certificate(root.certificate())];
    let bundle = certificates_only(&[root.certificate(), ca.certificate()]).unwrap();
    let (root, ca) = (Arc::new(root), Arc::new(ca));
    for issuer in [ca.certificate().to_vec(), bundle] {
        let (root, ca) = (root.clone(), ca.clone());
        let source = Scripted::new(move |request| match request {
            EvidenceRequest::Issuer { .. } => Ok(issuer.clone()),
            EvidenceRequest::Ocsp { url, request } if url.contains("/ca/") => Ok(ca.ocsp(request, NOW).unwrap()),
            EvidenceRequest::Ocsp { request, .. } => Ok(root.ocsp(request, NOW).unwrap()),
            EvidenceRequest::Crl { .. } => Err(()),
        });
        let collector = EvidenceCollector::new(Arc::new(source), anchors.clone());
        let subject = [Subject::signer(signer.clone(), NOW)];
        let collected = collector.collect(&subject, Evidence::new(), NONCE, &|| NOW).await.unwrap();
        assert_eq!(collected.plan.subjects[0].path.len(), 3);
    }
}

#[tokio::test]
async fn an_address_of_another_kind_is_skipped_and_said() {
    let small = Small::at("ldap://directory.example");
    let source = Arc::new(Scripted::new(|_| Err(())));
    let (_, attempts) = incomplete(small.collect(source.clone()).await);
    assert_eq!(attempts.len(), 2);
    assert!(attempts.iter().all(|attempt| matches!(attempt.outcome, Err(AttemptError::Scheme))), "{attempts:?}");
    assert_eq!(source.asked().len(), 0);
}

#[tokio::test]
async fn no_more_is_fetched_than_the_limits_allow() {
    let small = Small::new();
    let source = Arc::new(Scripted::new(|_| Ok(vec![0; 1_000])));
    let anchors = vec![certificate(small.ca.certificate())];
    for limits in [
        CollectionLimits { requests: 1, ..CollectionLimits::default() },
        CollectionLimits { bytes: 1_000, ..CollectionLimits::default() },
    ] {
        let before = source.asked().len();
        let collector = EvidenceCollector::new(source.clone(), anchors.clone()).with_limits(limits);
        let result = collector.collect(&small.subject(), Evidence::new(), NONCE, &|| NOW).await;
        let (_, attempts) = incomplete(result);
        assert!(matches!(attempts[1].outcome, Err(AttemptError::Limit)), "{attempts:?}");
        assert_eq!(source.asked().len() - before, 1);
    }
}

/// What the guarded client makes of a responder and a list server that behave like this.
async fn over_http<H>(policy: HttpPolicy, outcome: H) -> Vec<Attempt>
where
    H: Fn() -> Outcome + Send + Sync + 'static,
{
    let server = LoopbackServer::start(move |_| {
        let outcome = outcome();
        async move { outcome }
    });
    let server = server.await.unwrap();
    let small = Small::at(&server.url());
    incomplete(small.collect(Arc::new(HttpClient::new(policy).unwrap())).await).1
}

fn http_error(attempt: &Attempt) -> &HttpError {
    match &attempt.outcome {
        Err(AttemptError::Http(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let redirect = || {
        Outcome::text(StatusCode::FOUND, "elsewhere").with(header::LOCATION, "http://169.254.169.254/latest/meta-data")
    };
    let attempts = over_http(HttpPolicy::with_loopback(), redirect).await;
    assert_eq!(attempts.len(), 2);
    for attempt in &attempts {
        assert!(matches!(http_error(attempt), HttpError::Redirected { status: 302, .. }), "{attempt:?}");
    }
}

#[tokio::test]
async fn an_address_of_this_machine_in_a_certificate_is_not_asked() {
    let attempts = over_http(HttpPolicy::default(), || Outcome::text(StatusCode::OK, "secret")).await;
    assert!(matches!(http_error(&attempts[0]), HttpError::AddressDenied { .. }), "{attempts:?}");
}

#[tokio::test]
async fn a_huge_answer_is_cut_off() {
    let huge = || {
        let mut response = test_support::http::Answer::new(zeros(2_000_000));
        *response.status_mut() = StatusCode::OK;
        Outcome::Answer(response)
    };
    let policy = HttpPolicy { largest_answer: 1_000_000, ..HttpPolicy::with_loopback() };
    let attempts = over_http(policy, huge).await;
    assert!(matches!(http_error(&attempts[0]), HttpError::TooLarge { .. }), "{attempts:?}");
}

#[tokio::test]
async fn a_slow_answer_is_given_up_at_the_deadline() {
    let slow = || {
        let body = stalled(b"\x30".as_slice().into(), std::future::pending());
        Outcome::Answer(test_support::http::Answer::new(body))
    };
    let policy = HttpPolicy::with_loopback().deadline(Duration::from_millis(50));
    let attempts = over_http(policy, slow).await;
    assert!(matches!(http_error(&attempts[0]), HttpError::Deadline { .. }), "{attempts:?}");
}

#[tokio::test]
async fn a_responder_that_is_down_and_a_list_that_is_missing_are_told_apart() {
    let attempts = over_http(HttpPolicy::with_loopback(), || Outcome::Hangup).await;
    assert!(matches!(http_error(&attempts[0]), HttpError::Exchange { .. }), "{attempts:?}");
    let missing = || Outcome::text(StatusCode::NOT_FOUND, "nothing");
    let attempts = over_http(HttpPolicy::with_loopback(), missing).await;
    assert!(matches!(http_error(&attempts[1]), HttpError::Status { status: 404, .. }), "{attempts:?}");
}

#[tokio::test]
async fn the_policy_is_asked_for() {
    let small = Small::new();
    let ca = small.ca.clone();
    let source: Arc<dyn EvidenceSource> = Arc::new(Scripted::new(move |request| match request {
        EvidenceRequest::Ocsp { request, .. } => Ok(ca.ocsp(request, NOW - 5).unwrap()),
        _ => Err(()),
    }));
    let anchors = vec![certificate(small.ca.certificate())];
    let lenient = EvidencePolicy::default().signer(ades::evidence::Freshness::CurrentAtUse);
    let collector = EvidenceCollector::new(source, anchors).with_policy(lenient);
    let collected = collector.collect(&small.subject(), Evidence::new(), NONCE, &|| NOW).await.unwrap();
    assert!(collected.plan.is_complete());
}
