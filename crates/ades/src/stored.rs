//! Fields of stored forms: numbers of fixed size, and octets with their length before them.

/// A length in four octets.
pub(crate) fn length(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()
}

/// Reads a stored form from its front.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl Fields<'_> {
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (front, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*front)
    }

    pub(crate) fn length(&mut self) -> Option<usize> {
        // Nothing stored is that large; a bound keeps sums of lengths far from overflow.
        let length = u32::from_be_bytes(self.array()?);
        usize::try_from(length).ok().filter(|length| *length <= 1 << 28)
    }

    pub(crate) fn blob(&mut self) -> Option<Vec<u8>> {
        let length = self.length()?;
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front.to_vec())
    }
}
