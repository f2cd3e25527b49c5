//! One connection: a task that writes, a task that reads, and the requests that wait for their answer.

use super::SamError;
use sam::protocol::Frame;
use sam::protocol::frame::{HEADER_LEN, Header};
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// Requests that may wait to be written; more wait with their caller.
const QUEUE: usize = 64;

pub(super) struct Connection {
    queue: mpsc::Sender<Vec<u8>>,
    waiting: Arc<Waiting>,
    next_id: AtomicU64,
}

/// Who waits for which answer. `None` once the connection is broken.
struct Waiting(Mutex<Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>>);

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, Option<HashMap<u64, oneshot::Sender<Vec<u8>>>>> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Dropping the senders tells every caller that no answer will come.
    fn close(&self) {
        self.lock().take();
    }
}

/// Takes the request out of the list when its caller gives up.
struct Place<'a> {
    waiting: &'a Waiting,
    id: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(list) = self.waiting.lock().as_mut() {
            list.remove(&self.id);
        }
    }
}

impl Connection {
    pub(super) fn start(stream: UnixStream) -> Self {
        let (read, write) = stream.into_split();
        let (queue, frames) = mpsc::channel(QUEUE);
        let waiting = Arc::new(Waiting(Mutex::new(Some(HashMap::new()))));
        tokio::spawn(write_frames(write, frames, waiting.clone()));
        tokio::spawn(read_frames(read, waiting.clone()));
        Self { queue, waiting, next_id: AtomicU64::new(1) }
    }

    pub(super) fn is_open(&self) -> bool {
        self.waiting.lock().is_some()
    }

    pub(super) async fn exchange(&self, body: Vec<u8>, answer_time: Duration) -> Result<Vec<u8>, SamError> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let frame = Frame { request_id: id, body }.to_bytes()?;
        let (sender, receiver) = oneshot::channel();
        match self.waiting.lock().as_mut() {
            Some(list) => list.insert(id, sender),
            None => return Err(SamError::NotReached(broken())),
        };
        let _place = Place { waiting: &self.waiting, id };
        // A frame that the queue did not take was not written: the module cannot have seen it.
        self.queue.send(frame).await.map_err(|_| SamError::NotReached(broken()))?;
        match tokio::time::timeout(answer_time, receiver).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(_)) => Err(SamError::NoAnswer(broken())),
            Err(_) => Err(SamError::NoAnswer(io::ErrorKind::TimedOut.into())),
        }
    }
}

fn broken() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

async fn write_frames(mut write: OwnedWriteHalf, mut frames: mpsc::Receiver<Vec<u8>>, waiting: Arc<Waiting>) {
    while let Some(frame) = frames.recv().await {
        if let Err(error) = write.write_all(&frame).await {
            tracing::warn!(error = %error, "connection to the signature activation module broke while sending");
            break;
        }
    }
    waiting.close();
}

async fn read_frames(mut read: OwnedReadHalf, waiting: Arc<Waiting>) {
    loop {
        match read_frame(&mut read).await {
            Ok(Some(frame)) => {
                let sender = waiting.lock().as_mut().and_then(|list| list.remove(&frame.request_id));
                if let Some(sender) = sender {
                    // The caller may have given up in this moment; the answer is then of no use.
                    let _ = sender.send(frame.body);
                }
            }
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(error = %error, "connection to the signature activation module broke");
                break;
            }
        }
    }
    waiting.close();
}

async fn read_frame(read: &mut OwnedReadHalf) -> Result<Option<Frame>, SamError> {
    let mut header = [0; HEADER_LEN];
    match read.read_exact(&mut header).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(SamError::NoAnswer(error)),
    }
    let Header { request_id, body_len } = Header::parse(header)?;
    let mut body = vec![0; body_len];
    read.read_exact(&mut body).await.map_err(SamError::NoAnswer)?;
    Ok(Some(Frame { request_id, body }))
}
