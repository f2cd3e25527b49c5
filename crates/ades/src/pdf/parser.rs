//! Parses objects, with bounds on depth and size. ISO 32000-2 7.3.

use super::cursor::{Cursor, Token};
use super::limits::{DEPTH, NODES, OBJECT_BYTES};
use super::object::{Dictionary, Name, Object, ObjectId, Stream};
use super::{PdfError, Source};

/// Parses one object and what is inside it.
pub(crate) struct Parser<'a> {
    pub(crate) cursor: Cursor<'a>,
    start: u64,
    nodes: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(source: &'a dyn Source, position: u64) -> Self {
        Self { cursor: Cursor::new(source, position), start: position, nodes: 0 }
    }

    /// The next object.
    pub(crate) fn object(&mut self) -> Result<Object, PdfError> {
        let token = self.cursor.token()?;
        self.object_from(token, 0)
    }

    fn object_from(&mut self, token: Token, depth: usize) -> Result<Object, PdfError> {
        self.nodes += 1;
        if self.nodes > NODES || self.cursor.position().saturating_sub(self.start) > OBJECT_BYTES {
            return Err(PdfError::TooComplex { detail: "one object is too large" });
        }
        match token {
            Token::Integer(value) => self.integer_or_reference(value),
            Token::Real(text) => Ok(Object::Real(text)),
            Token::Name(name) => Ok(Object::Name(Name(name))),
            Token::String(bytes) => Ok(Object::String(bytes)),
            Token::ArrayStart => {
                self.require_depth(depth)?;
                let mut items = Vec::new();
                loop {
                    match self.cursor.token()? {
                        Token::ArrayEnd => return Ok(Object::Array(items)),
                        token => items.push(self.object_from(token, depth + 1)?),
                    }
                }
            }
            Token::DictionaryStart => {
                self.require_depth(depth)?;
                self.dictionary(depth).map(Object::Dictionary)
            }
            Token::Keyword(word) => match word.as_slice() {
                b"null" => Ok(Object::Null),
                b"true" => Ok(Object::Boolean(true)),
                b"false" => Ok(Object::Boolean(false)),
                _ => Err(self.cursor.syntax("an unknown keyword where an object was expected")),
            },
            Token::ArrayEnd | Token::DictionaryEnd => Err(self.cursor.syntax("a bracket that closes nothing")),
            Token::End => Err(self.cursor.syntax("the file ends inside an object")),
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, PdfError> {
        let mut dictionary = Dictionary::default();
        loop {
            match self.cursor.token()? {
                Token::DictionaryEnd => return Ok(dictionary),
                Token::Name(key) => {
                    let token = self.cursor.token()?;
                    let value = self.object_from(token, depth + 1)?;
                    dictionary.insert(Name(key), value);
                }
                _ => return Err(self.cursor.syntax("a dictionary key that is no name")),
            }
        }
    }

    fn require_depth(&self, depth: usize) -> Result<(), PdfError> {
        if depth >= DEPTH {
            return Err(PdfError::TooDeep { offset: self.cursor.position(), limit: DEPTH });
        }
        Ok(())
    }

    /// `12 0 R` looks like an integer at first.
    fn integer_or_reference(&mut self, value: i64) -> Result<Object, PdfError> {
        let after_value = self.cursor.position();
        if let Ok(number) = u32::try_from(value)
            && let Token::Integer(generation) = self.lookahead()?
            && let Ok(generation) = u16::try_from(generation)
            && self.lookahead()? == Token::Keyword(b"R".to_vec())
        {
            return Ok(Object::Reference(ObjectId { number, generation }));
        }
        self.cursor.seek(after_value);
        Ok(Object::Integer(value))
    }

    /// The next token if it is a number or keyword; other tokens are not worth reading twice.
    fn lookahead(&mut self) -> Result<Token, PdfError> {
        self.cursor.skip_space()?;
        match self.cursor.peek()? {
            Some(b'0'..=b'9' | b'R') => Ok(self.cursor.token().unwrap_or(Token::End)),
            _ => Ok(Token::End),
        }
    }

    /// What follows `number generation obj`, with the place of the data if it is a stream.
    pub(crate) fn object_body(&mut self) -> Result<Object, PdfError> {
        let object = self.object()?;
        let Object::Dictionary(dictionary) = object else {
            return Ok(object);
        };
        let after_dictionary = self.cursor.position();
        if self.cursor.token().ok() != Some(Token::Keyword(b"stream".to_vec())) {
            self.cursor.seek(after_dictionary);
            return Ok(Object::Dictionary(dictionary));
        }
        // 7.3.8.1: the keyword is followed by CR LF or LF. A lone CR is taken as an end of line too, as other readers do.
        match self.cursor.peek()? {
            Some(b'\r') => {
                self.cursor.advance();
                if self.cursor.peek()? == Some(b'\n') {
                    self.cursor.advance();
                }
            }
            Some(b'\n') => self.cursor.advance(),
            _ => {}
        }
        let data_offset = self.cursor.position();
        Ok(Object::Stream(Stream { dictionary, data_offset }))
    }

    /// `number generation obj`.
    pub(crate) fn object_header(&mut self) -> Result<ObjectId, PdfError> {
        const DETAIL: &str = "no object starts here";
        let (Token::Integer(number), Token::Integer(generation)) = (self.cursor.token()?, self.cursor.token()?) else {
            return Err(self.cursor.syntax(DETAIL));
        };
        let (Ok(number), Ok(generation)) = (u32::try_from(number), u16::try_from(generation)) else {
            return Err(self.cursor.syntax(DETAIL));
        };
        if self.cursor.token()? != Token::Keyword(b"obj".to_vec()) {
            return Err(self.cursor.syntax(DETAIL));
        }
        Ok(ObjectId { number, generation })
    }

    /// Walks over the top level of a dictionary and returns where the value of `key` starts and ends.
    ///
    /// If the key stands twice there is no single place, and that is an error: a signature must not depend on the choice.
    pub(crate) fn value_span(&mut self, key: &[u8]) -> Result<Option<(u64, u64)>, PdfError> {
        if self.cursor.token()? != Token::DictionaryStart {
            return Err(self.cursor.syntax("a dictionary was expected"));
        }
        let mut found = None;
        loop {
            match self.cursor.token()? {
                Token::DictionaryEnd => return Ok(found),
                Token::Name(name) => {
                    self.cursor.skip_space()?;
                    let start = self.cursor.position();
                    let token = self.cursor.token()?;
                    self.object_from(token, 1)?;
                    if name == key && found.replace((start, self.cursor.position())).is_some() {
                        return Err(self.cursor.syntax("a key stands twice"));
                    }
                }
                _ => return Err(self.cursor.syntax("a dictionary key that is no name")),
            }
        }
    }
}
