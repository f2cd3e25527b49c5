//! Finds the key of a document from a password. ISO 32000-2 7.6.4.

use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use super::Password;
use super::cipher::{aes128_cbc, rc4, unwrap_key};
use crate::crypto::DigestAlgorithm;
use crate::pdf::PdfError;
use crate::pdf::object::{Dictionary, Object};

/// What passwords shorter than 32 bytes are filled up with (algorithm 2).
const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e, 0x2e, 0x00,
    0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];

/// The entries of the encryption dictionary that a password is tried on.
pub(super) struct Credentials {
    pub(super) revision: i64,
    pub(super) permissions: u32,
    key_len: usize,
    owner: Vec<u8>,
    user: Vec<u8>,
    owner_key: Vec<u8>,
    user_key: Vec<u8>,
    identifier: Vec<u8>,
    encrypts_metadata: bool,
}

impl Credentials {
    pub(super) fn read(dictionary: &Dictionary, identifier: &[u8], key_len: usize) -> Result<Self, PdfError> {
        let revision = dictionary.integer("R").unwrap_or(0);
        let lengths = match (revision, key_len) {
            (2..=4, ..=16) => (32, 0),
            (5 | 6, 32) => (48, 32),
            _ => return Err(PdfError::UnsupportedEncryption { detail: "an unknown revision of the handler" }),
        };
        let string = |key, length: usize| {
            let bytes = dictionary.lookup(key).and_then(Object::as_string);
            // Some writers fill the longer ones up.
            let bytes = bytes.and_then(|bytes| bytes.get(..length)).map(<[u8]>::to_vec);
            bytes.ok_or(PdfError::Structure { detail: "its encryption dictionary is damaged" })
        };
        let (owner, user) = (string("O", lengths.0)?, string("U", lengths.0)?);
        let (owner_key, user_key) =
            if lengths.1 > 0 { (string("OE", lengths.1)?, string("UE", lengths.1)?) } else { (Vec::new(), Vec::new()) };
        // Table 21: a signed number of 32 bits, which some write as an unsigned one.
        let permissions = dictionary.integer("P").unwrap_or(0) & 0xffff_ffff;
        Ok(Self {
            revision,
            permissions: u32::try_from(permissions).unwrap_or(0),
            key_len: if revision == 2 { 5 } else { key_len },
            owner,
            user,
            owner_key,
            user_key,
            identifier: identifier.to_vec(),
            encrypts_metadata: dictionary.lookup("EncryptMetadata") != Some(&Object::Boolean(false)),
        })
    }

    /// The key, and whether the password is the owner's.
    pub(super) fn key(&self, password: &Password) -> Option<(Zeroizing<Vec<u8>>, bool)> {
        if self.revision >= 5 {
            return self.long_key(password.in_utf8());
        }
        let password = password.in_pdf_doc_encoding()?;
        let as_owner = self.owned_password(&password);
        if let Some(key) = self.user_key(&as_owner) {
            return Some((key, true));
        }
        self.user_key(&password).map(|key| (key, false))
    }

    /// Algorithm 2, checked by algorithms 4 to 6.
    fn user_key(&self, password: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut hasher = Md5::new();
        hasher.update(padded(password));
        hasher.update(&self.owner);
        hasher.update(self.permissions.to_le_bytes());
        hasher.update(&self.identifier);
        if self.revision >= 4 && !self.encrypts_metadata {
            hasher.update([0xff; 4]);
        }
        let key = self.strengthened(hasher.finalize().to_vec());
        let expected = if self.revision == 2 {
            rc4(&key, &PADDING)
        } else {
            let mut hasher = Md5::new();
            hasher.update(PADDING);
            hasher.update(&self.identifier);
            (0..20_u8).fold(hasher.finalize().to_vec(), |data, round| rc4(&turned(&key, round), &data))
        };
        self.user.starts_with(&expected).then_some(Zeroizing::new(key))
    }

    /// Algorithm 7: the user's password as the owner's opens it.
    fn owned_password(&self, password: &[u8]) -> Vec<u8> {
        let key = self.strengthened(Md5::digest(padded(password)).to_vec());
        if self.revision == 2 {
            return rc4(&key, &self.owner);
        }
        (0..20_u8).rev().fold(self.owner.clone(), |data, round| rc4(&turned(&key, round), &data))
    }

    /// From revision 3 on, fifty more rounds.
    fn strengthened(&self, digest: Vec<u8>) -> Vec<u8> {
        let shortened = |mut digest: Vec<u8>| {
            digest.truncate(self.key_len);
            digest
        };
        let rounds = if self.revision >= 3 { 50 } else { 0 };
        (0..rounds).fold(shortened(digest), |digest, _| shortened(Md5::digest(digest).to_vec()))
    }

    /// Algorithm 2.A.
    fn long_key(&self, password: &[u8]) -> Option<(Zeroizing<Vec<u8>>, bool)> {
        for (check, wrapped, with, owner) in
            [(&self.owner, &self.owner_key, self.user.as_slice(), true), (&self.user, &self.user_key, &[][..], false)]
        {
            let (hash, salts) = check.split_at_checked(32)?;
            let (validation_salt, key_salt) = salts.split_at_checked(8)?;
            if self.hash(password, validation_salt, with)? == hash {
                let intermediate = Zeroizing::new(self.hash(password, key_salt, with)?);
                return Some((Zeroizing::new(unwrap_key(&intermediate, wrapped)?), owner));
            }
        }
        None
    }

    /// Algorithm 2.B; revision 5 knows only its first step.
    fn hash(&self, password: &[u8], salt: &[u8], with: &[u8]) -> Option<Vec<u8>> {
        let mut key = DigestAlgorithm::Sha256.digest(&[password, salt, with].concat());
        if self.revision == 5 {
            return Some(key);
        }
        let mut round = 0_u32;
        loop {
            let block = [password, &key, with].concat().repeat(64);
            let (cipher_key, rest) = key.split_at_checked(16)?;
            let encrypted = aes128_cbc(cipher_key, rest.get(..16)?, &block)?;
            // The first sixteen bytes as a number modulo three; 256 is one modulo three.
            let sum: u32 = encrypted.iter().take(16).map(|byte| u32::from(*byte)).sum();
            let algorithm = match sum % 3 {
                0 => DigestAlgorithm::Sha256,
                1 => DigestAlgorithm::Sha384,
                _ => DigestAlgorithm::Sha512,
            };
            key = algorithm.digest(&encrypted);
            round += 1;
            if round >= 64 && u32::from(*encrypted.last()?) <= round - 32 {
                key.truncate(32);
                return Some(key);
            }
        }
    }
}

fn padded(password: &[u8]) -> [u8; 32] {
    let mut padded = PADDING;
    let bytes = password.iter().chain(&PADDING);
    for (target, byte) in padded.iter_mut().zip(bytes) {
        *target = *byte;
    }
    padded
}

/// Algorithms 5 and 7: each octet of the key combined with the number of the round.
fn turned(key: &[u8], round: u8) -> Vec<u8> {
    key.iter().map(|byte| byte ^ round).collect()
}
