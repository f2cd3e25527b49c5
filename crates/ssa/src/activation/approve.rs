//! Relays the passkey's answer to the module, which alone decides. One answer per request reaches it from here.

use super::ActivationError;
use super::request::require_answerable;
use crate::Ssa;
use crate::fault::{Inconsistent, to_the_end};
use crate::ids::{CredentialId, SessionBinding, SignerId, TicketId};
use crate::login::AssertionResponse;
use crate::sam_client::SamError;
use crate::service::stored_time;
use sam::Refusal;
use sam::protocol::message::Approve;

/// An approval that the module accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who approved.
    pub signer_id: SignerId,
    /// Which key may now be used.
    pub credential_id: CredentialId,
    /// For how many hashes.
    pub count: u64,
    /// Unix seconds: how long.
    pub expires_at: u64,
    /// Where the browser goes now.
    pub return_to: String,
}

impl Ssa {
    /// Hands the passkey's answer to the module.
    ///
    /// After [`ActivationError::Refused`] with a reason that is not the signer's (the request had expired, the module was started
    /// again, the record had changed) the button can be pressed again; after any other refusal the ticket is over.
    ///
    /// # Errors
    /// [`ActivationError`]; nothing was signed then.
    pub async fn approve(
        &self,
        id: &TicketId,
        session: SessionBinding,
        response: AssertionResponse,
    ) -> Result<Approval, ActivationError> {
        let (ssa, id) = (self.clone(), id.clone());
        to_the_end(async move { ssa.relay(&id, session, response).await }).await
    }

    /// The signer says no. Returns where the browser goes now.
    ///
    /// # Errors
    /// [`ActivationError`]; an approval that was given before cannot be taken back.
    pub async fn decline(&self, id: &TicketId, session: SessionBinding) -> Result<String, ActivationError> {
        let ticket = self.bound_ticket(id, session).await?;
        require_answerable(&ticket, self.now())?;
        if !self.store().tickets().refuse(id.as_str(), "declined by the signer").await? {
            return Err(ActivationError::AlreadyAnswered);
        }
        Ok(ticket.return_to)
    }

    async fn relay(
        &self,
        id: &TicketId,
        session: SessionBinding,
        response: AssertionResponse,
    ) -> Result<Approval, ActivationError> {
        let ticket = self.bound_ticket(id, session).await?;
        require_answerable(&ticket, self.now())?;
        let (Some(sar), Some(mac)) = (ticket.sar, ticket.sar_mac) else {
            return Err(ActivationError::NotRequested);
        };
        let mac = mac.try_into().map_err(|_| Inconsistent("MAC of the activation request"))?;
        let tickets = self.store().tickets();
        if !tickets.claim_approval(id.as_str(), &sar, self.stored_now()).await? {
            return Err(ActivationError::AlreadyAnswered);
        }
        // If we stop here, the ticket stays "approving" until it expires: the module may have used the request up.
        let record = match self.store().signers().record(&ticket.signer_id).await {
            Ok(Some(record)) => record.record,
            Ok(None) => return Err(Inconsistent("sealed record").into()),
            Err(error) => {
                tickets.reopen(id.as_str()).await?;
                return Err(error.into());
            }
        };
        match self.sam().approve(Approve { sar, mac, record, assertion: response.into() }).await {
            Ok(approved) => {
                let expires_at = approved.expires_at;
                if !tickets.record_approval(id.as_str(), &approved.grant, stored_time(expires_at)).await? {
                    return Err(Inconsistent("ticket changed while it was worked on").into());
                }
                tracing::info!(credential.id = %ticket.credential_id, count = approved.count, "signatures approved");
                Ok(Approval {
                    signer_id: ticket.signer_id.parse().map_err(|_| Inconsistent("signer id"))?,
                    credential_id: ticket.credential_id.parse().map_err(|_| Inconsistent("credential id"))?,
                    count: approved.count,
                    expires_at,
                    return_to: ticket.return_to,
                })
            }
            Err(SamError::Refused(refusal)) if !may_be_asked_again(refusal) => {
                tickets.refuse(id.as_str(), refusal.name()).await?;
                tracing::warn!(credential.id = %ticket.credential_id, refusal = refusal.name(), "approval refused");
                Err(ActivationError::Refused(refusal))
            }
            Err(error) => {
                // The request may be used up, or not. A new one is safe either way, and needs a new answer of the passkey.
                tickets.reopen(id.as_str()).await?;
                Err(error.into())
            }
        }
    }
}

/// Refusals that come before anything of the signer's was looked at.
fn may_be_asked_again(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::NotOurs | Refusal::Expired | Refusal::ClockUnreliable | Refusal::StaleRecord)
}
