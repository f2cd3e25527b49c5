//! Opens the document and answers the question; no error leaves but a [`RenderError`].

use hayro::hayro_syntax::{LoadPdfError, Pdf};
use web::portal::pages::RenderError;

use super::protocol::{Answer, Question};
use super::{draw, inspect};

/// More pages than this are not shown.
pub const MAX_PAGES: usize = 2_000;

/// Answers `question` about `document`. Takes as long as it takes: the limits are those of the process.
pub fn answer(question: &Question, document: Vec<u8>) -> Answer {
    let pdf = match open(document) {
        Ok(pdf) => pdf,
        Err(error) => return Answer::Failed(error),
    };
    let result = match *question {
        Question::Survey => Ok(Answer::Survey(inspect::survey(&pdf))),
        Question::Draw { page, width } => draw::draw(&pdf, page, width).map(Answer::Drawn),
    };
    result.unwrap_or_else(Answer::Failed)
}

fn open(document: Vec<u8>) -> Result<Pdf, RenderError> {
    // The reader would go looking for objects in anything; a file without the mark is none of ours. ISO 32000-1 7.5.2 allows it to
    // start a little later in practice.
    let start = &document[..document.len().min(1024)];
    if !start.windows(5).any(|window| window == b"%PDF-") {
        return Err(RenderError::NotAPdf);
    }
    // The reader opens files whose user password is empty; such a file cannot be signed, and is told from others here.
    if is_encrypted(&document) {
        return Err(RenderError::Encrypted);
    }
    let pdf = Pdf::new(document).map_err(|error| match error {
        LoadPdfError::Decryption(_) => RenderError::Encrypted,
        LoadPdfError::Invalid => RenderError::NotAPdf,
    })?;
    match pdf.pages().len() {
        0 => Err(RenderError::PageCount),
        count if count > MAX_PAGES => Err(RenderError::PageCount),
        _ => Ok(pdf),
    }
}

/// Whether a trailer or cross-reference stream names an encryption dictionary (ISO 32000-1 7.6.1). Both stand in the file as plain text.
fn is_encrypted(document: &[u8]) -> bool {
    const KEY: &[u8] = b"/Encrypt";
    document.windows(KEY.len()).enumerate().filter(|(_, window)| *window == KEY).any(|(at, _)| {
        let rest = document[at + KEY.len()..].trim_ascii_start();
        let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
        rest.starts_with(b"<<")
            || (digits > 0 && rest[digits..].trim_ascii_start().first().is_some_and(u8::is_ascii_digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encryption_dictionary_is_seen_and_a_like_name_is_not() {
        assert!(is_encrypted(b"trailer << /Encrypt 12 0 R /Size 9 >>"));
        assert!(is_encrypted(b"trailer <</Encrypt<</Filter/Standard>>>>"));
        assert!(!is_encrypted(b"<< /EncryptMetadata true >>"));
        assert!(!is_encrypted(b"(the word /Encrypt in a text)"));
        assert!(!is_encrypted(b"/Encrypt"));
    }

    #[test]
    fn bytes_that_are_no_pdf_are_told_from_damaged_ones() {
        assert_eq!(answer(&Question::Survey, b"PK\x03\x04".to_vec()), Answer::Failed(RenderError::NotAPdf));
        assert_eq!(answer(&Question::Survey, Vec::new()), Answer::Failed(RenderError::NotAPdf));
        assert_eq!(answer(&Question::Survey, b"%PDF-1.7\n".to_vec()), Answer::Failed(RenderError::NotAPdf));
    }
}
