//! Keys and certificates for tests: a root, signers, a time-stamping authority.

use ades::crypto::SignatureAlgorithm;
use ades::x509::Certificate;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::{digest, encoding};

use super::der::{bits, generalized_time, int, octets, oid, seq, set, tlv, utc_time, utf8};

const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";

pub enum Key {
    P256(EcdsaKeyPair),
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

    pub fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => key.sign(&random(), message).unwrap().as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut value = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random(), message, &mut value).unwrap();
                value
            }
        }
    }

    fn spki(&self) -> Vec<u8> {
        use encoding::AsDer;
        match self {
            Self::P256(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
            Self::Rsa(key) => key.public_key().as_der().unwrap().as_ref().to_vec(),
        }
    }

    fn algorithm(&self) -> Vec<u8> {
        match self {
            Self::P256(_) => seq(&[&oid(ECDSA_SHA256)]),
            Self::Rsa(_) => seq(&[&oid(RSA_SHA256), &[5, 0]]),
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

    pub fn issue(&self, subject: &str, key: &Key, serial: u64, purpose: &Purpose) -> Vec<u8> {
        certificate((&self.name, &self.key), (subject, key), serial, purpose, "480101000000Z")
    }
}

/// A key with its certificate.
pub struct Signer {
    key: Key,
    certificate: Vec<u8>,
}

impl Signer {
    pub fn p256(authority: &Authority, name: &str) -> Self {
        Self::with_key(authority, name, Key::p256(), &Purpose::Signing)
    }

    pub fn rsa(authority: &Authority, name: &str) -> Self {
        Self::with_key(authority, name, Key::rsa(), &Purpose::Signing)
    }

    pub fn with_key(authority: &Authority, name: &str, key: Key, purpose: &Purpose) -> Self {
        // A serial number whose first bit would be a sign.
        let certificate = authority.issue(name, &key, 0xfedc_ba98_7654_3210, purpose);
        Self { key, certificate }
    }

    pub fn certificate(&self) -> Certificate {
        Certificate::from_der(&self.certificate).unwrap()
    }

    pub fn algorithm(&self) -> SignatureAlgorithm {
        match self.key {
            Key::P256(_) => SignatureAlgorithm::EcdsaSha256,
            Key::Rsa(_) => SignatureAlgorithm::RsaPkcs1Sha256,
        }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.key.sign(message)
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

pub fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

impl Tsa {
    pub fn new(authority: &Authority) -> Self {
        Self::with_purpose(authority, &Purpose::TimeStamping)
    }

    pub fn with_purpose(authority: &Authority, purpose: &Purpose) -> Self {
        let key = Key::p256();
        let serial = 77;
        let certificate = authority.issue("Test TSA, NOT VALID", &key, serial, purpose);
        Self { key, name: authority.name.clone(), serial, certificate, omit_certificate: false, ballast: Vec::new() }
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
