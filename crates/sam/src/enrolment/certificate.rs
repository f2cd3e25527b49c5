//! The few fields of a certificate that linking it to a key needs, and its issuer's signature. RFC 5280 4.1.
//!
//! A reader of exactly this structure: no extensions, no names, no path. Whether the issuer may certify was decided by the registration
//! authority, which names its public key.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use crate::crypto::sha256;
use crate::ids::Hash;

/// The largest certificate that is read.
const CERTIFICATE_MAX: usize = 16 * 1024;

/// What is read of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateView<'a> {
    tbs: &'a [u8],
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    spki: &'a [u8],
    /// Unix time from which it is valid.
    pub not_before: u64,
    /// Unix time up to and including which it is valid.
    pub not_after: u64,
}

/// The bytes are not a certificate that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a certificate in the form of RFC 5280")]
pub struct CertificateError;

impl<'a> CertificateView<'a> {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// If the structure is another one.
    pub fn parse(der: &'a [u8]) -> Result<Self, CertificateError> {
        Self::read(der).ok_or(CertificateError)
    }

    /// SHA-256 of the public key (DER `SubjectPublicKeyInfo`).
    #[must_use]
    pub fn spki_sha256(&self) -> Hash {
        sha256(&[self.spki])
    }

    fn read(der: &'a [u8]) -> Option<Self> {
        if der.len() > CERTIFICATE_MAX {
            return None;
        }
        let mut outer = Der(der);
        let mut certificate = Der(outer.expect(SEQUENCE)?.content);
        outer.finish()?;
        let tbs = certificate.expect(SEQUENCE)?;
        let outer_algorithm = certificate.expect(SEQUENCE)?;
        let signature = certificate.expect(BIT_STRING)?.content.strip_prefix(&[0])?;
        certificate.finish()?;

        let mut fields = Der(tbs.content);
        // Version 3: [0] { INTEGER 2 }.
        if fields.expect(VERSION)?.content != [0x02, 0x01, 0x02] {
            return None;
        }
        fields.expect(INTEGER)?;
        let inner_algorithm = fields.expect(SEQUENCE)?;
        // RFC 5280 4.1.1.2: both must be the same.
        if inner_algorithm.whole != outer_algorithm.whole {
            return None;
        }
        fields.expect(SEQUENCE)?;
        let mut validity = Der(fields.expect(SEQUENCE)?.content);
        let not_before = validity.time()?;
        let not_after = validity.time()?;
        validity.finish()?;
        fields.expect(SEQUENCE)?;
        let spki = fields.expect(SEQUENCE)?.whole;
        Some(Self {
            tbs: tbs.whole,
            signature_algorithm: outer_algorithm.content,
            signature,
            spki,
            not_before,
            not_after,
        })
    }
}

/// Whether the key in `issuer` signed `certificate`.
#[must_use]
pub fn is_issued_by(certificate: &CertificateView<'_>, issuer: &CertificateView<'_>) -> bool {
    verification(certificate.signature_algorithm, issuer.spki).is_some_and(|algorithm| {
        UnparsedPublicKey::new(algorithm, issuer.spki).verify(certificate.tbs, certificate.signature).is_ok()
    })
}

/// The content of `AlgorithmIdentifier` as it is written for each algorithm that is accepted. RFC 5758 3.2; RFC 4055 5.
fn verification(algorithm: &[u8], issuer_spki: &[u8]) -> Option<&'static dyn VerificationAlgorithm> {
    const ECDSA: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
    const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    const P384: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 34];
    let on_p384 = issuer_spki.windows(P384.len()).take(32).any(|window| window == P384);
    if let Some(hash) = algorithm.strip_prefix(ECDSA) {
        return match (hash, on_p384) {
            ([2], false) => Some(&signature::ECDSA_P256_SHA256_ASN1),
            ([3], false) => Some(&signature::ECDSA_P256_SHA384_ASN1),
            ([2], true) => Some(&signature::ECDSA_P384_SHA256_ASN1),
            ([3], true) => Some(&signature::ECDSA_P384_SHA384_ASN1),
            _ => None,
        };
    }
    match algorithm.strip_prefix(RSA)? {
        [11, 5, 0] => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        [12, 5, 0] => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        [13, 5, 0] => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

struct Element<'a> {
    tag: u8,
    whole: &'a [u8],
    content: &'a [u8],
}

/// Elements with tags of one byte and definite lengths of up to two bytes, in their shortest form. X.690 8.1, 10.1.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn next(&mut self) -> Option<Element<'a>> {
        let (header_len, len) = match self.0 {
            [_, len @ 0..=0x7f, ..] => (2, usize::from(*len)),
            [_, 0x81, len @ 0x80..=0xff, ..] => (3, usize::from(*len)),
            [_, 0x82, high @ 1..=0xff, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
            _ => return None,
        };
        let (whole, rest) = self.0.split_at_checked(len.checked_add(header_len)?)?;
        let (header, content) = whole.split_at_checked(header_len)?;
        self.0 = rest;
        Some(Element { tag: *header.first()?, whole, content })
    }

    fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    fn finish(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    /// `Time`, in the forms that RFC 5280 4.1.2.5 permits.
    fn time(&mut self) -> Option<u64> {
        let element = self.next()?;
        let (century, digits) = match (element.tag, element.content) {
            (UTC_TIME, digits @ [tens, ..]) if digits.len() == 13 => (if *tens >= b'5' { 19 } else { 20 }, digits),
            (GENERALIZED_TIME, content) if content.len() == 15 => {
                let (century, digits) = content.split_at_checked(2)?;
                (number(century)?, digits)
            }
            _ => return None,
        };
        let (digits, zone) = digits.split_at_checked(12)?;
        if zone != b"Z" {
            return None;
        }
        let parts: Vec<u64> = digits.chunks_exact(2).map(number).collect::<Option<_>>()?;
        let [year, month, day, hour, minute, second] = *parts.as_slice() else {
            return None;
        };
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_since_1970(century.checked_mul(100)?.checked_add(year)?, month, day)?;
        let minutes = days.checked_mul(24)?.checked_add(hour)?.checked_mul(60)?.checked_add(minute)?;
        minutes.checked_mul(60)?.checked_add(second)
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, digit| {
        let value = digit.checked_sub(b'0').filter(|value| *value <= 9)?;
        sum.checked_mul(10)?.checked_add(u64::from(value))
    })
}

/// Days from 1970-01-01, counting years from March so that the leap day comes last.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) =
        if month > 2 { (year, month.checked_sub(3)?) } else { (year.checked_sub(1)?, month.checked_add(9)?) };
    let leap_days = (year / 4).checked_sub(year / 100)?.checked_add(year / 400)?;
    let in_year = month.checked_mul(153)?.checked_add(2)? / 5;
    // 719,469 days lie between 0000-03-01, day 1, and 1970-01-01.
    year.checked_mul(365)?.checked_add(leap_days)?.checked_add(in_year)?.checked_add(day)?.checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time(tag: u8, text: &str) -> Option<u64> {
        let der = [&[tag, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
        Der(&der).time()
    }

    #[test]
    fn times_are_read_as_unix_seconds() {
        assert_eq!(time(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(time(UTC_TIME, "240229235959Z"), Some(1_709_251_199));
        assert_eq!(time(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(time(GENERALIZED_TIME, "20500101000000Z"), Some(2_524_608_000));
        assert_eq!(time(GENERALIZED_TIME, "99991231235959Z"), Some(253_402_300_799));
    }

    #[test]
    fn other_forms_of_time_are_refused() {
        for (tag, text) in [
            (UTC_TIME, "7001010000Z"),
            (UTC_TIME, "700101000000+0000"),
            (UTC_TIME, "701301000000Z"),
            (UTC_TIME, "700100000000Z"),
            (UTC_TIME, "70010100000aZ"),
            (UTC_TIME, "500101000000Z"),
            (GENERALIZED_TIME, "20500101000000.5Z"),
            (GENERALIZED_TIME, "205001010000Z"),
            (INTEGER, "700101000000Z"),
        ] {
            assert_eq!(time(tag, text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = CertificateView::parse(&bytes);
        }
    }
}
