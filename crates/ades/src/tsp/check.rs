//! What is found out about a time-stamp token that stands in a signature.

use super::{Imprint, TimestampInfo, TimestampToken, TspError};
use crate::crypto::CryptoProvider;
use crate::x509::Certificate;

/// A time-stamp and whether it verifies.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TimestampCheck {
    /// The token.
    pub token: TimestampToken,
    /// What it states.
    pub info: TimestampInfo,
    /// The authority's certificate, if the token verifies and is over the right data.
    pub result: Result<Certificate, TspError>,
}

impl TimestampCheck {
    /// Reads and checks a token; `is_over` says whether an imprint is that of the right data. `others` are certificates beside it.
    pub(crate) fn of(
        token: &[u8],
        others: &[Certificate],
        provider: &dyn CryptoProvider,
        is_over: impl FnOnce(&Imprint) -> bool,
    ) -> Result<Self, TspError> {
        let token = TimestampToken::from_der(token)?;
        let info = token.info().clone();
        let result = match token.verify(others, provider) {
            Ok(_) if !is_over(&info.imprint) => Err(TspError::WrongImprint),
            verified => verified,
        };
        Ok(Self { token, info, result })
    }
}
