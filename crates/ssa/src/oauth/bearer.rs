//! What an access token lets its bearer do. CSC API 2.0.0.2 8.4 and 11.10.

use super::AuthorizationServer;
use super::error::{AccessTokenError, ApprovalError};
use super::exchange::is_over;
use super::secret::TokenSecret;
use crate::fault::Inconsistent;
use crate::{CredentialId, SignerId, TicketId};

/// A token that was good when it was presented. Made by [`AuthorizationServer::access_token`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    client_id: String,
    signer_id: SignerId,
    scope: TokenScope,
    secret_hash: [u8; 32],
}

/// What a token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenScope {
    /// Lists and descriptions of the signer's credentials.
    Service,
    /// Signatures with one credential over the hashes of one approval.
    Credential {
        /// The credential.
        credential_id: CredentialId,
        /// The approval.
        ticket_id: TicketId,
    },
}

impl AccessToken {
    /// The client that holds it.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The signer who gave it.
    pub fn signer_id(&self) -> SignerId {
        self.signer_id
    }

    /// What it is for.
    pub fn scope(&self) -> &TokenScope {
        &self.scope
    }

    /// Whether it lets its bearer read about `credential`. Whose credential that is, is another question.
    pub fn covers(&self, credential: &CredentialId) -> bool {
        match &self.scope {
            TokenScope::Service => true,
            TokenScope::Credential { credential_id, .. } => credential_id == credential,
        }
    }
}

/// What a request to sign refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The client that asked for it.
    pub client_id: String,
    /// The signer who gave it.
    pub signer_id: SignerId,
    /// The credential it is for.
    pub credential_id: CredentialId,
    /// The ticket that was approved.
    pub ticket_id: TicketId,
}

impl AuthorizationServer {
    /// Looks a token up.
    ///
    /// # Errors
    /// [`AccessTokenError`].
    pub async fn access_token(&self, presented: &str) -> Result<AccessToken, AccessTokenError> {
        let secret = TokenSecret::presented(presented).ok_or(AccessTokenError::Unknown)?;
        let secret_hash = secret.hash();
        let stored = self.ssa().store().authorizations().token(&secret_hash).await?.ok_or(AccessTokenError::Unknown)?;
        if is_over(&stored, self.ssa().now()) {
            return Err(AccessTokenError::Expired);
        }
        let scope = match (stored.credential_id, stored.ticket_id) {
            (None, None) => TokenScope::Service,
            (Some(credential), Some(ticket)) => TokenScope::Credential {
                credential_id: credential.parse().map_err(|_| Inconsistent("credential id of a token"))?,
                ticket_id: ticket.parse().map_err(|_| Inconsistent("ticket id of a token"))?,
            },
            (None, Some(_)) | (Some(_), None) => return Err(Inconsistent("scope of a token").into()),
        };
        let signer_id = stored.signer_id.parse().map_err(|_| Inconsistent("signer id of a token"))?;
        Ok(AccessToken { client_id: stored.client_id, signer_id, scope, secret_hash })
    }

    /// The approval behind a request to sign with `credential_id`: that of the bearer token itself, or, beside a service
    /// token, that of the token in `SAD`. Both must come from one client and one signer.
    ///
    /// # Errors
    /// [`ApprovalError`].
    pub async fn approval(
        &self,
        bearer: &AccessToken,
        sad: Option<&str>,
        credential_id: &str,
    ) -> Result<Approval, ApprovalError> {
        let approving = match (bearer.scope(), sad) {
            (TokenScope::Service, None) => return Err(ApprovalError::Missing),
            (TokenScope::Credential { .. }, None) => bearer.clone(),
            (_, Some(sad)) => match self.access_token(sad).await {
                Ok(token) => token,
                Err(AccessTokenError::Unknown) => return Err(ApprovalError::Invalid),
                Err(AccessTokenError::Expired) => return Err(ApprovalError::Expired),
                Err(AccessTokenError::Fault(fault)) => return Err(ApprovalError::Fault(fault)),
            },
        };
        let same_people = approving.client_id == bearer.client_id && approving.signer_id == bearer.signer_id;
        let same_token = matches!(bearer.scope(), TokenScope::Service) || approving.secret_hash == bearer.secret_hash;
        match approving.scope {
            TokenScope::Credential { credential_id: approved, ticket_id } if same_people && same_token => {
                match approved.as_str() == credential_id {
                    true => Ok(Approval {
                        client_id: approving.client_id,
                        signer_id: approving.signer_id,
                        credential_id: approved,
                        ticket_id,
                    }),
                    false => Err(ApprovalError::OtherCredential),
                }
            }
            TokenScope::Credential { .. } | TokenScope::Service => Err(ApprovalError::Invalid),
        }
    }
}
