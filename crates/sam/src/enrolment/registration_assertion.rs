//! The registration authority's word on who a signer is: COSE_Sign1 by an officer whose key is pinned in the configuration. Security design 1.3.
//!
//! Made outside the module, in three steps: [`RegistrationAssertion::to_be_signed`], a signature with the officer's key, and
//! [`RegistrationAssertion::assemble`]. The module reads it with [`RegistrationAssertion::verify`]. Wire format, version 1.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

use super::cose_sign1::{self, CoseSign1};
use crate::Refusal;
use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder, from_bytes, to_bytes, wire_map};
use crate::ids::{Hash, SignerId};

/// The largest assertion that is read.
const ASSERTION_MAX: usize = 2048;
/// The longest name of a proofing level.
const LEVEL_MAX: usize = 64;

/// What an officer states about a signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationAssertion {
    domain: Domain,
    /// What it may be used for.
    pub purpose: Purpose,
    /// Who.
    pub signer_id: SignerId,
    /// SHA-256 of the DER `Name` under which the signer will be certified.
    pub subject_sha256: Hash,
    /// SHA-256 of the public key (DER `SubjectPublicKeyInfo`) of the CA that will certify the signer.
    pub issuer_spki_sha256: Hash,
    /// How the signer's identity was proven.
    pub proofing_level: String,
    /// SHA-256 of the evidence that the registration authority keeps.
    pub evidence_sha256: Hash,
    /// The module's nonce for this enrolment.
    pub nonce: Hash,
    /// Until when the assertion may be used, in Unix seconds.
    pub expires_at: u64,
}

wire_map!(RegistrationAssertion {
    1 => domain, 2 => purpose, 3 => signer_id, 4 => subject_sha256, 5 => issuer_spki_sha256, 6 => proofing_level,
    7 => evidence_sha256, 8 => nonce, 9 => expires_at,
});

/// What a registration assertion may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To enrol a signer, with the first key.
    Enrol,
    /// To make a further key for a signer.
    AddKey,
}

/// An officer's public key, as pinned in the configuration.
#[derive(Clone)]
pub struct OfficerKey {
    id: Vec<u8>,
    public_key: ParsedPublicKey,
}

/// Why an officer's key cannot be pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficerKeyError {
    /// The id is empty or too long.
    #[error("an officer's key id must have 1 to 64 bytes")]
    Id,
    /// Not a P-256 public key.
    #[error(
        "an officer's public key must be a P-256 key: 65 bytes of an uncompressed point, or DER SubjectPublicKeyInfo"
    )]
    PublicKey,
}

impl OfficerKey {
    /// The key with this id; `public_key` as uncompressed point or DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// If either is not acceptable.
    pub fn new(id: &[u8], public_key: &[u8]) -> Result<Self, OfficerKeyError> {
        if id.is_empty() || id.len() > 64 {
            return Err(OfficerKeyError::Id);
        }
        let public_key =
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key).map_err(|_| OfficerKeyError::PublicKey)?;
        Ok(Self { id: id.to_vec(), public_key })
    }

    /// The id by which assertions name the key.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id
    }
}

impl fmt::Debug for OfficerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficerKey").field("id", &self.id.escape_ascii().to_string()).finish_non_exhaustive()
    }
}

impl RegistrationAssertion {
    /// A statement with these contents.
    #[must_use]
    pub fn new(
        purpose: Purpose,
        signer_id: SignerId,
        subject: &SubjectAndIssuer,
        proof: Proofing,
        nonce: Hash,
        expires_at: u64,
    ) -> Self {
        Self {
            domain: Domain,
            purpose,
            signer_id,
            subject_sha256: subject.subject_sha256,
            issuer_spki_sha256: subject.issuer_spki_sha256,
            proofing_level: proof.level,
            evidence_sha256: proof.evidence_sha256,
            nonce,
            expires_at,
        }
    }

    /// The bytes that the officer with `key_id` signs with ECDSA on P-256 and SHA-256.
    #[must_use]
    pub fn to_be_signed(&self, key_id: &[u8]) -> Vec<u8> {
        cose_sign1::to_be_signed(key_id, &to_bytes(self))
    }

    /// The assertion, from the statement and the officer's signature (r and s, 32 bytes each).
    #[must_use]
    pub fn assemble(&self, key_id: &[u8], signature: [u8; 64]) -> Vec<u8> {
        to_bytes(&CoseSign1 { key_id: key_id.to_vec(), payload: to_bytes(self), signature })
    }

    /// Reads an assertion and verifies that one of `officers` signed it. Time and contents are for the caller to check.
    ///
    /// # Errors
    /// The refusal to answer with.
    pub fn verify(bytes: &[u8], officers: &[OfficerKey]) -> Result<Self, Refusal> {
        if bytes.len() > ASSERTION_MAX {
            return Err(Refusal::Malformed);
        }
        let signed: CoseSign1 = from_bytes(bytes).map_err(|_| Refusal::Malformed)?;
        let officer = officers.iter().find(|officer| officer.id == signed.key_id).ok_or(Refusal::OfficerNotTrusted)?;
        let message = cose_sign1::to_be_signed(&signed.key_id, &signed.payload);
        officer.public_key.verify_sig(&message, &signed.signature).map_err(|_| Refusal::OfficerNotTrusted)?;
        let assertion: Self = from_bytes(&signed.payload).map_err(|_| Refusal::Malformed)?;
        if assertion.proofing_level.len() > LEVEL_MAX {
            return Err(Refusal::Malformed);
        }
        Ok(assertion)
    }
}

/// Who will be certified by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubjectAndIssuer {
    /// See [`RegistrationAssertion::subject_sha256`].
    pub subject_sha256: Hash,
    /// See [`RegistrationAssertion::issuer_spki_sha256`].
    pub issuer_spki_sha256: Hash,
}

/// How an identity was proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofing {
    /// See [`RegistrationAssertion::proofing_level`].
    pub level: String,
    /// See [`RegistrationAssertion::evidence_sha256`].
    pub evidence_sha256: Hash,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Domain;

const DOMAIN: &str = "rakkan-ra/1";

impl Encode for Domain {
    fn encode(&self, out: &mut Encoder) {
        out.text(DOMAIN);
    }
}

impl Decode for Domain {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.text()? == DOMAIN { Ok(Self) } else { Err(DecodeError::WrongValue) }
    }
}

impl Encode for Purpose {
    fn encode(&self, out: &mut Encoder) {
        out.text(match self {
            Self::Enrol => "enrol",
            Self::AddKey => "add-key",
        });
    }
}

impl Decode for Purpose {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match input.text()? {
            "enrol" => Ok(Self::Enrol),
            "add-key" => Ok(Self::AddKey),
            _ => Err(DecodeError::WrongValue),
        }
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    fn statement() -> RegistrationAssertion {
        RegistrationAssertion::new(
            Purpose::Enrol,
            SignerId::new([1; 16]),
            &SubjectAndIssuer { subject_sha256: [2; 32], issuer_spki_sha256: [3; 32] },
            Proofing { level: "demo".into(), evidence_sha256: [4; 32] },
            [5; 32],
            1000,
        )
    }

    fn officer() -> (EcdsaKeyPair, OfficerKey) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = OfficerKey::new(b"officer-1", pair.public_key().as_ref()).unwrap();
        (pair, key)
    }

    fn signed_by(pair: &EcdsaKeyPair, key_id: &[u8]) -> Vec<u8> {
        let signature = pair.sign(&SystemRandom::new(), &statement().to_be_signed(key_id)).unwrap();
        statement().assemble(key_id, signature.as_ref().try_into().unwrap())
    }

    #[test]
    fn the_assertion_of_a_pinned_officer_is_read() {
        let (pair, key) = officer();
        assert_eq!(RegistrationAssertion::verify(&signed_by(&pair, b"officer-1"), &[key]), Ok(statement()));
    }

    #[test]
    fn an_assertion_by_anybody_else_is_refused() {
        let (pair, key) = officer();
        let (stranger, _) = officer();
        let officers = [key];
        for forged in [signed_by(&stranger, b"officer-1"), signed_by(&pair, b"officer-2")] {
            assert_eq!(RegistrationAssertion::verify(&forged, &officers), Err(Refusal::OfficerNotTrusted));
        }
        assert_eq!(
            RegistrationAssertion::verify(&signed_by(&pair, b"officer-1"), &[]),
            Err(Refusal::OfficerNotTrusted)
        );
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let (pair, key) = officer();
        let good = signed_by(&pair, b"officer-1");
        let officers = [key];
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            assert!(RegistrationAssertion::verify(&changed, &officers).is_err(), "byte {at}");
        }
    }

    #[test]
    fn what_is_signed_has_these_bytes() {
        let hex: String = statement().to_be_signed(b"k").iter().map(|b| format!("{b:02x}")).collect();
        let (head, tail) = hex.split_once(&"01".repeat(16)).unwrap();
        assert_eq!(head, "846a5369676e61747572653146a2012604416b4058bda9016b72616b6b616e2d72612f310265656e726f6c0350");
        assert!(tail.starts_with("045820"), "{tail}");
        assert!(tail.ends_with("091903e8"), "{tail}");
    }

    #[test]
    fn only_p_256_keys_are_pinned() {
        assert_eq!(OfficerKey::new(b"", &[4; 65]).err(), Some(OfficerKeyError::Id));
        assert_eq!(OfficerKey::new(b"k", &[4; 65]).err(), Some(OfficerKeyError::PublicKey));
    }
}
