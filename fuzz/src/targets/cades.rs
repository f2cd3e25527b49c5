//! CMS signatures and their stored preparations, as a stranger may send them. RFC 5652; EN 319 122-1.

use std::sync::LazyLock;

use ades::AdesLevel;
use ades::cades::{
    CadesParameters, Content, PreparedCms, SignerCheck, VerifyCmsError, add_signer, countersign, evidence_of, verify,
};
use ades::crypto::{AwsLc, SignatureAlgorithm, SignatureValue};
use ades::pdf::Source;
use ades::x509::Certificate;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

use super::ades::DER;
use crate::Target;

pub const TARGETS: &[Target] = &[
    Target { name: "ades_cms", feed: cms, words: DER },
    Target { name: "ades_prepared_cms", feed: prepared_cms, words: &["RKPC\u{1}", "\0\0\0\0"] },
];

/// What the detached signatures of the corpus are over.
const CONTENT: &[u8] = b"content";

/// A key for tests and its certificate. Neither is secret or valid.
static SIGNER: LazyLock<(Certificate, EcdsaKeyPair)> = LazyLock::new(|| {
    let certificate = Certificate::from_der(include_bytes!("../../data/signer.der")).expect("a certificate");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, include_bytes!("../../data/signer.pk8"));
    (certificate, key.expect("a P-256 key"))
});

/// Whatever can be read can be signed once more, beside and on what is there, and everything that was good stays good.
fn cms(input: &[u8]) -> bool {
    let content: Option<&dyn Source> = match verify(input, None, &AwsLc) {
        Err(VerifyCmsError::ContentMissing) => Some(&CONTENT),
        _ => None,
    };
    let Ok(before) = verify(input, content, &AwsLc) else {
        return false;
    };
    let _ = evidence_of(input).expect("what could be verified can be searched");
    let (certificate, key) = &*SIGNER;
    let time = certificate.not_before();
    let parameters = CadesParameters::new(certificate.clone(), SignatureAlgorithm::EcdsaSha256, AdesLevel::B, time);
    let value = |prepared: &PreparedCms| {
        SignatureValue::from(key.sign(&SystemRandom::new(), prepared.dtbs()).expect("the key signs").as_ref().to_vec())
    };
    let good = |checks: &[SignerCheck]| checks.iter().filter(|check| check.signature_ok && check.digest_ok).count();
    if let Ok(prepared) = add_signer(input, content, &parameters, &AwsLc) {
        let added = prepared.embed_into(input, &value(&prepared), None, &AwsLc).expect("what was prepared is embedded");
        let after = verify(&added, content, &AwsLc).expect("what was signed can be read");
        assert_eq!((after.len(), good(&after)), (before.len() + 1, good(&before) + 1), "earlier signatures hold");
    }
    if let Ok(prepared) = countersign(input, 0, &parameters, &AwsLc) {
        let added = prepared.embed_into(input, &value(&prepared), None, &AwsLc).expect("what was prepared is embedded");
        let after = verify(&added, content, &AwsLc).expect("what was signed can be read");
        assert_eq!((after.len(), good(&after)), (before.len(), good(&before)), "earlier signatures hold");
    }
    true
}

fn prepared_cms(input: &[u8]) -> bool {
    let Ok(prepared) = PreparedCms::from_bytes(input) else {
        return false;
    };
    assert_eq!(prepared.to_bytes(), input, "a prepared signature has one form");
    let mut out = Vec::new();
    let other = Content::Detached(&b"other content".as_slice());
    let embedded = prepared.embed(other, &vec![0; 64].into(), None, &AwsLc, &mut out);
    assert!(embedded.is_err() && out.is_empty(), "nothing is written for other content");
    true
}
