//! The guarded client: one request, one answer, no redirects.

use super::error::HttpError;
use super::policy::HttpPolicy;
use super::resolver::{GuardedResolver, Resolver, SystemResolver};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Method, Url, redirect};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use url::Host;

/// What is sent.
#[derive(Clone)]
pub struct HttpRequest {
    method: Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    deadline: Option<Duration>,
}

impl HttpRequest {
    /// GET.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self { method: Method::GET, url: url.to_owned(), headers: Vec::new(), body: Vec::new(), deadline: None }
    }

    /// POST of a body with its media type.
    #[must_use]
    pub fn post(url: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = Self { method: Method::POST, body: body.into(), ..Self::get(url) };
        request.header("content-type", media_type)
    }

    /// POST of an HTML form.
    #[must_use]
    pub fn post_form<N: AsRef<str>, V: AsRef<str>>(url: &str, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, "application/x-www-form-urlencoded", body)
    }

    /// One header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Another deadline than the policy's.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }
}

/// What came back, whatever the status.
#[derive(Debug, Clone)]
pub struct HttpAnswer {
    /// The host that answered.
    pub host: String,
    /// The status.
    pub status: u16,
    /// The headers.
    headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// A header as text, if it is there once and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// All values of a header.
    pub fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }

    /// Whether the media type is this one, with or without parameters.
    #[must_use]
    pub fn is_of_type(&self, media_type: &str) -> bool {
        let given = self.header("content-type").unwrap_or_default();
        given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type)
    }

    /// The answer itself if its status is 200.
    pub fn require_ok(self) -> Result<Self, HttpError> {
        let (host, status) = (self.host.clone(), self.status);
        match status {
            200 => Ok(self),
            300..400 => Err(HttpError::Redirected { host, status }),
            _ => Err(HttpError::Status { host, status }),
        }
    }

    /// The beginning of the body as one line of text: what a service says about a refusal, fit for an error message.
    #[must_use]
    pub fn reason(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]).into_owned();
        let clean: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).take(200).collect();
        clean.trim().to_owned()
    }
}

/// A client with one policy. Clones share connections.
#[derive(Clone)]
pub struct HttpClient {
    policy: Arc<HttpPolicy>,
    resolver: Arc<dyn Resolver>,
    plain: Client,
    tls: Arc<OnceLock<Client>>,
}

impl HttpClient {
    /// A client that resolves names by the operating system.
    pub fn new(policy: HttpPolicy) -> Result<Self, HttpError> {
        Self::with_resolver(policy, Arc::new(SystemResolver))
    }

    /// A client that resolves names by `resolver`.
    pub fn with_resolver(policy: HttpPolicy, resolver: Arc<dyn Resolver>) -> Result<Self, HttpError> {
        let policy = Arc::new(policy);
        // Without roots of its own: it is used for plain HTTP only, and must work on a machine that has no trust store.
        let plain =
            builder(&policy, &resolver).tls_certs_only([]).build().map_err(|error| HttpError::Tls(error.into()))?;
        Ok(Self { policy, resolver, plain, tls: Arc::new(OnceLock::new()) })
    }

    /// Sends a request and reads the whole answer, whatever its status.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let (url, host) = self.checked_url(&request.url)?;
        let deadline = request.deadline.unwrap_or(self.policy.deadline);
        let client = if url.scheme() == "https" { self.tls_client()? } else { &self.plain };
        match tokio::time::timeout(deadline, self.exchange(client, url, &host, request)).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::Deadline { host, milliseconds: deadline.as_millis() }),
        }
    }

    /// Sends a request and wants status 200.
    pub async fn send_for_ok(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        self.send(request).await?.require_ok()
    }

    async fn exchange(
        &self,
        client: &Client,
        url: Url,
        host: &str,
        request: HttpRequest,
    ) -> Result<HttpAnswer, HttpError> {
        let failed = |error| HttpError::from_library(host, error);
        let mut sent = client.request(request.method, url).headers(header_map(&request.headers, host)?);
        if !request.body.is_empty() || !request.headers.is_empty() {
            sent = sent.body(request.body);
        }
        let mut response = sent.send().await.map_err(failed)?;
        let limit = self.policy.largest_answer;
        let too_large = || HttpError::TooLarge { host: host.to_owned(), limit };
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(too_large());
        }
        let (status, headers) = (response.status().as_u16(), std::mem::take(response.headers_mut()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpAnswer { host: host.to_owned(), status, headers, body })
    }

    /// The URL, if scheme, host and a literal address in it are allowed. Names are judged by the resolver.
    fn checked_url(&self, text: &str) -> Result<(Url, String), HttpError> {
        let not_a_url = || HttpError::Url { url: text.chars().take(200).collect() };
        let url = Url::parse(text).map_err(|_| not_a_url())?;
        if url.scheme() != "http" && url.scheme() != "https" {
            return Err(not_a_url());
        }
        let host = url.host_str().ok_or_else(not_a_url)?.to_owned();
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HttpError::CredentialsInUrl { host });
        }
        if !self.policy.allows_host(&host) {
            return Err(HttpError::HostNotAllowed { host });
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) | None => None,
        };
        match literal {
            Some(address) if !self.policy.allows_address(&host, address) => Err(HttpError::AddressDenied { host }),
            _ => Ok((url, host)),
        }
    }

    // Made at the first use: reading the system's trust store takes time and memory that plain HTTP does not need.
    fn tls_client(&self) -> Result<&Client, HttpError> {
        if let Some(client) = self.tls.get() {
            return Ok(client);
        }
        let client = builder(&self.policy, &self.resolver)
            .https_only(true)
            .build()
            .map_err(|error| HttpError::Tls(error.into()))?;
        Ok(self.tls.get_or_init(|| client))
    }
}

fn builder(policy: &Arc<HttpPolicy>, resolver: &Arc<dyn Resolver>) -> ClientBuilder {
    Client::builder()
        .redirect(redirect::Policy::none())
        // A proxy from the environment would connect in our place, to addresses that nobody checked.
        .no_proxy()
        .referer(false)
        .user_agent(concat!("rakkan/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(GuardedResolver { policy: policy.clone(), resolver: resolver.clone() }))
}

fn header_map(headers: &[(&'static str, String)], host: &str) -> Result<HeaderMap, HttpError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value)
            .map_err(|error| HttpError::Exchange { host: host.to_owned(), source: Box::new(error) })?;
        map.append(HeaderName::from_static(name), value);
    }
    Ok(map)
}
