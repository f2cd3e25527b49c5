//! Signature algorithms and their identifiers. RFC 5758 3.2, RFC 4055 3 and 5, RFC 8017, RFC 8410, RFC 8419, FIPS 202 in X9.142.

use crate::Oid;
use crate::asn1::{self, Malformed, Reader, SEQUENCE, Tlv, context};
use crate::crypto::DigestAlgorithm;
use crate::x509::PublicKeyKind;

const RSA_ENCRYPTION: Oid = Oid::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: Oid = Oid::new_unwrap("1.2.840.113549.1.1.10");
const MGF1: Oid = Oid::new_unwrap("1.2.840.113549.1.1.8");
const EC_PUBLIC_KEY: Oid = Oid::new_unwrap("1.2.840.10045.2.1");

/// A signature algorithm together with its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// ECDSA with SHA-256.
    EcdsaSha256,
    /// ECDSA with SHA-384.
    EcdsaSha384,
    /// ECDSA with SHA-512.
    EcdsaSha512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 of the same digest, salt as long as the digest.
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384, MGF1 of the same digest, salt as long as the digest.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512, MGF1 of the same digest, salt as long as the digest.
    RsaPssSha512,
    /// ECDSA with SHA3-256.
    EcdsaSha3_256,
    /// ECDSA with SHA3-384.
    EcdsaSha3_384,
    /// ECDSA with SHA3-512.
    EcdsaSha3_512,
    /// Ed25519 over the message itself (not its digest).
    Ed25519,
}

/// What kind of key an algorithm needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureScheme {
    /// ECDSA.
    Ecdsa,
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1,
    /// RSASSA-PSS.
    RsaPss,
    /// Ed25519.
    Ed25519,
}

impl SignatureAlgorithm {
    /// Every algorithm of the enum.
    pub const ALL: [Self; 13] = [
        Self::EcdsaSha256,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::RsaPkcs1Sha256,
        Self::RsaPkcs1Sha384,
        Self::RsaPkcs1Sha512,
        Self::RsaPssSha256,
        Self::RsaPssSha384,
        Self::RsaPssSha512,
        Self::EcdsaSha3_256,
        Self::EcdsaSha3_384,
        Self::EcdsaSha3_512,
        Self::Ed25519,
    ];

    /// Object identifier of the signature algorithm. The three PSS forms share one and differ in their parameters.
    pub const fn oid(self) -> Oid {
        match self {
            Self::EcdsaSha256 => Oid::new_unwrap("1.2.840.10045.4.3.2"),
            Self::EcdsaSha384 => Oid::new_unwrap("1.2.840.10045.4.3.3"),
            Self::EcdsaSha512 => Oid::new_unwrap("1.2.840.10045.4.3.4"),
            Self::RsaPkcs1Sha256 => Oid::new_unwrap("1.2.840.113549.1.1.11"),
            Self::RsaPkcs1Sha384 => Oid::new_unwrap("1.2.840.113549.1.1.12"),
            Self::RsaPkcs1Sha512 => Oid::new_unwrap("1.2.840.113549.1.1.13"),
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => RSA_PSS,
            Self::EcdsaSha3_256 => Oid::new_unwrap("2.16.840.1.101.3.4.3.10"),
            Self::EcdsaSha3_384 => Oid::new_unwrap("2.16.840.1.101.3.4.3.11"),
            Self::EcdsaSha3_512 => Oid::new_unwrap("2.16.840.1.101.3.4.3.12"),
            Self::Ed25519 => Oid::new_unwrap("1.3.101.112"),
        }
    }

    /// The algorithm that this object identifier names completely; `None` if unknown or if parameters decide (PSS).
    pub fn from_oid(oid: &Oid) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid() == *oid && *oid != RSA_PSS)
    }

    /// The digest of the content. It is also what is signed, but with Ed25519, which takes the message as it is: there it is only the
    /// digest inside the message (RFC 8419 3.1: SHA-512).
    pub const fn digest(self) -> DigestAlgorithm {
        match self {
            Self::EcdsaSha256 | Self::RsaPkcs1Sha256 | Self::RsaPssSha256 => DigestAlgorithm::Sha256,
            Self::EcdsaSha384 | Self::RsaPkcs1Sha384 | Self::RsaPssSha384 => DigestAlgorithm::Sha384,
            Self::EcdsaSha512 | Self::RsaPkcs1Sha512 | Self::RsaPssSha512 | Self::Ed25519 => DigestAlgorithm::Sha512,
            Self::EcdsaSha3_256 => DigestAlgorithm::Sha3_256,
            Self::EcdsaSha3_384 => DigestAlgorithm::Sha3_384,
            Self::EcdsaSha3_512 => DigestAlgorithm::Sha3_512,
        }
    }

    /// The scheme, without the digest.
    pub const fn scheme(self) -> SignatureScheme {
        match self {
            Self::EcdsaSha256
            | Self::EcdsaSha384
            | Self::EcdsaSha512
            | Self::EcdsaSha3_256
            | Self::EcdsaSha3_384
            | Self::EcdsaSha3_512 => SignatureScheme::Ecdsa,
            Self::RsaPkcs1Sha256 | Self::RsaPkcs1Sha384 | Self::RsaPkcs1Sha512 => SignatureScheme::RsaPkcs1,
            Self::RsaPssSha256 | Self::RsaPssSha384 | Self::RsaPssSha512 => SignatureScheme::RsaPss,
            Self::Ed25519 => SignatureScheme::Ed25519,
        }
    }

    /// Whether the key is an elliptic curve key for ECDSA.
    pub const fn is_ecdsa(self) -> bool {
        matches!(self.scheme(), SignatureScheme::Ecdsa)
    }

    /// Whether a key of this kind can make such signatures. Says nothing about strength: that is [`policy`](super::policy).
    pub const fn fits(self, key: PublicKeyKind) -> bool {
        match self.scheme() {
            SignatureScheme::Ecdsa => matches!(key, PublicKeyKind::P256 | PublicKeyKind::P384 | PublicKeyKind::P521),
            SignatureScheme::RsaPkcs1 | SignatureScheme::RsaPss => matches!(key, PublicKeyKind::Rsa { .. }),
            SignatureScheme::Ed25519 => matches!(key, PublicKeyKind::Ed25519),
        }
    }

    /// Number of the algorithm in stored forms. Never change one.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::EcdsaSha256 => 1,
            Self::EcdsaSha384 => 2,
            Self::EcdsaSha512 => 3,
            Self::RsaPkcs1Sha256 => 4,
            Self::RsaPkcs1Sha384 => 5,
            Self::RsaPkcs1Sha512 => 6,
            Self::RsaPssSha256 => 7,
            Self::RsaPssSha384 => 8,
            Self::RsaPssSha512 => 9,
            Self::EcdsaSha3_256 => 10,
            Self::EcdsaSha3_384 => 11,
            Self::EcdsaSha3_512 => 12,
            Self::Ed25519 => 13,
        }
    }

    /// The algorithm with this number in stored forms.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }

    /// DER `AlgorithmIdentifier`.
    pub(crate) fn identifier(self) -> Vec<u8> {
        let oid = asn1::oid(&self.oid());
        match self.scheme() {
            SignatureScheme::Ecdsa | SignatureScheme::Ed25519 => asn1::sequence(&[&oid]),
            SignatureScheme::RsaPkcs1 => asn1::sequence(&[&oid, &asn1::null()]),
            SignatureScheme::RsaPss => {
                let digest = self.digest();
                let salt = asn1::unsigned(&digest.output_len().to_be_bytes());
                let mask = asn1::sequence(&[&asn1::oid(&MGF1), &digest.identifier()]);
                let parameters = asn1::sequence(&[
                    &asn1::tlv(context(0), &[&digest.identifier()]),
                    &asn1::tlv(context(1), &[&mask]),
                    &asn1::tlv(context(2), &[&salt]),
                ]);
                asn1::sequence(&[&oid, &parameters])
            }
        }
    }

    /// Reads an `AlgorithmIdentifier`. In CMS the digest may be named beside it (`rsaEncryption` or a bare EC key).
    pub(crate) fn from_identifier(
        identifier: &Tlv<'_>,
        digest: Option<DigestAlgorithm>,
    ) -> Result<Option<Self>, Malformed> {
        let mut reader = identifier.reader();
        let oid = reader.read("an algorithm identifier")?.oid("an algorithm identifier")?;
        if oid == RSA_PSS {
            return pss(&mut reader);
        }
        let named = match digest {
            Some(digest) if oid == RSA_ENCRYPTION => match digest {
                DigestAlgorithm::Sha256 => Some(Self::RsaPkcs1Sha256),
                DigestAlgorithm::Sha384 => Some(Self::RsaPkcs1Sha384),
                DigestAlgorithm::Sha512 => Some(Self::RsaPkcs1Sha512),
                DigestAlgorithm::Sha3_256 | DigestAlgorithm::Sha3_384 | DigestAlgorithm::Sha3_512 => None,
            },
            Some(digest) if oid == EC_PUBLIC_KEY => match digest {
                DigestAlgorithm::Sha256 => Some(Self::EcdsaSha256),
                DigestAlgorithm::Sha384 => Some(Self::EcdsaSha384),
                DigestAlgorithm::Sha512 => Some(Self::EcdsaSha512),
                DigestAlgorithm::Sha3_256 => Some(Self::EcdsaSha3_256),
                DigestAlgorithm::Sha3_384 => Some(Self::EcdsaSha3_384),
                DigestAlgorithm::Sha3_512 => Some(Self::EcdsaSha3_512),
            },
            _ => Self::from_oid(&oid),
        };
        Ok(named)
    }
}

/// RSASSA-PSS parameters, RFC 4055 3.1. Only the form where digest, mask digest and salt length agree is known.
fn pss(reader: &mut Reader<'_>) -> Result<Option<SignatureAlgorithm>, Malformed> {
    const WHAT: &str = "RSASSA-PSS parameters";
    let Some(parameters) = reader.optional(SEQUENCE, WHAT)? else {
        return Ok(None);
    };
    let mut fields = parameters.reader();
    let (Some(digest), Some(mask), Some(salt)) =
        (fields.optional(context(0), WHAT)?, fields.optional(context(1), WHAT)?, fields.optional(context(2), WHAT)?)
    else {
        return Ok(None); // the defaults are SHA-1
    };
    let digest = digest.reader().expect(SEQUENCE, WHAT)?.reader().read(WHAT)?.oid(WHAT)?;
    let mut mask = mask.reader().expect(SEQUENCE, WHAT)?.reader();
    let mask_function = mask.read(WHAT)?.oid(WHAT)?;
    let mask_digest = mask.expect(SEQUENCE, WHAT)?.reader().read(WHAT)?.oid(WHAT)?;
    let salt_length = salt.reader().expect(asn1::INTEGER, WHAT)?.unsigned(WHAT)?;
    let Some(digest) = DigestAlgorithm::from_oid(&digest) else {
        return Ok(None);
    };
    let consistent = mask_function == MGF1
        && mask_digest == digest.oid()
        && usize::try_from(salt_length).is_ok_and(|length| length == digest.output_len());
    Ok(match digest {
        _ if !consistent => None,
        DigestAlgorithm::Sha256 => Some(SignatureAlgorithm::RsaPssSha256),
        DigestAlgorithm::Sha384 => Some(SignatureAlgorithm::RsaPssSha384),
        DigestAlgorithm::Sha512 => Some(SignatureAlgorithm::RsaPssSha512),
        DigestAlgorithm::Sha3_256 | DigestAlgorithm::Sha3_384 | DigestAlgorithm::Sha3_512 => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_is_read_back() {
        for algorithm in SignatureAlgorithm::ALL {
            let encoded = algorithm.identifier();
            let element = Tlv::parse(&encoded, SEQUENCE, "test").unwrap();
            assert_eq!(SignatureAlgorithm::from_identifier(&element, None), Ok(Some(algorithm)));
        }
    }

    #[test]
    fn sha1_signatures_are_unknown() {
        for oid in ["1.2.840.113549.1.1.5", "1.2.840.10045.4.1"] {
            assert_eq!(SignatureAlgorithm::from_oid(&Oid::new_unwrap(oid)), None);
        }
        let default_pss = asn1::sequence(&[&asn1::oid(&RSA_PSS), &asn1::sequence(&[])]);
        let element = Tlv::parse(&default_pss, SEQUENCE, "test").unwrap();
        assert_eq!(SignatureAlgorithm::from_identifier(&element, None), Ok(None));
    }

    #[test]
    fn rsa_encryption_takes_the_digest_named_beside_it() {
        let encoded = asn1::sequence(&[&asn1::oid(&RSA_ENCRYPTION), &asn1::null()]);
        let element = Tlv::parse(&encoded, SEQUENCE, "test").unwrap();
        let with = SignatureAlgorithm::from_identifier(&element, Some(DigestAlgorithm::Sha512));
        assert_eq!(with, Ok(Some(SignatureAlgorithm::RsaPkcs1Sha512)));
        assert_eq!(SignatureAlgorithm::from_identifier(&element, None), Ok(None));
    }
}
