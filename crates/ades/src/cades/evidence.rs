//! Gathers what a signature carries for its own validation. RFC 5652 5.1 and 10.2; RFC 5940; EN 319 122-1 5.4.

use super::AugmentError;
use super::subjects::subjects;
use super::verify::{digests, verify_read};
use crate::asn1::{Malformed, SEQUENCE, Tlv, context};
use crate::cms::view::{SignedData, SignerInfo};
use crate::cms::{ARCHIVE_TIME_STAMP_V3, CONTENT_TIME_STAMP, OTHER_REVOCATION_BASIC_OCSP, OTHER_REVOCATION_OCSP};
use crate::crypto::CryptoProvider;
use crate::evidence::{Crl, Evidence, OcspResponse, Subject};
use crate::pdf::Source;
use crate::x509::Certificate;

/// Certificates, revocation lists and OCSP answers in the signature and in its time-stamps, each once. What cannot be read is left out:
/// it proves nothing.
///
/// # Errors
/// If the CMS cannot be read.
pub fn evidence_of(cms: &[u8]) -> Result<Evidence, AugmentError> {
    let mut found = Evidence::new();
    let signed_data = SignedData::read_alone(cms)?;
    collect(&signed_data, &mut found);
    for signer in &signed_data.signers {
        for token in tokens(signer).unwrap_or_default() {
            if let Ok((inner, _)) = SignedData::read(token) {
                collect(&inner, &mut found);
            }
        }
    }
    Ok(found)
}

/// Whom the intact signatures of `cms` need evidence about, for `evidence::plan`. `now` is the present in Unix seconds.
///
/// # Errors
/// If the CMS cannot be read, or content is missing or superfluous.
pub fn subjects_of(
    cms: &[u8],
    content: Option<&dyn Source>,
    now: u64,
    provider: &dyn CryptoProvider,
) -> Result<Vec<Subject>, AugmentError> {
    let signed_data = SignedData::read_alone(cms)?;
    let checks = verify_read(&signed_data, &digests(&signed_data, content, &[])?, provider);
    Ok(subjects(&signed_data, &checks, now)?)
}

/// DER of all time-stamp tokens of a signer.
fn tokens<'a>(signer: &SignerInfo<'a>) -> Result<Vec<&'a [u8]>, Malformed> {
    let mut tokens = signer.signature_timestamps()?;
    tokens.extend(signer.signed_values(&CONTENT_TIME_STAMP)?.iter().map(|value| value.raw));
    tokens.extend(signer.unsigned_values(&ARCHIVE_TIME_STAMP_V3)?.iter().map(|value| value.raw));
    Ok(tokens)
}

fn collect(signed_data: &SignedData<'_>, found: &mut Evidence) {
    for der in &signed_data.certificates {
        if let Ok(certificate) = Certificate::from_der(der) {
            found.add_certificate(certificate);
        }
    }
    for choice in &signed_data.revocation_choices {
        if choice.tag == SEQUENCE {
            if let Ok(crl) = Crl::from_der(choice.raw) {
                found.add_crl(crl);
            }
        } else if choice.tag == context(1)
            && let Some(answer) = ocsp(choice)
        {
            found.add_ocsp(answer);
        }
    }
}

/// OtherRevocationInfoFormat with an OCSP response, or with the basic response inside it, as some write it.
fn ocsp(choice: &Tlv<'_>) -> Option<OcspResponse> {
    const WHAT: &str = "revocation data";
    let mut fields = choice.reader();
    let format = fields.read(WHAT).ok()?.oid(WHAT).ok()?;
    let response = fields.read(WHAT).ok()?;
    match format {
        OTHER_REVOCATION_OCSP => OcspResponse::from_der(response.raw).ok(),
        OTHER_REVOCATION_BASIC_OCSP => OcspResponse::from_basic_der(response.raw).ok(),
        _ => None,
    }
}
