//! Kinds of signing keys in stored records and in the words of other standards.

pub use sam::protocol::message::KeyAlgorithm;

/// The name in stored records. It never changes.
pub(crate) fn stored_name(algorithm: KeyAlgorithm) -> String {
    format!("rakkan-key-algorithm:{}", algorithm.code())
}

pub(crate) fn from_stored_name(name: &str) -> Option<KeyAlgorithm> {
    KeyAlgorithm::from_code(name.strip_prefix("rakkan-key-algorithm:")?.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_names_are_these() {
        assert_eq!(stored_name(KeyAlgorithm::EcdsaP256), "rakkan-key-algorithm:1");
        assert_eq!(stored_name(KeyAlgorithm::Rsa3072), "rakkan-key-algorithm:3");
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(from_stored_name(&stored_name(algorithm)), Some(algorithm));
        }
        assert_eq!(from_stored_name("rakkan-key-algorithm:0"), None);
    }
}
