//! Entries in bundles: each with its length before it. C2SP tlog-tiles, "Log entries".

use crate::tile::path::TilePath;

/// The longest entry that the format holds.
pub const MAX_ENTRY: usize = 65_535;

/// An entry bundle is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The last length says more than there is.
    #[error("the entry bundle ends in the middle of an entry; restore the file")]
    Truncated,
    /// More or fewer entries than its name says.
    #[error("the entry bundle does not hold as many entries as a tree of this size has there; restore the file")]
    WrongCount,
}

/// Splits a bundle into its entries; a wider bundle than `path` asks for is cut to the asked width.
///
/// # Errors
/// [`BundleError`] if the bytes are not a bundle of at least that width.
pub fn entries_of_bundle<'a>(path: &TilePath, bytes: &'a [u8]) -> Result<Vec<&'a [u8]>, BundleError> {
    let mut entries = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(BundleError::Truncated)?;
        let (entry, after) =
            after.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(BundleError::Truncated)?;
        entries.push(entry);
        rest = after;
        if entries.len() > usize::from(TilePath::FULL_WIDTH) {
            return Err(BundleError::WrongCount);
        }
    }
    let width = usize::from(path.width());
    if entries.len() < width {
        return Err(BundleError::WrongCount);
    }
    entries.truncate(width);
    Ok(entries)
}

/// Adds an entry; `false`, and nothing added, if it is too long for the format.
pub(crate) fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else {
        return false;
    };
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::path::TileKind;
    use proptest::prelude::*;

    fn path(width: u16) -> TilePath {
        TilePath::new(TileKind::Entries, 0, width)
    }

    #[test]
    fn a_bundle_has_big_endian_lengths_before_its_entries() {
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, b""));
        assert!(push_entry(&mut bundle, b"ab"));
        assert!(push_entry(&mut bundle, &[7; 258]));
        assert_eq!(&bundle[..8], [0, 0, 0, 2, b'a', b'b', 1, 2]);
        assert_eq!(entries_of_bundle(&path(3), &bundle).unwrap(), [&b""[..], b"ab", &[7; 258]]);
        assert_eq!(entries_of_bundle(&path(1), &bundle).unwrap(), [b""]);
    }

    #[test]
    fn a_bundle_that_is_cut_or_too_short_or_too_long_is_refused() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, b"abc");
        assert_eq!(entries_of_bundle(&path(2), &bundle), Err(BundleError::WrongCount));
        assert_eq!(entries_of_bundle(&path(1), &bundle[..4]), Err(BundleError::Truncated));
        assert_eq!(entries_of_bundle(&path(1), &bundle[..1]), Err(BundleError::Truncated));
        assert_eq!(entries_of_bundle(&path(256), &[0; 514]), Err(BundleError::WrongCount));
    }

    #[test]
    fn an_entry_beyond_the_longest_is_not_added() {
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, &vec![0; MAX_ENTRY]));
        let before = bundle.clone();
        assert!(!push_entry(&mut bundle, &vec![0; MAX_ENTRY + 1]));
        assert_eq!(bundle, before);
    }

    proptest! {
        #[test]
        fn what_is_read_from_any_bytes_writes_back_to_them(bytes: Vec<u8>, width in 1_u16..=256) {
            if let Ok(entries) = entries_of_bundle(&path(width), &bytes) {
                let mut again = Vec::new();
                for entry in &entries {
                    prop_assert!(push_entry(&mut again, entry));
                }
                prop_assert!(bytes.starts_with(&again));
            }
        }
    }
}
