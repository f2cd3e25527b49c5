//! Enrolment over secure transport, as far as a signing service needs it: cacerts and simpleenroll. RFC 7030 4.1, 4.2.
//!
//! Over plain HTTP on loopback, unlike RFC 7030 3.2: these authorities are for one machine.

use super::Shared;
use super::routes::{failed, not_found, not_ready, wrong_method};
use crate::ca::{CaMode, DevelopmentCa, IssueError};
use crate::error::AuthorityError;
use crate::http::server::{Outcome, Received};
use crate::pki::certificate::{BACKDATING, CertificateContent, sign_certificate};
use crate::pki::cms::certificates_only;
use crate::pki::extension;
use crate::pki::key::{AuthorityKey, KeyKind};
use crate::pki::request::{ProvenRequest, RequestRefused};
use crate::random::serial;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64ct::{Base64, Encoding};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use std::sync::PoisonError;

const PKCS7: &str = "application/pkcs7-mime; smime-type=certs-only";

pub(super) fn answer(
    shared: &Shared,
    index: usize,
    ca: &DevelopmentCa,
    operation: &str,
    request: &Received,
) -> Outcome {
    match (operation, request.method()) {
        ("cacerts", &Method::GET) => certificates(&ca.chain()),
        ("cacerts", _) => wrong_method("GET"),
        ("simpleenroll", &Method::POST) => enrol(shared, index, ca, request),
        ("simpleenroll", _) => wrong_method("POST"),
        _ => not_found(),
    }
}

fn enrol(shared: &Shared, index: usize, ca: &DevelopmentCa, request: &Received) -> Outcome {
    if !is_allowed(shared, request) {
        return Outcome::text(StatusCode::UNAUTHORIZED, "enrolment needs the user name and password of the demo")
            .with(WWW_AUTHENTICATE, "Basic realm=\"Rakkan Demo EST\"");
    }
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.starts_with("application/pkcs10") {
        return Outcome::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/pkcs10");
    }
    let Some(der) = from_base64(request.body()) else {
        return refused(&RequestRefused::NotARequest);
    };
    let mode = shared.modes[index].lock().unwrap_or_else(PoisonError::into_inner).clone();
    let now = shared.settings.clock.now();
    let issued = match mode {
        CaMode::Down => return Outcome::Hangup,
        CaMode::Busy => return not_ready(),
        CaMode::Pending => {
            return Outcome::text(StatusCode::ACCEPTED, "somebody has to look at this request")
                .with(RETRY_AFTER, "600");
        }
        CaMode::Garbage => return Outcome::content(StatusCode::OK, PKCS7, &b"bm8gUEtDUyM3\n"[..]),
        CaMode::Refusing(text) => Err(RequestRefused::Policy(text).into()),
        CaMode::Working => ca.issue(&der, now, &*shared.settings.random),
        CaMode::OtherKey | CaMode::Forged => misissue(shared, ca, &der, &mode),
    };
    match issued {
        Ok(certificate) => certificates(&[certificate]),
        Err(IssueError::Refused(why)) => refused(&why),
        Err(IssueError::Authority(error)) => failed(&error),
    }
}

fn refused(why: &RequestRefused) -> Outcome {
    Outcome::text(StatusCode::BAD_REQUEST, why.to_string())
}

fn certificates(chain: &[Vec<u8>]) -> Outcome {
    let chain: Vec<&[u8]> = chain.iter().map(Vec::as_slice).collect();
    match certificates_only(&chain) {
        Ok(der) => Outcome::content(StatusCode::OK, PKCS7, in_lines(&Base64::encode_string(&der)))
            .with(hyper::header::HeaderName::from_static("content-transfer-encoding"), "base64"),
        Err(error) => failed(&error),
    }
}

fn is_allowed(shared: &Shared, request: &Received) -> bool {
    let (user, password) = (&shared.settings.est_user, &shared.settings.est_password);
    let expected = format!("Basic {}", Base64::encode_string(format!("{user}:{password}").as_bytes()));
    let given = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes()).unwrap_or_default();
    verify_slices_are_equal(expected.as_bytes(), given).is_ok()
}

fn from_base64(body: &[u8]) -> Option<Vec<u8>> {
    let text: String = std::str::from_utf8(body).ok()?.split_ascii_whitespace().collect();
    Base64::decode_vec(&text).ok()
}

fn in_lines(text: &str) -> String {
    let lines: Vec<&str> = (0..text.len()).step_by(76).map(|at| &text[at..text.len().min(at + 76)]).collect();
    lines.join("\n") + "\n"
}

/// What a broken or hostile CA would send.
fn misissue(shared: &Shared, ca: &DevelopmentCa, der: &[u8], mode: &CaMode) -> Result<Vec<u8>, IssueError> {
    let request = ProvenRequest::from_der(der)?;
    let stranger = AuthorityKey::generate(KeyKind::P256)?;
    let (now, random) = (shared.settings.clock.now(), &*shared.settings.random);
    let extensions = extension::signer().map_err(AuthorityError::from)?;
    if *mode == CaMode::OtherKey {
        return Ok(ca.certify(
            &request.subject,
            stranger.spki(),
            extensions,
            crate::ca::SIGNER_LIFETIME,
            (now, random),
        )?);
    }
    let content = CertificateContent {
        serial: &serial::<16>(random),
        issuer: ca.name(),
        subject: &request.subject,
        spki: &request.spki,
        validity: (now.saturating_sub(BACKDATING), now + crate::ca::SIGNER_LIFETIME),
        extensions,
    };
    Ok(sign_certificate(content, &stranger)?)
}
