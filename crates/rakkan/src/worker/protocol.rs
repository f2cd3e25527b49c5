//! Frames between the web process and its page drawing process, version 1.
//!
//! Question: `"RKW1" | u8 kind | u32 page | u32 width | u64 length` (big-endian), then the document. Answer: `"RKA1" | u8 kind | u32
//! length | body`; the body is a PNG file, or JSON for a survey or an error. The parent trusts nothing in an answer: it is length-limited
//! and parsed by a memory-safe parser, and a PNG goes to the browser as it is, typed and never sniffed.

use web::portal::pages::{RenderError, Survey};

/// The largest document that a worker reads, and so the largest upload that can be configured. Its memory and time grow with the document.
pub const MAX_DOCUMENT_BYTES: u64 = 1024 * 1024 * 1024;
/// The largest answer that a parent reads.
pub const MAX_ANSWER_BYTES: u32 = 48 * 1024 * 1024;
/// Length of the fixed part of a question.
pub const QUESTION_HEAD: usize = 21;
/// Length of the fixed part of an answer.
pub const ANSWER_HEAD: usize = 9;

const QUESTION_MARK: &[u8; 4] = b"RKW1";
const ANSWER_MARK: &[u8; 4] = b"RKA1";
const PNG_MARK: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// What the worker is asked about the document that follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Count, measure, read, warn.
    Survey,
    /// Draw one page, counted from 1, so many pixels wide.
    Draw {
        /// The page, from 1.
        page: u32,
        /// Width of the picture in pixels.
        width: u32,
    },
}

impl Question {
    /// The head of a question about a document of `length` bytes.
    pub fn encode(&self, length: u64) -> [u8; QUESTION_HEAD] {
        let (kind, page, width) = match *self {
            Self::Survey => (1u8, 0u32, 0u32),
            Self::Draw { page, width } => (2, page, width),
        };
        let mut head = [0u8; QUESTION_HEAD];
        head[..4].copy_from_slice(QUESTION_MARK);
        head[4] = kind;
        head[5..9].copy_from_slice(&page.to_be_bytes());
        head[9..13].copy_from_slice(&width.to_be_bytes());
        head[13..].copy_from_slice(&length.to_be_bytes());
        head
    }

    /// Reads a head; `None` if it is not one of version 1.
    pub fn decode(head: &[u8; QUESTION_HEAD]) -> Option<(Self, u64)> {
        let (mark, rest) = head.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first()?;
        let (page, rest) = rest.split_first_chunk::<4>()?;
        let (width, rest) = rest.split_first_chunk::<4>()?;
        let length = u64::from_be_bytes(*rest.first_chunk::<8>()?);
        let (page, width) = (u32::from_be_bytes(*page), u32::from_be_bytes(*width));
        if mark != QUESTION_MARK {
            return None;
        }
        match kind {
            1 if page == 0 && width == 0 => Some((Self::Survey, length)),
            2 => Some((Self::Draw { page, width }, length)),
            _ => None,
        }
    }
}

/// What the worker says.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Question::Survey`].
    Survey(Survey),
    /// To [`Question::Draw`]: a PNG file.
    Drawn(Vec<u8>),
    /// Instead of either.
    Failed(RenderError),
}

impl Answer {
    /// The whole frame.
    pub fn encode(&self) -> Vec<u8> {
        let json = |value: Result<Vec<u8>, serde_json::Error>| value.unwrap_or_default();
        let (kind, body) = match self {
            Self::Survey(survey) => (1u8, json(serde_json::to_vec(survey))),
            Self::Drawn(png) => (2, png.clone()),
            Self::Failed(error) => (3, json(serde_json::to_vec(error))),
        };
        if body.len() as u64 > u64::from(MAX_ANSWER_BYTES) {
            return Self::Failed(RenderError::GaveUp).encode();
        }
        let mut frame = Vec::with_capacity(ANSWER_HEAD + body.len());
        frame.extend_from_slice(ANSWER_MARK);
        frame.push(kind);
        frame.extend_from_slice(&(body.len() as u32).to_be_bytes());
        frame.extend_from_slice(&body);
        frame
    }

    /// Reads a whole frame; `None` for anything that is not exactly one.
    pub fn decode(frame: &[u8]) -> Option<Self> {
        let (mark, rest) = frame.split_first_chunk::<4>()?;
        let (kind, rest) = rest.split_first()?;
        let (length, body) = rest.split_first_chunk::<4>()?;
        if mark != ANSWER_MARK || u32::from_be_bytes(*length) as usize != body.len() {
            return None;
        }
        match kind {
            1 => serde_json::from_slice(body).ok().map(Self::Survey),
            2 if body.starts_with(PNG_MARK) => Some(Self::Drawn(body.to_vec())),
            3 => serde_json::from_slice(body).ok().map(Self::Failed),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_bytes_stay_as_they_are() {
        let head = Question::Draw { page: 3, width: 1200 }.encode(0x0102_0304);
        assert_eq!(head, *b"RKW1\x02\x00\x00\x00\x03\x00\x00\x04\xb0\x00\x00\x00\x00\x01\x02\x03\x04");
        assert_eq!(Question::decode(&head), Some((Question::Draw { page: 3, width: 1200 }, 0x0102_0304)));
        let head = Question::Survey.encode(7);
        assert_eq!(head, *b"RKW1\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07");
        assert_eq!(Question::decode(&head), Some((Question::Survey, 7)));
    }

    #[test]
    fn a_question_of_another_version_or_kind_is_not_read() {
        let mut head = Question::Survey.encode(7);
        head[3] = b'2';
        assert_eq!(Question::decode(&head), None);
        let mut head = Question::Survey.encode(7);
        head[4] = 9;
        assert_eq!(Question::decode(&head), None);
    }

    #[test]
    fn answer_bytes_stay_as_they_are() {
        let frame = Answer::Failed(RenderError::NotAPdf).encode();
        assert_eq!(frame, b"RKA1\x03\x00\x00\x00\x0b\"not-a-pdf\"");
        assert_eq!(Answer::decode(&frame), Some(Answer::Failed(RenderError::NotAPdf)));
        let frame = Answer::Survey(Survey { version: 1, ..Survey::default() }).encode();
        assert_eq!(frame, b"RKA1\x01\x00\x00\x00\x26{\"version\":1,\"pages\":[],\"warnings\":[]}".as_slice());
    }

    #[test]
    fn an_answer_that_is_cut_extended_or_not_a_png_is_not_read() {
        let frame = Answer::Failed(RenderError::NotAPdf).encode();
        assert_eq!(Answer::decode(&frame[..frame.len() - 1]), None);
        assert_eq!(Answer::decode(&[&frame[..], b"x"].concat()), None);
        assert_eq!(Answer::decode(b"RKA1\x02\x00\x00\x00\x06<html>"), None);
        assert_eq!(Answer::decode(b""), None);
    }
}
