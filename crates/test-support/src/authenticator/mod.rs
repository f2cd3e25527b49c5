//! Authenticators without a device: one that does what WebAuthn says, one that does what a test says.

pub mod raw;
pub mod software;

pub use raw::{AssertionPlan, Flags, RawAuthenticator};
pub use software::{AuthenticatorError, SoftwareAuthenticator};

/// What a registration hands to the relying party. WebAuthn Level 3 5.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// What was signed besides the authenticator data, as UTF-8 JSON.
    pub client_data_json: Vec<u8>,
    /// CBOR with format, statement and authenticator data.
    pub attestation_object: Vec<u8>,
    /// The authenticator data, with the new credential in it.
    pub authenticator_data: Vec<u8>,
    /// The name of the new credential.
    pub credential_id: Vec<u8>,
    /// Its public key as COSE_Key.
    pub public_key: Vec<u8>,
}

/// What an assertion hands to the relying party. WebAuthn Level 3 5.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Which credential.
    pub credential_id: Vec<u8>,
    /// What was signed besides the authenticator data, as UTF-8 JSON.
    pub client_data_json: Vec<u8>,
    /// The authenticator data.
    pub authenticator_data: Vec<u8>,
    /// The signature, for ES256 in DER.
    pub signature: Vec<u8>,
    /// The user handle of a discoverable credential.
    pub user_handle: Option<Vec<u8>>,
}
