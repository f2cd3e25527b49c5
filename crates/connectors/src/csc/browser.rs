//! What a signer's browser does, as far as the demo needs it: cookies, JSON, and redirects that are looked at before they are followed.

use crate::http::{HttpClient, HttpError, HttpRequest};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// A browser with one cookie jar. Clones share it.
///
/// Cookies belong to a host, as in a real browser, whatever the port; path and SameSite are not looked at.
#[derive(Clone)]
pub struct Browser {
    http: HttpClient,
    jar: Arc<Mutex<BTreeMap<(String, String), String>>>,
}

/// What came back.
pub struct Page {
    /// The address that was asked.
    pub url: String,
    /// The status.
    pub status: u16,
    /// The absolute address of a redirect, which was not followed.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Page {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

// Pages of a signer hold what is nobody else's business.
impl fmt::Debug for Page {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Page")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(http: HttpClient) -> Self {
        Self { http, jar: Arc::default() }
    }

    /// Opens an address, as if it were typed or a link were followed.
    pub async fn open(&self, url: &str) -> Result<Page, HttpError> {
        let request = HttpRequest::get(url).header("accept", "text/html").header("sec-fetch-mode", "navigate");
        self.send(url, request).await
    }

    /// What a script on a page of the same origin fetches.
    pub async fn fetch(&self, url: &str) -> Result<Page, HttpError> {
        let request = HttpRequest::get(url).header("accept", "application/json");
        self.send(url, request.header("sec-fetch-site", "same-origin")).await
    }

    /// What a script on a page of the same origin posts as JSON.
    pub async fn post_json(&self, url: &str, body: &impl Serialize) -> Result<Page, HttpError> {
        self.post_json_with(url, body, &[]).await
    }

    /// As [`Browser::post_json`], with further headers that the script sets.
    pub async fn post_json_with(
        &self,
        url: &str,
        body: &impl Serialize,
        headers: &[(&'static str, &str)],
    ) -> Result<Page, HttpError> {
        // Serialising into memory fails only for maps with keys that are no text; such a body is sent empty and refused.
        let body = serde_json::to_vec(body).unwrap_or_default();
        let request = HttpRequest::post(url, "application/json", body).header("accept", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        self.send(url, from_same_origin(url, request)).await
    }

    /// What a form on a page of the same origin posts.
    pub async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Result<Page, HttpError> {
        let request = HttpRequest::post_form(url, fields.iter().copied());
        self.send(url, from_same_origin(url, request)).await
    }

    /// Posts bytes of any media type from a page of the same origin: an upload.
    pub async fn post_bytes(&self, url: &str, media_type: &str, body: Vec<u8>) -> Result<Page, HttpError> {
        let request = HttpRequest::post(url, media_type, body);
        self.send(url, from_same_origin(url, request)).await
    }

    /// Forgets all cookies.
    pub fn forget(&self) {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    async fn send(&self, url: &str, request: HttpRequest) -> Result<Page, HttpError> {
        let parsed = Url::parse(url).map_err(|_| HttpError::Url { url: url.to_owned() })?;
        let host = parsed.host_str().unwrap_or_default().to_owned();
        let cookies = self.cookies_for(&host);
        let request = if cookies.is_empty() { request } else { request.header("cookie", &cookies) };
        let answer = self.http.send(request).await?;
        for line in answer.headers("set-cookie") {
            self.keep(&host, line);
        }
        // RFC 9110 10.2.2: the address may be relative to the one that was asked.
        let location = answer.header("location").and_then(|to| parsed.join(to).ok()).map(String::from);
        Ok(Page { url: url.to_owned(), status: answer.status, location, body: answer.body })
    }

    fn cookies_for(&self, host: &str) -> String {
        let jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<String> =
            jar.iter().filter(|((of, _), _)| of == host).map(|((_, name), value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// RFC 6265 5.2, without Path, Domain and Expires.
    fn keep(&self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let key = (host.to_owned(), name.trim().to_owned());
        let expired = parts.any(|attribute| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            name.eq_ignore_ascii_case("max-age") && value.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
        });
        let mut jar = self.jar.lock().unwrap_or_else(PoisonError::into_inner);
        if expired {
            jar.remove(&key);
        } else {
            jar.insert(key, value.trim().to_owned());
        }
    }
}

/// The headers by which a browser says that the request comes from a page of the same origin.
fn from_same_origin(url: &str, request: HttpRequest) -> HttpRequest {
    let origin = Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    request.header("origin", &origin).header("sec-fetch-site", "same-origin")
}
