//! A code becomes a token, and a token is taken back. RFC 6749 4.1.3, RFC 7636 4.6, RFC 7009.

use base64ct::{Base64UrlUnpadded, Encoding};
use store::{AccessToken, Authorization, Redemption};
use subtle::ConstantTimeEq;

use super::authorization::TicketProblem;
use super::client::AuthenticatedClient;
use super::error::{ExchangeError, RevokeError};
use super::secret::{Code, TokenSecret};
use super::sign_request::SignRequest;
use super::{AuthorizationServer, CREDENTIAL_TOKEN_LIFETIME, SERVICE_TOKEN_LIFETIME};
use crate::digest::sha256;
use crate::fault::Inconsistent;
use crate::service::{domain_time, stored_time};
use crate::{TicketId, TicketState};

/// What a client presents for a token. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct CodeExchange {
    /// The code.
    pub code: String,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The verifier behind the challenge.
    pub verifier: String,
    /// The client's text of the request again, if it gives it; must be that of the approval.
    pub echo: Option<String>,
}

impl std::fmt::Debug for CodeExchange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("CodeExchange(..)")
    }
}

/// A token, for its client and nobody else.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// The token.
    pub secret: TokenSecret,
    /// Seconds.
    pub expires_in: u64,
    /// What was approved; absent for scope `service`.
    pub approved: Option<SignRequest>,
}

impl AuthorizationServer {
    /// Spends a code. Whatever is wrong beside it (verifier, redirect URI, details), the code is gone: no second guess.
    /// A code that comes a second time takes its token with it.
    ///
    /// # Errors
    /// [`ExchangeError`].
    pub async fn exchange(
        &self,
        client: &AuthenticatedClient,
        order: CodeExchange,
    ) -> Result<IssuedToken, ExchangeError> {
        let code = Code::presented(&order.code).ok_or(ExchangeError::InvalidCode)?;
        let now = self.ssa().now();
        let authorizations = self.ssa().store().authorizations();
        let request = match authorizations.redeem(&code.hash(), client.id(), stored_time(now)).await? {
            Redemption::Taken(request) => request,
            Redemption::Reused => {
                tracing::warn!(client.id = client.id(), "an authorization code came twice; its token is revoked");
                return Err(ExchangeError::InvalidCode);
            }
            Redemption::Unknown => return Err(ExchangeError::InvalidCode),
        };
        if request.redirect_uri != order.redirect_uri {
            return Err(ExchangeError::RedirectMismatch);
        }
        if !verifier_fits(&order.verifier, &request.code_challenge) {
            return Err(ExchangeError::InvalidCode);
        }
        let approved = request.sign_order.as_deref().map(SignRequest::from_stored).transpose()?;
        if order.echo.is_some() && order.echo.as_ref() != approved.as_ref().map(|request| &request.echo) {
            return Err(ExchangeError::DetailsMismatch);
        }
        let expires_at = self.token_end(&request, now).await?;
        let secret = TokenSecret::from_random(self.ssa().random()?);
        let token = AccessToken {
            authorization_id: request.authorization_id,
            client_id: request.client_id,
            signer_id: request.signer_id.ok_or(Inconsistent("a redeemed code without a signer"))?,
            credential_id: approved.as_ref().map(|request| request.credential_id.clone()),
            ticket_id: request.ticket_id,
            created_at: stored_time(now),
            expires_at: stored_time(expires_at),
            revoked_at: None,
        };
        match authorizations.insert_token(&secret.hash(), &token).await? {
            true => Ok(IssuedToken { secret, expires_in: expires_at.saturating_sub(now), approved }),
            false => Err(ExchangeError::InvalidCode),
        }
    }

    /// Takes a token back at its client's wish.
    ///
    /// # Errors
    /// [`RevokeError::UnknownToken`] if this client has no such token.
    pub async fn revoke(&self, client: &AuthenticatedClient, token: &str) -> Result<(), RevokeError> {
        let secret = TokenSecret::presented(token).ok_or(RevokeError::UnknownToken)?;
        let now = stored_time(self.ssa().now());
        match self.ssa().store().authorizations().revoke(&secret.hash(), client.id(), now).await? {
            true => Ok(()),
            false => Err(RevokeError::UnknownToken),
        }
    }

    /// A token that signs ends with the approval behind it, and after five minutes at the latest.
    async fn token_end(&self, request: &Authorization, now: u64) -> Result<u64, ExchangeError> {
        if request.sign_order.is_none() {
            return Ok(now + SERVICE_TOKEN_LIFETIME);
        }
        let ticket = request.ticket_id.as_deref().and_then(|text| text.parse::<TicketId>().ok());
        let ticket = ticket.ok_or(Inconsistent("a granted request without a ticket"))?;
        let summary = match self.ssa().ticket(&ticket).await.map_err(TicketProblem::from) {
            Ok(summary) => summary,
            Err(TicketProblem::Gone) => return Err(ExchangeError::InvalidCode),
            Err(TicketProblem::Fault(fault)) => return Err(ExchangeError::Fault(fault)),
        };
        let end = summary.approval_expires_at.unwrap_or_default().min(now + CREDENTIAL_TOKEN_LIFETIME);
        match summary.state {
            TicketState::Approved if end > now => Ok(end),
            _ => Err(ExchangeError::InvalidCode),
        }
    }
}

/// RFC 7636 4.1 and 4.6, S256 only.
fn verifier_fits(verifier: &str, challenge: &str) -> bool {
    let unreserved = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~');
    let well_formed = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
    let computed = Base64UrlUnpadded::encode_string(&sha256(&[verifier.as_bytes()]));
    well_formed && bool::from(computed.as_bytes().ct_eq(challenge.as_bytes()))
}

/// Whether `token` is over at `now`.
pub(super) fn is_over(token: &AccessToken, now: u64) -> bool {
    token.revoked_at.is_some() || domain_time(token.expires_at) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_specification_fits_its_challenge() {
        assert!(verifier_fits(VERIFIER, CHALLENGE));
    }

    #[test]
    fn another_verifier_and_the_challenge_itself_do_not_fit() {
        for verifier in [CHALLENGE, "", "short", &VERIFIER.to_lowercase(), &format!("{VERIFIER}=")] {
            assert!(!verifier_fits(verifier, CHALLENGE), "{verifier}");
        }
        assert!(!verifier_fits(VERIFIER, VERIFIER), "the method plain");
    }
}
