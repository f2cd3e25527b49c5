//! A file in a form, received straight to disk. It may take as long as it comes forward, and no longer.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use ssa::{Door, IncomingFile};
use tokio::time::{Instant, timeout_at};

use super::{Problem, Refused, Visit};
use crate::App;
use crate::layer::TimeLimit;

/// Longest time without anything coming.
const SILENCE: Duration = Duration::from_secs(20);
/// Time that every upload has, however little came.
const START: Duration = Duration::from_secs(30);
/// Octets per second that must come on average after that: a slow mobile line has more. A place is never held for nothing.
const RATE: u64 = 32 * 1024;

/// A form with one file in it, not read yet.
pub struct FileForm {
    form: Result<Multipart, MultipartRejection>,
    time_limit: Option<TimeLimit>,
}

impl FromRequest<App> for FileForm {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &App) -> Result<Self, Infallible> {
        let time_limit = request.extensions().get::<TimeLimit>().cloned();
        Ok(Self { form: Multipart::from_request(request, app).await, time_limit })
    }
}

impl FileForm {
    /// Receives the file: its name and a place on disk. The name is as it came.
    ///
    /// # Errors
    /// A page that says what is the matter with the upload.
    pub async fn receive(self, app: &App, visit: &Visit, door: Door) -> Result<(String, IncomingFile), Refused> {
        let mut form = self.form.map_err(|_| visit.refuse(Problem::Malformed))?;
        let mut incoming = app.ssa().receive(door).await.map_err(|error| visit.fail(error))?;
        // The limit for the request begins again when the file is here.
        let _paused = self.time_limit.as_ref().map(TimeLimit::pause);
        let mut pace = Pace::start();
        let refuse = |broken: Broken| visit.refuse(broken.into());
        while let Some(mut field) = pace.wait(form.next_field()).await.map_err(refuse)? {
            if field.name() != Some("file") {
                continue;
            }
            let file_name = field.file_name().unwrap_or_default().to_owned();
            while let Some(piece) = pace.wait(field.chunk()).await.map_err(refuse)? {
                pace.received(piece.len());
                incoming.write(&piece).await.map_err(|error| visit.fail(error))?;
            }
            let file = incoming.finish().await.map_err(|error| visit.fail(error))?;
            return if file.size() == 0 { Err(visit.refuse(Problem::NoFile)) } else { Ok((file_name, file)) };
        }
        Err(visit.refuse(Problem::NoFile))
    }
}

/// Why an upload did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    TooLarge,
    Unreadable,
    TooSlow,
}

impl From<MultipartError> for Broken {
    fn from(error: MultipartError) -> Self {
        match error.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            _ => Self::Unreadable,
        }
    }
}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::TooLarge => Self::TooLarge,
            Broken::Unreadable => Self::UploadBroken,
            Broken::TooSlow => Self::UploadSlow,
        }
    }
}

/// Whether an upload comes forward.
struct Pace {
    start: Instant,
    received: u64,
}

impl Pace {
    fn start() -> Self {
        Self { start: Instant::now(), received: 0 }
    }

    fn received(&mut self, count: usize) {
        self.received = self.received.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }

    /// When the next piece must be here.
    fn deadline(&self) -> Instant {
        let earned = Duration::from_millis(self.received.saturating_mul(1000) / RATE);
        (Instant::now() + SILENCE).min(self.start + START + earned)
    }

    async fn wait<T, E: Into<Broken>>(&self, next: impl Future<Output = Result<T, E>>) -> Result<T, Broken> {
        match timeout_at(self.deadline(), next).await {
            Ok(result) => result.map_err(Into::into),
            Err(_) => Err(Broken::TooSlow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    /// Pieces of `size` octets, one every `pause`; how long the upload went on, and how it ended.
    async fn upload(size: usize, pause: Duration, pieces: u32) -> (Duration, Result<(), Broken>) {
        let (start, mut pace) = (Instant::now(), Pace::start());
        for _ in 0..pieces {
            let piece = async {
                sleep(pause).await;
                Ok::<_, Broken>(size)
            };
            match pace.wait(piece).await {
                Ok(size) => pace.received(size),
                Err(broken) => return (start.elapsed(), Err(broken)),
            }
        }
        (start.elapsed(), Ok(()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_steady_upload_may_take_far_longer_than_any_other_request() {
        // 100 MiB over a line of 0.5 Mbit/s.
        let (took, ended) = upload(64 * 1024, Duration::from_millis(1_050), 1_600).await;
        assert_eq!(ended, Ok(()));
        assert!(took > Duration::from_secs(1_600), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_upload_ends() {
        let (took, ended) = upload(1, Duration::from_secs(3_600), 1).await;
        assert_eq!((took.as_secs(), ended), (20, Err(Broken::TooSlow)));
    }

    #[tokio::test(start_paused = true)]
    async fn an_upload_that_only_drips_ends_soon() {
        let (took, ended) = upload(1, Duration::from_secs(1), 100_000).await;
        assert_eq!((took.as_secs(), ended), (30, Err(Broken::TooSlow)));
        let (took, ended) = upload(16 * 1024, Duration::from_secs(1), 100_000).await;
        assert_eq!(ended, Err(Broken::TooSlow));
        assert!(took < Duration::from_secs(65), "half the rate, twice the first time: {took:?}");
    }
}
