//! Embedding: only the right value goes into the right document, and the stored state is what it says.

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm, SignatureAlgorithm};
use ades::pades::{
    EmbedError, PreparedFormatError, PreparedPdf, SignatureCheck, SignatureParameters, SignatureValue, prepare,
    timestamp_imprint, verify_signatures,
};
use ades::tsp::{TimestampToken, TspError};
use ades::x509::Certificate;
use proptest::prelude::*;
use support::pdf::{LAYOUTS, Layout, Pdf};
use support::pki::{Purpose, Signer, Tsa};
use support::{Bench, NOW};

fn document() -> Vec<u8> {
    Pdf::plain().build(Layout::XrefStream)
}

fn prepared(bench: &Bench, level: AdesLevel) -> PreparedPdf {
    prepare(&document(), &bench.parameters(level)).unwrap()
}

fn value(bench: &Bench, prepared: &PreparedPdf) -> SignatureValue {
    SignatureValue::from(bench.signer.sign(prepared.dtbs()))
}

/// Embeds and returns what was written.
fn embed(
    prepared: &PreparedPdf,
    document: &[u8],
    value: &SignatureValue,
    token: Option<&TimestampToken>,
) -> Result<Vec<u8>, EmbedError> {
    let mut output = Vec::new();
    match prepared.embed(&document, value, token, &AwsLc, &mut output) {
        Ok(()) => Ok(output),
        Err(error) => {
            assert!(output.is_empty(), "nothing may be written when embedding is refused");
            Err(error)
        }
    }
}

#[test]
fn what_is_signed_is_the_digest_of_the_signed_attributes() {
    let bench = Bench::new();
    let prepared = prepared(&bench, AdesLevel::B);
    let dtbsr = prepared.dtbsr();
    assert_eq!(dtbsr.algorithm(), Some(DigestAlgorithm::Sha256));
    assert_eq!(dtbsr.as_bytes(), support::pki::sha256(prepared.dtbs()));
    assert_eq!(prepared.document_digest().as_slice(), support::pki::sha256(&document()));
    let signing_time = ades::Oid::new_unwrap("1.2.840.113549.1.9.5");
    assert!(!prepared.dtbs().windows(9).any(|window| window == signing_time.as_bytes()), "no signing-time in the CMS");
}

#[test]
fn embedding_twice_gives_identical_bytes() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::T);
    let value = value(&bench, &state);
    let token = bench.token(&value);
    let first = embed(&state, &document(), &value, Some(&token)).unwrap();
    let restored = PreparedPdf::from_bytes(&state.to_bytes()).unwrap();
    let second = embed(&restored, &document(), &value, Some(&token)).unwrap();
    assert_eq!(first, second);
    assert_eq!(state.signed_len(), first.len() as u64);
}

#[test]
fn preparing_twice_gives_the_same_state() {
    let bench = Bench::new();
    assert_eq!(prepared(&bench, AdesLevel::T), prepared(&bench, AdesLevel::T));
}

#[test]
fn another_document_is_refused() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::B);
    let value = value(&bench, &state);
    let mut altered = document();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    let longer = [document(), b" ".to_vec()].concat();
    for other in [altered, longer, Vec::new(), Pdf::plain().build(Layout::Classic)] {
        assert!(matches!(embed(&state, &other, &value, None), Err(EmbedError::WrongDocument)));
    }
}

#[test]
fn two_documents_swapped_between_preparing_and_embedding_are_both_refused() {
    let bench = Bench::new();
    let mut pdf = Pdf::plain();
    let first = pdf.build(Layout::Classic);
    pdf.set(6, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetic_ >>");
    let second = pdf.build(Layout::Classic);
    assert_eq!(first.len(), second.len());
    let states = [&first, &second].map(|document| prepare(document, &bench.parameters(AdesLevel::B)).unwrap());
    let values = [&states[0], &states[1]].map(|state| value(&bench, state));
    assert!(matches!(embed(&states[0], &second, &values[0], None), Err(EmbedError::WrongDocument)));
    assert!(matches!(embed(&states[1], &first, &values[1], None), Err(EmbedError::WrongDocument)));
    // The right document with the other one's value is no better.
    assert!(matches!(embed(&states[0], &first, &values[1], None), Err(EmbedError::SignatureDoesNotVerify(_))));
}

#[test]
fn a_value_that_does_not_verify_is_never_embedded() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::B);
    let good = value(&bench, &state);
    let mut flipped = good.as_bytes().to_vec();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let other_key = Signer::p256(&bench.authority, "Other").sign(state.dtbs());
    let over_digest = bench.signer.sign(state.dtbsr().as_bytes());
    for bad in [flipped, other_key, over_digest, Vec::new(), vec![0; 64], vec![0xff; 4_000]] {
        let refused = embed(&state, &document(), &SignatureValue::from(bad), None);
        assert!(matches!(refused, Err(EmbedError::SignatureDoesNotVerify(_))));
    }
    assert!(embed(&state, &document(), &good, None).is_ok());
}

#[test]
fn level_t_without_a_token_is_never_made_into_level_b() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::T);
    let value = value(&bench, &state);
    assert!(matches!(embed(&state, &document(), &value, None), Err(EmbedError::TimestampMissing)));
}

#[test]
fn a_token_at_level_b_is_refused() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::B);
    let value = value(&bench, &state);
    let token = bench.token(&value);
    assert!(matches!(embed(&state, &document(), &value, Some(&token)), Err(EmbedError::TimestampUnexpected)));
}

#[test]
fn a_token_that_is_not_good_is_refused() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::T);
    let value = value(&bench, &state);
    let imprint = timestamp_imprint(&value);
    let token = |tsa: &Tsa, digest: &[u8]| TimestampToken::from_der(&tsa.token(digest, None, NOW)).unwrap();
    let refused = |token: &TimestampToken| match embed(&state, &document(), &value, Some(token)) {
        Err(EmbedError::TimestampUnusable(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&token(&bench.tsa, &[7; 32])), TspError::WrongImprint);
    let lax = Tsa::with_purpose(&bench.authority, &Purpose::LaxTimeStamping);
    assert_eq!(refused(&token(&lax, imprint.digest())), TspError::NotForTimestamping);
    let wrong = Tsa::with_purpose(&bench.authority, &Purpose::Signing);
    assert_eq!(refused(&token(&wrong, imprint.digest())), TspError::NotForTimestamping);
    let mut silent = Tsa::new(&bench.authority);
    silent.omit_certificate = true;
    assert_eq!(refused(&token(&silent, imprint.digest())), TspError::NoCertificate);
    let mut forged = bench.tsa.token(imprint.digest(), None, NOW);
    let last = forged.len() - 1;
    forged[last] ^= 1;
    assert!(matches!(refused(&TimestampToken::from_der(&forged).unwrap()), TspError::BadSignature(_)));
}

#[test]
fn contents_too_small_is_an_error_that_names_the_missing_bytes() {
    let bench = Bench::new();
    // The token of this test needs so many bytes; one byte less must fail by exactly one.
    let probe = prepared(&bench, AdesLevel::T);
    let needed = bench.token(&value(&bench, &probe)).der().len();
    for (room, slack) in [(needed - 200, 200), (needed - 1, 1), (1, needed - 1)] {
        let state = prepare(&document(), &bench.parameters(AdesLevel::T).with_timestamp_room(room)).unwrap();
        // ECDSA values vary in length by a few bytes, so take the longest kind.
        let value = longest_value(&bench, &state);
        let token = token_of_length(&bench, &value, needed);
        match embed(&state, &document(), &value, Some(&token)) {
            Err(EmbedError::NoRoom { missing }) => {
                // Shorter length headers can save a few bytes.
                assert!((slack..=slack + 8).contains(&missing), "room {room}: {missing} missing");
            }
            other => panic!("room {room}: {other:?}"),
        }
    }
}

fn longest_value(bench: &Bench, state: &PreparedPdf) -> SignatureValue {
    (0..10_000).map(|_| value(bench, state)).find(|value| value.as_bytes().len() == 72).unwrap()
}

fn token_of_length(bench: &Bench, value: &SignatureValue, length: usize) -> TimestampToken {
    (0..10_000).map(|_| bench.token(value)).find(|token| token.der().len() == length).unwrap()
}

#[test]
fn the_room_is_exactly_enough_for_the_longest_value_and_token() {
    let bench = Bench::new();
    let probe = prepared(&bench, AdesLevel::T);
    let needed = bench.token(&value(&bench, &probe)).der().len();
    let state = prepare(&document(), &bench.parameters(AdesLevel::T).with_timestamp_room(needed)).unwrap();
    let value = longest_value(&bench, &state);
    let token = token_of_length(&bench, &value, needed);
    let signed = embed(&state, &document(), &value, Some(&token)).unwrap();
    let checks = verify_signatures(&signed, &AwsLc).unwrap();
    assert!(checks[0].is_intact());
    let range = checks[0].byte_range.unwrap();
    assert_eq!(range.second_start - range.first_len, 2 * checks[0].cms.len() as u64 + 2, "no padding at all");
}

#[test]
fn rsa_needs_no_more_room_than_reserved() {
    let bench = Bench::rsa();
    let state = prepared(&bench, AdesLevel::B);
    let signed = embed(&state, &document(), &value(&bench, &state), None).unwrap();
    let checks = verify_signatures(&signed, &AwsLc).unwrap();
    let range = checks[0].byte_range.unwrap();
    assert_eq!(range.second_start - range.first_len, 2 * checks[0].cms.len() as u64 + 2);
}

#[test]
fn a_writer_that_fails_is_reported() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::B);
    let value = value(&bench, &state);
    for space in [0, document().len(), state.signed_len() as usize - 1] {
        let result = state.embed(&document(), &value, None, &AwsLc, &mut Full(space));
        assert!(matches!(result, Err(EmbedError::Write(_))));
    }
    assert!(state.embed(&document(), &value, None, &AwsLc, &mut Full(state.signed_len() as usize)).is_ok());
}

#[test]
fn the_stored_state_is_small_and_without_the_document() {
    let bench = Bench::new();
    let mut pdf = Pdf::plain();
    let filling = "x".repeat(100_000);
    pdf.set(7, &format!("<< /Length 100000 >>\nstream\n{filling}\nendstream"));
    let document = pdf.build(Layout::Classic);
    let state = prepare(&document, &bench.parameters(AdesLevel::T)).unwrap();
    assert!(state.to_bytes().len() < 4_096, "{} bytes", state.to_bytes().len());
}

#[test]
fn an_altered_state_is_refused() {
    let bench = Bench::new();
    let state = prepared(&bench, AdesLevel::B);
    let value = value(&bench, &state);
    let bytes = state.to_bytes();
    let reason = bytes.windows(9).position(|window| window == b"/Filter /").unwrap();
    let mut altered = bytes.clone();
    altered[reason + 9] ^= 1;
    let altered = PreparedPdf::from_bytes(&altered).unwrap();
    assert!(matches!(embed(&altered, &document(), &value, None), Err(EmbedError::DamagedState)));
}

#[test]
fn bytes_that_are_no_stored_state_are_refused() {
    let bytes = prepared(&Bench::new(), AdesLevel::T).to_bytes();
    let read = |bytes: &[u8]| PreparedPdf::from_bytes(bytes);
    assert_eq!(read(b""), Err(PreparedFormatError::NotPrepared));
    assert_eq!(read(b"%PDF-1.7"), Err(PreparedFormatError::NotPrepared));
    let mut newer = bytes.clone();
    newer[4] = 2;
    assert_eq!(read(&newer), Err(PreparedFormatError::UnknownVersion { found: 2 }));
    for cut in 4..bytes.len() {
        assert!(matches!(read(&bytes[..cut]), Err(PreparedFormatError::Damaged { .. })), "cut at {cut}");
    }
    assert!(matches!(read(&[bytes, vec![0]].concat()), Err(PreparedFormatError::Damaged { what: "the end" })));
}

/// A certificate that is always the same, so that the stored form is too.
const FIXED_CERTIFICATE: &[u8] = include_bytes!("data/fixed-certificate.der");

#[test]
fn the_stored_form_of_version_1_does_not_change() {
    let certificate = Certificate::from_der(FIXED_CERTIFICATE).unwrap();
    let parameters = SignatureParameters::new(certificate, SignatureAlgorithm::EcdsaSha256, AdesLevel::T, NOW)
        .with_timestamp_room(100)
        .with_reason("契約");
    let state = prepare(&Pdf::plain().build(Layout::Classic), &parameters).unwrap();
    let golden = include_bytes!("data/prepared-v1.bin");
    assert_eq!(state.to_bytes(), golden, "stored states of earlier versions must stay readable, byte by byte");
    assert_eq!(PreparedPdf::from_bytes(golden).unwrap(), state);
}

#[test]
fn every_layout_can_be_embedded_after_being_stored() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let document = Pdf::plain().build(layout);
        let stored = prepare(&document, &bench.parameters(AdesLevel::T)).unwrap().to_bytes();
        let state = PreparedPdf::from_bytes(&stored).unwrap();
        let value = value(&bench, &state);
        let token = bench.token(&value);
        let signed = embed(&state, &document, &value, Some(&token)).unwrap();
        assert!(verify_signatures(&signed, &AwsLc).unwrap()[0].is_intact(), "{layout:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_a_stored_state_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), prefix in any::<bool>()) {
        let golden = include_bytes!("data/prepared-v1.bin");
        let bytes = if prefix { [&golden[..6], &bytes].concat() } else { bytes };
        if let Ok(state) = PreparedPdf::from_bytes(&bytes) {
            prop_assert_eq!(state.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_stored_state_with_one_changed_byte_never_embeds_another_document(at in 0_usize..10_000, bit in 0_u8..8) {
        let golden = include_bytes!("data/prepared-v1.bin");
        let mut bytes = golden.to_vec();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(state) = PreparedPdf::from_bytes(&bytes) {
            prop_assert_eq!(state.to_bytes(), bytes);
            let document = Pdf::plain().build(Layout::Classic);
            let refused = embed(&state, &document, &SignatureValue::from(vec![0; 70]), None);
            prop_assert!(refused.is_err());
        }
    }

    #[test]
    fn whatever_can_be_prepared_carries_an_intact_signature(layout in 0..LAYOUTS.len(), changes in proptest::collection::vec((0_usize..10_000, any::<u8>()), 0..4)) {
        static BENCH: std::sync::OnceLock<Bench> = std::sync::OnceLock::new();
        let bench = BENCH.get_or_init(Bench::new);
        let mut document = Pdf::plain().build(LAYOUTS[layout]);
        for (at, byte) in changes {
            let at = at % document.len();
            document[at] = byte;
        }
        if let Ok(state) = prepare(&document, &bench.parameters(AdesLevel::B)) {
            let signed = embed(&state, &document, &value(bench, &state), None).unwrap();
            let checks = verify_signatures(&signed, &AwsLc).unwrap();
            let own = checks.iter().find(|check| check.covers_whole_file);
            prop_assert!(own.is_some_and(SignatureCheck::is_intact), "{checks:?}");
        }
    }
}
