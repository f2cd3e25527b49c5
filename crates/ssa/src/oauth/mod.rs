//! The authorization server: clients ask, signers agree, tokens refer to what was agreed. CSC API 2.0.0.2 8.4; modelled on FAPI 2.0.
//!
//! One request runs through five steps, each of which happens once:
//!
//! 1. [`AuthorizationServer::push`]: the client, authenticated, hands over the request (RFC 9126). It lives 90 seconds.
//! 2. [`AuthorizationServer::open`]: a browser brings the reference. A request to sign becomes an activation ticket, which
//!    the signer approves with a passkey on the signing origin; scope `service` is a question to the logged-in account.
//! 3. [`AuthorizationServer::complete`] or [`AuthorizationServer::decide`]: a code, 60 seconds, to the exact redirect URI.
//! 4. [`AuthorizationServer::exchange`]: the client proves its verifier (RFC 7636, S256 only) and gets a token.
//! 5. [`AuthorizationServer::access_token`]: a token is good for its client, signer and, where it signs, for one credential
//!    and the hashes of one approval, at most 300 seconds.
//!
//! A token is a reference and never a power: the signature activation module decides from the approval it checked itself.
//! What a browser, a client or the database holds is random text, stored by its SHA-256 ([`secret`]).
//!
//! Not in this version: clients that authenticate with keys or certificates, tokens bound to a key, refresh tokens.

mod authorization;
mod bearer;
mod client;
mod error;
mod exchange;
mod redirect;
mod secret;
mod sign_request;

use std::sync::Arc;

use crate::Ssa;
use crate::service::stored_time;

pub use authorization::{
    AuthorizationId, Completed, Consent, Decision, NextStep, Opened, PushOrder, Pushed, RequestedScope,
};
pub use bearer::{AccessToken, Approval, TokenScope};
pub use client::{AuthenticatedClient, ClientRegistration, ClientSecretHash, RegistrationProblem};
pub use error::{
    AccessTokenError, ApprovalError, AuthorizationError, ClientAuthenticationError, ExchangeError, OpenError,
    PushError, RevokeError, ServiceFault,
};
pub use exchange::{CodeExchange, IssuedToken};
pub use redirect::RedirectUrl;
pub use secret::BrowserSecret;
pub use sign_request::{LABEL_LIMIT, MULTISIGN, RequestedHash, SignRequest};

use client::ClientRegistry;

/// Seconds from the pushed request to its use.
pub const REQUEST_LIFETIME: u64 = 90;
/// Seconds that a signer has to read and decide.
pub const DECISION_LIFETIME: u64 = 600;
/// Seconds from the code to its exchange.
pub const CODE_LIFETIME: u64 = 60;
/// Seconds that a token of scope `service` lives.
pub const SERVICE_TOKEN_LIFETIME: u64 = 3600;
/// Most seconds that a token of scope `credential` lives; it ends earlier with the approval behind it.
pub const CREDENTIAL_TOKEN_LIFETIME: u64 = 300;
/// Seconds that a token stays known after its end, so that its holder hears `expired` and not `unknown`.
const REMEMBER_TOKENS: u64 = 3600;

/// The authorization server. Clones share everything.
#[derive(Clone)]
pub struct AuthorizationServer {
    inner: Arc<Inner>,
}

struct Inner {
    ssa: Ssa,
    issuer: String,
    clients: ClientRegistry,
}

impl AuthorizationServer {
    /// A server that calls itself `issuer` (an origin, RFC 8414 2) and knows `clients`.
    ///
    /// # Errors
    /// [`RegistrationProblem`]: the first client that is not registered as it must be.
    pub fn new(ssa: Ssa, issuer: String, clients: Vec<ClientRegistration>) -> Result<Self, RegistrationProblem> {
        let clients = ClientRegistry::new(clients)?;
        Ok(Self { inner: Arc::new(Inner { ssa, issuer, clients }) })
    }

    /// The identifier of this server, in metadata and in the parameter `iss` of redirects (RFC 9207).
    pub fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    /// Forgets requests that are over, and tokens that were over an hour ago; returns how many. To be called every minute or so.
    ///
    /// # Errors
    /// [`ServiceFault`] if the store does not answer.
    pub async fn sweep(&self) -> Result<u64, ServiceFault> {
        let now = self.ssa().now();
        let forget_tokens = stored_time(now.saturating_sub(REMEMBER_TOKENS));
        Ok(self.ssa().store().authorizations().delete_expired(stored_time(now), forget_tokens).await?)
    }

    fn ssa(&self) -> &Ssa {
        &self.inner.ssa
    }
}
