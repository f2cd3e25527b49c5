//! OCSP: ask about one certificate and verify what comes back. RFC 6960 3.2, 4; nonce: RFC 9654.

use super::{CLOCK_TOLERANCE, RevocationError, RevocationStatus, require_current};
use crate::asn1::Typed;
use crate::http::{HttpClient, HttpRequest};
use ades::crypto::{CryptoProvider, SignatureAlgorithm};
use ades::x509::{Certificate, key_purpose};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, BitString, GeneralizedTime, Int, Null, OctetString};
use der::{Choice, Decode, Encode, Enumerated, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::CrlReason;

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const OCSP_BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const OCSP_NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// A number that ties an answer to its question.
pub type OcspNonce = [u8; 16];

/// A verified answer about one certificate.
#[derive(Debug, Clone)]
pub struct OcspAnswer {
    der: Vec<u8>,
    status: RevocationStatus,
    this_update: u64,
    next_update: Option<u64>,
}

impl OcspAnswer {
    /// Asks the responder at `url` about `certificate`, which `issuer` issued.
    ///
    /// An answer without a nonce is taken if it is current, as answers made beforehand have none; a different nonce is not.
    pub async fn fetch(
        http: &HttpClient,
        url: &str,
        question: &OcspQuestion<'_>,
        now: u64,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, RevocationError> {
        let request = HttpRequest::post(url, "application/ocsp-request", question.to_der()?);
        let answer = http.send_for_ok(request.header("accept", "application/ocsp-response")).await?;
        Self::from_der(&answer.body, question, now, provider)
    }

    /// Reads and verifies an OCSPResponse.
    pub fn from_der(
        der: &[u8],
        question: &OcspQuestion<'_>,
        now: u64,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, RevocationError> {
        let malformed = |_| RevocationError::Malformed("it is not an OCSP answer");
        let response = OcspResponse::from_der(der).map_err(malformed)?;
        let bytes = match (response.status, response.bytes) {
            (ResponseStatus::Successful, Some(bytes)) if bytes.kind == OCSP_BASIC => bytes,
            (status, _) => return Err(RevocationError::NoStatus(status as u8)),
        };
        let basic = BasicResponse::from_der(bytes.value.as_bytes()).map_err(malformed)?;
        let signed = basic.data.to_der().map_err(malformed)?;
        let data = ResponseData::from_der(&signed).map_err(malformed)?;
        let responder = responder(&data.responder, &basic.certs.unwrap_or_default(), question.issuer, now, provider)?;
        let algorithm = SignatureAlgorithm::from_oid(&basic.algorithm.oid)
            .ok_or(RevocationError::Malformed("its signature algorithm"))?;
        provider
            .verify(responder.spki_der(), algorithm, &signed, basic.signature.raw_bytes())
            .map_err(RevocationError::Signature)?;
        question.require_nonce(data.extensions.as_ref())?;
        let id = question.cert_id()?;
        let single =
            data.responses.into_iter().find(|one| one.cert_id == id).ok_or(RevocationError::OtherCertificate)?;
        let this_update = single.this_update.to_unix_duration().as_secs();
        let next_update = single.next_update.map(|time| time.to_unix_duration().as_secs());
        require_current(this_update, next_update, now)?;
        Ok(Self { der: der.to_vec(), status: single.status.into(), this_update, next_update })
    }

    /// What the responder says.
    #[must_use]
    pub fn status(&self) -> &RevocationStatus {
        &self.status
    }

    /// The answer as it came, an OCSPResponse.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// From when it is, and until when it is good.
    #[must_use]
    pub fn currency(&self) -> (u64, Option<u64>) {
        (self.this_update, self.next_update)
    }
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct OcspQuestion<'a> {
    /// About which certificate.
    pub certificate: &'a Certificate,
    /// Who issued it.
    pub issuer: &'a Certificate,
    /// Random; `None` only where the responder refuses nonces.
    pub nonce: Option<OcspNonce>,
}

impl OcspQuestion<'_> {
    /// DER of the OCSPRequest.
    pub fn to_der(&self) -> Result<Vec<u8>, RevocationError> {
        let malformed = |_: der::Error| RevocationError::Malformed("the certificate in question");
        let nonce = self.nonce.map(|nonce| nonce_extension(&nonce)).transpose().map_err(malformed)?;
        let request = OcspRequest {
            tbs: TbsRequest {
                requests: vec![Request { cert_id: self.cert_id()? }],
                extensions: nonce.map(|nonce| vec![nonce]),
            },
        };
        request.to_der().map_err(malformed)
    }

    // SHA-1 names the issuer here and protects nothing; it is what every responder knows (RFC 5019 2.1.1).
    fn cert_id(&self) -> Result<CertId, RevocationError> {
        let malformed = |_| RevocationError::Malformed("the certificate in question");
        let make = || {
            Ok::<_, der::Error>(CertId {
                hash_algorithm: AlgorithmIdentifierOwned { oid: SHA1, parameters: Some(Any::null()) },
                issuer_name_hash: OctetString::new(sha1(self.issuer.subject().der()))?,
                issuer_key_hash: OctetString::new(key_hash(self.issuer)?)?,
                serial_number: Int::new(self.certificate.serial())?,
            })
        };
        make().map_err(malformed)
    }

    fn require_nonce(&self, extensions: Option<&Extensions>) -> Result<(), RevocationError> {
        let Some(asked) = self.nonce else { return Ok(()) };
        let answered = extensions.into_iter().flatten().find(|extension| extension.extn_id == OCSP_NONCE);
        let expected = nonce_extension(&asked).map_err(|_| RevocationError::OtherNonce)?;
        match answered {
            Some(nonce) if nonce.extn_value != expected.extn_value => Err(RevocationError::OtherNonce),
            _ => Ok(()),
        }
    }
}

fn nonce_extension(nonce: &OcspNonce) -> Result<x509_cert::ext::Extension, der::Error> {
    let value = OctetString::new(nonce.as_slice())?.to_der()?;
    Ok(x509_cert::ext::Extension { extn_id: OCSP_NONCE, critical: false, extn_value: OctetString::new(value)? })
}

/// The issuer itself, or whom it has authorised by a certificate for this purpose. RFC 6960 4.2.2.2.
fn responder(
    id: &ResponderId,
    certificates: &[Any],
    issuer: &Certificate,
    now: u64,
    provider: &dyn CryptoProvider,
) -> Result<Certificate, RevocationError> {
    if id.names(issuer) {
        return Ok(issuer.clone());
    }
    let delegated = certificates
        .iter()
        .filter_map(|der| Certificate::from_der(&der.to_der().ok()?).ok())
        .find(|one| id.names(one))
        .ok_or(RevocationError::OtherIssuer)?;
    let purposes = delegated.extended_key_usage().unwrap_or_default();
    let valid = delegated.not_before() <= now + CLOCK_TOLERANCE && now <= delegated.not_after();
    if !valid || !purposes.contains(&key_purpose::OCSP_SIGNING) {
        return Err(RevocationError::OtherIssuer);
    }
    delegated.verify_issued_by(issuer, provider).map_err(|_| RevocationError::OtherIssuer)?;
    Ok(delegated)
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

fn key_hash(certificate: &Certificate) -> Result<Vec<u8>, der::Error> {
    Ok(sha1(SubjectPublicKeyInfoOwned::from_der(certificate.spki_der())?.subject_public_key.raw_bytes()))
}

#[derive(Sequence)]
struct OcspRequest {
    tbs: TbsRequest,
}

#[derive(Sequence)]
struct TbsRequest {
    requests: Vec<Request>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Sequence)]
struct Request {
    cert_id: CertId,
}

#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct CertId {
    hash_algorithm: AlgorithmIdentifierOwned,
    issuer_name_hash: OctetString,
    issuer_key_hash: OctetString,
    serial_number: Int,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enumerated)]
#[repr(u8)]
enum ResponseStatus {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SigRequired = 5,
    Unauthorized = 6,
}

#[derive(Sequence)]
struct OcspResponse {
    status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    bytes: Option<Typed>,
}

#[derive(Sequence)]
struct BasicResponse {
    data: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    certs: Option<Vec<Any>>,
}

#[derive(Sequence)]
struct ResponseData {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", default = "Default::default")]
    version: u8,
    responder: ResponderId,
    produced_at: GeneralizedTime,
    responses: Vec<SingleResponse>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Choice)]
enum ResponderId {
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    ByName(Any),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    ByKey(OctetString),
}

impl ResponderId {
    fn names(&self, certificate: &Certificate) -> bool {
        match self {
            Self::ByName(name) => name.to_der().is_ok_and(|der| der == certificate.subject().der()),
            Self::ByKey(hash) => key_hash(certificate).is_ok_and(|key| key == hash.as_bytes()),
        }
    }
}

#[derive(Sequence)]
struct SingleResponse {
    cert_id: CertId,
    status: CertStatus,
    this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Choice)]
enum CertStatus {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    Good(Null),
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    Revoked(RevokedInfo),
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT")]
    Unknown(Null),
}

#[derive(Sequence)]
struct RevokedInfo {
    revocation_time: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    revocation_reason: Option<CrlReason>,
}

impl From<CertStatus> for RevocationStatus {
    fn from(status: CertStatus) -> Self {
        match status {
            CertStatus::Good(_) => Self::Good,
            CertStatus::Unknown(_) => Self::Unknown,
            CertStatus::Revoked(info) => Self::Revoked {
                at: info.revocation_time.to_unix_duration().as_secs(),
                reason: info.revocation_reason.map(|reason| reason as u8),
            },
        }
    }
}
