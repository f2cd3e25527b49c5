//! Time-stamp response. RFC 3161 2.4.2.

use std::fmt;

use super::{TimestampRequest, TimestampToken, TspError};
use crate::asn1::{self, BIT_STRING, INTEGER, Reader, SEQUENCE, Tlv};
use crate::crypto::CryptoProvider;

/// `PKIStatus` with the texts and reason that came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseStatus {
    code: u64,
    text: Option<String>,
    reason: Option<FailureReason>,
}

/// `PKIFailureInfo` of RFC 3161 2.4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureReason {
    /// Digest algorithm not known to the authority.
    BadAlgorithm,
    /// Transaction not allowed or not supported.
    BadRequest,
    /// Data in the wrong format.
    BadDataFormat,
    /// The authority's clock is not available.
    TimeNotAvailable,
    /// Policy not supported.
    UnacceptedPolicy,
    /// Extension not supported.
    UnacceptedExtension,
    /// Additional information not available.
    AddInfoNotAvailable,
    /// Failure on the authority's side.
    SystemFailure,
    /// A bit without a meaning in the standard.
    Unknown,
}

impl ResponseStatus {
    /// Whether a token was granted (0, or 1 "with modifications").
    pub fn is_granted(&self) -> bool {
        self.code <= 1
    }

    /// The number of `PKIStatus`.
    pub fn code(&self) -> u64 {
        self.code
    }

    /// The authority's own words, cut to 200 characters, without control characters.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The reason, if one was given.
    pub fn reason(&self) -> Option<FailureReason> {
        self.reason
    }

    fn read(element: &Tlv<'_>) -> Result<Self, TspError> {
        const WHAT: &str = "the status";
        let mut fields = element.reader();
        let code = fields.expect(INTEGER, WHAT)?.unsigned(WHAT)?;
        let text = match fields.optional(SEQUENCE, WHAT)? {
            Some(texts) => Some(joined(texts.reader())?),
            None => None,
        };
        let reason = fields.optional(BIT_STRING, WHAT)?.map(|bits| FailureReason::read(bits.value));
        fields.finish(WHAT)?;
        Ok(Self { code, text, reason })
    }
}

fn joined(mut texts: Reader<'_>) -> Result<String, TspError> {
    let mut joined = String::new();
    while !texts.is_empty() {
        let text = texts.read("the status text")?;
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&String::from_utf8_lossy(text.value));
    }
    Ok(joined.chars().filter(|character| !character.is_control()).take(200).collect())
}

impl FailureReason {
    fn read(bits: &[u8]) -> Self {
        let content = bits.split_first().map(|(_, rest)| rest).unwrap_or_default();
        let first = content.iter().enumerate().find(|(_, byte)| **byte != 0);
        let bit = first.map(|(index, byte)| index * 8 + usize::try_from(byte.leading_zeros()).unwrap_or(0));
        match bit {
            Some(0) => Self::BadAlgorithm,
            Some(2) => Self::BadRequest,
            Some(5) => Self::BadDataFormat,
            Some(14) => Self::TimeNotAvailable,
            Some(15) => Self::UnacceptedPolicy,
            Some(16) => Self::UnacceptedExtension,
            Some(17) => Self::AddInfoNotAvailable,
            Some(25) => Self::SystemFailure,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for ResponseStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.code {
            0 => "granted",
            1 => "granted with modifications",
            2 => "rejection",
            3 => "waiting",
            4 => "revocation warning",
            5 => "revocation notification",
            _ => "unknown status",
        };
        formatter.write_str(name)?;
        if let Some(reason) = self.reason {
            write!(formatter, ", {reason:?}")?;
        }
        match &self.text {
            Some(text) if !text.is_empty() => write!(formatter, ", \"{text}\""),
            _ => Ok(()),
        }
    }
}

/// An answer: a status and perhaps a token, nothing about it checked yet.
#[derive(Debug, Clone)]
pub struct TimestampResponse {
    status: ResponseStatus,
    token: Option<TimestampToken>,
}

impl TimestampResponse {
    /// Reads the body of an `application/timestamp-reply`.
    ///
    /// # Errors
    /// If the bytes are no `TimeStampResp`.
    pub fn from_der(der: &[u8]) -> Result<Self, TspError> {
        let mut fields = Tlv::parse(der, SEQUENCE, "the time-stamp response")?.reader();
        let status = ResponseStatus::read(&fields.expect(SEQUENCE, "the status")?)?;
        let token = match fields.optional(SEQUENCE, "the token")? {
            Some(token) => Some(TimestampToken::from_der(token.raw)?),
            None => None,
        };
        fields.finish("the time-stamp response")?;
        Ok(Self { status, token })
    }

    /// What the authority said.
    pub fn status(&self) -> &ResponseStatus {
        &self.status
    }

    /// The token as it came, nothing about it checked.
    pub fn unchecked_token(&self) -> Option<&TimestampToken> {
        self.token.as_ref()
    }

    /// The token, if this is a good answer to `request`.
    ///
    /// RFC 3161 2.2 and 2.4.2: status, imprint, nonce, policy, certificate purpose and signature are checked. Trust in the
    /// certificate is not; that is validation.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn into_token(
        self,
        request: &TimestampRequest,
        provider: &dyn CryptoProvider,
    ) -> Result<TimestampToken, TspError> {
        if !self.status.is_granted() {
            return Err(TspError::Refused { status: self.status });
        }
        let token = self.token.ok_or(TspError::Malformed { what: "the response (granted, but without a token)" })?;
        let info = token.info();
        if info.imprint != *request.imprint() {
            return Err(TspError::WrongImprint);
        }
        if request.nonce().is_some() && info.nonce.as_ref() != request.nonce() {
            return Err(TspError::WrongNonce);
        }
        if request.policy().is_some_and(|policy| *policy != info.policy) {
            return Err(TspError::WrongPolicy { found: info.policy });
        }
        token.verify(&[], provider)?;
        Ok(token)
    }

    /// A granted response around a token, for those who answer time-stamp requests with tokens got elsewhere.
    pub fn granted(token: &TimestampToken) -> Vec<u8> {
        let status = asn1::sequence(&[&asn1::unsigned(&[0])]);
        asn1::sequence(&[&status, token.der()])
    }
}
