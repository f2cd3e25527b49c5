//! NIST PKITS, sections 4.1-4.7, 4.14 and 4.15: signatures, validity, names, revocation, self-issued certificates, path lengths, key
//! usage, distribution points and delta lists. Policies and name constraints are the validator's and not the planner's.
#![allow(clippy::disallowed_methods, reason = "the corpus is files")]

use std::collections::BTreeMap;
use std::path::Path;

use ades::crypto::AwsLc;
use ades::evidence::{Crl, Evidence, EvidencePolicy, Freshness, Subject, plan};
use ades::x509::Certificate;
use serde_json::Value;

use crate::support::corpus;

/// 2026-01-01, within the validity of the suite.
const AT: u64 = 1_767_225_600;

/// Paths of the suite that are good and that we do not take, with the reason: each is a refusal too many, none an acceptance.
const REFUSED: [(&str, &str); 15] = [
    ("40104", "DSA is not among the accepted algorithms"),
    ("40105", "DSA is not among the accepted algorithms"),
    ("41404", "a distribution point named relative to the issuer"),
    ("41405", "a distribution point named relative to the issuer"),
    ("41407", "a distribution point named relative to the issuer"),
    ("41418", "several lists for some reasons each"),
    ("41419", "several lists for some reasons each"),
    ("41422", "indirect lists"),
    ("41424", "indirect lists"),
    ("41425", "indirect lists"),
    ("41428", "indirect lists"),
    ("41429", "indirect lists"),
    ("41430", "indirect lists"),
    ("41433", "indirect lists"),
    ("41505", "on hold in the complete list, released in the delta list"),
];

fn read(folder: &Path, kind: &str, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(kind).join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names<'a>(row: &'a Value, list: &str) -> Vec<&'a str> {
    row[list].as_array().map(|all| all.iter().map(|one| one.as_str().unwrap()).collect()).unwrap_or_default()
}

/// Whether the evidence in a row is complete and speaks for its certificate.
fn is_good(folder: &Path, row: &Value) -> bool {
    let certificate = |name: &str| Certificate::from_der(&read(folder, "certs", name)).unwrap();
    let mut pool = Evidence::of_certificates(names(row, "other_certs").into_iter().map(certificate));
    for name in names(row, "crls").into_iter().chain(["TrustAnchorRootCRL.crl"]) {
        pool.add_crl(Crl::from_der(&read(folder, "crls", name)).unwrap());
    }
    let policy = EvidencePolicy::default().signer(Freshness::CurrentAtUse);
    let subject = [Subject::signer(certificate(row["cert"].as_str().unwrap()), AT)];
    let anchors = [certificate("TrustAnchorRootCertificate.crt")];
    plan(&subject, &pool, &anchors, &policy, AT, &AwsLc).is_ok_and(|plan| plan.is_complete())
}

#[test]
fn no_bad_path_of_pkits_is_taken_and_few_good_ones_are_refused() {
    let Some(folder) = corpus("pkits") else { return };
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("pkits.json")).unwrap()).unwrap();
    let refused: BTreeMap<_, _> = REFUSED.into_iter().collect();
    let sections = ["401", "402", "403", "404", "405", "406", "407", "414", "415"];
    let mut wrong = Vec::new();
    let mut seen = 0;
    for row in &rows {
        let id = row["id"].as_str().unwrap();
        if !sections.contains(&&id[..3]) {
            continue;
        }
        seen += 1;
        let expected = row.get("error").is_none() && !refused.contains_key(id);
        if is_good(&folder, row) != expected {
            wrong.push(format!("{id} {}: expected {expected}", row["name"]));
        }
    }
    assert!(seen > 115, "{seen} rows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
