//! A file as the body of an answer: read piece by piece while the client takes it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::task::JoinHandle;

/// Octets read at a time.
const PIECE: u64 = 64 * 1024;

/// The body.
pub struct FileBody {
    file: Arc<File>,
    at: u64,
    len: u64,
    reading: Option<JoinHandle<io::Result<Bytes>>>,
}

impl FileBody {
    /// The whole file, wherever its position stands.
    ///
    /// # Errors
    /// If its length cannot be found out.
    pub fn of(file: File) -> io::Result<Body> {
        let len = file.metadata()?.len();
        Ok(Body::new(Self { file: Arc::new(file), at: 0, len, reading: None }))
    }
}

fn read(file: &File, at: u64, count: u64) -> io::Result<Bytes> {
    let mut piece = vec![0; usize::try_from(count).unwrap_or_default()];
    file.read_exact_at(&mut piece, at)?;
    Ok(piece.into())
}

impl hyper::body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = &mut *self;
        let count = (this.len - this.at).min(PIECE);
        if count == 0 {
            return Poll::Ready(None);
        }
        let (file, at) = (&this.file, this.at);
        let reading = this.reading.get_or_insert_with(|| {
            let file = file.clone();
            tokio::task::spawn_blocking(move || read(&file, at, count))
        });
        let piece = ready!(Pin::new(reading).poll(context));
        this.reading = None;
        Poll::Ready(Some(match piece {
            Ok(Ok(piece)) => {
                this.at += count;
                Ok(Frame::data(piece))
            }
            Ok(Err(error)) => Err(error),
            Err(stopped) => Err(io::Error::other(stopped)),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.at == self.len
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len - self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[tokio::test]
    async fn the_body_is_the_file_whole_whatever_its_length_and_position() {
        for len in [0_usize, 1, 64 * 1024, 64 * 1024 + 1, 200_000] {
            let content: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&content).unwrap();
            let body = axum::body::to_bytes(FileBody::of(file).unwrap(), usize::MAX).await.unwrap();
            assert!(body == content, "{len}");
        }
    }

    #[tokio::test]
    async fn a_file_that_became_shorter_breaks_the_answer_off() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(100_000).unwrap();
        let body = FileBody::of(file.try_clone().unwrap()).unwrap();
        file.set_len(70_000).unwrap();
        assert!(axum::body::to_bytes(body, usize::MAX).await.is_err());
    }
}
