//! Client of the activation protocol: many requests at a time over one connection, made again when it breaks.

mod connection;

use connection::Connection;
use sam::dcbor;
use sam::ids::SignerId;
use sam::protocol::message::{
    AddKey, Approve, Approved, CheckpointNote, Enrol, Enrolled, Failure, LinkCertificate, Linked, ModuleInfo, Nonce,
    PrepareActivation, Prepared, Reply, Request, Sign, SignedHash,
};
use sam::{Refusal, protocol::FrameError};
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::Mutex;

type Connecting = Pin<Box<dyn Future<Output = io::Result<UnixStream>> + Send>>;
type Connector = dyn Fn() -> Connecting + Send + Sync;

/// How long the module may take for one answer. It never waits for people, so this is long.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Why the module gave no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub enum SamError {
    /// The module understood and will not do it.
    #[error("the signature activation module refused: {0}")]
    Refused(Refusal),
    /// No connection: the request was certainly not seen by the module.
    #[error(
        "the signature activation module cannot be reached; check that `rakkan sam` runs and that both sides name the same socket"
    )]
    NotReached(#[source] io::Error),
    /// The connection broke or the time was over: the module may or may not have acted.
    #[error("the signature activation module did not answer; its journal says what it did")]
    NoAnswer(#[source] io::Error),
    /// The module could not do it.
    #[error("the signature activation module failed: {0}")]
    Failed(Failure),
    /// An answer of another kind than asked for.
    #[error("the signature activation module gave an answer of another kind; run the same release on both sides")]
    UnexpectedReply,
    /// Bytes that are no message.
    #[error("the signature activation module sent what is no message; run the same release on both sides")]
    Unreadable,
}

impl SamError {
    /// Whether it is worth trying again later.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::NotReached(_) | Self::NoAnswer(_) | Self::Failed(Failure::Unavailable))
    }
}

/// The client. Clones share the connection.
#[derive(Clone)]
pub struct ActivationClient {
    inner: Arc<Inner>,
}

struct Inner {
    connector: Box<Connector>,
    connection: Mutex<Option<Arc<Connection>>>,
    answer_time: Duration,
}

impl ActivationClient {
    /// A client of the module that listens on the socket `path`. Connects with the first request, and again when the connection broke.
    pub fn at_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::with_connector(move || {
            let path = path.clone();
            async move { UnixStream::connect(path).await }
        })
    }

    /// A client over a connection that exists already, for a module that is our child. When it breaks it stays broken.
    pub fn over(stream: UnixStream) -> Self {
        let stream = Arc::new(std::sync::Mutex::new(Some(stream)));
        Self::with_connector(move || {
            let stream = stream.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
            async move { stream.ok_or_else(|| io::Error::new(io::ErrorKind::NotConnected, "the module has ended")) }
        })
    }

    /// A client that gets its connections from `connect`: the place to start the module again.
    pub fn with_connector<F>(connect: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = io::Result<UnixStream>> + Send + 'static,
    {
        let connector: Box<Connector> = Box::new(move || Box::pin(connect()));
        let inner = Inner { connector, connection: Mutex::new(None), answer_time: ANSWER_TIME };
        Self { inner: Arc::new(inner) }
    }

    /// What the module says of itself.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn hello(&self) -> Result<ModuleInfo, SamError> {
        match self.ask(&Request::Hello).await? {
            Reply::Hello(info) => Ok(info),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// A nonce for an enrolment.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn start_enrolment(&self, signer_id: SignerId) -> Result<Nonce, SamError> {
        match self.ask(&Request::StartEnrolment { signer_id }).await? {
            Reply::Nonce(nonce) => Ok(nonce),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// Registers a signer and makes the first key.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn enrol(&self, enrol: Enrol) -> Result<Enrolled, SamError> {
        match self.ask(&Request::Enrol(enrol)).await? {
            Reply::Enrolled(enrolled) => Ok(enrolled),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// Makes a further key.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn add_key(&self, add_key: AddKey) -> Result<Enrolled, SamError> {
        match self.ask(&Request::AddKey(add_key)).await? {
            Reply::Enrolled(enrolled) => Ok(enrolled),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// Makes a key usable.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn link_certificate(&self, link: LinkCertificate) -> Result<Linked, SamError> {
        match self.ask(&Request::LinkCertificate(link)).await? {
            Reply::Linked(linked) => Ok(linked),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// Asks for an activation request.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn prepare_activation(&self, prepare: PrepareActivation) -> Result<Prepared, SamError> {
        match self.ask(&Request::PrepareActivation(prepare)).await? {
            Reply::Prepared(prepared) => Ok(prepared),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// Hands in the signer's approval.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn approve(&self, approve: Approve) -> Result<Approved, SamError> {
        match self.ask(&Request::Approve(approve)).await? {
            Reply::Approved(approved) => Ok(approved),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// Uses an approval. The answer has one item per hash, in order.
    ///
    /// # Errors
    /// [`SamError`]; only after [`SamError::NotReached`] is it certain that nothing was signed.
    pub async fn sign(&self, sign: Sign) -> Result<Vec<SignedHash>, SamError> {
        let asked = sign.hashes.len();
        match self.ask(&Request::Sign(sign)).await? {
            Reply::Signed(items) if items.len() == asked => Ok(items),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    /// The newest checkpoint of the signing log.
    ///
    /// # Errors
    /// [`SamError`].
    pub async fn checkpoint(&self) -> Result<CheckpointNote, SamError> {
        match self.ask(&Request::Checkpoint).await? {
            Reply::Checkpoint(note) => Ok(note),
            _ => Err(SamError::UnexpectedReply),
        }
    }

    async fn ask(&self, request: &Request) -> Result<Reply, SamError> {
        let connection = self.connection().await?;
        let body = connection.exchange(dcbor::to_bytes(request), self.inner.answer_time).await?;
        match dcbor::from_bytes::<Reply>(&body).map_err(|_| SamError::Unreadable)? {
            Reply::Refused(refusal) => Err(SamError::Refused(refusal)),
            Reply::Failed(failure) => Err(SamError::Failed(failure)),
            reply => Ok(reply),
        }
    }

    async fn connection(&self) -> Result<Arc<Connection>, SamError> {
        let mut current = self.inner.connection.lock().await;
        if let Some(connection) = current.as_ref().filter(|connection| connection.is_open()) {
            return Ok(connection.clone());
        }
        let stream = (self.inner.connector)().await.map_err(SamError::NotReached)?;
        let connection = Arc::new(Connection::start(stream));
        *current = Some(connection.clone());
        Ok(connection)
    }
}

impl From<FrameError> for SamError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Io(source) => Self::NoAnswer(source),
            FrameError::Length(_) | FrameError::Version(_) => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests;
