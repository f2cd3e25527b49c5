//! Names, ids and the text form of keys that verify notes. C2SP signed-note, "Signatures" and "Verifier keys".

use std::fmt;
use std::str::FromStr;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// Signature type "Ed25519 as in signed-note"; the only one that is made or verified here.
const ED25519: u8 = 0x01;

/// The name of a key, by custom the log's origin: not empty, without spaces, `+` or control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// Takes a name; `None` if it cannot be one.
    pub fn new(name: &str) -> Option<Self> {
        let allowed = |c: char| !c.is_whitespace() && !c.is_ascii_control() && c != '+';
        (!name.is_empty() && name.chars().all(allowed)).then(|| KeyName(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Tells keys of one name apart. Four bytes: a label, not a fingerprint to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Takes the bytes as they stand before the signature.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        KeyId(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

/// Eight hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// A public Ed25519 key with its name; its text is `<name>+<id>+<base64 of type and key>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    id: KeyId,
    public_key: [u8; 32],
}

impl VerifierKey {
    /// Names a public key.
    pub fn new(name: KeyName, public_key: [u8; 32]) -> Self {
        let hash = Sha256::new()
            .chain_update(name.as_str())
            .chain_update([b'\n', ED25519])
            .chain_update(public_key)
            .finalize();
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash);
        VerifierKey { name, id: KeyId([a, b, c, d]), public_key }
    }

    /// Its name.
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// Its id, made from name and key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The key as in RFC 8032.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [[ED25519].as_slice(), &self.public_key].concat();
        write!(f, "{}+{}+{}", self.name, self.id, Base64::encode_string(&typed))
    }
}

/// The text is not a verifier key, or not of a kind that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an Ed25519 verifier key: expected <name>+<8 hexadecimal digits>+<base64>, with the id that belongs to name and key"
)]
pub struct InvalidVerifierKey;

impl FromStr for VerifierKey {
    type Err = InvalidVerifierKey;

    fn from_str(text: &str) -> Result<Self, InvalidVerifierKey> {
        let key = parse(text).ok_or(InvalidVerifierKey)?;
        // The id has to be the one that belongs to name and key, in its one spelling.
        if key.to_string() == text { Ok(key) } else { Err(InvalidVerifierKey) }
    }
}

fn parse(text: &str) -> Option<VerifierKey> {
    let (name, rest) = text.split_once('+')?;
    let (_, encoded) = rest.split_once('+')?;
    let typed = Base64::decode_vec(encoded).ok()?;
    let (&ED25519, public_key) = typed.split_first()? else {
        return None;
    };
    Some(VerifierKey::new(KeyName::new(name)?, public_key.try_into().ok()?))
}
