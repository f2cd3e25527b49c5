//! Every algorithm verifies what its key signed, and nothing else.

mod support;

use ades::crypto::{AwsLc, CryptoProvider, DigestAlgorithm, Dtbsr, SignatureAlgorithm, VerifyError};
use support::pki::{Authority, Signer};

#[test]
fn every_algorithm_verifies_its_own_signatures_and_no_others() {
    let authority = Authority::new("Root");
    for algorithm in SignatureAlgorithm::ALL {
        let signer = Signer::for_algorithm(&authority, algorithm);
        let certificate = signer.certificate();
        let spki = certificate.spki_der();
        let mut value = signer.sign(b"message");
        assert!(value.len() <= certificate.key_kind().max_signature_len().unwrap(), "{algorithm:?}");
        assert_eq!(AwsLc.verify(spki, algorithm, b"message", &value), Ok(()), "{algorithm:?}");
        assert_eq!(AwsLc.verify(spki, algorithm, b"massage", &value), Err(VerifyError::Mismatch), "{algorithm:?}");
        let others = SignatureAlgorithm::ALL.into_iter().filter(|other| *other != algorithm);
        for other in others {
            assert!(AwsLc.verify(spki, other, b"message", &value).is_err(), "{algorithm:?} as {other:?}");
        }
        *value.last_mut().unwrap() ^= 1;
        assert!(AwsLc.verify(spki, algorithm, b"message", &value).is_err(), "{algorithm:?}");
    }
}

#[test]
fn sha3_digests_are_those_of_fips_202() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        hex(&DigestAlgorithm::Sha3_256.digest(b"abc")),
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"
    );
    assert!(hex(&DigestAlgorithm::Sha3_384.digest(b"abc")).starts_with("ec01498288516fc926459f58e2c6ad8d"));
    assert!(hex(&DigestAlgorithm::Sha3_512.digest(b"abc")).starts_with("b751850b1a57168a5693cd924b6b096e"));
}

#[test]
fn what_goes_to_the_key_is_a_digest_but_for_ed25519() {
    let digest = Dtbsr::of(SignatureAlgorithm::EcdsaSha384, b"message");
    assert_eq!(digest.algorithm(), Some(DigestAlgorithm::Sha384));
    assert_eq!(digest.as_bytes(), DigestAlgorithm::Sha384.digest(b"message"));
    let message = Dtbsr::of(SignatureAlgorithm::Ed25519, b"message");
    assert_eq!(message.algorithm(), None);
    assert_eq!(message.as_bytes(), b"message");
}
