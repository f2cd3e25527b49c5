//! Check of a file that somebody brings: only what can be computed now from its bytes, our log and our authorities. Nothing is kept.
//!
//! Whoever brings it may be an enemy. The file stays on disk and is read at the places that matter; what reading may cost in memory and
//! processor time is bounded by `ades` (its `Limits`: objects, nesting, inflated bytes, bytes hashed for signatures), and
//! only few files are computed over at the same time. That is why it is done in this process and not in the drawing process.
//!
//! This is verification (cryptographic yes or no), not validation by EN 319 102-1: it says nothing about trust, revocation or law.

use crate::Ssa;
use crate::fault::{Inconsistent, Source, off_the_runtime};
use crate::file_fault::FileFault;
use crate::incoming::IncomingFile;
use ades::crypto::AwsLc;
use ades::pades::{SignatureCheck, SignatureKind, VerifySignaturesError, verify_signatures};
use ades::x509::Certificate;
use sam::receipt;
use sam::signing_log::Entry;
use std::time::Duration;
use store::StoreError;
use tlog::note::VerifierKey;

/// How long an authority may take to tell its certificates. A check goes on without it.
const AUTHORITY_TIME: Duration = Duration::from_secs(3);

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// SHA-256 of the file.
    pub sha256: [u8; 32],
    /// Octets of the file.
    pub size: u64,
    /// Its signatures, oldest first. Empty if it has none.
    pub signatures: Vec<CheckedSignature>,
}

/// What was found about one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSignature {
    /// Name of the signature field.
    pub field: String,
    /// Whether it is a document time-stamp, not a person's signature.
    pub is_document_timestamp: bool,
    /// Whether nothing was appended after it.
    pub covers_whole_file: bool,
    /// Whether the covered bytes are the ones that were signed.
    pub digest_ok: bool,
    /// Whether the signature value verifies under its certificate.
    pub signature_ok: bool,
    /// The first thing that is wrong, in words.
    pub problem: Option<String>,
    /// Subject of the certificate, RFC 4514.
    pub subject: Option<String>,
    /// Name in the certificate.
    pub common_name: Option<String>,
    /// Issuer of the certificate, RFC 4514.
    pub issuer: Option<String>,
    /// Validity of the certificate, Unix seconds.
    pub valid_from_to: Option<(u64, u64)>,
    /// The authority of this installation that issued the certificate, if one did (its signature on it was verified).
    pub issued_by: Option<CheckedIssuer>,
    /// Time claimed by the signer's side; proven by nothing.
    pub claimed_time: Option<u64>,
    /// The time-stamp over the signature.
    pub timestamp: Option<CheckedTimestamp>,
    /// What our log says.
    pub receipt: ReceiptCheck,
}

/// An authority of this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedIssuer {
    /// Short name.
    pub ca_id: String,
    /// The name shown.
    pub ca_name: String,
    /// Whether its certificates are for demonstration only.
    pub demo: bool,
}

/// A time-stamp in a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTimestamp {
    /// The time in it, Unix seconds.
    pub time: u64,
    /// Name of the authority in its certificate.
    pub authority: Option<String>,
    /// Whether it is over this signature and verifies.
    pub ok: bool,
}

/// What our log says about a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptCheck {
    /// This service has no receipt for it: it was made elsewhere, or never.
    Unknown,
    /// The signature is in our log; the proof was computed now.
    InLog {
        /// Index of the entry.
        index: u64,
        /// Entries in the log when the receipt was made.
        tree_size: u64,
        /// Name of the log.
        origin: String,
        /// When the log says the key was used, Unix seconds.
        time: u64,
        /// The receipt, text of the `.tlog-proof` file.
        receipt: String,
    },
    /// There is a receipt and it does not hold: our own records are damaged.
    Broken,
    /// The log's key could not be asked for, so nothing can be said now.
    NotChecked,
}

/// Why a file was not checked.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file cannot be read as PDF; the text says why and what to do.
    #[error("{problem}")]
    InvalidDocument {
        /// What is the matter.
        fault: FileFault,
        /// Cause and remedy.
        problem: String,
    },
    /// The store does not answer.
    #[error("the service cannot do this now; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

crate::fault::convert_faults!(CheckError);

impl From<VerifySignaturesError> for CheckError {
    fn from(error: VerifySignaturesError) -> Self {
        Self::InvalidDocument { fault: (&error).into(), problem: error.to_string() }
    }
}

impl Ssa {
    /// Checks a PDF. Module and authorities that do not answer make the report say less, never more.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn check(&self, file: IncomingFile) -> Result<CheckReport, CheckError> {
        let size = file.size();
        let work = self.checks().clone().acquire_owned().await.map_err(|_| Inconsistent("places for checks"))?;
        // The work goes on when the caller stops waiting; until its end it keeps both places.
        let (sha256, checks) = off_the_runtime(move || {
            let (source, _work) = (file.source()?, work);
            let checks = verify_signatures(&source, &AwsLc)?;
            let sha256 = crate::digest::sha256_of_source(&source).map_err(StoreError::Spool)?;
            Ok::<_, CheckError>((sha256, checks))
        })
        .await?;
        let mut signatures = Vec::new();
        if !checks.is_empty() {
            let issuers = self.issuers().await;
            let log = self.log_key().await;
            for check in checks {
                let receipt = self.receipt_check(&check, log.as_ref()).await?;
                signatures.push(report(check, &issuers, receipt));
            }
        }
        Ok(CheckReport { sha256, size, signatures })
    }

    async fn log_key(&self) -> Option<VerifierKey> {
        match self.module_status().await {
            Ok(status) => status.log_verifier_key.parse().ok(),
            Err(error) => {
                tracing::warn!(error = %error, "check without the log's key");
                None
            }
        }
    }

    async fn issuers(&self) -> Vec<(CheckedIssuer, Certificate)> {
        let mut issuers = Vec::new();
        for authority in self.authorities() {
            let asked = authority.client.authority_certificates(self.now());
            let Ok(Ok(certificates)) = tokio::time::timeout(AUTHORITY_TIME, asked).await else {
                tracing::warn!(ca.id = %authority.id, "check without the certificates of an authority");
                continue;
            };
            let view =
                CheckedIssuer { ca_id: authority.id.clone(), ca_name: authority.name.clone(), demo: authority.demo };
            issuers.extend(certificates.into_iter().map(|certificate| (view.clone(), certificate)));
        }
        issuers
    }

    async fn receipt_check(
        &self,
        check: &SignatureCheck,
        log: Option<&VerifierKey>,
    ) -> Result<ReceiptCheck, CheckError> {
        let signature_sha256 = crate::digest::sha256(&[&check.signature_value]);
        let Some(found) = self.store().receipts().lookup(&signature_sha256).await? else {
            return Ok(ReceiptCheck::Unknown);
        };
        let Some(log) = log else {
            return Ok(ReceiptCheck::NotChecked);
        };
        let Ok(verified) = receipt::verify(&found.receipt, log) else {
            return Ok(ReceiptCheck::Broken);
        };
        let certificate_sha256 = check.signing_certificate.as_ref().map(Certificate::sha256);
        match &verified.event().entry {
            Entry::Result { key_use, signature_sha256: logged, .. }
                if *logged == signature_sha256
                    && certificate_sha256.as_deref() == Some(&key_use.certificate_sha256[..]) =>
            {
                Ok(ReceiptCheck::InLog {
                    index: verified.index(),
                    tree_size: verified.tree_size(),
                    origin: verified.origin().to_owned(),
                    time: verified.event().stamp.time,
                    receipt: found.receipt,
                })
            }
            _ => Ok(ReceiptCheck::Broken),
        }
    }
}

fn report(check: SignatureCheck, issuers: &[(CheckedIssuer, Certificate)], receipt: ReceiptCheck) -> CheckedSignature {
    let certificate = check.signing_certificate.as_ref();
    let issued_by = certificate.and_then(|certificate| {
        let issuer = issuers.iter().find(|(_, issuer)| certificate.verify_issued_by(issuer, &AwsLc).is_ok());
        issuer.map(|(view, _)| view.clone())
    });
    CheckedSignature {
        is_document_timestamp: check.kind == SignatureKind::DocumentTimestamp,
        covers_whole_file: check.covers_whole_file,
        digest_ok: check.digest_ok,
        signature_ok: check.signature_ok,
        problem: check.problem.as_ref().map(ToString::to_string),
        subject: certificate.map(|certificate| certificate.subject().to_string()),
        common_name: certificate.and_then(|certificate| certificate.subject().common_name()),
        issuer: certificate.map(|certificate| certificate.issuer().to_string()),
        valid_from_to: certificate.map(|certificate| (certificate.not_before(), certificate.not_after())),
        issued_by,
        claimed_time: check.claimed_time,
        timestamp: check.timestamp.as_ref().map(|timestamp| CheckedTimestamp {
            time: timestamp.info.time,
            authority: timestamp.result.as_ref().ok().map(|certificate| {
                certificate.subject().common_name().unwrap_or_else(|| certificate.subject().to_string())
            }),
            ok: timestamp.result.is_ok(),
        }),
        receipt,
        field: check.field,
    }
}
