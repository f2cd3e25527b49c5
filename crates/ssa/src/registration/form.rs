//! What a new signer says about themselves, checked before anyone else sees it. Limits: X.520 upper bounds of names.

use super::RegistrationError;
use sam::protocol::message::KeyAlgorithm;
use serde::{Deserialize, Serialize};

/// Longest name that certificates may carry (X.520 ub-common-name), in characters.
const NAME_LIMIT: usize = 64;

/// The form of a new signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationForm {
    /// Name for the certificate, for example 山田 太郎.
    pub display_name: String,
    /// The same name in Latin letters.
    pub romanised_name: Option<String>,
    /// Organisation for the certificate.
    pub organisation: Option<String>,
    /// For notices; not in the certificate.
    pub email: Option<String>,
    /// Country code of two letters for the certificate.
    pub country: Option<String>,
    /// The authority that is to certify the key.
    pub ca_id: String,
    /// Kind of key; the authority's first one unless said.
    pub key_algorithm: Option<KeyAlgorithm>,
}

/// What is kept of the form. Stored as JSON; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub display_name: String,
    pub romanised_name: Option<String>,
    pub organisation: Option<String>,
    pub email: Option<String>,
    pub country: Option<String>,
}

/// The stored form of a registration: who, and what was asked for. Stored as JSON; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredForm {
    pub profile: Profile,
    pub ca_id: String,
    pub key_algorithm: String,
}

impl RegistrationForm {
    pub(super) fn profile(&self) -> Result<Profile, RegistrationError> {
        let profile = Profile {
            display_name: name("display_name", &self.display_name)?,
            romanised_name: optional_name("romanised_name", self.romanised_name.as_deref())?,
            organisation: optional_name("organisation", self.organisation.as_deref())?,
            email: optional_name("email", self.email.as_deref())?,
            country: optional_name("country", self.country.as_deref())?,
        };
        let email_is_plain = |email: &String| {
            let mut parts = email.split('@');
            let whole = parts.by_ref().take(2).all(|part| !part.is_empty() && !part.contains(char::is_whitespace));
            whole && parts.next().is_none() && email.contains('@')
        };
        if profile.email.as_ref().is_some_and(|email| !email_is_plain(email)) {
            return Err(RegistrationError::InvalidForm { field: "email", problem: "it is not an e-mail address" });
        }
        let two_letters =
            |country: &String| country.len() == 2 && country.bytes().all(|octet| octet.is_ascii_uppercase());
        if profile.country.as_ref().is_some_and(|country| !two_letters(country)) {
            return Err(RegistrationError::InvalidForm {
                field: "country",
                problem: "it is not a code of two capital letters, such as JP",
            });
        }
        Ok(profile)
    }
}

fn optional_name(field: &'static str, value: Option<&str>) -> Result<Option<String>, RegistrationError> {
    match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => name(field, text).map(Some),
    }
}

fn name(field: &'static str, value: &str) -> Result<String, RegistrationError> {
    let text = value.trim();
    let problem = if text.is_empty() {
        "it is empty"
    } else if text.chars().count() > NAME_LIMIT {
        "it is longer than 64 characters"
    } else if text.chars().any(is_invisible) {
        "it has characters that cannot be seen"
    } else {
        return Ok(text.to_owned());
    };
    Err(RegistrationError::InvalidForm { field, problem })
}

/// Control characters, and those that change the direction or the look of text without being seen: a name must show what it is.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{00ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> RegistrationForm {
        RegistrationForm {
            display_name: " 山田 太郎 ".into(),
            romanised_name: Some("YAMADA Taro".into()),
            organisation: Some(String::new()),
            email: Some("taro@example.jp".into()),
            country: Some("JP".into()),
            ca_id: "a".into(),
            key_algorithm: None,
        }
    }

    #[test]
    fn names_are_trimmed_and_empty_fields_are_absent() {
        let profile = form().profile().unwrap();
        assert_eq!(profile.display_name, "山田 太郎");
        assert_eq!(profile.organisation, None);
    }

    #[test]
    fn unusable_fields_are_named() {
        type Change = fn(&mut RegistrationForm);
        let cases: [(&str, Change); 6] = [
            ("display_name", |form| form.display_name = "  ".into()),
            ("display_name", |form| form.display_name = "あ".repeat(65)),
            ("display_name", |form| form.display_name = "safe\u{202e}gpj.exe".into()),
            ("organisation", |form| form.organisation = Some("a\nb".into())),
            ("email", |form| form.email = Some("a@b@c".into())),
            ("country", |form| form.country = Some("Japan".into())),
        ];
        for (expected, change) in cases {
            let mut form = form();
            change(&mut form);
            match form.profile() {
                Err(RegistrationError::InvalidForm { field, .. }) => assert_eq!(field, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_stored_form_is_this_json() {
        let stored = StoredForm { profile: form().profile().unwrap(), ca_id: "a".into(), key_algorithm: "x:1".into() };
        let json = r#"{"profile":{"display_name":"山田 太郎","romanised_name":"YAMADA Taro","organisation":null,"email":"taro@example.jp","country":"JP"},"ca_id":"a","key_algorithm":"x:1"}"#;
        assert_eq!(serde_json::to_string(&stored).unwrap(), json);
        assert_eq!(serde_json::from_str::<StoredForm>(json).unwrap(), stored);
    }
}
