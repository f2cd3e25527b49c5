//! A WebAuthn client and authenticator in software, on the crate `passkey`: origins and RP IDs are checked as a browser would.

use super::{Assertion, Registration};
use async_trait::async_trait;
use passkey::authenticator::{
    Authenticator, CredentialStore, DiscoverabilitySupport, StoreInfo, UiHint, UserCheck, UserValidationMethod,
};
use passkey::client::{Client, DefaultClientData, WebauthnError};
use passkey::crypto::iana::Algorithm;
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::make_credential::{
    Options, PublicKeyCredentialRpEntity as StoredRp, PublicKeyCredentialUserEntity as StoredUser,
};
use passkey::types::ctap2::{Aaguid, Ctap2Error, StatusCode};
use passkey::types::webauthn::{
    AttestationConveyancePreference, AuthenticatorSelectionCriteria, CredentialCreationOptions,
    CredentialRequestOptions, PublicKeyCredentialCreationOptions, PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters, PublicKeyCredentialRequestOptions, PublicKeyCredentialRpEntity,
    PublicKeyCredentialType, PublicKeyCredentialUserEntity, ResidentKeyRequirement, UserVerificationRequirement,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// The user that a new credential is for.
#[derive(Debug, Clone, Copy)]
pub struct User<'a> {
    /// The user handle: opaque bytes, at most 64.
    pub handle: &'a [u8],
    /// What people see.
    pub name: &'a str,
}

/// Why the client or the authenticator refused.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticatorError {
    /// The origin is no URL.
    #[error("the origin is not a URL")]
    Origin(#[from] url::ParseError),
    /// The RP ID is neither the origin's host nor a parent domain of it.
    #[error("the RP ID does not belong to the origin")]
    WrongOrigin,
    /// WebAuthn forbids it: no such credential, no secure origin, and so on.
    #[error("the WebAuthn client refused: {0:?}")]
    Refused(WebauthnError),
    /// The authenticator data has another form than WebAuthn Level 3 6.1 says.
    #[error("the authenticator data are not well formed")]
    AuthenticatorData,
}

/// An authenticator that holds any number of discoverable ES256 credentials in memory; its user is always there and verified.
#[derive(Clone, Default)]
pub struct SoftwareAuthenticator {
    keyring: Keyring,
    counting: bool,
}

impl SoftwareAuthenticator {
    /// One without credentials, whose signature counter stays 0 as that of synced passkeys does.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One whose new credentials count their uses.
    #[must_use]
    pub fn with_counter() -> Self {
        Self { counting: true, ..Self::default() }
    }

    /// Makes a credential. `origin` is as the browser would see it, for example `http://localhost:8080`.
    pub async fn register(
        &self,
        challenge: &[u8],
        rp_id: &str,
        origin: &str,
        user: User<'_>,
    ) -> Result<Registration, AuthenticatorError> {
        let origin = origin_for(rp_id, origin)?;
        let options = CredentialCreationOptions { public_key: creation_options(challenge, rp_id, user) };
        let created = Client::new(self.authenticator())
            .allows_insecure_localhost(true)
            .register(&origin, options, DefaultClientData)
            .await
            .map_err(AuthenticatorError::Refused)?
            .response;
        let authenticator_data = created.authenticator_data.to_vec();
        let (credential_id, public_key) =
            attested_credential(&authenticator_data).ok_or(AuthenticatorError::AuthenticatorData)?;
        Ok(Registration {
            client_data_json: created.client_data_json.to_vec(),
            attestation_object: created.attestation_object.to_vec(),
            credential_id,
            public_key,
            authenticator_data,
        })
    }

    /// Answers a challenge with one of the credentials in `allowed`; with any of the RP's when the list is empty.
    pub async fn assert(
        &self,
        challenge: &[u8],
        rp_id: &str,
        origin: &str,
        allowed: &[Vec<u8>],
    ) -> Result<Assertion, AuthenticatorError> {
        let origin = origin_for(rp_id, origin)?;
        let allow = allowed.iter().map(|id| descriptor(id)).collect::<Vec<_>>();
        let options = CredentialRequestOptions {
            public_key: PublicKeyCredentialRequestOptions {
                challenge: challenge.to_vec().into(),
                timeout: None,
                rp_id: Some(rp_id.to_owned()),
                allow_credentials: (!allow.is_empty()).then_some(allow),
                user_verification: UserVerificationRequirement::Required,
                hints: None,
                attestation: AttestationConveyancePreference::None,
                attestation_formats: None,
                extensions: None,
            },
        };
        let answered = Client::new(self.authenticator())
            .allows_insecure_localhost(true)
            .authenticate(&origin, options, DefaultClientData)
            .await
            .map_err(AuthenticatorError::Refused)?;
        Ok(Assertion {
            credential_id: answered.raw_id.to_vec(),
            client_data_json: answered.response.client_data_json.to_vec(),
            authenticator_data: answered.response.authenticator_data.to_vec(),
            signature: answered.response.signature.to_vec(),
            user_handle: answered.response.user_handle.map(|handle| handle.to_vec()),
        })
    }

    fn authenticator(&self) -> Authenticator<Keyring, AlwaysThere, RustCryptoBackend> {
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), self.keyring.clone(), AlwaysThere, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter(self.counting);
        authenticator
    }
}

/// WebAuthn Level 3 5.1.3 step 8. The crate checks this too, but takes the RP ID `localhost` for any origin once localhost is allowed.
fn origin_for(rp_id: &str, origin: &str) -> Result<Url, AuthenticatorError> {
    let origin = Url::parse(origin)?;
    let host = origin.host_str().unwrap_or_default();
    let belongs = host == rp_id || host.strip_suffix(rp_id).is_some_and(|parent| parent.ends_with('.'));
    if belongs { Ok(origin) } else { Err(AuthenticatorError::WrongOrigin) }
}

fn creation_options(challenge: &[u8], rp_id: &str, user: User<'_>) -> PublicKeyCredentialCreationOptions {
    PublicKeyCredentialCreationOptions {
        rp: PublicKeyCredentialRpEntity { id: Some(rp_id.to_owned()), name: "Rakkan".into() },
        user: PublicKeyCredentialUserEntity {
            id: user.handle.to_vec().into(),
            display_name: user.name.to_owned(),
            name: user.name.to_owned(),
        },
        challenge: challenge.to_vec().into(),
        pub_key_cred_params: vec![PublicKeyCredentialParameters {
            ty: PublicKeyCredentialType::PublicKey,
            alg: Algorithm::ES256,
        }],
        timeout: None,
        exclude_credentials: None,
        authenticator_selection: Some(AuthenticatorSelectionCriteria {
            authenticator_attachment: None,
            resident_key: Some(ResidentKeyRequirement::Required),
            require_resident_key: true,
            user_verification: UserVerificationRequirement::Required,
        }),
        hints: None,
        attestation: AttestationConveyancePreference::None,
        attestation_formats: None,
        extensions: None,
    }
}

fn descriptor(id: &[u8]) -> PublicKeyCredentialDescriptor {
    PublicKeyCredentialDescriptor { ty: PublicKeyCredentialType::PublicKey, id: id.to_vec().into(), transports: None }
}

/// Credential id and COSE key: what follows the 37 fixed bytes and the AAGUID. WebAuthn Level 3 6.5.1.
fn attested_credential(authenticator_data: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let attested = authenticator_data.get(37 + 16..)?;
    let length = usize::from(u16::from_be_bytes([*attested.first()?, *attested.get(1)?]));
    let id = attested.get(2..2 + length)?;
    Some((id.to_vec(), attested.get(2 + length..)?.to_vec()))
}

/// A person who is present and recognised, whenever asked.
struct AlwaysThere;

#[async_trait]
impl UserValidationMethod for AlwaysThere {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(&self, _: UiHint<'a, Passkey>, _: bool, _: bool) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence: true, verification: true })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// Credentials in memory. Unlike the stores that come with the crate, it keeps RPs apart and finds discoverable credentials.
#[derive(Clone, Default)]
struct Keyring(Arc<Mutex<Vec<Passkey>>>);

impl Keyring {
    fn keys(&self) -> MutexGuard<'_, Vec<Passkey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CredentialStore for Keyring {
    type PasskeyItem = Passkey;

    async fn find_credentials(
        &self,
        ids: Option<&[PublicKeyCredentialDescriptor]>,
        rp_id: &str,
        _user_handle: Option<&[u8]>,
    ) -> Result<Vec<Passkey>, StatusCode> {
        let asked = |key: &Passkey| ids.is_none_or(|ids| ids.iter().any(|id| id.id == key.credential_id));
        let found: Vec<Passkey> = self.keys().iter().filter(|key| key.rp_id == rp_id && asked(key)).cloned().collect();
        if found.is_empty() { Err(Ctap2Error::NoCredentials.into()) } else { Ok(found) }
    }

    async fn save_credential(
        &mut self,
        new: Passkey,
        _user: StoredUser,
        _rp: StoredRp,
        _options: Options,
    ) -> Result<(), StatusCode> {
        self.keys().push(new);
        Ok(())
    }

    async fn update_credential(&mut self, changed: &Passkey) -> Result<(), StatusCode> {
        let mut keys = self.keys();
        let stored = keys.iter_mut().find(|key| key.credential_id == changed.credential_id);
        *stored.ok_or(Ctap2Error::NoCredentials)? = changed.clone();
        Ok(())
    }

    async fn get_info(&self) -> StoreInfo {
        StoreInfo { discoverability: DiscoverabilitySupport::ForcedDiscoverable }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authenticator::raw::verify_es256;

    const ORIGIN: &str = "http://localhost:41234";
    const USER: User<'_> = User { handle: &[7; 16], name: "山田 花子" };

    #[tokio::test]
    async fn an_assertion_verifies_under_the_registered_key() {
        let authenticator = SoftwareAuthenticator::new();
        let registered = authenticator.register(b"enrol", "localhost", ORIGIN, USER).await.unwrap();
        let id = registered.credential_id.clone();
        let assertion = authenticator.assert(&[9; 32], "localhost", ORIGIN, &[id]).await.unwrap();
        assert!(verify_es256(&registered.public_key, &assertion));
        assert_eq!(assertion.user_handle.as_deref(), Some(&[7; 16][..]));
        assert_eq!(assertion.authenticator_data.len(), 37);
        let client_data = String::from_utf8(assertion.client_data_json).unwrap();
        assert!(client_data.starts_with(r#"{"type":"webauthn.get","challenge":"CQkJ"#), "{client_data}");
        assert!(client_data.contains(r#""origin":"http://localhost:41234","crossOrigin":false"#), "{client_data}");
    }

    #[tokio::test]
    async fn a_discoverable_credential_is_found_without_an_allow_list() {
        let authenticator = SoftwareAuthenticator::new();
        let registered = authenticator.register(b"enrol", "localhost", ORIGIN, USER).await.unwrap();
        let assertion = authenticator.assert(b"login", "localhost", ORIGIN, &[]).await.unwrap();
        assert_eq!(assertion.credential_id, registered.credential_id);
    }

    #[tokio::test]
    async fn an_rp_id_that_does_not_belong_to_the_origin_is_refused() {
        let authenticator = SoftwareAuthenticator::new();
        assert!(authenticator.register(b"c", "example.com", ORIGIN, USER).await.is_err());
        assert!(authenticator.register(b"c", "localhost", "https://example.com", USER).await.is_err());
    }

    #[tokio::test]
    async fn a_credential_of_another_rp_or_authenticator_is_not_used() {
        let (mine, other) = (SoftwareAuthenticator::new(), SoftwareAuthenticator::new());
        let registered = other.register(b"c", "localhost", ORIGIN, USER).await.unwrap();
        assert!(mine.assert(b"c", "localhost", ORIGIN, std::slice::from_ref(&registered.credential_id)).await.is_err());
        let elsewhere = other.assert(b"c", "example.com", "https://example.com", &[registered.credential_id]).await;
        assert!(elsewhere.is_err());
    }

    #[tokio::test]
    async fn a_counting_authenticator_counts_and_the_other_stays_at_zero() {
        for (authenticator, expected) in
            [(SoftwareAuthenticator::with_counter(), [1, 2]), (SoftwareAuthenticator::new(), [0, 0])]
        {
            authenticator.register(b"c", "localhost", ORIGIN, USER).await.unwrap();
            for count in expected {
                let assertion = authenticator.assert(b"c", "localhost", ORIGIN, &[]).await.unwrap();
                let bytes: [u8; 4] = assertion.authenticator_data[33..37].try_into().unwrap();
                assert_eq!(u32::from_be_bytes(bytes), count);
            }
        }
    }
}
