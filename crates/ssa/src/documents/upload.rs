//! Upload: size, kind and readability are checked before anything is kept.

use super::{DocumentError, DocumentView};
use crate::Ssa;
use crate::fault::{Inconsistent, off_the_runtime};
use crate::ids::{DocumentId, SessionBinding, SignerId, TicketId};
use crate::incoming::IncomingFile;
use crate::service::stored_time;
use ades::crypto::AwsLc;
use ades::pades::{VerifySignaturesError, verify_signatures};
use std::fs::File;
use store::{DocumentState, NewDocument, Revision, StoreError};

/// Longest file name that is kept, in characters.
const FILE_NAME_LIMIT: usize = 100;

/// A file from a browser.
pub struct Upload {
    /// As the browser names it.
    pub file_name: String,
    /// The file.
    pub file: IncomingFile,
}

impl Ssa {
    /// Keeps a PDF for its owner.
    ///
    /// # Errors
    /// [`DocumentError::InvalidDocument`] is about the file; nothing was kept then.
    pub async fn upload(&self, signer_id: SignerId, upload: Upload) -> Result<DocumentView, DocumentError> {
        let Upload { file_name, file } = upload;
        let size = file.size();
        let (file, sha256) = off_the_runtime(move || {
            let source = file.source()?;
            // Reading the earlier signatures reads all that signing will have to read.
            verify_signatures(&source, &AwsLc)?;
            let sha256 = crate::digest::sha256_of_source(&source).map_err(StoreError::Spool)?;
            Ok::<_, DocumentError>((file, sha256))
        })
        .await?;
        let id = DocumentId::from_random(self.random()?);
        let now = self.now();
        let new = NewDocument {
            document_id: id.to_string(),
            signer_id: signer_id.to_string(),
            file_name: clean_file_name(&file_name),
            size: stored_time(size),
            sha256: sha256.to_vec(),
            created_at: stored_time(now),
            expires_at: stored_time(now.saturating_add(self.config().document_lifetime)),
        };
        // The file first: a record always has its file. A file without a record is deleted at the next start.
        let copy = move |target: &mut File| file.copy_to(target);
        self.store().spool().write_with(id.as_str(), Revision::Original, copy).await?;
        self.store().documents().insert(&new).await?;
        self.document(signer_id, &id).await
    }

    /// The file as uploaded, for the worker that draws the pages.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn document_file(&self, signer_id: SignerId, id: &DocumentId) -> Result<File, DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        self.original(&document).await
    }

    /// The file that belongs to a ticket, for the signing page of the browser session that owns the ticket.
    ///
    /// # Errors
    /// [`DocumentError::NotFound`] if the ticket is another session's, or not for a portal document.
    pub async fn document_for_ticket(&self, ticket: &TicketId, session: SessionBinding) -> Result<File, DocumentError> {
        if !self.store().tickets().bind(ticket.as_str(), session.as_bytes()).await? {
            return Err(DocumentError::NotFound);
        }
        let ticket = self.store().tickets().lookup(ticket.as_str()).await?.ok_or(DocumentError::NotFound)?;
        let document_id = ticket.document_id.ok_or(DocumentError::NotFound)?;
        let document = self.store().documents().lookup(&document_id).await?.ok_or(DocumentError::NotFound)?;
        if document.signer_id != ticket.signer_id {
            return Err(Inconsistent("owner of a ticket's document").into());
        }
        self.original(&document).await
    }

    async fn original(&self, document: &store::Document) -> Result<File, DocumentError> {
        if document.state == DocumentState::Forgotten {
            return Err(DocumentError::Forgotten);
        }
        Ok(self.store().spool().open_file(&document.document_id, Revision::Original).await?)
    }
}

impl From<VerifySignaturesError> for DocumentError {
    fn from(error: VerifySignaturesError) -> Self {
        Self::InvalidDocument { fault: (&error).into(), problem: error.to_string() }
    }
}

/// The last part of a path, without characters that are not seen or that end a header.
fn clean_file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |character: &char| {
        !character.is_control()
            && !matches!(character, '"' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let cleaned: String = last.chars().filter(shown).take(FILE_NAME_LIMIT).collect();
    match cleaned.trim().trim_matches('.') {
        "" => "document.pdf".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_lose_paths_and_what_is_not_seen() {
        assert_eq!(clean_file_name("契約書.pdf"), "契約書.pdf");
        assert_eq!(clean_file_name(r"C:\Users\x\contract.pdf"), "contract.pdf");
        assert_eq!(clean_file_name("../../etc/passwd"), "passwd");
        assert_eq!(clean_file_name("a\r\nX: y\u{202e}fdp.exe"), "aX: yfdp.exe");
        assert_eq!(clean_file_name(".."), "document.pdf");
        assert_eq!(clean_file_name(&"あ".repeat(300)).chars().count(), FILE_NAME_LIMIT);
    }
}
