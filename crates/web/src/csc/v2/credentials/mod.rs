//! The methods below `/csc/v2/credentials`, and how a credential is described. CSC API 2.0.0.2 11.5.

pub mod info;
pub mod list;

use csc_api::v2::credentials::info::{
    AuthInfo, CertificateInfo, CertificateStatus, Certificates, CredentialInfo, KeyInfo, KeyStatus,
};
use csc_api::{Binary, algorithm};
use ssa::oauth::MULTISIGN;
use ssa::{CertificateView, CredentialView, KeyAlgorithm};
use time::OffsetDateTime;
use time::macros::format_description;

/// What a caller wants to know of a credential.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    certificates: Certificates,
    cert_info: bool,
}

/// Facts that are the same for all credentials in one answer.
#[derive(Debug, Clone, Copy)]
struct Facts {
    now: u64,
    /// Whether the rules of the signature activation module for SCAL2 hold.
    scal2: bool,
}

/// A credential without a certificate is none in the sense of the API: it is neither listed nor described.
fn described(view: CredentialView, wanted: Wanted, facts: Facts) -> Option<CredentialInfo> {
    // A key whose certificate is not valid signs nothing here, so that it is not called enabled.
    let status = if view.can_sign_at(facts.now) { KeyStatus::Enabled } else { KeyStatus::Disabled };
    let certificate = view.certificate?;
    let (len, curve) = size(view.key_algorithm)?;
    Some(CredentialInfo {
        credential_id: None,
        description: Some(shortened(format!("{} ({})", certificate.common_name, view.ca_name))),
        signature_qualifier: None,
        key: KeyInfo { status, algo: vec![view.key_algorithm.signature_algorithm().oid().to_owned()], len, curve },
        cert: certificate_info(certificate, wanted, facts.now),
        auth: AuthInfo { mode: "oauth2code".into(), expression: None, objects: Vec::new() },
        scal: Some(if facts.scal2 { "2" } else { "1" }.into()),
        multisign: MULTISIGN,
        lang: None,
    })
}

/// Length in bits and curve. A kind of key that this API does not describe yet is not shown rather than misdescribed.
fn size(key: KeyAlgorithm) -> Option<(u32, Option<String>)> {
    match key {
        KeyAlgorithm::EcdsaP256 => Some((256, Some(algorithm::CURVE_P256.to_owned()))),
        KeyAlgorithm::Rsa2048 => Some((2048, None)),
        KeyAlgorithm::Rsa3072 => Some((3072, None)),
        KeyAlgorithm::Rsa4096 => Some((4096, None)),
        _ => None,
    }
}

fn certificate_info(certificate: CertificateView, wanted: Wanted, now: u64) -> CertificateInfo {
    let status = status_of(&certificate, now);
    let certificates = match wanted.certificates {
        Certificates::None => None,
        Certificates::Single => Some(vec![Binary(certificate.der)]),
        Certificates::Chain => Some(std::iter::once(certificate.der).chain(certificate.chain).map(Binary).collect()),
    };
    let mut info = CertificateInfo { status, certificates, ..CertificateInfo::default() };
    if wanted.cert_info {
        info.issuer_dn = Some(certificate.issuer);
        info.serial_number = Some(certificate.serial_hex);
        info.subject_dn = Some(certificate.subject);
        info.valid_from = generalized_time(certificate.not_before);
        info.valid_to = generalized_time(certificate.not_after);
    }
    info
}

/// The state by time. Revocation is not looked up here: a relying party asks the CA, whose address is in the certificate.
///
/// The API has no word for a certificate that is not valid yet; then nothing is said.
fn status_of(certificate: &CertificateView, now: u64) -> Option<CertificateStatus> {
    match now {
        now if certificate.is_valid_at(now) => Some(CertificateStatus::Valid),
        now if now > certificate.not_after => Some(CertificateStatus::Expired),
        _ => None,
    }
}

/// `YYYYMMDDHHMMSSZ`, UTC.
fn generalized_time(seconds: u64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).ok()?).ok()?;
    time.format(format_description!("[year][month][day][hour][minute][second]Z")).ok()
}

/// Texts of the API have at most 255 characters.
fn shortened(text: String) -> String {
    match text.char_indices().nth(255) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}
