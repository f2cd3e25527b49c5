//! Revocation lists and OCSP answers, as a stranger may send them. RFC 5280 5; RFC 6960.

use std::sync::LazyLock;

use ades::crypto::{CryptoProvider, SignatureAlgorithm, VerifyError};
use ades::x509::Certificate;
use connectors::revocation::crl::RevocationList;
use connectors::revocation::ocsp::{OcspAnswer, OcspQuestion};

use crate::Target;
use crate::targets::ades::DER;

pub const TARGETS: &[Target] = &[
    Target { name: "connectors_crl", feed: revocation_list, words: DER },
    Target { name: "connectors_ocsp", feed: ocsp_answer, words: DER },
];

/// When the inputs of the corpus are current.
const NOW: u64 = 1_795_240_000;

static CERTIFICATES: LazyLock<[Certificate; 2]> = LazyLock::new(|| {
    [include_bytes!("../../data/ca.der").as_slice(), include_bytes!("../../data/signer.der")]
        .map(|der| Certificate::from_der(der).expect("a certificate"))
});

fn revocation_list(input: &[u8]) -> bool {
    let [issuer, certificate] = &*CERTIFICATES;
    let Ok(list) = RevocationList::from_der(input, issuer, NOW, &BelievesEverySignature) else {
        return false;
    };
    assert_eq!(list.der(), input, "a list keeps its bytes");
    let _ = list.status_of(certificate);
    let (from, until) = list.currency();
    assert!(until.is_none_or(|until| until >= NOW) && from <= NOW + 3600, "only a current list is taken");
    true
}

fn ocsp_answer(input: &[u8]) -> bool {
    let [issuer, certificate] = &*CERTIFICATES;
    let question = OcspQuestion { certificate, issuer, nonce: None };
    let Ok(answer) = OcspAnswer::from_der(input, &question, NOW, &BelievesEverySignature) else {
        return false;
    };
    assert_eq!(answer.der(), input, "an answer keeps its bytes");
    let (from, until) = answer.currency();
    assert!(until.is_none_or(|until| until >= NOW) && from <= NOW + 3600, "only a current answer is taken");
    true
}

/// Puts no signature between the fuzzer and the parser behind it.
struct BelievesEverySignature;

impl CryptoProvider for BelievesEverySignature {
    fn verify(&self, _: &[u8], _: SignatureAlgorithm, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        Ok(())
    }
}
