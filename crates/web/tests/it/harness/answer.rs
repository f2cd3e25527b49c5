//! An answer of the service, and its text for snapshots.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

/// Status, headers and body.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends `request` to `routes`.
    pub async fn of(routes: &Router, request: Request<Body>) -> Self {
        let response = routes.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Self { status: parts.status, headers: parts.headers, body }
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Where the browser is sent.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// A parameter in the query of the address that the browser is sent to.
    pub fn location_parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The error of an error answer: status, code, description.
    pub fn error(&self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), text("error"), text("error_description"))
    }

    /// The whole answer as text, with `replacements` for what differs from run to run.
    pub fn snapshot(&self, replacements: &[(&str, &str)]) -> String {
        let mut lines = vec![self.status.to_string()];
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !["x-request-id", "content-length", "date"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        lines.extend(headers);
        lines.push(String::new());
        lines.push(match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) => serde_json::to_string_pretty(&shortened(json)).unwrap(),
            Err(_) => self.text(),
        });
        let text = lines.join("\n");
        replacements.iter().fold(text, |text, (value, name)| text.replace(value, name))
    }
}

/// Certificates, tokens and signatures are checked elsewhere; in a snapshot they would only differ.
fn shortened(json: Value) -> Value {
    match json {
        Value::String(text) if text.len() > 90 && !text.contains(' ') => Value::String("[octets]".into()),
        Value::Array(items) => Value::Array(items.into_iter().map(shortened).collect()),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, shortened(value))).collect())
        }
        other => other,
    }
}
