//! The ways in which a development TSA can fail, chosen while it runs.

/// How a TSA behaves from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TsaMode {
    /// As RFC 3161 wants it.
    #[default]
    Working,
    /// Closes the connection without an answer.
    Down,
    /// Answers 503.
    Unavailable,
    /// Says nothing until the mode changes.
    Slow,
    /// Sends the beginning of an answer and then nothing more, until the mode changes.
    Stalled,
    /// A good token for another nonce.
    WrongNonce,
    /// A good token over another hash.
    WrongImprint,
    /// A good token that is ten days off.
    WrongTime,
    /// A token whose signature does not verify.
    WrongSignature,
    /// A token whose certificate is not one for time-stamps.
    WrongPurpose,
    /// A refusal as RFC 3161 words it.
    Rejecting,
    /// Bytes that are no answer.
    Garbage,
    /// An answer of more than 12 MiB.
    Huge,
}
