//! What the signing log says happened. Security design 3.4. Stored, hashed and handed out (in receipts) format, version 1.
//!
//! An event is a map with ascending integer keys, see `key` below; which of them are present depends on the kind of event only.

use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder};
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
    pub const ALL: [Self; 7] = [
        Self::Start,
        Self::Record,
        Self::KeyGenerated,
        Self::Intent,
        Self::Result,
        Self::Abort,
        Self::Refused,
    ];

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

/// Keys of the event map. They never change their meaning.
mod key {
    pub const TYPE: u64 = 1;
    pub const TIME: u64 = 2;
    pub const CLOCK_SYNCHRONISED: u64 = 3;
    pub const SAM_BOOT: u64 = 4;
    pub const INDEX: u64 = 5;
    pub const TENANT: u64 = 6;
    pub const CREDENTIAL_ID: u64 = 7;
    pub const KEY_SEQUENCE: u64 = 8;
    pub const PREVIOUS_LEAF_OF_KEY: u64 = 9;
    pub const SAR_ID: u64 = 10;
    pub const SAD_SHA256: u64 = 11;
    pub const DTBSR: u64 = 12;
    pub const ALGORITHM: u64 = 13;
    pub const SIGNATURE_SHA256: u64 = 14;
    pub const CERTIFICATE_SHA256: u64 = 15;
    pub const CLIENT_SHA256: u64 = 16;
    pub const REASON: u64 = 17;
    pub const SIGNER_ID: u64 = 18;
    pub const RECORD_VERSION: u64 = 19;
    pub const RECORD_SHA256: u64 = 20;
    pub const SPKI_SHA256: u64 = 21;
    pub const HASH_INDEX: u64 = 22;
    pub const INTENT: u64 = 23;
    pub const BINARY_SHA256: u64 = 24;
    pub const CONFIGURATION_SHA256: u64 = 25;
}

/// Every field that an event can have; the map holds those that are present, in the order of their keys.
#[derive(Default)]
struct Fields {
    kind: Option<u64>,
    time: Option<u64>,
    clock_synchronised: Option<bool>,
    sam_boot: Option<[u8; 16]>,
    index: Option<u64>,
    tenant: Option<String>,
    credential_id: Option<CredentialId>,
    key_sequence: Option<u64>,
    previous_leaf: Option<Hash>,
    sar_id: Option<[u8; 16]>,
    sad_sha256: Option<Hash>,
    dtbsr: Option<Vec<u8>>,
    algorithm: Option<String>,
    signature_sha256: Option<Hash>,
    certificate_sha256: Option<Hash>,
    client_sha256: Option<Hash>,
    reason: Option<u64>,
    signer_id: Option<SignerId>,
    record_version: Option<u64>,
    record_sha256: Option<Hash>,
    spki_sha256: Option<Hash>,
    hash_index: Option<u32>,
    intent: Option<u64>,
    binary_sha256: Option<Hash>,
    configuration_sha256: Option<Hash>,
}

macro_rules! fields {
    ($($key:ident => $field:ident),* $(,)?) => {
        impl Encode for Fields {
            fn encode(&self, out: &mut Encoder) {
                out.map([$(self.$field.is_some()),*].into_iter().filter(|present| *present).count());
                $(if let Some(value) = &self.$field {
                    out.unsigned(key::$key).item(value);
                })*
            }
        }

        impl Decode for Fields {
            fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                let mut fields = Self::default();
                for _ in 0..input.map(25)? {
                    match input.unsigned()? {
                        // Order and repetition need no check here: what is read is encoded again and compared.
                        $(key::$key => fields.$field = Some(input.item()?),)*
                        _ => return Err(DecodeError::WrongValue),
                    }
                }
                Ok(fields)
            }
        }
    };
}

fields! {
    TYPE => kind, TIME => time, CLOCK_SYNCHRONISED => clock_synchronised, SAM_BOOT => sam_boot, INDEX => index,
    TENANT => tenant, CREDENTIAL_ID => credential_id, KEY_SEQUENCE => key_sequence,
    PREVIOUS_LEAF_OF_KEY => previous_leaf, SAR_ID => sar_id, SAD_SHA256 => sad_sha256, DTBSR => dtbsr,
    ALGORITHM => algorithm, SIGNATURE_SHA256 => signature_sha256, CERTIFICATE_SHA256 => certificate_sha256,
    CLIENT_SHA256 => client_sha256, REASON => reason, SIGNER_ID => signer_id, RECORD_VERSION => record_version,
    RECORD_SHA256 => record_sha256, SPKI_SHA256 => spki_sha256, HASH_INDEX => hash_index, INTENT => intent,
    BINARY_SHA256 => binary_sha256, CONFIGURATION_SHA256 => configuration_sha256,
}

impl Encode for Event {
    fn encode(&self, out: &mut Encoder) {
        let mut fields = Fields {
            kind: Some(self.entry.kind().code().into()),
            time: Some(self.stamp.time),
            clock_synchronised: Some(self.stamp.clock_synchronised),
            sam_boot: Some(self.sam_boot),
            index: Some(self.index),
            tenant: Some(self.tenant.clone()),
            key_sequence: self.key_link.map(|link| link.sequence),
            previous_leaf: self.key_link.and_then(|link| link.previous_leaf),
            ..Fields::default()
        };
        fields.put_entry(&self.entry);
        fields.encode(out);
    }
}

impl Decode for Event {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut fields: Fields = input.item()?;
        fields.take_event().ok_or(DecodeError::WrongValue)
    }
}

impl Fields {
    fn put_entry(&mut self, entry: &Entry) {
        match entry {
            Entry::Start {
                binary_sha256,
                configuration_sha256,
            } => {
                self.binary_sha256 = Some(*binary_sha256);
                self.configuration_sha256 = Some(*configuration_sha256);
            }
            Entry::Record {
                signer_id,
                version,
                record_sha256,
            } => {
                self.signer_id = Some(*signer_id);
                self.record_version = Some(*version);
                self.record_sha256 = Some(*record_sha256);
            }
            Entry::KeyGenerated {
                credential_id,
                signer_id,
                spki_sha256,
            } => {
                self.credential_id = Some(credential_id.clone());
                self.signer_id = Some(*signer_id);
                self.spki_sha256 = Some(*spki_sha256);
            }
            Entry::Intent(key_use) => self.put_key_use(key_use),
            Entry::Result {
                intent,
                key_use,
                signature_sha256,
            } => {
                self.put_key_use(key_use);
                self.intent = Some(*intent);
                self.signature_sha256 = Some(*signature_sha256);
            }
            Entry::Abort {
                intent,
                key_use,
                reason,
            } => {
                self.put_key_use(key_use);
                self.intent = Some(*intent);
                self.reason = Some(reason.code());
            }
            Entry::Refused {
                sar_id,
                credential_id,
                refusal,
            } => {
                self.sar_id = *sar_id;
                self.credential_id = credential_id.clone();
                self.reason = Some(*refusal);
            }
        }
    }

    fn put_key_use(&mut self, key_use: &KeyUse) {
        self.credential_id = Some(key_use.credential_id.clone());
        self.sar_id = Some(key_use.sar_id);
        self.hash_index = Some(key_use.index);
        self.sad_sha256 = Some(key_use.sad_sha256);
        self.dtbsr = Some(key_use.dtbsr.clone());
        self.algorithm = Some(key_use.algorithm.clone());
        self.certificate_sha256 = Some(key_use.certificate_sha256);
        self.client_sha256 = Some(key_use.client_sha256);
    }

    /// Fields that do not belong to this kind of event are found by the caller, who encodes the event again and compares.
    fn take_event(&mut self) -> Option<Event> {
        let kind = EntryKind::from_code(u8::try_from(self.kind?).ok()?)?;
        let entry = match kind {
            EntryKind::Start => Entry::Start {
                binary_sha256: self.binary_sha256?,
                configuration_sha256: self.configuration_sha256?,
            },
            EntryKind::Record => Entry::Record {
                signer_id: self.signer_id?,
                version: self.record_version?,
                record_sha256: self.record_sha256?,
            },
            EntryKind::KeyGenerated => Entry::KeyGenerated {
                credential_id: self.credential_id.take()?,
                signer_id: self.signer_id?,
                spki_sha256: self.spki_sha256?,
            },
            EntryKind::Intent => Entry::Intent(self.take_key_use()?),
            EntryKind::Result => Entry::Result {
                intent: self.intent?,
                key_use: self.take_key_use()?,
                signature_sha256: self.signature_sha256?,
            },
            EntryKind::Abort => Entry::Abort {
                intent: self.intent?,
                key_use: self.take_key_use()?,
                reason: AbortReason::ALL
                    .into_iter()
                    .find(|reason| Some(reason.code()) == self.reason)?,
            },
            EntryKind::Refused => Entry::Refused {
                sar_id: self.sar_id,
                credential_id: self.credential_id.take(),
                refusal: self.reason?,
            },
        };
        let previous_leaf = self.previous_leaf;
        Some(Event {
            stamp: Stamp {
                time: self.time?,
                clock_synchronised: self.clock_synchronised?,
            },
            sam_boot: self.sam_boot?,
            index: self.index?,
            tenant: self.tenant.take()?,
            key_link: self.key_sequence.map(|sequence| KeyLink {
                sequence,
                previous_leaf,
            }),
            entry,
        })
    }

    fn take_key_use(&mut self) -> Option<KeyUse> {
        Some(KeyUse {
            credential_id: self.credential_id.take()?,
            sar_id: self.sar_id?,
            index: self.hash_index?,
            sad_sha256: self.sad_sha256?,
            dtbsr: self.dtbsr.take()?,
            algorithm: self.algorithm.take()?,
            certificate_sha256: self.certificate_sha256?,
            client_sha256: self.client_sha256?,
        })
    }
}
