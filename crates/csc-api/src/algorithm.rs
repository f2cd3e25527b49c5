//! Object identifiers of the algorithms that travel in this API, as dotted text. CSC API 2.0.0.2 4; RFC 5754, RFC 5758.

/// SHA-256.
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// ECDSA over SHA-256; the signature value is a DER `Ecdsa-Sig-Value`.
pub const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
/// RSASSA-PKCS1-v1_5 over SHA-256.
pub const RSA_WITH_SHA256: &str = "1.2.840.113549.1.1.11";
/// The curve P-256, as it stands in `key.curve`.
pub const CURVE_P256: &str = "1.2.840.10045.3.1.7";

/// Octets of a digest made by the algorithm `oid`; `None` for an algorithm that this API does not offer.
pub fn digest_length(oid: &str) -> Option<usize> {
    (oid == SHA256).then_some(32)
}

/// The digest algorithm that the signature algorithm `oid` fixes; `None` for an algorithm that this API does not offer.
pub fn digest_of_signature(oid: &str) -> Option<&'static str> {
    matches!(oid, ECDSA_WITH_SHA256 | RSA_WITH_SHA256).then_some(SHA256)
}
