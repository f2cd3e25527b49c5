//! Levels of AdES signatures. EN 319 102-1 4.3.

/// How much a signature carries to stay checkable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AdesLevel {
    /// Basic signature (B-B).
    B,
    /// With a trusted time for the existence of the signature (B-T).
    T,
    /// With everything that validation needs: certificates and revocation data (B-LT).
    Lt,
    /// With a time-stamp over all of that, which can be renewed (B-LTA).
    Lta,
}
