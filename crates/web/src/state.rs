//! What handlers share: the use cases, the authorization server, the drawing of pages, and the settings.

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use ssa::Ssa;
use ssa::oauth::AuthorizationServer;

use crate::i18n::Language;
use crate::portal::pages::PageRenderer;

/// Settings of the HTTP side.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Origin of portal, OAuth and CSC; scheme, host and port, no slash.
    pub portal_origin: String,
    /// Origin of the signing page.
    pub signing_origin: String,
    /// Name of the service, in the CSC answer `info`.
    pub service_name: String,
    /// Country of the service, ISO 3166-1 alpha-2.
    pub region: String,
    /// Language of pages when the browser names none we have.
    pub default_language: Language,
    /// Whether certificates and time-stamps of this installation are for demonstration only.
    pub demo: bool,
    /// Largest upload, in octets.
    pub max_upload: u64,
    /// A document that visitors can try: file name and content.
    pub sample: Option<(String, Arc<[u8]>)>,
    /// Most requests of one address.
    pub rate_limit: RateLimit,
    /// Longest time for an answer; uploads have a limit of their own, by their pace.
    pub time_limit: Duration,
    /// Reverse proxies, whose word on where a request comes from is taken.
    pub trusted_proxies: Vec<IpNet>,
}

/// A steady rate with a burst above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests per second in the long run.
    pub per_second: u32,
    /// Requests that may come at once.
    pub burst: u32,
}

impl Default for RateLimit {
    /// Room for a busy CSC client; a flood is cut to what one core answers easily.
    fn default() -> Self {
        Self { per_second: 1000, burst: 5000 }
    }
}

/// What an [`App`] is made of.
pub struct Parts {
    /// The use cases.
    pub ssa: Ssa,
    /// The authorization server over the same use cases.
    pub oauth: AuthorizationServer,
    /// Draws pages of documents.
    pub pages: Arc<dyn PageRenderer>,
    /// Settings.
    pub settings: Settings,
}

/// Shared by all handlers. Clones share everything.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }

    /// The use cases.
    pub fn ssa(&self) -> &Ssa {
        &self.parts.ssa
    }

    /// The authorization server.
    pub fn oauth(&self) -> &AuthorizationServer {
        &self.parts.oauth
    }

    /// Draws pages of documents.
    pub fn pages(&self) -> &Arc<dyn PageRenderer> {
        &self.parts.pages
    }

    /// Settings.
    pub fn settings(&self) -> &Settings {
        &self.parts.settings
    }
}
