//! `rakkan log receipt verify`: what a receipt shows, and whether it belongs to a signed PDF. C2SP tlog-proof; security design 3.4.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::{VerifySignaturesError, verify_signatures};
use ades::pdf::FileSource;
use sam::receipt::{ReceiptError, VerifiedReceipt, verify};
use sam::signing_log::{AbortReason, Entry, KeyUse};
use serde_json::{Map, Value, json};

use super::key::LogKey;
use super::{hex, utc};

/// Longest file that is looked at as a receipt.
const LONGEST: u64 = 1_000_000;

/// A receipt that holds, and how it stands to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptCheck {
    /// What was logged.
    pub receipt: VerifiedReceipt,
    /// The key that signed the log.
    pub key: LogKey,
    /// Whether a signature of the PDF is the one in the receipt; `None` if no PDF was given.
    pub signature: Option<SignatureMatch>,
}

/// How a PDF stands to a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureMatch {
    /// The signature in this field is the logged one, and it is intact.
    Field(String),
    /// The signature in this field is the logged one, but it does not fit the document.
    Altered(String),
    /// None of the signatures is the logged one.
    None,
    /// The entry is about no signature.
    NotASignature,
}

/// A receipt could not be checked, or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum CheckReceiptError {
    /// A file cannot be read.
    #[error("{} cannot be read", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The receipt shows nothing.
    #[error("the receipt {} does not hold", .0.display())]
    Receipt(PathBuf, #[source] ReceiptError),
    /// The PDF cannot be read as one.
    #[error("{} cannot be read as PDF", .0.display())]
    Pdf(PathBuf, #[source] VerifySignaturesError),
}

/// Checks the receipt in `file` against the log's key, and the signatures in `pdf` against the receipt.
///
/// # Errors
/// [`CheckReceiptError::Receipt`] if it does not hold.
pub fn check_receipt(file: &Path, key: &LogKey, pdf: Option<&Path>) -> Result<ReceiptCheck, CheckReceiptError> {
    let read = || {
        if std::fs::metadata(file)?.len() > LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "longer than any receipt"));
        }
        std::fs::read_to_string(file)
    };
    let text = read().map_err(|error| CheckReceiptError::Read(file.to_owned(), error))?;
    let receipt = verify(&text, &key.key).map_err(|error| CheckReceiptError::Receipt(file.to_owned(), error))?;
    let signature = pdf.map(|pdf| find_signature(&receipt, pdf)).transpose()?;
    Ok(ReceiptCheck { receipt, key: key.clone(), signature })
}

fn find_signature(receipt: &VerifiedReceipt, pdf: &Path) -> Result<SignatureMatch, CheckReceiptError> {
    let Entry::Result { signature_sha256, .. } = &receipt.event().entry else {
        return Ok(SignatureMatch::NotASignature);
    };
    let read = |error| CheckReceiptError::Read(pdf.to_owned(), error);
    let source = FileSource::new(File::open(pdf).map_err(read)?).map_err(read)?;
    let checks = verify_signatures(&source, &AwsLc).map_err(|error| CheckReceiptError::Pdf(pdf.to_owned(), error))?;
    let logged =
        checks.into_iter().find(|check| DigestAlgorithm::Sha256.digest(&check.signature_value) == signature_sha256);
    Ok(match logged {
        Some(check) if check.is_intact() => SignatureMatch::Field(check.field),
        Some(check) => SignatureMatch::Altered(check.field),
        None => SignatureMatch::None,
    })
}

/// What was logged, as lines of name and value.
fn facts(entry: &Entry) -> Vec<(&'static str, String)> {
    match entry {
        Entry::Start { binary_sha256, configuration_sha256 } => {
            vec![("program", hex(binary_sha256)), ("configuration", hex(configuration_sha256))]
        }
        Entry::Record { signer_id, version, record_sha256 } => {
            vec![("signer", signer_id.to_string()), ("version", version.to_string()), ("record", hex(record_sha256))]
        }
        Entry::KeyGenerated { credential_id, signer_id, spki_sha256 } => vec![
            ("credential", credential_id.as_str().to_owned()),
            ("signer", signer_id.to_string()),
            ("public key", hex(spki_sha256)),
        ],
        Entry::Intent(key_use) => use_facts(key_use),
        Entry::Result { intent, key_use, signature_sha256 } => {
            let mut facts = use_facts(key_use);
            facts.extend([("signature", hex(signature_sha256)), ("announced", format!("in entry {intent}"))]);
            facts
        }
        Entry::Abort { intent, key_use, reason } => {
            let mut facts = use_facts(key_use);
            let reason = match reason {
                AbortReason::Restarted => "the module was stopped before the end",
                AbortReason::SigningFailed => "no signature was made",
                AbortReason::ResultNotLogged => "the result could not be logged, so it was thrown away",
                _ => "other",
            };
            facts.extend([("reason", reason.to_owned()), ("announced", format!("in entry {intent}"))]);
            facts
        }
        Entry::Refused { sar_id, credential_id, refusal } => {
            let mut facts = vec![("refusal", refusal.to_string())];
            facts.extend(sar_id.map(|id| ("request", hex(&id))));
            facts.extend(credential_id.as_ref().map(|id| ("credential", id.as_str().to_owned())));
            facts
        }
        _ => Vec::new(),
    }
}

fn use_facts(key_use: &KeyUse) -> Vec<(&'static str, String)> {
    vec![
        ("credential", key_use.credential_id.as_str().to_owned()),
        ("certificate", hex(&key_use.certificate_sha256)),
        ("signed hash", hex(&key_use.dtbsr)),
        ("algorithm", key_use.algorithm.clone()),
        ("request", format!("{}, hash {}", hex(&key_use.sar_id), key_use.index)),
        ("approval", hex(&key_use.sad_sha256)),
    ]
}

impl ReceiptCheck {
    /// Whether the receipt holds and, if a PDF was given, is about an intact signature in it.
    pub fn holds(&self) -> bool {
        matches!(self.signature, None | Some(SignatureMatch::Field(_)))
    }

    /// The same for programs.
    pub fn to_json(&self) -> Value {
        let event = self.receipt.event();
        let facts: Map<_, _> =
            facts(&event.entry).into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        let (field, intact) = match &self.signature {
            Some(SignatureMatch::Field(field)) => (Some(field), Some(true)),
            Some(SignatureMatch::Altered(field)) => (Some(field), Some(false)),
            Some(SignatureMatch::None | SignatureMatch::NotASignature) => (None, Some(false)),
            None => (None, None),
        };
        json!({
            "holds": self.holds(),
            "origin": self.receipt.origin(),
            "treeSize": self.receipt.tree_size(),
            "index": self.receipt.index(),
            "kind": event.entry.kind().name(),
            "time": utc(event.stamp.time),
            "clockSynchronised": event.stamp.clock_synchronised,
            "useOfKey": event.key_link.map(|link| link.sequence),
            "facts": facts,
            "key": self.key.key.to_string(),
            "pdfField": field,
            "pdfIntact": intact,
        })
    }
}

impl fmt::Display for ReceiptCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.receipt.event();
        let clock = if event.stamp.clock_synchronised { "" } else { "  (the clock was not synchronised)" };
        writeln!(
            f,
            "log          {}, {} entries when the receipt was made",
            self.receipt.origin(),
            self.receipt.tree_size()
        )?;
        writeln!(f, "entry        {}: {}", self.receipt.index(), event.entry.kind().name())?;
        writeln!(f, "time         {}{clock}", utc(event.stamp.time))?;
        for (name, value) in facts(&event.entry) {
            writeln!(f, "{name:<12} {value}")?;
        }
        if let Some(link) = event.key_link {
            writeln!(f, "key entries  this is number {} of this key", link.sequence)?;
        }
        writeln!(f, "signed by    {}", self.key)?;
        match &self.signature {
            Some(SignatureMatch::Field(field)) => {
                writeln!(f, "document     has this signature, intact, in field {field}")?
            }
            Some(SignatureMatch::Altered(field)) => {
                writeln!(f, "document     has this signature in field {field}, but was ALTERED after it")?;
            }
            Some(SignatureMatch::None) => writeln!(f, "document     does NOT have this signature")?,
            Some(SignatureMatch::NotASignature) => {
                writeln!(f, "document     NOT compared: the entry is about no signature")?
            }
            None => {}
        }
        writeln!(
            f,
            "{}",
            if self.holds() { "The receipt holds." } else { "The receipt holds, but not for this document." }
        )
    }
}
