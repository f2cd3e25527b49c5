//! Encrypts one string or stream. ISO 32000-2 7.6.3.

use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use aes::{Aes128, Aes256};
use md5::{Digest as _, Md5};
use rc4::{KeyInit, Rc4, StreamCipher};

use crate::pdf::object::ObjectId;

/// How strings or streams are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Identity,
    Rc4,
    Aes128,
    Aes256,
}

impl Method {
    /// `None` if the data cannot be what this cipher made.
    pub(super) fn decrypt(self, key: &[u8], id: ObjectId, data: &[u8]) -> Option<Vec<u8>> {
        // Writers leave empty strings as they are.
        if self == Self::Identity || data.is_empty() {
            return Some(data.to_vec());
        }
        if self == Self::Rc4 {
            return Some(rc4(&self.object_key(key, id), data));
        }
        let (vector, data) = data.split_first_chunk::<16>()?;
        match self {
            Self::Aes128 => {
                let cipher = cbc::Decryptor::<Aes128>::new_from_slices(&self.object_key(key, id), vector).ok()?;
                cipher.decrypt_padded_vec::<Pkcs7>(data).ok()
            }
            _ => {
                let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, vector).ok()?;
                cipher.decrypt_padded_vec::<Pkcs7>(data).ok()
            }
        }
    }

    pub(super) fn encrypt(self, key: &[u8], id: ObjectId, vector: [u8; 16], data: &[u8]) -> Vec<u8> {
        let encrypted = match self {
            Self::Identity => return data.to_vec(),
            Self::Rc4 => return rc4(&self.object_key(key, id), data),
            Self::Aes128 => cbc::Encryptor::<Aes128>::new_from_slices(&self.object_key(key, id), &vector)
                .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(data)),
            Self::Aes256 => cbc::Encryptor::<Aes256>::new_from_slices(key, &vector)
                .map(|cipher| cipher.encrypt_padded_vec::<Pkcs7>(data)),
        };
        // Keys have the length their cipher needs, so this is never the default.
        [vector.as_slice(), &encrypted.unwrap_or_default()].concat()
    }

    /// Algorithm 1: the key for one object.
    fn object_key(self, key: &[u8], id: ObjectId) -> Vec<u8> {
        let mut hasher = Md5::new();
        hasher.update(key);
        hasher.update(id.number.to_le_bytes().get(..3).unwrap_or_default());
        hasher.update(id.generation.to_le_bytes());
        if self == Self::Aes128 {
            hasher.update(b"sAlT");
        }
        let mut object_key = hasher.finalize().to_vec();
        object_key.truncate((key.len() + 5).min(16));
        object_key
    }
}

pub(super) fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    if let Ok(mut cipher) = Rc4::new_from_slice(key) {
        cipher.apply_keystream(&mut out);
    }
    out
}

/// AES-256 in CBC mode with a zero vector and no padding: how keys are kept (algorithm 2.A).
pub(super) fn unwrap_key(key: &[u8], wrapped: &[u8]) -> Option<Vec<u8>> {
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, &[0; 16]).ok()?;
    cipher.decrypt_padded_vec::<NoPadding>(wrapped).ok()
}

/// AES-128 in CBC mode without padding, for the hash of algorithm 2.B.
pub(super) fn aes128_cbc(key: &[u8], vector: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    let cipher = cbc::Encryptor::<Aes128>::new_from_slices(key, vector).ok()?;
    Some(cipher.encrypt_padded_vec::<NoPadding>(data))
}
