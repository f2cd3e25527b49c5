//! Writes CBOR items in their shortest form. RFC 8949 4.2.1.

/// A type with one CBOR form.
pub trait Encode {
    /// Appends the form of `self` to `out`.
    fn encode(&self, out: &mut Encoder);
}

/// Where items are written to.
#[derive(Debug, Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// An empty output.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes an unsigned integer.
    pub fn unsigned(&mut self, value: u64) -> &mut Self {
        self.head(0, value)
    }

    /// Writes the negative integer `-1 - value`, in the way CBOR counts them.
    pub fn negative(&mut self, value: u64) -> &mut Self {
        self.head(1, value)
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.length(2, value.len());
        self.bytes.extend_from_slice(value);
        self
    }

    /// Writes a text string.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.length(3, value.len());
        self.bytes.extend_from_slice(value.as_bytes());
        self
    }

    /// Begins an array of `len` items, which the caller writes next.
    pub fn array(&mut self, len: usize) -> &mut Self {
        self.length(4, len)
    }

    /// Begins a map of `len` pairs. The caller writes the keys in ascending order of their encoding.
    pub fn map(&mut self, len: usize) -> &mut Self {
        self.length(5, len)
    }

    /// Writes `true` or `false`.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.bytes.push(if value { 0xf5 } else { 0xf4 });
        self
    }

    /// Writes `null`.
    pub fn null(&mut self) -> &mut Self {
        self.bytes.push(0xf6);
        self
    }

    /// Writes a value that knows its own form.
    pub fn item<T: Encode + ?Sized>(&mut self, value: &T) -> &mut Self {
        value.encode(self);
        self
    }

    fn length(&mut self, major: u8, len: usize) -> &mut Self {
        // No platform has a usize beyond 64 bits; the fallback keeps the function total.
        self.head(major, u64::try_from(len).unwrap_or(u64::MAX))
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        let wide = value.to_be_bytes();
        let [.., w4, w5, w6, w7] = wide;
        match value {
            0..=23 => self.bytes.push(major | w7),
            24..=0xff => self.bytes.extend_from_slice(&[major | 24, w7]),
            0x100..=0xffff => self.bytes.extend_from_slice(&[major | 25, w6, w7]),
            0x1_0000..=0xffff_ffff => self.bytes.extend_from_slice(&[major | 26, w4, w5, w6, w7]),
            _ => {
                self.bytes.push(major | 27);
                self.bytes.extend_from_slice(&wide);
            }
        }
        self
    }
}
