//! The registered clients, and how they prove who they are. RFC 6749 2; FAPI 2.0 5.3.2.1.

use std::collections::BTreeMap;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use url::{Host, Url};

use super::error::ClientAuthenticationError;
use super::secret;
use crate::digest::sha256;

/// A client as the operator registered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRegistration {
    /// `client_id`.
    pub client_id: String,
    /// The name that signers see.
    pub name: String,
    /// Where answers may go; compared as whole texts.
    pub redirect_uris: Vec<String>,
    /// What its secret is checked against.
    pub secret: ClientSecretHash,
}

/// SHA-256 of a client secret. Secrets are random texts (at least 128 bits), so a slow hash would add nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientSecretHash([u8; 32]);

impl ClientSecretHash {
    /// The hash of `secret`.
    pub fn of(secret: &str) -> Self {
        Self(sha256(&[b"rakkan-client-secret/1\0", secret.as_bytes()]))
    }
}

impl std::fmt::Debug for ClientSecretHash {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ClientSecretHash(..)")
    }
}

/// A client registration that is refused at start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationProblem {
    /// An empty or unreadable identifier.
    #[error("client_id `{0}` must be 1 to 100 visible ASCII characters without `:`")]
    ClientId(String),
    /// Two clients with one identifier.
    #[error("client_id `{0}` is registered twice; give each client its own")]
    Duplicate(String),
    /// No name to show.
    #[error("client `{0}` needs a name of 1 to 100 characters: signers see it before they approve")]
    Name(String),
    /// Nowhere to answer.
    #[error("client `{0}` needs at least one redirect URI")]
    NoRedirectUri(String),
    /// A redirect URI over which a code could leak.
    #[error(
        "redirect URI `{uri}` of client `{client_id}` must be an https address, or http on loopback, without fragment, user or password"
    )]
    RedirectUri {
        /// The client.
        client_id: String,
        /// Its redirect URI.
        uri: String,
    },
}

/// A client that proved who it is. Made by [`super::AuthorizationServer::authenticate`] only.
#[derive(Clone)]
pub struct AuthenticatedClient(Arc<ClientRegistration>);

impl AuthenticatedClient {
    /// `client_id`.
    pub fn id(&self) -> &str {
        &self.0.client_id
    }

    pub(super) fn registration(&self) -> &ClientRegistration {
        &self.0
    }
}

pub(super) struct ClientRegistry(BTreeMap<String, Arc<ClientRegistration>>);

impl ClientRegistry {
    pub(super) fn new(clients: Vec<ClientRegistration>) -> Result<Self, RegistrationProblem> {
        let mut registry = BTreeMap::new();
        for client in clients {
            check(&client)?;
            let id = client.client_id.clone();
            if registry.insert(id.clone(), Arc::new(client)).is_some() {
                return Err(RegistrationProblem::Duplicate(id));
            }
        }
        Ok(Self(registry))
    }

    pub(super) fn lookup(&self, client_id: &str) -> Option<&ClientRegistration> {
        self.0.get(client_id).map(AsRef::as_ref)
    }

    /// The client `client_id`, if `secret` is its secret. An unknown client takes as long as a wrong secret.
    pub(super) fn authenticate(
        &self,
        client_id: &str,
        secret: &str,
    ) -> Result<AuthenticatedClient, ClientAuthenticationError> {
        let presented = ClientSecretHash::of(secret);
        let client = self.0.get(client_id);
        let expected = client.map_or([0; 32], |client| client.secret.0);
        let equal: bool = presented.0.ct_eq(&expected).into();
        match client {
            Some(client) if equal => Ok(AuthenticatedClient(client.clone())),
            Some(_) | None => Err(ClientAuthenticationError),
        }
    }
}

impl super::AuthorizationServer {
    /// Checks the secret of a client.
    ///
    /// # Errors
    /// [`ClientAuthenticationError`], which does not tell an unknown client from a wrong secret.
    pub fn authenticate(
        &self,
        client_id: &str,
        secret: &str,
    ) -> Result<AuthenticatedClient, ClientAuthenticationError> {
        self.inner.clients.authenticate(client_id, secret)
    }

    /// A secret for a cookie of a browser that has none yet.
    ///
    /// # Errors
    /// [`super::ServiceFault`] if there is no randomness.
    pub fn new_browser(&self) -> Result<secret::BrowserSecret, super::ServiceFault> {
        Ok(secret::BrowserSecret::from_random(self.ssa().random()?))
    }
}

fn check(client: &ClientRegistration) -> Result<(), RegistrationProblem> {
    let id = &client.client_id;
    // A colon would end the user name of HTTP Basic.
    if !(1..=100).contains(&id.len()) || !id.bytes().all(|octet| octet.is_ascii_graphic() && octet != b':') {
        return Err(RegistrationProblem::ClientId(id.clone()));
    }
    if !(1..=100).contains(&client.name.trim().chars().count()) || super::sign_request::misleads(&client.name) {
        return Err(RegistrationProblem::Name(id.clone()));
    }
    if client.redirect_uris.is_empty() {
        return Err(RegistrationProblem::NoRedirectUri(id.clone()));
    }
    match client.redirect_uris.iter().find(|uri| !is_safe_redirect(uri)) {
        None => Ok(()),
        Some(uri) => Err(RegistrationProblem::RedirectUri { client_id: id.clone(), uri: uri.clone() }),
    }
}

/// RFC 9700 2.1: no open or unencrypted way for the code; loopback never leaves the machine.
fn is_safe_redirect(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let encrypted = url.scheme() == "https" && url.host().is_some();
    (encrypted || (url.scheme() == "http" && loopback))
        && !uri.contains(['#', '*'])
        && uri.bytes().all(|octet| octet.is_ascii_graphic())
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(id: &str, uri: &str) -> ClientRegistration {
        ClientRegistration {
            client_id: id.into(),
            name: "a client".into(),
            redirect_uris: vec![uri.into()],
            secret: ClientSecretHash::of("secret"),
        }
    }

    #[test]
    fn a_client_is_known_by_its_own_secret_only() {
        let other =
            ClientRegistration { secret: ClientSecretHash::of("another"), ..client("b", "https://example.com/cb") };
        let registry = ClientRegistry::new(vec![client("a", "https://example.com/cb"), other]).unwrap();
        assert_eq!(registry.authenticate("a", "secret").ok().unwrap().id(), "a");
        for (id, secret) in [("a", "another"), ("b", "secret"), ("c", "secret"), ("a", ""), ("", ""), ("A", "secret")] {
            assert!(registry.authenticate(id, secret).is_err(), "{id} {secret}");
        }
    }

    #[test]
    fn redirect_uris_that_could_leak_a_code_are_refused() {
        for uri in [
            "http://example.com/cb",
            "https://example.com/cb#part",
            "https://user@example.com/cb",
            "https://*.example.com/cb",
            "javascript:alert(1)",
            "/cb",
            "http://localhost.example.com/cb",
            "https://example.com/\u{202e}cb",
            "",
        ] {
            let refused = ClientRegistry::new(vec![client("a", uri)]).err();
            assert!(matches!(refused, Some(RegistrationProblem::RedirectUri { .. })), "{uri}");
        }
        for uri in ["https://example.com/cb?x=1", "http://localhost:1234/cb", "http://127.0.0.1/cb", "http://[::1]:9/"]
        {
            assert!(ClientRegistry::new(vec![client("a", uri)]).is_ok(), "{uri}");
        }
    }

    #[test]
    fn clients_without_proper_id_name_or_redirect_uri_are_refused() {
        let good = || client("a", "https://example.com/cb");
        let refused = |clients: Vec<ClientRegistration>| ClientRegistry::new(clients).err().unwrap();
        assert_eq!(refused(vec![good(), good()]), RegistrationProblem::Duplicate("a".into()));
        for id in ["", "a:b", "a b", "あ"] {
            let client = ClientRegistration { client_id: id.into(), ..good() };
            assert_eq!(refused(vec![client]), RegistrationProblem::ClientId(id.into()));
        }
        for name in ["", " ", "evil\u{202e}txt"] {
            let client = ClientRegistration { name: name.into(), ..good() };
            assert_eq!(refused(vec![client]), RegistrationProblem::Name("a".into()));
        }
        let client = ClientRegistration { redirect_uris: vec![], ..good() };
        assert_eq!(refused(vec![client]), RegistrationProblem::NoRedirectUri("a".into()));
    }
}
