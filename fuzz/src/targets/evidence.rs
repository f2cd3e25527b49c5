//! Revocation lists, OCSP answers and certificate bundles, as a stranger may send them. RFC 5280 5; RFC 6960; RFC 5652 5.

use std::sync::LazyLock;

use ades::crypto::{CryptoProvider, SignatureAlgorithm, VerifyError};
use ades::evidence::{Crl, Evidence, EvidencePolicy, OcspResponse, Subject, certificates_of_bundle, plan};
use ades::x509::Certificate;

use crate::Target;
use crate::targets::ades::DER;

pub const TARGETS: &[Target] = &[
    Target { name: "ades_certificate_bundle", feed: bundle, words: DER },
    Target { name: "ades_crl", feed: revocation_list, words: DER },
    Target { name: "ades_evidence", feed: evidence, words: DER },
    Target { name: "ades_ocsp", feed: ocsp_answer, words: DER },
];

/// When the inputs of the corpus are current.
const NOW: u64 = 1_795_240_000;

static CERTIFICATES: LazyLock<[Certificate; 2]> = LazyLock::new(|| {
    [include_bytes!("../../data/ca.der").as_slice(), include_bytes!("../../data/signer.der")]
        .map(|der| Certificate::from_der(der).expect("a certificate"))
});

fn bundle(input: &[u8]) -> bool {
    let Ok(certificates) = certificates_of_bundle(input) else { return false };
    for certificate in &certificates {
        let kept = input.windows(certificate.der().len()).any(|bytes| bytes == certificate.der());
        assert!(kept, "a certificate keeps its bytes");
    }
    true
}

fn revocation_list(input: &[u8]) -> bool {
    let Ok(list) = Crl::from_der(input) else { return false };
    assert_eq!(list.der(), input, "a list keeps its bytes");
    let [issuer, certificate] = &*CERTIFICATES;
    let _ = list.verify_signed_by(issuer, &BelievesEverySignature);
    assert!(
        list.revocation_of(certificate.serial()).is_none() || !list.is_empty(),
        "only a listed certificate is revoked"
    );
    true
}

fn ocsp_answer(input: &[u8]) -> bool {
    let Ok(answer) = OcspResponse::from_der(input) else { return false };
    assert_eq!(answer.der(), input, "an answer keeps its bytes");
    let again = OcspResponse::from_basic_der(answer.basic_der()).expect("the same answer without its envelope");
    assert_eq!(again.basic_der(), answer.basic_der(), "an answer keeps its bytes without its envelope");
    let [issuer, certificate] = &*CERTIFICATES;
    let _ = answer.status_of(certificate, issuer);
    true
}

/// The planner with whatever the input is: a list or an answer.
fn evidence(input: &[u8]) -> bool {
    let [issuer, certificate] = &*CERTIFICATES;
    let mut pool = Evidence::of_certificates([issuer.clone()]);
    let used = match (Crl::from_der(input), OcspResponse::from_der(input)) {
        (Ok(list), _) => pool.add_crl(list),
        (_, Ok(answer)) => pool.add_ocsp(answer),
        _ => return false,
    };
    let subject = [Subject::signer(certificate.clone(), NOW)];
    let policy = EvidencePolicy::default();
    let anchors = std::slice::from_ref(issuer);
    if let Ok(plan) = plan(&subject, &pool, anchors, &policy, NOW, &BelievesEverySignature) {
        let found = plan.evidence();
        assert!(
            !plan.is_complete() || found.crls().len() + found.ocsp().len() == 1,
            "complete by this input or not at all"
        );
    }
    used
}

/// Puts no signature between the fuzzer and the parser behind it.
struct BelievesEverySignature;

impl CryptoProvider for BelievesEverySignature {
    fn verify(&self, _: &[u8], _: SignatureAlgorithm, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        Ok(())
    }
}
