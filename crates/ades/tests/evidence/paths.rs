//! Paths to an anchor: who may issue for whom, and what is said when there is none. Part of RFC 5280 6.1.

use crate::ground::{DAY, Ground, LATER, NOW, SIGNED, certify, of};
use ades::crypto::AwsLc;
use ades::evidence::{Evidence, EvidenceError, EvidencePolicy, Missing, Subject, plan};
use ades::x509::Certificate;
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::certificate::{CertificateContent, sign_certificate};
use test_support::pki::extension;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;

#[test]
fn a_missing_issuer_is_named_with_its_address() {
    let ground = Ground::new();
    let plan = ground.plan(&ground.signing(), &Evidence::new()).unwrap();
    let [Missing::Issuer { of, urls }] = plan.missing.as_slice() else { panic!("{:?}", plan.missing) };
    assert_eq!(of, &ground.signer);
    assert_eq!(urls, ground.signer.ca_issuers_urls());
    assert_eq!(plan.subjects[0].path.as_slice(), std::slice::from_ref(&ground.signer));
}

#[test]
fn without_anchors_a_path_ends_at_a_self_signed_certificate_and_says_so() {
    let ground = Ground::new();
    let policy = EvidencePolicy::default();
    let plan_with = |anchors: &[Certificate]| {
        plan(&ground.subjects(), &ground.everything(), anchors, &policy, LATER, &AwsLc).unwrap()
    };
    let unanchored = plan_with(&[]);
    assert!(unanchored.is_complete() && !unanchored.is_anchored());
    assert!(plan_with(&[of(&ground.root)]).is_anchored());
}

#[test]
fn a_root_that_is_no_anchor_is_refused_by_name() {
    let ground = Ground::new();
    let other = DevelopmentCa::root(&CaPlan::in_memory("other", "Other"), NOW, &SystemRandomness).unwrap();
    let policy = EvidencePolicy::default();
    let error = plan(&ground.signing(), &ground.everything(), &[of(&other)], &policy, LATER, &AwsLc).unwrap_err();
    assert!(matches!(&error, EvidenceError::NotAnchored { root, .. } if root.contains("Root")), "{error}");
}

#[test]
fn an_anchor_in_the_middle_is_enough_and_needs_no_evidence() {
    let ground = Ground::new();
    let policy = EvidencePolicy::default();
    let mut pool = Evidence::new();
    pool.add_ocsp(crate::ground::ocsp(&ground.ca, &ground.signer, LATER));
    let plan = plan(&ground.signing(), &pool, &[of(&ground.ca)], &policy, LATER, &AwsLc).unwrap();
    assert!(plan.is_complete() && plan.is_anchored());
    assert_eq!(plan.subjects[0].path.len(), 2);
}

#[test]
fn a_signer_is_refused_whose_certificate_had_expired_or_was_not_yet_valid() {
    let ground = Ground::new();
    let late = [Subject::signer(ground.signer.clone(), ground.signer.not_after() + 1)];
    assert!(matches!(ground.plan(&late, &ground.everything()), Err(EvidenceError::Expired { .. })));
    let early = [Subject::signer(ground.signer.clone(), ground.signer.not_before() - 1)];
    assert!(matches!(ground.plan(&early, &ground.everything()), Err(EvidenceError::NotYetValid { .. })));
    let last = [Subject::signer(ground.signer.clone(), ground.signer.not_after())];
    assert!(!matches!(ground.plan(&last, &ground.everything()), Err(EvidenceError::Expired { .. })));
}

#[test]
fn an_authority_that_had_expired_when_the_signer_signed_is_refused() {
    let ground = Ground::new();
    let after = of(&ground.ca).not_after() + 1;
    let long = certify(&ground.ca, "long", extension::signer().unwrap(), 20 * 365 * DAY);
    let error = ground.plan(&[Subject::signer(long, after)], &ground.everything()).unwrap_err();
    assert!(matches!(&error, EvidenceError::Expired { subject, .. } if subject.contains("CN=ca")), "{error}");
}

#[test]
fn certificates_are_refused_for_what_their_key_usage_does_not_allow() {
    let ground = Ground::new();
    let unfit =
        [Subject::signer(of(&ground.ca), SIGNED), Subject::timestamp_authority(ground.signer.clone(), SIGNED, LATER)];
    for subject in unfit {
        let error = ground.plan(&[subject], &ground.everything()).unwrap_err();
        assert!(matches!(error, EvidenceError::UnfitKeyUsage { .. }), "{error}");
    }
}

/// A certificate of the name and key that `issuer` has, with other extensions.
fn impostor(ground: &Ground) -> (Certificate, Certificate) {
    let (key, name) = (AuthorityKey::generate(KeyKind::P256).unwrap(), distinguished_name("O", "impostor").unwrap());
    let extensions = extension::signer().unwrap();
    let der = ground.ca.certify(&name, key.spki(), extensions, DAY, (NOW, &SystemRandomness)).unwrap();
    let victim = AuthorityKey::generate(KeyKind::P256).unwrap();
    let content = CertificateContent {
        serial: &[0x42],
        issuer: &name,
        subject: &distinguished_name("O", "victim").unwrap(),
        spki: victim.spki(),
        validity: (NOW, NOW + DAY),
        extensions: extension::signer().unwrap(),
    };
    let victim = sign_certificate(content, &key).unwrap();
    (Certificate::from_der(&der).unwrap(), Certificate::from_der(&victim).unwrap())
}

#[test]
fn a_signer_cannot_issue_certificates() {
    let ground = Ground::new();
    let (holder, victim) = impostor(&ground);
    let mut pool = ground.everything();
    pool.add_certificate(holder);
    let error = ground.plan(&[Subject::signer(victim, SIGNED)], &pool).unwrap_err();
    assert!(matches!(&error, EvidenceError::UnfitIssuer { issuer, .. } if issuer.contains("impostor")), "{error}");
}

#[test]
fn a_path_longer_than_an_authority_allows_is_refused() {
    let ground = Ground::new();
    // The authorities below the root have path length 0.
    let below = DevelopmentCa::under(&ground.ca, &CaPlan::in_memory("below", "below"), NOW, &SystemRandomness).unwrap();
    let signer = certify(&below, "signer", extension::signer().unwrap(), DAY);
    let mut pool = ground.everything();
    pool.add_certificate(of(&below));
    let error = ground.plan(&[Subject::signer(signer, SIGNED)], &pool).unwrap_err();
    assert!(matches!(&error, EvidenceError::UnfitIssuer { issuer, .. } if issuer.contains("CN=ca")), "{error}");
}

#[test]
fn authorities_that_all_certify_each_other_do_not_keep_the_planner_busy() {
    let holders: Vec<_> = (0..12)
        .map(|number| {
            let name = distinguished_name("O", &format!("cross {number}")).unwrap();
            (name, AuthorityKey::generate(KeyKind::P256).unwrap())
        })
        .collect();
    let mut pool = Evidence::new();
    let certify = |subject: &[u8], spki: &[u8], issuer: &(Vec<u8>, AuthorityKey), extensions| {
        let content = CertificateContent {
            serial: &[0x42],
            issuer: &issuer.0,
            subject,
            spki,
            validity: (NOW, NOW + DAY),
            extensions,
        };
        Certificate::from_der(&sign_certificate(content, &issuer.1).unwrap()).unwrap()
    };
    for issuer in &holders {
        for subject in holders.iter().filter(|subject| subject.0 != issuer.0) {
            pool.add_certificate(certify(&subject.0, subject.1.spki(), issuer, extension::authority(20).unwrap()));
        }
    }
    let leaf = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = distinguished_name("O", "leaf").unwrap();
    let leaf = certify(&name, leaf.spki(), &holders[0], extension::signer().unwrap());
    let ground = Ground::new();
    let outcome = ground.plan(&[Subject::signer(leaf, SIGNED)], &pool);
    assert!(matches!(outcome, Err(EvidenceError::TooEntangled)), "{outcome:?}");
}
