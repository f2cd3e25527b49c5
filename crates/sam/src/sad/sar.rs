//! Signature activation request: everything that an approval is about, in one deterministic form. Security design 1.4. Wire format.

use crate::crypto::sha256;
use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder, from_bytes, to_bytes, wire_map};
use crate::ids::{CredentialId, Hash, SignerId};
use crate::protocol::message::DisplayLabel;

/// The largest request, encoded.
pub const SAR_MAX: usize = 128 * 1024;
/// The most hashes in one request.
pub const HASHES_MAX: usize = 256;
/// The longest label of a document, in bytes.
pub const LABEL_MAX: usize = 200;
/// For how many seconds a request can be approved.
pub const VALIDITY: u64 = 300;
/// How many seconds a request may seem to come from the future.
pub const CLOCK_SKEW: u64 = 30;

/// What the signer is asked to approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sar {
    pub(crate) domain: Domain,
    /// Random name of this request; used once.
    pub sar_id: [u8; 16],
    /// Random, so that the challenge cannot be known beforehand.
    pub nonce: Hash,
    /// The instance of the module that issued it.
    pub instance: Hash,
    /// The credential (CSC `credentialID`).
    pub credential_id: CredentialId,
    /// SHA-256 of the signing key's `SubjectPublicKeyInfo`.
    pub spki_sha256: Hash,
    /// SHA-256 of the certificate.
    pub certificate_sha256: Hash,
    /// The signer.
    pub signer_id: SignerId,
    /// Version of the signer's record.
    pub record_version: u64,
    /// Algorithm of the hashes.
    pub hash_algorithm_oid: String,
    /// Algorithm of the signatures.
    pub sign_algorithm_oid: String,
    /// SHA-256 of the DER parameters of the signature algorithm; of nothing where it has none.
    pub sign_parameters_sha256: Hash,
    /// The DTBS/R in order.
    pub hashes: Vec<Vec<u8>>,
    /// How many there are.
    pub count: u64,
    /// What the page displays.
    pub labels: Vec<DisplayLabel>,
    /// SHA-256 over the client, the name shown for it, and its redirect URI.
    pub client_hash: Hash,
    /// Purpose, signature policy or commitment type.
    pub purpose: String,
    /// When it was issued.
    pub issued_at: u64,
    /// Until when it can be approved.
    pub expires_at: u64,
    /// SHA-256 of the session that asked.
    pub session_hash: Hash,
    /// SHA-256 of a power of attorney; none yet.
    pub mandate_hash: Option<Hash>,
}

wire_map!(Sar {
    1 => domain, 2 => sar_id, 3 => nonce, 4 => instance, 5 => credential_id, 6 => spki_sha256, 7 => certificate_sha256,
    8 => signer_id, 9 => record_version, 10 => hash_algorithm_oid, 11 => sign_algorithm_oid,
    12 => sign_parameters_sha256, 13 => hashes, 14 => count, 15 => labels, 16 => client_hash, 17 => purpose,
    18 => issued_at, 19 => expires_at, 20 => session_hash, 21 => mandate_hash,
});

impl Sar {
    /// The only form of this request.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        to_bytes(self)
    }

    /// Reads a request.
    ///
    /// # Errors
    /// If it is not one in its only form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > SAR_MAX {
            return Err(DecodeError::TooLarge);
        }
        from_bytes(bytes)
    }

    /// The WebAuthn challenge of the request with this form.
    #[must_use]
    pub fn challenge(bytes: &[u8]) -> Hash {
        sha256(&[DOMAIN.as_bytes(), &[0], bytes])
    }

    /// Four characters out of a challenge, for a person to compare. Letters and digits that look alike are left out.
    #[must_use]
    pub fn control_code(challenge: &Hash) -> String {
        let [first, second, third, ..] = *challenge;
        let bits = u32::from_be_bytes([0, first, second, third]) >> 4;
        let character = |shift: u32| {
            let index = usize::try_from(bits >> shift & 0x1f).unwrap_or(0);
            char::from(ALPHABET.get(index).copied().unwrap_or(b'-'))
        };
        [15, 10, 5, 0].map(character).iter().collect()
    }
}

const DOMAIN: &str = "rakkan-sad/1";
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Says that this is a request of this kind; written into it, so that it is never taken for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Domain;

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
