//! What the signing page shows of a ticket, and what an authorization server may know of it.

use super::{ActivationError, ClientIdentity};
use crate::Ssa;
use crate::credentials::CredentialView;
use crate::fault::Inconsistent;
use crate::ids::{CredentialId, DocumentId, SessionBinding, SignerId, TicketId};
use crate::service::domain_time;
use sam::sad::Sar;

/// How far a ticket is, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketState {
    /// Nobody pressed the button yet.
    Open,
    /// The passkey is being asked.
    Requested,
    /// Approved, not all hashes signed.
    Approved,
    /// All hashes signed.
    Used,
    /// Declined or refused.
    Refused,
    /// Its time is over.
    Expired,
}

/// Everything the signing page restates.
#[derive(Debug, Clone)]
pub struct ActivationView {
    /// The ticket.
    pub ticket: TicketId,
    /// How far it is.
    pub state: TicketState,
    /// Who is asked.
    pub signer_id: SignerId,
    /// With which credential, including name, issuer and validity.
    pub credential: CredentialView,
    /// What is to be signed, in order.
    pub items: Vec<ActivationItem>,
    /// Who asks.
    pub client: ClientIdentity,
    /// What for.
    pub purpose: String,
    /// Where the browser goes afterwards.
    pub return_to: String,
    /// Unix seconds.
    pub expires_at: u64,
    /// The portal document, if it is one: its pages can be shown.
    pub document: Option<DocumentId>,
}

/// One document of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationItem {
    /// Its name.
    pub label: String,
    /// SHA-256 of the document.
    pub document_sha256: Vec<u8>,
    /// DTBS/R.
    pub hash: Vec<u8>,
}

/// A ticket without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketSummary {
    /// How far it is.
    pub state: TicketState,
    /// Whose credential.
    pub signer_id: SignerId,
    /// Which credential.
    pub credential_id: CredentialId,
    /// Who asked.
    pub client_id: String,
    /// How many hashes.
    pub count: usize,
    /// Unix seconds: how long it waits for its signer.
    pub expires_at: u64,
    /// Unix seconds: how long the approval can be used; present when approved.
    pub approval_expires_at: Option<u64>,
    /// The code of the newest request; present once the button was pressed. For comparing with the one on the signing page.
    pub control_code: Option<String>,
}

impl Ssa {
    /// The ticket for the signing page. The first call binds it to the browser session; every other session gets
    /// [`ActivationError::NotFound`].
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn activation(&self, id: &TicketId, session: SessionBinding) -> Result<ActivationView, ActivationError> {
        let ticket = self.bound_ticket(id, session).await?;
        let credential = self.store().credentials().lookup(&ticket.credential_id).await?;
        let hashes = self.store().tickets().hashes(id.as_str()).await?;
        let items = hashes.into_iter().map(|item| ActivationItem {
            label: item.label,
            document_sha256: item.document_sha256,
            hash: item.hash,
        });
        Ok(ActivationView {
            ticket: id.clone(),
            state: state_of(&ticket, self.now()),
            signer_id: ticket.signer_id.parse().map_err(|_| Inconsistent("signer id"))?,
            credential: self.view_of(credential.ok_or(Inconsistent("credential"))?)?,
            items: items.collect(),
            client: client_of(&ticket),
            document: match &ticket.document_id {
                Some(text) => Some(text.parse().map_err(|_| Inconsistent("document id"))?),
                None => None,
            },
            purpose: ticket.purpose,
            return_to: ticket.return_to,
            expires_at: domain_time(ticket.expires_at),
        })
    }

    /// The ticket for an authorization server, which has no browser session on the signing page.
    ///
    /// # Errors
    /// [`ActivationError::NotFound`] if there is no such ticket.
    pub async fn ticket(&self, id: &TicketId) -> Result<TicketSummary, ActivationError> {
        let ticket = self.store().tickets().lookup(id.as_str()).await?.ok_or(ActivationError::NotFound)?;
        let count = self.store().tickets().hashes(id.as_str()).await?.len();
        Ok(TicketSummary {
            state: state_of(&ticket, self.now()),
            signer_id: ticket.signer_id.parse().map_err(|_| Inconsistent("signer id"))?,
            credential_id: ticket.credential_id.parse().map_err(|_| Inconsistent("credential id"))?,
            client_id: ticket.client_id,
            count,
            expires_at: domain_time(ticket.expires_at),
            approval_expires_at: ticket.grant_expires_at.map(domain_time),
            control_code: ticket.sar.map(|sar| Sar::control_code(&Sar::challenge(&sar))),
        })
    }

    pub(super) async fn bound_ticket(
        &self,
        id: &TicketId,
        session: SessionBinding,
    ) -> Result<store::Ticket, ActivationError> {
        if !self.store().tickets().bind(id.as_str(), session.as_bytes()).await? {
            return Err(ActivationError::NotFound);
        }
        self.store().tickets().lookup(id.as_str()).await?.ok_or(ActivationError::NotFound)
    }
}

pub(crate) fn client_of(ticket: &store::Ticket) -> ClientIdentity {
    ClientIdentity {
        client_id: ticket.client_id.clone(),
        name: ticket.client_name.clone(),
        redirect_uri: ticket.redirect_uri.clone(),
    }
}

pub(crate) fn state_of(ticket: &store::Ticket, now: u64) -> TicketState {
    let over = |time: i64| domain_time(time) <= now;
    match ticket.state {
        store::TicketState::Open | store::TicketState::Requested | store::TicketState::Approving
            if over(ticket.expires_at) =>
        {
            TicketState::Expired
        }
        store::TicketState::Approved if ticket.grant_expires_at.is_none_or(over) => TicketState::Expired,
        store::TicketState::Open => TicketState::Open,
        store::TicketState::Requested | store::TicketState::Approving => TicketState::Requested,
        store::TicketState::Approved => TicketState::Approved,
        store::TicketState::Used => TicketState::Used,
        store::TicketState::Refused => TicketState::Refused,
    }
}
