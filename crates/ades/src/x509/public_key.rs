//! What kind of key a `SubjectPublicKeyInfo` holds. RFC 5480 2.1, RFC 8017 A.1.1, RFC 8410 4.

use super::CertificateError;
use crate::Oid;
use crate::asn1::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE, Tlv};

const RSA_ENCRYPTION: Oid = Oid::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: Oid = Oid::new_unwrap("1.2.840.10045.2.1");
const P256: Oid = Oid::new_unwrap("1.2.840.10045.3.1.7");
const P384: Oid = Oid::new_unwrap("1.3.132.0.34");
const P521: Oid = Oid::new_unwrap("1.3.132.0.35");
const ED25519: Oid = Oid::new_unwrap("1.3.101.112");

/// Kind and size of a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyKind {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Ed25519.
    Ed25519,
    /// RSA with the length of its modulus.
    Rsa {
        /// Length of the modulus in bits.
        bits: u32,
    },
    /// Another algorithm or curve, or curve parameters that are spelled out.
    Other,
}

impl PublicKeyKind {
    /// Reads a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// If the bytes are none.
    pub fn of_spki(spki_der: &[u8]) -> Result<Self, CertificateError> {
        const WHAT: &str = "the public key";
        let mut fields = Tlv::parse(spki_der, SEQUENCE, WHAT)?.reader();
        let mut algorithm = fields.expect(SEQUENCE, WHAT)?.reader();
        let key = fields.expect(BIT_STRING, WHAT)?;
        fields.finish(WHAT)?;
        let oid = algorithm.read(WHAT)?.oid(WHAT)?;
        if oid == EC_PUBLIC_KEY {
            let curve = algorithm.read(WHAT)?;
            if curve.tag != OBJECT_IDENTIFIER {
                return Ok(Self::Other);
            }
            let curve = curve.oid(WHAT)?;
            return Ok(match curve {
                P256 => Self::P256,
                P384 => Self::P384,
                P521 => Self::P521,
                _ => Self::Other,
            });
        }
        if oid == RSA_ENCRYPTION {
            let encoded = key.value.split_first().map(|(_, rest)| rest).unwrap_or_default();
            let modulus = Reader::new(encoded).expect(SEQUENCE, WHAT)?.reader().expect(INTEGER, WHAT)?;
            let start = modulus.value.iter().position(|byte| *byte != 0).unwrap_or(modulus.value.len());
            let digits = modulus.value.get(start..).unwrap_or_default();
            let unused = digits.first().map_or(0, |byte| byte.leading_zeros());
            let bits = u32::try_from(digits.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(unused);
            return Ok(Self::Rsa { bits });
        }
        Ok(if oid == ED25519 { Self::Ed25519 } else { Self::Other })
    }

    /// Longest signature value that the key can make, in bytes; `None` for an unknown kind.
    pub fn max_signature_len(self) -> Option<usize> {
        // Ecdsa-Sig-Value: two integers that may need a sign octet each, and the headers around them.
        match self {
            Self::P256 => Some(72),
            Self::P384 => Some(104),
            Self::P521 => Some(139),
            Self::Ed25519 => Some(64),
            Self::Rsa { bits } => usize::try_from(bits.div_ceil(8)).ok(),
            Self::Other => None,
        }
    }
}
