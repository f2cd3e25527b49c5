//! Certificates and time-stamp answers, as a stranger may send them. RFC 5280; RFC 3161; RFC 5652.

use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::tsp::{Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken};
use ades::x509::{Certificate, DistinguishedName};

use crate::Target;

/// DER heads: sequences, sets, integers, strings, and lengths that lie.
const DER: &[&str] = &[
    "0",
    "0\u{7f}",
    "1",
    "\u{2}\u{1}\0",
    "\u{4}\0",
    "\u{6}\u{3}",
    "\u{5}\0",
    "\u{13}",
    "\u{17}\r",
    "\u{18}\u{f}",
];

pub const TARGETS: &[Target] = &[
    Target {
        name: "ades_certificate",
        feed: certificate,
        words: DER,
    },
    Target {
        name: "ades_distinguished_name",
        feed: distinguished_name,
        words: DER,
    },
    Target {
        name: "ades_timestamp_request",
        feed: timestamp_request,
        words: DER,
    },
    Target {
        name: "ades_timestamp_response",
        feed: timestamp_response,
        words: DER,
    },
];

fn certificate(input: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(input) else {
        return false;
    };
    assert_eq!(certificate.der(), input, "a certificate keeps its bytes");
    let _ = (
        certificate.subject().to_string(),
        certificate.issuer().to_string(),
        certificate.serial_hex(),
    );
    let _ = (
        certificate.ocsp_urls(),
        certificate.crl_urls(),
        certificate.ca_issuers_urls(),
        certificate.key_kind(),
    );
    let _ = certificate.verify_issued_by(&certificate, &AwsLc);
    true
}

fn distinguished_name(input: &[u8]) -> bool {
    let Ok(name) = DistinguishedName::from_der(input) else {
        return false;
    };
    assert_eq!(name.der(), input, "a name keeps its bytes");
    let _ = (name.to_string(), name.common_name(), name.organization());
    true
}

fn timestamp_request(input: &[u8]) -> bool {
    let Ok(request) = TimestampRequest::from_der(input) else {
        return false;
    };
    let again = TimestampRequest::from_der(&request.to_der()).expect("what was written reads");
    assert_eq!(again.imprint(), request.imprint());
    assert_eq!(again.nonce(), request.nonce());
    true
}

fn timestamp_response(input: &[u8]) -> bool {
    let token = TimestampToken::from_der(input);
    if let Ok(token) = &token {
        assert_eq!(token.der(), input, "a token keeps its bytes");
        let _ = token.verify(&[], &AwsLc);
    }
    let Ok(response) = TimestampResponse::from_der(input) else {
        return token.is_ok();
    };
    let _ = response.status().to_string();
    let request = TimestampRequest::new(
        Imprint::of(DigestAlgorithm::Sha256, b"never stamped"),
        Nonce::from_bytes(&[1; 8]),
    );
    assert!(
        response.into_token(&request, &AwsLc).is_err(),
        "nobody has stamped this"
    );
    true
}
