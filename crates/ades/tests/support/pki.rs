//! Keys and certificates for tests: authorities with revocation lists and OCSP responders, signers, a time-stamping authority.

use ades::crypto::{SignatureAlgorithm, SignatureScheme};
use ades::tsp::Imprint;
use ades::x509::Certificate;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use aws_lc_rs::{digest, encoding};

use super::der::{bits, generalized_time, int, octets, oid, seq, set, tlv, utc_time, utf8};

const SHA256: &str = "2.16.840.1.101.3.4.2.1";

pub enum Key {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    P521(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

#[allow(clippy::disallowed_methods, reason = "test keys may be random")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

impl Key {
    pub fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
    }

    pub fn p384() -> Self {
        Self::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap())
    }

    pub fn p521() -> Self {
        Self::P521(EcdsaKeyPair::generate(&ECDSA_P521_SHA512_ASN1_SIGNING).unwrap())
    }

    pub fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub fn rsa3072() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa3072).unwrap())
    }

    /// A key that can make such signatures.
    pub fn for_algorithm(algorithm: SignatureAlgorithm) -> Self {
        match (algorithm.scheme(), algorithm.digest().output_len()) {
            (SignatureScheme::Ed25519, _) => Self::ed25519(),
            (SignatureScheme::Ecdsa, 32) => Self::p256(),
            (SignatureScheme::Ecdsa, 48) => Self::p384(),
            (SignatureScheme::Ecdsa, _) => Self::p521(),
            _ => Self::rsa(),
        }
    }

    /// The algorithm that [`sign`](Self::sign) uses.
    pub fn default_algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::P256(_) => SignatureAlgorithm::EcdsaSha256,
            Self::P384(_) => SignatureAlgorithm::EcdsaSha384,
            Self::P521(_) => SignatureAlgorithm::EcdsaSha512,
            Self::Ed25519(_) => SignatureAlgorithm::Ed25519,
            Self::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_as(self.default_algorithm(), message)
    }

    /// Signs by any algorithm that fits the key.
    pub fn sign_as(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        use SignatureAlgorithm as A;
        match self {
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Self::P256(key) | Self::P384(key) | Self::P521(key) => {
                let made_by = match self {
                    Self::P256(_) => &digest::SHA256,
                    Self::P384(_) => &digest::SHA384,
                    _ => &digest::SHA512,
                };
                let hash = algorithm.digest().digest(message);
                // The key pair is bound to one digest; of another it takes one of the same length.
                let hash = digest::Digest::import_less_safe(&hash, made_by).unwrap();
                key.sign_digest(&hash).unwrap().as_ref().to_vec()
            }
            Self::Rsa(key) => {
                let encoding: &dyn RsaEncoding = match algorithm {
                    A::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
                    A::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
                    A::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
                    A::RsaPssSha256 => &RSA_PSS_SHA256,
                    A::RsaPssSha384 => &RSA_PSS_SHA384,
                    A::RsaPssSha512 => &RSA_PSS_SHA512,
                    other => panic!("{other:?} is not for RSA"),
                };
                let mut value = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random(), message, &mut value).unwrap();
                value
            }
        }
    }

    fn spki(&self) -> Vec<u8> {
        use encoding::AsDer;
        match self {
            Self::P256(key) | Self::P384(key) | Self::P521(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Rsa(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
        }
    }

    /// SHA-1 of the key bits: what OCSP and key identifiers name a key by.
    fn identifier(&self) -> Vec<u8> {
        let spki = self.spki();
        let bits = match self {
            Self::Rsa(key) => key.public_key().as_ref().to_vec(),
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
            Self::P256(key) | Self::P384(key) | Self::P521(key) => key.public_key().as_ref().to_vec(),
        };
        assert!(spki.ends_with(&bits));
        sha1(&bits)
    }

    fn algorithm(&self) -> Vec<u8> {
        let identifier = oid(&self.default_algorithm().oid().to_string());
        match self {
            Self::Rsa(_) => seq(&[&identifier, &[5, 0]]),
            _ => seq(&[&identifier]),
        }
    }
}

/// What a certificate is for.
pub enum Purpose {
    Authority,
    Signing,
    /// Key usage without digitalSignature and nonRepudiation.
    Encryption,
    TimeStamping,
    OcspSigning,
    /// Time-stamping, but the extension is not critical.
    LaxTimeStamping,
}

pub fn name(common_name: &str) -> Vec<u8> {
    seq(&[&set(&[&seq(&[&oid("2.5.4.6"), &tlv(0x13, b"JP")])]), &set(&[&seq(&[&oid("2.5.4.3"), &utf8(common_name)])])])
}

pub fn certificate(
    issuer: (&str, &Key),
    subject: (&str, &Key),
    serial: u64,
    purpose: &Purpose,
    not_after: &str,
) -> Vec<u8> {
    let extension = |id: &str, critical: bool, value: Vec<u8>| {
        let critical: Vec<u8> = if critical { vec![1, 1, 0xff] } else { vec![] };
        seq(&[&oid(id), &critical, &octets(&value)])
    };
    let key_usage = |unused: u8, byte: u8| extension("2.5.29.15", true, tlv(3, &[unused, byte]));
    let time_stamping = |critical| extension("2.5.29.37", critical, seq(&[&oid("1.3.6.1.5.5.7.3.8")]));
    let extensions = match purpose {
        Purpose::Authority => [extension("2.5.29.19", true, seq(&[&[1, 1, 0xff]])), key_usage(1, 0x06)].concat(),
        Purpose::Signing => [
            key_usage(6, 0xc0),
            extension("2.5.29.31", false, seq(&[&seq(&[&tlv(0xa0, &tlv(0xa0, &tlv(0x86, b"http://ca.test/crl")))])])),
            extension(
                "1.3.6.1.5.5.7.1.1",
                false,
                seq(&[
                    &seq(&[&oid("1.3.6.1.5.5.7.48.1"), &tlv(0x86, b"http://ca.test/ocsp")]),
                    &seq(&[&oid("1.3.6.1.5.5.7.48.2"), &tlv(0x86, b"http://ca.test/ca.cer")]),
                ]),
            ),
        ]
        .concat(),
        Purpose::Encryption => key_usage(5, 0x20),
        // id-pkix-ocsp-nocheck: who answers is not asked about.
        Purpose::OcspSigning => [
            key_usage(7, 0x80),
            extension("2.5.29.37", false, seq(&[&oid("1.3.6.1.5.5.7.3.9")])),
            extension("1.3.6.1.5.5.7.48.1.5", false, vec![5, 0]),
        ]
        .concat(),
        Purpose::TimeStamping => [key_usage(7, 0x80), time_stamping(true)].concat(),
        Purpose::LaxTimeStamping => [key_usage(7, 0x80), time_stamping(false)].concat(),
    };
    let tbs = seq(&[
        &tlv(0xa0, &int(2)),
        &int(serial),
        &issuer.1.algorithm(),
        &name(issuer.0),
        &seq(&[&utc_time("240101000000Z"), &utc_time(not_after)]),
        &name(subject.0),
        &subject.1.spki(),
        &tlv(0xa3, &seq(&[&extensions])),
    ]);
    seq(&[&tbs, &issuer.1.algorithm(), &bits(&issuer.1.sign(&tbs))])
}

/// A root certification authority.
pub struct Authority {
    name: String,
    key: Key,
    certificate: Vec<u8>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = Key::p256();
        let certificate = certificate((name, &key), (name, &key), 1, &Purpose::Authority, "491231235959Z");
        Self { name: name.to_owned(), key, certificate }
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.certificate).unwrap()
    }

    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    /// An authority under this one.
    pub fn subordinate(&self, name: &str, serial: u64) -> Self {
        let key = Key::p256();
        let certificate = self.issue(name, &key, serial, &Purpose::Authority);
        Self { name: name.to_owned(), key, certificate }
    }

    /// `CertificateList` with these serial numbers, revoked an hour before `this_update`.
    pub fn crl(&self, revoked: &[u64], this_update: u64, next_update: u64) -> Vec<u8> {
        let entries: Vec<u8> =
            revoked.iter().flat_map(|serial| seq(&[&int(*serial), &utc_time(&utc(this_update - 3_600))])).collect();
        let entries = if entries.is_empty() { vec![] } else { tlv(0x30, &entries) };
        let number = seq(&[&oid("2.5.29.20"), &octets(&int(this_update))]);
        let key_identifier = tlv(0x80, &self.key.identifier());
        let authority = seq(&[&oid("2.5.29.35"), &octets(&seq(&[&key_identifier]))]);
        let tbs = seq(&[
            &int(1),
            &self.key.algorithm(),
            &name(&self.name),
            &utc_time(&utc(this_update)),
            &utc_time(&utc(next_update)),
            &entries,
            &tlv(0xa0, &seq(&[&authority, &number])),
        ]);
        seq(&[&tbs, &self.key.algorithm(), &bits(&self.key.sign(&tbs))])
    }

    /// A responder for this authority's certificates.
    pub fn responder(&self, serial: u64) -> Responder {
        let key = Key::p256();
        let certificate = self.issue("Test OCSP, NOT VALID", &key, serial, &Purpose::OcspSigning);
        Responder {
            key,
            certificate: Some(certificate),
            issuer_name: sha1(&name(&self.name)),
            issuer_key: self.key.identifier(),
        }
    }

    pub fn issue(&self, subject: &str, key: &Key, serial: u64, purpose: &Purpose) -> Vec<u8> {
        certificate((&self.name, &self.key), (subject, key), serial, purpose, "480101000000Z")
    }
}

/// What an OCSP responder says about a certificate.
#[derive(Debug, Clone, Copy)]
pub enum Said {
    Good,
    /// At this time.
    Revoked(u64),
    Unknown,
}

/// An OCSP responder that answers whatever it is told to.
pub struct Responder {
    pub key: Key,
    /// Put into the answer; `None` leaves it out.
    pub certificate: Option<Vec<u8>>,
    pub issuer_name: Vec<u8>,
    pub issuer_key: Vec<u8>,
}

impl Responder {
    /// Successful `OCSPResponse` about one serial number.
    pub fn answer(&self, serial: u64, said: Said, this_update: u64, next_update: Option<u64>) -> Vec<u8> {
        let sha1 = seq(&[&oid("1.3.14.3.2.26"), &[5, 0]]);
        let id = seq(&[&sha1, &octets(&self.issuer_name), &octets(&self.issuer_key), &int(serial)]);
        let status = match said {
            Said::Good => tlv(0x80, &[]),
            Said::Revoked(at) => tlv(0xa1, &generalized_time(&generalized(at))),
            Said::Unknown => tlv(0x82, &[]),
        };
        let next = next_update.map(|time| tlv(0xa0, &generalized_time(&generalized(time)))).unwrap_or_default();
        let single = seq(&[&id, &status, &generalized_time(&generalized(this_update)), &next]);
        let data = seq(&[
            &tlv(0xa2, &octets(&self.key.identifier())),
            &generalized_time(&generalized(this_update)),
            &seq(&[&single]),
        ]);
        let certificates = self.certificate.as_ref().map(|der| tlv(0xa0, &seq(&[der]))).unwrap_or_default();
        let basic = seq(&[&data, &self.key.algorithm(), &bits(&self.key.sign(&data)), &certificates]);
        let bytes = seq(&[&oid("1.3.6.1.5.5.7.48.1.1"), &octets(&basic)]);
        seq(&[&tlv(0x0a, &[0]), &tlv(0xa0, &bytes)])
    }
}

/// YYMMDDHHMMSSZ of a time between 2000 and 2049.
pub fn utc(unix: u64) -> String {
    generalized(unix).split_off(2)
}

/// YYYYMMDDHHMMSSZ.
pub fn generalized(unix: u64) -> String {
    let (mut day, second) = (unix / 86_400, unix % 86_400);
    let mut year = 1970;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{:02}{:02}{hour:02}{minute:02}{second:02}Z", month + 1, day + 1)
}

/// A key with its certificate.
pub struct Signer {
    key: Key,
    algorithm: SignatureAlgorithm,
    certificate: Vec<u8>,
}

/// Serial number of every signer's certificate: its first bit would be a sign.
pub const SIGNER_SERIAL: u64 = 0xfedc_ba98_7654_3210;
/// Serial number of every time-stamping authority's certificate.
pub const TSA_SERIAL: u64 = 77;

impl Signer {
    pub fn p256(authority: &Authority, name: &str) -> Self {
        Self::with_key(authority, name, Key::p256(), &Purpose::Signing)
    }

    pub fn rsa(authority: &Authority, name: &str) -> Self {
        Self::with_key(authority, name, Key::rsa(), &Purpose::Signing)
    }

    pub fn with_key(authority: &Authority, name: &str, key: Key, purpose: &Purpose) -> Self {
        Self::numbered(authority, name, key, purpose, SIGNER_SERIAL)
    }

    /// A signer beside others of the same authority.
    pub fn numbered(authority: &Authority, name: &str, key: Key, purpose: &Purpose, serial: u64) -> Self {
        let certificate = authority.issue(name, &key, serial, purpose);
        Self { algorithm: key.default_algorithm(), key, certificate }
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.certificate).unwrap()
    }

    /// A signer whose key fits `algorithm`, which is then the default.
    pub fn for_algorithm(authority: &Authority, algorithm: SignatureAlgorithm) -> Self {
        let mut signer = Self::with_key(authority, "Signer", Key::for_algorithm(algorithm), &Purpose::Signing);
        signer.algorithm = algorithm;
        signer
    }

    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign_as(self.algorithm, message)
    }
}

/// A time-stamping authority that signs whatever it is told to.
pub struct Tsa {
    key: Key,
    name: String,
    serial: u64,
    pub certificate: Vec<u8>,
    pub omit_certificate: bool,
    /// Bytes that are added to the token as a further certificate, to make it large.
    pub ballast: Vec<Vec<u8>>,
}

fn sha1(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref().to_vec()
}

pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

impl Tsa {
    pub fn new(authority: &Authority) -> Self {
        Self::with_purpose(authority, &Purpose::TimeStamping)
    }

    pub fn with_purpose(authority: &Authority, purpose: &Purpose) -> Self {
        let key = Key::p256();
        let serial = TSA_SERIAL;
        let certificate = authority.issue("Test TSA, NOT VALID", &key, serial, purpose);
        Self { key, name: authority.name.clone(), serial, certificate, omit_certificate: false, ballast: Vec::new() }
    }

    /// Token over any imprint, at any time.
    pub fn token_for(&self, imprint: &Imprint, nonce: Option<u64>, unix: u64) -> Vec<u8> {
        let algorithm = seq(&[&oid(&imprint.algorithm().oid().to_string())]);
        let info = seq(&[
            &int(1),
            &oid("1.3.6.1.4.1.99999.1"),
            &seq(&[&algorithm, &octets(imprint.digest())]),
            &int(4711),
            &generalized_time(&generalized(unix)),
            &nonce.map(int).unwrap_or_default(),
        ]);
        self.token_over(&info)
    }

    /// `TSTInfo` over a SHA-256 digest.
    pub fn info(&self, digest: &[u8], nonce: Option<u64>, time: &str) -> Vec<u8> {
        seq(&[
            &int(1),
            &oid("1.3.6.1.4.1.99999.1"),
            &seq(&[&seq(&[&oid(SHA256), &[5, 0]]), &octets(digest)]),
            &int(4711),
            &generalized_time(time),
            &nonce.map(int).unwrap_or_default(),
        ])
    }

    pub fn token(&self, digest: &[u8], nonce: Option<u64>, unix: u64) -> Vec<u8> {
        assert!((1_767_312_000..1_767_398_400).contains(&unix), "the tests live on 2026-01-02");
        let second = unix - 1_767_312_000;
        let time = format!("20260102{:02}{:02}{:02}.25Z", second / 3600, second / 60 % 60, second % 60);
        self.token_over(&self.info(digest, nonce, &time))
    }

    /// Token around any `TSTInfo`.
    pub fn token_over(&self, info: &[u8]) -> Vec<u8> {
        let identifier = seq(&[&octets(&sha256(&self.certificate))]);
        let attributes = [
            seq(&[&oid("1.2.840.113549.1.9.3"), &set(&[&oid("1.2.840.113549.1.9.16.1.4")])]),
            seq(&[&oid("1.2.840.113549.1.9.4"), &set(&[&octets(&sha256(info))])]),
            seq(&[&oid("1.2.840.113549.1.9.16.2.47"), &set(&[&seq(&[&seq(&[&identifier])])])]),
        ]
        .concat();
        let digest_algorithm = seq(&[&oid(SHA256)]);
        let signer = seq(&[
            &int(1),
            &seq(&[&name(&self.name), &int(self.serial)]),
            &digest_algorithm,
            &tlv(0xa0, &attributes),
            &self.key.algorithm(),
            &octets(&self.key.sign(&tlv(0x31, &attributes))),
        ]);
        let mut certificates = self.ballast.concat();
        if !self.omit_certificate {
            certificates.extend_from_slice(&self.certificate);
        }
        let signed_data = seq(&[
            &int(3),
            &set(&[&digest_algorithm]),
            &seq(&[&oid("1.2.840.113549.1.9.16.1.4"), &tlv(0xa0, &octets(info))]),
            &if certificates.is_empty() { vec![] } else { tlv(0xa0, &certificates) },
            &set(&[&signer]),
        ]);
        seq(&[&oid("1.2.840.113549.1.7.2"), &tlv(0xa0, &signed_data)])
    }

    /// `TimeStampResp` with a token.
    pub fn response(&self, digest: &[u8], nonce: Option<u64>, unix: u64) -> Vec<u8> {
        seq(&[&seq(&[&int(0)]), &self.token(digest, nonce, unix)])
    }
}
