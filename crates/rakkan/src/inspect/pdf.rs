//! What a PDF carries: facts that matter for signing, and each signature with what it covers.

use std::sync::Arc;

use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::evidence::{Crl, OcspResponse};
use ades::pades::{
    FieldLock, InspectedSignature, Inspection, SignatureKind, ValidationData, VerifySignaturesError, inspect,
};
use ades::pdf::{Certification, PdfError, Source};
use ades::x509::Certificate;
use serde_json::{Value, json};

use super::facts::{certificate_branch, certificate_json, stamp_branch, stamp_json};
use super::tree::Branch;
use crate::hex;
use crate::key::subject_of;
use crate::moment::utc;
use crate::sign::{Input, SignError, level_name};

/// A PDF that was looked into.
pub struct PdfView {
    len: u64,
    found: Inspection,
}

impl PdfView {
    /// Looks into a document.
    ///
    /// # Errors
    /// [`SignError::Document`].
    pub fn read(input: &Input) -> Result<Self, SignError> {
        let document = input.source();
        let found = inspect(document, input.options(), &AwsLc).map_err(|error| match error {
            VerifySignaturesError::InvalidDocument(error) => SignError::Document(error),
            _ => SignError::Document(PdfError::Structure { detail: "its signatures cannot be read" }),
        })?;
        Ok(Self { len: document.len(), found })
    }

    /// Whether every signature is intact.
    pub fn intact(&self) -> bool {
        self.found.signatures.iter().all(|signature| signature.check.is_intact())
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let facts = &self.found.facts;
        let revisions: Vec<_> = self.found.revisions.iter().map(|revision| json!({"bytes": revision.len})).collect();
        json!({
            "format": "PDF",
            "bytes": self.len,
            "pages": facts.page_count,
            "certification": facts.certification.map(certification),
            "encrypted": facts.is_encrypted,
            "xfa": facts.has_xfa,
            "empty_fields": facts.empty_fields,
            "revisions": revisions,
            "signatures": self.found.signatures.iter().map(signature_json).collect::<Vec<_>>(),
            "validation_data": self.found.validation_data.as_ref().map(store_json),
        })
    }

    /// For people, below the name of the file.
    pub fn tree(&self, name: &str) -> Branch {
        let facts = &self.found.facts;
        let mut root = Branch::new(name);
        root.fact("PDF", format!("{} bytes, {} pages", self.len, facts.page_count));
        if let Some(kind) = facts.certification {
            root.fact("certified", certification(kind));
        }
        if !facts.empty_fields.is_empty() {
            root.fact("empty fields", facts.empty_fields.join(", "));
        }
        if facts.is_encrypted {
            root.fact("encrypted", "yes");
        }
        if facts.has_xfa {
            root.fact("XFA", "yes: programs that know it may show something else than the pages");
        }
        let mut shown = 0;
        for (at, revision) in self.found.revisions.iter().enumerate() {
            let mut branch = Branch::new(format!("revision {}  to byte {}", at + 1, revision.len));
            for signature in self.found.signatures.iter().filter(|signature| signature.revision == Some(at)) {
                branch.add(self.signature(signature));
                shown += 1;
            }
            root.add(branch);
        }
        for signature in self.found.signatures.iter().filter(|signature| signature.revision.is_none()) {
            root.add(self.signature(signature));
            shown += 1;
        }
        if shown == 0 {
            root.add(Branch::new("no signatures"));
        }
        if let Some(store) = &self.found.validation_data {
            root.add(store_branch(store));
        }
        root
    }

    fn signature(&self, signature: &InspectedSignature) -> Branch {
        let check = &signature.check;
        let level = signature.level.map(|level| format!("  level {}", level_name(level))).unwrap_or_default();
        let mut branch = Branch::new(format!("signature {}  {}{level}", check.field, kind(&check.kind)));
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
        if let Some(allowed) = signature.certification {
            branch.fact("certifies", certification(allowed));
        }
        if let Some(lock) = &signature.field_lock {
            branch.fact("locks", locked(lock));
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
            branch.add(stamp_branch("time-stamp", stamp));
        }
        branch
    }
}

fn signature_json(signature: &InspectedSignature) -> Value {
    let check = &signature.check;
    json!({
        "field": check.field,
        "kind": kind(&check.kind),
        "level": signature.level.map(level_name),
        "certifies": signature.certification.map(certification),
        "locks": signature.field_lock.as_ref().map(locked),
        "revision": signature.revision.map(|at| at + 1),
        "vri": signature.vri_key,
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
        "signature_sha256": hex(&DigestAlgorithm::Sha256.digest(&check.signature_value)),
        "cms_bytes": check.cms.len(),
        "timestamp": check.timestamp.as_ref().map(stamp_json),
    })
}

fn store_json(store: &ValidationData) -> Value {
    let sha256 = |der: &Arc<[u8]>| hex(&DigestAlgorithm::Sha256.digest(der));
    let list = |all: &[Arc<[u8]>]| all.iter().map(sha256).collect::<Vec<_>>();
    let per_signature: Vec<_> = store
        .per_signature
        .iter()
        .map(|vri| {
            json!({
                "key": vri.key, "certificates": vri.certificates.len(), "crls": vri.crls.len(), "ocsp": vri.ocsp.len(),
                "created": vri.created.map(utc),
            })
        })
        .collect();
    json!({
        "certificates": list(&store.certificates), "crls": list(&store.crls), "ocsp": list(&store.ocsp),
        "per_signature": per_signature,
    })
}

fn store_branch(store: &ValidationData) -> Branch {
    const DAMAGED: &str = "cannot be read";
    let mut branch = Branch::new("validation data (DSS)");
    for der in &store.certificates {
        let text = Certificate::from_der(der).map_or_else(|_| DAMAGED.to_owned(), |one| subject_of(&one));
        branch.fact("certificate", text);
    }
    for der in &store.crls {
        let text = Crl::from_der(der)
            .map_or_else(|_| DAMAGED.to_owned(), |crl| format!("of {}, made {}", crl.issuer(), utc(crl.this_update())));
        branch.fact("CRL", text);
    }
    for der in &store.ocsp {
        let text = OcspResponse::from_der(der)
            .map_or_else(|_| DAMAGED.to_owned(), |ocsp| format!("answer, made {}", utc(ocsp.produced_at())));
        branch.fact("OCSP", text);
    }
    for vri in &store.per_signature {
        let counts =
            [(vri.certificates.len(), "certificates"), (vri.crls.len(), "CRLs"), (vri.ocsp.len(), "OCSP answers")];
        let counts: Vec<_> = counts.iter().map(|(count, what)| format!("{count} {what}")).collect();
        branch.fact("VRI", format!("{}  {}", vri.key, counts.join(", ")));
    }
    branch
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

fn locked(lock: &FieldLock) -> String {
    match lock {
        FieldLock::All => "all form fields".into(),
        FieldLock::Include(names) => format!("the form fields {}", names.join(", ")),
        FieldLock::Exclude(names) => format!("all form fields but {}", names.join(", ")),
    }
}
