//! Uses an approval: each approved hash is signed once, for the client that asked. CSC API 11.10; EN 419 241-1 SRG_SIG.

use crate::Ssa;
use crate::activation::TicketState;
use crate::fault::{Inconsistent, Source, convert_faults, to_the_end};
use crate::ids::{CredentialId, TicketId};
use crate::sam_client::SamError;
use sam::Refusal;
use sam::protocol::message::Sign;
use std::collections::HashSet;
use store::{HashState, TakeOutcome, Ticket};

/// What is to be signed under which approval.
#[derive(Debug, Clone)]
pub struct SignOrder {
    /// The approved ticket.
    pub ticket: TicketId,
    /// The client that asks; it must be the one that the signer saw.
    pub client_id: String,
    /// The credential; it must be the approved one.
    pub credential_id: CredentialId,
    /// OID of the hash algorithm, if the client names it.
    pub hash_algorithm_oid: Option<String>,
    /// OID of the signature algorithm.
    pub signature_algorithm_oid: String,
    /// Some or all of the approved hashes.
    pub hashes: Vec<Vec<u8>>,
}

/// A signature that is in the log.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedHash {
    /// What was signed.
    pub hash: Vec<u8>,
    /// The signature value.
    pub signature: Vec<u8>,
    /// Text of the `.tlog-proof` file.
    pub receipt: String,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignApprovedError {
    /// No approval of this name for this client, or none yet.
    #[error("there is no such approval for this client")]
    UnknownApproval,
    /// The approval's time is over, or the module was started again since.
    #[error("the approval has expired; ask the signer again")]
    ApprovalExpired,
    /// The approval is for another credential.
    #[error("the approval is for another credential")]
    WrongCredential,
    /// The approval is for other algorithms.
    #[error("the approval is for other algorithms")]
    AlgorithmMismatch,
    /// No hash, or one twice.
    #[error("the list of hashes is empty or names a hash twice")]
    InvalidHashes,
    /// A hash is not in the approved list.
    #[error("a hash was not approved by the signer")]
    HashNotApproved,
    /// A hash was signed before, or its signing began before.
    #[error("a hash was already signed under this approval; each is signed once")]
    HashAlreadySigned,
    /// The module refused for another reason.
    #[error("the signature activation module refused: {0}")]
    Refused(Refusal),
    /// Store or module do not answer.
    #[error(
        "the service cannot sign now; try again in a moment, with a new approval if this one does not work any more"
    )]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(SignApprovedError);

impl From<SamError> for SignApprovedError {
    fn from(error: SamError) -> Self {
        match error {
            SamError::Refused(Refusal::UnknownGrant | Refusal::GrantExpired) => Self::ApprovalExpired,
            SamError::Refused(Refusal::HashNotApproved) => Self::HashNotApproved,
            SamError::Refused(Refusal::HashAlreadyUsed) => Self::HashAlreadySigned,
            SamError::Refused(refusal) => Self::Refused(refusal),
            error if error.is_outage() => Self::Unavailable(error.into()),
            error => Self::Internal(error.into()),
        }
    }
}

impl Ssa {
    /// Signs approved hashes: all of the order, or none. The answer has the order's order.
    ///
    /// # Errors
    /// [`SignApprovedError`]. A hash whose signing began is never signed again, also if the answer was lost.
    pub async fn sign_approved(&self, order: SignOrder) -> Result<Vec<SignedHash>, SignApprovedError> {
        let ssa = self.clone();
        to_the_end(async move { ssa.sign_order(order).await }).await
    }

    /// The receipt of a signature, by the SHA-256 of its value.
    ///
    /// # Errors
    /// [`SignApprovedError::Unavailable`] if the store does not answer.
    pub async fn receipt(&self, signature_sha256: &[u8; 32]) -> Result<Option<String>, SignApprovedError> {
        Ok(self.store().receipts().lookup(signature_sha256).await?.map(|found| found.receipt))
    }

    async fn sign_order(&self, order: SignOrder) -> Result<Vec<SignedHash>, SignApprovedError> {
        let ticket = self.store().tickets().lookup(order.ticket.as_str()).await?;
        let ticket =
            ticket.filter(|ticket| ticket.client_id == order.client_id).ok_or(SignApprovedError::UnknownApproval)?;
        match crate::activation::state_of(&ticket, self.now()) {
            TicketState::Approved | TicketState::Used => {}
            TicketState::Expired => return Err(SignApprovedError::ApprovalExpired),
            TicketState::Open | TicketState::Requested | TicketState::Refused => {
                return Err(SignApprovedError::UnknownApproval);
            }
        }
        self.check_order(&order, &ticket).await?;
        match self.store().tickets().take(order.ticket.as_str(), &order.hashes, self.stored_now()).await? {
            TakeOutcome::Taken => {}
            TakeOutcome::NotApproved => return Err(SignApprovedError::ApprovalExpired),
            TakeOutcome::NotOpen => return Err(SignApprovedError::HashAlreadySigned),
        }
        self.sign_taken(&ticket, order.hashes).await
    }

    async fn check_order(&self, order: &SignOrder, ticket: &Ticket) -> Result<(), SignApprovedError> {
        if ticket.credential_id != order.credential_id.as_str() {
            return Err(SignApprovedError::WrongCredential);
        }
        let same_digest = order.hash_algorithm_oid.as_ref().is_none_or(|oid| *oid == ticket.hash_algorithm);
        if ticket.signature_algorithm != order.signature_algorithm_oid || !same_digest {
            return Err(SignApprovedError::AlgorithmMismatch);
        }
        let mut seen = HashSet::new();
        if order.hashes.is_empty() || !order.hashes.iter().all(|hash| seen.insert(hash)) {
            return Err(SignApprovedError::InvalidHashes);
        }
        let approved = self.store().tickets().hashes(order.ticket.as_str()).await?;
        for hash in &order.hashes {
            match approved.iter().find(|item| item.hash == *hash).map(|item| item.state) {
                None => return Err(SignApprovedError::HashNotApproved),
                Some(HashState::Taken | HashState::Signed) => return Err(SignApprovedError::HashAlreadySigned),
                Some(HashState::Open) => {}
            }
        }
        Ok(())
    }

    /// From here on the hashes are ours alone. If we stop before the values are kept, they are lost with the approval: the module's log
    /// says what was signed, and no value ever left.
    async fn sign_taken(&self, ticket: &Ticket, hashes: Vec<Vec<u8>>) -> Result<Vec<SignedHash>, SignApprovedError> {
        let credential = self.store().credentials().lookup(&ticket.credential_id).await?;
        let record = self.store().signers().record(&ticket.signer_id).await?;
        let grant = ticket.grant_reference.clone().and_then(|octets| octets.try_into().ok());
        let sign = Sign {
            grant: grant.ok_or(Inconsistent("reference of the approval"))?,
            record: record.ok_or(Inconsistent("sealed record"))?.record,
            sealed_key: credential.ok_or(Inconsistent("credential"))?.sealed_key,
            hashes: hashes.clone(),
        };
        let items = match self.sam().sign(sign).await {
            Ok(items) => items,
            Err(error) => {
                if matches!(error, SamError::NotReached(_)) {
                    self.store().tickets().release(&ticket.ticket_id, &hashes).await?;
                }
                return Err(error.into());
            }
        };
        let signed: Vec<SignedHash> = hashes
            .into_iter()
            .zip(items)
            .map(|(hash, item)| SignedHash { hash, signature: item.signature, receipt: item.receipt })
            .collect();
        let stored: Vec<store::SignedHash> = signed.iter().map(stored).collect();
        if !self.store().tickets().record_signatures(ticket, &stored, self.stored_now()).await? {
            return Err(Inconsistent("ticket changed while it was worked on").into());
        }
        Ok(signed)
    }
}

fn stored(signed: &SignedHash) -> store::SignedHash {
    store::SignedHash {
        hash: signed.hash.clone(),
        signature_value: signed.signature.clone(),
        signature_sha256: crate::digest::sha256(&[&signed.signature]).to_vec(),
        receipt: signed.receipt.clone(),
    }
}
