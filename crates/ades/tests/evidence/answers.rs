//! Every check on a list or an OCSP answer before it counts. RFC 5280 6.3.3; RFC 6960 3.2; requirement LTV-05.

use crate::ground::{DAY, Ground, LATER, NOW, SIGNED, certify, crl, good, ocsp, of, rejections, status};
use ades::evidence::{
    Basis, Crl, Evidence, EvidenceError, EvidencePolicy, Freshness, Missing, OcspResponse, RejectionReason, Subject,
};
use der::asn1::Null;
use proptest::prelude::*;
use std::sync::LazyLock;
use test_support::ca::{CaPlan, CrlReason, DevelopmentCa};
use test_support::pki::extension::{self, extension_of, single_purpose};
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::ocsp::CertStatus;
use test_support::pki::oid;
use test_support::random::SystemRandomness;
use x509_cert::ext::pkix::IssuingDistributionPoint;

#[test]
fn a_signature_with_everything_at_hand_is_complete() {
    let ground = Ground::new();
    let plan = ground.plan(&ground.subjects(), &ground.everything()).unwrap();
    assert!(plan.is_complete() && plan.is_anchored(), "{:?}", plan.missing);
    let [signer, tsa] = plan.subjects.as_slice() else { panic!("two subjects") };
    assert_eq!(signer.path, [ground.signer.clone(), of(&ground.ca), of(&ground.root)]);
    assert!(matches!(signer.statuses[0].basis, Basis::Ocsp(_)));
    assert!(matches!(signer.statuses[1].basis, Basis::Crl(_)));
    assert!(matches!(tsa.statuses[0].basis, Basis::Crl(_)));
    let evidence = plan.into_complete().unwrap();
    assert_eq!((evidence.crls().len(), evidence.ocsp().len()), (2, 1), "the root's list is there once");
    // Signer, TSA, their authorities, the root, and the OCSP responder.
    assert_eq!(evidence.certificates().len(), 6);
}

#[test]
fn the_order_of_the_pool_does_not_matter() {
    let ground = Ground::new();
    let pool = ground.everything();
    let mut reversed = Evidence::new();
    pool.ocsp().iter().rev().for_each(|one| assert!(reversed.add_ocsp(one.clone())));
    pool.crls().iter().rev().for_each(|one| assert!(reversed.add_crl(one.clone())));
    pool.certificates().iter().rev().for_each(|one| assert!(reversed.add_certificate(one.clone())));
    let [one, other] = [&pool, &reversed].map(|pool| ground.plan(&ground.subjects(), pool).unwrap().evidence());
    assert_eq!(one, other);
}

#[test]
fn what_is_missing_is_named_with_its_addresses() {
    let ground = Ground::new();
    let plan = ground.plan(&ground.signing(), &ground.issuers()).unwrap();
    let names: Vec<_> = plan
        .missing
        .iter()
        .map(|missing| match missing {
            Missing::Revocation { ocsp_urls, crl_urls, not_before, .. } => {
                (ocsp_urls.len(), crl_urls.len(), *not_before)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, [(1, 1, SIGNED), (1, 1, SIGNED)]);
    let error = plan.into_complete().unwrap_err();
    assert!(error.to_string().contains("revocation data about the certificate of CN=signer"), "{error}");
}

#[test]
fn an_answer_older_than_the_signature_is_not_fresh() {
    let ground = Ground::new();
    let old = ocsp(&ground.ca, &ground.signer, SIGNED - 1);
    let reasons = ground.rejections(|pool| assert!(pool.add_ocsp(old.clone())));
    assert_eq!(reasons, [RejectionReason::TooOld { this_update: SIGNED - 1, needed: SIGNED }]);
    let reasons = ground.rejections(|pool| assert!(pool.add_crl(crl(&ground.ca, SIGNED - 1))));
    assert_eq!(reasons, [RejectionReason::TooOld { this_update: SIGNED - 1, needed: SIGNED }]);

    let mut pool = ground.above();
    pool.add_ocsp(old);
    let lenient = EvidencePolicy::default().signer(Freshness::CurrentAtUse);
    assert!(ground.plan_by(&ground.signing(), &pool, &lenient).unwrap().is_complete());
    pool.add_ocsp(ocsp(&ground.ca, &ground.signer, SIGNED));
    assert!(ground.plan(&ground.signing(), &pool).unwrap().is_complete());
}

#[test]
fn an_answer_that_had_run_out_before_the_use_is_too_old_for_everybody() {
    let ground = Ground::new();
    let mut pool = ground.issuers();
    pool.add_crl(crl(&ground.root, LATER));
    // A list is good for seven days.
    let late = SIGNED + 8 * DAY;
    pool.add_crl(crl(&ground.tsa_ca, SIGNED));
    let subject = [Subject::timestamp_authority(ground.tsa.clone(), late, late)];
    let plan = |pool: &Evidence| {
        let policy = EvidencePolicy::default();
        ades::evidence::plan(&subject, pool, &[of(&ground.root)], &policy, late, &ades::crypto::AwsLc).unwrap()
    };
    let missing = plan(&pool).missing;
    assert_eq!(missing.len(), 2, "neither list was current: {missing:?}");
    pool.add_crl(crl(&ground.tsa_ca, late));
    pool.add_crl(crl(&ground.root, late));
    assert!(plan(&pool).is_complete());
}

#[test]
fn the_grace_period_is_waited_for() {
    let ground = Ground::new();
    let patient = EvidencePolicy::default().signer(Freshness::AfterUse { grace: 61 });
    let plan = ground.plan_by(&ground.signing(), &ground.everything(), &patient).unwrap();
    assert_eq!(rejections(plan), [RejectionReason::TooOld { this_update: LATER, needed: LATER + 1 }]);
    let patient = EvidencePolicy::default().signer(Freshness::AfterUse { grace: 60 });
    assert!(ground.plan_by(&ground.signing(), &ground.everything(), &patient).unwrap().is_complete());
}

#[test]
fn an_answer_from_the_future_is_not_used() {
    let ground = Ground::new();
    let this_update = LATER + 301;
    for add in [
        (|pool, ground, at| pool.add_ocsp(ocsp(&ground.ca, &ground.signer, at)))
            as fn(&mut Evidence, &Ground, u64) -> bool,
        |pool, ground, at| pool.add_crl(crl(&ground.ca, at)),
    ] {
        let reasons = ground.rejections(|pool| assert!(add(pool, &ground, this_update)));
        assert_eq!(reasons, [RejectionReason::FromTheFuture { this_update }]);
        let mut pool = ground.above();
        add(&mut pool, &ground, this_update - 1);
        assert!(ground.plan(&ground.signing(), &pool).unwrap().is_complete(), "clocks may differ by five minutes");
    }
}

#[test]
fn a_signer_revoked_before_the_time_stamp_is_refused() {
    let ground = Ground::new();
    ground.ca.revoke(ground.signer.der(), CrlReason::KeyCompromise, SIGNED).unwrap();
    for pool in [
        {
            let mut pool = ground.above();
            pool.add_ocsp(ocsp(&ground.ca, &ground.signer, LATER));
            pool
        },
        {
            let mut pool = ground.above();
            pool.add_crl(crl(&ground.ca, LATER));
            pool
        },
    ] {
        let error = ground.plan(&ground.signing(), &pool).unwrap_err();
        let EvidenceError::Revoked { at, reason, proven_at, .. } = &error else { panic!("{error}") };
        assert_eq!((*at, *reason, *proven_at), (SIGNED, Some(1), SIGNED));
    }
}

#[test]
fn one_answer_that_says_revoked_outweighs_all_that_say_good() {
    let ground = Ground::new();
    let mut pool = ground.above();
    pool.add_ocsp(ocsp(&ground.ca, &ground.signer, LATER));
    ground.ca.revoke(ground.signer.der(), CrlReason::Unspecified, SIGNED - 5).unwrap();
    pool.add_crl(crl(&ground.ca, SIGNED));
    assert!(matches!(ground.plan(&ground.signing(), &pool), Err(EvidenceError::Revoked { .. })));
}

#[test]
fn a_revocation_after_the_time_stamp_does_no_harm_and_is_reported() {
    let ground = Ground::new();
    ground.ca.revoke(ground.signer.der(), CrlReason::KeyCompromise, SIGNED + 1).unwrap();
    let mut pool = ground.above();
    pool.add_ocsp(ocsp(&ground.ca, &ground.signer, LATER));
    let plan = ground.plan(&ground.signing(), &pool).unwrap();
    assert!(plan.is_complete());
    assert_eq!(plan.subjects[0].statuses[0].revoked_later.unwrap().at, SIGNED + 1);
}

#[test]
fn a_certificate_that_was_on_hold_and_is_good_again_is_good() {
    let ground = Ground::new();
    let mut pool = ground.above();
    let good_again = ocsp(&ground.ca, &ground.signer, LATER);
    ground.ca.revoke(ground.signer.der(), CrlReason::CertificateHold, SIGNED - 5).unwrap();
    pool.add_crl(crl(&ground.ca, SIGNED));
    assert!(matches!(ground.plan(&ground.signing(), &pool), Err(EvidenceError::Revoked { reason: Some(6), .. })));
    pool.add_ocsp(good_again);
    assert!(ground.plan(&ground.signing(), &pool).unwrap().is_complete());
}

#[test]
fn a_revoked_authority_is_refused() {
    let ground = Ground::new();
    ground.root.revoke(ground.ca.certificate(), CrlReason::CaCompromise, SIGNED - 5).unwrap();
    let error = ground.plan(&ground.signing(), &ground.everything()).unwrap_err();
    assert!(matches!(&error, EvidenceError::Revoked { subject, .. } if subject.contains("CN=ca")), "{error}");
}

#[test]
fn an_answer_about_another_certificate_is_none_about_this_one() {
    let ground = Ground::new();
    let other = certify(&ground.ca, "other", extension::signer().unwrap(), DAY);
    assert_eq!(ground.rejections(|pool| assert!(pool.add_ocsp(ocsp(&ground.ca, &other, LATER)))), []);
}

#[test]
fn a_responder_that_does_not_know_the_certificate_proves_nothing() {
    let ground = Ground::new();
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = test_support::pki::name::distinguished_name("O", "responder").unwrap();
    let mut purpose = single_purpose(oid::OCSP_SIGNING, false).unwrap();
    purpose.push(extension::ocsp_no_check().unwrap());
    let der = ground.ca.certify(&name, key.spki(), purpose, DAY, (NOW, &SystemRandomness)).unwrap();
    let unknown = status(&ground.signer, &of(&ground.ca), (&key, &der), CertStatus::Unknown(Null), LATER);
    assert_eq!(ground.rejections(|pool| assert!(pool.add_ocsp(unknown))), [RejectionReason::Unknown]);
}

#[test]
fn a_certificate_holder_cannot_answer_for_the_authority() {
    let ground = Ground::new();
    let (forged, _) = ground.answer_of_delegate(extension::signer().unwrap());
    assert_eq!(ground.rejections(|pool| assert!(pool.add_ocsp(forged))), [RejectionReason::WrongSigner]);
}

#[test]
fn a_responder_of_another_authority_cannot_answer() {
    let ground = Ground::new();
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = test_support::pki::name::distinguished_name("O", "responder").unwrap();
    let purpose = single_purpose(oid::OCSP_SIGNING, false).unwrap();
    let der = ground.tsa_ca.certify(&name, key.spki(), purpose, DAY, (NOW, &SystemRandomness)).unwrap();
    let answer = good(&ground.signer, &of(&ground.ca), (&key, &der), LATER);
    assert_eq!(ground.rejections(|pool| assert!(pool.add_ocsp(answer))), [RejectionReason::WrongSigner]);
}

#[test]
fn a_list_of_another_authority_under_the_same_name_is_not_used() {
    let ground = Ground::new();
    let namesake = DevelopmentCa::under(&ground.root, &CaPlan::in_memory("ca", "ca"), NOW, &SystemRandomness).unwrap();
    let reasons = ground.rejections(|pool| assert!(pool.add_crl(crl(&namesake, LATER))));
    assert_eq!(reasons, [RejectionReason::BadSignature]);
}

#[test]
fn a_responder_without_nocheck_needs_evidence_itself() {
    let ground = Ground::new();
    let (answer, responder) = ground.answer_of_delegate(single_purpose(oid::OCSP_SIGNING, false).unwrap());
    let mut pool = ground.above();
    pool.add_ocsp(answer);
    let plan = ground.plan(&ground.signing(), &pool).unwrap();
    assert!(
        matches!(plan.missing.as_slice(), [Missing::Revocation { certificate, .. }] if *certificate == responder),
        "{:?}",
        plan.missing
    );
    // The authority's own responder says that the other one is good.
    pool.add_ocsp(ocsp(&ground.ca, &responder, LATER));
    let plan = ground.plan(&ground.signing(), &pool).unwrap();
    assert!(plan.is_complete());
    assert_eq!(plan.evidence().ocsp().len(), 2, "both answers are evidence");
}

#[test]
fn a_revoked_responder_proves_nothing() {
    let ground = Ground::new();
    let (answer, responder) = ground.answer_of_delegate(single_purpose(oid::OCSP_SIGNING, false).unwrap());
    ground.ca.revoke(responder.der(), CrlReason::KeyCompromise, SIGNED - 10).unwrap();
    let status = ocsp(&ground.ca, &responder, LATER);
    let reasons = ground.rejections(|pool| assert!(pool.add_ocsp(answer) && pool.add_ocsp(status)));
    assert!(
        matches!(reasons.as_slice(), [RejectionReason::Signer(error)] if matches!(**error, EvidenceError::Revoked { .. })),
        "{reasons:?}"
    );
}

#[test]
fn a_responder_cannot_vouch_for_itself() {
    let ground = Ground::new();
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = test_support::pki::name::distinguished_name("O", "responder").unwrap();
    let purpose = single_purpose(oid::OCSP_SIGNING, false).unwrap();
    let der = ground.ca.certify(&name, key.spki(), purpose, DAY, (NOW, &SystemRandomness)).unwrap();
    let responder = ades::x509::Certificate::from_der(&der).unwrap();
    let about = |certificate| good(certificate, &of(&ground.ca), (&key, &der), LATER);
    let mut pool = ground.above();
    pool.add_ocsp(about(&ground.signer));
    pool.add_ocsp(about(&responder));
    let plan = ground.plan(&ground.signing(), &pool).unwrap();
    assert_eq!(rejections(plan), [RejectionReason::SelfAsserted]);
}

#[test]
fn an_expired_responder_proves_nothing() {
    let ground = Ground::new();
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = test_support::pki::name::distinguished_name("O", "responder").unwrap();
    let purpose = single_purpose(oid::OCSP_SIGNING, false).unwrap();
    let der = ground.ca.certify(&name, key.spki(), purpose, 10, (NOW, &SystemRandomness)).unwrap();
    let answer = good(&ground.signer, &of(&ground.ca), (&key, &der), LATER);
    let reasons = ground.rejections(|pool| assert!(pool.add_ocsp(answer)));
    assert!(
        matches!(reasons.as_slice(), [RejectionReason::Signer(error)] if matches!(**error, EvidenceError::Expired { .. })),
        "{reasons:?}"
    );
}

#[test]
fn a_list_of_limited_scope_says_nothing_about_the_others() {
    let ground = Ground::new();
    let point = |only_contains_user_certs, only_contains_ca_certs, indirect_crl| IssuingDistributionPoint {
        distribution_point: None,
        only_contains_user_certs,
        only_contains_ca_certs,
        only_some_reasons: None,
        indirect_crl,
        only_contains_attribute_certs: false,
    };
    let limited = |point: &IssuingDistributionPoint| extension_of("2.5.29.28".parse().unwrap(), true, point).unwrap();
    let list = |extension| Crl::from_der(&ground.ca.crl_with(vec![extension], LATER).unwrap()).unwrap();
    for limiting in [
        limited(&point(false, true, false)),
        limited(&point(false, false, true)),
        extension_of("2.5.29.27".parse().unwrap(), true, &1u8).unwrap(),
        extension_of("1.3.6.1.4.1.32473.1".parse().unwrap(), true, &1u8).unwrap(),
    ] {
        let reasons = ground.rejections(|pool| assert!(pool.add_crl(list(limiting))));
        assert!(matches!(reasons.as_slice(), [RejectionReason::Scope(_)]), "{reasons:?}");
    }
    for fitting in [limited(&point(true, false, false)), limited(&point(false, false, false))] {
        let mut pool = ground.above();
        pool.add_crl(list(fitting));
        assert!(ground.plan(&ground.signing(), &pool).unwrap().is_complete());
    }
}

#[test]
fn an_answer_made_after_the_certificate_expired_need_not_know_it_any_more() {
    let ground = Ground::new();
    let brief = certify(&ground.ca, "brief", extension::signer().unwrap(), SIGNED - NOW + 30);
    let subject = [Subject::signer(brief.clone(), SIGNED)];
    let mut pool = ground.above();
    pool.add_ocsp(ocsp(&ground.ca, &brief, LATER));
    let plan = ground.plan(&subject, &pool).unwrap();
    assert_eq!(rejections(plan), [RejectionReason::AfterExpiry]);
    pool.add_ocsp(ocsp(&ground.ca, &brief, SIGNED + 30));
    assert!(ground.plan(&subject, &pool).unwrap().is_complete());
}

#[test]
fn a_short_term_certificate_needs_no_revocation_data() {
    let ground = Ground::new();
    for oid in ["2.5.29.56", "0.4.0.194121.2.1"] {
        let mut extensions = extension::signer().unwrap();
        extensions.push(extension_of(oid.parse().unwrap(), false, &Null).unwrap());
        let short = certify(&ground.ca, "short", extensions, DAY);
        let subject = [Subject::signer(short, SIGNED)];
        let plan = ground.plan(&subject, &ground.above()).unwrap();
        assert!(plan.is_complete(), "{:?}", plan.missing);
        assert_eq!(plan.subjects[0].statuses[0].basis, Basis::ShortTerm);
        let strict = EvidencePolicy::default().without_short_term();
        assert!(!ground.plan_by(&subject, &ground.above(), &strict).unwrap().is_complete());
    }
}

static GROUND: LazyLock<(Ground, Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let ground = Ground::new();
    let (answer, list) = (ocsp(&ground.ca, &ground.signer, LATER), crl(&ground.ca, LATER));
    let (answer, list) = (answer.der().to_vec(), list.der().to_vec());
    (ground, answer, list)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_changed_byte_of_the_evidence_makes_it_worth_more(position in 0_usize..100_000, change in 1_u8.., list: bool) {
        let (ground, answer, revocation_list) = &*GROUND;
        let mut changed = if list { revocation_list.clone() } else { answer.clone() };
        let position = position % changed.len();
        changed[position] ^= change;
        let mut pool = ground.above();
        if list {
            let Ok(read) = Crl::from_der(&changed) else { return Ok(()) };
            pool.add_crl(read);
        } else {
            let Ok(read) = OcspResponse::from_der(&changed) else { return Ok(()) };
            pool.add_ocsp(read);
        }
        // Complete is possible only where the signed part is untouched; then it says what it said.
        if let Ok(plan) = ground.plan(&ground.signing(), &pool) && plan.is_complete() {
            prop_assert_eq!(plan.subjects[0].statuses[0].revoked_later, None);
        }
    }
}
