//! The page on this machine that the browser is sent back to with the answer. RFC 8252 7.3.

use std::io;
use std::time::Duration;

use connectors::csc::{RedirectAnswer, RedirectError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::{Host, Url};

use super::error::CscError;
use crate::language::Language;

/// A browser sends less.
const LONGEST_REQUEST: usize = 16 * 1024;
/// How long one connection may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);

/// Listens for the browser.
pub struct Receiver {
    listener: TcpListener,
    uri: Url,
    language: Language,
}

/// What the answer must belong to.
pub struct Expected<'a> {
    /// The `state` of the request.
    pub state: &'a str,
    /// The authorization server, if it has a name.
    pub issuer: Option<&'a str>,
}

impl Receiver {
    /// Listens on the address of `uri`, which must be one of this machine.
    ///
    /// # Errors
    /// [`CscError::RedirectUri`], [`CscError::Listen`].
    pub async fn bind(uri: &str, language: Language) -> Result<Self, CscError> {
        let wrong = || CscError::RedirectUri(uri.to_owned());
        let url = Url::parse(uri).map_err(|_| wrong())?;
        let address = match url.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => address.into(),
            Some(Host::Ipv6(address)) if address.is_loopback() => std::net::IpAddr::from(address),
            Some(Host::Domain("localhost")) => std::net::Ipv4Addr::LOCALHOST.into(),
            _ => return Err(wrong()),
        };
        if url.scheme() != "http" || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong());
        }
        let listener = TcpListener::bind((address, url.port_or_known_default().unwrap_or(80)))
            .await
            .map_err(|source| CscError::Listen { uri: uri.to_owned(), source })?;
        Ok(Self { listener, uri: url, language })
    }

    /// Waits until the browser brings an answer that belongs to the request. Anything else gets "not found" and is forgotten.
    ///
    /// # Errors
    /// [`CscError::Redirect`] if the answer is a refusal.
    pub async fn answer(&self, expected: &Expected<'_>) -> Result<RedirectAnswer, CscError> {
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else { continue };
            let target = match tokio::time::timeout(PATIENCE, target(&mut stream)).await {
                Ok(Ok(Some(target))) => target,
                _ => continue,
            };
            let address = self.uri.join(&target).map(String::from).unwrap_or_default();
            match RedirectAnswer::read(&address, self.uri.as_str(), expected.state, expected.issuer) {
                Ok(answer) => {
                    let text = self.language.pick(
                        "承認を受け取りました。このページを閉じて、端末に戻ってください。",
                        "Approved. You may close this page and return to the terminal.",
                    );
                    say(&mut stream, "200 OK", text).await;
                    return Ok(answer);
                }
                Err(error @ (RedirectError::Refused { .. } | RedirectError::OtherIssuer)) => {
                    let text = self.language.pick(
                        "承認されませんでした。このページを閉じて、端末に戻ってください。",
                        "Not approved. You may close this page and return to the terminal.",
                    );
                    say(&mut stream, "200 OK", text).await;
                    return Err(CscError::Redirect(error));
                }
                Err(_) => say(&mut stream, "404 Not Found", "404").await,
            }
        }
    }
}

/// The target of a GET request; `None` if it is another request, or none.
async fn target(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut piece = [0; 1024];
        let count = stream.read(&mut piece).await?;
        if count == 0 || head.len() + count > LONGEST_REQUEST {
            return Ok(None);
        }
        head.extend_from_slice(&piece[..count]);
    }
    let head = String::from_utf8_lossy(&head);
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next(), words.next());
    Ok(target
        .filter(|target| method == Some("GET") && target.starts_with('/') && !target.starts_with("//"))
        .map(str::to_owned))
}

/// Answers with a page of one sentence. The code in the address goes nowhere: no script, no referrer, no cache.
async fn say(stream: &mut TcpStream, status: &str, text: &str) {
    let body = format!("<!doctype html><meta charset=utf-8><title>Rakkan</title><p>{text}</p>");
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // If the browser has gone, there is nobody to tell.
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(address: std::net::SocketAddr, request: String) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn receiver() -> (Receiver, std::net::SocketAddr) {
        let mut receiver = Receiver::bind("http://127.0.0.1:0/cb", Language::En).await.unwrap();
        let address = receiver.listener.local_addr().unwrap();
        receiver.uri.set_port(Some(address.port())).unwrap();
        (receiver, address)
    }

    #[tokio::test]
    async fn strangers_are_turned_away_until_the_answer_comes() {
        let (receiver, address) = receiver().await;
        let expected = Expected { state: "s1", issuer: None };
        let browser = async {
            for target in ["/favicon.ico", "/cb?code=x&state=other", "/cb", "//evil.example/cb?code=x&state=s1"] {
                let answer = ask(address, format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n")).await;
                assert!(!answer.contains("Approved"), "{target}: {answer}");
            }
            assert!(!ask(address, "POST /cb?code=x&state=s1 HTTP/1.1\r\n\r\n".into()).await.contains("Approved"));
            ask(address, "GET /cb?code=right&state=s1 HTTP/1.1\r\nHost: x\r\n\r\n".into()).await
        };
        let (answer, page) = tokio::join!(receiver.answer(&expected), browser);
        assert_eq!(answer.unwrap().code, "right");
        assert!(page.contains("Approved"), "{page}");
    }

    #[tokio::test]
    async fn a_refusal_ends_the_wait() {
        let (receiver, address) = receiver().await;
        let expected = Expected { state: "s1", issuer: None };
        let browser = ask(address, "GET /cb?error=access_denied&state=s1 HTTP/1.1\r\n\r\n".into());
        let (answer, page) = tokio::join!(receiver.answer(&expected), browser);
        assert!(matches!(answer, Err(CscError::Redirect(RedirectError::Refused { .. }))));
        assert!(page.contains("Not approved"), "{page}");
    }

    #[tokio::test]
    async fn only_addresses_of_this_machine_are_listened_on() {
        for uri in [
            "http://0.0.0.0:1/cb",
            "https://127.0.0.1/cb",
            "http://example.com/cb",
            "nonsense",
            "http://127.0.0.1:0/cb?x",
        ] {
            assert!(matches!(Receiver::bind(uri, Language::En).await, Err(CscError::RedirectUri(_))), "{uri}");
        }
    }
}
