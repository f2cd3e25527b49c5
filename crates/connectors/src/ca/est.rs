//! Enrolment over secure transport: cacerts and simpleenroll with HTTP Basic. RFC 7030 4.1, 4.2.

use super::CaError;
use crate::http::{HttpAnswer, HttpClient, HttpRequest};
use ades::crypto::AwsLc;
use ades::evidence::{certificates_of_bundle, path_to_anchor};
use ades::x509::Certificate;
use base64ct::{Base64, Encoding};
use der::{Decode, Encode};
use x509_cert::request::CertReq;

/// How far the CA's clock may be ahead of ours.
const CLOCK_TOLERANCE: u64 = 300;

/// How to reach one CA, and what its certificates must lead to.
#[derive(Clone)]
pub struct EstSettings {
    /// Up to and without the operation, for example `https://ca.example.jp/.well-known/est`.
    pub base_url: String,
    /// User name of HTTP Basic.
    pub user: String,
    /// Password of HTTP Basic.
    pub password: String,
    /// The pinned root.
    pub root: Certificate,
}

/// A client of one CA.
#[derive(Clone)]
pub struct EstClient {
    http: HttpClient,
    settings: EstSettings,
}

impl EstClient {
    /// A client that sends through `http`.
    #[must_use]
    pub fn new(http: HttpClient, settings: EstSettings) -> Self {
        Self { http, settings }
    }

    /// The CA's certificates: the one that issues first, then those above it up to the pinned root. RFC 7030 4.1.
    ///
    /// # Errors
    /// [`CaError::UntrustedAuthority`] if they do not lead to the pinned root at `now`.
    pub async fn authority_certificates(&self, now: u64) -> Result<Vec<Certificate>, CaError> {
        let request = HttpRequest::get(&self.url("cacerts")).header("accept", "application/pkcs7-mime");
        let answer = self.http.send(request).await?;
        let sent = certificates(&accepted(answer)?)?;
        let roots = std::slice::from_ref(&self.settings.root);
        // The issuing CA is the one that certifies none of the others.
        let issues_another =
            |one: &Certificate| sent.iter().any(|other| other != one && other.verify_issued_by(one, &AwsLc).is_ok());
        let mut issuing = sent.iter().filter(|one| one.is_ca() && !issues_another(one));
        let (Some(issuing), None) = (issuing.next(), issuing.next()) else {
            return Err(CaError::BadAnswer("it holds no issuing certificate, or several"));
        };
        path_to_anchor(issuing, &sent, roots, now, &AwsLc).ok_or(CaError::UntrustedAuthority)
    }

    /// Sends a PKCS#10 request (DER) and returns the certificate, which is for the requested key and signed by `issuer`. RFC 7030 4.2.
    ///
    /// The subject is not compared: a CA may add to it. Whoever needs it unchanged compares it.
    ///
    /// # Errors
    /// [`CaError::Refused`] with the CA's words if it said no; see the other variants for answers that are not used.
    pub async fn enrol(&self, request: &[u8], issuer: &Certificate, now: u64) -> Result<Certificate, CaError> {
        let key = requested_key(request).ok_or(CaError::BadRequest)?;
        let (user, password) = (&self.settings.user, &self.settings.password);
        let basic = format!("Basic {}", Base64::encode_string(format!("{user}:{password}").as_bytes()));
        let body = Base64::encode_string(request);
        let request = HttpRequest::post(&self.url("simpleenroll"), "application/pkcs10", body)
            .header("content-transfer-encoding", "base64")
            .header("accept", "application/pkcs7-mime")
            .header("authorization", &basic);
        let answer = self.http.send(request).await?;
        let mut sent = certificates(&accepted(answer)?)?.into_iter().filter(|one| !one.is_ca());
        // RFC 7030 4.2.3: exactly the certificate; a server may send its chain along, which is not needed.
        let (Some(certificate), None) = (sent.next(), sent.next()) else {
            return Err(CaError::BadAnswer("it does not hold exactly one certificate"));
        };
        if certificate.spki_der() != key {
            return Err(CaError::OtherKey);
        }
        certificate.verify_issued_by(issuer, &AwsLc).map_err(|_| CaError::OtherIssuer)?;
        if certificate.not_before() > now + CLOCK_TOLERANCE || certificate.not_after() < now {
            return Err(CaError::NotValidNow);
        }
        Ok(certificate)
    }

    fn url(&self, operation: &str) -> String {
        format!("{}/{operation}", self.settings.base_url.trim_end_matches('/'))
    }
}

/// The answer, if the CA did what it was asked for. RFC 7030 4.2.3.
fn accepted(answer: HttpAnswer) -> Result<HttpAnswer, CaError> {
    let retry_after = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
    match answer.status {
        200 if answer.is_of_type("application/pkcs7-mime") => Ok(answer),
        200 => Err(CaError::BadAnswer("it is not of type application/pkcs7-mime")),
        202 => Err(CaError::Pending { retry_after }),
        401 => Err(CaError::NotAuthorized),
        503 | 429 => Err(CaError::Busy { retry_after }),
        status @ 400..500 => Err(CaError::Refused { status, reason: answer.reason() }),
        _ => Err(answer.require_ok().err().map_or(CaError::BadAnswer("its status is unknown"), CaError::Http)),
    }
}

fn certificates(answer: &HttpAnswer) -> Result<Vec<Certificate>, CaError> {
    let text = std::str::from_utf8(&answer.body).map_err(|_| CaError::BadAnswer("it is not base64"))?;
    let text: String = text.split_ascii_whitespace().collect();
    let der = Base64::decode_vec(&text).map_err(|_| CaError::BadAnswer("it is not base64"))?;
    certificates_of_bundle(&der).map_err(|_| CaError::BadAnswer("it is not a certs-only PKCS#7"))
}

/// DER of the SubjectPublicKeyInfo that a PKCS#10 request asks to be certified. RFC 2986 4.1.
fn requested_key(request: &[u8]) -> Option<Vec<u8>> {
    CertReq::from_der(request).ok()?.info.public_key.to_der().ok()
}
