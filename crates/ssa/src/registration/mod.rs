//! Registration of signers and of further certificates. EN 419 241-1 SRG_SE, SRG_LNK; ETSI EN 319 411-1 6.2, 6.3.
//!
//! One registration, four durable steps, each resumable or without effect:
//! 1. *Started*: the officer's assertion over the signer's data and the passkey's challenge exist. Nothing else does.
//! 2. *Enrolled*: the signature activation module made record and key in one transaction; the key cannot be used.
//! 3. The certification authority is asked; it may refuse or be away, and be asked again with the same request.
//! 4. *Completed*: the module linked the certificate and sealed the record anew; from here the key can be activated.

mod certificate;
mod form;
mod signer;
mod subject;

pub use certificate::CertificateRequest;
pub use form::RegistrationForm;

use crate::fault::{Source, convert_faults, convert_module_faults};
use crate::ids::{CredentialId, RegistrationId, SignerId};
use crate::login::Session;
use connectors::ca::CaError;
use sam::Refusal;

/// What a browser needs to make a passkey. User verification and a discoverable credential are required, no attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationOptions {
    /// Names the registration from now on.
    pub registration_id: RegistrationId,
    /// WebAuthn challenge.
    pub challenge: [u8; 32],
    /// RP ID.
    pub rp_id: String,
    /// User handle.
    pub user_handle: Vec<u8>,
    /// Account name for the authenticator's list.
    pub user_name: String,
    /// Name for the authenticator's list.
    pub user_display_name: String,
    /// COSE algorithms, preferred first.
    pub algorithms: Vec<i64>,
    /// Unix seconds.
    pub expires_at: u64,
}

/// What the browser answered (`navigator.credentials.create`).
#[derive(Debug, Clone)]
pub struct RegistrationResponse {
    /// `rawId`.
    pub credential_id: Vec<u8>,
    /// `response.clientDataJSON`.
    pub client_data_json: Vec<u8>,
    /// `response.getAuthenticatorData()`.
    pub authenticator_data: Vec<u8>,
}

/// A signer with a usable credential.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The new signer.
    pub signer_id: SignerId,
    /// The first credential.
    pub credential_id: CredentialId,
    /// The signer is logged in.
    pub session: Session,
}

/// Why a registration or a certificate request did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// A field of the form cannot be used.
    #[error("{field} cannot be used: {problem}")]
    InvalidForm {
        /// Name of the field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// No such authority in the configuration.
    #[error("this certification authority is not offered here; choose one of the list")]
    UnknownAuthority,
    /// The authority does not certify such keys.
    #[error("this certification authority does not certify keys of this kind; choose another kind")]
    KeyAlgorithmNotOffered,
    /// No such registration, or another's, or too old.
    #[error("there is no such registration, or its time is over; start again")]
    NotFound,
    /// Another answer for it is being worked on.
    #[error("this registration is being worked on; wait a moment")]
    Busy,
    /// It succeeded before.
    #[error("this registration is complete; log in with the passkey")]
    Completed,
    /// It ended without a usable key.
    #[error("this registration has failed; start again")]
    Failed,
    /// The browser's answer is not a passkey registration.
    #[error("the passkey's answer cannot be read; try again, or with another passkey")]
    PasskeyUnreadable,
    /// The signature activation module refused.
    #[error("the signature activation module refused: {0}")]
    Refused(Refusal),
    /// The certification authority said no. The request can be made again later.
    #[error("the certification authority refused: {reason}")]
    CaRefused {
        /// What it said.
        reason: String,
    },
    /// The certification authority does not answer. The request can be made again later.
    #[error("the certification authority cannot be reached; your key is kept, ask again later")]
    CaUnavailable(#[source] Source),
    /// The certification authority's answer is no certificate for this key.
    #[error("the certification authority sent what is no certificate for this key; tell the operator")]
    CaUnreadable(#[source] Source),
    /// Store or module do not answer.
    #[error("the service cannot do this now; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(RegistrationError);
convert_module_faults!(RegistrationError);

impl From<CaError> for RegistrationError {
    fn from(error: CaError) -> Self {
        match error {
            CaError::Refused { reason, .. } => Self::CaRefused { reason },
            CaError::NotAuthorized => Self::CaRefused { reason: "this service is not admitted there".to_owned() },
            CaError::Pending { .. } | CaError::Busy { .. } | CaError::Http(_) => Self::CaUnavailable(error.into()),
            CaError::BadAnswer(_)
            | CaError::OtherKey
            | CaError::OtherIssuer
            | CaError::NotValidNow
            | CaError::UntrustedAuthority => Self::CaUnreadable(error.into()),
            CaError::BadRequest => Self::Internal(error.into()),
        }
    }
}
