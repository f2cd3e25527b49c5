//! Online certificate status protocol messages. RFC 6960 4; nonce: RFC 9654.

use super::key::AuthorityKey;
use super::oid;
use super::time::generalized_time;
use crate::error::AuthorityError;
use aws_lc_rs::digest;
use der::asn1::{Any, BitString, GeneralizedTime, Int, Null, OctetString};
use der::{Choice, Decode, Encode, Enumerated, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::CrlReason;
use x509_cert::ext::{Extension, Extensions};

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct OcspRequest {
    /// The questions.
    pub tbs_request: TbsRequest,
    /// Signatures of requesters are accepted and not looked at.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub optional_signature: Option<Any>,
}

/// The questions.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct TbsRequest {
    /// v1, which is 0 and left out.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    pub version: u8,
    /// Who asks.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub requestor_name: Option<Any>,
    /// About which certificates.
    pub request_list: Vec<Question>,
    /// Among them the nonce.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub request_extensions: Option<Extensions>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct Question {
    /// About which certificate.
    pub cert_id: CertId,
    /// None is known here.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub extensions: Option<Extensions>,
}

/// A certificate by issuer and serial number.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct CertId {
    /// How name and key of the issuer are hashed.
    pub hash_algorithm: AlgorithmIdentifierOwned,
    /// Hash over the DER of the issuer's Name.
    pub issuer_name_hash: OctetString,
    /// Hash over the bits of the issuer's public key.
    pub issuer_key_hash: OctetString,
    /// The serial number.
    pub serial_number: Int,
}

impl CertId {
    /// Whether the certificate was issued under this name and key.
    #[must_use]
    pub fn is_issued_by(&self, name: &[u8], key_bits: &[u8]) -> bool {
        let algorithm = match self.hash_algorithm.oid {
            oid::SHA1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            oid::SHA256 => &digest::SHA256,
            _ => return false,
        };
        digest::digest(algorithm, name).as_ref() == self.issuer_name_hash.as_bytes()
            && digest::digest(algorithm, key_bits).as_ref() == self.issuer_key_hash.as_bytes()
    }
}

/// Why there is no answer. RFC 6960 4.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enumerated)]
#[repr(u8)]
pub enum ResponseStatus {
    /// There is an answer.
    Successful = 0,
    /// The request is not well formed.
    MalformedRequest = 1,
    /// The responder failed.
    InternalError = 2,
    /// Ask again later.
    TryLater = 3,
    /// The request must be signed.
    SigRequired = 5,
    /// The responder does not answer for this issuer.
    Unauthorized = 6,
}

#[derive(Sequence)]
struct OcspResponse {
    status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<ResponseBytes>,
}

#[derive(Sequence)]
struct ResponseBytes {
    response_type: const_oid::ObjectIdentifier,
    response: OctetString,
}

#[derive(Sequence)]
struct BasicResponse {
    tbs_response_data: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    certs: Vec<Any>,
}

#[derive(Sequence)]
struct ResponseData {
    responder: ResponderId,
    produced_at: GeneralizedTime,
    responses: Vec<SingleResponse>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Choice)]
enum ResponderId {
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}

/// The status of one certificate.
#[derive(Sequence)]
pub struct SingleResponse {
    cert_id: CertId,
    status: CertStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    next_update: GeneralizedTime,
}

/// Good, revoked or not known.
#[derive(Debug, Clone, PartialEq, Eq, Choice)]
pub enum CertStatus {
    /// Issued here and not revoked.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    /// Revoked.
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    /// Not issued here.
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

/// Since when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct RevokedInfo {
    /// Since when.
    pub revocation_time: GeneralizedTime,
    /// Why.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub revocation_reason: Option<CrlReason>,
}

impl SingleResponse {
    /// The status of `cert_id`, as of `now` and until `next_update`.
    pub fn new(cert_id: CertId, status: CertStatus, now: u64, next_update: u64) -> Result<Self, der::Error> {
        let next_update = generalized_time(next_update)?;
        Ok(Self { cert_id, status, this_update: generalized_time(now)?, next_update })
    }
}

/// DER of an answer that gives no status.
pub fn refusal(status: ResponseStatus) -> Result<Vec<u8>, der::Error> {
    OcspResponse { status, bytes: None }.to_der()
}

/// Who signs the answers, and with which certificate.
pub struct Responder<'a> {
    /// The responder's key.
    pub key: &'a AuthorityKey,
    /// DER of its certificate, which goes along.
    pub certificate: &'a [u8],
}

/// DER of a signed answer.
pub fn sign_response(
    responder: &Responder<'_>,
    responses: Vec<SingleResponse>,
    nonce: Option<Extension>,
    now: u64,
) -> Result<Vec<u8>, AuthorityError> {
    let data = ResponseData {
        responder: ResponderId::ByKey(OctetString::new(responder.key.identifier())?),
        produced_at: generalized_time(now)?,
        responses,
        extensions: nonce.map(|nonce| vec![nonce]),
    }
    .to_der()?;
    let basic = BasicResponse {
        tbs_response_data: Any::from_der(&data)?,
        algorithm: responder.key.signature_algorithm(),
        signature: responder.key.sign_bits(&data)?,
        certs: vec![Any::from_der(responder.certificate)?],
    };
    let bytes = ResponseBytes { response_type: oid::OCSP_BASIC, response: OctetString::new(basic.to_der()?)? };
    Ok(OcspResponse { status: ResponseStatus::Successful, bytes: Some(bytes) }.to_der()?)
}
