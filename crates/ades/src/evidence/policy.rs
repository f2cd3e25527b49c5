//! How new revocation data must be. EN 319 102-1 5.2.5 (revocation freshness), 5.5.4 (grace period).

/// What revocation data about the signer and the time-stamp authorities must be newer than.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freshness {
    /// Its `thisUpdate` is not before the use plus this many seconds: only such data can know of a revocation before the use. The grace
    /// period is what the authority needs to publish a revocation.
    AfterUse {
        /// Seconds.
        grace: u64,
    },
    /// It was current at the use: its `nextUpdate` (or, without one, its `thisUpdate`) is not before the use. This takes answers that
    /// were made beforehand, and with them the chance that a revocation was not yet known in them.
    CurrentAtUse,
}

/// What is asked of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EvidencePolicy {
    /// For the signer's own certificate.
    pub signer: Freshness,
    /// For the certificates of time-stamp authorities.
    pub timestamp_authority: Freshness,
    /// How far clocks of others may be ahead of ours, in seconds.
    pub clock_tolerance: u64,
    /// Whether certificates that say that no revocation information will be available (RFC 9608), or that they end before a revocation
    /// could be published (EN 319 412-1 5.2), go without.
    pub accepts_short_term: bool,
}

impl Default for EvidencePolicy {
    /// The signer's data is newer than the time-stamp; that of everybody else was current when they acted; clocks agree to five minutes;
    /// short-term certificates need no revocation data.
    ///
    /// Authorities are held to less because many publish lists only: asking for a list made after the use would make every document wait
    /// for the next one, for certification authorities often for months.
    fn default() -> Self {
        Self {
            signer: Freshness::AfterUse { grace: 0 },
            timestamp_authority: Freshness::CurrentAtUse,
            clock_tolerance: 300,
            accepts_short_term: true,
        }
    }
}

impl EvidencePolicy {
    /// The same, with this rule for the signer.
    #[must_use]
    pub fn signer(self, signer: Freshness) -> Self {
        Self { signer, ..self }
    }

    /// The same, with this rule for time-stamp authorities.
    #[must_use]
    pub fn timestamp_authority(self, timestamp_authority: Freshness) -> Self {
        Self { timestamp_authority, ..self }
    }

    /// The same, but short-term certificates need revocation data like all others.
    #[must_use]
    pub fn without_short_term(self) -> Self {
        Self { accepts_short_term: false, ..self }
    }
}
