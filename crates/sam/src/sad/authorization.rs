//! Permission to use a key, which only a verified approval gives. EN 419 241-1 SRA_SKM.2.5.
//!
//! [`Authorization`] has no public constructor: [`super::verify`] makes it. It falls apart into one [`HashAuthorization`] for each
//! approved hash, which is consumed by the grant that it turns into. So no hash can be signed that was not approved, and none twice.

use std::sync::Arc;

use sgm::{Grant, SignatureAlgorithm};
use subtle::ConstantTimeEq;

use super::Sar;
use crate::ids::{Hash, SignerId};
use crate::record::SigningKey;

/// The right to sign the hashes of one approved request, each once.
#[derive(Debug)]
pub struct Authorization {
    activation: Arc<Activation>,
    hashes: Vec<Vec<u8>>,
}

/// What all uses under one approval have in common.
#[derive(Debug)]
pub struct Activation {
    /// The approved request.
    pub sar_id: [u8; 16],
    /// SHA-256 of the approval.
    pub sad_sha256: Hash,
    /// Who approved.
    pub signer_id: SignerId,
    /// With which key to sign.
    pub key: SigningKey,
    /// SHA-256 of the certificate that the signer was told of.
    pub certificate_sha256: Hash,
    /// How to sign.
    pub algorithm: SignatureAlgorithm,
    /// For which client.
    pub client_hash: Hash,
    /// Until when.
    pub expires_at: u64,
}

/// The right to sign one hash once. Cannot be copied.
#[derive(Debug)]
pub struct HashAuthorization {
    activation: Arc<Activation>,
    index: u32,
    dtbsr: Vec<u8>,
}

impl Authorization {
    pub(super) fn new(sar: Sar, sad_sha256: Hash, key: SigningKey, algorithm: SignatureAlgorithm) -> Self {
        let activation = Activation {
            sar_id: sar.sar_id,
            sad_sha256,
            signer_id: sar.signer_id,
            key,
            certificate_sha256: sar.certificate_sha256,
            algorithm,
            client_hash: sar.client_hash,
            expires_at: sar.expires_at,
        };
        Self { activation: Arc::new(activation), hashes: sar.hashes }
    }

    /// What was approved, without the hashes.
    #[must_use]
    pub fn activation(&self) -> &Arc<Activation> {
        &self.activation
    }

    /// For how many hashes.
    #[must_use]
    pub fn count(&self) -> usize {
        self.hashes.len()
    }

    /// One right for each hash, in the order of the request.
    #[must_use]
    pub fn into_single(self) -> Vec<HashAuthorization> {
        let Self { activation, hashes } = self;
        (0..)
            .zip(hashes)
            .map(|(index, dtbsr)| HashAuthorization { activation: Arc::clone(&activation), index, dtbsr })
            .collect()
    }
}

impl HashAuthorization {
    /// Whether this is the right to sign `hash`; in constant time.
    #[must_use]
    pub fn is_for(&self, hash: &[u8]) -> bool {
        self.dtbsr.ct_eq(hash).into()
    }

    /// Position of the hash in the request.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// The hash.
    #[must_use]
    pub fn dtbsr(&self) -> &[u8] {
        &self.dtbsr
    }

    /// What was approved.
    #[must_use]
    pub fn activation(&self) -> &Activation {
        &self.activation
    }

    /// Consumes the right: the grant with which the signing module signs this hash, good until `expires_at`.
    #[must_use]
    pub(crate) fn into_grant(self, expires_at: u64) -> Grant {
        let Activation { key, sar_id, algorithm, .. } = &*self.activation;
        Grant {
            credential_id: key.credential_id.as_str().to_owned(),
            sealed_key_sha256: key.sealed_key_sha256,
            spki_sha256: key.spki_sha256,
            algorithm: *algorithm,
            dtbsr: self.dtbsr,
            sar_id: *sar_id,
            index: self.index,
            expires_at,
        }
    }
}
