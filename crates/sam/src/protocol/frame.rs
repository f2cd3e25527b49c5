//! Frames of the activation protocol: `u32 length | u8 version | u64 request id | body`, big-endian. Wire format.

use std::io::{self, Read, Write};

/// The one protocol version there is.
pub const VERSION: u8 = 1;

/// The largest value of the length field of a request: version, request id and body together.
pub const MAX_REQUEST: u32 = 192 * 1024;

/// The same for any frame. Replies are larger: one may hold 256 signatures, each with its receipt.
pub const MAX_FRAME: u32 = 2 * 1024 * 1024;

/// Bytes of length field, version and request id.
pub const HEADER_LEN: usize = 13;

const ID_AND_VERSION: u32 = 9;

/// One request or reply on its way. Replies carry the id of their request and may come in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Chosen by the caller; unique among its requests in flight.
    pub request_id: u64,
    /// The message in dCBOR.
    pub body: Vec<u8>,
}

/// What a header announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// As in [`Frame`].
    pub request_id: u64,
    /// How many bytes follow.
    pub body_len: usize,
}

/// A frame cannot be read or written; the connection is of no use any more.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length field is out of range.
    #[error("the frame's length of {0} bytes is outside the limits of the activation protocol")]
    Length(u64),
    /// The peer speaks another version.
    #[error("the frame has version {0}; this side speaks version 1 only: run the same release on both sides")]
    Version(u8),
    /// The connection failed.
    #[error("the connection failed")]
    Io(#[from] io::Error),
}

impl Header {
    /// Reads a header, for callers that do their own input.
    ///
    /// # Errors
    /// If length or version are not acceptable.
    pub fn parse(bytes: [u8; HEADER_LEN]) -> Result<Self, FrameError> {
        Self::parse_within(bytes, MAX_FRAME)
    }

    fn parse_within(bytes: [u8; HEADER_LEN], limit: u32) -> Result<Self, FrameError> {
        let [l0, l1, l2, l3, version, id @ ..] = bytes;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        let body_len = length.checked_sub(ID_AND_VERSION).filter(|_| length <= limit);
        let body_len = body_len.and_then(|len| usize::try_from(len).ok());
        let body_len = body_len.ok_or(FrameError::Length(u64::from(length)))?;
        if version != VERSION {
            return Err(FrameError::Version(version));
        }
        Ok(Self { request_id: u64::from_be_bytes(id), body_len })
    }
}

impl Frame {
    /// The frame as it is sent.
    ///
    /// # Errors
    /// [`FrameError::Length`] if the body is too long.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FrameError> {
        let length = u32::try_from(self.body.len()).ok().and_then(|len| len.checked_add(ID_AND_VERSION));
        let length = length.filter(|length| *length <= MAX_FRAME);
        let length = length.ok_or(FrameError::Length(u64::try_from(self.body.len()).unwrap_or(u64::MAX)))?;
        let mut bytes = Vec::with_capacity(HEADER_LEN.saturating_add(self.body.len()));
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.request_id.to_be_bytes());
        bytes.extend_from_slice(&self.body);
        Ok(bytes)
    }

    /// Sends the frame in one write.
    ///
    /// # Errors
    /// If the body is too long or the connection fails.
    pub fn write_to(&self, out: &mut impl Write) -> Result<(), FrameError> {
        out.write_all(&self.to_bytes()?)?;
        Ok(out.flush()?)
    }

    /// Reads the next frame; `None` if the peer has closed the connection between two frames.
    ///
    /// # Errors
    /// If the frame is not acceptable or the connection fails inside it.
    pub fn read_from(input: &mut impl Read) -> Result<Option<Self>, FrameError> {
        Self::read_within(input, MAX_FRAME)
    }

    /// Reads the next frame as the module does, which accepts nothing larger than [`MAX_REQUEST`].
    ///
    /// # Errors
    /// As [`Self::read_from`].
    pub fn read_request_from(input: &mut impl Read) -> Result<Option<Self>, FrameError> {
        Self::read_within(input, MAX_REQUEST)
    }

    fn read_within(input: &mut impl Read, limit: u32) -> Result<Option<Self>, FrameError> {
        let mut header = [0; HEADER_LEN];
        let (first, others) = header.split_at_mut(1);
        loop {
            match input.read(first) {
                Ok(0) => return Ok(None),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        input.read_exact(others)?;
        let Header { request_id, body_len } = Header::parse_within(header, limit)?;
        let mut body = vec![0; body_len];
        input.read_exact(&mut body)?;
        Ok(Some(Self { request_id, body }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_frame_is_read_back(request_id in any::<u64>(), body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let frame = Frame { request_id, body };
            let bytes = frame.to_bytes().unwrap();
            prop_assert_eq!(Frame::read_from(&mut bytes.as_slice()).unwrap(), Some(frame));
        }

        #[test]
        fn any_bytes_are_a_frame_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(Some(frame)) = Frame::read_from(&mut bytes.as_slice()) {
                prop_assert!(bytes.starts_with(&frame.to_bytes().unwrap()));
            }
        }
    }

    #[test]
    fn frame_version_1_has_these_bytes() {
        let frame = Frame { request_id: 7, body: vec![0xa0] };
        assert_eq!(frame.to_bytes().unwrap(), [0, 0, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xa0]);
    }

    #[test]
    fn a_frame_beyond_the_limit_is_neither_sent_nor_awaited() {
        let frame = Frame { request_id: 0, body: vec![0; 2 * 1024 * 1024 - 8] };
        assert!(matches!(frame.to_bytes(), Err(FrameError::Length(_))));
        let announced = [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(matches!(Frame::read_from(&mut announced.as_slice()), Err(FrameError::Length(0xffff_ffff))));
        let too_short = [0, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(matches!(Frame::read_from(&mut too_short.as_slice()), Err(FrameError::Length(8))));
    }

    #[test]
    fn a_request_is_held_to_a_smaller_limit_than_a_reply() {
        let largest = |limit: u32| Frame { request_id: 1, body: vec![0; limit as usize - 9] }.to_bytes().unwrap();
        assert!(Frame::read_request_from(&mut largest(MAX_REQUEST).as_slice()).is_ok());
        let larger = largest(MAX_REQUEST + 1);
        assert!(matches!(Frame::read_request_from(&mut larger.as_slice()), Err(FrameError::Length(_))));
        assert!(Frame::read_from(&mut larger.as_slice()).is_ok());
        assert!(Frame::read_from(&mut largest(MAX_FRAME).as_slice()).is_ok());
    }

    #[test]
    fn another_version_is_refused() {
        let bytes = [0, 0, 0, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(matches!(Frame::read_from(&mut bytes.as_slice()), Err(FrameError::Version(2))));
    }

    #[test]
    fn a_connection_closed_inside_a_frame_is_an_error_and_between_frames_is_not() {
        assert!(matches!(Frame::read_from(&mut [].as_slice()), Ok(None)));
        assert!(matches!(Frame::read_from(&mut [0, 0, 0].as_slice()), Err(FrameError::Io(_))));
        assert!(matches!(
            Frame::read_from(&mut [0, 0, 0, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0].as_slice()),
            Err(FrameError::Io(_))
        ));
    }
}
