//! Where the key-encryption key of a software token comes from: a file that only its owner can read, or a passphrase.

use super::{
    secret_file::{self, SecretFileError},
    token_file::Protection,
};
use crate::{SecureRandom, TokenError, random};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

const KEY_FILE_HEADER: &[u8] = b"rakkan-kek/1 ";
const KEY_FILE_CONTENT: &str = "a key-encryption key of a known version (`rakkan-kek/1` and 64 hexadecimal digits)";

/// Where the key-encryption key comes from.
pub enum KeyEncryption {
    /// From a file of mode 0600, see [`create_key_file`].
    KeyFile(PathBuf),
    /// From a passphrase through Argon2id. The parameters are used for a new token; an existing one says its own.
    Passphrase(Passphrase, PassphraseHashing),
}

/// A passphrase. It cannot be printed or copied and is wiped when it is no longer needed.
///
/// ```compile_fail
/// fn printed(passphrase: sgm::Passphrase) -> String {
///     format!("{passphrase:?}")
/// }
/// ```
/// ```compile_fail
/// fn copied(passphrase: &sgm::Passphrase) -> sgm::Passphrase {
///     passphrase.clone()
/// }
/// ```
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the passphrase over; the caller's own copies are the caller's care.
    pub fn new(mut passphrase: Vec<u8>) -> Self {
        let own = Self(Zeroizing::new(passphrase.clone()));
        passphrase.zeroize();
        own
    }

    /// Reads the passphrase from a file of mode 0600; one newline at the end does not belong to it.
    pub fn read_file(path: &Path) -> Result<Self, SecretFileError> {
        let mut content = secret_file::read(path)?;
        if content.last() == Some(&b'\n') {
            content.pop();
        }
        if content.is_empty() {
            return Err(SecretFileError::Content { path: path.to_owned(), expected: "a passphrase" });
        }
        Ok(Self(content))
    }
}

/// Parameters of Argon2id (RFC 9106), stored with the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassphraseHashing {
    /// Memory in KiB, 8 MiB to 1 GiB.
    pub memory_kib: u32,
    /// Passes over the memory, 1 to 16.
    pub passes: u32,
    /// Lanes, 1 to 16.
    pub lanes: u32,
}

impl Default for PassphraseHashing {
    /// RFC 9106 4, the choice for machines with little memory, computed in one lane.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

impl PassphraseHashing {
    fn check(self) -> Result<Self, TokenError> {
        let fits = (8 * 1024..=1024 * 1024).contains(&self.memory_kib)
            && (1..=16).contains(&self.passes)
            && (1..=16).contains(&self.lanes);
        if fits { Ok(self) } else { Err(TokenError::HashingParameters) }
    }
}

/// Makes a file with a new random key-encryption key, mode 0600. An existing file is left as it is and is an error.
pub fn create_key_file(path: &Path, rng: &dyn SecureRandom) -> Result<(), TokenError> {
    let key = Zeroizing::new(random::array::<32>(rng)?);
    let mut content = Zeroizing::new(Vec::with_capacity(80));
    content.extend_from_slice(KEY_FILE_HEADER);
    for byte in key.iter() {
        for nibble in [byte >> 4, byte & 0x0f] {
            content.push(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
        }
    }
    content.push(b'\n');
    Ok(secret_file::create(path, &content)?)
}

fn read_key_file(path: &Path) -> Result<Zeroizing<[u8; 32]>, SecretFileError> {
    let content = secret_file::read(path)?;
    let parse = || {
        let digits = content.strip_prefix(KEY_FILE_HEADER)?;
        let digits = digits.strip_suffix(b"\n").unwrap_or(digits);
        if digits.len() != 64 {
            return None;
        }
        let mut key = Zeroizing::new([0_u8; 32]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let nibble = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                *byte = *byte << 4 | nibble;
            }
        }
        Some(key)
    };
    parse().ok_or_else(|| SecretFileError::Content { path: path.to_owned(), expected: KEY_FILE_CONTENT })
}

/// A key that wraps keys and does nothing else. AES-256-KWP: RFC 5649, NIST SP 800-38F.
pub(crate) struct WrappingKey(Zeroizing<[u8; 32]>);

impl WrappingKey {
    pub(crate) fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The key that protects a new token, and the way in which it came about.
    pub(crate) fn for_new_token(
        source: &KeyEncryption,
        rng: &dyn SecureRandom,
    ) -> Result<(Self, Protection), TokenError> {
        match source {
            KeyEncryption::KeyFile(path) => Ok((Self(read_key_file(path)?), Protection::KeyFile)),
            KeyEncryption::Passphrase(passphrase, hashing) => {
                if passphrase.0.len() < 12 {
                    return Err(TokenError::ShortPassphrase);
                }
                let salt = random::array::<16>(rng)?;
                let key = hash_passphrase(passphrase, *hashing, &salt)?;
                Ok((Self(key), Protection::Passphrase { hashing: *hashing, salt }))
            }
        }
    }

    /// The key that opens the token at `token_path`.
    pub(crate) fn for_token(
        source: &KeyEncryption,
        protection: &Protection,
        token_path: &Path,
    ) -> Result<Self, TokenError> {
        match (source, protection) {
            (KeyEncryption::KeyFile(path), Protection::KeyFile) => Ok(Self(read_key_file(path)?)),
            (KeyEncryption::Passphrase(passphrase, _), Protection::Passphrase { hashing, salt }) => {
                Ok(Self(hash_passphrase(passphrase, *hashing, salt)?))
            }
            (KeyEncryption::KeyFile(_), Protection::Passphrase { .. }) => {
                Err(TokenError::OtherProtection { path: token_path.to_owned(), protected_by: "a passphrase" })
            }
            (KeyEncryption::Passphrase(..), Protection::KeyFile) => {
                Err(TokenError::OtherProtection { path: token_path.to_owned(), protected_by: "a key file" })
            }
        }
    }

    pub(crate) fn wrap(&self, secret: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0_u8; secret.len() + 15];
        let length = self.kek()?.wrap_with_padding(secret, &mut out).ok()?.len();
        out.truncate(length);
        Some(out)
    }

    pub(crate) fn unwrap(&self, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(vec![0_u8; wrapped.len()]);
        let length = self.kek()?.unwrap_with_padding(wrapped, &mut out).ok()?.len();
        out.truncate(length);
        Some(out)
    }

    fn kek(&self) -> Option<AesKek> {
        AesKek::new(&AES_256, self.0.as_slice()).ok()
    }
}

fn hash_passphrase(
    passphrase: &Passphrase,
    hashing: PassphraseHashing,
    salt: &[u8; 16],
) -> Result<Zeroizing<[u8; 32]>, TokenError> {
    let PassphraseHashing { memory_kib, passes, lanes } = hashing.check()?;
    let parameters = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| TokenError::HashingParameters)?;
    let mut memory = vec![Block::default(); parameters.block_count()];
    let mut key = Zeroizing::new([0_u8; 32]);
    let result = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters).hash_password_into_with_memory(
        &passphrase.0,
        salt,
        key.as_mut_slice(),
        memory.as_mut_slice(),
    );
    memory.iter_mut().for_each(Zeroize::zeroize);
    result.map_err(|_| TokenError::Internal)?;
    Ok(key)
}
