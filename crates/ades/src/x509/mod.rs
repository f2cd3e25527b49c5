//! Read-only views of X.509 certificates and names. RFC 5280; names as text by RFC 4514.
//!
//! A view reads, it decides nothing about trust. The bytes it was made from stay as they are.

mod certificate;
mod extensions;
mod name;
mod public_key;

pub(crate) use extensions::distribution_point_key;

pub use certificate::{Certificate, CertificateError};
pub use name::DistinguishedName;
pub use public_key::PublicKeyKind;

/// Object identifiers of extended key usages that matter here. RFC 5280 4.2.1.12.
pub mod key_purpose {
    use crate::Oid;

    /// Time stamping.
    pub const TIME_STAMPING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.8");
    /// Signing OCSP answers.
    pub const OCSP_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.9");
    /// Signing documents (RFC 9336).
    pub const DOCUMENT_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.36");
}
