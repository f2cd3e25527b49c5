//! What the signing log says happened. Security design 3.4. Stored, hashed and handed out (in receipts) format, version 1.
//!
//! An event is a map with ascending integer keys, see [`encoding`]; which of them are present depends on the kind of event only.

mod encoding;
#[cfg(test)]
mod tests;

use crate::ids::{CredentialId, Hash, SignerId};

/// What the caller wants to have logged; time and place in the log are added by the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// The module was started.
    Start {
        /// SHA-256 of the program file.
        binary_sha256: Hash,
        /// SHA-256 of the configuration file.
        configuration_sha256: Hash,
    },
    /// A signer record has a new version. Only the newest version is accepted from here on.
    Record {
        /// Whose record.
        signer_id: SignerId,
        /// Its new version.
        version: u64,
        /// SHA-256 of the sealed record.
        record_sha256: Hash,
    },
    /// A key was made.
    KeyGenerated {
        /// The credential that the key belongs to.
        credential_id: CredentialId,
        /// Whose key.
        signer_id: SignerId,
        /// SHA-256 of its `SubjectPublicKeyInfo`.
        spki_sha256: Hash,
    },
    /// A key is about to be used.
    Intent(KeyUse),
    /// A key was used: the signature value exists, verified, and may be released.
    Result {
        /// Index of the intent that this ends.
        intent: u64,
        /// The use.
        key_use: KeyUse,
        /// SHA-256 of the signature value.
        signature_sha256: Hash,
    },
    /// An intent came to nothing: no signature value was released, and none will be.
    Abort {
        /// Index of the intent that this ends.
        intent: u64,
        /// The use.
        key_use: KeyUse,
        /// Why.
        reason: AbortReason,
    },
    /// An attempt was refused.
    Refused {
        /// The request, if it could be told.
        sar_id: Option<[u8; 16]>,
        /// The credential, if it could be told.
        credential_id: Option<CredentialId>,
        /// Code of the [`crate::Refusal`].
        refusal: u64,
    },
}

/// One use of a key for one hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The credential whose key it is.
    pub credential_id: CredentialId,
    /// The signature activation request that allowed it.
    pub sar_id: [u8; 16],
    /// Position of the hash in that request.
    pub index: u32,
    /// SHA-256 of the signature activation data.
    pub sad_sha256: Hash,
    /// Data to be signed, representation.
    pub dtbsr: Vec<u8>,
    /// Object identifier of the signature algorithm.
    pub algorithm: String,
    /// SHA-256 of the certificate.
    pub certificate_sha256: Hash,
    /// Hash that names the client, as in the request.
    pub client_sha256: Hash,
}

/// Why an intent was aborted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AbortReason {
    /// The module was stopped between intent and result; whether a signature value existed in its memory is unknown.
    Restarted,
    /// The signing module made no signature.
    SigningFailed,
    /// The result could not be logged, so the signature value was thrown away.
    ResultNotLogged,
}

impl AbortReason {
    const ALL: [Self; 3] = [Self::Restarted, Self::SigningFailed, Self::ResultNotLogged];

    fn code(self) -> u64 {
        match self {
            Self::Restarted => 1,
            Self::SigningFailed => 2,
            Self::ResultNotLogged => 3,
        }
    }
}

/// When something happened, and how far the clock could be trusted then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Unix time in seconds.
    pub time: u64,
    /// Whether the clock was synchronised.
    pub clock_synchronised: bool,
}

/// An entry as it is committed to: with time, origin and its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub stamp: Stamp,
    /// Which start of the module logged it.
    pub sam_boot: [u8; 16],
    /// Index of the entry in the log.
    pub index: u64,
    /// Tenant that the log is kept for; empty where there is one only.
    pub tenant: String,
    /// Place in the chain of the key's own entries, for those that make or use a key.
    pub key_link: Option<KeyLink>,
    /// What happened.
    pub entry: Entry,
}

/// Place of an entry among the entries of one key. Numbers without a gap show that no use of the key was hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyLink {
    /// 1 for the first entry of the key, one more for each further one.
    pub sequence: u64,
    /// Leaf hash of the key's entry before; `None` for the first.
    pub previous_leaf: Option<Hash>,
}

/// Kinds of entries, as the public leaf shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs)] // Named as the variants of `Entry`.
pub enum EntryKind {
    Start,
    Record,
    KeyGenerated,
    Intent,
    Result,
    Abort,
    Refused,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Start, Self::Record, Self::KeyGenerated, Self::Intent, Self::Result, Self::Abort, Self::Refused];

    /// The number in leaves and events. Numbers that are missing here are those of kinds that come later.
    pub const fn code(self) -> u8 {
        match self {
            Self::Start => 1,
            Self::Record => 3,
            Self::KeyGenerated => 4,
            Self::Intent => 5,
            Self::Result => 6,
            Self::Abort => 7,
            Self::Refused => 14,
        }
    }

    /// The word for it in tables and receipts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "START",
            Self::Record => "RECORD",
            Self::KeyGenerated => "KEYGEN",
            Self::Intent => "INTENT",
            Self::Result => "RESULT",
            Self::Abort => "ABORT",
            Self::Refused => "REFUSED",
        }
    }

    /// The kind with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl Entry {
    /// Its kind.
    pub fn kind(&self) -> EntryKind {
        match self {
            Self::Start { .. } => EntryKind::Start,
            Self::Record { .. } => EntryKind::Record,
            Self::KeyGenerated { .. } => EntryKind::KeyGenerated,
            Self::Intent(_) => EntryKind::Intent,
            Self::Result { .. } => EntryKind::Result,
            Self::Abort { .. } => EntryKind::Abort,
            Self::Refused { .. } => EntryKind::Refused,
        }
    }

    /// Whether the caller may go on only when this is in the published log. Intents and refusals are published with what comes next; until then
    /// they are durable in the journal, which is what a restart reads.
    pub(super) fn is_public_at_once(&self) -> bool {
        !matches!(self, Self::Intent(_) | Self::Refused { .. })
    }

    /// The intent that this entry ends, and the use that both are about.
    pub(super) fn ends_intent(&self) -> Option<(u64, &KeyUse)> {
        match self {
            Self::Result { intent, key_use, .. } | Self::Abort { intent, key_use, .. } => Some((*intent, key_use)),
            _ => None,
        }
    }

    /// The credential in whose key's chain this entry stands. A refusal does not use the key and is in no chain.
    pub(super) fn chained_credential(&self) -> Option<&CredentialId> {
        match self {
            Self::KeyGenerated { credential_id, .. } => Some(credential_id),
            Self::Intent(key_use) | Self::Result { key_use, .. } | Self::Abort { key_use, .. } => {
                Some(&key_use.credential_id)
            }
            Self::Start { .. } | Self::Record { .. } | Self::Refused { .. } => None,
        }
    }
}
