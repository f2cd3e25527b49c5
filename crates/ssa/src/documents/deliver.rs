//! Delivery, and forgetting: what was delivered goes after a short grace for a repeated download, unless it is to be kept.

use super::DocumentError;
use crate::Ssa;
use crate::fault::{Inconsistent, off_the_runtime};
use crate::ids::{DocumentId, SignerId};
use crate::service::stored_time;
use ades::pdf::FileSource;
use std::fs::File;
use store::{DocumentState, Revision, StoreError};

/// A signed document on its way to its owner.
pub struct Delivery {
    /// Name for the download: the uploaded name with `-signed` before its ending.
    pub file_name: String,
    /// The signed file.
    pub file: File,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
    /// Receipt of the signing log, text of the `.tlog-proof` file.
    pub receipt: String,
}

impl Ssa {
    /// The signed file with its receipt. The document is forgotten some minutes later, unless it is to be kept.
    ///
    /// # Errors
    /// [`DocumentError::WrongState`] if it is not finished.
    pub async fn deliver(&self, signer_id: SignerId, id: &DocumentId) -> Result<Delivery, DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        match document.state {
            DocumentState::Signed | DocumentState::Delivered => {}
            DocumentState::Forgotten => return Err(DocumentError::Forgotten),
            state => return Err(DocumentError::WrongState { state }),
        }
        let receipt = self.document_receipt(signer_id, id).await?;
        let file = self.store().spool().open_file(id.as_str(), Revision::Signed).await?;
        let (file, sha256) = off_the_runtime(move || {
            let source = file.try_clone().and_then(FileSource::new).map_err(StoreError::Spool)?;
            let sha256 = crate::digest::sha256_of_source(&source).map_err(StoreError::Spool)?;
            Ok::<_, DocumentError>((file, sha256))
        })
        .await?;
        if document.signed_sha256.as_deref() != Some(sha256.as_slice()) {
            return Err(Inconsistent("signed file").into());
        }
        let now = self.now();
        let grace = stored_time(now.saturating_add(self.config().delivery_grace));
        let kept_until = stored_time(now.saturating_add(self.config().kept_lifetime));
        self.store().documents().record_delivery(id.as_str(), grace, kept_until).await?;
        Ok(Delivery { file_name: signed_name(&document.file_name), file, sha256, receipt })
    }

    /// The receipt of a signed document.
    ///
    /// # Errors
    /// [`DocumentError::WrongState`] if it is not signed.
    pub async fn document_receipt(&self, signer_id: SignerId, id: &DocumentId) -> Result<String, DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        let value = document.signature_value.ok_or(DocumentError::WrongState { state: document.state })?;
        let found = self.store().receipts().lookup(&crate::digest::sha256(&[&value])).await?;
        Ok(found.ok_or(Inconsistent("receipt of a signature"))?.receipt)
    }

    /// Deletes a document now. A document that is being worked on is not deleted.
    ///
    /// # Errors
    /// [`DocumentError::Busy`] while it is being signed.
    pub async fn forget(&self, signer_id: SignerId, id: &DocumentId) -> Result<(), DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        if document.state == DocumentState::Signing {
            return Err(DocumentError::Busy);
        }
        if let Some(ticket) = &document.ticket_id {
            self.store().tickets().refuse(ticket, "the document was deleted").await?;
        }
        self.erase(id.as_str()).await
    }

    /// The record first, then the files; the next start finishes what a stop in between leaves.
    pub(crate) async fn erase(&self, document_id: &str) -> Result<(), DocumentError> {
        self.store().documents().forget(document_id).await?;
        self.store().spool().delete(document_id).await?;
        Ok(())
    }
}

fn signed_name(file_name: &str) -> String {
    match file_name.rsplit_once('.') {
        Some((name, ending)) if ending.eq_ignore_ascii_case("pdf") && !name.is_empty() => {
            format!("{name}-signed.{ending}")
        }
        _ => format!("{file_name}-signed.pdf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_download_is_named_after_the_upload() {
        assert_eq!(signed_name("契約書.pdf"), "契約書-signed.pdf");
        assert_eq!(signed_name("a.b.PDF"), "a.b-signed.PDF");
        assert_eq!(signed_name("contract"), "contract-signed.pdf");
    }
}
