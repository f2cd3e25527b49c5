//! Time-stamp token: a CMS signature over a TSTInfo. RFC 3161 2.4.2; RFC 5816.

use super::{Imprint, Nonce, TspError};
use crate::Oid;
use crate::asn1::{BOOLEAN, GENERALIZED_TIME, INTEGER, SEQUENCE, Tlv, context};
use crate::calendar::asn1_time;
use crate::cms::ID_TST_INFO;
use crate::cms::view::SignedData;
use crate::crypto::CryptoProvider;
use crate::x509::{Certificate, key_purpose};

/// What the authority states.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimestampInfo {
    /// Time of the time-stamp, in whole Unix seconds.
    pub time: u64,
    /// Policy under which it was made.
    pub policy: Oid,
    /// What was time-stamped.
    pub imprint: Imprint,
    /// Serial number, big-endian.
    pub serial: Vec<u8>,
    /// Nonce of the request.
    pub nonce: Option<Nonce>,
}

/// A token as bytes, with what it states. It may come from anywhere: [`verify`](Self::verify) says whether it is genuine.
#[derive(Debug, Clone)]
pub struct TimestampToken {
    der: Vec<u8>,
    info: TimestampInfo,
}

impl PartialEq for TimestampToken {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for TimestampToken {}

impl TimestampToken {
    /// Reads a DER `TimeStampToken` (a CMS `ContentInfo`).
    ///
    /// # Errors
    /// If the bytes are no token, or its imprint uses a digest that is not accepted.
    pub fn from_der(der: &[u8]) -> Result<Self, TspError> {
        let (signed_data, rest) = SignedData::read(der)?;
        if !rest.is_empty() {
            return Err(TspError::Malformed { what: "the token (bytes follow it)" });
        }
        if signed_data.content_type != ID_TST_INFO {
            return Err(TspError::Malformed { what: "the token's content type" });
        }
        let content = signed_data.content.ok_or(TspError::Malformed { what: "the token's content" })?;
        Ok(Self { info: TimestampInfo::read(&content)?, der: der.to_vec() })
    }

    /// The DER encoding, as it was given.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What the token states.
    pub fn info(&self) -> &TimestampInfo {
        &self.info
    }

    /// The certificates inside.
    pub fn certificates(&self) -> Vec<Certificate> {
        let Ok((signed_data, _)) = SignedData::read(&self.der) else {
            return Vec::new();
        };
        signed_data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
    }

    /// Checks that the token is over `data`.
    ///
    /// # Errors
    /// [`TspError::WrongImprint`].
    pub fn require_imprint_of(&self, data: &[u8]) -> Result<(), TspError> {
        let imprint = &self.info.imprint;
        if imprint.algorithm().digest(data) == imprint.digest() { Ok(()) } else { Err(TspError::WrongImprint) }
    }

    /// Verifies the token's signature with a certificate inside it or among `others`, and returns that certificate.
    ///
    /// Cryptographic yes or no, and the purpose of the certificate; no path, no revocation.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn verify(&self, others: &[Certificate], provider: &dyn CryptoProvider) -> Result<Certificate, TspError> {
        let (signed_data, _) = SignedData::read(&self.der)?;
        let signer = signed_data.only_signer()?;
        let certificate = signed_data.signing_certificate(signer, others).ok_or(TspError::NoCertificate)?;
        // RFC 3161 2.3: exactly this purpose, and critical.
        let purposes = certificate.extended_key_usage().unwrap_or_default();
        if purposes != [key_purpose::TIME_STAMPING] || !certificate.extended_key_usage_is_critical() {
            return Err(TspError::NotForTimestamping);
        }
        // RFC 3161 2.4.2 with RFC 5816 2.2.1: the signing certificate is referenced, by the new form or the old one.
        match signer.references(&certificate)? {
            Some(true) => {}
            None if signer.has_old_reference() => {}
            Some(false) | None => return Err(TspError::WrongCertificateReference),
        }
        let content = signed_data.content.as_deref().ok_or(TspError::Malformed { what: "the token's content" })?;
        if signer.content_type()? != Some(ID_TST_INFO) {
            return Err(TspError::Malformed { what: "the token's signed content type" });
        }
        let (Some(digest), Some(_)) = (signer.digest, signer.algorithm) else {
            return Err(TspError::UnsupportedAlgorithm);
        };
        if signer.message_digest()? != Some(digest.digest(content).as_slice()) {
            return Err(TspError::Altered);
        }
        signer.verify_value(&certificate, provider).map_err(TspError::BadSignature)?;
        if self.info.time < certificate.not_before() || self.info.time > certificate.not_after() {
            return Err(TspError::OutsideValidity);
        }
        Ok(certificate)
    }
}

impl TimestampInfo {
    fn read(content: &[u8]) -> Result<Self, TspError> {
        const WHAT: &str = "the time-stamp information";
        let mut fields = Tlv::parse(content, SEQUENCE, WHAT)?.reader();
        if fields.expect(INTEGER, WHAT)?.unsigned(WHAT)? != 1 {
            return Err(TspError::Malformed { what: "the version of the time-stamp information" });
        }
        let policy = fields.read(WHAT)?.oid(WHAT)?;
        let imprint = Imprint::read(&fields.expect(SEQUENCE, WHAT)?)?;
        let serial = fields.expect(INTEGER, WHAT)?.value.to_vec();
        let time = asn1_time(&fields.expect(GENERALIZED_TIME, "the time of the time-stamp")?)?;
        fields.optional(SEQUENCE, "the accuracy")?;
        fields.optional(BOOLEAN, "the ordering flag")?;
        let nonce = fields.optional(INTEGER, "the nonce")?.map(|nonce| Nonce::read(&nonce));
        fields.optional(context(0), "the authority's name")?;
        fields.optional(context(1), "the extensions")?;
        fields.finish(WHAT)?;
        Ok(Self { time, policy, imprint, serial, nonce })
    }
}
