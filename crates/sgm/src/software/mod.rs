//! The software token: keys in memory and in files, for the demo, for development and for level 1. Security design 2.7.
//!
//! A folder with two files: `token` (the token's own keys, wrapped under the key-encryption key) and `log-anchor` (the checkpoint
//! signed last). Signing keys are not kept here; their owner keeps them, sealed.
//!
//! ```no_run
//! # use sgm::*; use std::path::Path;
//! # fn main() -> Result<(), TokenError> {
//! let source = KeyEncryption::KeyFile("/etc/rakkan/kek".into());
//! SoftwareToken::create(Path::new("/var/lib/rakkan-sam/token"), &source, &SystemRandom)?;
//! let token = SoftwareToken::open(Path::new("/var/lib/rakkan-sam/token"), &source)?;
//! # Ok(()) }
//! ```

mod key_encryption;
mod log_anchor;
mod private_key;
mod secret_file;
pub mod stored_form;
mod token_file;

pub use key_encryption::{KeyEncryption, Passphrase, PassphraseHashing, create_key_file};
pub use secret_file::SecretFileError;

use crate::sealed_key::{Parts, sha256};
use crate::{
    CheckpointToSign, GenerateKeyError, GeneratedKey, Grant, KeyAlgorithm, KeyContext, LogSignError, SealDomain,
    SealError, SealedKey, SecureRandom, Sgm, SignError, SignatureValue, TokenError, der, random, request,
};
use aws_lc_rs::{
    digest::Digest,
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use key_encryption::WrappingKey;
use log_anchor::LogAnchor;
use private_key::PrivateKey;
use rustix::fs::Mode;
use std::{io, path::Path, sync::Mutex};
use subtle::ConstantTimeEq;
use token_file::TokenFile;
use zeroize::Zeroizing;

const TOKEN_FILE: &str = "token";
const ANCHOR_FILE: &str = "log-anchor";
const TOKEN_DOMAIN: &[u8] = b"rakkan-token/1";
const KEY_DOMAIN: &[u8] = b"rakkan-key/1";
const FIRST_EPOCH: u32 = 1;

/// A signature value generation module in software. See the module text for its files.
///
/// ```compile_fail
/// fn printed(token: sgm::SoftwareToken) -> String {
///     format!("{token:?}")
/// }
/// ```
pub struct SoftwareToken {
    wrapping_key: WrappingKey,
    epoch: u32,
    seal_key: hmac::Key,
    log_key: Ed25519KeyPair,
    log_public_key: [u8; 32],
    anchor: Mutex<LogAnchor>,
}

impl SoftwareToken {
    /// Makes a new token in `folder`, which is created if it is missing (mode 0700). An existing token is never overwritten.
    pub fn create(folder: &Path, source: &KeyEncryption, rng: &dyn SecureRandom) -> Result<(), TokenError> {
        let token_path = folder.join(TOKEN_FILE);
        if token_path.exists() {
            return Err(TokenError::Exists(folder.to_owned()));
        }
        create_private_folder(folder).map_err(|source| TokenError::Storage { path: folder.to_owned(), source })?;
        let (kek, protection) = WrappingKey::for_new_token(source, rng)?;
        let wrapping_key = Zeroizing::new(random::array::<32>(rng)?);
        let seal_secret = Zeroizing::new(random::array::<32>(rng)?);
        let log_secret = Zeroizing::new(random::array::<32>(rng)?);
        let log_key = Ed25519KeyPair::from_seed_unchecked(log_secret.as_slice()).map_err(|_| TokenError::Internal)?;
        let wrap = |secret: &[u8; 32]| -> Result<[u8; 40], TokenError> {
            let wrapped = kek.wrap(secret).ok_or(TokenError::Internal)?;
            <[u8; 40]>::try_from(wrapped).map_err(|_| TokenError::Internal)
        };
        let mut file = TokenFile {
            protection,
            epoch: FIRST_EPOCH,
            wrapping_key: wrap(&wrapping_key)?,
            seal_key: wrap(&seal_secret)?,
            log_key: wrap(&log_secret)?,
            log_public_key: public_key_bytes(&log_key).ok_or(TokenError::Internal)?,
            tag: [0; 32],
        };
        let seal_key = hmac::Key::new(hmac::HMAC_SHA256, seal_secret.as_slice());
        file.tag = tag(&seal_key, TOKEN_DOMAIN, &[&file.tagged_part()]);
        // The anchor first: a token file that exists is complete.
        let anchor_path = folder.join(ANCHOR_FILE);
        LogAnchor::create(&anchor_path, &seal_key)
            .map_err(|source| TokenError::Storage { path: anchor_path.clone(), source })?;
        Ok(secret_file::create(&token_path, &file.to_bytes())?)
    }

    /// Whether there is a token in `folder`, so that it is to be opened and not created.
    pub fn exists(folder: &Path) -> bool {
        folder.join(TOKEN_FILE).exists()
    }

    /// Opens the token in `folder`.
    pub fn open(folder: &Path, source: &KeyEncryption) -> Result<Self, TokenError> {
        let path = folder.join(TOKEN_FILE);
        let file = TokenFile::parse(&secret_file::read(&path)?).ok_or_else(|| TokenError::Malformed(path.clone()))?;
        let kek = WrappingKey::for_token(source, &file.protection, &path)?;
        let unwrap = |wrapped: &[u8; 40]| -> Result<Zeroizing<[u8; 32]>, TokenError> {
            let secret = kek.unwrap(wrapped).ok_or_else(|| TokenError::WrongKey(path.clone()))?;
            let secret = <&[u8; 32]>::try_from(secret.as_slice()).map_err(|_| TokenError::Malformed(path.clone()))?;
            Ok(Zeroizing::new(*secret))
        };
        let wrapping_key = unwrap(&file.wrapping_key)?;
        let seal_key = hmac::Key::new(hmac::HMAC_SHA256, unwrap(&file.seal_key)?.as_slice());
        if !tag_fits(&seal_key, TOKEN_DOMAIN, &[&file.tagged_part()], &file.tag) {
            return Err(TokenError::Malformed(path));
        }
        let log_key = unwrap(&file.log_key)?;
        let log_key = Ed25519KeyPair::from_seed_and_public_key(log_key.as_slice(), &file.log_public_key)
            .map_err(|_| TokenError::Malformed(path.clone()))?;
        let anchor = LogAnchor::open(&folder.join(ANCHOR_FILE), &seal_key)?;
        Ok(Self {
            wrapping_key: WrappingKey::new(wrapping_key),
            epoch: file.epoch,
            seal_key,
            log_key,
            log_public_key: file.log_public_key,
            anchor: Mutex::new(anchor),
        })
    }

    /// The tag that ties a wrapped key to its context. Security design 2.3, step 3.
    fn key_tag_input(&self, context: &KeyContext, parts: &Parts) -> [Vec<u8>; 2] {
        let context = context.to_sealed_form(parts.algorithm, &sha256(&parts.spki_der), parts.epoch);
        [context, sha256(&parts.wrapped).to_vec()]
    }
}

impl Sgm for SoftwareToken {
    fn generate_key(
        &self,
        context: &KeyContext,
        algorithm: KeyAlgorithm,
        subject: &[u8],
    ) -> Result<GeneratedKey, GenerateKeyError> {
        if !der::is_name(subject) {
            return Err(GenerateKeyError::InvalidSubject);
        }
        let key = PrivateKey::generate(algorithm).ok_or(GenerateKeyError::Internal)?;
        let spki_der = key.spki_der().ok_or(GenerateKeyError::Internal)?;
        let info = request::certification_request_info(subject, &spki_der);
        let signature_algorithm = algorithm.signature_algorithm();
        let digest = aws_lc_rs::digest::digest(signature_algorithm.digest(), &info);
        let signature = key.sign_digest(&digest).ok_or(GenerateKeyError::Internal)?;
        if !private_key::verifies(signature_algorithm, &spki_der, &digest, &signature) {
            return Err(GenerateKeyError::PairwiseTest);
        }
        let pkcs8 = key.to_pkcs8().ok_or(GenerateKeyError::Internal)?;
        let wrapped = self.wrapping_key.wrap(&pkcs8).ok_or(GenerateKeyError::Internal)?;
        let mut parts = Parts { algorithm, epoch: self.epoch, spki_der: spki_der.clone(), wrapped, tag: [0; 32] };
        let [context, blob] = self.key_tag_input(context, &parts);
        parts.tag = tag(&self.seal_key, KEY_DOMAIN, &[&context, &blob]);
        Ok(GeneratedKey {
            sealed: SealedKey::from_parts(parts).ok_or(GenerateKeyError::Internal)?,
            spki_der,
            certification_request_der: request::certification_request(&info, signature_algorithm, &signature),
        })
    }

    fn sign(&self, grant: Grant, key: &SealedKey, context: &KeyContext, now: u64) -> Result<SignatureValue, SignError> {
        if now >= grant.expires_at {
            return Err(SignError::GrantExpired);
        }
        let parts = key.parts();
        let same_key = key.sha256().ct_eq(&grant.sealed_key_sha256) & key.spki_sha256().ct_eq(&grant.spki_sha256);
        if !bool::from(same_key)
            || context.credential_id != grant.credential_id
            || parts.algorithm.signature_algorithm() != grant.algorithm
            || parts.epoch != self.epoch
        {
            return Err(SignError::OtherKey);
        }
        let digest =
            Digest::import_less_safe(&grant.dtbsr, grant.algorithm.digest()).map_err(|_| SignError::DigestLength)?;
        let [sealed_context, blob] = self.key_tag_input(context, parts);
        if !tag_fits(&self.seal_key, KEY_DOMAIN, &[&sealed_context, &blob], &parts.tag) {
            return Err(SignError::ContextMismatch);
        }
        let value = {
            let pkcs8 = self.wrapping_key.unwrap(&parts.wrapped).ok_or(SignError::Unwrap)?;
            let private_key = PrivateKey::from_pkcs8(parts.algorithm, &pkcs8).ok_or(SignError::Unwrap)?;
            private_key.sign_digest(&digest).ok_or(SignError::Internal)?
            // Both forms of the key end here: the buffer is wiped by `Zeroizing`, the library's by the library.
        };
        // A fault in computing, or a key that is not the sealed one, must not leave: an RSA fault can give the key away.
        if !private_key::verifies(grant.algorithm, &parts.spki_der, &digest, &value) {
            return Err(SignError::SelfCheck);
        }
        Ok(SignatureValue::verified(value))
    }

    fn seal(&self, domain: SealDomain, bytes: &[u8]) -> Result<[u8; 32], SealError> {
        Ok(tag(&self.seal_key, domain.label(), &[bytes]))
    }

    fn verify_seal(&self, domain: SealDomain, bytes: &[u8], tag: &[u8; 32]) -> Result<(), SealError> {
        if tag_fits(&self.seal_key, domain.label(), &[bytes], tag) { Ok(()) } else { Err(SealError::Mismatch) }
    }

    fn log_sign(&self, checkpoint: &CheckpointToSign<'_>) -> Result<[u8; 64], LogSignError> {
        // A poisoned lock: another thread died while the anchor was half changed, so nothing may be signed any more.
        let mut anchor = self.anchor.lock().map_err(|_| LogSignError::Internal)?;
        let next = anchor.extended_by(checkpoint)?;
        let signature = self.log_key.try_sign(checkpoint.body).map_err(|_| LogSignError::Internal)?;
        let signature = <[u8; 64]>::try_from(signature.as_ref()).map_err(|_| LogSignError::Internal)?;
        anchor.advance(next, &self.seal_key).map_err(LogSignError::Anchor)?;
        Ok(signature)
    }

    fn log_public_key(&self) -> [u8; 32] {
        self.log_public_key
    }
}

fn tag(key: &hmac::Key, domain: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut out = [0_u8; 32];
    for (to, from) in out.iter_mut().zip(mac(key, domain, parts).as_ref()) {
        *to = *from;
    }
    out
}

fn tag_fits(key: &hmac::Key, domain: &[u8], parts: &[&[u8]], tag: &[u8; 32]) -> bool {
    mac(key, domain, parts).as_ref().ct_eq(tag.as_slice()).into()
}

/// `HMAC(key, domain 0x00 parts)`; all parts but the last must say their own length.
fn mac(key: &hmac::Key, domain: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(domain);
    context.update(&[0]);
    for part in parts {
        context.update(part);
    }
    context.sign()
}

fn public_key_bytes(key: &Ed25519KeyPair) -> Option<[u8; 32]> {
    <[u8; 32]>::try_from(key.public_key().as_ref()).ok()
}

fn create_private_folder(folder: &Path) -> io::Result<()> {
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)?;
    }
    match rustix::fs::mkdir(folder, Mode::RWXU) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::EXIST) if folder.is_dir() => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
