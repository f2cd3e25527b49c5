//! What the web side asks of the module.

use sgm::KeyAlgorithm;

use super::Nothing;
use crate::dcbor::{Decode, DecodeError, Decoder, Element, Encode, Encoder, wire_map};
use crate::ids::{CredentialId, Hash, SignerId};

/// A request to the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Who are you?
    Hello,
    /// A nonce for an officer's registration assertion and for the passkey registration.
    StartEnrolment {
        /// Who is to be enrolled, or to get a further key.
        signer_id: SignerId,
    },
    /// Registers a signer with a passkey and makes the first key, in one transaction.
    Enrol(Enrol),
    /// Makes a further key for an enrolled signer.
    AddKey(AddKey),
    /// Makes a key usable by linking its certificate.
    LinkCertificate(LinkCertificate),
    /// Asks for an activation request, which the signer then approves with the passkey.
    PrepareActivation(PrepareActivation),
    /// Hands in the signer's approval.
    Approve(Approve),
    /// Uses an approval for some or all of its hashes.
    Sign(Sign),
    /// The receipt of a log entry.
    Proof {
        /// The entry's index in the log.
        index: u64,
    },
    /// The newest checkpoint.
    Checkpoint,
}

impl Encode for Request {
    fn encode(&self, out: &mut Encoder) {
        out.array(2);
        match self {
            Self::Hello => out.unsigned(1).item(&Nothing),
            Self::StartEnrolment { signer_id } => out.unsigned(2).map(1).unsigned(1).item(signer_id),
            Self::Enrol(content) => out.unsigned(3).item(content),
            Self::AddKey(content) => out.unsigned(4).item(content),
            Self::LinkCertificate(content) => out.unsigned(5).item(content),
            Self::PrepareActivation(content) => out.unsigned(6).item(content),
            Self::Approve(content) => out.unsigned(7).item(content),
            Self::Sign(content) => out.unsigned(8).item(content),
            Self::Proof { index } => out.unsigned(9).map(1).unsigned(1).item(index),
            Self::Checkpoint => out.unsigned(10).item(&Nothing),
        };
    }
}

impl Decode for Request {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.array(2)? != 2 {
            return Err(DecodeError::WrongValue);
        }
        Ok(match input.unsigned()? {
            1 => {
                input.item::<Nothing>()?;
                Self::Hello
            }
            2 => Self::StartEnrolment { signer_id: only_field(input)? },
            3 => Self::Enrol(input.item()?),
            4 => Self::AddKey(input.item()?),
            5 => Self::LinkCertificate(input.item()?),
            6 => Self::PrepareActivation(input.item()?),
            7 => Self::Approve(input.item()?),
            8 => Self::Sign(input.item()?),
            9 => Self::Proof { index: only_field(input)? },
            10 => {
                input.item::<Nothing>()?;
                Self::Checkpoint
            }
            _ => return Err(DecodeError::WrongValue),
        })
    }
}

fn only_field<T: Decode>(input: &mut Decoder<'_>) -> Result<T, DecodeError> {
    if input.map(1)? != 1 {
        return Err(DecodeError::WrongValue);
    }
    input.expect(1)?;
    input.item()
}

impl Encode for KeyAlgorithm {
    fn encode(&self, out: &mut Encoder) {
        out.unsigned(u64::from(self.code()));
    }
}

impl Decode for KeyAlgorithm {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let code = u8::try_from(input.unsigned()?).map_err(|_| DecodeError::WrongValue)?;
        Self::from_code(code).ok_or(DecodeError::WrongValue)
    }
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// Its name from now on, chosen by the caller at random.
    pub credential_id: CredentialId,
    /// Its kind.
    pub algorithm: KeyAlgorithm,
    /// DER `Name` for the certification request; its hash stands in the registration assertion.
    pub subject_der: Vec<u8>,
}

wire_map!(NewKey { 1 => credential_id, 2 => algorithm, 3 => subject_der });

/// A passkey registration as the browser returned it (`webauthn.create`), without the attestation statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// `clientDataJSON`, as received.
    pub client_data_json: Vec<u8>,
    /// The authenticator data out of the attestation object.
    pub authenticator_data: Vec<u8>,
}

wire_map!(Registration { 1 => client_data_json, 2 => authenticator_data });

/// See [`Request::Enrol`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrol {
    /// The officer's registration assertion (COSE_Sign1), purpose `enrol`.
    pub registration_assertion: Vec<u8>,
    /// The signer's new passkey.
    pub registration: Registration,
    /// The first key.
    pub key: NewKey,
}

wire_map!(Enrol { 1 => registration_assertion, 2 => registration, 3 => key });

/// See [`Request::AddKey`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddKey {
    /// The signer's sealed record.
    pub record: Vec<u8>,
    /// The officer's registration assertion (COSE_Sign1), purpose `add-key`.
    pub registration_assertion: Vec<u8>,
    /// The further key.
    pub key: NewKey,
}

wire_map!(AddKey { 1 => record, 2 => registration_assertion, 3 => key });

/// See [`Request::LinkCertificate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkCertificate {
    /// The signer's sealed record.
    pub record: Vec<u8>,
    /// Which key the certificate is for.
    pub credential_id: CredentialId,
    /// The signer's certificate.
    pub certificate_der: Vec<u8>,
    /// The certificate of the CA that issued it.
    pub issuer_certificate_der: Vec<u8>,
}

wire_map!(LinkCertificate { 1 => record, 2 => credential_id, 3 => certificate_der, 4 => issuer_certificate_der });

/// A document as the signing page names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayLabel {
    /// What the page shows, at most 200 bytes.
    pub text: String,
    /// SHA-256 of the document that is shown.
    pub document_sha256: Hash,
}

impl Encode for DisplayLabel {
    fn encode(&self, out: &mut Encoder) {
        out.array(2).item(&self.text).item(&self.document_sha256);
    }
}

impl Decode for DisplayLabel {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.array(2)? != 2 {
            return Err(DecodeError::WrongValue);
        }
        Ok(Self { text: input.item()?, document_sha256: input.item()? })
    }
}

impl Element for DisplayLabel {}

/// See [`Request::PrepareActivation`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrepareActivation {
    /// The signer's sealed record.
    pub record: Vec<u8>,
    /// Which key is to be used.
    pub credential_id: CredentialId,
    /// Algorithm of the hashes.
    pub hash_algorithm_oid: String,
    /// Algorithm of the signatures.
    pub sign_algorithm_oid: String,
    /// The DTBS/R, 1 to 256 of them.
    pub hashes: Vec<Vec<u8>>,
    /// What the signing page displays.
    pub labels: Vec<DisplayLabel>,
    /// SHA-256 over the OAuth client, the name shown for it, and its redirect URI.
    pub client_hash: Hash,
    /// Purpose, signature policy or commitment type.
    pub purpose: String,
    /// SHA-256 of the browser session that asked.
    pub session_hash: Hash,
}

wire_map!(PrepareActivation {
    1 => record, 2 => credential_id, 3 => hash_algorithm_oid, 4 => sign_algorithm_oid, 5 => hashes, 6 => labels,
    7 => client_hash, 8 => purpose, 9 => session_hash,
});

/// A passkey assertion as the browser returned it (`webauthn.get`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Which authenticator answered.
    pub credential_id: Vec<u8>,
    /// The user handle, if the authenticator gave one.
    pub user_handle: Option<Vec<u8>>,
    /// `clientDataJSON`, as received.
    pub client_data_json: Vec<u8>,
    /// The authenticator data.
    pub authenticator_data: Vec<u8>,
    /// Over the authenticator data and the SHA-256 of `clientDataJSON`.
    pub signature: Vec<u8>,
}

wire_map!(Assertion {
    1 => credential_id, 2 => user_handle, 3 => client_data_json, 4 => authenticator_data, 5 => signature,
});

/// See [`Request::Approve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// The activation request, as prepared.
    pub sar: Vec<u8>,
    /// Its MAC, as prepared.
    pub mac: Hash,
    /// The signer's sealed record.
    pub record: Vec<u8>,
    /// The signer's answer.
    pub assertion: Assertion,
}

wire_map!(Approve { 1 => sar, 2 => mac, 3 => record, 4 => assertion });

/// See [`Request::Sign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Names the approval.
    pub grant: Hash,
    /// The signer's sealed record.
    pub record: Vec<u8>,
    /// The credential's sealed key.
    pub sealed_key: Vec<u8>,
    /// Which of the approved hashes are to be signed now.
    pub hashes: Vec<Vec<u8>>,
}

wire_map!(Sign { 1 => grant, 2 => record, 3 => sealed_key, 4 => hashes });
