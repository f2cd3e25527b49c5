//! Time-stamp protocol messages. RFC 3161 2.4; RFC 5816 and RFC 5035 for the signing certificate.

use const_oid::ObjectIdentifier;
use der::asn1::{Any, BitString, GeneralizedTime, Int, OctetString};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct TimeStampReq {
    /// Always 1.
    pub version: u8,
    /// What is to be stamped.
    pub message_imprint: MessageImprint,
    /// The policy asked for.
    #[asn1(optional = "true")]
    pub req_policy: Option<ObjectIdentifier>,
    /// Ties the answer to the question.
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    /// Whether the TSA certificate is wanted in the token.
    #[asn1(default = "Default::default")]
    pub cert_req: bool,
    /// None is known here.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub extensions: Option<Extensions>,
}

/// A hash with its algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct MessageImprint {
    /// The algorithm.
    pub hash_algorithm: AlgorithmIdentifierOwned,
    /// The hash.
    pub hashed_message: OctetString,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct TimeStampResp {
    /// Granted or not.
    pub status: PkiStatusInfo,
    /// The token: a ContentInfo, when granted.
    #[asn1(optional = "true")]
    pub time_stamp_token: Option<Any>,
}

/// Granted or not, and why not.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct PkiStatusInfo {
    /// 0 granted, 1 granted with changes, 2 rejected.
    pub status: u8,
    /// For people.
    #[asn1(optional = "true")]
    pub status_string: Option<Vec<String>>,
    /// For programs: one bit per reason.
    #[asn1(optional = "true")]
    pub fail_info: Option<BitString>,
}

/// Why a request is rejected: bit numbers of PKIFailureInfo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailInfo {
    /// Unrecognised or unsupported algorithm.
    BadAlg = 0,
    /// Transaction not permitted or supported.
    BadRequest = 2,
    /// The data submitted has the wrong format.
    BadDataFormat = 5,
    /// The requested policy is not supported.
    UnacceptedPolicy = 15,
    /// The requested extension is not supported.
    UnacceptedExtension = 16,
    /// The request cannot be handled because of a failure of the system.
    SystemFailure = 25,
}

impl TimeStampResp {
    /// An answer without a token.
    pub fn rejection(reason: FailInfo, text: &str) -> Result<Vec<u8>, der::Error> {
        let bit = reason as usize;
        let mut bytes = vec![0; bit / 8 + 1];
        bytes[bit / 8] = 0x80 >> (bit % 8);
        // DER 11.2.2: a named bit list ends with its last one bit.
        let unused = 7 - (bit % 8) as u8;
        let status = PkiStatusInfo {
            status: 2,
            status_string: Some(vec![text.to_owned()]),
            fail_info: Some(BitString::new(unused, bytes)?),
        };
        Self { status, time_stamp_token: None }.to_der()
    }

    /// An answer with `token`, DER of a ContentInfo.
    pub fn granted(token: &[u8]) -> Result<Vec<u8>, der::Error> {
        let status = PkiStatusInfo { status: 0, status_string: None, fail_info: None };
        Self { status, time_stamp_token: Some(Any::from_der(token)?) }.to_der()
    }
}

/// What a token states.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct TstInfo {
    /// Always 1.
    pub version: u8,
    /// Under which policy.
    pub policy: ObjectIdentifier,
    /// What was stamped.
    pub message_imprint: MessageImprint,
    /// Unique for each token of a TSA.
    pub serial_number: Int,
    /// When.
    pub gen_time: GeneralizedTime,
    /// How exactly.
    #[asn1(optional = "true")]
    pub accuracy: Option<Accuracy>,
    /// Whether tokens can be ordered by time alone.
    #[asn1(default = "Default::default")]
    pub ordering: bool,
    /// The nonce of the request.
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    /// The TSA's name.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub tsa: Option<GeneralName>,
    /// None is used here.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub extensions: Option<Extensions>,
}

/// The largest deviation from UTC.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct Accuracy {
    /// Whole seconds.
    #[asn1(optional = "true")]
    pub seconds: Option<u32>,
    /// Milliseconds, 1 to 999.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub millis: Option<u16>,
    /// Microseconds, 1 to 999.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub micros: Option<u16>,
}

/// Ties a signature to the certificate of its signer. RFC 5035 3.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct SigningCertificateV2 {
    /// The signer's certificate first.
    pub certs: Vec<EssCertIdV2>,
}

/// A certificate by its hash; SHA-256, the default, so that the algorithm is left out.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct EssCertIdV2 {
    /// SHA-256 over the DER of the certificate.
    pub cert_hash: OctetString,
}

impl SigningCertificateV2 {
    /// The attribute for a certificate with this SHA-256 hash.
    pub fn of(sha256: &[u8]) -> Result<Self, der::Error> {
        Ok(Self { certs: vec![EssCertIdV2 { cert_hash: OctetString::new(sha256)? }] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_names_its_reason_as_a_minimal_bit_string() {
        let der = TimeStampResp::rejection(FailInfo::BadAlg, "no").unwrap();
        assert!(der.windows(4).any(|bytes| bytes == [0x03, 0x02, 0x07, 0x80]));
        let der = TimeStampResp::rejection(FailInfo::SystemFailure, "no").unwrap();
        assert!(der.windows(7).any(|bytes| bytes == [0x03, 0x05, 0x06, 0, 0, 0, 0x40]));
    }
}
