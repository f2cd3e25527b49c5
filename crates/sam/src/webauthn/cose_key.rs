//! Public keys of passkeys: ES256, EdDSA (Ed25519) and RS256, in the one form that WebAuthn permits. RFC 9052 7; RFC 9053; WebAuthn L3 6.5.1.1.

use aws_lc_rs::{rsa, signature};

use super::ecdsa_value;
use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder};

/// The largest COSE_Key that is read: RSA-4096 needs about 530 bytes.
const MODULUS_MAX: usize = 512;
const MODULUS_MIN: usize = 256;

/// A passkey's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// ECDSA on P-256 with SHA-256, COSE algorithm -7.
    Es256 {
        /// Affine coordinate.
        x: [u8; 32],
        /// Affine coordinate.
        y: [u8; 32],
    },
    /// Ed25519, COSE algorithm -8.
    EdDsa {
        /// The encoded point.
        x: [u8; 32],
    },
    /// RSASSA-PKCS1-v1_5 with SHA-256, COSE algorithm -257.
    Rs256 {
        /// Modulus, big-endian without leading zeros.
        n: Vec<u8>,
        /// Public exponent, big-endian without leading zeros.
        e: Vec<u8>,
    },
}

/// Why a public key is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Not a COSE_Key in the form that WebAuthn asks for.
    #[error("the passkey's public key is not well-formed")]
    Malformed,
    /// Another kind of key than the three.
    #[error("the passkey's public key is of a kind that is not accepted: ES256, EdDSA with Ed25519 and RS256 are")]
    Algorithm,
    /// Not a point on the curve, or an RSA key out of bounds.
    #[error("the passkey's public key is not a valid key")]
    Invalid,
}

impl PublicKey {
    /// Reads a key that stands at the front of `input` and checks that it is one.
    ///
    /// # Errors
    /// If it is malformed, of another kind, or not valid.
    pub fn read(input: &mut Decoder<'_>) -> Result<Self, PublicKeyError> {
        let malformed = |_: DecodeError| PublicKeyError::Malformed;
        let pairs = input.map(5).map_err(malformed)?;
        input.expect(LABEL_KTY).map_err(malformed)?;
        let kty = input.unsigned().map_err(malformed)?;
        input.expect(LABEL_ALG).map_err(malformed)?;
        let algorithm = input.negative().map_err(malformed)?;
        let key = match (pairs, kty, algorithm) {
            (5, KTY_EC2, ES256) => Self::read_es256(input).map_err(malformed)?,
            (4, KTY_OKP, EDDSA) => Self::read_ed25519(input).map_err(malformed)?,
            (4, KTY_RSA, RS256) => Self::read_rs256(input).map_err(malformed)?,
            (_, KTY_EC2 | KTY_OKP | KTY_RSA, ES256 | EDDSA | RS256) => return Err(PublicKeyError::Malformed),
            _ => return Err(PublicKeyError::Algorithm),
        };
        if key.is_valid() { Ok(key) } else { Err(PublicKeyError::Invalid) }
    }

    /// Whether `signature` is one by this key over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256 { x, y } => ecdsa_value::to_fixed(signature).is_some_and(|fixed| {
                let key = signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, sec1(x, y));
                key.verify(message, &fixed).is_ok()
            }),
            Self::EdDsa { x } => {
                signature::UnparsedPublicKey::new(&signature::ED25519, x).verify(message, signature).is_ok()
            }
            Self::Rs256 { n, e } => rsa::PublicKeyComponents { n, e }
                .verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }

    fn is_valid(&self) -> bool {
        match self {
            Self::Es256 { x, y } => {
                signature::ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, sec1(x, y)).is_ok()
            }
            Self::EdDsa { x } => signature::ParsedPublicKey::new(&signature::ED25519, x).is_ok(),
            Self::Rs256 { n, e } => {
                let first_is_set = |bytes: &[u8]| bytes.first().is_some_and(|first| *first != 0);
                (MODULUS_MIN..=MODULUS_MAX).contains(&n.len()) && first_is_set(n) && first_is_set(e) && e.len() <= 4
            }
        }
    }

    fn read_es256(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        expect_negative(input, 0)?;
        input.expect(CRV_P256)?;
        expect_negative(input, 1)?;
        let x = input.item()?;
        expect_negative(input, 2)?;
        Ok(Self::Es256 { x, y: input.item()? })
    }

    fn read_ed25519(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        expect_negative(input, 0)?;
        input.expect(CRV_ED25519)?;
        expect_negative(input, 1)?;
        Ok(Self::EdDsa { x: input.item()? })
    }

    fn read_rs256(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        expect_negative(input, 0)?;
        let n = input.item()?;
        expect_negative(input, 1)?;
        Ok(Self::Rs256 { n, e: input.item()? })
    }
}

// Labels and values of RFC 9053; a negative number -1 - n is written as n.
const LABEL_KTY: u64 = 1;
const LABEL_ALG: u64 = 3;
const KTY_OKP: u64 = 1;
const KTY_EC2: u64 = 2;
const KTY_RSA: u64 = 3;
const ES256: u64 = 6;
const EDDSA: u64 = 7;
const RS256: u64 = 256;
const CRV_P256: u64 = 1;
const CRV_ED25519: u64 = 6;

fn expect_negative(input: &mut Decoder<'_>, label: u64) -> Result<(), DecodeError> {
    if input.negative()? == label { Ok(()) } else { Err(DecodeError::WrongValue) }
}

/// Uncompressed point. SEC 1 2.3.3.
fn sec1(x: &[u8; 32], y: &[u8; 32]) -> Vec<u8> {
    [&[0x04][..], x, y].concat()
}

impl Encode for PublicKey {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::Es256 { x, y } => {
                out.map(5).unsigned(LABEL_KTY).unsigned(KTY_EC2).unsigned(LABEL_ALG).negative(ES256);
                out.negative(0).unsigned(CRV_P256).negative(1).item(x).negative(2).item(y);
            }
            Self::EdDsa { x } => {
                out.map(4).unsigned(LABEL_KTY).unsigned(KTY_OKP).unsigned(LABEL_ALG).negative(EDDSA);
                out.negative(0).unsigned(CRV_ED25519).negative(1).item(x);
            }
            Self::Rs256 { n, e } => {
                out.map(4).unsigned(LABEL_KTY).unsigned(KTY_RSA).unsigned(LABEL_ALG).negative(RS256);
                out.negative(0).item(n).negative(1).item(e);
            }
        }
    }
}

impl Decode for PublicKey {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Self::read(input).map_err(|_| DecodeError::WrongValue)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use proptest::prelude::*;

    use super::*;
    use crate::dcbor::{from_bytes, to_bytes};

    #[test]
    fn a_point_that_is_not_on_the_curve_is_refused() {
        let bytes = to_bytes(&PublicKey::Es256 { x: [1; 32], y: [1; 32] });
        assert_eq!(PublicKey::read(&mut Decoder::new(&bytes)), Err(PublicKeyError::Invalid));
    }

    #[test]
    fn an_ed25519_key_is_read_back_and_verifies_only_its_own_message() {
        let pair = Ed25519KeyPair::generate().unwrap();
        let key = PublicKey::EdDsa { x: pair.public_key().as_ref().try_into().unwrap() };
        assert_eq!(from_bytes::<PublicKey>(&to_bytes(&key)), Ok(key.clone()));
        let signature = pair.sign(b"message");
        assert!(key.verifies(b"message", signature.as_ref()));
        assert!(!key.verifies(b"other", signature.as_ref()));
        assert!(!key.verifies(b"message", &[]));
    }

    #[test]
    fn other_algorithms_and_short_rsa_keys_are_refused() {
        // ES384 (-35) and ML-DSA-44 (-48), on the labels of an EC2 and an AKP key.
        for bytes in [&[0xa5, 1, 2, 3, 0x38, 34, 0x20, 2][..], &[0xa3, 1, 7, 3, 0x38, 47]] {
            assert_eq!(PublicKey::read(&mut Decoder::new(bytes)), Err(PublicKeyError::Algorithm));
        }
        let short = to_bytes(&PublicKey::Rs256 { n: vec![0xff; 128], e: vec![1, 0, 1] });
        assert_eq!(PublicKey::read(&mut Decoder::new(&short)), Err(PublicKeyError::Invalid));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = PublicKey::read(&mut Decoder::new(&bytes));
        }
    }
}
