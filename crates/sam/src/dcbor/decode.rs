//! Reads CBOR items of a known shape; every length is checked against what is really there. RFC 8949 3, 4.2.1.

/// How deep the items of an ignored value may be nested ([`Decoder::skip`]).
const SKIP_DEPTH: u8 = 4;

/// A type that can be read from its one CBOR form.
pub trait Decode: Sized {
    /// Reads one value from the front of `input`.
    ///
    /// # Errors
    /// When the next items are not a value of this type.
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError>;
}

/// Why bytes were not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The input ends inside an item.
    #[error("the input ends too early")]
    Truncated,
    /// Another kind of item stands here.
    #[error("an item of another kind was expected")]
    WrongItem,
    /// The item is right, its value is not one that this place admits.
    #[error("a value is not permitted here")]
    WrongValue,
    /// The same value has a shorter or differently ordered form.
    #[error("the encoding is not the deterministic one")]
    NotCanonical,
    /// Something follows the value.
    #[error("something follows the value")]
    TrailingBytes,
    /// A text, list or nesting is larger than this place admits.
    #[error("a value is too large")]
    TooLarge,
}

/// Where items are read from.
#[derive(Debug, Clone)]
pub struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    /// Reads from the start of `input`.
    #[must_use]
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    /// What has not been read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Requires that everything has been read.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`] if not.
    pub fn finish(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() { Ok(()) } else { Err(DecodeError::TrailingBytes) }
    }

    /// Reads an unsigned integer.
    ///
    /// # Errors
    /// If the next item is another one.
    pub fn unsigned(&mut self) -> Result<u64, DecodeError> {
        self.head_of(0)
    }

    /// Reads a negative integer `-1 - n` and returns `n`.
    ///
    /// # Errors
    /// If the next item is another one.
    pub fn negative(&mut self) -> Result<u64, DecodeError> {
        self.head_of(1)
    }

    /// Reads a byte string.
    ///
    /// # Errors
    /// If the next item is another one, or is cut off.
    pub fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let len = self.head_of(2)?;
        self.take(len)
    }

    /// Reads a text string.
    ///
    /// # Errors
    /// If the next item is another one, is cut off, or is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str, DecodeError> {
        let len = self.head_of(3)?;
        std::str::from_utf8(self.take(len)?).map_err(|_| DecodeError::WrongValue)
    }

    /// Begins an array and returns its number of items, at most `max`.
    ///
    /// # Errors
    /// If the next item is another one, or the array is longer.
    pub fn array(&mut self, max: usize) -> Result<usize, DecodeError> {
        self.count(4, max)
    }

    /// Begins a map and returns its number of pairs, at most `max`.
    ///
    /// # Errors
    /// If the next item is another one, or the map is larger.
    pub fn map(&mut self, max: usize) -> Result<usize, DecodeError> {
        self.count(5, max)
    }

    /// Reads the unsigned integer `key`: the key of the next pair, or a fixed value.
    ///
    /// # Errors
    /// If anything else stands there.
    pub fn expect(&mut self, key: u64) -> Result<(), DecodeError> {
        if self.unsigned()? == key { Ok(()) } else { Err(DecodeError::WrongValue) }
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// If the next item is another one.
    pub fn boolean(&mut self) -> Result<bool, DecodeError> {
        match self.byte()? {
            0xf5 => Ok(true),
            0xf4 => Ok(false),
            _ => Err(DecodeError::WrongItem),
        }
    }

    /// Reads `null` if it is next; says whether it was.
    pub fn null(&mut self) -> bool {
        match self.rest.split_first() {
            Some((0xf6, rest)) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Reads a value that knows its own form.
    ///
    /// # Errors
    /// What the value's own reader says.
    pub fn item<T: Decode>(&mut self) -> Result<T, DecodeError> {
        T::decode(self)
    }

    /// Passes over one well-formed item of any kind, nested at most four deep.
    ///
    /// # Errors
    /// If the item is cut off, of indefinite length, or nested deeper.
    pub fn skip(&mut self) -> Result<(), DecodeError> {
        self.skip_within(SKIP_DEPTH)
    }

    fn skip_within(&mut self, depth: u8) -> Result<(), DecodeError> {
        let (major, value) = self.head()?;
        let nested = match major {
            0 | 1 | 7 => 0,
            2 | 3 => {
                self.take(value)?;
                0
            }
            4 => value,
            5 => value.checked_mul(2).ok_or(DecodeError::TooLarge)?,
            _ => 1,
        };
        if nested == 0 {
            return Ok(());
        }
        let depth = depth.checked_sub(1).ok_or(DecodeError::TooLarge)?;
        for _ in 0..nested {
            self.skip_within(depth)?;
        }
        Ok(())
    }

    fn count(&mut self, major: u8, max: usize) -> Result<usize, DecodeError> {
        let count = usize::try_from(self.head_of(major)?).map_err(|_| DecodeError::TooLarge)?;
        if count > max { Err(DecodeError::TooLarge) } else { Ok(count) }
    }

    fn head_of(&mut self, major: u8) -> Result<u64, DecodeError> {
        let before = self.rest;
        let (found, value) = self.head()?;
        if found == major {
            return Ok(value);
        }
        self.rest = before;
        Err(DecodeError::WrongItem)
    }

    fn head(&mut self) -> Result<(u8, u64), DecodeError> {
        let first = self.byte()?;
        let (value, least) = match first & 0x1f {
            small @ 0..=23 => (u64::from(small), 0),
            24 => (u64::from(self.byte()?), 24),
            25 => (u64::from(u16::from_be_bytes(self.fixed()?)), 0x100),
            26 => (u64::from(u32::from_be_bytes(self.fixed()?)), 0x1_0000),
            27 => (u64::from_be_bytes(self.fixed()?), 0x1_0000_0000),
            _ => return Err(DecodeError::NotCanonical),
        };
        if value < least && first >> 5 != 7 {
            return Err(DecodeError::NotCanonical);
        }
        Ok((first >> 5, value))
    }

    fn byte(&mut self) -> Result<u8, DecodeError> {
        let (first, rest) = self.rest.split_first().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*first)
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (front, rest) = self.rest.split_first_chunk::<N>().ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(*front)
    }

    fn take(&mut self, len: u64) -> Result<&'a [u8], DecodeError> {
        let len = usize::try_from(len).map_err(|_| DecodeError::Truncated)?;
        let (front, rest) = self.rest.split_at_checked(len).ok_or(DecodeError::Truncated)?;
        self.rest = rest;
        Ok(front)
    }
}
