//! Documents of the portal, from upload to delivery: uploaded -> prepared -> approving -> signing -> signed -> delivered -> forgotten.
//!
//! Every step can be repeated. What was signed once is kept (`pending`) until the time-stamp is there, and is never signed again; a
//! file below the requested level is never delivered. The bytes go after delivery unless the owner asked to keep them.

mod deliver;
mod finish;
mod prepare;
mod upload;

pub use deliver::Delivery;
pub(crate) use finish::CLAIM_STALE;
pub use prepare::{PrepareOrder, PreparedView};
pub use store::DocumentState;
pub use upload::Upload;

use crate::Ssa;
use crate::fault::{Inconsistent, Source, convert_faults};
use crate::file_fault::FileFault;
use crate::ids::{CredentialId, DocumentId, SignerId, TicketId};
use crate::service::domain_time;
use crate::signing::SignApprovedError;
use sam::Refusal;
use store::Document;

/// The portal as a client of the signer's approval. No OAuth client can have this id.
pub(crate) const PORTAL_CLIENT: &str = "urn:rakkan:portal";

/// A document as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentView {
    /// Its id.
    pub id: DocumentId,
    /// As uploaded, cleaned.
    pub file_name: String,
    /// Octets as uploaded.
    pub size: u64,
    /// SHA-256 as uploaded.
    pub sha256: [u8; 32],
    /// How far it is.
    pub state: DocumentState,
    /// Prepared for this credential.
    pub credential_id: Option<CredentialId>,
    /// The newest ticket.
    pub ticket: Option<TicketId>,
    /// Whether the owner asked to keep it after delivery.
    pub keep: bool,
    /// The worker's words about the pages, JSON of `web`.
    pub page_report: Option<String>,
    /// The last thing that went wrong, in words for the owner.
    pub failure: Option<String>,
    /// Present when signed.
    pub signed: Option<SignedView>,
    /// Unix seconds.
    pub created_at: u64,
    /// Unix seconds; afterwards the bytes go.
    pub expires_at: u64,
}

/// The finished file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedView {
    /// SHA-256 of the signed file.
    pub sha256: [u8; 32],
    /// Octets of the signed file.
    pub size: u64,
    /// Name of the authority that vouches for the time.
    pub timestamp_authority: String,
    /// The time it vouches for, Unix seconds.
    pub timestamp_time: u64,
}

/// Why a step with a document was not done.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// No such document of this signer. Another signer's document is answered in the same way.
    #[error("there is no such document")]
    NotFound,
    /// Its bytes were deleted.
    #[error("the document was deleted; upload it again")]
    Forgotten,
    /// The file cannot be signed as it is; the text says why and what to do.
    #[error("{problem}")]
    InvalidDocument {
        /// What is the matter.
        fault: FileFault,
        /// Cause and remedy.
        problem: String,
    },
    /// No active credential of this name of this signer.
    #[error("there is no such certificate that can sign; choose another one")]
    UnknownCredential,
    /// The certificate is not valid now.
    #[error("the certificate is not valid now; choose another one or request a new one")]
    CertificateNotValid,
    /// The step does not fit the document's state.
    #[error("this cannot be done now: the document is {state:?}")]
    WrongState {
        /// The state it is in.
        state: DocumentState,
    },
    /// Another call works on it.
    #[error("the document is being worked on; wait a moment")]
    Busy,
    /// The signer has not approved yet.
    #[error("the signature is not approved yet; go to the signing page")]
    NotApproved,
    /// The approval was declined, refused, or is over. Nothing was signed.
    #[error("the approval was declined or its time is over; nothing was signed; ask for the signature again")]
    ApprovalOver,
    /// Signed, but no time-stamp authority answers. The signature is kept; the same call goes on from here.
    #[error("the document is signed, but no time-stamp authority answers; the signature is kept; try again later")]
    TimestampUnavailable(#[source] Source),
    /// Our own check of the finished file failed; it is not delivered.
    #[error("the signed file did not pass the service's own check and is not delivered; tell the operator")]
    SelfCheckFailed {
        /// What was found.
        problem: String,
    },
    /// The module refused.
    #[error("the signature activation module refused: {0}")]
    Refused(Refusal),
    /// Store or module do not answer.
    #[error("the service cannot do this now; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(DocumentError);

impl From<SignApprovedError> for DocumentError {
    fn from(error: SignApprovedError) -> Self {
        match error {
            SignApprovedError::UnknownApproval => Self::NotApproved,
            SignApprovedError::ApprovalExpired | SignApprovedError::HashAlreadySigned => Self::ApprovalOver,
            SignApprovedError::Refused(refusal) => Self::Refused(refusal),
            SignApprovedError::Unavailable(source) => Self::Unavailable(source),
            SignApprovedError::Internal(source) => Self::Internal(source),
            SignApprovedError::WrongCredential
            | SignApprovedError::AlgorithmMismatch
            | SignApprovedError::InvalidHashes
            | SignApprovedError::HashNotApproved => Self::Internal(error.into()),
        }
    }
}

impl Ssa {
    /// All documents of a signer that are not forgotten, newest first.
    ///
    /// # Errors
    /// [`DocumentError::Unavailable`] if the store does not answer.
    pub async fn documents(&self, signer_id: SignerId) -> Result<Vec<DocumentView>, DocumentError> {
        let stored = self.store().documents().list(&signer_id.to_string()).await?;
        stored.into_iter().map(|document| Ok(view_of(document)?)).collect()
    }

    /// One document of a signer.
    ///
    /// # Errors
    /// [`DocumentError::NotFound`] also for another signer's document.
    pub async fn document(&self, signer_id: SignerId, id: &DocumentId) -> Result<DocumentView, DocumentError> {
        Ok(view_of(self.owned_document(signer_id, id).await?)?)
    }

    /// Keeps what the worker said about the pages, for the review page.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn save_page_report(
        &self,
        signer_id: SignerId,
        id: &DocumentId,
        page_report: &str,
    ) -> Result<(), DocumentError> {
        self.owned_document(signer_id, id).await?;
        if !self.store().documents().record_page_report(id.as_str(), page_report).await? {
            return Err(DocumentError::Forgotten);
        }
        Ok(())
    }

    pub(crate) async fn owned_document(&self, signer_id: SignerId, id: &DocumentId) -> Result<Document, DocumentError> {
        let found = self.store().documents().lookup(id.as_str()).await?;
        found.filter(|document| document.signer_id == signer_id.to_string()).ok_or(DocumentError::NotFound)
    }
}

pub(crate) fn view_of(stored: Document) -> Result<DocumentView, Inconsistent> {
    let hash = |octets: Vec<u8>| octets.try_into().map_err(|_| Inconsistent("hash of a document"));
    let count = |octets: i64| u64::try_from(octets).map_err(|_| Inconsistent("size of a document"));
    let signed = match (stored.signed_sha256, stored.signed_size, stored.timestamp_authority, stored.timestamp_time) {
        (Some(sha256), Some(size), Some(timestamp_authority), Some(time)) => Some(SignedView {
            sha256: hash(sha256)?,
            size: count(size)?,
            timestamp_authority,
            timestamp_time: domain_time(time),
        }),
        _ => None,
    };
    Ok(DocumentView {
        id: stored.document_id.parse().map_err(|_| Inconsistent("document id"))?,
        file_name: stored.file_name,
        size: count(stored.size)?,
        sha256: hash(stored.sha256)?,
        state: stored.state,
        credential_id: match stored.credential_id {
            Some(text) => Some(text.parse().map_err(|_| Inconsistent("credential id"))?),
            None => None,
        },
        ticket: match stored.ticket_id {
            Some(text) => Some(text.parse().map_err(|_| Inconsistent("ticket id"))?),
            None => None,
        },
        keep: stored.keep != 0,
        page_report: stored.page_report,
        failure: stored.failure,
        signed,
        created_at: domain_time(stored.created_at),
        expires_at: domain_time(stored.expires_at),
    })
}
