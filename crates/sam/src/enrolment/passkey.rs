//! Registration of a passkey, as far as the module looks at it. WebAuthn L3 7.1; the attestation statement is left out (security design 7.1 no. 9).

use super::RegistrationAssertion;
use crate::Refusal;
use crate::crypto::sha256;
use crate::dcbor::Encoder;
use crate::ids::Hash;
use crate::protocol::message::Registration;
use crate::record::Authenticator;
use crate::webauthn::{AuthenticatorData, Ceremony, check_client_data};

/// What the installation prescribes for registrations.
#[derive(Debug, Clone)]
pub struct RegistrationRules {
    /// RP ID of the passkeys.
    pub rp_id: String,
    /// The enrolment page's origin.
    pub enrolment_origin: String,
}

/// The WebAuthn challenge for registering a passkey under `assertion`, the encoded form of `statement`.
#[must_use]
pub fn registration_challenge(assertion: &[u8], statement: &RegistrationAssertion) -> Hash {
    let mut out = Encoder::new();
    out.array(4).bytes(&sha256(&[assertion]));
    out.item(&statement.signer_id).item(&statement.nonce).item(&statement.expires_at);
    sha256(&[b"rakkan-enrol/1\0", &out.into_bytes()])
}

/// Checks a registration and gives the passkey with its counter.
///
/// # Errors
/// The refusal to answer with.
pub fn check_registration(
    registration: &Registration,
    challenge: &Hash,
    rules: &RegistrationRules,
    added_by: Hash,
) -> Result<(Authenticator, u32), Refusal> {
    check_client_data(&registration.client_data_json, Ceremony::Create, challenge, &rules.enrolment_origin)?;
    let (data, credential) = AuthenticatorData::from_registration(&registration.authenticator_data)
        .map_err(|_| Refusal::RegistrationNotAcceptable)?;
    if data.rp_id_hash != sha256(&[rules.rp_id.as_bytes()]) {
        return Err(Refusal::WrongRelyingParty);
    }
    if !data.flags.user_present() {
        return Err(Refusal::UserNotPresent);
    }
    if !data.flags.user_verified() {
        return Err(Refusal::UserNotVerified);
    }
    if data.flags.backed_up() && !data.flags.backup_eligible() {
        return Err(Refusal::BackupStateChanged);
    }
    let authenticator = Authenticator {
        credential_id: credential.credential_id,
        public_key: credential.public_key,
        aaguid: credential.aaguid,
        backup_eligible: data.flags.backup_eligible(),
        rp_id: rules.rp_id.clone(),
        added_by,
    };
    Ok((authenticator, data.sign_count))
}
