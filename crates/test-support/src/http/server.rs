//! Accepts connections on 127.0.0.1 and hands each request, with its whole body, to one function.

use super::body::{Body, full};
use crate::error::AuthorityError;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// The largest request body that is read.
const LARGEST_REQUEST: usize = 256 * 1024;

/// A request with its body.
pub type Received = Request<Bytes>;

/// What becomes of a request.
pub enum Outcome {
    /// It is answered.
    Answer(Response<Body>),
    /// The connection is closed without an answer.
    Hangup,
}

impl Outcome {
    /// An answer with a media type.
    pub fn content(status: StatusCode, media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let mut response = Response::new(full(bytes));
        *response.status_mut() = status;
        if let Ok(value) = media_type.parse() {
            response.headers_mut().insert(hyper::header::CONTENT_TYPE, value);
        }
        Self::Answer(response)
    }

    /// An answer in plain text.
    pub fn text(status: StatusCode, text: impl Into<String>) -> Self {
        Self::content(status, "text/plain; charset=utf-8", format!("{}\n", text.into()))
    }

    /// The same answer with one header more.
    #[must_use]
    pub fn with(mut self, name: hyper::header::HeaderName, value: &str) -> Self {
        if let (Self::Answer(response), Ok(value)) = (&mut self, value.parse()) {
            response.headers_mut().insert(name, value);
        }
        self
    }
}

/// A server that runs until it is dropped.
pub struct LoopbackServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl LoopbackServer {
    /// Serves `handler` on any free port.
    pub async fn start<H, F>(handler: H) -> Result<Self, AuthorityError>
    where
        H: Fn(Received) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let listener = listen(0).await?;
        Ok(Self::serve(listener, handler))
    }

    /// Serves `handler` on a listener that is open already.
    pub fn serve<H, F>(listener: TcpListener, handler: H) -> Self
    where
        H: Fn(Received) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        let address = listener.local_addr().unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Self { address, task: tokio::spawn(accept(listener, Arc::new(handler))) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for LoopbackServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Opens a port on 127.0.0.1; 0 is any free one.
pub async fn listen(port: u16) -> Result<TcpListener, AuthorityError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| AuthorityError::Port { port, source })
}

async fn accept<H, F>(listener: TcpListener, handler: Arc<H>)
where
    H: Fn(Received) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    // Dropped with this task, so that no connection outlives the server.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve_connection(stream, handler.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve_connection<H, F>(stream: TcpStream, handler: Arc<H>)
where
    H: Fn(Received) -> F + Send + Sync + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let handler = handler.clone();
        async move {
            let (parts, body) = request.into_parts();
            let outcome = match Limited::new(body, LARGEST_REQUEST).collect().await {
                Ok(body) => handler(Request::from_parts(parts, body.to_bytes())).await,
                Err(_) => Outcome::text(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large"),
            };
            match outcome {
                Outcome::Answer(response) => Ok(response),
                Outcome::Hangup => Err(HungUp),
            }
        }
    });
    // An error here is a client that went away, or a hang-up that was asked for: nobody is left to be told.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[derive(Debug, thiserror::Error)]
#[error("told to close the connection")]
struct HungUp;
