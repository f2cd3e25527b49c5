//! One encrypted frame of the journal. Stored format, version 1.
//!
//! ```text
//! "RKF1" | frame number (u64) | nonce (u64) | length of the sealed part (u32) | check (8) | sealed part
//! check       = SHA-256(everything before), first 8 bytes: tells a header from chance bytes
//! sealed part = AES-256-GCM(segment key, nonce = 0x00000000 nonce, aad = everything before check, payload) | tag (16)
//! ```
//! Numbers are big-endian. Frame numbers run through all segments without a gap. A nonce is used once: it also grows when a frame
//! could not be written and its number is given to another one.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest,
};

const MAGIC: &[u8; 4] = b"RKF1";
const TAG_LENGTH: usize = 16;
const AUTHENTICATED: usize = 24;
pub(super) const HEADER_LENGTH: usize = 32;
/// Longest payload of a frame.
pub(super) const MAX_PAYLOAD: usize = 4 * 1024 * 1024;

/// Seals and opens the frames of one segment.
pub(super) struct FrameKey(LessSafeKey);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) number: u64,
    nonce: u64,
    sealed_length: u32,
}

/// A frame that was opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) number: u64,
    pub(super) payload: &'a [u8],
    /// With its header.
    pub(super) length: usize,
}

impl FrameKey {
    pub(super) fn new(key: &[u8; 32]) -> Option<Self> {
        UnboundKey::new(&AES_256_GCM, key).ok().map(|key| Self(LessSafeKey::new(key)))
    }

    /// The bytes of a frame.
    pub(super) fn seal(&self, number: u64, nonce: u64, payload: &[u8]) -> Option<Vec<u8>> {
        let sealed_length = u32::try_from(payload.len().checked_add(TAG_LENGTH)?).ok()?;
        let header = FrameHeader { number, nonce, sealed_length }.to_bytes();
        let authenticated = header.get(..AUTHENTICATED)?;
        let mut sealed = payload.to_vec();
        self.0.seal_in_place_append_tag(nonce_of(nonce), Aad::from(authenticated), &mut sealed).ok()?;
        Some([header.as_slice(), &sealed].concat())
    }

    /// Opens the frame at the start of `bytes`, in place. `None`: the frame was not completely written, or is damaged; its bytes have no
    /// meaning any more then.
    pub(super) fn open<'a>(&self, bytes: &'a mut [u8]) -> Option<Frame<'a>> {
        let header = FrameHeader::read(bytes)?;
        let length = header.frame_length()?;
        let (head, sealed) = bytes.get_mut(..length)?.split_at_mut_checked(HEADER_LENGTH)?;
        let authenticated = head.get(..AUTHENTICATED)?;
        let payload = self.0.open_in_place(nonce_of(header.nonce), Aad::from(authenticated), sealed).ok()?;
        Some(Frame { number: header.number, payload, length })
    }
}

impl FrameHeader {
    fn to_bytes(self) -> [u8; HEADER_LENGTH] {
        let mut bytes = Vec::with_capacity(HEADER_LENGTH);
        bytes.extend(MAGIC);
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(self.nonce.to_be_bytes());
        bytes.extend(self.sealed_length.to_be_bytes());
        bytes.extend(check(&bytes));
        let mut header = [0; HEADER_LENGTH];
        header.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        header
    }

    /// The header at the start of `bytes`, if one stands there.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (fields, rest) = bytes.split_at_checked(AUTHENTICATED)?;
        let rest_of_fields = fields.strip_prefix(MAGIC)?;
        let (expected, _) = rest.split_first_chunk::<8>()?;
        if check(fields) != *expected {
            return None;
        }
        let (number, rest_of_fields) = rest_of_fields.split_first_chunk::<8>()?;
        let (nonce, sealed_length) = rest_of_fields.split_first_chunk::<8>()?;
        Some(Self {
            number: u64::from_be_bytes(*number),
            nonce: u64::from_be_bytes(*nonce),
            sealed_length: u32::from_be_bytes(sealed_length.try_into().ok()?),
        })
    }

    /// Length of the frame with its header.
    pub(super) fn frame_length(self) -> Option<usize> {
        let sealed = usize::try_from(self.sealed_length).ok()?;
        let plausible = (TAG_LENGTH..=MAX_PAYLOAD + TAG_LENGTH).contains(&sealed);
        plausible.then_some(HEADER_LENGTH + sealed)
    }
}

fn check(fields: &[u8]) -> [u8; 8] {
    let hash = digest::digest(&digest::SHA256, fields);
    hash.as_ref().first_chunk::<8>().copied().unwrap_or_default()
}

fn nonce_of(counter: u64) -> Nonce {
    let [a, b, c, d, e, f, g, h] = counter.to_be_bytes();
    Nonce::assume_unique_for_key([0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_has_golden_bytes() {
        let frame = FrameKey::new(&[7; 32]).unwrap().seal(2, 3, b"payload").unwrap();
        assert_eq!(frame[..24], *b"RKF1\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\x17");
        assert_eq!(frame[24..32], digest::digest(&digest::SHA256, &frame[..24]).as_ref()[..8]);
        let mut expected = b"payload".to_vec();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
        let nonce = Nonce::assume_unique_for_key([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]);
        key.seal_in_place_append_tag(nonce, Aad::from(&frame[..24]), &mut expected).unwrap();
        assert_eq!(frame[32..], expected);
    }

    #[test]
    fn a_flipped_bit_anywhere_breaks_the_frame() {
        let key = FrameKey::new(&[7; 32]).unwrap();
        let frame = key.seal(2, 3, b"payload").unwrap();
        let mut whole = frame.clone();
        assert_eq!(key.open(&mut whole), Some(Frame { number: 2, payload: b"payload", length: frame.len() }));
        for position in 0..frame.len() {
            let mut flipped = frame.clone();
            flipped[position] ^= 0x10;
            assert_eq!(key.open(&mut flipped), None, "byte {position}");
        }
    }

    #[test]
    fn a_frame_that_is_cut_anywhere_is_broken() {
        let key = FrameKey::new(&[7; 32]).unwrap();
        let frame = key.seal(2, 3, b"payload").unwrap();
        for length in 0..frame.len() {
            assert_eq!(key.open(&mut frame[..length].to_vec()), None, "{length} bytes");
        }
    }
}
