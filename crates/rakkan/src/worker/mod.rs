//! `rakkan worker`: a disposable process that reads one untrusted PDF, answers one question about it, and ends. Security notes 5.9.
//!
//! Order of things in the child: the parent's question, limits and sandbox ([`sandbox`]), only then the first byte of the document is looked at
//! ([`answer`]). It has no network, can open no file, holds no key and cannot start another process. The parent side is
//! [`client::WorkerRenderer`]; both speak the frames of [`protocol`].

pub mod answer;
pub mod client;
mod draw;
mod inspect;
pub mod protocol;
pub mod sandbox;
mod text;

use std::io::{Read, Write};
use std::process::ExitCode;

use protocol::{Answer, MAX_DOCUMENT_BYTES, Question};
use web::portal::pages::RenderError;

/// Runs the child: one question from standard input, one answer to standard output.
///
/// Must be called before the process has started any thread, because the sandbox covers the calling thread.
pub fn run() -> ExitCode {
    let mut input = std::io::stdin().lock();
    let asked = read_question(&mut input);
    let length = asked.map_or(0, |(_, length)| length);
    if let Err(error) = sandbox::enter(length) {
        // Nothing of a document was looked at yet, so this text cannot come from one.
        eprintln!("rakkan worker: the sandbox could not be set up: {error}");
        return ExitCode::from(3);
    }
    let document = asked.and_then(|(question, length)| Ok((question, read_document(input, length)?)));
    let answer = match document {
        Ok((question, document)) => answer::answer(&question, document),
        Err(error) => Answer::Failed(error),
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(&answer.encode()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The parent's part: what is asked, and how long the document is.
fn read_question(input: &mut impl Read) -> Result<(Question, u64), RenderError> {
    let mut head = [0u8; protocol::QUESTION_HEAD];
    input.read_exact(&mut head).map_err(|_| RenderError::Unavailable)?;
    let (question, length) = Question::decode(&head).ok_or(RenderError::Unavailable)?;
    if length > MAX_DOCUMENT_BYTES { Err(RenderError::TooLarge) } else { Ok((question, length)) }
}

fn read_document(input: impl Read, length: u64) -> Result<Vec<u8>, RenderError> {
    let mut document = Vec::new();
    document.try_reserve_exact(length as usize).map_err(|_| RenderError::TooLarge)?;
    input.take(length).read_to_end(&mut document).map_err(|_| RenderError::Unavailable)?;
    if document.len() as u64 != length {
        return Err(RenderError::Unavailable);
    }
    Ok(document)
}
