//! The language of what is said to people. Errors, and JSON, are in English only.

/// Language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// 日本語
    Ja,
    /// English
    En,
}

impl Language {
    /// From `--lang`, else from the locale variables, else English.
    pub fn choose(asked: Option<&str>, locale: Option<&str>) -> Self {
        match asked.or(locale) {
            Some(text) if text.starts_with("ja") => Self::Ja,
            _ => Self::En,
        }
    }

    /// From `--lang`, else from the locale of this process.
    pub fn of_process(asked: Option<&str>) -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self::choose(asked, locale.as_deref())
    }

    /// One of two texts.
    pub fn pick(self, ja: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Ja => ja,
            Self::En => en,
        }
    }
}

/// Terminal columns of a text: wide characters take two.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_before_the_locale() {
        assert_eq!(Language::choose(None, Some("ja_JP.UTF-8")), Language::Ja);
        assert_eq!(Language::choose(Some("en"), Some("ja_JP.UTF-8")), Language::En);
        assert_eq!(Language::choose(None, None), Language::En);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("a署名"), 5);
    }
}
