//! What is true of every CAdES signature that is made, whatever its content and attributes are.

mod support;

use std::sync::LazyLock;

use ades::AdesLevel;
use ades::attributes::{Commitment, ContentHint, SignedAttributes, SignerLocation};
use ades::cades::{self, Content, PreparedCms, prepare};
use ades::crypto::{AwsLc, SignatureAlgorithm, SignatureValue};
use ades::evidence::{Crl, Evidence};
use ades::pdf::Source;
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};
use der::{Decode, Encode};
use proptest::prelude::*;
use support::Bench;
use support::cms::{bench_for, evidence, parameters, to_lt, to_lta, to_t};

static BENCH: LazyLock<Bench> = LazyLock::new(Bench::new);
static BENCH_ED25519: LazyLock<Bench> = LazyLock::new(|| bench_for(SignatureAlgorithm::Ed25519));

fn attributes() -> impl Strategy<Value = SignedAttributes> {
    let texts = proptest::collection::vec("\\PC{1,20}", 0..3);
    (texts.clone(), texts, proptest::option::of("\\PC{1,40}"), any::<u8>()).prop_map(|(roles, lines, text, bits)| {
        let mut attributes = SignedAttributes::new();
        for role in roles {
            attributes = attributes.with_claimed_role(role);
        }
        if !lines.is_empty() {
            attributes =
                attributes.with_location(SignerLocation { postal_address: lines, ..SignerLocation::default() });
        }
        if bits & 1 != 0 {
            attributes = attributes.with_commitment(Commitment::ProofOfCreation);
        }
        if bits & 2 != 0 {
            let content_type = ades::Oid::new_unwrap("1.2.840.113549.1.7.1");
            attributes = attributes.with_content_hint(ContentHint { content_type, description: text.clone() });
        }
        match text {
            Some(text) => attributes.with_mime_type(text),
            None => attributes,
        }
    })
}

fn sign(bench: &Bench, content: Content<'_>, attributes: SignedAttributes) -> Vec<u8> {
    let parameters = parameters(bench, &bench.signer, AdesLevel::B).with_attributes(attributes);
    let prepared = PreparedCms::from_bytes(&prepare(content, &parameters, &AwsLc).unwrap().to_bytes()).unwrap();
    let value = SignatureValue::from(bench.signer.sign(prepared.dtbs()));
    let mut out = Vec::new();
    prepared.embed(content, &value, None, &AwsLc, &mut out).unwrap();
    out
}

/// The signer infos as another library reads them; it must write the same bytes again.
fn read_by_another_library(bytes: &[u8]) -> Vec<SignerInfo> {
    let info = ContentInfo::from_der(bytes).unwrap();
    assert_eq!(info.to_der().unwrap(), bytes, "what is written is DER");
    let signed_data: SignedData = info.content.decode_as().unwrap();
    let certificates = signed_data.certificates.unwrap().0;
    assert!(certificates.iter().all(|choice| matches!(choice, CertificateChoices::Certificate(_))));
    signed_data.signer_infos.0.iter().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_signed_is_read_back_by_us_and_by_another_library(
        content in proptest::collection::vec(any::<u8>(), 0..300),
        attributes in attributes(),
        inside in any::<bool>(),
        ed25519 in any::<bool>(),
    ) {
        let bench: &Bench = if ed25519 { &BENCH_ED25519 } else { &BENCH };
        let beside = (!inside).then_some(&content as &dyn Source);
        let what = if inside { Content::Enveloping(&content) } else { Content::Detached(&content) };
        let cms = sign(bench, what, attributes);
        let checks = cades::verify(&cms, beside, &AwsLc).unwrap();
        prop_assert!(checks[0].is_intact(), "{:?}", checks[0].problem);
        let infos = read_by_another_library(&cms);
        prop_assert_eq!(infos[0].signature.as_bytes(), &checks[0].signature_value);
        prop_assert_eq!(infos[0].signed_attrs.as_ref().unwrap().len(), checks[0].signed_attributes.len());
    }

    #[test]
    fn any_altered_octet_of_content_or_signed_attributes_is_found(
        content in proptest::collection::vec(any::<u8>(), 1..100),
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let cms = sign(&BENCH, Content::Enveloping(&content), SignedAttributes::new().with_claimed_role("role"));
        let infos = read_by_another_library(&cms);
        let signed = [content.clone(), infos[0].signed_attrs.as_ref().unwrap().to_der().unwrap().split_off(4)];
        for octets in signed {
            let start = cms.windows(octets.len()).position(|window| window == octets).unwrap();
            let mut altered = cms.clone();
            altered[start + place.index(octets.len())] ^= 1 << bit;
            let intact = cades::verify(&altered, None, &AwsLc).is_ok_and(|checks| checks[0].is_intact());
            prop_assert!(!intact);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = cades::verify(&bytes, None, &AwsLc);
        let _ = cades::evidence_of(&bytes);
        let _ = PreparedCms::from_bytes(&bytes);
    }
}

#[test]
fn raising_the_level_keeps_every_octet_that_was_there() {
    let content: &[u8] = b"content";
    let bench = &*BENCH;
    let b = sign(bench, Content::Enveloping(&content), SignedAttributes::new());
    let t = to_t(bench, &b, 0);
    // That library takes OCSP answers for explicitly tagged (RFC 5652 has them implicit), so it is shown lists only.
    let mut lists = Evidence::of_certificates([bench.authority.certificate()]);
    lists.add_crl(Crl::from_der(&bench.authority.crl(&[], support::NOW, support::NOW + 1_000_000)).unwrap());
    let only_lists = cades::add_validation_data(&t, None, &lists, &AwsLc).unwrap();
    let lt = to_lt(bench, &only_lists, None);
    let lta = to_lta(bench, &only_lists, None, 0, support::NOW + 60);
    let before = read_by_another_library(&b);
    for raised in [&t, &only_lists, &lta] {
        let after = read_by_another_library(raised);
        assert_eq!(after[0].signed_attrs.to_der().unwrap(), before[0].signed_attrs.to_der().unwrap());
        assert_eq!(after[0].signature, before[0].signature);
    }
    // The evidence is in it once, however often it is added.
    let again = to_lt(bench, &lt, None);
    let found = cades::evidence_of(&again).unwrap();
    assert_eq!(found.crls().len(), 3, "each list is another one, as ECDSA is random");
    let same = evidence(bench, support::NOW + 60);
    let once = cades::add_validation_data(&t, None, &same, &AwsLc).unwrap();
    assert_eq!(cades::add_validation_data(&once, None, &same, &AwsLc).unwrap(), once);
}

#[test]
fn indefinite_lengths_of_others_are_raised_over_the_bytes_as_they_are() {
    let content: &[u8] = b"content";
    let bench = &*BENCH;
    let cms = sign(bench, Content::Enveloping(&content), SignedAttributes::new());
    // The content in two pieces and everything above it open-ended, as streaming programs write it.
    let needle = [&[0xa0, 9, 4, 7][..], content].concat();
    let at = cms.windows(needle.len()).position(|window| window == needle).unwrap();
    let oid = &cms[at - 11..at];
    let pieces = [&[0xa0, 0x80, 0x24, 0x80, 4, 3][..], b"con", &[4, 4], b"tent", &[0; 4]].concat();
    let encapsulated = [&[0x30, 0x80], oid, &pieces, &[0, 0]].concat();
    let parsed: SignedData = ContentInfo::from_der(&cms).unwrap().content.decode_as().unwrap();
    let fields = [
        parsed.version.to_der().unwrap(),
        parsed.digest_algorithms.to_der().unwrap(),
        encapsulated,
        {
            let mut set = parsed.certificates.to_der().unwrap();
            set[0] = 0xa0;
            set
        },
        parsed.signer_infos.to_der().unwrap(),
    ]
    .concat();
    let ids = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let open = [&[0x30, 0x80][..], &ids, &[0xa0, 0x80, 0x30, 0x80], &fields, &[0; 6]].concat();
    assert!(cades::verify(&open, None, &AwsLc).unwrap()[0].is_intact());
    let raised = to_lta(bench, &to_lt(bench, &to_t(bench, &open, 0), None), None, 0, support::NOW + 60);
    let checks = cades::verify(&raised, None, &AwsLc).unwrap();
    assert_eq!((checks[0].is_intact(), checks[0].level()), (true, Some(AdesLevel::Lta)));
    assert!(raised.windows(pieces.len()).any(|window| window == pieces), "the content stays as it was written");
}
