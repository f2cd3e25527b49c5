//! Decryption under a password. PKCS#5 schemes (RFC 8018) by `pkcs5`; the older ones of PKCS#12 (RFC 7292 appendix C) here.

use aws_lc_rs::digest::{self, Context};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyIvInit};
use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{AnyRef, Decode, Sequence};
use zeroize::Zeroizing;

/// More iterations are not made: a hostile file would keep the program busy for hours.
pub const MOST_ITERATIONS: u32 = 20_000_000;

/// Something protected by a password cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unopened {
    /// The password is wrong (or the ciphertext was altered: the two look alike).
    WrongPassword,
    /// A scheme that is not known, by its identifier.
    Unsupported(String),
    /// Bytes that are not what they should be.
    Damaged(&'static str),
}

/// `AlgorithmIdentifier` as far as it is looked at here.
#[derive(Debug, Clone, Copy, Sequence)]
pub struct Algorithm<'a> {
    /// Identifier.
    pub oid: ObjectIdentifier,
    /// Parameters.
    pub parameters: Option<AnyRef<'a>>,
}

/// RFC 5958 3; also RFC 5208 6.
#[derive(Debug, Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    algorithm: AnyRef<'a>,
    data: &'a OctetStringRef,
}

/// RFC 7292 appendix C.
#[derive(Debug, Sequence)]
struct Pkcs12Parameters<'a> {
    salt: &'a OctetStringRef,
    iterations: u32,
}

/// Decrypts an `EncryptedPrivateKeyInfo`; the answer is DER of PKCS#8.
pub fn decrypt_key(der: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let info = EncryptedPrivateKeyInfo::from_der(der).map_err(|_| Unopened::Damaged("the encrypted key"))?;
    let algorithm = der::Encode::to_der(&info.algorithm).map_err(|_| Unopened::Damaged("the encrypted key"))?;
    decrypt(&algorithm, password, info.data.as_bytes())
}

/// Decrypts under a password by the scheme in `algorithm`, DER of an `AlgorithmIdentifier`.
pub fn decrypt(algorithm: &[u8], password: &str, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    const WHAT: &str = "the encryption scheme";
    let named = Algorithm::from_der(algorithm).map_err(|_| Unopened::Damaged(WHAT))?;
    if let Some(cipher) = OldCipher::from_oid(&named.oid) {
        let parameters = named.parameters.and_then(|any| any.decode_as::<Pkcs12Parameters<'_>>().ok());
        let parameters = parameters.ok_or(Unopened::Damaged(WHAT))?;
        if parameters.iterations > MOST_ITERATIONS {
            return Err(Unopened::Unsupported(format!("{} iterations", parameters.iterations)));
        }
        return cipher.decrypt(password, &parameters, ciphertext);
    }
    let unsupported = || Unopened::Unsupported(named.oid.to_string());
    let scheme = pkcs5::EncryptionScheme::from_der(algorithm).map_err(|_| unsupported())?;
    let parameters = scheme.pbes2().ok_or_else(unsupported)?;
    if let Some(kdf) = parameters.kdf.pbkdf2()
        && kdf.iteration_count > MOST_ITERATIONS
    {
        return Err(Unopened::Unsupported(format!("{} iterations", kdf.iteration_count)));
    }
    match parameters.decrypt(password.as_bytes(), ciphertext) {
        Ok(plain) => Ok(Zeroizing::new(plain)),
        Err(pkcs5::Error::UnsupportedAlgorithm { oid }) => Err(Unopened::Unsupported(oid.to_string())),
        Err(_) => Err(Unopened::WrongPassword),
    }
}

/// Ciphers of the PKCS#12 schemes, always with SHA-1 in the key derivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OldCipher {
    TripleDes,
    Rc2 { bits: usize },
}

impl OldCipher {
    fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        const TRIPLE_DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
        const RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
        const RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");
        match *oid {
            TRIPLE_DES => Some(Self::TripleDes),
            RC2_128 => Some(Self::Rc2 { bits: 128 }),
            RC2_40 => Some(Self::Rc2 { bits: 40 }),
            _ => None,
        }
    }

    fn decrypt(
        self,
        password: &str,
        parameters: &Pkcs12Parameters<'_>,
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let key_len = match self {
            Self::TripleDes => 24,
            Self::Rc2 { bits } => bits / 8,
        };
        let secret = bmp_string(password);
        let derive = |purpose, length| {
            let salt = parameters.salt.as_bytes();
            derive(&digest::SHA1_FOR_LEGACY_USE_ONLY, purpose, &secret, salt, parameters.iterations, length)
        };
        let (key, iv) = (derive(Purpose::Key, key_len), derive(Purpose::Iv, 8));
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let wrong = |_| Unopened::WrongPassword;
        let damaged = |_| Unopened::Damaged("the encryption scheme");
        let length = match self {
            Self::TripleDes => {
                let cipher = cbc::Decryptor::<des::TdesEde3>::new_from_slices(&key, &iv).map_err(damaged)?;
                cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(wrong)?.len()
            }
            Self::Rc2 { bits } => {
                let cipher = rc2::Rc2::new_with_eff_key_len(&key, bits);
                let cipher = cbc::Decryptor::inner_iv_slice_init(cipher, &iv).map_err(damaged)?;
                cipher.decrypt_padded::<Pkcs7>(&mut buffer).map_err(wrong)?.len()
            }
        };
        buffer.truncate(length);
        Ok(buffer)
    }
}

/// What derived bytes are for. RFC 7292 appendix B.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A cipher's key.
    Key = 1,
    /// An initial value.
    Iv = 2,
    /// A MAC's key.
    Mac = 3,
}

/// The password as RFC 7292 appendix B.1 wants it: UTF-16, big-endian, with its terminator.
pub fn bmp_string(password: &str) -> Zeroizing<Vec<u8>> {
    let units = password.encode_utf16().chain([0]);
    Zeroizing::new(units.flat_map(u16::to_be_bytes).collect())
}

/// Key derivation of RFC 7292 appendix B.2. `iterations` below 1 count as 1.
pub fn derive(
    hash: &'static digest::Algorithm,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let filled =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(block * bytes.len().div_ceil(block)).collect() };
    let diversifier = vec![purpose as u8; block];
    let mut input = Zeroizing::new([filled(salt), filled(password)].concat());
    let mut output = Zeroizing::new(Vec::with_capacity(length + hash.output_len()));
    while output.len() < length {
        let mut context = Context::new(hash);
        context.update(&diversifier);
        context.update(&input);
        let mut round = context.finish();
        for _ in 1..iterations {
            round = digest::digest(hash, round.as_ref());
        }
        output.extend_from_slice(round.as_ref());
        // Each block of the input grows by the round's output, repeated to a block, plus one.
        for part in input.chunks_exact_mut(block) {
            let mut carry = 1_u16;
            for (at, octet) in part.iter_mut().enumerate().rev() {
                let sum = u16::from(*octet) + u16::from(round.as_ref()[at % hash.output_len()]) + carry;
                *octet = sum.to_le_bytes()[0];
                carry = sum >> 8;
            }
        }
    }
    output.truncate(length);
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answers_of_the_derivation_come_out() {
        // Values that OpenSSL and Bouncy Castle agree on ("smeg", salt 0A58CF64530D823F, one round).
        let password = bmp_string("smeg");
        let salt = [0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
        let sha1 = &digest::SHA1_FOR_LEGACY_USE_ONLY;
        let key = derive(sha1, Purpose::Key, &password, &salt, 1, 24);
        let hex: String = key.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hex, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3");
        let iv = derive(sha1, Purpose::Iv, &password, &salt, 1, 8);
        let hex: String = iv.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hex, "79993dfe048d3b76");
    }

    #[test]
    fn an_unknown_scheme_is_named() {
        // PBES1 with MD5 and DES.
        let algorithm = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x03, 0x05, 0x00];
        let error = decrypt(&algorithm, "x", &[0; 16]).unwrap_err();
        assert_eq!(error, Unopened::Unsupported("1.2.840.113549.1.5.3".into()));
        assert_eq!(decrypt(b"nonsense", "x", &[]).unwrap_err(), Unopened::Damaged("the encryption scheme"));
    }
}
