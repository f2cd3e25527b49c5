//! Reads a source byte by byte through a small window, and splits it into tokens. ISO 32000-2 7.2.

use std::borrow::Cow;

use super::{PdfError, Source};

const WINDOW: usize = 4 * 1024;

/// A position in a source.
pub(crate) struct Cursor<'a> {
    source: &'a dyn Source,
    position: u64,
    end: u64,
    window: Cow<'a, [u8]>,
    window_start: u64,
}

/// A token. Delimiters that open or close something stand for themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    Integer(i64),
    Real(Vec<u8>),
    Name(Vec<u8>),
    String(Vec<u8>),
    ArrayStart,
    ArrayEnd,
    DictionaryStart,
    DictionaryEnd,
    Keyword(Vec<u8>),
    End,
}

pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

pub(crate) const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(source: &'a dyn Source, position: u64) -> Self {
        Self { source, position, end: source.len(), window: Cow::Borrowed(&[]), window_start: 0 }
    }

    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn seek(&mut self, position: u64) {
        self.position = position;
    }

    pub(crate) fn peek(&mut self) -> Result<Option<u8>, PdfError> {
        if let Some(byte) = self.in_window().first() {
            return Ok(Some(*byte));
        }
        Ok(self.ahead()?.first().copied())
    }

    /// Some bytes from the position on; none only at the end.
    fn ahead(&mut self) -> Result<&[u8], PdfError> {
        if self.in_window().is_empty() && self.position < self.end {
            let left = self.end - self.position;
            self.window = match self.source.in_memory(self.position, left) {
                Some(bytes) => Cow::Borrowed(bytes),
                None => {
                    let mut window = vec![0; usize::try_from(left).unwrap_or(WINDOW).min(WINDOW)];
                    let count = self.source.read_at(self.position, &mut window)?;
                    window.truncate(count);
                    Cow::Owned(window)
                }
            };
            self.window_start = self.position;
        }
        Ok(self.in_window())
    }

    fn in_window(&self) -> &[u8] {
        let index = self.position.checked_sub(self.window_start).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.window.get(index..)).unwrap_or_default()
    }

    pub(crate) fn advance(&mut self) {
        self.position = self.position.saturating_add(1);
    }

    pub(crate) fn next(&mut self) -> Result<Option<u8>, PdfError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.advance();
        }
        Ok(byte)
    }

    /// Skips white space and comments.
    pub(crate) fn skip_space(&mut self) -> Result<(), PdfError> {
        while let Some(byte) = self.peek()? {
            if byte == b'%' {
                while self.peek()?.is_some_and(|byte| byte != b'\n' && byte != b'\r') {
                    self.advance();
                }
            } else if is_space(byte) {
                self.advance();
            } else {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn syntax(&self, detail: &'static str) -> PdfError {
        PdfError::Syntax { offset: self.position, detail }
    }

    pub(crate) fn token(&mut self) -> Result<Token, PdfError> {
        self.skip_space()?;
        let Some(byte) = self.peek()? else {
            return Ok(Token::End);
        };
        match byte {
            b'[' => self.single(Token::ArrayStart),
            b']' => self.single(Token::ArrayEnd),
            b'(' => self.literal_string(),
            b'/' => self.name(),
            b'<' => {
                self.advance();
                if self.peek()? == Some(b'<') { self.single(Token::DictionaryStart) } else { self.hexadecimal_string() }
            }
            b'>' => {
                self.advance();
                if self.peek()? != Some(b'>') {
                    return Err(self.syntax("a lone '>'"));
                }
                self.single(Token::DictionaryEnd)
            }
            b')' | b'{' | b'}' => Err(self.syntax("an unexpected bracket")),
            _ => self.number_or_keyword(),
        }
    }

    fn single(&mut self, token: Token) -> Result<Token, PdfError> {
        self.advance();
        Ok(token)
    }

    /// Bytes up to the next white space or delimiter.
    fn regular(&mut self) -> Result<Vec<u8>, PdfError> {
        let mut bytes = Vec::new();
        while let Some(byte) = self.peek()? {
            if is_space(byte) || is_delimiter(byte) {
                break;
            }
            // ISO 32000-1 C.2 limits names to 127 bytes; the limit here only keeps memory bounded.
            if bytes.len() >= 4_096 {
                return Err(PdfError::TooComplex { detail: "a name or keyword is too long" });
            }
            bytes.push(byte);
            self.advance();
        }
        Ok(bytes)
    }

    fn number_or_keyword(&mut self) -> Result<Token, PdfError> {
        let bytes = self.regular()?;
        let numeric = bytes.first().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'));
        if !numeric {
            return Ok(Token::Keyword(bytes));
        }
        let unsigned = match bytes.split_first() {
            Some((b'+' | b'-', rest)) => rest,
            _ => &bytes,
        };
        let digits = unsigned.iter().filter(|byte| byte.is_ascii_digit()).count();
        let points = unsigned.iter().filter(|byte| **byte == b'.').count();
        if digits == 0 || points > 1 || digits + points != unsigned.len() {
            return Err(self.syntax("a malformed number"));
        }
        let integer = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok());
        Ok(integer.map_or(Token::Real(bytes), Token::Integer))
    }

    fn name(&mut self) -> Result<Token, PdfError> {
        self.advance();
        let raw = self.regular()?;
        let mut name = Vec::with_capacity(raw.len());
        let mut rest = raw.as_slice();
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            if byte == b'#'
                && let [high, low, after @ ..] = after
                && let (Some(high), Some(low)) = (hex_value(*high), hex_value(*low))
            {
                name.push(high << 4 | low);
                rest = after;
            } else {
                name.push(byte);
            }
        }
        Ok(Token::Name(name))
    }

    fn hexadecimal_string(&mut self) -> Result<Token, PdfError> {
        let mut bytes = Vec::new();
        let mut half = None;
        loop {
            // Values of signatures are long, so this goes through what is there and not byte by byte.
            let ahead = self.ahead()?;
            if ahead.is_empty() {
                return Err(self.syntax("a string without end"));
            }
            let mut used = if half.is_none() { hex_pairs(ahead, &mut bytes) } else { 0 };
            let mut stop = None;
            for byte in ahead.get(used..).unwrap_or_default() {
                used += 1;
                match (digit(*byte), half) {
                    (value @ 0..16, None) => half = Some(value),
                    (value @ 0..16, Some(high)) => {
                        bytes.push(high << 4 | value);
                        half = None;
                    }
                    _ if is_space(*byte) => {}
                    _ => {
                        stop = Some(*byte);
                        break;
                    }
                }
            }
            self.position = self.position.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
            self.require_length(&bytes)?;
            match stop {
                Some(b'>') => break,
                Some(_) => return Err(self.syntax("a hexadecimal string with other characters")),
                None => {}
            }
        }
        // 7.3.4.3: a missing last digit is 0.
        bytes.extend(half.map(|high| high << 4));
        Ok(Token::String(bytes))
    }

    fn literal_string(&mut self) -> Result<Token, PdfError> {
        self.advance();
        let mut bytes = Vec::new();
        let mut open = 1_usize;
        loop {
            let byte = self.next()?.ok_or_else(|| self.syntax("a string without end"))?;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        break;
                    }
                }
                b'\\' => {
                    self.escape(&mut bytes)?;
                    continue;
                }
                // 7.3.4.2: any end of line in a string counts as a line feed.
                b'\r' => {
                    if self.peek()? == Some(b'\n') {
                        self.advance();
                    }
                    bytes.push(b'\n');
                    continue;
                }
                _ => {}
            }
            bytes.push(byte);
            self.require_length(&bytes)?;
        }
        Ok(Token::String(bytes))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), PdfError> {
        let Some(byte) = self.next()? else { return Ok(()) };
        match byte {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'b' => bytes.push(8),
            b'f' => bytes.push(12),
            b'\n' => {}
            b'\r' => {
                if self.peek()? == Some(b'\n') {
                    self.advance();
                }
            }
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek()? else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    self.advance();
                }
                // 7.3.4.2: high-order overflow is ignored.
                bytes.push(u8::try_from(value & 0xff).unwrap_or(0));
            }
            other => bytes.push(other),
        }
        Ok(())
    }

    fn require_length(&self, bytes: &[u8]) -> Result<(), PdfError> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > super::limits::OBJECT_BYTES {
            return Err(PdfError::TooComplex { detail: "a string is too long" });
        }
        Ok(())
    }
}

/// What each byte means as a hexadecimal digit; 255 if it is none.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut rest = digits.as_mut_slice();
    let mut byte = 0_u8;
    while let Some((slot, after)) = rest.split_first_mut() {
        *slot = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => u8::MAX,
        };
        byte = byte.wrapping_add(1);
        rest = after;
    }
    digits
};

fn digit(byte: u8) -> u8 {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(u8::MAX)
}

/// Bytes that as many pairs of digits mean as there are at the beginning of `text`.
pub(crate) fn hex_pairs(text: &[u8], bytes: &mut Vec<u8>) -> usize {
    let (pairs, _) = text.as_chunks::<2>();
    let before = bytes.len();
    bytes.extend(pairs.iter().map_while(|[high, low]| {
        let (high, low) = (digit(*high), digit(*low));
        (high < 16 && low < 16).then_some(high << 4 | low)
    }));
    2 * (bytes.len() - before)
}

pub(crate) fn hex_value(byte: u8) -> Option<u8> {
    Some(digit(byte)).filter(|value| *value < 16)
}
