//! The sealed record of a signer: whose passkeys and keys are whose. Security design 1.3. Stored format, version 1.
//!
//! The record lies with the web side, which can neither change it (seal) nor bring back an older one ([`RecordVersion`] of the newest is
//! kept here and rebuilt from the signing log at each start).

use sgm::{KeyAlgorithm, SealDomain, SealError, Sgm};

use crate::crypto::sha256;
use crate::dcbor::{Decode, DecodeError, Decoder, Element, Encode, Encoder, from_bytes, to_bytes, wire_map};
use crate::ids::{CredentialId, Hash, SignerId};
use crate::signing_log::RecordVersion;
use crate::webauthn::PublicKey;

/// The largest sealed record that is looked at.
pub const SEALED_RECORD_MAX: usize = 64 * 1024;
/// How many keys one signer may have.
pub const KEYS_MAX: usize = 64;

/// What the module knows of a signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerRecord {
    format: u64,
    /// Who.
    pub signer_id: SignerId,
    /// Grows by one with each change.
    pub version: u64,
    /// Digest of the version before; `None` in the first.
    pub previous: Option<Hash>,
    /// Whether the signer may sign at all.
    pub status: SignerStatus,
    /// The signer's passkeys.
    pub authenticators: Vec<Authenticator>,
    /// The signer's keys.
    pub keys: Vec<SigningKey>,
}

wire_map!(SignerRecord {
    1 => format, 2 => signer_id, 4 => version, 5 => previous, 6 => status, 7 => authenticators, 8 => keys,
});

const FORMAT: u64 = 1;

/// Whether a signer may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerStatus {
    /// May sign.
    Active,
    /// Is held back.
    Suspended,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    /// The authenticator's name for the credential.
    pub credential_id: Vec<u8>,
    /// Its public key.
    pub public_key: PublicKey,
    /// Its model, as it said itself.
    pub aaguid: [u8; 16],
    /// Whether the passkey may be copied to other devices; never changes.
    pub backup_eligible: bool,
    /// The RP ID it was made for.
    pub rp_id: String,
    /// SHA-256 of the registration assertion by which it came in.
    pub added_by: Hash,
}

wire_map!(Authenticator {
    1 => credential_id, 2 => public_key, 3 => aaguid, 4 => backup_eligible, 5 => rp_id, 6 => added_by,
});
impl Element for Authenticator {}

/// A signing key and, once linked, its certificate. One key has one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name.
    pub credential_id: CredentialId,
    /// SHA-256 of the public key (DER `SubjectPublicKeyInfo`).
    pub spki_sha256: Hash,
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// SHA-256 of the sealed key's bytes.
    pub sealed_key_sha256: Hash,
    /// The signer's passkeys when the key was made; part of the context that the key is sealed with.
    pub authenticator_set_hash: Hash,
    /// SHA-256 of the public key of the CA that may certify this key.
    pub issuer_spki_sha256: Hash,
    /// SHA-256 of the registration assertion by which it came in.
    pub added_by: Hash,
    /// Its certificate. Without one it cannot sign.
    pub certificate: Option<LinkedCertificate>,
}

wire_map!(SigningKey {
    1 => credential_id, 2 => spki_sha256, 3 => algorithm, 4 => sealed_key_sha256, 5 => authenticator_set_hash,
    6 => issuer_spki_sha256, 7 => added_by, 8 => certificate,
});
impl Element for SigningKey {}

/// What is kept of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkedCertificate {
    /// SHA-256 of its DER form.
    pub sha256: Hash,
    /// Unix time from which it is valid.
    pub not_before: u64,
    /// Unix time up to and including which it is valid.
    pub not_after: u64,
}

wire_map!(LinkedCertificate { 1 => sha256, 2 => not_before, 3 => not_after });

impl LinkedCertificate {
    /// Whether the certificate is valid at `now`. RFC 5280 4.1.2.5: both ends are included.
    #[must_use]
    pub fn is_valid_at(&self, now: u64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

/// Why a sealed record was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenRecordError {
    /// Altered, or never sealed here.
    #[error("the record is not one that this module sealed")]
    NotSealed,
    /// The seal cannot be checked now.
    #[error("the signing module is not available")]
    Unavailable,
}

impl SignerRecord {
    /// The first version of a record.
    #[must_use]
    pub fn first(signer_id: SignerId, authenticator: Authenticator) -> Self {
        Self {
            format: FORMAT,
            signer_id,
            version: 1,
            previous: None,
            status: SignerStatus::Active,
            authenticators: vec![authenticator],
            keys: vec![],
        }
    }

    /// The next version, for the caller to change.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { version: self.version.saturating_add(1), previous: Some(self.digest()), ..self.clone() }
    }

    /// SHA-256 of the record's only form.
    #[must_use]
    pub fn digest(&self) -> Hash {
        sha256(&[&to_bytes(self)])
    }

    /// Number and digest of this version.
    #[must_use]
    pub fn record_version(&self) -> RecordVersion {
        RecordVersion { version: self.version, sha256: self.digest() }
    }

    /// SHA-256 over the signer's passkeys.
    #[must_use]
    pub fn authenticator_set_hash(&self) -> Hash {
        sha256(&[&to_bytes(&self.authenticators)])
    }

    /// The passkey with this name.
    #[must_use]
    pub fn authenticator(&self, credential_id: &[u8]) -> Option<&Authenticator> {
        self.authenticators.iter().find(|authenticator| authenticator.credential_id == credential_id)
    }

    /// The key with this name.
    #[must_use]
    pub fn key(&self, credential_id: &CredentialId) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.credential_id == *credential_id)
    }

    /// The sealed form, for the web side to keep.
    ///
    /// # Errors
    /// If the signing module cannot seal.
    pub fn seal(&self, sgm: &dyn Sgm) -> Result<Vec<u8>, SealError> {
        let record = to_bytes(self);
        let tag = sgm.seal(SealDomain::SignerRecord, &record)?;
        Ok(to_bytes(&Sealed { format: FORMAT, record, tag }))
    }

    /// Reads a sealed record. It says nothing about whether it is the newest.
    ///
    /// # Errors
    /// If the seal does not fit, or cannot be checked.
    pub fn open(bytes: &[u8], sgm: &dyn Sgm) -> Result<Self, OpenRecordError> {
        if bytes.len() > SEALED_RECORD_MAX {
            return Err(OpenRecordError::NotSealed);
        }
        let sealed: Sealed = from_bytes(bytes).map_err(|_| OpenRecordError::NotSealed)?;
        sgm.verify_seal(SealDomain::SignerRecord, &sealed.record, &sealed.tag).map_err(|error| match error {
            SealError::Unavailable => OpenRecordError::Unavailable,
            _ => OpenRecordError::NotSealed,
        })?;
        let record: Self = from_bytes(&sealed.record).map_err(|_| OpenRecordError::NotSealed)?;
        if sealed.format != FORMAT || record.format != FORMAT {
            return Err(OpenRecordError::NotSealed);
        }
        Ok(record)
    }
}

struct Sealed {
    format: u64,
    record: Vec<u8>,
    tag: Hash,
}

wire_map!(Sealed { 1 => format, 2 => record, 3 => tag });

impl Encode for SignerStatus {
    fn encode(&self, out: &mut Encoder) {
        out.unsigned(match self {
            Self::Active => 1,
            Self::Suspended => 2,
        });
    }
}

impl Decode for SignerStatus {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match input.unsigned()? {
            1 => Ok(Self::Active),
            2 => Ok(Self::Suspended),
            _ => Err(DecodeError::WrongValue),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record() -> SignerRecord {
        let authenticator = Authenticator {
            credential_id: vec![1, 2],
            public_key: PublicKey::Rs256 { n: vec![0xff; 256], e: vec![1, 0, 1] },
            aaguid: [3; 16],
            backup_eligible: true,
            rp_id: "example.jp".into(),
            added_by: [4; 32],
        };
        let mut record = SignerRecord::first(SignerId::new([5; 16]), authenticator);
        record.keys.push(SigningKey {
            credential_id: CredentialId::new([6; 16]),
            spki_sha256: [7; 32],
            algorithm: KeyAlgorithm::EcdsaP256,
            sealed_key_sha256: [8; 32],
            authenticator_set_hash: [9; 32],
            issuer_spki_sha256: [10; 32],
            added_by: [11; 32],
            certificate: Some(LinkedCertificate { sha256: [12; 32], not_before: 13, not_after: 14 }),
        });
        record
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_record_of_version_1_has_these_bytes() {
        let bytes = to_bytes(&record());
        assert_eq!(hex(&bytes[..32]), "a70101025005050505050505050505050505050505040105f606010781a60142");
        assert_eq!(hex(&record().digest()), "36b2265c409fd2be5273c3097829fe128373060eebff39f50feddd9f8fe39145");
        assert_eq!(
            hex(&record().authenticator_set_hash()),
            "d9aef1bd453183fc8cfafc28a102ac50f17104c4ff794a2fee9eb0fcb015c0f2"
        );
        assert_eq!(from_bytes::<SignerRecord>(&bytes), Ok(record()));
        let sealed = to_bytes(&Sealed { format: FORMAT, record: vec![0xaa], tag: [0xbb; 32] });
        assert_eq!(hex(&sealed), format!("a301010241aa035820{}", "bb".repeat(32)));
    }

    #[test]
    fn the_next_version_names_the_one_before() {
        let next = record().next();
        assert_eq!((next.version, next.previous), (2, Some(record().digest())));
        assert_ne!(next.digest(), record().digest());
    }

    #[test]
    fn both_ends_of_a_certificates_validity_are_included() {
        let certificate = LinkedCertificate { sha256: [0; 32], not_before: 10, not_after: 20 };
        assert_eq!([9, 10, 20, 21].map(|now| certificate.is_valid_at(now)), [false, true, true, false]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_no_record_or_have_only_this_form(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(record) = from_bytes::<SignerRecord>(&bytes) {
                prop_assert_eq!(to_bytes(&record), bytes);
            }
        }
    }
}
