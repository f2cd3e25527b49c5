//! A revocation list as bytes, with what it says. RFC 5280 5.

use std::ops::Range;
use std::sync::Arc;

use super::FormatError;
use crate::Oid;
use crate::asn1::{
    BIT_STRING, BOOLEAN, GENERALIZED_TIME, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, Tlv, UTC_TIME, context,
    context_primitive,
};
use crate::calendar::asn1_time;
use crate::crypto::{CryptoProvider, SignatureAlgorithm, VerifyError};
use crate::x509::{Certificate, DistinguishedName, distribution_point_key};

const ENUMERATED: u8 = 0x0a;
const WHAT: &str = "the revocation list";
const CRL_NUMBER: Oid = Oid::new_unwrap("2.5.29.20");
const REASON: Oid = Oid::new_unwrap("2.5.29.21");
const DELTA_CRL_INDICATOR: Oid = Oid::new_unwrap("2.5.29.27");
const ISSUING_DISTRIBUTION_POINT: Oid = Oid::new_unwrap("2.5.29.28");
const CERTIFICATE_ISSUER: Oid = Oid::new_unwrap("2.5.29.29");
const AUTHORITY_KEY_IDENTIFIER: Oid = Oid::new_unwrap("2.5.29.35");
const EXPIRED_CERTIFICATES: Oid = Oid::new_unwrap("2.5.29.60");

/// Since when a certificate is revoked, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Since when, Unix time.
    pub at: u64,
    /// The number of the reason (RFC 5280 5.3.1), if one is given.
    pub reason: Option<u8>,
}

/// For which certificates silence of the list means "not revoked". RFC 5280 5.2.4, 5.2.5.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrlScope {
    /// It says only what changed since another list.
    pub delta: bool,
    /// It also names certificates of other issuers.
    pub indirect: bool,
    /// It is about end entities only.
    pub only_user_certificates: bool,
    /// It is about authorities only.
    pub only_ca_certificates: bool,
    /// It is about attribute certificates only.
    pub only_attribute_certificates: bool,
    /// It is about some reasons of revocation only.
    pub only_some_reasons: bool,
    /// The full names of the distribution point that it is for, comparable with those in certificates; `None` if it is for all.
    distribution_points: Option<Vec<Vec<u8>>>,
    /// A critical extension of the list or of an entry is not known here, so what it means is not known either.
    pub unknown_critical_extension: bool,
}

/// A parsed revocation list. Two are equal if their bytes are.
///
/// Entries are read through once and then looked up in the bytes, so a list costs its own length in memory and not a table besides.
#[derive(Debug, Clone)]
pub struct Crl {
    der: Arc<[u8]>,
    signed: Range<usize>,
    entries: Range<usize>,
    entry_count: usize,
    issuer: DistinguishedName,
    this_update: u64,
    next_update: Option<u64>,
    scope: CrlScope,
    number: Option<Vec<u8>>,
    authority_key: Option<Vec<u8>>,
    expired_since: Option<u64>,
    algorithm: Option<SignatureAlgorithm>,
    signature: Vec<u8>,
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Crl {}

impl Crl {
    /// Reads a `CertificateList`. Its signature is not looked at.
    ///
    /// # Errors
    /// If the bytes are no revocation list.
    pub fn from_der(der: &[u8]) -> Result<Self, FormatError> {
        let mut outer = Tlv::parse(der, SEQUENCE, WHAT)?.reader();
        let tbs = outer.expect(SEQUENCE, WHAT)?;
        let outer_algorithm = outer.expect(SEQUENCE, "the list's signature algorithm")?;
        let signature = outer.expect(BIT_STRING, "the list's signature value")?;
        outer.finish(WHAT)?;

        let mut fields = tbs.reader();
        fields.optional(INTEGER, "the version of the revocation list")?;
        let algorithm = fields.expect(SEQUENCE, "the list's signature algorithm")?;
        // RFC 5280 5.1.1.2: both must be the same, or the signed one could be read as another.
        if algorithm.raw != outer_algorithm.raw {
            return Err(FormatError::Malformed { what: "the list's signature algorithm" });
        }
        let issuer = DistinguishedName::from_der(fields.expect(SEQUENCE, "the list's issuer")?.raw)?;
        let this_update = asn1_time(&fields.read("the list's time")?)?;
        let next_update = match fields.peek() {
            Some(UTC_TIME | GENERALIZED_TIME) => Some(asn1_time(&fields.read("the list's next time")?)?),
            _ => None,
        };
        let entries = fields.optional(SEQUENCE, "the entries of the list")?.map(|list| list.value).unwrap_or_default();
        let extensions = fields.optional(context(0), "the list's extensions")?;
        fields.finish(WHAT)?;

        let mut list = Self {
            signed: range_in(der, tbs.raw),
            entries: range_in(der, entries),
            entry_count: 0,
            issuer,
            this_update,
            next_update,
            scope: CrlScope::default(),
            number: None,
            authority_key: None,
            expired_since: None,
            algorithm: SignatureAlgorithm::from_identifier(&algorithm, None)?,
            signature: signature.value.split_first().map(|(_, rest)| rest.to_vec()).unwrap_or_default(),
            der: der.into(),
        };
        if let Some(extensions) = extensions {
            let mut all = extensions.reader().expect(SEQUENCE, "the list's extensions")?.reader();
            while !all.is_empty() {
                list.read_extension(&Extension::read(&mut all)?)?;
            }
        }
        let mut rest = Reader::new(entries);
        while !rest.is_empty() {
            let entry = Entry::read(&mut rest)?;
            list.scope.unknown_critical_extension |= entry.unknown_critical_extension;
            list.scope.indirect |= entry.names_other_issuer;
            list.entry_count += 1;
        }
        Ok(list)
    }

    fn read_extension(&mut self, extension: &Extension<'_>) -> Result<(), Malformed> {
        let value = extension.value;
        match extension.oid {
            CRL_NUMBER => {
                self.number = Some(Tlv::parse(value, INTEGER, "the list's number")?.value.to_vec());
            }
            DELTA_CRL_INDICATOR => self.scope.delta = true,
            ISSUING_DISTRIBUTION_POINT => self.scope.read_distribution_point(value)?,
            AUTHORITY_KEY_IDENTIFIER => {
                let mut fields = Tlv::parse(value, SEQUENCE, "the list's authority key identifier")?.reader();
                let key = fields.optional(context_primitive(0), "the list's authority key identifier")?;
                self.authority_key = key.map(|key| key.value.to_vec());
            }
            EXPIRED_CERTIFICATES => {
                self.expired_since = Some(asn1_time(&Reader::new(value).read("since when the list keeps entries")?)?);
            }
            _ => self.scope.unknown_critical_extension |= extension.critical,
        }
        Ok(())
    }

    /// The bytes as they came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Who made it.
    #[must_use]
    pub fn issuer(&self) -> &DistinguishedName {
        &self.issuer
    }

    /// From when it is, Unix time.
    #[must_use]
    pub fn this_update(&self) -> u64 {
        self.this_update
    }

    /// When the next one comes at the latest, if it says so.
    #[must_use]
    pub fn next_update(&self) -> Option<u64> {
        self.next_update
    }

    /// For which certificates it is.
    #[must_use]
    pub fn scope(&self) -> &CrlScope {
        &self.scope
    }

    /// Content octets of its number (RFC 5280 5.2.3).
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.number.as_deref()
    }

    /// The identifier of the key that signed it, if it names one.
    #[must_use]
    pub fn authority_key(&self) -> Option<&[u8]> {
        self.authority_key.as_deref()
    }

    /// Certificates that expired after this time are still listed (`expiredCertsOnCRL`, X.509 9.5.2.8).
    #[must_use]
    pub fn keeps_expired_since(&self) -> Option<u64> {
        self.expired_since
    }

    /// How it is signed; `None` if by an algorithm unknown here.
    #[must_use]
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        self.algorithm
    }

    /// The number of certificates on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entry_count
    }

    /// Whether no certificate is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entry_count == 0
    }

    /// The entry of the certificate with this serial number (content octets of the INTEGER), if it is listed.
    ///
    /// Meaningful only for certificates of its issuer and within its [`scope`](Self::scope).
    #[must_use]
    pub fn revocation_of(&self, serial: &[u8]) -> Option<Revocation> {
        let wanted = minimal(serial);
        let mut rest = Reader::new(self.der.get(self.entries.clone()).unwrap_or_default());
        // Every entry was read when the list was; the last one about a certificate is the one that counts.
        let mut found = None;
        while let Ok(entry) = rest.expect(SEQUENCE, WHAT) {
            let mut fields = entry.reader();
            if let Ok(serial) = fields.expect(INTEGER, WHAT)
                && minimal(serial.value) == wanted
            {
                found = Entry::read(&mut Reader::new(entry.raw)).ok().map(|entry| entry.revocation);
            }
        }
        found
    }

    /// Checks the list's signature under the key of `issuer`. Names and purposes are not looked at.
    ///
    /// # Errors
    /// If the algorithm is unknown or the value does not verify.
    pub fn verify_signed_by(&self, issuer: &Certificate, provider: &dyn CryptoProvider) -> Result<(), VerifyError> {
        let algorithm = self.algorithm.ok_or(VerifyError::UnsuitableKey)?;
        let signed = self.der.get(self.signed.clone()).unwrap_or_default();
        provider.verify(issuer.spki_der(), algorithm, signed, &self.signature)
    }
}

impl CrlScope {
    /// Whether it is for a distribution point that the certificate points to. RFC 5280 6.3.3 (b)(2)(i).
    #[must_use]
    pub fn covers_distribution_point_of(&self, certificate: &Certificate) -> bool {
        let points_to = |points: &Vec<Vec<u8>>| certificate.crl_points().iter().any(|point| points.contains(point));
        self.distribution_points.as_ref().is_none_or(points_to)
    }

    fn read_distribution_point(&mut self, value: &[u8]) -> Result<(), Malformed> {
        const WHAT: &str = "the list's distribution point";
        let mut fields = Tlv::parse(value, SEQUENCE, WHAT)?.reader();
        if let Some(name) = fields.optional(context(0), WHAT)? {
            let mut points = Vec::new();
            // A name relative to the issuer is no full name; then the list is for none that a certificate has.
            if let Some(full) = name.reader().optional(context(0), WHAT)? {
                let mut names = full.reader();
                while !names.is_empty() {
                    points.push(distribution_point_key(names.read(WHAT)?.raw));
                }
            }
            self.distribution_points = Some(points);
        }
        while !fields.is_empty() {
            let field = fields.read(WHAT)?;
            let set = field.value != [0];
            match field.tag & 0x1f {
                1 => self.only_user_certificates = set,
                2 => self.only_ca_certificates = set,
                3 => self.only_some_reasons = true,
                4 => self.indirect = set,
                5 => self.only_attribute_certificates = set,
                _ => return Err(Malformed(WHAT)),
            }
        }
        Ok(())
    }
}

struct Entry {
    revocation: Revocation,
    unknown_critical_extension: bool,
    names_other_issuer: bool,
}

impl Entry {
    fn read(rest: &mut Reader<'_>) -> Result<Self, Malformed> {
        const WHAT: &str = "an entry of the revocation list";
        let mut fields = rest.expect(SEQUENCE, WHAT)?.reader();
        fields.expect(INTEGER, WHAT)?;
        let at = asn1_time(&fields.read(WHAT)?)?;
        let mut entry = Self {
            revocation: Revocation { at, reason: None },
            unknown_critical_extension: false,
            names_other_issuer: false,
        };
        if let Some(extensions) = fields.optional(SEQUENCE, WHAT)? {
            let mut all = extensions.reader();
            while !all.is_empty() {
                let extension = Extension::read(&mut all)?;
                match extension.oid {
                    REASON => {
                        let reason = Tlv::parse(extension.value, ENUMERATED, "the reason of a revocation")?;
                        entry.revocation.reason = reason.value.last().copied();
                    }
                    CERTIFICATE_ISSUER => entry.names_other_issuer = true,
                    _ => entry.unknown_critical_extension |= extension.critical,
                }
            }
        }
        fields.finish(WHAT)?;
        Ok(entry)
    }
}

/// One extension. RFC 5280 4.2.
pub(super) struct Extension<'a> {
    pub(super) oid: Oid,
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

impl<'a> Extension<'a> {
    pub(super) fn read(all: &mut Reader<'a>) -> Result<Self, Malformed> {
        const WHAT: &str = "an extension";
        let mut fields = all.expect(SEQUENCE, WHAT)?.reader();
        let oid = fields.read(WHAT)?.oid(WHAT)?;
        let critical = fields.optional(BOOLEAN, WHAT)?.is_some_and(|flag| flag.value != [0]);
        let value = fields.expect(OCTET_STRING, WHAT)?.value;
        fields.finish(WHAT)?;
        Ok(Self { oid, critical, value })
    }
}

/// Where `part`, a slice of `whole`, lies in it.
pub(super) fn range_in(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
    // An empty part may be no part of the whole at all.
    if part.is_empty() { 0..0 } else { start..start + part.len() }
}

/// The shortest encoding of the same INTEGER: some issuers write more octets than DER has. The sign octet stays, 255 is not -1.
pub(super) fn minimal(number: &[u8]) -> &[u8] {
    let mut rest = number;
    while let [0, second, ..] = rest
        && second & 0x80 == 0
    {
        rest = rest.get(1..).unwrap_or_default();
    }
    rest
}
