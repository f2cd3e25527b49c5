//! What every page shows: language, account, place in the menu. The methods are the vocabulary of the templates.

use fluent_bundle::FluentValue;

use super::{assets, icons};
use crate::i18n::Language;

/// The frame around a page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Language of the texts.
    pub language: Language,
    /// Name of the person who is signed in.
    pub account: Option<String>,
    /// Whether this is a trial: the strip on each page.
    pub demo: bool,
    /// Place in the menu.
    pub here: &'static str,
    /// Path of the page, for the language switch.
    pub path: String,
    /// Largest upload, in octets.
    pub max_upload: u64,
}

impl Page {
    /// The text with this key.
    pub fn t(&self, key: &str) -> String {
        self.language.text(key)
    }

    /// The text with this key for a number `n`.
    pub fn count(&self, key: &str, n: impl IntoNumber) -> String {
        self.language.text_with(key, "n", FluentValue::from(n.number()))
    }

    /// Where a file can be put, and how large it may be.
    pub fn drop_hint(&self) -> String {
        self.language.text_with("drop-hint", "size", self.language.limit(self.max_upload))
    }

    /// A word of the glossary.
    pub fn word(&self, name: &str) -> String {
        self.t(&format!("word-{name}"))
    }

    /// What a word of the glossary means.
    pub fn word_text(&self, name: &str) -> String {
        self.t(&format!("word-{name}-text"))
    }

    /// The tag of the language.
    pub fn lang(&self) -> &'static str {
        self.language.tag()
    }

    /// The other language.
    pub fn other(&self) -> Language {
        self.language.other()
    }

    /// The address that changes the language and comes back here.
    pub fn language_switch(&self) -> String {
        let back: String = url::form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
        format!("/language?to={}&back={back}", self.other().tag())
    }

    /// The address of a file of `assets/`.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// The hash of a file of `assets/`.
    pub fn integrity(&self, name: &str) -> String {
        assets::integrity(name)
    }

    /// A drawing; the template prints it without escaping.
    pub fn icon(&self, name: &str) -> String {
        icons::icon(name)
    }

    /// Whether the page belongs to this place in the menu.
    pub fn is_here(&self, place: &str) -> bool {
        self.here == place
    }

    /// The version of the software.
    pub fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

/// A number in a template, by value or by reference.
pub trait IntoNumber {
    /// As the texts take it.
    fn number(self) -> f64;
}

impl IntoNumber for usize {
    fn number(self) -> f64 {
        self as f64
    }
}

impl IntoNumber for &usize {
    fn number(self) -> f64 {
        *self as f64
    }
}

impl IntoNumber for u32 {
    fn number(self) -> f64 {
        f64::from(self)
    }
}

impl IntoNumber for &u32 {
    fn number(self) -> f64 {
        f64::from(*self)
    }
}
