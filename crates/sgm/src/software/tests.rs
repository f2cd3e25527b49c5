//! What only a test inside the token can set up: sealed keys whose parts do not belong together although their seal is good.

use super::*;
use crate::{KeyOrigin, SystemRandom};

fn token(folder: &Path) -> SoftwareToken {
    let key_file = folder.join("kek");
    create_key_file(&key_file, &SystemRandom).unwrap();
    let source = KeyEncryption::KeyFile(key_file);
    SoftwareToken::create(&folder.join("token"), &source, &SystemRandom).unwrap();
    SoftwareToken::open(&folder.join("token"), &source).unwrap()
}

fn context() -> KeyContext {
    KeyContext {
        credential_id: "credential".to_owned(),
        tenant: String::new(),
        signer_id: [1; 16],
        authenticator_set_hash: [2; 32],
        origin: KeyOrigin::Generated,
    }
}

fn grant_for(key: &SealedKey) -> Grant {
    Grant {
        credential_id: "credential".to_owned(),
        sealed_key_sha256: key.sha256(),
        spki_sha256: key.spki_sha256(),
        algorithm: key.algorithm().signature_algorithm(),
        dtbsr: vec![9; 32],
        sar_id: [3; 16],
        index: 0,
        expires_at: 100,
    }
}

/// `change` is applied before the parts are sealed, as if the token itself had made a mistake.
fn resealed(token: &SoftwareToken, key: &SealedKey, change: impl FnOnce(&mut Parts)) -> SealedKey {
    let mut parts = key.parts().clone();
    change(&mut parts);
    let [context, blob] = token.key_tag_input(&context(), &parts);
    parts.tag = tag(&token.seal_key, KEY_DOMAIN, &[&context, &blob]);
    SealedKey::from_parts(parts).unwrap()
}

#[test]
fn a_signature_by_another_key_than_the_sealed_one_never_leaves() {
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Rsa2048] {
        let folder = tempfile::tempdir().unwrap();
        let token = token(folder.path());
        let [one, other] = [(); 2].map(|()| token.generate_key(&context(), algorithm, &[0x30, 0x00]).unwrap().sealed);
        let mixed = resealed(&token, &one, |parts| parts.wrapped = other.parts().wrapped.clone());
        assert_eq!(token.sign(grant_for(&mixed), &mixed, &context(), 0), Err(SignError::SelfCheck));
        // The same without the exchange signs, so it is the exchange that was refused.
        let untouched = resealed(&token, &one, |_| ());
        assert!(token.sign(grant_for(&untouched), &untouched, &context(), 0).is_ok());
    }
}

#[test]
fn a_wrapped_key_of_another_kind_or_another_token_is_not_opened() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [token, other_token] = [token(folders[0].path()), token(folders[1].path())];
    let generate =
        |token: &SoftwareToken, algorithm| token.generate_key(&context(), algorithm, &[0x30, 0x00]).unwrap().sealed;
    let key = generate(&token, KeyAlgorithm::EcdsaP256);
    for foreign in [generate(&token, KeyAlgorithm::Rsa2048), generate(&other_token, KeyAlgorithm::EcdsaP256)] {
        let mixed = resealed(&token, &key, |parts| parts.wrapped = foreign.parts().wrapped.clone());
        assert_eq!(token.sign(grant_for(&mixed), &mixed, &context(), 0), Err(SignError::Unwrap));
    }
}

#[test]
fn a_key_of_another_epoch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let token = token(folder.path());
    let key = token.generate_key(&context(), KeyAlgorithm::EcdsaP256, &[0x30, 0x00]).unwrap().sealed;
    let other = resealed(&token, &key, |parts| parts.epoch = 2);
    assert_eq!(token.sign(grant_for(&other), &other, &context(), 0), Err(SignError::OtherKey));
}
