//! Certificates as a caIssuers address gives them: one in DER, or several in a PKCS#7. RFC 5280 4.2.2.1; RFC 5652 5.

use super::FormatError;
use crate::cms::view::SignedData;
use crate::x509::Certificate;

/// The most certificates that are taken from one bundle.
const MOST: usize = 256;

/// Reads a DER certificate, or the certificates of a CMS `SignedData` (`application/pkcs7-mime`, "certs-only").
///
/// Certificates in a bundle that cannot be read are left out, as they cannot be used.
///
/// # Errors
/// If it is neither, or nothing in it can be read.
pub fn certificates_of_bundle(bytes: &[u8]) -> Result<Vec<Certificate>, FormatError> {
    const WHAT: &str = "the issuer's certificate (DER or PKCS#7)";
    if let Ok(certificate) = Certificate::from_der(bytes) {
        return Ok(vec![certificate]);
    }
    let (bundle, rest) = SignedData::read(bytes).map_err(|_| FormatError::Malformed { what: WHAT })?;
    if !rest.is_empty() {
        return Err(FormatError::Malformed { what: "the PKCS#7 bundle (bytes follow it)" });
    }
    let readable = bundle.certificates.iter().filter_map(|der| Certificate::from_der(der).ok());
    let certificates: Vec<Certificate> = readable.take(MOST).collect();
    if certificates.is_empty() {
        return Err(FormatError::Malformed { what: "every certificate of the PKCS#7 bundle" });
    }
    Ok(certificates)
}
