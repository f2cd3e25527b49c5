//! Time-stamp request. RFC 3161 2.4.1.

use super::TspError;
use crate::Oid;
use crate::asn1::{self, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, Tlv};
use crate::crypto::DigestAlgorithm;

/// What is time-stamped: a digest and its algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imprint {
    algorithm: DigestAlgorithm,
    digest: Vec<u8>,
}

impl Imprint {
    /// An imprint from a digest that is already there; `None` if the length does not fit the algorithm.
    pub fn from_digest(algorithm: DigestAlgorithm, digest: &[u8]) -> Option<Self> {
        (digest.len() == algorithm.output_len()).then(|| Self { algorithm, digest: digest.to_vec() })
    }

    /// The imprint of some data.
    pub fn of(algorithm: DigestAlgorithm, data: &[u8]) -> Self {
        Self { algorithm, digest: algorithm.digest(data) }
    }

    /// Digest algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Digest.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    fn to_der(&self) -> Vec<u8> {
        // Some authorities insist on the NULL of RFC 3161's time.
        let algorithm = asn1::sequence(&[&asn1::oid(&self.algorithm.oid()), &asn1::null()]);
        asn1::sequence(&[&algorithm, &asn1::octet_string(&self.digest)])
    }

    pub(super) fn read(element: &Tlv<'_>) -> Result<Self, TspError> {
        const WHAT: &str = "the message imprint";
        let mut fields = element.reader();
        let algorithm = fields.expect(SEQUENCE, WHAT)?.reader().read(WHAT)?.oid(WHAT)?;
        let digest = fields.expect(OCTET_STRING, WHAT)?.value;
        fields.finish(WHAT)?;
        let algorithm = DigestAlgorithm::from_oid(&algorithm).ok_or(TspError::UnsupportedAlgorithm)?;
        Self::from_digest(algorithm, digest).ok_or(TspError::Malformed { what: WHAT })
    }
}

/// A number that links an answer to its request. Compared by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(Vec<u8>);

impl Nonce {
    /// A nonce from random octets, read as a non-negative number. Eight octets suit every authority.
    pub fn from_bytes(big_endian: &[u8]) -> Self {
        let start = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
        Self(big_endian.get(start..).unwrap_or_default().to_vec())
    }

    /// The number, big-endian, without leading zero octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn read(element: &Tlv<'_>) -> Self {
        Self::from_bytes(element.value)
    }
}

/// A request for a time-stamp token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRequest {
    imprint: Imprint,
    policy: Option<Oid>,
    nonce: Option<Nonce>,
    wants_certificates: bool,
}

impl TimestampRequest {
    /// A request with a nonce that asks for the authority's certificates, which a signature time-stamp needs.
    pub fn new(imprint: Imprint, nonce: Nonce) -> Self {
        Self { imprint, policy: None, nonce: Some(nonce), wants_certificates: true }
    }

    /// The same without a nonce. Such an answer could be an old one: only for authorities that refuse nonces.
    #[must_use]
    pub fn without_nonce(mut self) -> Self {
        self.nonce = None;
        self
    }

    /// Asks for a policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Oid) -> Self {
        self.policy = Some(policy);
        self
    }

    /// What is to be time-stamped.
    pub fn imprint(&self) -> &Imprint {
        &self.imprint
    }

    /// Policy that is asked for.
    pub fn policy(&self) -> Option<&Oid> {
        self.policy.as_ref()
    }

    /// Nonce.
    pub fn nonce(&self) -> Option<&Nonce> {
        self.nonce.as_ref()
    }

    /// Whether the answer is to hold the authority's certificates.
    pub fn wants_certificates(&self) -> bool {
        self.wants_certificates
    }

    /// DER `TimeStampReq`; the body of an `application/timestamp-query`.
    pub fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![asn1::unsigned(&[1]), self.imprint.to_der()];
        if let Some(policy) = &self.policy {
            parts.push(asn1::oid(policy));
        }
        if let Some(nonce) = &self.nonce {
            parts.push(asn1::unsigned(&nonce.0));
        }
        if self.wants_certificates {
            parts.push(asn1::tlv(BOOLEAN, &[&[0xff]]));
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        asn1::sequence(&parts)
    }

    /// Reads a DER `TimeStampReq`.
    ///
    /// # Errors
    /// [`TspError::Malformed`], or [`TspError::UnsupportedAlgorithm`] for a digest algorithm that is not accepted.
    pub fn from_der(der: &[u8]) -> Result<Self, TspError> {
        const WHAT: &str = "the time-stamp request";
        let mut fields: Reader<'_> = Tlv::parse(der, SEQUENCE, WHAT)?.reader();
        if fields.expect(INTEGER, WHAT)?.unsigned(WHAT)? != 1 {
            return Err(TspError::Malformed { what: "the version of the time-stamp request" });
        }
        let imprint = Imprint::read(&fields.expect(SEQUENCE, WHAT)?)?;
        let policy = fields.optional(OBJECT_IDENTIFIER, WHAT)?.map(|oid| oid.oid(WHAT)).transpose()?;
        let nonce = fields.optional(INTEGER, WHAT)?.map(|nonce| Nonce::read(&nonce));
        let wants_certificates = fields.optional(BOOLEAN, WHAT)?.is_some_and(|flag| flag.value != [0]);
        // Extensions are not known here; a request that depends on one must not be treated as if it did not.
        fields.finish("the extensions of the time-stamp request")?;
        Ok(Self { imprint, policy, nonce, wants_certificates })
    }
}
