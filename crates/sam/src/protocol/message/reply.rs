//! What the module answers.

use crate::dcbor::{Decode, DecodeError, Decoder, Element, Encode, Encoder, wire_map};
use crate::ids::{CredentialId, Hash};
use crate::refusal::Refusal;

/// An answer of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To `Hello`.
    Hello(ModuleInfo),
    /// To `StartEnrolment`.
    Nonce(Nonce),
    /// To `Enrol` and `AddKey`.
    Enrolled(Enrolled),
    /// To `LinkCertificate`.
    Linked(Linked),
    /// To `PrepareActivation`.
    Prepared(Prepared),
    /// To `Approve`.
    Approved(Approved),
    /// To `Sign`: one item per hash, in the order of the request.
    Signed(Vec<SignedHash>),
    /// To `Proof`.
    Proof(Receipt),
    /// To `Checkpoint`.
    Checkpoint(CheckpointNote),
    /// The module understood and will not do it.
    Refused(Refusal),
    /// The module could not do it.
    Failed(Failure),
}

impl Encode for Reply {
    fn encode(&self, out: &mut Encoder) {
        out.array(2);
        match self {
            Self::Hello(content) => out.unsigned(1).item(content),
            Self::Nonce(content) => out.unsigned(2).item(content),
            Self::Enrolled(content) => out.unsigned(3).item(content),
            Self::Linked(content) => out.unsigned(5).item(content),
            Self::Prepared(content) => out.unsigned(6).item(content),
            Self::Approved(content) => out.unsigned(7).item(content),
            Self::Signed(items) => out.unsigned(8).item(items),
            Self::Proof(content) => out.unsigned(9).item(content),
            Self::Checkpoint(content) => out.unsigned(10).item(content),
            Self::Refused(refusal) => out.unsigned(100).item(refusal),
            Self::Failed(failure) => out.unsigned(101).item(failure),
        };
    }
}

impl Decode for Reply {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.array(2)? != 2 {
            return Err(DecodeError::WrongValue);
        }
        Ok(match input.unsigned()? {
            1 => Self::Hello(input.item()?),
            2 => Self::Nonce(input.item()?),
            3 => Self::Enrolled(input.item()?),
            5 => Self::Linked(input.item()?),
            6 => Self::Prepared(input.item()?),
            7 => Self::Approved(input.item()?),
            8 => Self::Signed(input.item()?),
            9 => Self::Proof(input.item()?),
            10 => Self::Checkpoint(input.item()?),
            100 => Self::Refused(input.item()?),
            101 => Self::Failed(input.item()?),
            _ => return Err(DecodeError::WrongValue),
        })
    }
}

/// What the module says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// Another value after each start; activation requests are bound to it.
    pub instance: Hash,
    /// The signing log's name.
    pub log_origin: String,
    /// The signing log's key in the text form of C2SP signed-note.
    pub log_verifier_key: String,
    /// RP ID of the passkeys.
    pub rp_id: String,
    /// The only origin from which an approval is accepted.
    pub signing_origin: String,
    /// The only origin from which a registration is accepted.
    pub enrolment_origin: String,
    /// Whether the rules for SCAL2 hold.
    pub scal2: bool,
    /// Whether keys are kept in the software token.
    pub software_token: bool,
    /// Whether the kernel says that its clock is synchronised.
    pub clock_synchronised: bool,
}

wire_map!(ModuleInfo {
    1 => instance, 2 => log_origin, 3 => log_verifier_key, 4 => rp_id, 5 => signing_origin, 6 => enrolment_origin,
    7 => scal2, 8 => software_token, 9 => clock_synchronised,
});

/// For the officer's registration assertion and the registration challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// The module's nonce, good for this signer only.
    pub nonce: Hash,
    /// Until when.
    pub expires_at: u64,
}

wire_map!(Nonce { 1 => nonce, 2 => expires_at });

/// A key that was made. It cannot sign before its certificate is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedKey {
    /// Its name.
    pub credential_id: CredentialId,
    /// The key, wrapped and bound to its context. To be kept by the caller.
    pub sealed_key: Vec<u8>,
    /// The public key, DER `SubjectPublicKeyInfo`.
    pub spki_der: Vec<u8>,
    /// DER PKCS#10 request.
    pub certification_request_der: Vec<u8>,
}

wire_map!(CreatedKey { 1 => credential_id, 2 => sealed_key, 3 => spki_der, 4 => certification_request_der });

/// A signer with a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The newest sealed record, which replaces the one before. To be kept by the caller.
    pub record: Vec<u8>,
    /// The key.
    pub key: CreatedKey,
}

wire_map!(Enrolled { 1 => record, 2 => key });

/// A key that can be used from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The newest sealed record, which replaces the one before. To be kept by the caller.
    pub record: Vec<u8>,
}

wire_map!(Linked { 1 => record });

/// What the signing page needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The activation request in dCBOR.
    pub sar: Vec<u8>,
    /// Its MAC.
    pub mac: Hash,
    /// The WebAuthn challenge.
    pub challenge: Hash,
    /// Four characters that are the same wherever this request is shown.
    pub control_code: String,
    /// Authenticators that may answer.
    pub allow_credentials: Vec<Vec<u8>>,
    /// Until when.
    pub expires_at: u64,
}

wire_map!(Prepared { 1 => sar, 2 => mac, 3 => challenge, 4 => control_code, 5 => allow_credentials, 6 => expires_at });

/// An approval that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// Names it in `Sign`. A secret.
    pub grant: Hash,
    /// Until when.
    pub expires_at: u64,
    /// For how many hashes.
    pub count: u64,
}

wire_map!(Approved { 1 => grant, 2 => expires_at, 3 => count });

/// A signature that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHash {
    /// The signature value.
    pub signature: Vec<u8>,
    /// Its receipt in the text form of C2SP tlog-proof.
    pub receipt: String,
}

wire_map!(SignedHash { 1 => signature, 2 => receipt });
impl Element for SignedHash {}

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// In the text form of C2SP tlog-proof.
    pub receipt: String,
}

wire_map!(Receipt { 1 => receipt });

/// A checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointNote {
    /// In the text form of C2SP signed-note.
    pub note: String,
}

wire_map!(CheckpointNote { 1 => note });

/// Why the module could not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The caller's fault: not a request of this protocol.
    #[error("the request is not one of the activation protocol")]
    Malformed,
    /// Try again later: log, key storage or capacity.
    #[error("the module cannot sign now")]
    Unavailable,
    /// The module's fault; its own log says more.
    #[error("the module met an internal error")]
    Internal,
}

impl Encode for Failure {
    fn encode(&self, out: &mut Encoder) {
        out.unsigned(match self {
            Self::Malformed => 1,
            Self::Unavailable => 2,
            Self::Internal => 3,
        });
    }
}

impl Decode for Failure {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match input.unsigned()? {
            1 => Ok(Self::Malformed),
            2 => Ok(Self::Unavailable),
            3 => Ok(Self::Internal),
            _ => Err(DecodeError::WrongValue),
        }
    }
}
