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

impl AdesLevel {
    /// Every level, from the lowest.
    pub const ALL: [Self; 4] = [Self::B, Self::T, Self::Lt, Self::Lta];

    /// Number of the level in stored forms. Never change one.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::B => 0,
            Self::T => 1,
            Self::Lt => 2,
            Self::Lta => 3,
        }
    }

    /// The level with this number in stored forms.
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }
}
