//! Text signed by one or more keys, and the text form of the keys that verify it. C2SP signed-note.
//!
//! The private key stays with the caller: [`SignedNote::sign`] hands out the bytes to be signed.

mod key;

use std::fmt;

use base64ct::{Base64, Encoding};

pub use key::{InvalidVerifierKey, KeyId, KeyName, VerifierKey};

/// Signatures that a note may carry; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 100;
/// Bytes that a note may have.
pub const MAX_LENGTH: usize = 1_000_000;

/// Verifies signatures of one key.
pub trait NoteVerifier {
    /// The key that this verifies for.
    fn key(&self) -> &VerifierKey;

    /// Whether `signature` is the key's Ed25519 signature over `message`.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// Verifies with aws-lc-rs.
#[cfg(feature = "aws-lc")]
impl NoteVerifier for VerifierKey {
    fn key(&self) -> &VerifierKey {
        self
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
        UnparsedPublicKey::new(&ED25519, self.public_key()).verify(message, signature).is_ok()
    }
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who signed, by own account.
    pub name: KeyName,
    /// Which key of that name.
    pub key_id: KeyId,
    /// What the key made; its form depends on the key.
    pub signature: Vec<u8>,
}

/// A text with its signatures, none of which need to be good: see [`Self::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A text or a note is not well-formed. The fault is in what was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNote {
    /// Not UTF-8, control characters, not ended by a newline, or too long.
    #[error(
        "not a note: expected UTF-8 text of at most 1,000,000 bytes without control characters, ended by a newline"
    )]
    Text,
    /// There is no blank line before the signatures.
    #[error("not a signed note: no blank line between text and signatures")]
    NoSignatures,
    /// Line of the note, counted from 1 at the first signature.
    #[error("signature line {0} of the note is malformed")]
    SignatureLine(usize),
    /// More than [`MAX_SIGNATURES`].
    #[error("the note has more than 100 signatures")]
    TooManySignatures,
}

/// A note cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteVerificationError {
    /// A known key's signature is wrong: the text was changed, or the line forged.
    #[error("the signature of {0} does not verify")]
    BadSignature(KeyName),
    /// None of the known keys has signed.
    #[error("the note is not signed by a known key")]
    NoKnownKey,
}

impl SignedNote {
    /// Signs `text` with the key that `key` verifies, by calling `sign` with the bytes to be signed.
    ///
    /// # Errors
    /// [`SignError::Note`] if the text cannot be that of a note; [`SignError::Signer`] if the callback fails.
    pub fn sign<E>(
        text: String,
        key: &VerifierKey,
        sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
    ) -> Result<Self, SignError<E>> {
        require_text(&text).map_err(SignError::Note)?;
        let signature = sign(text.as_bytes()).map_err(SignError::Signer)?.to_vec();
        let line = NoteSignature { name: key.name().clone(), key_id: key.id(), signature };
        Ok(SignedNote { text, signatures: vec![line] })
    }

    /// Reads a note. Signatures are not verified.
    ///
    /// # Errors
    /// [`InvalidNote`] unless the bytes are exactly what `Display` writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidNote> {
        let note = std::str::from_utf8(bytes).map_err(|_| InvalidNote::Text)?;
        require_text(note)?;
        // The text may have blank lines of its own; the last one separates.
        let blank = note.rfind("\n\n").ok_or(InvalidNote::NoSignatures)?;
        let (text, lines) = note.split_at_checked(blank.saturating_add(1)).ok_or(InvalidNote::NoSignatures)?;
        let lines =
            lines.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n')).ok_or(InvalidNote::NoSignatures)?;
        let mut signatures = Vec::new();
        for (number, line) in (1..).zip(lines.split('\n')) {
            if number > MAX_SIGNATURES {
                return Err(InvalidNote::TooManySignatures);
            }
            signatures.push(signature_of_line(line).ok_or(InvalidNote::SignatureLine(number))?);
        }
        Ok(SignedNote { text: text.to_owned(), signatures })
    }

    /// The text, not to be trusted before [`Self::verify`].
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    /// All signature lines, also those of keys that are not known here.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The text, if at least one of the known keys signed it and no signature of a known key is wrong.
    ///
    /// # Errors
    /// [`NoteVerificationError`]; the text must be ignored then.
    pub fn verify(&self, known: &[&dyn NoteVerifier]) -> Result<&str, NoteVerificationError> {
        let mut verified = false;
        for line in &self.signatures {
            let matching =
                known.iter().filter(|known| line.key_id == known.key().id() && line.name == *known.key().name());
            for verifier in matching {
                if !verifier.verify(self.text.as_bytes(), &line.signature) {
                    return Err(NoteVerificationError::BadSignature(line.name.clone()));
                }
                verified = true;
            }
        }
        if verified { Ok(&self.text) } else { Err(NoteVerificationError::NoKnownKey) }
    }
}

/// A note was not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError<E> {
    /// The caller's text cannot be signed.
    #[error("the text cannot be that of a note")]
    Note(#[source] InvalidNote),
    /// The key's holder did not sign.
    #[error("the signature could not be made")]
    Signer(#[source] E),
}

fn require_text(text: &str) -> Result<(), InvalidNote> {
    let allowed = |byte: u8| byte >= 0x20 || byte == b'\n';
    if text.len() <= MAX_LENGTH && text.ends_with('\n') && text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(InvalidNote::Text)
    }
}

fn signature_of_line(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = Base64::decode_vec(encoded).ok()?;
    let (key_id, signature) = bytes.split_first_chunk::<4>()?;
    if signature.is_empty() {
        return None;
    }
    let name = KeyName::new(name)?;
    Some(NoteSignature { name, key_id: KeyId::from_bytes(*key_id), signature: signature.to_vec() })
}

/// The note as it is stored and sent: text, blank line, signature lines.
impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            let bytes = [line.key_id.as_bytes().as_slice(), &line.signature].concat();
            writeln!(f, "— {} {}", line.name, Base64::encode_string(&bytes))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
