//! Bodies of answers, among them such as no honest server sends.

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Frame, SizeHint};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The body of an answer.
pub type Body = BoxBody<Bytes, Infallible>;

/// These bytes.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed()
}

/// `length` zeros, sent without saying beforehand how many.
#[must_use]
pub fn zeros(length: usize) -> Body {
    Zeros { left: length }.boxed()
}

/// Sends `first`, then nothing until `until` is done, and ends there.
pub fn stalled(first: Bytes, until: impl Future<Output = ()> + Send + Sync + 'static) -> Body {
    Stalled { first: Some(first), until: Box::pin(until) }.boxed()
}

struct Zeros {
    left: usize,
}

impl hyper::body::Body for Zeros {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static CHUNK: [u8; 65_536] = [0; 65_536];
        let length = self.left.min(CHUNK.len());
        self.left -= length;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(Bytes::from_static(&CHUNK[..length])))))
    }
}

struct Stalled {
    first: Option<Bytes>,
    until: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
}

impl hyper::body::Body for Stalled {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None => self.until.as_mut().poll(context).map(|()| None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
