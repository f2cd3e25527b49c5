//! How a passkey and a key become a signer's, and a certificate the key's. EN 419 241-1 SRA_SKM.1.5; security design 1.3.
//!
//! The web side could make up a signer or slip in a passkey of its own. It cannot, because an officer's [`RegistrationAssertion`] names
//! the signer, and the passkey is registered over a challenge that contains this assertion and a nonce of the module.

mod certificate;
mod cose_sign1;
mod nonce;
mod passkey;
mod registration_assertion;

pub use certificate::{CertificateError, CertificateView, is_issued_by};
pub use nonce::{NONCE_VALIDITY, issue_nonce, nonce_expiry};
pub use passkey::{RegistrationRules, check_registration, registration_challenge};
pub use registration_assertion::{
    OfficerKey, OfficerKeyError, Proofing, Purpose, RegistrationAssertion, SubjectAndIssuer,
};
