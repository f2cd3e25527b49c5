//! The key that lives from one start to the next: what was issued before a restart is worth nothing after it. Security design 1.2, D3.

use aws_lc_rs::hmac;
use sgm::{RandomError, SecureRandom};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::{hmac_sha256, sha256};
use crate::ids::Hash;

/// A random key, kept in memory only, and the name of this instance of the module.
pub struct BootKey {
    key: hmac::Key,
    instance: Hash,
}

impl BootKey {
    /// A new key for the module that signs its log with `log_public_key`.
    ///
    /// # Errors
    /// If there are no random bytes.
    pub fn generate(log_public_key: &[u8; 32], rng: &dyn SecureRandom) -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0_u8; 32]);
        rng.fill(key.as_mut_slice())?;
        let mut boot_id = [0_u8; 16];
        rng.fill(&mut boot_id)?;
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()),
            instance: sha256(&[b"rakkan-instance/1\0", log_public_key, &boot_id]),
        })
    }

    /// Another value after each start and on each module.
    #[must_use]
    pub fn instance(&self) -> &Hash {
        &self.instance
    }

    /// MAC over an activation request. No other MAC under this key begins with the byte that a CBOR map begins with.
    #[must_use]
    pub fn mac(&self, sar: &[u8]) -> Hash {
        hmac_sha256(&self.key, &[sar])
    }

    /// Whether `mac` is the one over `sar`; in constant time.
    #[must_use]
    pub fn verifies(&self, sar: &[u8], mac: &Hash) -> bool {
        self.mac(sar).ct_eq(mac).into()
    }

    /// A tag over `parts` for the purpose named by `label`, a text.
    pub(crate) fn tag(&self, label: &str, parts: &[&[u8]]) -> Hash {
        let mut all: Vec<&[u8]> = vec![label.as_bytes(), b"\0"];
        all.extend_from_slice(parts);
        hmac_sha256(&self.key, &all)
    }
}
