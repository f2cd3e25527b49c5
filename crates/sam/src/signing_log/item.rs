//! What is written to the journal: burns, counters and log entries. Stored format, version 1 (inside the journal's frames).
//!
//! A frame holds an array of items; an item is an array that begins with its number.

use super::{commitment::Opening, event::Entry};
use crate::dcbor::{self, Decode, DecodeError, Decoder, Encode, Encoder};

/// Something that must be remembered before it has an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A signature activation request is spent.
    BurnRequest {
        /// The request.
        sar_id: [u8; 16],
        /// When it would have ended by itself; remembering longer is not needed.
        expires_at: u64,
    },
    /// One hash of a request is spent.
    BurnHash {
        /// The request.
        sar_id: [u8; 16],
        /// Position of the hash in it.
        index: u32,
    },
    /// The signature counter that an authenticator has reported last.
    SignCount {
        /// WebAuthn credential id of the authenticator.
        authenticator: Vec<u8>,
        /// The counter.
        value: u32,
    },
    /// An authenticator's counter did not grow.
    CounterAlert {
        /// WebAuthn credential id of the authenticator.
        authenticator: Vec<u8>,
        /// When, in Unix seconds.
        at: u64,
    },
    /// An entry for the signing log.
    Entry(Entry),
}

/// An item as it stands in the journal: entries with their place and salt.
#[allow(clippy::large_enum_variant)] // Most items are entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoredItem {
    BurnRequest { sar_id: [u8; 16], expires_at: u64 },
    BurnHash { sar_id: [u8; 16], index: u32 },
    SignCount { authenticator: Vec<u8>, value: u32 },
    CounterAlert { authenticator: Vec<u8>, at: u64 },
    Entry(Opening),
}

const BURN_REQUEST: u64 = 1;
const BURN_HASH: u64 = 2;
const SIGN_COUNT: u64 = 3;
const COUNTER_ALERT: u64 = 4;
const ENTRY: u64 = 5;

impl Encode for StoredItem {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::BurnRequest { sar_id, expires_at } => {
                out.array(3).unsigned(BURN_REQUEST).bytes(sar_id).unsigned(*expires_at)
            }
            Self::BurnHash { sar_id, index } => {
                out.array(3).unsigned(BURN_HASH).bytes(sar_id).unsigned((*index).into())
            }
            Self::SignCount { authenticator, value } => {
                out.array(3).unsigned(SIGN_COUNT).bytes(authenticator).unsigned((*value).into())
            }
            Self::CounterAlert { authenticator, at } => {
                out.array(3).unsigned(COUNTER_ALERT).bytes(authenticator).unsigned(*at)
            }
            Self::Entry(opening) => out.array(2).unsigned(ENTRY).bytes(&opening.to_bytes()),
        };
    }
}

impl Decode for StoredItem {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.array(3)?;
        // The length of the array is checked by encoding again what was read.
        match input.unsigned()? {
            BURN_REQUEST => Ok(Self::BurnRequest { sar_id: input.item()?, expires_at: input.item()? }),
            BURN_HASH => Ok(Self::BurnHash { sar_id: input.item()?, index: input.item()? }),
            SIGN_COUNT => Ok(Self::SignCount { authenticator: input.item()?, value: input.item()? }),
            COUNTER_ALERT => Ok(Self::CounterAlert { authenticator: input.item()?, at: input.item()? }),
            ENTRY => Opening::from_bytes(input.bytes()?).map(Self::Entry),
            _ => Err(DecodeError::WrongValue),
        }
    }
}

/// The items of one frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Items(pub(super) Vec<StoredItem>);

impl Items {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        dcbor::to_bytes(self)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        dcbor::from_bytes(bytes)
    }
}

impl Encode for Items {
    fn encode(&self, out: &mut Encoder) {
        out.array(self.0.len());
        for item in &self.0 {
            out.item(item);
        }
    }
}

impl Decode for Items {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let length = input.array(100_000)?;
        (0..length).map(|_| input.item()).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn samples() -> Items {
        Items(vec![
            StoredItem::BurnRequest { sar_id: [0xa0; 16], expires_at: 300 },
            StoredItem::BurnHash { sar_id: [0xa0; 16], index: 1 },
            StoredItem::SignCount { authenticator: vec![0xaa], value: 24 },
            StoredItem::CounterAlert { authenticator: vec![0xaa], at: 300 },
        ])
    }

    #[test]
    fn items_have_golden_bytes() {
        let sar_id = [0xa0; 16];
        let golden = [
            &[0x84, 0x83, 0x01, 0x50],
            &sar_id[..],
            &[0x19, 0x01, 0x2c, 0x83, 0x02, 0x50],
            &sar_id,
            &[0x01, 0x83, 0x03, 0x41, 0xaa, 0x18, 0x18, 0x83, 0x04, 0x41, 0xaa, 0x19, 0x01, 0x2c],
        ]
        .concat();
        assert_eq!(samples().to_bytes(), golden);
        assert_eq!(Items::from_bytes(&golden), Ok(samples()));
    }

    #[test]
    fn unknown_items_and_wrong_lengths_are_refused() {
        let good = samples().to_bytes();
        for length in 0..good.len() {
            assert!(Items::from_bytes(&good[..length]).is_err(), "{length} bytes");
        }
        for bytes in [&[0x81, 0x82, 0x06, 0x00][..], &[0x81, 0x82, 0x05, 0x40], &[0x81, 0x80], &[0xa0]] {
            assert!(Items::from_bytes(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_written_back_unchanged(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(items) = Items::from_bytes(&bytes) {
                prop_assert_eq!(items.to_bytes(), bytes);
            }
        }
    }
}
