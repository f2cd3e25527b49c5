//! The whole of signing in one call, for a key that is at hand.

use std::io::Write;

use super::{CadesParameters, Content, SignError, prepare};
use crate::crypto::{CryptoProvider, SignatureValue, Signer};

/// Signs `content` at level B-B and writes the signature to `output`.
///
/// Detached content is read once. For a time-stamp, which is got from elsewhere in between, take the two steps
/// ([`prepare`] and [`embed`](super::PreparedCms::embed)), or raise the level afterwards ([`add_timestamp`](super::add_timestamp)).
///
/// # Errors
/// [`SignError`]; for the level, [`EmbedError::TimestampMissing`](super::EmbedError::TimestampMissing) if it is above B-B.
pub fn sign<S: Signer>(
    content: Content<'_>,
    parameters: &CadesParameters,
    signer: &S,
    provider: &dyn CryptoProvider,
    output: &mut dyn Write,
) -> Result<(), SignError<S::Error>> {
    let prepared = prepare(content, parameters, provider)?;
    let value = signer.sign(prepared.algorithm(), prepared.dtbs()).map_err(SignError::Key)?;
    Ok(prepared.embed_checked(content, &SignatureValue::from(value), None, provider, output)?)
}
