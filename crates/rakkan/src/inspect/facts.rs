//! Certificates and time-stamps as they are shown wherever they stand.

use ades::tsp::TimestampCheck;
use ades::x509::Certificate;
use serde_json::{Value, json};

use super::tree::Branch;
use crate::hex;
use crate::key::subject_of;
use crate::moment::utc;

/// A certificate for people.
pub fn certificate_branch(name: &str, certificate: &Certificate) -> Branch {
    let mut branch = Branch::new(format!("{name:12} {}", subject_of(certificate)));
    branch.fact("subject", certificate.subject());
    branch.fact("issuer", certificate.issuer());
    branch.fact("valid", format!("{} to {}", utc(certificate.not_before()), utc(certificate.not_after())));
    branch.fact("serial", certificate.serial_hex());
    branch
}

/// A certificate for programs.
pub fn certificate_json(certificate: &Certificate) -> Value {
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": certificate.serial_hex(),
        "not_before": utc(certificate.not_before()),
        "not_after": utc(certificate.not_after()),
        "sha256": hex(&certificate.sha256()),
    })
}

/// A time-stamp for people.
pub fn stamp_branch(name: &str, stamp: &TimestampCheck) -> Branch {
    let mut branch = Branch::new(format!("{name:12} {}", utc(stamp.info.time)));
    match &stamp.result {
        Ok(authority) => branch.add(certificate_branch("authority", authority)),
        Err(error) => branch.fact("intact", format!("NO: {error}")),
    }
    branch
}

/// A time-stamp for programs.
pub fn stamp_json(stamp: &TimestampCheck) -> Value {
    json!({
        "time": utc(stamp.info.time),
        "policy": stamp.info.policy.to_string(),
        "intact": stamp.result.is_ok(),
        "problem": stamp.result.as_ref().err().map(ToString::to_string),
        "authority": stamp.result.as_ref().ok().map(certificate_json),
    })
}
