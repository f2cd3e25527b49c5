//! Configuration files: one TOML for `rakkan serve`, one for `rakkan sam`. Unknown keys are errors; all problems are told at once.

mod reader;
pub mod sam;
pub mod serve;
pub mod template;

use std::path::{Path, PathBuf};

pub use reader::Problem;
use reader::{Section, read};

/// Version of both file formats.
const VERSION: u64 = 1;

/// Why a configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be opened or is not UTF-8.
    #[error("{}: cannot be read ({why}). Make one with: rakkan config init {kind} > {}", path.display(), path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// `serve` or `sam`.
        kind: &'static str,
        /// What the operating system said.
        why: std::io::Error,
    },
    /// The file was read, and the module's own rules forbid what it says.
    #[error("{}: {} problem(s)\n  {}", path.display(), problems.len(), problems.join("\n  "))]
    Forbidden {
        /// The file.
        path: PathBuf,
        /// All of them, each with its remedy.
        problems: Vec<String>,
    },
    /// The file was read and is wrong in these places.
    #[error("{}: {} problem(s)\n{}", path.display(), problems.len(), list(problems))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All of them, in the order of their lines.
        problems: Vec<Problem>,
    },
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

fn load<T>(path: &Path, kind: &'static str, section: impl FnOnce(&Section<'_>) -> T) -> Result<T, ConfigError> {
    let source =
        std::fs::read_to_string(path).map_err(|why| ConfigError::Unreadable { path: path.to_owned(), kind, why })?;
    read(&source, section).map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })
}

/// What the installation is for. Production refuses what only development may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Trials and tests: loopback authorities, software token.
    Development,
    /// Real use.
    Production,
}

fn environment(root: &Section<'_>) -> Environment {
    let chosen = root.parsed("environment", |text| match text {
        "development" => Ok(Environment::Development),
        "production" => Ok(Environment::Production),
        other => Err(format!("`{other}` is not known; write \"production\" or \"development\"")),
    });
    chosen.unwrap_or(Environment::Production)
}

fn version(root: &Section<'_>) {
    let version = root.number("version", 0, 0..=u64::MAX);
    if version != VERSION {
        root.problem("version", format!("this program reads version = {VERSION}; add or correct that line"));
    }
}

/// A web origin: `https://host[:port]`, or `http` for localhost only; nothing behind it.
fn origin(text: &str) -> Result<String, String> {
    let url =
        url::Url::parse(text).map_err(|_| format!("`{text}` is not an address like https://portal.example.jp"))?;
    let local = url.host_str() == Some("localhost");
    if url.scheme() != "https" && !(url.scheme() == "http" && local) {
        return Err("must begin with https:// (http:// only for localhost): passkeys work nowhere else".into());
    }
    let origin = url.origin().ascii_serialization();
    if origin != text {
        return Err(format!("must be an origin without path or trailing slash: {origin}"));
    }
    Ok(origin)
}

/// True when the host of `origin` is `rp_id` or a name under it.
fn origin_is_under(origin: &str, rp_id: &str) -> bool {
    let host = url::Url::parse(origin).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    host == rp_id || host.strip_suffix(rp_id).is_some_and(|head| head.ends_with('.'))
}

/// `${NAME}` at the start of a path is replaced from the environment (systemd's CREDENTIALS_DIRECTORY).
fn path(text: &str) -> Result<PathBuf, String> {
    let expanded = match text.strip_prefix("${").and_then(|rest| rest.split_once('}')) {
        None => text.to_owned(),
        Some((name, rest)) => match std::env::var(name) {
            Ok(value) => format!("{value}{rest}"),
            Err(_) => return Err(format!("the environment variable {name} is not set")),
        },
    };
    if expanded.is_empty() { Err("is empty".into()) } else { Ok(expanded.into()) }
}

fn required_path(section: &Section<'_>, key: &'static str, example: &str) -> PathBuf {
    let text = section.required_text(key, example);
    if text.is_empty() {
        return PathBuf::new();
    }
    path(&text).unwrap_or_else(|why| {
        section.problem(key, why);
        PathBuf::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_must_be_https_or_localhost() {
        assert!(origin("https://portal.example.jp").is_ok());
        assert!(origin("http://localhost:8080").is_ok());
        assert!(origin("http://portal.example.jp").unwrap_err().contains("https"));
        assert!(origin("https://portal.example.jp/").unwrap_err().contains("without path"));
        assert!(origin("portal").is_err());
    }

    #[test]
    fn an_origin_is_under_its_rp_id_by_whole_labels_only() {
        assert!(origin_is_under("https://sign.example.jp", "example.jp"));
        assert!(origin_is_under("https://example.jp", "example.jp"));
        assert!(!origin_is_under("https://badexample.jp", "example.jp"));
    }
}
