//! Runs `openssl`, and speaks just enough HTTP to reach the authorities without a client library.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities};
use test_support::clock::FixedClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const NEEDED: &str = "these tests need the openssl command line as judge: install the package openssl";

pub const NOW: u64 = 1_800_000_000;

/// Running authorities at a fixed time, and a folder for what `openssl` reads.
pub struct Bench {
    pub authorities: DevelopmentAuthorities,
    pub folder: TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(AuthoritySettings::default()).await
    }

    pub async fn with(settings: AuthoritySettings) -> Self {
        let clock = FixedClock::at(NOW);
        let settings = AuthoritySettings { clock: std::sync::Arc::new(clock.clone()), ..settings };
        let authorities = DevelopmentAuthorities::start(settings).await.unwrap();
        Self { authorities, folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes DER as PEM, several objects into one file.
    pub fn write_pem(&self, name: &str, label: &str, objects: &[&[u8]]) -> PathBuf {
        let text: String = objects.iter().map(|der| pem(label, der)).collect();
        self.write(name, text.as_bytes())
    }

    /// Runs `openssl` in the folder.
    pub fn openssl(&self, arguments: &[&str]) -> Verdict {
        Verdict(Command::new("openssl").args(arguments).current_dir(self.folder.path()).output().expect(NEEDED))
    }
}

/// What `openssl` said.
pub struct Verdict(Output);

impl Verdict {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned() + &String::from_utf8_lossy(&self.0.stderr)
    }

    #[track_caller]
    pub fn accepts(&self, words: &str) {
        assert!(self.0.status.success() && self.text().contains(words), "{}", self.text());
    }

    #[track_caller]
    pub fn refuses(&self, words: &str) {
        assert!(!self.0.status.success() && self.text().contains(words), "{}", self.text());
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// An answer as it came.
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// One request on one connection. `headers` are whole lines without line ends.
pub async fn http(method: &str, url: &str, headers: &[&str], body: &[u8]) -> Option<Answer> {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await.unwrap();
    let mut head = format!("{method} /{path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
    headers.iter().for_each(|line| head += &format!("{line}\r\n"));
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"\r\n").await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let headers = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = headers.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, headers: headers.to_lowercase(), body: answer[end + 4..].to_vec() })
}

pub fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}
