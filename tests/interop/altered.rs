//! Every octet that was signed counts, for judges that are not ours; and the same inputs give the same bytes.

use std::ops::Range;
use std::path::Path;

use ades::AdesLevel;
use ades::cades;
use ades::crypto::{AwsLc, SignatureAlgorithm};
use ades::pades::{self, timestamp_imprint};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::dss::dss;
use crate::ground::{SIGNED, ground};
use crate::making::{CONTENT, Format, cms_parameters, document, dss_arguments, pdf_parameters, sign_cms, sign_pdf};
use crate::others::openssl_cms;
use crate::signers::KeyKind;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaSha256;

/// Alterations that are tried of each kind.
const CASES: u32 = 24;

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() })
}

fn place_of(haystack: &[u8], needle: &[u8]) -> Range<usize> {
    let places: Vec<_> = haystack.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).collect();
    assert_eq!(places.len(), 1, "the signed octets stand in the file once");
    places[0].0..places[0].0 + needle.len()
}

/// With one bit of the octets in `places` turned.
fn turned(bytes: &[u8], places: &[usize], at: prop::sample::Index, bit: u8) -> Vec<u8> {
    let mut altered = bytes.to_vec();
    altered[places[at.index(places.len())]] ^= 1 << bit;
    altered
}

/// Whether DSS passes this file.
fn dss_passes(format: Format, path: &Path) -> Option<bool> {
    let verdict = dss()?.validate(&dss_arguments(ground(), format, AdesLevel::B, path.to_str().unwrap()));
    Some(!verdict.refused())
}

#[test]
fn every_octet_that_a_byte_range_covers_counts() {
    let signer = ground().signer(KeyKind::P256);
    let signed = sign_pdf(&document(), signer, ALGORITHM, &pdf_parameters(signer, ALGORITHM, AdesLevel::B));
    let path = ground().file("altered.pdf", &signed);
    let Some(passes) = dss_passes(Format::Pades, &path) else { return };
    assert!(passes, "unaltered, it passes");
    let checks = pades::verify_signatures(&signed, &AwsLc).unwrap();
    let covered: Vec<usize> = {
        let range = checks[0].byte_range.unwrap();
        let number = |of: u64| usize::try_from(of).unwrap();
        assert_eq!(number(range.end()), signed.len());
        (0..number(range.first_len)).chain(number(range.second_start)..signed.len()).collect()
    };
    let outcome = runner().run(&(any::<prop::sample::Index>(), 0_u8..8), |(at, bit)| {
        let path = ground().file("altered.pdf", &turned(&signed, &covered, at, bit));
        prop_assert_eq!(dss_passes(Format::Pades, &path), Some(false));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn every_octet_of_the_signed_attributes_in_a_pdf_counts() {
    let signer = ground().signer(KeyKind::P256);
    let parameters = pdf_parameters(signer, ALGORITHM, AdesLevel::B);
    let signed = sign_pdf(&document(), signer, ALGORITHM, &parameters);
    let path = ground().file("attributes.pdf", &signed);
    let Some(passes) = dss_passes(Format::Pades, &path) else { return };
    assert!(passes, "unaltered, it passes");
    // In the CMS the SET OF has another tag; what follows the tag is the same.
    let prepared = pades::prepare(&document(), &parameters).unwrap();
    let digits = |upper: bool| -> Vec<u8> {
        let one = |byte: &u8| if upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
        prepared.dtbs()[1..].iter().map(one).collect::<String>().into_bytes()
    };
    let upper = signed.windows(digits(true).len()).any(|window| window == digits(true));
    let places = place_of(&signed, &digits(upper));
    let outcome = runner().run(&(any::<prop::sample::Index>(), 1_u8..16), |(at, change)| {
        let mut altered = signed.clone();
        let place = places.start + at.index(places.len());
        let digit = char::from(altered[place]).to_digit(16).unwrap() ^ u32::from(change);
        altered[place] = format!("{digit:X}").as_bytes()[0];
        let path = ground().file("attributes.pdf", &altered);
        prop_assert_eq!(dss_passes(Format::Pades, &path), Some(false));
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn every_octet_of_content_and_signed_attributes_in_a_cms_counts() {
    let signer = ground().signer(KeyKind::P256);
    let content = Format::CadesEnveloping.cades_content();
    let signed = sign_cms(content, signer, ALGORITHM, AdesLevel::B);
    let path = ground().file("altered.p7m", &signed);
    if let Some(passes) = dss_passes(Format::CadesEnveloping, &path) {
        assert!(passes, "unaltered, it passes");
    }
    if let Some((passes, text)) = openssl_cms(&path, None) {
        assert!(passes, "unaltered, it passes: {text}");
    }
    let prepared = cades::prepare(content, &cms_parameters(signer, ALGORITHM, AdesLevel::B), &AwsLc).unwrap();
    for what in [CONTENT, &prepared.dtbs()[1..]] {
        let places: Vec<usize> = place_of(&signed, what).collect();
        let outcome = runner().run(&(any::<prop::sample::Index>(), 0_u8..8), |(at, bit)| {
            let path = ground().file("altered.p7m", &turned(&signed, &places, at, bit));
            prop_assert_ne!(dss_passes(Format::CadesEnveloping, &path), Some(true));
            prop_assert_ne!(openssl_cms(&path, None).map(|(passes, _)| passes), Some(true));
            Ok(())
        });
        outcome.unwrap();
    }
}

#[test]
fn every_octet_of_detached_content_counts() {
    let signer = ground().signer(KeyKind::P256);
    let signed = sign_cms(Format::CadesDetached.cades_content(), signer, ALGORITHM, AdesLevel::B);
    let path = ground().file("detached.p7s", &signed);
    if let Some((passes, text)) = openssl_cms(&path, Some(&ground().path("content.bin"))) {
        assert!(passes, "unaltered, it passes: {text}");
    }
    for at in 0..CONTENT.len() {
        let mut altered = CONTENT.to_vec();
        altered[at] ^= 1 << (at % 8);
        let content = ground().file("altered-content.bin", &altered);
        assert_ne!(openssl_cms(&path, Some(&content)).map(|(passes, _)| passes), Some(true), "octet {at}");
    }
}

#[test]
fn the_same_inputs_value_and_time_stamp_give_the_same_bytes() {
    for (kind, algorithm) in [
        (KeyKind::Rsa2048, SignatureAlgorithm::RsaPkcs1Sha256),
        (KeyKind::P384, SignatureAlgorithm::EcdsaSha3_384),
        (KeyKind::Ed25519, SignatureAlgorithm::Ed25519),
    ] {
        let signer = ground().signer(kind);
        let document = document();
        let parameters = pdf_parameters(signer, algorithm, AdesLevel::T);
        let prepared = pades::prepare(&document, &parameters).unwrap();
        // ECDSA and time-stamps are random: they come from outside, once.
        let value = signer.sign(algorithm, prepared.dtbs());
        let token = ground().token(timestamp_imprint(&value), SIGNED + 1);
        let again = pades::prepare(&document, &parameters).unwrap();
        assert_eq!(again, prepared);
        let finished = [prepared, again].map(|prepared| {
            let mut out = Vec::new();
            prepared.embed(&document, &value, Some(&token), &AwsLc, &mut out).unwrap();
            out
        });
        assert_eq!(finished[0], finished[1], "{algorithm:?}");

        for format in [Format::CadesEnveloping, Format::CadesDetached] {
            let parameters = cms_parameters(signer, algorithm, AdesLevel::T);
            let prepare = || cades::prepare(format.cades_content(), &parameters, &AwsLc).unwrap();
            let value = signer.sign(algorithm, prepare().dtbs());
            let token = ground().token(timestamp_imprint(&value), SIGNED + 1);
            assert_eq!(prepare(), prepare());
            let finish = || {
                let mut out = Vec::new();
                prepare().embed(format.cades_content(), &value, Some(&token), &AwsLc, &mut out).unwrap();
                out
            };
            assert_eq!(finish(), finish(), "{format:?} {algorithm:?}");
        }
    }
}
