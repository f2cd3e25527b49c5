//! What a CMS signature carries: each signer with attributes, time-stamps and counter-signatures.

use std::path::Path;

use ades::cades::{SignerCheck, verify};
use ades::crypto::AwsLc;
use ades::tsp::TimestampCheck;
use serde_json::{Value, json};

use super::facts::{certificate_branch, certificate_json, stamp_branch, stamp_json};
use super::tree::Branch;
use crate::moment::utc;
use crate::sign::{Input, SignError, level_name, read_file};

/// No CMS that is read into memory is larger.
const LARGEST: u64 = 1 << 30;

/// A CMS that was looked into.
pub struct CmsView {
    len: usize,
    signers: Vec<SignerCheck>,
}

impl CmsView {
    /// Looks into a signature; `content` if it is detached.
    ///
    /// # Errors
    /// If it cannot be read, or content is missing or superfluous.
    pub fn read(path: &Path, content: Option<&Input>) -> Result<Self, SignError> {
        let cms = read_file(path, LARGEST)?;
        let content = content.map(|input| input.source() as &dyn ades::pdf::Source);
        Ok(Self { len: cms.len(), signers: verify(&cms, content, &AwsLc)? })
    }

    /// Whether every signature is intact.
    pub fn intact(&self) -> bool {
        self.signers.iter().all(SignerCheck::is_intact)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let signers: Vec<_> = self.signers.iter().map(signer_json).collect();
        json!({"format": "CMS", "bytes": self.len, "signatures": signers})
    }

    /// For people, below the name of the file.
    pub fn tree(&self, name: &str) -> Branch {
        let mut root = Branch::new(name);
        root.fact("CMS", format!("{} bytes, {} signatures", self.len, self.signers.len()));
        for (number, signer) in self.signers.iter().enumerate() {
            root.add(signer_branch(&format!("signature {number}"), signer));
        }
        root
    }
}

fn signer_branch(name: &str, check: &SignerCheck) -> Branch {
    let level = check.level().map(|level| format!("  level {}", level_name(level))).unwrap_or_default();
    let mut branch = Branch::new(format!("{name}  CAdES{level}"));
    branch.fact(
        "intact",
        match &check.problem {
            None if check.is_intact() => "yes (who signed, and whether to trust it, is another question)".to_owned(),
            None => "NO".to_owned(),
            Some(problem) => format!("NO: {problem}"),
        },
    );
    if let Some(certificate) = &check.signing_certificate {
        branch.add(certificate_branch("signer", certificate));
    }
    if let Some(time) = check.claimed_time {
        branch.fact("claimed time", utc(time));
    }
    let attributes: Vec<_> = check.signed_attributes.iter().map(ToString::to_string).collect();
    branch.fact("attributes", attributes.join(", "));
    for (name, stamps) in stamps(check) {
        for stamp in stamps {
            branch.add(stamp_branch(name, stamp));
        }
    }
    if check.has_revocation_data {
        branch.fact("revocation", "data are inside");
    }
    for counter in &check.countersignatures {
        branch.add(signer_branch("counter-signature", counter));
    }
    branch
}

fn stamps(check: &SignerCheck) -> [(&'static str, &[TimestampCheck]); 3] {
    [
        ("content time-stamp", &check.content_timestamps),
        ("time-stamp", &check.timestamps),
        ("archive time-stamp", &check.archive_timestamps),
    ]
}

fn signer_json(check: &SignerCheck) -> Value {
    let list = |stamps: &[TimestampCheck]| stamps.iter().map(stamp_json).collect::<Vec<_>>();
    json!({
        "level": check.level().map(level_name),
        "intact": check.is_intact(),
        "problem": check.problem.as_ref().map(ToString::to_string),
        "signer": check.signing_certificate.as_ref().map(certificate_json),
        "claimed_time": check.claimed_time.map(utc),
        "signed_attributes": check.signed_attributes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "content_timestamps": list(&check.content_timestamps),
        "timestamps": list(&check.timestamps),
        "archive_timestamps": list(&check.archive_timestamps),
        "has_revocation_data": check.has_revocation_data,
        "countersignatures": check.countersignatures.iter().map(signer_json).collect::<Vec<_>>(),
    })
}
