//! Signing keys through the public interface: made, used under a grant, and refused whenever something does not belong together.

use aws_lc_rs::{digest, signature};
use sgm::{
    GenerateKeyError, GeneratedKey, Grant, KeyAlgorithm, KeyContext, KeyEncryption, KeyOrigin, SealDomain, SealError,
    SealedKey, Sgm, SignError, SignatureAlgorithm, SoftwareToken, SystemRandom, create_key_file,
};
use tempfile::TempDir;
use x509_cert::{
    der::{Decode, Encode},
    request::CertReq,
};

const NOW: u64 = 1_800_000_000;

struct Case {
    token: SoftwareToken,
    _folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key_file = folder.path().join("kek");
        create_key_file(&key_file, &SystemRandom).unwrap();
        let source = KeyEncryption::KeyFile(key_file);
        SoftwareToken::create(&folder.path().join("token"), &source, &SystemRandom).unwrap();
        Self { token: SoftwareToken::open(&folder.path().join("token"), &source).unwrap(), _folder: folder }
    }

    fn key(&self, algorithm: KeyAlgorithm) -> GeneratedKey {
        self.token.generate_key(&context(), algorithm, &subject()).unwrap()
    }
}

/// CN=Signer
fn subject() -> Vec<u8> {
    let mut name = vec![0x30, 17, 0x31, 15, 0x30, 13, 0x06, 3, 0x55, 4, 3, 0x0c, 6];
    name.extend(b"Signer");
    name
}

fn context() -> KeyContext {
    KeyContext {
        credential_id: "AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        tenant: "tenant".to_owned(),
        signer_id: [1; 16],
        authenticator_set_hash: [2; 32],
        origin: KeyOrigin::Generated,
    }
}

fn grant(key: &SealedKey, message: &[u8]) -> Grant {
    Grant {
        credential_id: context().credential_id,
        sealed_key_sha256: key.sha256(),
        spki_sha256: key.spki_sha256(),
        algorithm: key.algorithm().signature_algorithm(),
        dtbsr: digest::digest(&digest::SHA256, message).as_ref().to_vec(),
        sar_id: [3; 16],
        index: 0,
        expires_at: NOW + 5,
    }
}

fn verifies(algorithm: SignatureAlgorithm, spki_der: &[u8], message: &[u8], value: &[u8]) -> bool {
    let algorithm: &dyn signature::VerificationAlgorithm = match algorithm {
        SignatureAlgorithm::EcdsaSha256 => &signature::ECDSA_P256_SHA256_ASN1,
        SignatureAlgorithm::RsaPkcs1Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        _ => unreachable!("no other algorithm is made here"),
    };
    signature::UnparsedPublicKey::new(algorithm, spki_der).verify(message, value).is_ok()
}

#[test]
fn every_kind_of_key_gives_a_valid_request_and_valid_signatures() {
    let case = Case::new();
    for algorithm in KeyAlgorithm::ALL {
        let key = case.key(algorithm);
        assert_eq!(key.sealed.algorithm(), algorithm);
        assert_eq!(key.sealed.spki_sha256().as_slice(), digest::digest(&digest::SHA256, &key.spki_der).as_ref());

        let request = CertReq::from_der(&key.certification_request_der).unwrap();
        assert_eq!(request.to_der().unwrap(), key.certification_request_der, "{algorithm:?}");
        assert_eq!(request.info.subject.to_der().unwrap(), subject());
        assert_eq!(request.info.public_key.to_der().unwrap(), key.spki_der);
        assert!(request.info.attributes.is_empty());
        let signature_algorithm = algorithm.signature_algorithm();
        assert_eq!(request.algorithm.oid.to_string(), signature_algorithm.oid());
        let info = request.info.to_der().unwrap();
        assert!(verifies(signature_algorithm, &key.spki_der, &info, request.signature.raw_bytes()));

        let stored = SealedKey::from_bytes(key.sealed.as_bytes()).unwrap();
        let value = case.token.sign(grant(&stored, b"message"), &stored, &context(), NOW).unwrap();
        assert!(verifies(signature_algorithm, &key.spki_der, b"message", value.as_bytes()), "{algorithm:?}");
        assert!(!verifies(signature_algorithm, &key.spki_der, b"other", value.as_bytes()));
    }
}

#[test]
fn the_sealed_form_does_not_show_the_private_key_twice_alike() {
    let case = Case::new();
    let [one, other] = [case.key(KeyAlgorithm::EcdsaP256), case.key(KeyAlgorithm::EcdsaP256)];
    assert_ne!(one.spki_der, other.spki_der);
    assert_ne!(one.sealed.as_bytes(), other.sealed.as_bytes());
    assert!(!format!("{:?}", one.sealed).contains("bytes"));
}

#[test]
fn a_subject_that_is_not_a_name_is_refused() {
    let case = Case::new();
    for subject in [&b""[..], b"Signer", &[0x30], &[0x31, 0x00], &[0x30, 0x00, 0x00]] {
        let refused = case.token.generate_key(&context(), KeyAlgorithm::EcdsaP256, subject);
        assert!(matches!(refused, Err(GenerateKeyError::InvalidSubject)), "{subject:?}");
    }
}

#[test]
fn an_expired_grant_is_refused() {
    let case = Case::new();
    let key = case.key(KeyAlgorithm::EcdsaP256).sealed;
    for (now, expected) in [(NOW + 4, true), (NOW + 5, false), (NOW + 6, false), (u64::MAX, false)] {
        let result = case.token.sign(grant(&key, b"m"), &key, &context(), now);
        assert_eq!(result.is_ok(), expected, "{now}");
        if !expected {
            assert_eq!(result, Err(SignError::GrantExpired));
        }
    }
}

#[test]
fn a_grant_for_another_key_credential_or_algorithm_is_refused() {
    let case = Case::new();
    let key = case.key(KeyAlgorithm::EcdsaP256).sealed;
    let other = case.key(KeyAlgorithm::EcdsaP256).sealed;
    type Change = fn(&mut Grant, &SealedKey);
    let changes: [(&str, Change); 4] = [
        ("credential", |grant, _| grant.credential_id.push('x')),
        ("sealed key", |grant, other| grant.sealed_key_sha256 = other.sha256()),
        ("public key", |grant, other| grant.spki_sha256 = other.spki_sha256()),
        ("algorithm", |grant, _| grant.algorithm = SignatureAlgorithm::RsaPkcs1Sha256),
    ];
    for (what, change) in changes {
        let mut grant = grant(&key, b"m");
        change(&mut grant, &other);
        assert_eq!(case.token.sign(grant, &key, &context(), NOW), Err(SignError::OtherKey), "{what}");
    }
}

#[test]
fn the_sealed_key_of_another_signer_is_refused() {
    let case = Case::new();
    let mine = case.key(KeyAlgorithm::EcdsaP256).sealed;
    let other_context =
        KeyContext { credential_id: "BBBBBBBBBBBBBBBBBBBBBB".to_owned(), signer_id: [7; 16], ..context() };
    let theirs = case.token.generate_key(&other_context, KeyAlgorithm::EcdsaP256, &subject()).unwrap().sealed;
    assert_eq!(case.token.sign(grant(&mine, b"m"), &theirs, &context(), NOW), Err(SignError::OtherKey));
    // Even if whoever makes the grant is deceived about the key's hash: the seal names the signer.
    assert_eq!(case.token.sign(grant(&theirs, b"m"), &theirs, &context(), NOW), Err(SignError::ContextMismatch));
}

#[test]
fn any_change_of_the_context_is_refused() {
    let case = Case::new();
    let key = case.key(KeyAlgorithm::EcdsaP256).sealed;
    let changes: [fn(&mut KeyContext); 4] = [
        |context| context.credential_id = "CCCCCCCCCCCCCCCCCCCCCC".to_owned(),
        |context| context.tenant.clear(),
        |context| context.signer_id[15] ^= 1,
        |context| context.authenticator_set_hash[0] ^= 1,
    ];
    for change in changes {
        let mut altered = context();
        change(&mut altered);
        let mut grant = grant(&key, b"m");
        grant.credential_id = altered.credential_id.clone();
        assert_eq!(case.token.sign(grant, &key, &altered, NOW), Err(SignError::ContextMismatch), "{altered:?}");
    }
}

#[test]
fn a_flipped_bit_anywhere_in_a_sealed_key_is_refused() {
    let case = Case::new();
    let bytes = case.key(KeyAlgorithm::EcdsaP256).sealed.as_bytes().to_vec();
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1;
        let Ok(key) = SealedKey::from_bytes(&flipped) else {
            continue;
        };
        // The grant follows the change, so only the seal can notice it.
        let result = case.token.sign(grant(&key, b"m"), &key, &context(), NOW);
        assert!(matches!(result, Err(SignError::ContextMismatch | SignError::OtherKey)), "byte {position}: {result:?}");
    }
}

#[test]
fn a_hash_of_the_wrong_length_is_refused() {
    let case = Case::new();
    let key = case.key(KeyAlgorithm::EcdsaP256).sealed;
    for length in [0, 20, 31, 33, 48, 64] {
        let mut grant = grant(&key, b"m");
        grant.dtbsr = vec![1; length];
        assert_eq!(case.token.sign(grant, &key, &context(), NOW), Err(SignError::DigestLength), "{length}");
    }
}

#[test]
fn a_seal_holds_for_its_bytes_and_domain_only() {
    let case = Case::new();
    let tag = case.token.seal(SealDomain::SignerRecord, b"record").unwrap();
    assert_eq!(case.token.verify_seal(SealDomain::SignerRecord, b"record", &tag), Ok(()));
    let mut other_tag = tag;
    other_tag[31] ^= 1;
    for (domain, bytes, tag) in [
        (SealDomain::SignerRecord, &b"Record"[..], tag),
        (SealDomain::SignerRecord, b"record\0", tag),
        (SealDomain::JournalSegment, b"record", tag),
        (SealDomain::SignerRecord, b"record", other_tag),
    ] {
        assert_eq!(case.token.verify_seal(domain, bytes, &tag), Err(SealError::Mismatch));
    }
    assert_eq!(Case::new().token.verify_seal(SealDomain::SignerRecord, b"record", &tag), Err(SealError::Mismatch));
}
