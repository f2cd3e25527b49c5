//! What a PDF carries: facts that matter for signing, and each signature with what it covers.

use ades::crypto::AwsLc;
use ades::pades::{SignatureCheck, SignatureKind, VerifySignaturesError, verify_signatures};
use ades::pdf::{Certification, DocumentFacts, FileSource, Limits, PdfError, Source};
use ades::x509::Certificate;
use serde_json::{Value, json};

use super::tree::Branch;
use crate::hex;
use crate::key::subject_of;
use crate::moment::utc;
use crate::sign::SignError;

/// A PDF that was looked into.
pub struct PdfView {
    len: u64,
    facts: DocumentFacts,
    signatures: Vec<SignatureCheck>,
}

impl PdfView {
    /// Looks into a document.
    ///
    /// # Errors
    /// [`SignError::Document`].
    pub fn read(document: &FileSource) -> Result<Self, SignError> {
        let facts = ades::pdf::inspect(document, &Limits::default())?;
        let signatures = verify_signatures(document, &AwsLc).map_err(|error| match error {
            VerifySignaturesError::InvalidDocument(error) => SignError::Document(error),
            _ => SignError::Document(PdfError::Structure { detail: "its signatures cannot be read" }),
        })?;
        Ok(Self { len: document.len(), facts, signatures })
    }

    /// Whether every signature is intact.
    pub fn intact(&self) -> bool {
        self.signatures.iter().all(SignatureCheck::is_intact)
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({
            "format": "PDF",
            "bytes": self.len,
            "pages": self.facts.page_count,
            "certification": self.facts.certification.map(certification),
            "empty_fields": self.facts.empty_fields,
            "signatures": self.signatures.iter().map(|check| self.signature_json(check)).collect::<Vec<_>>(),
        })
    }

    fn signature_json(&self, check: &SignatureCheck) -> Value {
        json!({
            "field": check.field,
            "kind": kind(&check.kind),
            "intact": check.is_intact(),
            "problem": check.problem.as_ref().map(ToString::to_string),
            "covers_whole_file": check.covers_whole_file,
            "covered_until": check.byte_range.as_ref().map(|range| range.end()),
            "signer": check.signing_certificate.as_ref().map(certificate_json),
            "certificates": check.certificates.len(),
            "claimed_time": check.claimed_time.map(utc),
            "reason": check.reason,
            "location": check.location,
            "name": check.signer_name,
            "signature_sha256": hex(&ades::crypto::DigestAlgorithm::Sha256.digest(&check.signature_value)),
            "cms_bytes": check.cms.len(),
            "timestamp": check.timestamp.as_ref().map(|stamp| json!({
                "time": utc(stamp.info.time),
                "policy": stamp.info.policy.to_string(),
                "intact": stamp.result.is_ok(),
                "problem": stamp.result.as_ref().err().map(ToString::to_string),
                "authority": stamp.result.as_ref().ok().map(certificate_json),
            })),
        })
    }

    /// For people, below the name of the file.
    pub fn tree(&self, name: &str) -> Branch {
        let mut root = Branch::new(name);
        root.fact("PDF", format!("{} bytes, {} pages", self.len, self.facts.page_count));
        if let Some(kind) = self.facts.certification {
            root.fact("certified", certification(kind));
        }
        if !self.facts.empty_fields.is_empty() {
            root.fact("empty fields", self.facts.empty_fields.join(", "));
        }
        // Revisions in the order in which they were made.
        let mut ordered: Vec<_> = self.signatures.iter().collect();
        ordered.sort_by_key(|check| check.byte_range.as_ref().map_or(u64::MAX, |range| range.end()));
        for check in ordered {
            root.add(self.signature(check));
        }
        if self.signatures.is_empty() {
            root.add(Branch::new("no signatures"));
        }
        root
    }

    fn signature(&self, check: &SignatureCheck) -> Branch {
        let mut branch = Branch::new(format!("signature {}  {}", check.field, kind(&check.kind)));
        branch.fact(
            "intact",
            match &check.problem {
                None if check.is_intact() => {
                    "yes (who signed, and whether to trust it, is another question)".to_owned()
                }
                None => "NO".to_owned(),
                Some(problem) => format!("NO: {problem}"),
            },
        );
        if let Some(range) = &check.byte_range {
            let end = range.end();
            branch.fact(
                "covers",
                if check.covers_whole_file {
                    "the whole file".to_owned()
                } else {
                    format!("the first {end} bytes; {} were appended later", self.len.saturating_sub(end))
                },
            );
        }
        if let Some(certificate) = &check.signing_certificate {
            branch.add(certificate_branch("signer", certificate));
        }
        if let Some(time) = check.claimed_time {
            branch.fact("claimed time", utc(time));
        }
        for (name, value) in [("name", &check.signer_name), ("reason", &check.reason), ("location", &check.location)] {
            if let Some(value) = value {
                branch.fact(name, value);
            }
        }
        branch.fact("CMS", format!("{} bytes, {} certificates", check.cms.len(), check.certificates.len()));
        if let Some(stamp) = &check.timestamp {
            let mut stamped = Branch::new(format!("time-stamp   {}", utc(stamp.info.time)));
            match &stamp.result {
                Ok(authority) => stamped.add(certificate_branch("authority", authority)),
                Err(error) => stamped.fact("intact", format!("NO: {error}")),
            }
            branch.add(stamped);
        }
        branch
    }
}

fn kind(kind: &SignatureKind) -> String {
    match kind {
        SignatureKind::Cades => "PAdES (ETSI.CAdES.detached)".into(),
        SignatureKind::Pkcs7Detached => "adbe.pkcs7.detached".into(),
        SignatureKind::DocumentTimestamp => "document time-stamp (ETSI.RFC3161)".into(),
        SignatureKind::Unsupported(name) => format!("{name} (not read here)"),
        _ => "another kind".into(),
    }
}

fn certification(kind: Certification) -> &'static str {
    match kind {
        Certification::NoChanges => "no changes allowed",
        Certification::FormFilling => "filling in forms and signing allowed",
        Certification::Annotations => "filling in forms, signing and annotations allowed",
    }
}

fn certificate_branch(name: &str, certificate: &Certificate) -> Branch {
    let mut branch = Branch::new(format!("{name:12} {}", subject_of(certificate)));
    branch.fact("subject", certificate.subject());
    branch.fact("issuer", certificate.issuer());
    branch.fact("valid", format!("{} to {}", utc(certificate.not_before()), utc(certificate.not_after())));
    branch.fact("serial", certificate.serial_hex());
    branch
}

fn certificate_json(certificate: &Certificate) -> Value {
    json!({
        "subject": certificate.subject().to_string(),
        "issuer": certificate.issuer().to_string(),
        "serial": certificate.serial_hex(),
        "not_before": utc(certificate.not_before()),
        "not_after": utc(certificate.not_after()),
        "sha256": hex(&certificate.sha256()),
    })
}
