//! A browser: keeps cookies, says where its requests come from, and does not follow redirects by itself.

use std::collections::BTreeMap;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::Value;

use super::{Answer, PORTAL, SIGNING, World};

/// A browser with its cookies. They ignore ports, as cookies do.
#[derive(Default)]
pub struct Browser {
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// A browser without cookies.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a cookie, as if the service had.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// Opens an address of the portal: a path, or the whole address.
    pub async fn get(&self, world: &World, address: &str) -> Answer {
        let path = address.strip_prefix(PORTAL).unwrap_or(address);
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        self.remember(Answer::of(&world.portal, request).await)
    }

    /// Sends a form from a page of the portal.
    pub async fn submit(&self, world: &World, path: &str, form: &str) -> Answer {
        self.submit_from(world, PORTAL, path, form).await
    }

    /// Sends a form to the portal from a page of `origin`.
    pub async fn submit_from(&self, world: &World, origin: &str, path: &str, form: &str) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.remember(Answer::of(&world.portal, request).await)
    }

    /// Sends a file in a form with the field `file`, from a page of the portal.
    pub async fn send_file(&self, world: &World, path: &str, name: &str, file: &[u8]) -> Answer {
        const EDGE: &str = "----edge-of-the-parts";
        let head = format!(
            "--{EDGE}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        let body = [head.as_bytes(), file, format!("\r\n--{EDGE}--\r\n").as_bytes()].concat();
        let request = self
            .request("POST", path)
            .header(header::ORIGIN, PORTAL)
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={EDGE}"))
            .body(Body::from(body))
            .unwrap();
        self.remember(Answer::of(&world.portal, request).await)
    }

    /// Sends JSON from a script of the portal.
    pub async fn post_json(&self, world: &World, path: &str, body: &Value) -> Answer {
        self.post_json_from(world, PORTAL, path, body).await
    }

    /// Sends JSON to the portal from a script of `origin`.
    pub async fn post_json_from(&self, world: &World, origin: &str, path: &str, body: &Value) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.remember(Answer::of(&world.portal, request).await)
    }

    /// Sends JSON from the script of the signing page, whose own session is `session`.
    pub async fn post_signing(&self, world: &World, session: &str, path: &str, body: &Value) -> Answer {
        self.post_signing_from(world, SIGNING, session, path, body).await
    }

    /// The same from a script of `origin`.
    pub async fn post_signing_from(
        &self,
        world: &World,
        origin: &str,
        session: &str,
        path: &str,
        body: &Value,
    ) -> Answer {
        let request = self
            .request("POST", path)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "application/json")
            .header("rakkan-page-session", session)
            .body(Body::from(body.to_string()))
            .unwrap();
        self.remember(Answer::of(&world.signing, request).await)
    }

    /// Opens an address of the signing origin.
    pub async fn get_signing(&self, world: &World, address: &str) -> Answer {
        let path = address.strip_prefix(SIGNING).unwrap_or(address);
        let path = path.split('#').next().unwrap();
        let request = self.request("GET", path).body(Body::empty()).unwrap();
        self.remember(Answer::of(&world.signing, request).await)
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().method(method).uri(path);
        if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) }
    }

    fn remember(&self, answer: Answer) -> Answer {
        for header in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, _) = header.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.set_cookie(name, value);
        }
        answer
    }
}
