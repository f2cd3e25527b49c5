//! PAdES B-T: a time-stamp over the signature value, inside the CMS. EN 319 142-1 6.3; EN 319 122-1 5.3; RFC 3161 appendix A.

use super::{AdesLevel, EmbedError, SignatureValue};
use crate::crypto::{CryptoProvider, DigestAlgorithm};
use crate::tsp::{Imprint, TimestampToken};

/// What to have time-stamped for level B-T: the octets of the signature value, without tag and length.
pub fn timestamp_imprint(signature: &SignatureValue) -> Imprint {
    Imprint::of(DigestAlgorithm::Sha256, signature.as_bytes())
}

/// Checks that there is a token exactly if the level has one, and that it is a good one over this value.
pub(super) fn require_token(
    level: AdesLevel,
    signature: &SignatureValue,
    token: Option<&TimestampToken>,
    provider: &dyn CryptoProvider,
) -> Result<(), EmbedError> {
    match (level, token) {
        (AdesLevel::B, None) => Ok(()),
        (AdesLevel::B, Some(_)) => Err(EmbedError::TimestampUnexpected),
        (AdesLevel::T | AdesLevel::Lt | AdesLevel::Lta, None) => Err(EmbedError::TimestampMissing),
        (AdesLevel::T | AdesLevel::Lt | AdesLevel::Lta, Some(token)) => {
            token.require_imprint_of(signature.as_bytes()).map_err(EmbedError::TimestampUnusable)?;
            token.verify(&[], provider).map_err(EmbedError::TimestampUnusable)?;
            Ok(())
        }
    }
}
