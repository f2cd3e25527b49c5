//! Cookies: read from a request, written with the attributes that this service always uses. RFC 6265bis.
//!
//! `HttpOnly`, `SameSite=Lax`, `Path=/`, and with https `Secure` and the prefix `__Host-`, so that no other host or port of
//! the site can set them. Cookies ignore ports: no cookie alone grants a signature anywhere.

use axum::http::{HeaderMap, HeaderValue, header};

/// Portal login.
pub const SESSION: Cookie = Cookie("rakkan-session");
/// Ties an authorization request to the browser that opened it.
pub const AUTHORIZE: Cookie = Cookie("rakkan-authorize");

/// A cookie by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie(&'static str);

impl Cookie {
    /// The value in `headers`, for a service at `origin`. Of several with the same name the first counts.
    pub fn read<'a>(self, origin: &str, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.name(origin);
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The header that sets `value` for `max_age` seconds; `None` if the value cannot stand in a cookie.
    pub fn set(self, origin: &str, value: &str, max_age: u64) -> Option<HeaderValue> {
        let allowed = |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'"' | b',' | b';' | b'\\');
        let secure = if is_encrypted(origin) { "; Secure" } else { "" };
        let header =
            format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}", self.name(origin));
        value.bytes().all(allowed).then(|| HeaderValue::from_str(&header).ok()).flatten()
    }

    /// The header that deletes the cookie.
    pub fn clear(self, origin: &str) -> Option<HeaderValue> {
        self.set(origin, "", 0)
    }

    fn name(self, origin: &str) -> String {
        if is_encrypted(origin) { format!("__Host-{}", self.0) } else { self.0.to_owned() }
    }
}

fn is_encrypted(origin: &str) -> bool {
    origin.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "a=1; xrakkan-session=no; rakkan-session=yes; rakkan-session=second".parse().unwrap(),
        );
        assert_eq!(SESSION.read("http://localhost:1", &headers), Some("yes"));
        assert_eq!(AUTHORIZE.read("http://localhost:1", &headers), None);
        assert_eq!(SESSION.read("https://example.jp", &headers), None, "the encrypted service has its own name");
    }

    #[test]
    fn cookies_have_all_their_attributes() {
        let header = SESSION.set("https://example.jp", "value", 60).unwrap();
        assert_eq!(header, "__Host-rakkan-session=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        let header = SESSION.set("http://localhost:1", "value", 60).unwrap();
        assert_eq!(header, "rakkan-session=value; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_value_that_could_add_attributes_is_refused() {
        for value in ["a; Domain=example.jp", "a,b", "a b", "a\r\nSet-Cookie: b=c"] {
            assert_eq!(SESSION.set("http://localhost:1", value, 60), None, "{value}");
        }
    }
}
