//! As of when evidence is needed: signers by their time-stamps, authorities by what follows them. EN 319 102-1 5.5, 5.6; LTV-13.

use crate::ground::{Ground, LATER, NOW, SIGNED, crl};
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::evidence::{Evidence, EvidenceError, Role, Subject};
use ades::tsp::{Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken, TspError};
use ades::x509::Certificate;
use test_support::ca::CrlReason;
use test_support::random::SystemRandomness;
use test_support::tsa::DevelopmentTsa;

const VALUE: &[u8] = b"a signature value";

fn token(tsa: &DevelopmentTsa, data: &[u8], at: u64) -> TimestampToken {
    let imprint = Imprint::of(DigestAlgorithm::Sha256, data);
    let request = TimestampRequest::new(imprint, Nonce::from_bytes(&[1]));
    let answer = tsa.respond(&request.to_der(), at, &SystemRandomness).unwrap();
    TimestampResponse::from_der(&answer).unwrap().into_token(&request, &AwsLc).unwrap()
}

fn tsa(ground: &Ground) -> DevelopmentTsa {
    DevelopmentTsa::new(&ground.tsa_ca, "TSA", None, (NOW, &SystemRandomness)).unwrap()
}

fn subjects(ground: &Ground, tokens: &[TimestampToken]) -> Result<Vec<Subject>, EvidenceError> {
    Subject::of_signature(&ground.signer, VALUE, tokens, &Evidence::new(), LATER, &AwsLc)
}

#[test]
fn the_signer_counts_as_of_the_earliest_time_stamp() {
    let (ground, later) = (Ground::new(), SIGNED + 20);
    let tsa = tsa(&ground);
    let tokens = [token(&tsa, VALUE, later), token(&tsa, VALUE, SIGNED)];
    let subjects = subjects(&ground, &tokens).unwrap();
    let times: Vec<_> = subjects.iter().map(|one| (one.role, one.used_at, one.proven_at)).collect();
    let authority = Role::TimestampAuthority;
    assert_eq!(times, [(Role::Signer, SIGNED, SIGNED), (authority, later, LATER), (authority, SIGNED, LATER)]);
    assert_eq!(subjects[1].certificate, Certificate::from_der(tsa.certificate()).unwrap());
}

#[test]
fn a_signature_without_a_time_stamp_cannot_get_validation_data() {
    let ground = Ground::new();
    assert_eq!(subjects(&ground, &[]), Err(EvidenceError::NotTimestamped));
}

#[test]
fn a_time_stamp_over_something_else_is_refused() {
    let ground = Ground::new();
    let other = token(&tsa(&ground), b"something else", SIGNED);
    assert_eq!(subjects(&ground, &[other]), Err(EvidenceError::Token(TspError::WrongImprint)));
}

/// What is planned for the authority of [`Ground`] when it was revoked at `at` for `reason`, and its time-stamp is proven at `proven_at`.
fn after_revocation(reason: CrlReason, at: u64, proven_at: u64) -> Result<bool, EvidenceError> {
    let ground = Ground::new();
    ground.tsa_ca.revoke(ground.tsa.der(), reason, at).unwrap();
    let mut pool = ground.above();
    pool.add_crl(crl(&ground.tsa_ca, LATER));
    let subject = Subject::timestamp_authority(ground.tsa.clone(), SIGNED, proven_at);
    ground.plan(&[subject], &pool).map(|plan| plan.is_complete())
}

#[test]
fn an_authority_that_lost_its_key_later_can_have_made_any_time_stamp() {
    for reason in [CrlReason::KeyCompromise, CrlReason::Unspecified] {
        let error = after_revocation(reason, SIGNED + 10, LATER).unwrap_err();
        assert!(matches!(error, EvidenceError::Revoked { .. }), "{error}");
    }
}

#[test]
fn a_time_stamp_that_another_one_proves_from_before_the_revocation_stays_good() {
    assert_eq!(after_revocation(CrlReason::KeyCompromise, SIGNED + 10, SIGNED + 9), Ok(true));
    assert!(after_revocation(CrlReason::KeyCompromise, SIGNED + 10, SIGNED + 10).is_err());
}

#[test]
fn an_authority_that_only_stopped_keeps_what_it_made_before() {
    for reason in [CrlReason::Superseded, CrlReason::CessationOfOperation, CrlReason::AffiliationChanged] {
        assert_eq!(after_revocation(reason, SIGNED + 10, LATER), Ok(true));
        assert!(after_revocation(reason, SIGNED, LATER).is_err(), "but not what it made after");
    }
}

#[test]
fn a_time_stamp_of_an_authority_that_has_expired_needs_a_proof_from_before() {
    let ground = Ground::new();
    let (used, expiry) = (ground.tsa.not_after() - 10, ground.tsa.not_after());
    let with_proof = |proven_at| {
        let subject = Subject::timestamp_authority(ground.tsa.clone(), used, proven_at);
        ground.plan(&[subject], &ground.everything())
    };
    assert!(matches!(with_proof(expiry + 1), Err(EvidenceError::Expired { .. })));
    assert!(with_proof(expiry).is_ok());
}
