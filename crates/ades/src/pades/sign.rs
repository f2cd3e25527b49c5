//! Signs in one call, with a key at hand. ISO 32000-2 12.8.1; EN 319 142-1 6.3.
//!
//! The document is read twice: to make the signature, and to check what was made while it is written.

use std::error::Error;
use std::io::{self, Write};

use super::check::check_update;
use super::{ByteRange, EmbedError, PrepareError, SignatureParameters, SignatureValue, prepare, timestamp_imprint};
use crate::crypto::{CryptoProvider, DigestAlgorithm, Signer};
use crate::pdf::{Appended, PdfError, Source, for_each_piece};
use crate::tsp::{Imprint, TimestampToken};

/// Why a document was not signed. What was written to the output must be thrown away.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError<E: Error + 'static> {
    /// It could not be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The key did not sign.
    #[error("the key did not sign; look at the cause below")]
    Signer(#[source] E),
    /// No time-stamp was to be had.
    #[error("there is no time-stamp; try again, or with another time-stamping authority")]
    Timestamp(#[source] Box<dyn Error + Send + Sync>),
    /// The signature could not be put into it.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// Gets a token over an imprint from a time-stamping authority.
pub type Stamp<'a> = dyn FnMut(&Imprint) -> Result<TimestampToken, Box<dyn Error + Send + Sync>> + 'a;

/// Signs `document` and writes the signed document to `output`, which has it whole and checked when this returns without an error.
///
/// `stamp` is asked once at level T and above, and not at level B.
///
/// # Errors
/// [`SignError`]. What was written then must be thrown away: the check ends with the last byte.
pub fn sign<S: Signer>(
    document: &dyn Source,
    parameters: &SignatureParameters,
    signer: &S,
    stamp: &mut Stamp<'_>,
    provider: &dyn CryptoProvider,
    output: &mut dyn Write,
) -> Result<(), SignError<S::Error>> {
    let prepared = prepare(document, parameters)?;
    let value = signer.sign(prepared.algorithm(), prepared.dtbs()).map_err(SignError::Signer)?;
    let value = SignatureValue::from(value);
    let token = match prepared.level() {
        super::AdesLevel::B => None,
        _ => Some(stamp(&timestamp_imprint(&value)).map_err(SignError::Timestamp)?),
    };
    let update = prepared.filled(&value, token.as_ref(), provider)?;
    let signed = Appended { source: document, update: &update };
    let mut failed = None;
    let mut digest = |byte_range: ByteRange, algorithm: DigestAlgorithm| {
        write_and_hash(&signed, byte_range, algorithm, output, &mut failed)
    };
    let checked = check_update(document, &prepared.placement, &update, provider, Some(&mut digest));
    if let Some(error) = failed {
        return Err(EmbedError::Write(error).into());
    }
    checked?;
    Ok(output.flush().map_err(EmbedError::Write)?)
}

/// Writes all of `source` and gives the digest of what the signature covers of it.
fn write_and_hash(
    source: &dyn Source,
    byte_range: ByteRange,
    algorithm: DigestAlgorithm,
    output: &mut dyn Write,
    failed: &mut Option<io::Error>,
) -> Result<Vec<u8>, PdfError> {
    let mut hasher = algorithm.hasher();
    let second_end = byte_range.end();
    for (start, end, covered) in [
        (0, byte_range.first_len, true),
        (byte_range.first_len, byte_range.second_start, false),
        (byte_range.second_start, second_end, true),
        (second_end, source.len(), false),
    ] {
        for_each_piece(source, start, end.saturating_sub(start), |piece| {
            if covered {
                hasher.update(piece);
            }
            output.write_all(piece).map_err(|error| {
                *failed = Some(error);
                PdfError::Structure { detail: "it could not be written" }
            })
        })?;
    }
    Ok(hasher.finish())
}
