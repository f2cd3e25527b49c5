//! Certification authorities that a signer can choose.

use connectors::ca::EstClient;
use sam::protocol::message::KeyAlgorithm;

/// An authority of the configuration with its connection.
#[derive(Clone)]
pub struct CertificateAuthority {
    /// Short name in configuration and forms.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// Kinds of keys it certifies; the first one is used unless another is chosen.
    pub key_algorithms: Vec<KeyAlgorithm>,
    /// Whether its certificates are worth nothing outside a demonstration.
    pub demo: bool,
    /// How to reach it.
    pub client: EstClient,
}

/// An authority as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaView {
    /// Short name for forms.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// Kinds of keys it certifies, preferred first.
    pub key_algorithms: Vec<KeyAlgorithm>,
    /// Whether its certificates are worth nothing outside a demonstration.
    pub demo: bool,
}

impl crate::Ssa {
    /// The authorities that signers can choose.
    pub fn certificate_authorities(&self) -> Vec<CaView> {
        let view = |authority: &CertificateAuthority| CaView {
            id: authority.id.clone(),
            name: authority.name.clone(),
            key_algorithms: authority.key_algorithms.clone(),
            demo: authority.demo,
        };
        self.authorities().iter().map(view).collect()
    }

    pub(crate) fn authority(&self, id: &str) -> Option<&CertificateAuthority> {
        self.authorities().iter().find(|authority| authority.id == id)
    }
}
