//! The parent side: starts one sandboxed process per question and turns whatever happens into an answer or a [`RenderError`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, Command};
use tokio::sync::Semaphore;
use web::portal::pages::{PageRenderer, RenderError, Rendering, Survey};

use super::protocol::{ANSWER_HEAD, Answer, MAX_ANSWER_BYTES, MAX_DOCUMENT_BYTES, Question};
use super::sandbox;

/// Time from start to answer beyond the processor time that the worker has, for a busy machine.
const WALL_TIME: Duration = Duration::from_secs(5);
/// Octets of the document that are in our memory at a time.
const PIECE: u64 = 256 * 1024;
/// Time to wait for a free place.
const WAITING_TIME: Duration = Duration::from_secs(30);

/// Draws pages by starting `rakkan worker`.
#[derive(Debug, Clone)]
pub struct WorkerRenderer {
    program: PathBuf,
    places: Arc<Semaphore>,
}

impl WorkerRenderer {
    /// `program` is the path of this binary; at most `at_once` workers run at the same time.
    pub fn new(program: impl Into<PathBuf>, at_once: usize) -> Self {
        Self { program: program.into(), places: Arc::new(Semaphore::new(at_once.max(1))) }
    }

    async fn ask(&self, question: Question, pdf: File) -> Result<Answer, RenderError> {
        let length = pdf.metadata().map_err(|_| RenderError::Unavailable)?.len();
        if length > MAX_DOCUMENT_BYTES {
            return Err(RenderError::TooLarge);
        }
        let waiting = tokio::time::timeout(WAITING_TIME, self.places.clone().acquire_owned()).await;
        let _place = waiting.ok().and_then(Result::ok).ok_or(RenderError::Unavailable)?;
        // Dropping the future (time-out, or the browser went away) kills the process.
        let time = WALL_TIME + Duration::from_secs(sandbox::cpu_seconds(length));
        tokio::time::timeout(time, self.converse(question, pdf, length)).await.unwrap_or(Err(RenderError::GaveUp))
    }

    async fn converse(&self, question: Question, pdf: File, length: u64) -> Result<Answer, RenderError> {
        let mut child = Command::new(&self.program)
            .arg("worker")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| RenderError::Unavailable)?;
        let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(RenderError::Unavailable);
        };
        let ask = async move {
            // A worker that died early closes the pipe; what it said, or that it said nothing, decides.
            let _ = hand_over(&question.encode(length), pdf, length, &mut stdin).await;
        };
        let listen = async move {
            let limit = u64::from(MAX_ANSWER_BYTES) + ANSWER_HEAD as u64 + 1;
            let mut frame = Vec::new();
            stdout.take(limit).read_to_end(&mut frame).await.map(|_| frame)
        };
        let ((), frame) = tokio::join!(ask, listen);
        let status = child.wait().await.map_err(|_| RenderError::Unavailable)?;
        if status.code() == Some(3) {
            return Err(RenderError::Unavailable);
        }
        let frame = frame.map_err(|_| RenderError::GaveUp)?;
        match Answer::decode(&frame) {
            Some(answer) if status.success() => Ok(answer),
            _ => {
                tracing::warn!(worker.status = %status, "a page drawing process ended without an answer");
                Err(RenderError::GaveUp)
            }
        }
    }
}

/// Writes a question and its document, a piece at a time.
async fn hand_over(head: &[u8], pdf: File, length: u64, to: &mut ChildStdin) -> io::Result<()> {
    to.write_all(head).await?;
    let pdf = Arc::new(pdf);
    let mut at = 0;
    while at < length {
        let (pdf, count) = (pdf.clone(), PIECE.min(length - at));
        let read = move || {
            let mut piece = vec![0; count as usize];
            pdf.read_exact_at(&mut piece, at).map(|()| piece)
        };
        to.write_all(&tokio::task::spawn_blocking(read).await.map_err(io::Error::other)??).await?;
        at += count;
    }
    Ok(())
}

impl PageRenderer for WorkerRenderer {
    fn survey(&self, pdf: File) -> Rendering<'_, Survey> {
        Box::pin(async move {
            match self.ask(Question::Survey, pdf).await? {
                Answer::Survey(survey) => Ok(survey),
                Answer::Failed(error) => Err(error),
                Answer::Drawn(_) => Err(RenderError::GaveUp),
            }
        })
    }

    fn draw(&self, pdf: File, page: u32, width: u32) -> Rendering<'_, Vec<u8>> {
        Box::pin(async move {
            match self.ask(Question::Draw { page, width }, pdf).await? {
                Answer::Drawn(png) => Ok(png),
                Answer::Failed(error) => Err(error),
                Answer::Survey(_) => Err(RenderError::GaveUp),
            }
        })
    }
}
