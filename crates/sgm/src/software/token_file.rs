//! The file that holds a software token's own keys. Stored format, version 1.
//!
//! ```text
//! "rakkan-token/1\n"
//! protection (u8): 1 key file | 2 passphrase, then memory in KiB (u32), passes (u32), lanes (u32), salt (16)
//! epoch (u32) | wrapped wrapping key (40) | wrapped seal key (40) | wrapped log key, Ed25519 private key (40)
//! log public key (32) | tag (32) = HMAC-SHA-256(seal key, "rakkan-token/1" 0x00 everything before)
//! ```
//! Numbers are big-endian. The three keys are wrapped with AES-256-KWP under the key-encryption key. KWP ties no role to a wrapped
//! key; the tag does, because it is made with the very key that stands in the seal key's place.

use super::key_encryption::PassphraseHashing;

const HEADER: &[u8] = b"rakkan-token/1\n";
const BY_KEY_FILE: u8 = 1;
const BY_PASSPHRASE: u8 = 2;

/// How the key-encryption key of a token comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Protection {
    KeyFile,
    Passphrase { hashing: PassphraseHashing, salt: [u8; 16] },
}

/// What stands in a token file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenFile {
    pub(crate) protection: Protection,
    pub(crate) epoch: u32,
    pub(crate) wrapping_key: [u8; 40],
    pub(crate) seal_key: [u8; 40],
    pub(crate) log_key: [u8; 40],
    pub(crate) log_public_key: [u8; 32],
    pub(crate) tag: [u8; 32],
}

impl TokenFile {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.tagged_part();
        out.extend(self.tag);
        out
    }

    /// What the tag is over.
    pub(crate) fn tagged_part(&self) -> Vec<u8> {
        let mut out = HEADER.to_vec();
        match &self.protection {
            Protection::KeyFile => out.push(BY_KEY_FILE),
            Protection::Passphrase { hashing, salt } => {
                out.push(BY_PASSPHRASE);
                for number in [hashing.memory_kib, hashing.passes, hashing.lanes] {
                    out.extend(number.to_be_bytes());
                }
                out.extend(salt);
            }
        }
        out.extend(self.epoch.to_be_bytes());
        for key in [&self.wrapping_key, &self.seal_key, &self.log_key] {
            out.extend(key);
        }
        out.extend(self.log_public_key);
        out
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (&protection, mut rest) = bytes.strip_prefix(HEADER)?.split_first()?;
        let rest = &mut rest;
        let protection = match protection {
            BY_KEY_FILE => Protection::KeyFile,
            BY_PASSPHRASE => {
                let [memory_kib, passes, lanes] = [number(rest)?, number(rest)?, number(rest)?];
                Protection::Passphrase { hashing: PassphraseHashing { memory_kib, passes, lanes }, salt: array(rest)? }
            }
            _ => return None,
        };
        let file = Self {
            protection,
            epoch: number(rest)?,
            wrapping_key: array(rest)?,
            seal_key: array(rest)?,
            log_key: array(rest)?,
            log_public_key: array(rest)?,
            tag: array(rest)?,
        };
        rest.is_empty().then_some(file)
    }
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (value, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*value)
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    array(rest).map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample(protection: Protection) -> TokenFile {
        TokenFile {
            protection,
            epoch: 1,
            wrapping_key: [0xa1; 40],
            seal_key: [0xa2; 40],
            log_key: [0xa3; 40],
            log_public_key: [0xa4; 32],
            tag: [0xa5; 32],
        }
    }

    fn golden_keys() -> Vec<u8> {
        [vec![0, 0, 0, 1], vec![0xa1; 40], vec![0xa2; 40], vec![0xa3; 40], vec![0xa4; 32], vec![0xa5; 32]].concat()
    }

    #[test]
    fn token_file_by_key_file_has_golden_bytes() {
        let golden = [b"rakkan-token/1\n\x01".to_vec(), golden_keys()].concat();
        assert_eq!(sample(Protection::KeyFile).to_bytes(), golden);
        assert_eq!(TokenFile::parse(&golden), Some(sample(Protection::KeyFile)));
    }

    #[test]
    fn token_file_by_passphrase_has_golden_bytes() {
        let hashing = PassphraseHashing { memory_kib: 65536, passes: 3, lanes: 1 };
        let protection = Protection::Passphrase { hashing, salt: [0xb0; 16] };
        let numbers = vec![0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1];
        let golden = [b"rakkan-token/1\n\x02".to_vec(), numbers, vec![0xb0; 16], golden_keys()].concat();
        assert_eq!(sample(protection.clone()).to_bytes(), golden);
        assert_eq!(TokenFile::parse(&golden), Some(sample(protection)));
    }

    #[test]
    fn another_version_a_cut_and_a_lengthened_file_are_refused() {
        let bytes = sample(Protection::KeyFile).to_bytes();
        for length in 0..bytes.len() {
            assert_eq!(TokenFile::parse(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(TokenFile::parse(&[bytes.clone(), vec![0]].concat()), None);
        let other_version = [b"rakkan-token/2\n\x01".to_vec(), golden_keys()].concat();
        assert_eq!(TokenFile::parse(&other_version), None);
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_back_unchanged(tail in proptest::collection::vec(any::<u8>(), 180..250)) {
            let bytes = [HEADER.to_vec(), tail].concat();
            if let Some(file) = TokenFile::parse(&bytes) {
                prop_assert_eq!(file.to_bytes(), bytes);
            }
        }
    }
}
