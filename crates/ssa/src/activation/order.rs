//! Opens a ticket: checks once what the signer will be asked to approve.

use super::ActivationError;
use crate::Ssa;
use crate::ids::{CredentialId, DocumentId, SignerId, TicketId};
use crate::service::stored_time;
use ades::Oid;
use ades::crypto::{DigestAlgorithm, SignatureAlgorithm};
use std::collections::HashSet;
use store::{CredentialStatus, NewTicket, NewTicketHash};

/// Most hashes that one explicit list may have. security.md 7.1 no. 8.
const HASHES_LIMIT: usize = 256;
/// Longest label, in octets.
const LABEL_LIMIT: usize = 200;
/// Longest text of other kinds, in octets.
const TEXT_LIMIT: usize = 2048;
/// A ticket waits for its signer at most this long, in seconds.
const LIFETIME_LIMIT: u64 = 3600;

/// What a signer is to be asked.
#[derive(Debug, Clone)]
pub struct ActivationOrder {
    /// The signer, if known: the credential must then be theirs.
    pub signer: Option<SignerId>,
    /// The key to use.
    pub credential_id: CredentialId,
    /// OID of the hash algorithm.
    pub hash_algorithm_oid: String,
    /// OID of the signature algorithm.
    pub signature_algorithm_oid: String,
    /// What is to be signed, in order; no hash twice.
    pub hashes: Vec<HashToSign>,
    /// Who asks.
    pub client: ClientIdentity,
    /// What for, in words that the page shows.
    pub purpose: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// Seconds that the ticket waits for the signer, at most an hour.
    pub expires_in: u64,
}

/// One hash with what the page shows for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashToSign {
    /// DTBS/R.
    pub hash: Vec<u8>,
    /// Name of the document, at most 200 octets.
    pub label: String,
    /// SHA-256 of the document as the signer knows it; of the hash itself where the document is not known here.
    pub document_sha256: [u8; 32],
}

/// Who asks, as the page shows it and as the approval binds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientIdentity {
    /// OAuth client id, or the portal's own.
    pub client_id: String,
    /// The name shown.
    pub name: String,
    /// Where the client gets its answer.
    pub redirect_uri: String,
}

impl ClientIdentity {
    /// What the activation request carries for the client: SHA-256 over id, name and address, each with its length.
    pub(crate) fn hash(&self) -> [u8; 32] {
        crate::digest::sha256_of_list("rakkan-client/1", &[&self.client_id, &self.name, &self.redirect_uri])
    }
}

impl Ssa {
    /// Opens a ticket. The browser is then sent to the signing page with its id.
    ///
    /// # Errors
    /// [`ActivationError::InvalidOrder`] and [`ActivationError::UnknownCredential`] are the caller's fault.
    pub async fn open_activation(&self, order: ActivationOrder) -> Result<TicketId, ActivationError> {
        self.open_ticket(order, None).await
    }

    pub(crate) async fn open_ticket(
        &self,
        order: ActivationOrder,
        document: Option<&DocumentId>,
    ) -> Result<TicketId, ActivationError> {
        check(&order)?;
        let found = self.store().credentials().lookup(order.credential_id.as_str()).await?;
        let credential = found
            .filter(|credential| credential.status == CredentialStatus::Active)
            .filter(|credential| order.signer.is_none_or(|signer| signer.to_string() == credential.signer_id))
            .ok_or(ActivationError::UnknownCredential)?;
        let view = self.view_of(credential)?;
        let now = self.now();
        if !view.can_sign_at(now) {
            return Err(ActivationError::UnknownCredential);
        }
        if view.key_algorithm.signature_algorithm().oid() != order.signature_algorithm_oid {
            return Err(ActivationError::InvalidOrder("the signature algorithm does not fit the key"));
        }
        let ticket_id = TicketId::from_random(self.random()?);
        let new = NewTicket {
            ticket_id: ticket_id.to_string(),
            signer_id: view.signer_id.to_string(),
            credential_id: order.credential_id.to_string(),
            hash_algorithm: order.hash_algorithm_oid,
            signature_algorithm: order.signature_algorithm_oid,
            client_id: order.client.client_id,
            client_name: order.client.name,
            redirect_uri: order.client.redirect_uri,
            purpose: order.purpose,
            return_to: order.return_to,
            document_id: document.map(ToString::to_string),
            hashes: order.hashes.into_iter().map(stored).collect(),
            created_at: stored_time(now),
            expires_at: stored_time(now.saturating_add(order.expires_in)),
        };
        self.store().tickets().insert(&new).await?;
        Ok(ticket_id)
    }
}

fn stored(item: HashToSign) -> NewTicketHash {
    NewTicketHash { hash: item.hash, label: item.label, document_sha256: item.document_sha256.to_vec() }
}

fn check(order: &ActivationOrder) -> Result<(), ActivationError> {
    let oid = |text: &str| Oid::new(text).ok();
    let digest = oid(&order.hash_algorithm_oid).and_then(|oid| DigestAlgorithm::from_oid(&oid));
    let digest = digest.ok_or(ActivationError::InvalidOrder("the hash algorithm is not known"))?;
    let signature = oid(&order.signature_algorithm_oid).and_then(|oid| SignatureAlgorithm::from_oid(&oid));
    let signature = signature.ok_or(ActivationError::InvalidOrder("the signature algorithm is not known"))?;
    let mut seen = HashSet::new();
    let texts =
        [&order.client.client_id, &order.client.name, &order.client.redirect_uri, &order.purpose, &order.return_to];
    let problem = if signature.digest() != digest {
        "the hash algorithm is not the one of the signature algorithm"
    } else if order.hashes.is_empty() {
        "there is no hash"
    } else if order.hashes.len() > HASHES_LIMIT {
        "there are more than 256 hashes"
    } else if order.hashes.iter().any(|item| item.hash.len() != digest.output_len()) {
        "a hash has another length than its algorithm gives"
    } else if !order.hashes.iter().all(|item| seen.insert(&item.hash)) {
        "a hash occurs twice"
    } else if order.hashes.iter().any(|item| item.label.trim().is_empty() || item.label.len() > LABEL_LIMIT) {
        "a label is empty or longer than 200 octets"
    } else if order.hashes.iter().any(|item| item.label.chars().any(char::is_control)) {
        "a label has control characters"
    } else if texts.iter().any(|text| text.len() > TEXT_LIMIT || text.chars().any(char::is_control)) {
        "a text is too long or has control characters"
    } else if order.expires_in == 0 || order.expires_in > LIFETIME_LIMIT {
        "the time to wait is not between one second and one hour"
    } else {
        return Ok(());
    };
    Err(ActivationError::InvalidOrder(problem))
}
