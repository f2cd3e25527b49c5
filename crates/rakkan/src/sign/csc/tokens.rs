//! Service tokens between runs: one file for each service and client, readable by its owner only.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use ades::crypto::DigestAlgorithm;
use serde_json::{Value, json};

/// Where the token of one service and client is kept. Without a home there is no place, and the signer is asked each time.
pub struct TokenFile(Option<PathBuf>);

impl TokenFile {
    /// Of this service and client.
    pub fn of(service: &str, client: &str) -> Self {
        let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        Self::below(state.or_else(home), service, client)
    }

    fn below(state: Option<PathBuf>, service: &str, client: &str) -> Self {
        let name = crate::hex(&DigestAlgorithm::Sha256.digest(format!("{service}\n{client}").as_bytes())[..16]);
        Self(state.map(|state| state.join("rakkan/csc").join(format!("{name}.json"))))
    }

    /// The token, if there is one that lasts for another minute.
    pub fn read(&self, now: u64) -> Option<String> {
        let text = std::fs::read(self.0.as_ref()?).ok()?;
        let value: Value = serde_json::from_slice(&text).ok()?;
        let lasts = value["expires_at"].as_u64()? > now + 60;
        (lasts && value["version"] == 1).then(|| value["access_token"].as_str().map(str::to_owned))?
    }

    /// Keeps a token. If that cannot be done, the signer is asked again the next time.
    pub fn write(&self, service: &str, token: &str, expires_at: u64) {
        let Some(path) = &self.0 else { return };
        let write = || -> std::io::Result<()> {
            if let Some(folder) = path.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let part = path.with_extension(format!("{}.part", std::process::id()));
            let mut file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(&part)?;
            let content =
                json!({"version": 1, "service": service, "access_token": token, "expires_at": expires_at}).to_string();
            file.write_all(content.as_bytes())
                .and_then(|()| std::fs::rename(&part, path))
                .inspect_err(|_| drop(std::fs::remove_file(&part)))
        };
        if let Err(error) = write() {
            eprintln!("rakkan: {} cannot be written ({error}); the next run will ask again", path.display());
        }
    }

    /// Forgets the token.
    pub fn remove(&self) {
        if let Some(path) = &self.0 {
            let _ = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_kept_for_its_owner_only_and_ends() {
        let home = tempfile::tempdir().unwrap();
        let file = TokenFile::below(Some(home.path().into()), "https://s.example/csc/v2", "c");
        assert_eq!(file.read(1000), None);
        file.write("https://s.example/csc/v2", "secret", 2000);
        file.write("https://s.example/csc/v2", "secret2", 2000);
        assert_eq!(file.read(1000).as_deref(), Some("secret2"));
        assert_eq!(file.read(1945), None);
        let path = file.0.clone().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
        let other = TokenFile::below(Some(home.path().into()), "https://s.example/csc/v2", "d");
        assert_eq!(other.read(1000), None);
        file.remove();
        assert_eq!(file.read(1000), None);
    }

    #[test]
    fn without_a_home_nothing_is_kept() {
        let file = TokenFile(None);
        file.write("s", "t", 10);
        assert_eq!(file.read(0), None);
    }
}
