//! Lists and OCSP answers: what is taken and what is not. Threats T-CN-2 and T-CN-5.

use crate::ground::{NOW, authorities, certificate, http, signer};
use ades::crypto::AwsLc;
use connectors::revocation::crl::RevocationList;
use connectors::revocation::ocsp::{OcspAnswer, OcspQuestion};
use connectors::revocation::{RevocationError, RevocationStatus};
use der::Decode;
use der::asn1::{Ia5String, Null};
use proptest::prelude::*;
use std::sync::LazyLock;
use test_support::authorities::SecondCa;
use test_support::ca::{CaPlan, CrlReason, DevelopmentCa};
use test_support::pki::extension::{extension_of, single_purpose};
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::pki::ocsp::{CertStatus, OcspRequest, Responder, SingleResponse, sign_response};
use test_support::pki::oid;
use test_support::random::SystemRandomness;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::IssuingDistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};

const DAY: u64 = 86_400;

#[tokio::test]
async fn a_list_says_who_is_revoked_since_when_and_why() {
    let authorities = authorities(SecondCa::Absent).await;
    let ((kept, issuer), (revoked, _)) = (signer(&authorities), signer(&authorities));
    authorities.ca1().revoke(revoked.der(), CrlReason::KeyCompromise, NOW - 50).unwrap();
    let url = &kept.crl_urls()[0];
    let list = RevocationList::fetch(&http(), url, &issuer, NOW, &AwsLc).await.unwrap();
    assert_eq!(list.status_of(&kept), RevocationStatus::Good);
    assert_eq!(list.status_of(&revoked), RevocationStatus::Revoked { at: NOW - 50, reason: Some(1) });
    assert_eq!(list.currency(), (NOW, Some(NOW + 7 * DAY)));
}

#[tokio::test]
async fn a_list_that_is_out_of_date_or_from_the_future_is_refused() {
    let authorities = authorities(SecondCa::Absent).await;
    let (_, issuer) = signer(&authorities);
    let der = authorities.ca1().crl(NOW).unwrap();
    for now in [NOW + 7 * DAY + 1, NOW - 301] {
        let error = RevocationList::from_der(&der, &issuer, now, &AwsLc).unwrap_err();
        assert!(matches!(error, RevocationError::NotCurrent { .. }), "{error}");
    }
    RevocationList::from_der(&der, &issuer, NOW + 7 * DAY, &AwsLc).unwrap();
}

#[tokio::test]
async fn a_list_of_another_issuer_is_refused_even_under_the_same_name() {
    let authorities = authorities(SecondCa::Absent).await;
    let (_, issuer) = signer(&authorities);
    let other = authorities.tsa_ca().crl(NOW).unwrap();
    let error = RevocationList::from_der(&other, &issuer, NOW, &AwsLc).unwrap_err();
    assert!(matches!(error, RevocationError::OtherIssuer), "{error}");
    let namesake = || {
        let root = DevelopmentCa::root(&CaPlan::in_memory("root", "Root"), NOW, &SystemRandomness).unwrap();
        (certificate(root.certificate()), root.crl(NOW).unwrap())
    };
    let ((first, _), (_, list)) = (namesake(), namesake());
    let error = RevocationList::from_der(&list, &first, NOW, &AwsLc).unwrap_err();
    assert!(matches!(error, RevocationError::Signature(_)), "{error}");
}

#[tokio::test]
async fn a_list_of_limited_scope_says_nothing_about_the_others() {
    let authorities = authorities(SecondCa::Absent).await;
    let (_, issuer) = signer(&authorities);
    let delta = "2.5.29.27".parse().unwrap();
    let unknown = "1.3.6.1.4.1.32473.1".parse().unwrap();
    for limiting in [
        distribution_point(None, true, false),
        distribution_point(None, false, true),
        extension_of(delta, true, &1u8).unwrap(),
        extension_of(unknown, true, &1u8).unwrap(),
    ] {
        let der = authorities.ca1().crl_with(vec![limiting], NOW).unwrap();
        let error = RevocationList::from_der(&der, &issuer, NOW, &AwsLc).unwrap_err();
        assert!(matches!(error, RevocationError::LimitedScope(_)), "{error}");
    }
    for harmless in [distribution_point(None, false, false), extension_of(unknown, false, &1u8).unwrap()] {
        let der = authorities.ca1().crl_with(vec![harmless], NOW).unwrap();
        RevocationList::from_der(&der, &issuer, NOW, &AwsLc).unwrap();
    }
}

#[tokio::test]
async fn a_partition_of_a_list_speaks_only_for_the_certificates_that_point_to_it() {
    let authorities = authorities(SecondCa::Absent).await;
    let (kept, issuer) = signer(&authorities);
    for (url, expected) in [
        (kept.crl_urls()[0].clone(), RevocationStatus::Good),
        ("http://127.0.0.1/other/crl".to_owned(), RevocationStatus::Unknown),
    ] {
        let der = authorities.ca1().crl_with(vec![distribution_point(Some(&url), false, false)], NOW).unwrap();
        let list = RevocationList::from_der(&der, &issuer, NOW, &AwsLc).unwrap();
        assert_eq!(list.status_of(&kept), expected, "{url}");
    }
}

fn distribution_point(url: Option<&str>, only_contains_user_certs: bool, indirect_crl: bool) -> Extension {
    let to_uri = |text: &str| GeneralName::UniformResourceIdentifier(Ia5String::new(text).unwrap());
    let point = IssuingDistributionPoint {
        distribution_point: url.map(|text| DistributionPointName::FullName(vec![to_uri(text)])),
        only_contains_user_certs,
        only_contains_ca_certs: false,
        only_some_reasons: None,
        indirect_crl,
        only_contains_attribute_certs: false,
    };
    extension_of("2.5.29.28".parse().unwrap(), true, &point).unwrap()
}

#[tokio::test]
async fn ocsp_says_good_revoked_and_unknown() {
    let authorities = authorities(SecondCa::Absent).await;
    let ((kept, issuer), (revoked, _)) = (signer(&authorities), signer(&authorities));
    authorities.ca1().revoke(revoked.der(), CrlReason::Unspecified, NOW - 50).unwrap();
    let stranger = certificate(authorities.tsa(1).certificate());
    for (asked, expected) in [
        (&kept, RevocationStatus::Good),
        (&revoked, RevocationStatus::Revoked { at: NOW - 50, reason: None }),
        (&stranger, RevocationStatus::Unknown),
    ] {
        let question = OcspQuestion { certificate: asked, issuer: &issuer, nonce: Some([7; 16]) };
        let answer = OcspAnswer::fetch(&http(), &kept.ocsp_urls()[0], &question, NOW, &AwsLc).await.unwrap();
        assert_eq!(answer.status(), &expected);
    }
}

/// A CA with a signer's certificate and an OCSP answer about it with nonce 1.
struct Asked {
    ca: DevelopmentCa,
    certificate: ades::x509::Certificate,
    answer: Vec<u8>,
}

static ASKED: LazyLock<Asked> = LazyLock::new(|| {
    let ca = DevelopmentCa::root(&CaPlan::in_memory("ca", "CA"), NOW, &SystemRandomness).unwrap();
    let certificate = certificate(&ca.issue(&crate::ground::request(), NOW, &SystemRandomness).unwrap());
    let issuer = crate::ground::certificate(ca.certificate());
    let question = OcspQuestion { certificate: &certificate, issuer: &issuer, nonce: Some([1; 16]) };
    let answer = ca.ocsp(&question.to_der().unwrap(), NOW).unwrap();
    Asked { ca, certificate, answer }
});

fn read(der: &[u8], nonce: Option<[u8; 16]>, now: u64) -> Result<OcspAnswer, RevocationError> {
    let issuer = certificate(ASKED.ca.certificate());
    let question = OcspQuestion { certificate: &ASKED.certificate, issuer: &issuer, nonce };
    OcspAnswer::from_der(der, &question, now, &AwsLc)
}

#[test]
fn an_answer_to_another_question_is_refused() {
    assert!(read(&ASKED.answer, Some([1; 16]), NOW).is_ok());
    assert!(matches!(read(&ASKED.answer, Some([2; 16]), NOW), Err(RevocationError::OtherNonce)));
    let other = certificate(&ASKED.ca.issue(&crate::ground::request(), NOW, &SystemRandomness).unwrap());
    let issuer = certificate(ASKED.ca.certificate());
    let question = OcspQuestion { certificate: &other, issuer: &issuer, nonce: Some([1; 16]) };
    let error = OcspAnswer::from_der(&ASKED.answer, &question, NOW, &AwsLc).unwrap_err();
    assert!(matches!(error, RevocationError::OtherCertificate), "{error}");
}

#[test]
fn an_answer_made_beforehand_without_a_nonce_is_taken_while_current() {
    let issuer = certificate(ASKED.ca.certificate());
    let question = OcspQuestion { certificate: &ASKED.certificate, issuer: &issuer, nonce: None };
    let answer = ASKED.ca.ocsp(&question.to_der().unwrap(), NOW).unwrap();
    assert!(read(&answer, Some([1; 16]), NOW + DAY).is_ok());
    for now in [NOW + DAY + 1, NOW - 301] {
        assert!(matches!(read(&answer, Some([1; 16]), now), Err(RevocationError::NotCurrent { .. })));
    }
}

#[test]
fn an_answer_that_another_authority_signed_is_refused() {
    let other = DevelopmentCa::root(&CaPlan::in_memory("ca", "CA"), NOW, &SystemRandomness).unwrap();
    let issuer = certificate(other.certificate());
    let question = OcspQuestion { certificate: &ASKED.certificate, issuer: &issuer, nonce: Some([1; 16]) };
    let error = OcspAnswer::from_der(&ASKED.answer, &question, NOW, &AwsLc).unwrap_err();
    assert!(matches!(error, RevocationError::OtherIssuer), "{error}");
}

#[test]
fn an_answer_without_a_status_names_its_code() {
    let answer = ASKED.ca.ocsp(b"garbage", NOW).unwrap();
    assert!(matches!(read(&answer, None, NOW), Err(RevocationError::NoStatus(1))));
}

/// An answer "good" about the certificate of [`ASKED`], signed by a new key for which the CA has issued a certificate.
fn answer_of_delegate(extensions: Vec<Extension>, lifetime: u64) -> Vec<u8> {
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let subject = distinguished_name("O", "somebody").unwrap();
    let certificate = ASKED.ca.certify(&subject, key.spki(), extensions, lifetime, (NOW, &SystemRandomness)).unwrap();
    let issuer = crate::ground::certificate(ASKED.ca.certificate());
    let question = OcspQuestion { certificate: &ASKED.certificate, issuer: &issuer, nonce: None };
    let request = OcspRequest::from_der(&question.to_der().unwrap()).unwrap();
    let id = request.tbs_request.request_list[0].cert_id.clone();
    let single = SingleResponse::new(id, CertStatus::Good(Null), NOW, NOW + 2 * DAY).unwrap();
    let responder = Responder { key: &key, certificate: &certificate };
    sign_response(&responder, vec![single], None, NOW).unwrap()
}

#[test]
fn a_certificate_holder_cannot_answer_for_the_authority() {
    let forged = answer_of_delegate(test_support::pki::extension::signer().unwrap(), DAY);
    assert!(matches!(read(&forged, None, NOW), Err(RevocationError::OtherIssuer)));
    let purpose = || single_purpose(oid::OCSP_SIGNING, false).unwrap();
    assert!(read(&answer_of_delegate(purpose(), DAY), None, NOW).is_ok());
    let expired = answer_of_delegate(purpose(), DAY);
    assert!(matches!(read(&expired, None, NOW + DAY + 1), Err(RevocationError::OtherIssuer)));
}

proptest! {
    #[test]
    fn no_changed_byte_of_an_ocsp_answer_turns_it_into_another_one(position in 0usize..100_000, change in 1u8..) {
        let mut changed = ASKED.answer.clone();
        let position = position % changed.len();
        changed[position] ^= change;
        if let Ok(answer) = read(&changed, Some([1; 16]), NOW) {
            prop_assert_eq!(answer.status(), &RevocationStatus::Good);
        }
    }

    #[test]
    fn no_changed_byte_of_a_list_turns_it_into_another_one(position in 0usize..100_000, change in 1u8..) {
        let issuer = certificate(ASKED.ca.certificate());
        let mut changed = ASKED.ca.crl(NOW).unwrap();
        let position = position % changed.len();
        changed[position] ^= change;
        if let Ok(list) = RevocationList::from_der(&changed, &issuer, NOW, &AwsLc) {
            prop_assert_eq!(list.currency(), (NOW, Some(NOW + 7 * DAY)));
        }
    }

    #[test]
    fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let issuer = certificate(ASKED.ca.certificate());
        prop_assert!(RevocationList::from_der(&bytes, &issuer, NOW, &AwsLc).is_err());
        prop_assert!(read(&bytes, None, NOW).is_err());
    }
}
