//! From the pushed request to the code: what the browser of the signer goes through. RFC 9126, RFC 6749 4.1.1 and 4.1.2.

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64UrlUnpadded, Encoding};
use store::{Authorization, AuthorizationState};

use super::client::{AuthenticatedClient, ClientRegistration};
use super::error::{AuthorizationError, OpenError, PushError, ServiceFault};
use super::redirect::{RedirectError, RedirectUrl};
use super::secret::{BrowserSecret, Code, RequestReference};
use super::sign_request::{SignRequest, misleads};
use super::{AuthorizationServer, CODE_LIFETIME, DECISION_LIFETIME, REQUEST_LIFETIME};
use crate::fault::Inconsistent;
use crate::service::stored_time;
use crate::{
    ActivationError, ActivationOrder, ClientIdentity, CredentialError, CredentialId, HashToSign, InvalidId,
    KeyAlgorithm, SignerId, TicketId, TicketState,
};
use ades::Oid;
use ades::crypto::{DigestAlgorithm, SignatureAlgorithm};

/// What stands before the random part of a `request_uri`, RFC 9126 2.2.
const REQUEST_URI_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// Names an opened request in addresses. Unguessable, and useless without the cookie of its browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationId(String);

impl fmt::Display for AuthorizationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for AuthorizationId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let mut octets = [0; 24];
        match Base64UrlUnpadded::decode(text, &mut octets) {
            Ok(decoded) if decoded.len() == 24 => Ok(Self(text.to_owned())),
            _ => Err(InvalidId),
        }
    }
}

/// A request as the client hands it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOrder {
    /// Where the answer goes.
    pub redirect_uri: String,
    /// S256 challenge, 43 characters.
    pub code_challenge: String,
    /// Returned unchanged.
    pub state: Option<String>,
    /// What is asked for.
    pub scope: RequestedScope,
    /// What the approval is for, in the client's words; shown to the signer as such.
    pub description: Option<String>,
    /// Languages the client asks for.
    pub language: Option<String>,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedScope {
    /// Lists and descriptions of credentials.
    Service,
    /// Signatures over named hashes.
    Credential(SignRequest),
}

/// A request that was taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// For the browser, once.
    pub request_uri: String,
    /// Seconds.
    pub expires_in: u64,
}

/// A request that a browser brought back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Where the browser goes.
    pub next: NextStep,
    /// Languages the client asks for.
    pub language: Option<String>,
}

/// Where the browser goes with an opened request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// To the question whether this client may see the account's credentials.
    Consent(AuthorizationId),
    /// To the approval of hashes on the signing origin.
    Approve(TicketId),
}

/// The question about scope `service`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Registered name of the client.
    pub client_name: String,
    /// Where the browser goes afterwards.
    pub redirect_uri: String,
    /// What it is for, in the client's words.
    pub description: Option<String>,
}

/// The account's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The client may see the credentials.
    Allow,
    /// It may not.
    Deny,
}

/// Where the browser goes from the approval page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completed {
    /// Back to the client, with a code or an error.
    Redirect(RedirectUrl),
    /// Back to the approval page: nothing was decided yet.
    NotYet(TicketId),
}

impl AuthorizationServer {
    /// Takes in a request. What can be refused without the signer is refused here, where the client reads the reason.
    ///
    /// # Errors
    /// [`PushError`], and nothing is kept.
    pub async fn push(&self, client: &AuthenticatedClient, order: PushOrder) -> Result<Pushed, PushError> {
        // Compared as whole texts (RFC 9700 2.1): no normalisation, no patterns.
        if !client.registration().redirect_uris.contains(&order.redirect_uri) {
            return Err(PushError::UnknownRedirectUri);
        }
        if order.description.as_deref().is_some_and(misleads) {
            return Err(PushError::Description);
        }
        let sign_order = match &order.scope {
            RequestedScope::Service => None,
            RequestedScope::Credential(request) => {
                request.check()?;
                self.check_credential(request).await?;
                Some(request.to_stored())
            }
        };
        let reference = RequestReference::from_random(self.ssa().random()?);
        let now = self.ssa().now();
        let stored = Authorization {
            authorization_id: Base64UrlUnpadded::encode_string(&self.ssa().random::<24>()?),
            client_id: client.id().to_owned(),
            redirect_uri: order.redirect_uri,
            code_challenge: order.code_challenge,
            client_state: order.state,
            sign_order,
            description: order.description,
            language: order.language,
            state: AuthorizationState::Pushed,
            browser_hash: None,
            ticket_id: None,
            signer_id: None,
            created_at: stored_time(now),
            expires_at: stored_time(now + REQUEST_LIFETIME),
        };
        self.ssa().store().authorizations().insert(&reference.hash(), &stored).await?;
        let request_uri = format!("{REQUEST_URI_PREFIX}{}", reference.expose());
        Ok(Pushed { request_uri, expires_in: REQUEST_LIFETIME })
    }

    /// A browser brings the reference; it works once. `return_to` names the address to come back to from the approval.
    ///
    /// # Errors
    /// [`OpenError`]; only [`OpenError::Failed`] may send the browser to the client.
    pub async fn open(
        &self,
        client_id: &str,
        request_uri: &str,
        browser: &BrowserSecret,
        return_to: impl FnOnce(&AuthorizationId) -> String,
    ) -> Result<Opened, OpenError> {
        let reference = request_uri.strip_prefix(REQUEST_URI_PREFIX).and_then(RequestReference::presented);
        let (Some(reference), Some(client)) = (reference, self.inner.clients.lookup(client_id)) else {
            return Err(OpenError::UnknownRequest);
        };
        let now = self.ssa().now();
        let authorizations = self.ssa().store().authorizations();
        let opened = authorizations
            .open(&reference.hash(), client_id, &browser.hash(), stored_time(now), stored_time(now + DECISION_LIFETIME))
            .await?
            .ok_or(OpenError::UnknownRequest)?;
        let id = AuthorizationId(opened.authorization_id.clone());
        let language = opened.language.clone();
        let Some(order) = opened.sign_order.as_deref() else {
            return Ok(Opened { next: NextStep::Consent(id), language });
        };
        match self.open_ticket(client, &opened, SignRequest::from_stored(order)?, return_to(&id)).await {
            Ok(ticket) => {
                authorizations.bind_ticket(&opened.authorization_id, ticket.as_str()).await?;
                Ok(Opened { next: NextStep::Approve(ticket), language })
            }
            Err(problem) => {
                authorizations.end(&opened.authorization_id).await?;
                let error = match &problem {
                    TicketProblem::Gone => RedirectError::AccessDenied,
                    TicketProblem::Fault(ServiceFault::Unavailable(_)) => RedirectError::TemporarilyUnavailable,
                    TicketProblem::Fault(ServiceFault::Internal(_)) => RedirectError::ServerError,
                };
                Err(OpenError::Failed(RedirectUrl::with_error(&opened, self.issuer(), error), problem.into()))
            }
        }
    }

    /// What the account is asked about an opened request of scope `service`.
    ///
    /// # Errors
    /// [`AuthorizationError::Unknown`] also for another browser.
    pub async fn consent(&self, id: &AuthorizationId, browser: &BrowserSecret) -> Result<Consent, AuthorizationError> {
        let request = self.opened(id, browser).await?;
        let client = self.inner.clients.lookup(&request.client_id);
        match (request.sign_order.is_none(), client) {
            (true, Some(client)) => Ok(Consent {
                client_name: client.name.clone(),
                redirect_uri: request.redirect_uri,
                description: request.description,
            }),
            _ => Err(AuthorizationError::Unknown),
        }
    }

    /// The answer of the logged-in account about scope `service`.
    ///
    /// # Errors
    /// [`AuthorizationError::Unknown`] if the request is over, or is one to sign: that takes an approval, not an answer.
    pub async fn decide(
        &self,
        id: &AuthorizationId,
        browser: &BrowserSecret,
        signer: SignerId,
        decision: Decision,
    ) -> Result<RedirectUrl, AuthorizationError> {
        let request = self.opened(id, browser).await?;
        if request.sign_order.is_some() {
            return Err(AuthorizationError::Unknown);
        }
        match decision {
            Decision::Allow => self.grant(&request, signer).await,
            Decision::Deny => self.end(&request, RedirectError::AccessDenied).await,
        }
    }

    /// The browser comes back from the approval of hashes.
    ///
    /// # Errors
    /// [`AuthorizationError::Unknown`] if the request is over or was opened in another browser.
    pub async fn complete(
        &self,
        id: &AuthorizationId,
        browser: &BrowserSecret,
    ) -> Result<Completed, AuthorizationError> {
        let request = self.opened(id, browser).await?;
        let ticket = request.ticket_id.as_deref().and_then(|text| text.parse::<TicketId>().ok());
        let ticket = ticket.ok_or(AuthorizationError::Unknown)?;
        let summary = match self.ssa().ticket(&ticket).await.map_err(TicketProblem::from) {
            Ok(summary) => summary,
            Err(TicketProblem::Gone) => {
                return self.end(&request, RedirectError::AccessDenied).await.map(Completed::Redirect);
            }
            Err(TicketProblem::Fault(fault)) => return Err(AuthorizationError::Fault(fault)),
        };
        match summary.state {
            TicketState::Open | TicketState::Requested => Ok(Completed::NotYet(ticket)),
            TicketState::Approved => self.grant(&request, summary.signer_id).await.map(Completed::Redirect),
            TicketState::Used | TicketState::Refused | TicketState::Expired => {
                self.end(&request, RedirectError::AccessDenied).await.map(Completed::Redirect)
            }
        }
    }

    async fn check_credential(&self, request: &SignRequest) -> Result<(), PushError> {
        let id: CredentialId = request.credential_id.parse().map_err(|_| PushError::UnknownCredential)?;
        let owner = self.ssa().credential_owner(&id).await.map_err(push_error)?;
        let credential = self.ssa().credential(owner, &id).await.map_err(push_error)?;
        if !credential.can_sign_at(self.ssa().now()) {
            return Err(PushError::CertificateNotValid);
        }
        let digest = digest_of(credential.key_algorithm).ok_or(Inconsistent("signature algorithm"))?;
        if digest.oid().to_string() != request.hash_algorithm_oid {
            return Err(PushError::HashAlgorithm);
        }
        match request.hashes.iter().all(|item| item.hash.len() == digest.output_len()) {
            true => Ok(()),
            false => Err(PushError::HashLength),
        }
    }

    async fn open_ticket(
        &self,
        client: &ClientRegistration,
        request: &Authorization,
        order: SignRequest,
        return_to: String,
    ) -> Result<TicketId, TicketProblem> {
        let credential_id: CredentialId = order.credential_id.parse().map_err(|_| Inconsistent("credential id"))?;
        let owner = self.ssa().credential_owner(&credential_id).await?;
        let credential = self.ssa().credential(owner, &credential_id).await?;
        let hashes = order
            .hashes
            .into_iter()
            .zip(1..)
            .map(|(item, number)| {
                // The client holds the document; all that is known of it here is the hash to be signed.
                let document_sha256 =
                    item.hash.as_slice().try_into().unwrap_or_else(|_| crate::digest::sha256(&[&item.hash]));
                let label = item.label.unwrap_or_else(|| format!("#{number}"));
                HashToSign { label, document_sha256, hash: item.hash }
            })
            .collect();
        let order = ActivationOrder {
            signer: Some(owner),
            credential_id,
            hash_algorithm_oid: order.hash_algorithm_oid,
            signature_algorithm_oid: credential.key_algorithm.signature_algorithm().oid().to_owned(),
            hashes,
            client: ClientIdentity {
                client_id: client.client_id.clone(),
                name: client.name.clone(),
                redirect_uri: request.redirect_uri.clone(),
            },
            purpose: request.description.clone().unwrap_or_default(),
            return_to,
            expires_in: DECISION_LIFETIME,
        };
        Ok(self.ssa().open_activation(order).await?)
    }

    async fn opened(&self, id: &AuthorizationId, browser: &BrowserSecret) -> Result<Authorization, AuthorizationError> {
        let now = stored_time(self.ssa().now());
        let found = self.ssa().store().authorizations().lookup(&id.0, &browser.hash(), now).await?;
        found.filter(|request| request.state == AuthorizationState::Opened).ok_or(AuthorizationError::Unknown)
    }

    async fn grant(&self, request: &Authorization, signer: SignerId) -> Result<RedirectUrl, AuthorizationError> {
        let code = Code::from_random(self.ssa().random()?);
        let now = self.ssa().now();
        let granted = self
            .ssa()
            .store()
            .authorizations()
            .grant(
                &request.authorization_id,
                &signer.to_string(),
                &code.hash(),
                stored_time(now),
                stored_time(now + CODE_LIFETIME),
            )
            .await?;
        match granted {
            true => Ok(RedirectUrl::with_code(request, self.issuer(), &code)),
            false => Err(AuthorizationError::Unknown),
        }
    }

    async fn end(&self, request: &Authorization, error: RedirectError) -> Result<RedirectUrl, AuthorizationError> {
        match self.ssa().store().authorizations().end(&request.authorization_id).await? {
            true => Ok(RedirectUrl::with_error(request, self.issuer(), error)),
            false => Err(AuthorizationError::Unknown),
        }
    }
}

fn push_error(error: CredentialError) -> PushError {
    match error {
        CredentialError::NotFound => PushError::UnknownCredential,
        CredentialError::Unavailable(source) => PushError::Fault(ServiceFault::Unavailable(source)),
        CredentialError::Internal(source) => PushError::Fault(ServiceFault::Internal(source)),
    }
}

/// The only digest that keys of this kind sign.
fn digest_of(key: KeyAlgorithm) -> Option<DigestAlgorithm> {
    let oid = Oid::new(key.signature_algorithm().oid()).ok()?;
    SignatureAlgorithm::from_oid(&oid).map(SignatureAlgorithm::digest)
}

/// Why an activation did not begin or cannot be looked at, once the request itself was found good.
#[derive(Debug, thiserror::Error)]
pub(super) enum TicketProblem {
    /// The credential went away since the request was pushed, or the ticket was swept.
    #[error("there is nothing to approve any more")]
    Gone,
    #[error(transparent)]
    Fault(#[from] ServiceFault),
}

impl From<Inconsistent> for TicketProblem {
    fn from(error: Inconsistent) -> Self {
        Self::Fault(error.into())
    }
}

impl From<CredentialError> for TicketProblem {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::NotFound => Self::Gone,
            CredentialError::Unavailable(source) => Self::Fault(ServiceFault::Unavailable(source)),
            CredentialError::Internal(source) => Self::Fault(ServiceFault::Internal(source)),
        }
    }
}

impl From<ActivationError> for TicketProblem {
    fn from(error: ActivationError) -> Self {
        match error {
            ActivationError::NotFound | ActivationError::UnknownCredential | ActivationError::Expired => Self::Gone,
            ActivationError::Unavailable(source) => Self::Fault(ServiceFault::Unavailable(source)),
            ActivationError::Internal(source) => Self::Fault(ServiceFault::Internal(source)),
            // Steps of the signing page, or an order that `push` has checked.
            ActivationError::InvalidOrder(_)
            | ActivationError::NotRequested
            | ActivationError::AlreadyAnswered
            | ActivationError::TooManyAttempts
            | ActivationError::Refused(_) => Self::Fault(ServiceFault::Internal(error.into())),
        }
    }
}
