//! The stored form of events.

use super::encoding::{Fields, key};
use super::*;
use crate::dcbor::{self, Decode, Decoder};
use proptest::prelude::*;

fn hash(byte: u8) -> Hash {
    [byte; 32]
}

fn key_use() -> KeyUse {
    KeyUse {
        credential_id: CredentialId::new([0xc0; 16]),
        sar_id: [0xa0; 16],
        index: 3,
        sad_sha256: hash(0xad),
        dtbsr: vec![0xd0; 32],
        algorithm: "1.2.3".to_owned(),
        certificate_sha256: hash(0xce),
        client_sha256: hash(0xc1),
    }
}

fn event(entry: Entry, key_link: Option<KeyLink>) -> Event {
    Event {
        stamp: Stamp { time: 1_800_000_000, clock_synchronised: true },
        sam_boot: [0xb0; 16],
        index: 7,
        tenant: String::new(),
        key_link,
        entry,
    }
}

fn samples() -> Vec<Event> {
    let first = Some(KeyLink { sequence: 1, previous_leaf: None });
    let later = Some(KeyLink { sequence: 2, previous_leaf: Some(hash(0x1e)) });
    let credential_id = CredentialId::new([0xc0; 16]);
    let signer_id = SignerId::new([0x51; 16]);
    let (intent, key_use) = (6, key_use());
    vec![
        event(Entry::Start { binary_sha256: hash(1), configuration_sha256: hash(2) }, None),
        event(Entry::Record { signer_id, version: 1, record_sha256: hash(3) }, None),
        event(Entry::KeyGenerated { credential_id, signer_id, spki_sha256: hash(4) }, first),
        event(Entry::Intent(key_use.clone()), later),
        event(Entry::Result { intent, key_use: key_use.clone(), signature_sha256: hash(5) }, later),
        event(Entry::Abort { intent, key_use, reason: AbortReason::Restarted }, later),
        event(Entry::Refused { sar_id: None, credential_id: None, refusal: 15 }, None),
    ]
}

/// What all samples begin with after the number of pairs and the type.
const COMMON: &str = "021a6b49d20003f50450b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b005070660";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn events_have_golden_bytes() {
    let h = |byte: &str| format!("5820{}", byte.repeat(32));
    let credential = format!("0776{}", hex(CredentialId::new([0xc0; 16]).as_str().as_bytes()));
    let used = format!("0a50{}0b{}0c{}0d65312e322e33", "a0".repeat(16), h("ad"), h("d0"));
    let certificate_and_client = format!("0f{}10{}", h("ce"), h("c1"));
    let link = format!("080209{}", h("1e"));
    let golden = [
        format!("a80101{COMMON}1818{}1819{}", h("01"), h("02")),
        format!("a90103{COMMON}1250{}130114{}", "51".repeat(16), h("03")),
        format!("aa0104{COMMON}{credential}08011250{}15{}", "51".repeat(16), h("04")),
        format!("b00105{COMMON}{credential}{link}{used}{certificate_and_client}1603"),
        format!("b20106{COMMON}{credential}{link}{used}0e{}{certificate_and_client}16031706", h("05")),
        format!("b20107{COMMON}{credential}{link}{used}{certificate_and_client}110116031706"),
        format!("a7010e{COMMON}110f"),
    ];
    for (event, golden) in samples().iter().zip(golden) {
        let encoded = dcbor::to_bytes(event);
        assert_eq!(hex(&encoded), golden, "{:?}", event.entry.kind());
        assert_eq!(dcbor::from_bytes::<Event>(&encoded).as_ref(), Ok(event));
    }
}

#[test]
fn a_field_that_does_not_belong_to_the_kind_is_refused() {
    let start = dcbor::to_bytes(&samples()[0]);
    let mut with_signer = start.clone();
    with_signer[0] = 0xa9;
    // Key 18 sorts before 24 and 25, the last two pairs.
    let place = start.len() - 2 * 36;
    with_signer.splice(place..place, [&[0x12, 0x50][..], &[0x51; 16]].concat());
    assert!(dcbor::from_bytes::<Event>(&with_signer).is_err());
}

#[test]
fn an_event_without_one_of_its_fields_is_refused() {
    for event in samples() {
        let encoded = dcbor::to_bytes(&event);
        for key in 1..=25 {
            let mut fields = Fields::decode(&mut Decoder::new(&encoded)).unwrap();
            let before = dcbor::to_bytes(&fields).len();
            match key {
                key::TYPE => fields.kind = None,
                key::TIME => fields.time = None,
                key::CLOCK_SYNCHRONISED => fields.clock_synchronised = None,
                key::SAM_BOOT => fields.sam_boot = None,
                key::INDEX => fields.index = None,
                key::TENANT => fields.tenant = None,
                key::SAD_SHA256 => fields.sad_sha256 = None,
                key::DTBSR => fields.dtbsr = None,
                key::ALGORITHM => fields.algorithm = None,
                key::SIGNATURE_SHA256 => fields.signature_sha256 = None,
                key::CERTIFICATE_SHA256 => fields.certificate_sha256 = None,
                key::CLIENT_SHA256 => fields.client_sha256 = None,
                key::REASON => fields.reason = None,
                key::SIGNER_ID => fields.signer_id = None,
                key::RECORD_VERSION => fields.record_version = None,
                key::RECORD_SHA256 => fields.record_sha256 = None,
                key::SPKI_SHA256 => fields.spki_sha256 = None,
                key::HASH_INDEX => fields.hash_index = None,
                key::INTENT => fields.intent = None,
                key::BINARY_SHA256 => fields.binary_sha256 = None,
                key::CONFIGURATION_SHA256 => fields.configuration_sha256 = None,
                _ => continue,
            }
            let shortened = dcbor::to_bytes(&fields);
            if shortened.len() < before {
                assert!(dcbor::from_bytes::<Event>(&shortened).is_err(), "key {key}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_written_back_unchanged(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(event) = dcbor::from_bytes::<Event>(&bytes) {
            prop_assert_eq!(dcbor::to_bytes(&event), bytes);
        }
    }

    #[test]
    fn any_changed_event_is_refused_or_written_back_unchanged(kind in 0_usize..7, place: prop::sample::Index, to: u8) {
        let mut bytes = dcbor::to_bytes(&samples()[kind]);
        let place = place.index(bytes.len());
        bytes[place] = to;
        if let Ok(event) = dcbor::from_bytes::<Event>(&bytes) {
            prop_assert_eq!(dcbor::to_bytes(&event), bytes);
        }
    }
}
