//! A signer with a passkey, a browser and a certificate.

use ssa::{
    Approval, AssertionResponse, CertificateRequest, CredentialId, RegistrationForm, RegistrationResponse,
    SessionBinding, SignerId, TicketId,
};
use test_support::authenticator::software::User;
use test_support::authenticator::{Assertion, AuthenticatorError, SoftwareAuthenticator};

use super::{Browser, PORTAL, RP_ID, SIGNING, World};

/// A registered signer whose browser is logged in.
pub struct Person {
    pub signer_id: SignerId,
    pub credential_id: CredentialId,
    pub passkey: SoftwareAuthenticator,
    pub browser: Browser,
}

impl World {
    /// Registers a signer.
    pub async fn person(&self, name: &str) -> Person {
        let form = RegistrationForm {
            display_name: name.to_owned(),
            romanised_name: None,
            organisation: None,
            email: None,
            country: None,
            ca_id: "ca1".into(),
            key_algorithm: None,
        };
        let options = self.ssa.start_registration(form).await.unwrap();
        let passkey = SoftwareAuthenticator::new();
        let user = User { handle: &options.user_handle, name };
        let made = passkey.register(&options.challenge, RP_ID, PORTAL, user).await.unwrap();
        let response = RegistrationResponse {
            credential_id: made.credential_id,
            client_data_json: made.client_data_json,
            authenticator_data: made.authenticator_data,
        };
        let registered = self.ssa.finish_registration(&options.registration_id, response).await.unwrap();
        let browser = Browser::new();
        browser.set_cookie("rakkan-session", registered.session.secret.expose());
        Person { signer_id: registered.signer_id, credential_id: registered.credential_id, passkey, browser }
    }
}

impl World {
    /// A further credential of `person`.
    pub async fn second_credential(&self, person: &Person) -> CredentialId {
        self.clock.advance(1);
        let request = CertificateRequest { ca_id: "ca1".into(), key_algorithm: None };
        self.ssa.request_certificate(person.signer_id, request).await.unwrap()
    }
}

impl Person {
    /// The session of this person's browser on the signing page.
    pub fn binding(&self) -> SessionBinding {
        SessionBinding::of(&format!("signing session of {}", self.signer_id))
    }

    /// Presses the button on the signing page and confirms with the passkey.
    pub async fn approve(&self, world: &World, ticket: &TicketId) -> Approval {
        world.ssa.activation(ticket, self.binding()).await.unwrap();
        let asked = world.ssa.request_activation(ticket, self.binding()).await.unwrap();
        let response = self.answer(&asked.challenge, &asked.allow_credentials).await.unwrap();
        world.ssa.approve(ticket, self.binding(), response).await.unwrap()
    }

    /// What the passkey answers on the signing page; an error if it is not one of the allowed ones.
    pub async fn answer(&self, challenge: &[u8], allowed: &[Vec<u8>]) -> Result<AssertionResponse, AuthenticatorError> {
        self.passkey.assert(challenge, RP_ID, SIGNING, allowed).await.map(response)
    }

    /// Logs this person's browser in again.
    pub async fn log_in(&self, world: &World) -> bool {
        let options = world.ssa.start_login().await.unwrap();
        let answer = self.passkey.assert(&options.challenge, RP_ID, PORTAL, &[]).await.unwrap();
        let session = world.ssa.finish_login(&options.login_id, response(answer)).await;
        session.inspect(|session| self.browser.set_cookie("rakkan-session", session.secret.expose())).is_ok()
    }
}

fn response(answer: Assertion) -> AssertionResponse {
    AssertionResponse {
        credential_id: answer.credential_id,
        user_handle: answer.user_handle,
        client_data_json: answer.client_data_json,
        authenticator_data: answer.authenticator_data,
        signature: answer.signature,
    }
}
