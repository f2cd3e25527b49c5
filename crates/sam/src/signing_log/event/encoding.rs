//! The one encoding of an event: a map in deterministic CBOR. Security design 3.4. Stored format, version 1.

use super::{AbortReason, Entry, EntryKind, Event, KeyLink, KeyUse, Stamp};
use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder};
use crate::ids::{CredentialId, Hash, SignerId};

/// Keys of the event map. They never change their meaning.
pub(super) mod key {
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
pub(super) struct Fields {
    pub(super) kind: Option<u64>,
    pub(super) time: Option<u64>,
    pub(super) clock_synchronised: Option<bool>,
    pub(super) sam_boot: Option<[u8; 16]>,
    pub(super) index: Option<u64>,
    pub(super) tenant: Option<String>,
    pub(super) credential_id: Option<CredentialId>,
    pub(super) key_sequence: Option<u64>,
    pub(super) previous_leaf: Option<Hash>,
    pub(super) sar_id: Option<[u8; 16]>,
    pub(super) sad_sha256: Option<Hash>,
    pub(super) dtbsr: Option<Vec<u8>>,
    pub(super) algorithm: Option<String>,
    pub(super) signature_sha256: Option<Hash>,
    pub(super) certificate_sha256: Option<Hash>,
    pub(super) client_sha256: Option<Hash>,
    pub(super) reason: Option<u64>,
    pub(super) signer_id: Option<SignerId>,
    pub(super) record_version: Option<u64>,
    pub(super) record_sha256: Option<Hash>,
    pub(super) spki_sha256: Option<Hash>,
    pub(super) hash_index: Option<u32>,
    pub(super) intent: Option<u64>,
    pub(super) binary_sha256: Option<Hash>,
    pub(super) configuration_sha256: Option<Hash>,
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
            Entry::Start { binary_sha256, configuration_sha256 } => {
                self.binary_sha256 = Some(*binary_sha256);
                self.configuration_sha256 = Some(*configuration_sha256);
            }
            Entry::Record { signer_id, version, record_sha256 } => {
                self.signer_id = Some(*signer_id);
                self.record_version = Some(*version);
                self.record_sha256 = Some(*record_sha256);
            }
            Entry::KeyGenerated { credential_id, signer_id, spki_sha256 } => {
                self.credential_id = Some(credential_id.clone());
                self.signer_id = Some(*signer_id);
                self.spki_sha256 = Some(*spki_sha256);
            }
            Entry::Intent(key_use) => self.put_key_use(key_use),
            Entry::Result { intent, key_use, signature_sha256 } => {
                self.put_key_use(key_use);
                self.intent = Some(*intent);
                self.signature_sha256 = Some(*signature_sha256);
            }
            Entry::Abort { intent, key_use, reason } => {
                self.put_key_use(key_use);
                self.intent = Some(*intent);
                self.reason = Some(reason.code());
            }
            Entry::Refused { sar_id, credential_id, refusal } => {
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
            EntryKind::Start => {
                Entry::Start { binary_sha256: self.binary_sha256?, configuration_sha256: self.configuration_sha256? }
            }
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
                reason: AbortReason::ALL.into_iter().find(|reason| Some(reason.code()) == self.reason)?,
            },
            EntryKind::Refused => {
                Entry::Refused { sar_id: self.sar_id, credential_id: self.credential_id.take(), refusal: self.reason? }
            }
        };
        let previous_leaf = self.previous_leaf;
        Some(Event {
            stamp: Stamp { time: self.time?, clock_synchronised: self.clock_synchronised? },
            sam_boot: self.sam_boot?,
            index: self.index?,
            tenant: self.tenant.take()?,
            key_link: self.key_sequence.map(|sequence| KeyLink { sequence, previous_leaf }),
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
