//! Texts of the pages in Japanese and English (Project Fluent), and the choice between the two.
//!
//! A text is addressed by its key in `locales/<language>/*.ftl`. Both languages have the same keys and the same arguments, and every key
//! is used: the tests below hold that. Texts hold no markup; templates escape what they print.

mod format;

use std::sync::LazyLock;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::langid;

pub use format::{Fingerprint, Moment};

/// The cookie that keeps the chosen language. It holds nothing else and grants nothing.
pub const LANGUAGE_COOKIE: &str = "rakkan-lang";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Japanese.
    #[default]
    Ja,
    /// English.
    En,
}

impl Language {
    /// All languages, the default first.
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// The tag for `lang` attributes, addresses and the cookie.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language with this tag, if there is one.
    pub fn from_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The other one, for the switch in the header.
    pub fn other(self) -> Self {
        match self {
            Self::Ja => Self::En,
            Self::En => Self::Ja,
        }
    }

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ja => "日本語",
            Self::En => "English",
        }
    }

    /// The text with this key.
    pub fn text(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The text with this key and one argument.
    pub fn text_with<'a>(self, key: &str, name: &'a str, value: impl Into<FluentValue<'a>>) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set(name, value);
        self.format(key, Some(&arguments))
    }

    /// The text with this key and two arguments.
    pub fn text_with_two<'a>(
        self,
        key: &str,
        first: (&'a str, impl Into<FluentValue<'a>>),
        second: (&'a str, impl Into<FluentValue<'a>>),
    ) -> String {
        let mut arguments = FluentArgs::new();
        arguments.set(first.0, first.1);
        arguments.set(second.0, second.1);
        self.format(key, Some(&arguments))
    }

    fn format(self, key: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let bundle = match self {
            Self::Ja => &*JAPANESE,
            Self::En => &*ENGLISH,
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            tracing::error!(text.key = key, text.language = self.tag(), "a text of the pages is missing");
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, arguments, &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(text.key = key, text.language = self.tag(), "a text of the pages lacks an argument");
        }
        text
    }

    /// Chooses from a `Accept-Language` header; `None` if it names neither.
    fn preferred(header: &str) -> Option<Self> {
        let mut best: Option<(Self, u32)> = None;
        for part in header.split(',').take(20) {
            let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|text| text.parse::<f32>().ok()).unwrap_or(0.0);
            let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u32;
            let main = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            if let Some(language) = Self::from_tag(&main)
                && weight > best.map_or(0, |(_, heaviest)| heaviest)
            {
                best = Some((language, weight));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// What a request says about the language: `?lang=` first, then the cookie, then `Accept-Language`.
#[derive(Debug, Clone, Copy)]
pub struct WantedLanguage(pub Option<Language>);

impl<S: Sync> FromRequestParts<S> for WantedLanguage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let asked = parts.uri.query().and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "lang")
                .map(|(_, value)| value.into_owned())
        });
        let cookie = || cookie(parts, LANGUAGE_COOKIE).and_then(Language::from_tag);
        let header = || {
            let header = parts.headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
            Language::preferred(header)
        };
        Ok(Self(asked.as_deref().and_then(Language::from_tag).or_else(cookie).or_else(header)))
    }
}

/// The value of a cookie of the request.
pub(crate) fn cookie<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

type Bundle = FluentBundle<FluentResource>;

static JAPANESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Ja));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::En));

macro_rules! sources {
    ($language:literal) => {
        [
            include_str!(concat!("../../locales/", $language, "/common.ftl")),
            include_str!(concat!("../../locales/", $language, "/start.ftl")),
            include_str!(concat!("../../locales/", $language, "/documents.ftl")),
            include_str!(concat!("../../locales/", $language, "/signing.ftl")),
            include_str!(concat!("../../locales/", $language, "/check.ftl")),
            include_str!(concat!("../../locales/", $language, "/help.ftl")),
            include_str!(concat!("../../locales/", $language, "/problems.ftl")),
        ]
    };
}

fn texts(language: Language) -> [&'static str; 7] {
    match language {
        Language::Ja => sources!("ja"),
        Language::En => sources!("en"),
    }
}

fn bundle(language: Language) -> Bundle {
    let identifier = match language {
        Language::Ja => langid!("ja"),
        Language::En => langid!("en"),
    };
    let mut bundle = Bundle::new_concurrent(vec![identifier]);
    // Arguments are names and numbers set apart by the markup; isolation marks would only end up in copied text.
    bundle.set_use_isolating(false);
    for source in texts(language) {
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partial, errors)| {
            tracing::error!(text.language = language.tag(), text.errors = errors.len(), "a file of texts has errors");
            partial
        });
        if bundle.add_resource(resource).is_err() {
            tracing::error!(text.language = language.tag(), "a text is defined twice");
        }
    }
    bundle
}

#[cfg(test)]
mod tests;
