//! Login with a passkey, and portal sessions. A login opens the portal; it never activates a key. WebAuthn L3 7.2.

use crate::Ssa;
use crate::fault::{Inconsistent, Source, convert_faults};
use crate::ids::{LoginId, SessionSecret, SignerId};
use crate::sam_client::SamError;
use crate::service::{domain_time, stored_time};
use sam::dcbor::Decoder;
use sam::protocol::message::Assertion;
use sam::webauthn::{self, AuthenticatorData, Ceremony, PublicKey};

/// What a browser needs to log in with any passkey of this service (no list of allowed ones).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginOptions {
    /// Names the login from now on.
    pub login_id: LoginId,
    /// WebAuthn challenge.
    pub challenge: [u8; 32],
    /// RP ID.
    pub rp_id: String,
    /// Unix seconds.
    pub expires_at: u64,
}

/// What a browser answered (`navigator.credentials.get`), for a login and for an approval alike.
#[derive(Debug, Clone)]
pub struct AssertionResponse {
    /// `rawId`.
    pub credential_id: Vec<u8>,
    /// `response.userHandle`.
    pub user_handle: Option<Vec<u8>>,
    /// `response.clientDataJSON`.
    pub client_data_json: Vec<u8>,
    /// `response.authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `response.signature`.
    pub signature: Vec<u8>,
}

impl From<AssertionResponse> for Assertion {
    fn from(response: AssertionResponse) -> Self {
        Self {
            credential_id: response.credential_id,
            user_handle: response.user_handle,
            client_data_json: response.client_data_json,
            authenticator_data: response.authenticator_data,
            signature: response.signature,
        }
    }
}

/// A new session, with the secret for the browser's cookie.
#[derive(Debug, Clone)]
pub struct Session {
    /// For the cookie.
    pub secret: SessionSecret,
    /// Who is logged in.
    pub signer_id: SignerId,
    /// The name shown.
    pub display_name: String,
    /// Unix seconds.
    pub expires_at: u64,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The signer.
    pub signer_id: SignerId,
    /// The name shown.
    pub display_name: String,
    /// Unix seconds.
    pub expires_at: u64,
}

/// Why a login did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The challenge was used, is too old, or was never given.
    #[error("the time for this login is over; try again")]
    ChallengeSpent,
    /// The answer is not one by a passkey registered here, made on this page with user verification. Deliberately not more precise.
    #[error("the passkey was not accepted; try again, or use the passkey you registered here")]
    NotAccepted,
    /// The counter did not grow.
    #[error("the passkey's counter went back, so a copy of it may exist; contact the operator")]
    PossibleCopy,
    /// Store or module do not answer.
    #[error("the service cannot do this now; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(LoginError);

impl From<SamError> for LoginError {
    fn from(error: SamError) -> Self {
        if error.is_outage() { Self::Unavailable(error.into()) } else { Self::Internal(error.into()) }
    }
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Unknown, ended or too old.
    #[error("you are not logged in any more; log in again")]
    NotLoggedIn,
    /// The store does not answer.
    #[error("the service cannot do this now; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(SessionError);

impl Ssa {
    /// Starts a login: a random challenge, good once.
    ///
    /// # Errors
    /// [`LoginError::Unavailable`] if store or module do not answer.
    pub async fn start_login(&self) -> Result<LoginOptions, LoginError> {
        let status = self.module_status().await?;
        let login_id = LoginId::from_random(self.random()?);
        let challenge: [u8; 32] = self.random()?;
        let expires_at = self.now().saturating_add(self.config().ceremony_lifetime);
        self.store().sessions().insert_challenge(login_id.as_str(), &challenge, stored_time(expires_at)).await?;
        Ok(LoginOptions { login_id, challenge, rp_id: status.rp_id, expires_at })
    }

    /// Checks the passkey's answer and opens a session. The challenge is spent whatever comes out.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish_login(&self, id: &LoginId, response: AssertionResponse) -> Result<Session, LoginError> {
        let taken = self.store().sessions().take_challenge(id.as_str(), self.stored_now()).await?;
        let challenge: [u8; 32] = taken.and_then(|octets| octets.try_into().ok()).ok_or(LoginError::ChallengeSpent)?;
        let rp_id = self.module_status().await?.rp_id;
        let passkey = self.store().passkeys().lookup(&response.credential_id).await?.ok_or(LoginError::NotAccepted)?;
        let signer_id: SignerId = passkey.signer_id.parse().map_err(|_| Inconsistent("signer id"))?;
        let key = PublicKey::read(&mut Decoder::new(&passkey.public_key)).map_err(|_| Inconsistent("passkey"))?;
        let sign_count = verify_login(&response, signer_id, &key, &challenge, &self.config().portal_origin, &rp_id)
            .ok_or(LoginError::NotAccepted)?;
        if !self.store().passkeys().record_use(&passkey.passkey_id, sign_count.into(), self.stored_now()).await? {
            tracing::warn!(signer.id = %signer_id, "login refused: the passkey's counter did not grow");
            return Err(LoginError::PossibleCopy);
        }
        let signer = self.store().signers().lookup(&passkey.signer_id).await?.ok_or(Inconsistent("signer"))?;
        self.open_session(signer_id, signer.display_name).await
    }

    /// Who is logged in with this secret.
    ///
    /// # Errors
    /// [`SessionError::NotLoggedIn`] if nobody is.
    pub async fn session(&self, secret: &SessionSecret) -> Result<Account, SessionError> {
        let found = self.store().sessions().lookup(&secret.hash(), self.stored_now()).await?;
        let session = found.ok_or(SessionError::NotLoggedIn)?;
        let signer = self.store().signers().lookup(&session.signer_id).await?.ok_or(SessionError::NotLoggedIn)?;
        Ok(Account {
            signer_id: session.signer_id.parse().map_err(|_| Inconsistent("signer id"))?,
            display_name: signer.display_name,
            expires_at: domain_time(session.expires_at),
        })
    }

    /// Ends a session. Ending it twice is no error.
    ///
    /// # Errors
    /// [`SessionError::Unavailable`] if the store does not answer.
    pub async fn end_session(&self, secret: &SessionSecret) -> Result<(), SessionError> {
        Ok(self.store().sessions().delete(&secret.hash()).await?)
    }

    pub(crate) async fn open_session<E>(&self, signer_id: SignerId, display_name: String) -> Result<Session, E>
    where
        E: From<store::StoreError> + From<crate::ports::RandomUnavailable>,
    {
        let secret = SessionSecret::from_random(self.random()?);
        let now = self.now();
        let expires_at = now.saturating_add(self.config().session_lifetime);
        let session = store::Session {
            signer_id: signer_id.to_string(),
            created_at: stored_time(now),
            expires_at: stored_time(expires_at),
        };
        self.store().sessions().insert(&secret.hash(), &session).await?;
        Ok(Session { secret, signer_id, display_name, expires_at })
    }
}

/// The signature counter, if `response` is a good answer. User verification is asked for also here: the portal shows documents.
fn verify_login(
    response: &AssertionResponse,
    signer_id: SignerId,
    key: &PublicKey,
    challenge: &[u8; 32],
    origin: &str,
    rp_id: &str,
) -> Option<u32> {
    if response.user_handle.as_ref().is_some_and(|handle| handle != signer_id.as_bytes()) {
        return None;
    }
    webauthn::check_client_data(&response.client_data_json, Ceremony::Get, challenge, origin).ok()?;
    let data = AuthenticatorData::from_assertion(&response.authenticator_data)?;
    let expected = data.rp_id_hash == crate::digest::sha256(&[rp_id.as_bytes()])
        && data.flags.user_present()
        && data.flags.user_verified();
    let signed = webauthn::assertion_signature_is_valid(
        key,
        &response.authenticator_data,
        &response.client_data_json,
        &response.signature,
    );
    (expected && signed).then_some(data.sign_count)
}
