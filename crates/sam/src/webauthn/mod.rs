//! What of WebAuthn the module checks itself, in fixed formats and without a JSON parser. WebAuthn L3 5.8.1.2, 6.1, 7.1, 7.2.
//!
//! Three pieces, each pure: [`client_data`] (which ceremony, challenge and origin), [`authenticator_data`] (which RP, which flags) and
//! [`PublicKey`] (the signature). [`crate::sad::verify`] and [`crate::enrolment`] put them in order; so may any other verifier of assertions.

pub mod authenticator_data;
pub mod client_data;
mod cose_key;
mod ecdsa_value;

pub use authenticator_data::{AttestedCredential, AuthenticatorData, Flags};
pub use client_data::{Ceremony, ClientDataError, check_client_data};
pub use cose_key::{PublicKey, PublicKeyError};

use crate::crypto::sha256;

/// Whether `signature` is one by `key` over an assertion. WebAuthn L3 7.2, the step that verifies the signature.
#[must_use]
pub fn assertion_signature_is_valid(
    key: &PublicKey,
    authenticator_data: &[u8],
    client_data_json: &[u8],
    signature: &[u8],
) -> bool {
    let message = [authenticator_data, &sha256(&[client_data_json])].concat();
    key.verifies(&message, signature)
}
