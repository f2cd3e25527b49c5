//! SHA-256 over pieces, for identifiers, bindings and file fingerprints.

use ades::crypto::DigestAlgorithm;
use ades::pdf::Source;
use std::io;

/// SHA-256 over the concatenation of `pieces`.
pub(crate) fn sha256(pieces: &[&[u8]]) -> [u8; 32] {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    for piece in pieces {
        hasher.update(piece);
    }
    let mut octets = [0; 32];
    octets.copy_from_slice(&hasher.finish());
    octets
}

/// SHA-256 over a whole file, piece by piece.
pub(crate) fn sha256_of_source(source: &dyn Source) -> io::Result<[u8; 32]> {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    let mut buffer = vec![0; 64 * 1024];
    let mut offset = 0;
    loop {
        let count = source.read_at(offset, &mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(&buffer[..count]);
        offset += u64::try_from(count).unwrap_or(u64::MAX);
    }
    let mut octets = [0; 32];
    octets.copy_from_slice(&hasher.finish());
    Ok(octets)
}

/// SHA-256 over `texts`, each with its length before it, so that no two lists give the same input.
pub(crate) fn sha256_of_list(domain: &str, texts: &[&str]) -> [u8; 32] {
    let mut hasher = DigestAlgorithm::Sha256.hasher();
    for text in std::iter::once(&domain).chain(texts) {
        hasher.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    let mut octets = [0; 32];
    octets.copy_from_slice(&hasher.finish());
    octets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_character_between_two_texts_changes_the_hash() {
        assert_ne!(sha256_of_list("x", &["ab", "c"]), sha256_of_list("x", &["a", "bc"]));
    }
}
