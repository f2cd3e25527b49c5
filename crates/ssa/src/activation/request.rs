//! The sign button: only now does the module issue an activation request, so that reading time does not eat its 300 seconds.

use super::view::{client_of, state_of};
use super::{ActivationError, TicketState};
use crate::Ssa;
use crate::fault::Inconsistent;
use crate::ids::{SessionBinding, TicketId};
use sam::protocol::message::{DisplayLabel, PrepareActivation};

/// How often the button may be pressed for one ticket.
const ATTEMPTS_LIMIT: i64 = 20;

/// What the signing page needs to ask the passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationRequest {
    /// WebAuthn challenge, bound to all that is shown.
    pub challenge: [u8; 32],
    /// RP ID.
    pub rp_id: String,
    /// The signer's passkeys.
    pub allow_credentials: Vec<Vec<u8>>,
    /// Four characters that portal and signing page both show.
    pub control_code: String,
    /// Unix seconds.
    pub expires_at: u64,
}

impl Ssa {
    /// Has the module issue a request. May be repeated; only the newest request can be answered.
    ///
    /// # Errors
    /// [`ActivationError`].
    pub async fn request_activation(
        &self,
        id: &TicketId,
        session: SessionBinding,
    ) -> Result<ActivationRequest, ActivationError> {
        let ticket = self.bound_ticket(id, session).await?;
        require_answerable(&ticket, self.now())?;
        if ticket.attempts >= ATTEMPTS_LIMIT {
            return Err(ActivationError::TooManyAttempts);
        }
        let record = self.store().signers().record(&ticket.signer_id).await?.ok_or(Inconsistent("sealed record"))?;
        let mut hashes = Vec::new();
        let mut labels = Vec::new();
        for item in self.store().tickets().hashes(id.as_str()).await? {
            let document_sha256 = item.document_sha256.try_into().map_err(|_| Inconsistent("document hash"))?;
            labels.push(DisplayLabel { text: item.label, document_sha256 });
            hashes.push(item.hash);
        }
        let client_hash = client_of(&ticket).hash();
        let prepare = PrepareActivation {
            record: record.record,
            credential_id: ticket.credential_id.parse().map_err(|_| Inconsistent("credential id"))?,
            hash_algorithm_oid: ticket.hash_algorithm,
            sign_algorithm_oid: ticket.signature_algorithm,
            hashes,
            labels,
            client_hash,
            purpose: ticket.purpose,
            session_hash: *session.as_bytes(),
        };
        let rp_id = self.module_status().await?.rp_id;
        let prepared = self.sam().prepare_activation(prepare).await?;
        let kept = self
            .store()
            .tickets()
            .record_request(id.as_str(), &prepared.sar, &prepared.mac, ATTEMPTS_LIMIT, self.stored_now())
            .await?;
        if !kept {
            return Err(ActivationError::AlreadyAnswered);
        }
        Ok(ActivationRequest {
            challenge: prepared.challenge,
            rp_id,
            allow_credentials: prepared.allow_credentials,
            control_code: prepared.control_code,
            expires_at: prepared.expires_at,
        })
    }
}

/// A ticket can be answered while it is open or requested.
pub(super) fn require_answerable(ticket: &store::Ticket, now: u64) -> Result<(), ActivationError> {
    match state_of(ticket, now) {
        TicketState::Open | TicketState::Requested => Ok(()),
        TicketState::Expired => Err(ActivationError::Expired),
        TicketState::Approved | TicketState::Used | TicketState::Refused => Err(ActivationError::AlreadyAnswered),
    }
}
