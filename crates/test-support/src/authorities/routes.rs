//! Every path of the development authorities.
//!
//! `/{ca}/.well-known/est/{cacerts,simpleenroll}`, `/{ca}/crl`, `/{ca}/ocsp`, `/{ca}/issuer.cer`, `/tsa1`, `/tsa2`.

use super::{Second, Shared, est};
use crate::ca::{ANSWER_LIFETIME, DevelopmentCa};
use crate::error::AuthorityError;
use crate::http::body::{stalled, zeros};
use crate::http::server::{Outcome, Received};
use crate::tsa::{DevelopmentTsa, TsaMode};
use base64ct::{Base64, Encoding};
use hyper::body::Bytes;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Response, StatusCode};
use std::sync::Arc;

const HUGE: usize = 12 * 1024 * 1024 + 1;

pub(super) async fn answer(shared: &Arc<Shared>, request: Received) -> Outcome {
    let path = request.uri().path().to_owned();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["tsa1"] => timestamp(shared, 0, &request).await,
        ["tsa2"] => timestamp(shared, 1, &request).await,
        ["root", rest @ ..] => authority(shared, &shared.root, rest, &request),
        ["tsa-ca", rest @ ..] => authority(shared, &shared.tsa_ca, rest, &request),
        ["ca1", ".well-known", "est", operation] => est::answer(shared, 0, &shared.ca1, operation, &request),
        ["ca1", rest @ ..] => authority(shared, &shared.ca1, rest, &request),
        ["ca2", rest @ ..] => {
            let state = shared.ca2.borrow().clone();
            match state {
                Second::Ready(ca) => match rest {
                    [".well-known", "est", operation] => est::answer(shared, 1, &ca, operation, &request),
                    rest => authority(shared, &ca, rest, &request),
                },
                Second::Making => not_ready(),
                Second::Failed(why) => Outcome::text(StatusCode::INTERNAL_SERVER_ERROR, why),
                Second::Absent => not_found(),
            }
        }
        _ => not_found(),
    }
}

/// 503 with the time after which to ask again.
pub(super) fn not_ready() -> Outcome {
    Outcome::text(StatusCode::SERVICE_UNAVAILABLE, "this authority is not ready yet; ask again in a second")
        .with(RETRY_AFTER, "1")
}

pub(super) fn not_found() -> Outcome {
    Outcome::text(StatusCode::NOT_FOUND, "there is nothing at this address")
}

pub(super) fn wrong_method(allowed: &str) -> Outcome {
    Outcome::text(StatusCode::METHOD_NOT_ALLOWED, format!("use {allowed}")).with(ALLOW, allowed)
}

pub(super) fn failed(error: &AuthorityError) -> Outcome {
    Outcome::text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

fn authority(shared: &Shared, ca: &DevelopmentCa, rest: &[&str], request: &Received) -> Outcome {
    let get = request.method() == Method::GET || request.method() == Method::HEAD;
    let now = shared.settings.clock.now();
    match rest {
        ["crl"] | ["issuer.cer"] if !get => wrong_method("GET"),
        ["crl"] => match ca.crl(now) {
            Ok(list) => Outcome::content(StatusCode::OK, "application/pkix-crl", list),
            Err(error) => failed(&error),
        },
        ["issuer.cer"] => Outcome::content(StatusCode::OK, "application/pkix-cert", ca.certificate().to_vec()),
        ["ocsp"] if request.method() == Method::POST => status(ca, request.body(), now),
        // RFC 6960 A.1: base64 of the request, URL-encoded, as the last part of the path; base64 may hold slashes itself.
        ["ocsp", encoded @ ..] if get && !encoded.is_empty() => match from_url(&encoded.join("/")) {
            Some(asked) => status(ca, &asked, now).with(CACHE_CONTROL, &format!("max-age={ANSWER_LIFETIME}, public")),
            None => Outcome::text(StatusCode::BAD_REQUEST, "the path does not end with a base64 OCSP request"),
        },
        ["ocsp", ..] => wrong_method("POST"),
        _ => not_found(),
    }
}

fn status(ca: &DevelopmentCa, request: &[u8], now: u64) -> Outcome {
    match ca.ocsp(request, now) {
        Ok(answer) => Outcome::content(StatusCode::OK, "application/ocsp-response", answer),
        Err(error) => failed(&error),
    }
}

fn from_url(text: &str) -> Option<Vec<u8>> {
    let plain = text.replace("%2B", "+").replace("%2b", "+").replace("%2F", "/").replace("%2f", "/");
    let plain = plain.replace("%3D", "=").replace("%3d", "=");
    Base64::decode_vec(&plain).ok()
}

async fn timestamp(shared: &Arc<Shared>, index: usize, request: &Received) -> Outcome {
    const REPLY: &str = "application/timestamp-reply";
    let tsa: &DevelopmentTsa = &shared.tsas[index];
    if request.method() != Method::POST {
        return wrong_method("POST");
    }
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media_type != "application/timestamp-query" {
        return Outcome::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send application/timestamp-query");
    }
    if tsa.mode() == TsaMode::Slow {
        tsa.mode_other_than(TsaMode::Slow).await;
    }
    match tsa.mode() {
        TsaMode::Down => Outcome::Hangup,
        TsaMode::Unavailable => Outcome::text(StatusCode::SERVICE_UNAVAILABLE, "told to be unavailable"),
        TsaMode::Garbage => Outcome::content(StatusCode::OK, REPLY, &b"this is no TimeStampResp"[..]),
        TsaMode::Huge => reply(zeros(HUGE), REPLY),
        TsaMode::Stalled => {
            let shared = shared.clone();
            let until = async move { shared.tsas[index].mode_other_than(TsaMode::Stalled).await };
            reply(stalled(Bytes::from_static(&[0x30, 0x82]), until), REPLY)
        }
        _ => match tsa.respond(request.body(), shared.settings.clock.now(), &*shared.settings.random) {
            Ok(answer) => Outcome::content(StatusCode::OK, REPLY, answer),
            Err(error) => failed(&error),
        },
    }
}

fn reply(body: crate::http::Body, media_type: &'static str) -> Outcome {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    Outcome::Answer(response)
}
