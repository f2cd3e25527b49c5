//! The ways in which a development CA can fail over HTTP, chosen while it runs.

/// How the enrolment of a CA behaves from now on. Lists and OCSP answers go on working.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CaMode {
    /// As RFC 7030 wants it.
    #[default]
    Working,
    /// Closes the connection without an answer.
    Down,
    /// Answers 503 with Retry-After.
    Busy,
    /// Answers 202 with Retry-After: a person has to look at the request first (RFC 7030 4.2.3).
    Pending,
    /// Refuses every request with 400 and this text.
    Refusing(String),
    /// Certifies another key than the one requested.
    OtherKey,
    /// Sends a certificate that names the CA as issuer and is signed by somebody else.
    Forged,
    /// Bytes that are no answer.
    Garbage,
}
