//! Local signing keys: read from PEM or PKCS#12 files, matched with their certificates, checked before they are used.

mod error;
mod pair;
mod password;
mod pbe;
mod pem;
mod pkcs12;

use std::path::{Path, PathBuf};

use ades::crypto::{AwsLc, CryptoProvider, SignatureAlgorithm};
use ades::x509::Certificate;
use zeroize::Zeroizing;

pub use error::KeyError;
pub use pair::{Digest, Padding, PrivateKey, algorithm_for, digest_name};
pub use password::{PasswordError, PasswordSource};

use pbe::Unopened;
use pem::Label;

/// No key file is larger.
const LARGEST_FILE: u64 = 4 << 20;

/// A key with its certificate and those above it.
pub struct LocalKey {
    key: PrivateKey,
    /// The certificate of the key.
    pub certificate: Certificate,
    /// Those above it, from its issuer upwards, as far as they were given; the root is left out.
    pub chain: Vec<Certificate>,
    /// The algorithm that is used.
    pub algorithm: SignatureAlgorithm,
}

/// What a user says about a key.
#[derive(Debug, Clone, Default)]
pub struct KeyChoice<'a> {
    /// PEM or PKCS#12 file.
    pub key: PathBuf,
    /// File with certificates.
    pub certificate: Option<&'a Path>,
    /// Where the password comes from.
    pub password: PasswordSource,
    /// Digest, if not the usual one.
    pub digest: Option<Digest>,
    /// RSA padding.
    pub padding: Padding,
}

impl LocalKey {
    /// Reads the key and finds its certificate among those given.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open(choice: &KeyChoice<'_>) -> Result<Self, KeyError> {
        let path = &choice.key;
        let bytes = Zeroizing::new(read(path)?);
        let mut found = if pkcs12::is_pkcs12(&bytes) {
            open_pkcs12(path, &bytes, &choice.password)?
        } else {
            open_pem(path, &bytes, &choice.password)?
        };
        if let Some(file) = choice.certificate {
            // Those named on the command line come first: they may be newer than those beside the key.
            let more = certificates_in(file)?;
            found.certificates.splice(0..0, more);
        }
        let key = match (found.keys.pop(), found.keys.len()) {
            (None, _) => return Err(KeyError::NoKey(path.clone())),
            (Some(key), 0) => key,
            (Some(_), others) => return Err(KeyError::SeveralKeys { path: path.clone(), count: others + 1 }),
        };
        let key = PrivateKey::from_der(&key).ok_or_else(|| KeyError::UnsuitableKey(path.clone()))?;
        if found.certificates.is_empty() {
            return Err(KeyError::CertificateMissing(path.clone()));
        }
        let algorithm = algorithm_for(key.kind(), choice.digest, choice.padding)
            .map_err(|unfit| unfit.into_error(path, choice.digest))?;
        let position = found.certificates.iter().position(|one| belongs(&key, algorithm, one));
        let position = position.ok_or_else(|| KeyError::Mismatch(path.clone()))?;
        let certificate = found.certificates.swap_remove(position);
        let chain = chain_above(&certificate, &found.certificates);
        Ok(Self { key, certificate, chain, algorithm })
    }

    /// Refuses a certificate that is not valid at `now`.
    ///
    /// # Errors
    /// [`KeyError::Expired`], [`KeyError::NotYetValid`].
    pub fn require_valid(&self, now: u64) -> Result<(), KeyError> {
        require_valid(&self.certificate, now)
    }

    /// Signs a message.
    ///
    /// # Errors
    /// [`KeyError::Signing`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.key.sign(self.algorithm, message).ok_or(KeyError::Signing)
    }
}

/// Refuses a certificate that is not valid at `now`.
///
/// # Errors
/// [`KeyError::Expired`], [`KeyError::NotYetValid`].
pub fn require_valid(certificate: &Certificate, now: u64) -> Result<(), KeyError> {
    let subject = || subject_of(certificate);
    if now > certificate.not_after() {
        return Err(KeyError::Expired { subject: subject(), date: crate::moment::utc(certificate.not_after()) });
    }
    if now < certificate.not_before() {
        return Err(KeyError::NotYetValid { subject: subject(), date: crate::moment::utc(certificate.not_before()) });
    }
    Ok(())
}

/// Whom a certificate names, in short.
pub fn subject_of(certificate: &Certificate) -> String {
    let name = certificate.subject();
    name.common_name().or_else(|| name.organization()).unwrap_or_else(|| name.to_string())
}

/// The certificates in a PEM or DER file, in their order.
///
/// # Errors
/// [`KeyError`].
pub fn certificates_in(path: &Path) -> Result<Vec<Certificate>, KeyError> {
    let damaged = || KeyError::Damaged { path: path.to_owned(), what: "a certificate" };
    let bytes = read(path)?;
    if bytes.first() == Some(&0x30) {
        return Ok(vec![Certificate::from_der(&bytes).map_err(|_| damaged())?]);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| KeyError::NoCertificate(path.to_owned()))?;
    let blocks = pem::blocks(text).ok_or_else(damaged)?;
    let certificates = blocks.iter().filter(|block| block.label == Label::Certificate);
    let certificates: Vec<_> =
        certificates.map(|block| Certificate::from_der(&block.der)).collect::<Result<_, _>>().map_err(|_| damaged())?;
    if certificates.is_empty() { Err(KeyError::NoCertificate(path.to_owned())) } else { Ok(certificates) }
}

fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    let read = || {
        if std::fs::metadata(path)?.len() > LARGEST_FILE {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "larger than any key file"));
        }
        std::fs::read(path)
    };
    read().map_err(|source| KeyError::Read { path: path.to_owned(), source })
}

/// What a key file holds.
struct Found {
    keys: Vec<Zeroizing<Vec<u8>>>,
    certificates: Vec<Certificate>,
}

fn open_pkcs12(path: &Path, bytes: &[u8], source: &PasswordSource) -> Result<Found, KeyError> {
    let named = || path.display().to_string();
    let contents = match source.given()? {
        Some(password) => pkcs12::open(bytes, &password),
        // Many files have an empty password; nobody is asked for that.
        None => match pkcs12::open(bytes, "") {
            Err(Unopened::WrongPassword) => pkcs12::open(bytes, &source.require(&named())?),
            other => other,
        },
    };
    let contents = contents.map_err(|unopened| key_error(path, unopened))?;
    let certificates = contents.certificates.iter().map(|der| Certificate::from_der(der));
    let certificates = certificates
        .collect::<Result<_, _>>()
        .map_err(|_| KeyError::Damaged { path: path.to_owned(), what: "a certificate" })?;
    Ok(Found { keys: contents.keys, certificates })
}

fn open_pem(path: &Path, bytes: &[u8], source: &PasswordSource) -> Result<Found, KeyError> {
    let damaged = |what| KeyError::Damaged { path: path.to_owned(), what };
    let mut found = Found { keys: Vec::new(), certificates: Vec::new() };
    if bytes.first() == Some(&0x30) {
        // A bare DER key.
        found.keys.push(Zeroizing::new(bytes.to_vec()));
        return Ok(found);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| KeyError::NoKey(path.to_owned()))?;
    for block in pem::blocks(text).ok_or_else(|| damaged("a PEM block"))? {
        match block.label {
            Label::Certificate => {
                found.certificates.push(Certificate::from_der(&block.der).map_err(|_| damaged("a certificate"))?);
            }
            Label::PrivateKey => found.keys.push(block.der),
            Label::EncryptedPrivateKey => {
                let password = source.require(&path.display().to_string())?;
                let key = pbe::decrypt_key(&block.der, &password).map_err(|unopened| key_error(path, unopened))?;
                found.keys.push(key);
            }
            Label::OldEncryption => {
                let scheme = "OpenSSL's old PEM encryption".into();
                return Err(KeyError::Protection { path: path.to_owned(), scheme });
            }
        }
    }
    Ok(found)
}

fn key_error(path: &Path, unopened: Unopened) -> KeyError {
    let path = path.to_owned();
    match unopened {
        Unopened::WrongPassword => KeyError::WrongPassword(path),
        Unopened::Unsupported(scheme) => KeyError::Protection { path, scheme },
        Unopened::Damaged(what) => KeyError::Damaged { path, what },
    }
}

/// Whether the certificate is of this key: by its bytes, or else by a signature that verifies (encodings of one key differ).
fn belongs(key: &PrivateKey, algorithm: SignatureAlgorithm, certificate: &Certificate) -> bool {
    if key.spki().as_deref() == Some(certificate.spki_der()) {
        return true;
    }
    const PROBE: &[u8] = b"rakkan: does this key belong to this certificate?";
    key.sign(algorithm, PROBE)
        .is_some_and(|value| AwsLc.verify(certificate.spki_der(), algorithm, PROBE, &value).is_ok())
}

/// The certificates above `certificate`, each the issuer of the one before, without a self-signed one.
fn chain_above(certificate: &Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut chain: Vec<Certificate> = Vec::new();
    loop {
        let last = chain.last().unwrap_or(certificate);
        let issuer = others.iter().find(|other| {
            !other.is_self_issued() && !chain.contains(other) && last.verify_issued_by(other, &AwsLc).is_ok()
        });
        match issuer {
            Some(issuer) => chain.push(issuer.clone()),
            None => return chain,
        }
    }
}
