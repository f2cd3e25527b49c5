//! Whom the signatures of a PDF need evidence about, as of when, and what is in the file already.

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::evidence::{Crl, EvidencePolicy, Role, SignatureSubjects, Subject, evidence_of_pdf, plan, subjects_of_pdf};
use ades::pades::{
    DocumentTimestampParameters, Inspection, SignatureEvidence, ValidationDataOptions, add_validation_data, inspect,
    prepare_document_timestamp,
};
use ades::pdf::Limits;
use ades::tsp::TimestampToken;
use support::pdf::{Layout, Pdf};
use support::{Bench, NOW};

/// When the evidence is collected.
const PRESENT: u64 = NOW + 1_000;

fn seen(document: &[u8]) -> Inspection {
    inspect(&document, &Limits::default(), &AwsLc).unwrap_or_else(|error| panic!("{error}"))
}

fn needed(document: &[u8]) -> Vec<SignatureSubjects> {
    subjects_of_pdf(&seen(document), PRESENT)
}

fn stamped(bench: &Bench, document: &[u8], time: u64) -> Vec<u8> {
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
    let prepared = prepare_document_timestamp(&document, &parameters).unwrap();
    let token = bench.tsa.token(prepared.imprint().unwrap().digest(), None, time);
    let mut output = Vec::new();
    prepared.embed(&document, &TimestampToken::from_der(&token).unwrap(), &AwsLc, &mut output).unwrap();
    output
}

fn times(subjects: &[Subject]) -> Vec<(Role, u64, u64)> {
    subjects.iter().map(|subject| (subject.role, subject.used_at, subject.proven_at)).collect()
}

#[test]
fn a_signature_without_a_time_stamp_asks_for_nothing_yet() {
    let bench = Bench::new();
    let basic = bench.sign_with(&Pdf::plain().build(Layout::Classic), &bench.parameters(AdesLevel::B));
    let [signature] = &needed(&basic)[..] else { panic!("one signature") };
    assert!(!signature.is_timestamped && signature.subjects.is_empty());
}

#[test]
fn a_signature_counts_as_of_its_time_stamp_and_the_time_stamp_as_of_now() {
    let bench = Bench::new();
    let signed = bench.sign(&Pdf::plain().build(Layout::Classic));
    let [signature] = &needed(&signed)[..] else { panic!("one signature") };
    let expected = [(Role::Signer, NOW + 1, NOW + 1), (Role::TimestampAuthority, NOW + 1, PRESENT)];
    assert_eq!(times(&signature.subjects), expected);
    assert_eq!(signature.subjects[0].certificate, bench.signer.certificate());
}

#[test]
fn a_document_time_stamp_proves_what_is_below_it() {
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    let twice = stamped(&bench, &stamped(&bench, &bench.sign(&original), NOW + 100), NOW + 200);
    let all: Vec<_> = needed(&twice).iter().map(|signature| times(&signature.subjects)).collect();
    let authority = Role::TimestampAuthority;
    let expected = [
        vec![(Role::Signer, NOW + 1, NOW + 1), (authority, NOW + 1, NOW + 100)],
        vec![(authority, NOW + 100, NOW + 200)],
        vec![(authority, NOW + 200, PRESENT)],
    ];
    assert_eq!(all, expected);
    let basic = bench.sign_with(&original, &bench.parameters(AdesLevel::B));
    let proven = needed(&stamped(&bench, &basic, NOW + 100));
    assert_eq!(times(&proven[0].subjects), [(Role::Signer, NOW + 100, NOW + 100)], "a document time-stamp is enough");
}

#[test]
fn an_altered_document_asks_for_nothing() {
    let bench = Bench::new();
    let mut signed = bench.sign(&Pdf::plain().build(Layout::Classic));
    signed[9] ^= 1;
    assert!(needed(&signed).is_empty());
}

#[test]
fn what_is_in_the_security_store_is_evidence() {
    let bench = Bench::new();
    let signed = bench.sign(&Pdf::plain().build(Layout::Classic));
    let anchors = [bench.authority.certificate()];
    let complete = |document: &[u8]| {
        let subjects: Vec<_> = needed(document).into_iter().flat_map(|signature| signature.subjects).collect();
        let pool = evidence_of_pdf(&seen(document));
        plan(&subjects, &pool, &anchors, &EvidencePolicy::default(), PRESENT, &AwsLc).unwrap()
    };
    assert_eq!(complete(&signed).missing.len(), 2);

    let mut found = evidence_of_pdf(&seen(&signed));
    assert!(found.add_crl(Crl::from_der(&bench.authority.crl(&[], NOW + 10, PRESENT)).unwrap()));
    let update = add_validation_data(
        &signed.as_slice(),
        &[SignatureEvidence::for_signature("Signature1", &found)],
        &ValidationDataOptions::default(),
    );
    let mut preserved = Vec::new();
    update.unwrap().write(&signed.as_slice(), &mut preserved).unwrap();
    let plan = complete(&preserved);
    assert!(plan.is_complete() && plan.is_anchored(), "{:?}", plan.missing);
}
