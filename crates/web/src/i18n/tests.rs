//! Both languages say the same things with the same arguments, and never what we may not claim.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// Keys with the names of their arguments.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::new();
    for source in texts(language) {
        let mut current = String::new();
        for line in source.lines() {
            if let Some((key, _)) = line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
            {
                current = key.to_owned();
                assert!(keys.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is defined twice");
            }
            for part in line.split("$").skip(1).filter(|_| !line.starts_with('#')) {
                let name: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
                keys.get_mut(&current).unwrap().insert(name);
            }
        }
    }
    keys
}

fn read_all(folder: &str, extension: &str, into: &mut String) {
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![std::path::PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                into.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_keys_and_arguments() {
    assert_eq!(keys(Language::Ja), keys(Language::En));
}

#[test]
fn every_text_parses_and_formats() {
    for language in Language::ALL {
        for source in texts(language) {
            assert!(FluentResource::try_new(source.to_owned()).is_ok(), "{}", language.tag());
        }
        for (key, arguments) in keys(language) {
            let mut values = FluentArgs::new();
            for argument in &arguments {
                values.set(argument.as_str(), 2);
            }
            let text = language.format(&key, Some(&values));
            assert!((text != key || !key.contains('-')) && !text.is_empty(), "{key} in {}", language.tag());
        }
    }
}

#[test]
fn every_key_that_a_template_asks_for_is_there_and_every_key_is_asked_for() {
    let mut sources = String::new();
    read_all("templates", "html", &mut sources);
    let templates = sources.clone();
    read_all("src", "rs", &mut sources);
    let keys = keys(Language::Ja);
    for call in ["p.t(\"", "p.count(\""] {
        for part in templates.split(call).skip(1) {
            let key = part.split('"').next().unwrap();
            assert!(keys.contains_key(key), "a template asks for {key}");
        }
    }
    // Keys that are put together from a stem and an ending are used where their stem is.
    let stems = ["word-", "warning-", "state-", "problem-next-", "line-", "algorithm-", "report-", "credential-"];
    for key in keys.keys() {
        let endings = ["-cause", "-remedy", "-text", "-lead"];
        let base = endings.iter().find_map(|ending| key.strip_suffix(ending)).unwrap_or(key);
        let used = sources.contains(&format!("\"{key}\"")) || sources.contains(&format!("\"{base}\""));
        assert!(used || stems.iter().any(|stem| key.starts_with(stem)), "nobody asks for {key}");
    }
}

#[test]
fn no_text_promises_what_the_service_does_not_hold() {
    for language in Language::ALL {
        for source in texts(language) {
            let spoken: String = source.lines().filter(|line| !line.starts_with('#')).collect();
            for word in ["安全", "法的", "SCAL", "qualified", "Qualified", "legally", "secure", "適格"] {
                assert!(!spoken.contains(word), "{word} in {}", language.tag());
            }
        }
    }
}

#[test]
fn english_counts_one_and_many() {
    assert_eq!(Language::En.text_with("pages", "n", 1), "1 page");
    assert_eq!(Language::En.text_with("pages", "n", 4), "4 pages");
    assert_eq!(Language::Ja.text_with("pages", "n", 4), "4 ページ");
}

#[test]
fn the_language_is_the_heaviest_known_one_of_the_header() {
    assert_eq!(Language::preferred("fr-FR,fr;q=0.9,en;q=0.8,ja;q=0.7"), Some(Language::En));
    assert_eq!(Language::preferred("ja-JP,ja;q=0.9,en;q=0.5"), Some(Language::Ja));
    assert_eq!(Language::preferred("en;q=0.1, ja"), Some(Language::Ja));
    assert_eq!(Language::preferred("fr, de;q=0.9"), None);
    assert_eq!(Language::preferred("ja;q=0"), None);
    assert_eq!(Language::preferred(""), None);
    assert_eq!(Language::preferred(";;;q=q=,,,"), None);
}

async fn wanted(uri: &str, headers: &[(&str, &str)]) -> Option<Language> {
    let mut request = axum::http::Request::builder().uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (mut parts, ()) = request.body(()).unwrap().into_parts();
    WantedLanguage::from_request_parts(&mut parts, &()).await.unwrap().0
}

#[tokio::test]
async fn the_address_goes_before_the_cookie_and_the_cookie_before_the_header() {
    let header = ("accept-language", "en");
    let cookie = ("cookie", "a=b; rakkan-lang=ja");
    assert_eq!(wanted("/", &[header]).await, Some(Language::En));
    assert_eq!(wanted("/", &[header, cookie]).await, Some(Language::Ja));
    assert_eq!(wanted("/?x=1&lang=en", &[cookie]).await, Some(Language::En));
    assert_eq!(wanted("/?lang=xx", &[]).await, None);
    assert_eq!(wanted("/", &[("cookie", "rakkan-lang=<script>")]).await, None);
}
