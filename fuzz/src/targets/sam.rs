//! What the web side, a browser or an authenticator may hand to the activation module. Everything has one form.

use std::fmt::Debug;

use sam::Refusal;
use sam::dcbor::{Decode, Decoder, Encode, from_bytes, to_bytes};
use sam::enrolment::{CertificateView, OfficerKey, RegistrationAssertion, is_issued_by};
use sam::protocol::{Frame, Reply, Request};
use sam::receipt;
use sam::record::SignerRecord;
use sam::sad::Sar;
use sam::signing_log::{Entry, Opening, stored_form};
use sam::webauthn::{AuthenticatorData, Ceremony, PublicKey, check_client_data};
use sgm::{
    CheckpointToSign, GenerateKeyError, GeneratedKey, Grant, KeyAlgorithm, KeyContext, LogSignError, SealDomain,
};
use sgm::{SealError, SealedKey, Sgm, SignError, SignatureValue};

use tlog::note::VerifierKey;

use crate::Target;

/// Heads of CBOR items: maps, arrays, strings, numbers, and the forms that must be refused (indefinite, floats, tags).
const CBOR: &[&str] =
    &["\0", "\u{1}", "\u{18}", "\u{19}", "\u{1a}", "\u{1b}", "@", "X", "Y", "`", "x", "y", "\u{7f}", "rakkan-sad/1"];
const JSON: &[&str] = &[
    "{\"type\":\"webauthn.get\",\"challenge\":\"",
    "{\"type\":\"webauthn.create\",\"challenge\":\"",
    "\",\"origin\":\"",
    "\",\"crossOrigin\":false",
    ",\"topOrigin\":\"",
    "}",
    "\\",
    "\"",
];

pub const TARGETS: &[Target] = &[
    Target { name: "sam_frame", feed: frame, words: &["\0\0\0\t\u{1}", "\0\u{3}"] },
    Target { name: "sam_request", feed: only_form::<Request>, words: CBOR },
    Target { name: "sam_reply", feed: only_form::<Reply>, words: CBOR },
    Target { name: "sam_sar", feed: sar, words: CBOR },
    Target { name: "sam_signer_record", feed: signer_record, words: CBOR },
    Target { name: "sam_registration_assertion", feed: registration_assertion, words: CBOR },
    Target { name: "sam_cose_key", feed: cose_key, words: CBOR },
    Target { name: "sam_authenticator_data", feed: authenticator_data, words: CBOR },
    Target { name: "sam_client_data", feed: client_data, words: JSON },
    Target { name: "sam_certificate", feed: certificate, words: &["0", "0\u{3}", "\u{2}\u{1}"] },
    Target { name: "sam_opening", feed: opening, words: CBOR },
    Target { name: "sam_receipt", feed: receipt, words: &["\n", "extra ", "index ", "— "] },
    Target { name: "sam_journal_frame", feed: journal_frame, words: &["RKF1", "\0\0\0\u{10}", "\0\0\0\0\0\0\0\u{1}"] },
    Target { name: "sam_journal_items", feed: journal_items, words: CBOR },
    Target { name: "sgm_sealed_key", feed: sealed_key, words: CBOR },
    Target { name: "sgm_token_file", feed: token_file, words: &["rakkan-token/1\n", "\u{1}", "\u{2}\0\u{1}\0\0"] },
    Target { name: "sgm_log_anchor", feed: log_anchor, words: &["rakkan-anchor/1\n", "\0\0\0\0\0\0\0\u{1}"] },
];

/// Under which the corpora of journal frames and of the anchor were written.
const STORED_KEY: [u8; 32] = [7; 32];

fn frame(input: &[u8]) -> bool {
    let mut rest = input;
    let mut taken = false;
    while let Ok(Some(frame)) = Frame::read_from(&mut rest) {
        let written = frame.to_bytes().expect("what was read can be sent");
        let read = input.len() - rest.len();
        assert!(input[..read].ends_with(&written), "a frame has one form");
        taken = true;
    }
    taken
}

fn only_form<T: Encode + Decode + PartialEq + Debug>(input: &[u8]) -> bool {
    let Ok(value) = from_bytes::<T>(input) else {
        return false;
    };
    assert_eq!(to_bytes(&value), input, "a message has one form");
    true
}

fn sar(input: &[u8]) -> bool {
    assert_eq!(Sar::control_code(&Sar::challenge(input)).len(), 4);
    let Ok(sar) = Sar::from_bytes(input) else { return false };
    assert_eq!(sar.to_bytes(), input, "a request has one form");
    true
}

fn signer_record(input: &[u8]) -> bool {
    let Ok(record) = SignerRecord::open(input, &BelievesEverySeal) else {
        return only_form::<SignerRecord>(input);
    };
    assert_eq!(record.seal(&BelievesEverySeal).as_deref().ok(), Some(input), "a sealed record has one form");
    true
}

fn registration_assertion(input: &[u8]) -> bool {
    // The base point of P-256: a public key that nobody uses.
    const POINT: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                         4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    let officer = OfficerKey::new(b"officer", &bytes_of_hex(POINT)).expect("a P-256 key");
    let refusal = RegistrationAssertion::verify(input, &[officer]).expect_err("nobody has signed this");
    only_form::<RegistrationAssertion>(input) || refusal == Refusal::OfficerNotTrusted
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal")).collect()
}

fn cose_key(input: &[u8]) -> bool {
    let Ok(key) = PublicKey::read(&mut Decoder::new(input)) else {
        return false;
    };
    assert!(input.starts_with(&to_bytes(&key)), "a key has one form");
    assert!(!key.verifies(b"never signed", &[0; 64]));
    true
}

fn authenticator_data(input: &[u8]) -> bool {
    let registration = AuthenticatorData::from_registration(input);
    if AuthenticatorData::from_assertion(input).is_some() {
        assert_eq!(input.len(), 37);
        assert!(registration.is_err(), "what has no key is no registration");
        return true;
    }
    registration.is_ok_and(|(_, credential)| !credential.credential_id.is_empty())
}

fn client_data(input: &[u8]) -> bool {
    let accepts = |ceremony| check_client_data(input, ceremony, &[0x5a; 32], "https://sign.example.jp").is_ok();
    let (create, get) = (accepts(Ceremony::Create), accepts(Ceremony::Get));
    assert!(!(create && get), "no client data is of two ceremonies");
    create || get
}

fn certificate(input: &[u8]) -> bool {
    let Ok(view) = CertificateView::parse(input) else {
        return false;
    };
    let _ = (view.spki_sha256(), is_issued_by(&view, &view));
    true
}

fn opening(input: &[u8]) -> bool {
    let Ok(opening) = Opening::from_bytes(input) else {
        return false;
    };
    assert_eq!(opening.to_bytes(), input, "an opening has one form");
    true
}

/// The corpus has receipts of one small log; nothing else that its key signed exists.
fn receipt(input: &[u8]) -> bool {
    let log: VerifierKey = include_str!("../../data/log.vkey").trim().parse().expect("the key of a log");
    let Some(verified) = std::str::from_utf8(input).ok().and_then(|text| receipt::verify(text, &log).ok()) else {
        return false;
    };
    match (&verified.event().entry, verified.index()) {
        (Entry::Result { signature_sha256, .. }, 4) => assert_eq!(*signature_sha256, [10; 32]),
        (Entry::Abort { intent: 3, .. }, 5) => {}
        other => panic!("nobody has logged this: {other:?}"),
    }
    true
}

fn journal_frame(input: &[u8]) -> bool {
    let header = stored_form::frame_header(input);
    let Some(frame) = stored_form::open_frame(input, &STORED_KEY) else {
        return false;
    };
    assert_eq!(header, Some((frame.number, frame.length)), "a frame that opens has a header");
    assert!(frame.length <= input.len() && frame.payload.len() < frame.length);
    // Nobody but the corpus has sealed anything under this key.
    assert!([b"payload".as_slice(), b""].contains(&frame.payload.as_slice()), "forged: {:?}", frame.payload);
    true
}

fn journal_items(input: &[u8]) -> bool {
    let Some(again) = stored_form::items_again(input) else {
        return false;
    };
    assert_eq!(again, input, "items have one form");
    true
}

fn token_file(input: &[u8]) -> bool {
    let Some(again) = sgm::stored_form::token_file_again(input) else {
        return false;
    };
    assert_eq!(again, input, "a token file has one form");
    true
}

fn log_anchor(input: &[u8]) -> bool {
    if let Some(again) = sgm::stored_form::anchor_content_again(input) {
        assert_eq!(again, input, "the content of a slot has one form");
        return true;
    }
    let Some((slot, number)) = sgm::stored_form::anchor_again(input, &STORED_KEY) else {
        return false;
    };
    let found = &input[usize::from(number) * slot.len()..][..slot.len()];
    assert_eq!(found[..120], slot[..120], "a slot that counts is one that was written");
    true
}

fn sealed_key(input: &[u8]) -> bool {
    let Ok(key) = SealedKey::from_bytes(input) else {
        return false;
    };
    assert_eq!(key.as_bytes(), input);
    true
}

/// Puts no seal between the fuzzer and the parser behind it.
struct BelievesEverySeal;

impl Sgm for BelievesEverySeal {
    fn generate_key(&self, _: &KeyContext, _: KeyAlgorithm, _: &[u8]) -> Result<GeneratedKey, GenerateKeyError> {
        unreachable!("no parser makes keys")
    }

    fn sign(&self, _: Grant, _: &SealedKey, _: &KeyContext, _: u64) -> Result<SignatureValue, SignError> {
        unreachable!("no parser signs")
    }

    fn seal(&self, _: SealDomain, _: &[u8]) -> Result<[u8; 32], SealError> {
        Ok([0x5e; 32])
    }

    fn verify_seal(&self, _: SealDomain, _: &[u8], tag: &[u8; 32]) -> Result<(), SealError> {
        if *tag == [0x5e; 32] { Ok(()) } else { Err(SealError::Mismatch) }
    }

    fn log_sign(&self, _: &CheckpointToSign<'_>) -> Result<[u8; 64], LogSignError> {
        unreachable!("no parser signs")
    }

    fn log_public_key(&self) -> [u8; 32] {
        unreachable!("no parser asks for the log key")
    }
}
