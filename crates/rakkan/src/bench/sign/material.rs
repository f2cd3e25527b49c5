//! Keys, certificates and documents to measure with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RsaKeyPair};
use der::pem::LineEnding;
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::extension;
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;

use crate::key::{Digest, KeyChoice, LocalKey, Padding, PasswordSource};
use crate::moment::now;

/// A key with its certificate, in files as users have them.
pub struct Material {
    /// PEM, PKCS#8.
    pub key_file: PathBuf,
    /// PEM.
    pub certificate_file: PathBuf,
    folder: PathBuf,
    name: &'static str,
}

impl Material {
    /// Makes a key and a certificate for it.
    pub fn new(folder: &Path, name: &'static str, rsa: bool) -> anyhow::Result<Self> {
        let (pkcs8, spki) = if rsa {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
            let spki = AsDer::<PublicKeyX509Der>::as_der(pair.public_key())?.as_ref().to_vec();
            (AsDer::<Pkcs8V1Der>::as_der(&pair)?.as_ref().to_vec(), spki)
        } else {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)?;
            let spki = AsDer::<PublicKeyX509Der>::as_der(pair.public_key())?.as_ref().to_vec();
            (pair.to_pkcs8v1()?.as_ref().to_vec(), spki)
        };
        let ca =
            DevelopmentCa::root(&CaPlan::in_memory("bench", "Bench CA (DEMO, NOT VALID)"), now(), &SystemRandomness)?;
        let subject = distinguished_name("Bench", "Bench Signer").context("the subject")?;
        let certificate = ca.certify(&subject, &spki, extension::signer()?, 30 * 86_400, (now(), &SystemRandomness))?;
        let material = Self {
            key_file: folder.join(format!("{name}.key")),
            certificate_file: folder.join(format!("{name}.crt")),
            folder: folder.to_owned(),
            name,
        };
        let pem = |label, der: &[u8]| der::pem::encode_string(label, LineEnding::LF, der).map_err(anyhow::Error::msg);
        std::fs::write(&material.key_file, pem("PRIVATE KEY", &pkcs8)?)?;
        std::fs::write(&material.certificate_file, pem("CERTIFICATE", &certificate)?)?;
        Ok(material)
    }

    /// The key, read as the command line reads it.
    pub fn key(&self, digest: Option<Digest>, padding: Padding) -> anyhow::Result<LocalKey> {
        let choice = KeyChoice {
            key: self.key_file.clone(),
            certificate: Some(&self.certificate_file),
            password: PasswordSource::Terminal,
            digest,
            padding,
        };
        Ok(LocalKey::open(&choice)?)
    }

    /// The same as PKCS#12 under the password `test`, for programs that want that. Made by openssl.
    pub fn pkcs12(&self) -> anyhow::Result<PathBuf> {
        let path = self.folder.join(format!("{}.p12", self.name));
        let output = Command::new("openssl")
            .args(["pkcs12", "-export", "-passout", "pass:test", "-inkey"])
            .arg(&self.key_file)
            .arg("-in")
            .arg(&self.certificate_file)
            .arg("-out")
            .arg(&path)
            .output()
            .context("openssl")?;
        ensure!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
        Ok(path)
    }
}

/// A one-page PDF of about this many bytes; the bulk is a stream, as in files of people.
pub fn pdf(bytes: usize) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    let length = bytes.saturating_sub(600);
    let filler: Vec<u8> =
        (0..length).map(|at| (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]).collect();
    let head = format!("<< /Length {length} >>\nstream\n").into_bytes();
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>".to_vec(),
        [&head[..], &filler, b"\nendstream"].concat(),
    ];
    for (at, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend_from_slice(format!("{} 0 obj\n", at + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let xref = out.len();
    out.extend_from_slice(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).as_bytes());
    for offset in &offsets {
        out.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    let trailer = format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{xref}\n%%EOF\n", offsets.len() + 1);
    out.extend_from_slice(trailer.as_bytes());
    out
}
