//! From approval to finished file: sign, time-stamp, embed, check. Each result is kept before the next step begins.

use super::prepare::prepared_of;
use super::{DocumentError, DocumentView, PORTAL_CLIENT, view_of};
use crate::Ssa;
use crate::activation::TicketState;
use crate::fault::{Inconsistent, to_the_end};
use crate::ids::{DocumentId, SignerId, TicketId};
use crate::service::stored_time;
use crate::signing::{SignApprovedError, SignOrder};
use ades::crypto::AwsLc;
use ades::pades::{self, EmbedError, PreparedPdf, SignatureValue};
use ades::pdf::{FileSource, Source as _};
use ades::tsp::{Nonce, TimestampToken};
use std::fs::File;
use std::io::{BufWriter, Write};
use store::{Document, DocumentState, HashState, Revision, SignedRecord, StoreError, TimestampRecord};

/// After this many seconds a claim counts as abandoned by the process that made it. Longer than all attempts at time-stamping take.
pub(crate) const CLAIM_STALE: i64 = 180;

impl Ssa {
    /// Signs an approved document, time-stamps it, embeds both, checks the file and makes it ready for delivery.
    ///
    /// May be called again at any time: what was done is not done twice, and a finished document is just returned.
    ///
    /// # Errors
    /// [`DocumentError::TimestampUnavailable`] keeps the signature; the next call goes on from there.
    pub async fn finish_document(&self, signer_id: SignerId, id: &DocumentId) -> Result<DocumentView, DocumentError> {
        let (ssa, id) = (self.clone(), id.clone());
        to_the_end(async move { ssa.finish(signer_id, &id).await }).await
    }

    async fn finish(&self, signer_id: SignerId, id: &DocumentId) -> Result<DocumentView, DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        match document.state {
            DocumentState::Signed | DocumentState::Delivered => return Ok(view_of(document)?),
            DocumentState::Forgotten => return Err(DocumentError::Forgotten),
            DocumentState::Uploaded | DocumentState::Prepared => return Err(DocumentError::NotApproved),
            DocumentState::Approving => self.require_approved(&document).await?,
            DocumentState::Signing | DocumentState::Pending => {}
        }
        if !self.store().documents().claim(id.as_str(), self.stored_now(), CLAIM_STALE).await? {
            return Err(DocumentError::Busy);
        }
        match self.finish_claimed(signer_id, id).await {
            Ok(()) => self.document(signer_id, id).await,
            Err(error) => {
                self.release(id, &error).await?;
                Err(error)
            }
        }
    }

    /// So that asking too early costs nothing.
    async fn require_approved(&self, document: &Document) -> Result<(), DocumentError> {
        let ticket = self.ticket(&ticket_of(document)?).await?;
        match ticket.state {
            TicketState::Approved | TicketState::Used => Ok(()),
            TicketState::Open | TicketState::Requested => Err(DocumentError::NotApproved),
            TicketState::Refused | TicketState::Expired => Err(DocumentError::ApprovalOver),
        }
    }

    async fn finish_claimed(&self, signer_id: SignerId, id: &DocumentId) -> Result<(), DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        let prepared = prepared_of(&document)?;

        let value = match document.signature_value.clone() {
            Some(value) => value,
            None => self.signature_for(&document, &prepared).await?,
        };
        // From here on the value is kept with the document: whatever happens, nothing is signed again.
        let expires_at = stored_time(self.now().saturating_add(self.config().signed_lifetime));
        self.store().documents().record_signature(id.as_str(), &value, expires_at).await?;
        let value = SignatureValue::from(value);

        let token = match &document.timestamp_token {
            Some(der) => der.clone(),
            None => self.timestamp_for(id, &value).await?,
        };
        // From here on the time-stamp is kept too: the rest depends on this machine only.
        let token = TimestampToken::from_der(&token).map_err(|_| Inconsistent("time-stamp token"))?;

        let original = self.store().spool().open_file(id.as_str(), Revision::Original).await?;
        let signed = self
            .store()
            .spool()
            .write_with(id.as_str(), Revision::Signed, move |file| assemble(original, &prepared, &value, &token, file))
            .await?;
        // The file is on disk; if we stop before the next line, the next call makes the same bytes again.
        self.store().documents().record_signed(id.as_str(), &signed).await?;
        Ok(())
    }

    async fn signature_for(&self, document: &Document, prepared: &PreparedPdf) -> Result<Vec<u8>, DocumentError> {
        let ticket = ticket_of(document)?;
        let hash = prepared.dtbsr().as_bytes().to_vec();
        let order = SignOrder {
            ticket: ticket.clone(),
            client_id: PORTAL_CLIENT.to_owned(),
            credential_id: document
                .credential_id
                .as_ref()
                .and_then(|text| text.parse().ok())
                .ok_or(Inconsistent("credential of a prepared document"))?,
            hash_algorithm_oid: None,
            signature_algorithm_oid: prepared.algorithm().oid().to_string(),
            hashes: vec![hash.clone()],
        };
        match self.sign_approved(order).await {
            Ok(signed) => {
                let first = signed.into_iter().next().ok_or(Inconsistent("signature values"))?;
                Ok(first.signature)
            }
            Err(error @ (SignApprovedError::HashAlreadySigned | SignApprovedError::ApprovalExpired)) => {
                // A call before this one may have signed and stopped before it noted the value with the document.
                let hashes = self.store().tickets().hashes(ticket.as_str()).await?;
                let kept = hashes.into_iter().find(|item| item.hash == hash && item.state == HashState::Signed);
                kept.and_then(|item| item.signature_value).ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn timestamp_for(&self, id: &DocumentId, value: &SignatureValue) -> Result<Vec<u8>, DocumentError> {
        let nonce = Nonce::from_bytes(&self.random::<16>()?);
        let reply = self
            .stamp(&pades::timestamp_imprint(value), &nonce)
            .await
            .map_err(|error| DocumentError::TimestampUnavailable(error.into()))?;
        let record = TimestampRecord {
            token: reply.token_der.clone(),
            authority: reply.authority_name,
            time: stored_time(reply.time),
        };
        if !self.store().documents().record_timestamp(id.as_str(), &record).await? {
            return Err(Inconsistent("document changed while it was worked on").into());
        }
        Ok(reply.token_der)
    }

    /// Where a document stands after a call that did not finish it.
    async fn release(&self, id: &DocumentId, error: &DocumentError) -> Result<(), DocumentError> {
        let document = self.store().documents().lookup(id.as_str()).await?.ok_or(DocumentError::NotFound)?;
        let to = if document.signature_value.is_some() {
            DocumentState::Pending
        } else if matches!(error, DocumentError::ApprovalOver | DocumentError::Refused(_)) {
            DocumentState::Prepared
        } else {
            DocumentState::Approving
        };
        tracing::warn!(document.id = %id, document.state = ?to, error = %error, "document is not finished");
        self.store().documents().release(id.as_str(), to, &error.to_string()).await?;
        Ok(())
    }
}

fn ticket_of(document: &Document) -> Result<TicketId, Inconsistent> {
    document.ticket_id.as_ref().and_then(|text| text.parse().ok()).ok_or(Inconsistent("ticket of a document"))
}

/// Writes the signed file and reads it back as a stranger would.
fn assemble(
    original: File,
    prepared: &PreparedPdf,
    value: &SignatureValue,
    token: &TimestampToken,
    file: &mut File,
) -> Result<SignedRecord, DocumentError> {
    let original = FileSource::new(original).map_err(StoreError::Spool)?;
    let mut output = BufWriter::new(&mut *file);
    prepared.embed(&original, value, Some(token), &AwsLc, &mut output)?;
    output.flush().map_err(StoreError::Spool)?;
    drop(output);
    let written = FileSource::new(file.try_clone().map_err(StoreError::Spool)?).map_err(StoreError::Spool)?;
    self_check(&written, value)?;
    Ok(SignedRecord {
        sha256: crate::digest::sha256_of_source(&written).map_err(StoreError::Spool)?.to_vec(),
        size: stored_time(written.len()),
    })
}

/// The newest signature must be the one just made, over the whole file, with a good time-stamp.
fn self_check(written: &FileSource, value: &SignatureValue) -> Result<(), DocumentError> {
    let failed = |problem: &str| DocumentError::SelfCheckFailed { problem: problem.to_owned() };
    let checks = pades::verify_signatures(written, &AwsLc).map_err(|error| failed(&error.to_string()))?;
    let check = checks.iter().find(|check| check.signature_value == value.as_bytes());
    let check = check.ok_or_else(|| failed("the signature is not found in the file"))?;
    if let Some(problem) = &check.problem {
        return Err(failed(&problem.to_string()));
    }
    if !check.is_intact() || !check.covers_whole_file {
        return Err(failed("the signature does not cover the file"));
    }
    match &check.timestamp {
        Some(timestamp) if timestamp.result.is_ok() => Ok(()),
        _ => Err(failed("the time-stamp is missing or not good")),
    }
}

impl From<EmbedError> for DocumentError {
    fn from(error: EmbedError) -> Self {
        match error {
            EmbedError::TimestampUnusable(_) => Self::TimestampUnavailable(error.into()),
            EmbedError::Read(_) | EmbedError::Write(_) => Self::Unavailable(error.into()),
            other => Self::SelfCheckFailed { problem: other.to_string() },
        }
    }
}
