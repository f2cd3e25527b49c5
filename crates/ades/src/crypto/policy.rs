//! Which algorithms may make a signature, and until when. ETSI TS 119 312 V2.1.1 clauses 5.1, 6.2.2, 7 and 8.4.
//!
//! One table for everything that signs. It tells what may be made, not what may be believed: a signature made in time stays good
//! for as long as time-stamps prove that it was.

use std::fmt;

use super::{DigestAlgorithm, SignatureAlgorithm, SignatureScheme};
use crate::calendar::Civil;
use crate::x509::PublicKeyKind;

/// 2028-12-31 23:59:59 UTC.
const END_OF_2028: u64 = 1_861_919_999;
/// 2034-12-31 23:59:59 UTC.
const END_OF_2034: u64 = 2_051_222_399;

/// What a row of the table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item {
    /// A digest algorithm.
    Digest(DigestAlgorithm),
    /// A signature scheme, whatever the key.
    Scheme(SignatureScheme),
    /// A kind of key other than RSA.
    Key(PublicKeyKind),
    /// RSA keys whose modulus has this many bits, both ends included.
    RsaBits {
        /// Fewest bits.
        least: u32,
        /// Most bits.
        most: u32,
    },
}

/// What the table says about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// For new systems, without an end that is known.
    Recommended,
    /// Still accepted, until the date of the row.
    Legacy,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it is about.
    pub item: Item,
    /// Whether it is for new systems.
    pub status: Status,
    /// The last second (Unix) at which a signature may be made with it; `None` if no end is known.
    pub until: Option<u64>,
    /// Clause of TS 119 312.
    pub clause: &'static str,
}

const fn recommended(item: Item, clause: &'static str) -> Entry {
    Entry { item, status: Status::Recommended, until: None, clause }
}

const fn legacy(item: Item, until: u64, clause: &'static str) -> Entry {
    Entry { item, status: Status::Legacy, until: Some(until), clause }
}

/// Whatever is not in it is not accepted.
static TABLE: [Entry; 16] = [
    recommended(Item::Digest(DigestAlgorithm::Sha256), "5.1"),
    recommended(Item::Digest(DigestAlgorithm::Sha384), "5.1"),
    recommended(Item::Digest(DigestAlgorithm::Sha512), "5.1"),
    recommended(Item::Digest(DigestAlgorithm::Sha3_256), "5.1"),
    recommended(Item::Digest(DigestAlgorithm::Sha3_384), "5.1"),
    recommended(Item::Digest(DigestAlgorithm::Sha3_512), "5.1"),
    recommended(Item::Scheme(SignatureScheme::RsaPss), "6.2.2.1"),
    legacy(Item::Scheme(SignatureScheme::RsaPkcs1), END_OF_2034, "6.2.2.1"),
    recommended(Item::Scheme(SignatureScheme::Ecdsa), "6.2.2.3"),
    recommended(Item::Scheme(SignatureScheme::Ed25519), "6.2.2.4"),
    legacy(Item::RsaBits { least: 2_048, most: 2_999 }, END_OF_2028, "8.4"),
    recommended(Item::RsaBits { least: 3_000, most: 8_192 }, "8.4"),
    recommended(Item::Key(PublicKeyKind::P256), "6.2.2.3"),
    recommended(Item::Key(PublicKeyKind::P384), "6.2.2.3"),
    recommended(Item::Key(PublicKeyKind::P521), "6.2.2.3"),
    recommended(Item::Key(PublicKeyKind::Ed25519), "6.2.2.4"),
];

/// Why a signature must not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// The key is of another kind than the algorithm needs.
    #[error("the signature algorithm does not fit the kind of key; choose an algorithm for this key")]
    DoesNotFitKey,
    /// No row of the table allows it.
    #[error("{0} is not accepted for signatures (TS 119 312); use a key and an algorithm of the table")]
    NotAccepted(Item),
    /// Its date has passed.
    #[error("{item} was accepted for signatures until {} only (TS 119 312); use another key or algorithm", Day(*until))]
    PastItsDate {
        /// What it is about.
        item: Item,
        /// The last second at which it was accepted.
        until: u64,
    },
}

/// The rows of the table; each can be printed.
pub fn table() -> impl Iterator<Item = &'static Entry> {
    TABLE.iter()
}

/// Whether a signature by `algorithm` with a key of this kind may be made at `at` (Unix seconds).
///
/// # Errors
/// The first of: kind of key, size or curve of the key, scheme, digest.
pub fn accepted(algorithm: SignatureAlgorithm, key: PublicKeyKind, at: u64) -> Result<(), PolicyError> {
    if !algorithm.fits(key) {
        return Err(PolicyError::DoesNotFitKey);
    }
    let key = match key {
        PublicKeyKind::Rsa { bits } => Item::RsaBits { least: bits, most: bits },
        other => Item::Key(other),
    };
    for item in [key, Item::Scheme(algorithm.scheme()), Item::Digest(algorithm.digest())] {
        item_accepted(item, at)?;
    }
    Ok(())
}

/// Whether a digest may be used for something made at `at`: an imprint, a reference, an index.
///
/// # Errors
/// If it is past its date.
pub fn digest_accepted(algorithm: DigestAlgorithm, at: u64) -> Result<(), PolicyError> {
    item_accepted(Item::Digest(algorithm), at)
}

fn item_accepted(item: Item, at: u64) -> Result<(), PolicyError> {
    let entry = table().find(|entry| entry.item.covers(item)).ok_or(PolicyError::NotAccepted(item))?;
    match entry.until {
        Some(until) if at > until => Err(PolicyError::PastItsDate { item, until }),
        _ => Ok(()),
    }
}

impl Item {
    fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::RsaBits { least, most }, Self::RsaBits { least: fewest, most: highest }) => {
                least <= fewest && highest <= most
            }
            _ => self == other,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(formatter, "{digest}"),
            Self::Scheme(SignatureScheme::Ecdsa) => formatter.write_str("ECDSA"),
            Self::Scheme(SignatureScheme::RsaPkcs1) => formatter.write_str("RSASSA-PKCS1-v1_5"),
            Self::Scheme(SignatureScheme::RsaPss) => formatter.write_str("RSASSA-PSS"),
            Self::Scheme(SignatureScheme::Ed25519) => formatter.write_str("EdDSA"),
            Self::Key(PublicKeyKind::P256) => formatter.write_str("curve P-256"),
            Self::Key(PublicKeyKind::P384) => formatter.write_str("curve P-384"),
            Self::Key(PublicKeyKind::P521) => formatter.write_str("curve P-521"),
            Self::Key(PublicKeyKind::Ed25519) => formatter.write_str("Ed25519"),
            Self::Key(_) => formatter.write_str("this kind of key"),
            Self::RsaBits { least, most } if least == most => write!(formatter, "RSA with {least} bits"),
            Self::RsaBits { least, most } => write!(formatter, "RSA with {least} to {most} bits"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Recommended => "recommended",
            Status::Legacy => "legacy",
        };
        write!(formatter, "{}: {status}", self.item)?;
        if let Some(until) = self.until {
            write!(formatter, " until {}", Day(until))?;
        }
        write!(formatter, " ({})", self.clause)
    }
}

/// The day of a time, as in ISO 8601.
struct Day(u64);

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil { year, month, day, .. } = Civil::from_unix(self.0);
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_2026: u64 = 1_780_000_000;

    #[test]
    fn every_algorithm_is_accepted_today_with_some_key_and_refused_with_another() {
        let keys = [
            PublicKeyKind::P256,
            PublicKeyKind::P384,
            PublicKeyKind::P521,
            PublicKeyKind::Ed25519,
            PublicKeyKind::Rsa { bits: 3_072 },
        ];
        for algorithm in SignatureAlgorithm::ALL {
            let fitting = keys.iter().filter(|key| accepted(algorithm, **key, IN_2026).is_ok()).count();
            assert!((1..keys.len()).contains(&fitting), "{algorithm:?}");
            assert_eq!(accepted(algorithm, PublicKeyKind::Other, IN_2026), Err(PolicyError::DoesNotFitKey));
        }
    }

    #[test]
    fn short_rsa_keys_end_with_2028() {
        let short = PublicKeyKind::Rsa { bits: 2_048 };
        let algorithm = SignatureAlgorithm::RsaPssSha256;
        assert_eq!(accepted(algorithm, short, END_OF_2028), Ok(()));
        let error = accepted(algorithm, short, END_OF_2028 + 1).unwrap_err();
        assert_eq!(
            error.to_string(),
            "RSA with 2048 bits was accepted for signatures until 2028-12-31 only (TS 119 312); use another key or algorithm"
        );
        assert_eq!(accepted(algorithm, PublicKeyKind::Rsa { bits: 3_000 }, END_OF_2028 + 1), Ok(()));
    }

    #[test]
    fn pkcs1_ends_with_2034_and_pss_does_not() {
        let key = PublicKeyKind::Rsa { bits: 4_096 };
        assert_eq!(accepted(SignatureAlgorithm::RsaPkcs1Sha256, key, END_OF_2034), Ok(()));
        assert!(matches!(
            accepted(SignatureAlgorithm::RsaPkcs1Sha256, key, END_OF_2034 + 1),
            Err(PolicyError::PastItsDate { item: Item::Scheme(SignatureScheme::RsaPkcs1), .. })
        ));
        assert_eq!(accepted(SignatureAlgorithm::RsaPssSha256, key, END_OF_2034 + 1), Ok(()));
    }

    #[test]
    fn keys_outside_the_table_are_not_accepted() {
        for bits in [1_024, 2_047, 8_193] {
            let error = accepted(SignatureAlgorithm::RsaPssSha256, PublicKeyKind::Rsa { bits }, IN_2026).unwrap_err();
            assert!(matches!(error, PolicyError::NotAccepted(_)), "{bits}");
        }
    }

    #[test]
    fn the_table_can_be_printed() {
        let lines: Vec<_> = table().map(Entry::to_string).collect();
        assert!(lines.contains(&"RSA with 2048 to 2999 bits: legacy until 2028-12-31 (8.4)".to_owned()), "{lines:?}");
        assert!(lines.contains(&"SHA3-512: recommended (5.1)".to_owned()), "{lines:?}");
    }
}
