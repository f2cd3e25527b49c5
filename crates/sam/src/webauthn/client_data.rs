//! The limited verification algorithm: `clientDataJSON` is compared with the bytes that it must begin with. WebAuthn L3 5.8.1.2.
//!
//! The specification fixes the order of the first members and forbids later versions to change it, so no JSON parser is needed.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::ids::Hash;

/// The largest `clientDataJSON` that is looked at.
pub const CLIENT_DATA_MAX: usize = 1024;

/// Which of the two ceremonies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// `navigator.credentials.create`.
    Create,
    /// `navigator.credentials.get`.
    Get,
}

/// What is wrong with client data, as far as it can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientDataError {
    /// Larger than [`CLIENT_DATA_MAX`].
    #[error("the client data is too large")]
    TooLarge,
    /// Another `type`, or not the serialisation of the specification.
    #[error("the client data is for another ceremony")]
    WrongCeremony,
    /// Another challenge.
    #[error("the client data has another challenge")]
    WrongChallenge,
    /// Another origin.
    #[error("the client data has another origin")]
    WrongOrigin,
    /// Made in a frame of another site, or not said.
    #[error("the client data was made inside a page of another site")]
    CrossOrigin,
}

/// Checks that the browser made `json` in this ceremony, for this challenge, on this origin and in its own top-level page.
///
/// `origin` must need no JSON escape; [`is_plain_origin`] tells.
///
/// # Errors
/// The first difference.
pub fn check_client_data(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &Hash,
    origin: &str,
) -> Result<(), ClientDataError> {
    if json.len() > CLIENT_DATA_MAX {
        return Err(ClientDataError::TooLarge);
    }
    let opening: &[u8] = match ceremony {
        Ceremony::Create => br#"{"type":"webauthn.create","challenge":""#,
        Ceremony::Get => br#"{"type":"webauthn.get","challenge":""#,
    };
    let rest = json.strip_prefix(opening).ok_or(ClientDataError::WrongCeremony)?;
    let challenge = Base64UrlUnpadded::encode_string(challenge);
    let rest = rest.strip_prefix(challenge.as_bytes()).ok_or(ClientDataError::WrongChallenge)?;
    let rest = rest.strip_prefix(br#"","origin":""#.as_slice()).ok_or(ClientDataError::WrongChallenge)?;
    let rest = rest.strip_prefix(origin.as_bytes()).ok_or(ClientDataError::WrongOrigin)?;
    let rest = rest.strip_prefix(br#"""#.as_slice()).ok_or(ClientDataError::WrongOrigin)?;
    let rest = rest.strip_prefix(br#","crossOrigin":false"#.as_slice()).ok_or(ClientDataError::CrossOrigin)?;
    match rest {
        [b'}'] => Ok(()),
        // More members may follow. The one that names an outer page stands for a frame, wherever it stands.
        [b',', .., b'}'] if !names_top_origin(rest) => Ok(()),
        _ => Err(ClientDataError::CrossOrigin),
    }
}

fn names_top_origin(members: &[u8]) -> bool {
    let name = br#""topOrigin""#;
    members.windows(name.len()).any(|window| window == name)
}

/// Whether `origin` is an origin in the only form that is compared: scheme, host in lower case, port if it is not the usual one.
#[must_use]
pub fn is_plain_origin(origin: &str) -> bool {
    let (authority, usual_port) = match origin.split_once("://") {
        Some(("https", authority)) => (authority, "443"),
        Some(("http", authority)) if authority == "localhost" || authority.starts_with("localhost:") => {
            (authority, "80")
        }
        _ => return false,
    };
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b".-".contains(&c);
    let port_is_plain = port.parse::<u16>().is_ok_and(|number| number.to_string() == port) && port != usual_port;
    !host.is_empty() && host.bytes().all(plain) && port_is_plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ORIGIN: &str = "https://sign.example.jp";
    const CHALLENGE: Hash = [0x5a; 32];

    fn json(kind: &str, challenge: &Hash, origin: &str, end: &str) -> Vec<u8> {
        let challenge = Base64UrlUnpadded::encode_string(challenge);
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"{end}"#).into_bytes()
    }

    fn check(json: &[u8]) -> Result<(), ClientDataError> {
        check_client_data(json, Ceremony::Get, &CHALLENGE, ORIGIN)
    }

    #[test]
    fn client_data_of_the_signing_page_is_accepted() {
        assert_eq!(check(&json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":false}"#)), Ok(()));
        let with_more = r#","crossOrigin":false,"other_keys_can_be_added_here":"do not compare"}"#;
        assert_eq!(check(&json("webauthn.get", &CHALLENGE, ORIGIN, with_more)), Ok(()));
    }

    #[test]
    fn each_difference_has_an_answer_of_its_own() {
        let end = r#","crossOrigin":false}"#;
        let mut other = CHALLENGE;
        other[31] ^= 1;
        for (json, error) in [
            (json("webauthn.create", &CHALLENGE, ORIGIN, end), ClientDataError::WrongCeremony),
            (json("payment.get", &CHALLENGE, ORIGIN, end), ClientDataError::WrongCeremony),
            (json("webauthn.get", &other, ORIGIN, end), ClientDataError::WrongChallenge),
            (json("webauthn.get", &CHALLENGE, "https://portal.example.jp", end), ClientDataError::WrongOrigin),
            (
                json("webauthn.get", &CHALLENGE, "https://sign.example.jp.evil.example", end),
                ClientDataError::WrongOrigin,
            ),
            (json("webauthn.get", &CHALLENGE, "https://sign.example.jp:8443", end), ClientDataError::WrongOrigin),
            (json("webauthn.get", &CHALLENGE, "https://sign.example", end), ClientDataError::WrongOrigin),
            (json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":true}"#), ClientDataError::CrossOrigin),
            (json("webauthn.get", &CHALLENGE, ORIGIN, "}"), ClientDataError::CrossOrigin),
            (
                json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":false,"topOrigin":"https://example.com"}"#),
                ClientDataError::CrossOrigin,
            ),
            (
                json(
                    "webauthn.get",
                    &CHALLENGE,
                    ORIGIN,
                    r#","crossOrigin":false,"x":1,"topOrigin":"https://example.com"}"#,
                ),
                ClientDataError::CrossOrigin,
            ),
            (json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":falsehood}"#), ClientDataError::CrossOrigin),
            (json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":false"#), ClientDataError::CrossOrigin),
            (json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":false}}"#), ClientDataError::CrossOrigin),
            (vec![b' '; CLIENT_DATA_MAX + 1], ClientDataError::TooLarge),
            (vec![], ClientDataError::WrongCeremony),
        ] {
            assert_eq!(check(&json), Err(error), "{}", String::from_utf8_lossy(&json));
        }
    }

    #[test]
    fn a_member_before_the_type_is_not_looked_behind() {
        let mut json = json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":false}"#);
        json.splice(1..1, br#""a":1,"#.iter().copied());
        assert_eq!(check(&json), Err(ClientDataError::WrongCeremony));
    }

    #[test]
    fn only_plain_origins_are_configured() {
        for origin in
            ["https://sign.example.jp", "http://localhost:8080", "http://localhost", "https://xn--r8jz45g.jp:444"]
        {
            assert!(is_plain_origin(origin), "{origin}");
        }
        for origin in [
            "",
            "https://",
            "http://sign.example.jp",
            "https://例え.jp",
            "https://a.jp/",
            "https://a.jp:443",
            "http://localhost:80",
            "https://a.jp:",
            "https://a.jp:0443",
            "https://a.jp:99999",
            "https://:444",
            "https://A.jp",
            "https://a\".jp",
        ] {
            assert!(!is_plain_origin(origin), "{origin}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_byte_in_the_compared_part_is_refused(at in 0usize..134, flip in 1u8..) {
            let mut json = json("webauthn.get", &CHALLENGE, ORIGIN, r#","crossOrigin":false}"#);
            let at = at % json.len();
            json[at] ^= flip;
            prop_assert!(check(&json).is_err());
        }
    }
}
