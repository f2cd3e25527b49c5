//! CAdES signatures in every packaging and level, judged by our own reader, by openssl and by EU DSS.
#![allow(clippy::disallowed_methods, reason = "judges read files")]

mod support;

use ades::AdesLevel;
use ades::attributes::{
    Commitment, ContentHint, ExplicitPolicy, PolicySpecification, SignaturePolicy, SignedAttributes, SignerLocation,
};
use ades::cades::{
    self, AugmentError, CadesParameters, Content, EmbedError, PrepareError, PreparedCms, PreparedFormatError,
    SignerProblem, VerifyCmsError, add_signer, add_validation_data, countersign, prepare, prepare_archive_timestamp,
};
use ades::crypto::{AwsLc, DigestAlgorithm, SignatureAlgorithm, SignatureValue};
use ades::evidence::Evidence;
use ades::pdf::Source;
use ades::tsp::Imprint;
use support::cms::{bench_for, evidence, finish, parameters, sign, to_lt, to_lta, to_t, token, verified};
use support::judges::{self, Dss};
use support::pki::{Authority, Key, Purpose, Signer};
use support::{Bench, NOW};

const CONTENT: &[u8] = b"The quick brown fox\r\n\x00\xff\x30\x80 signs.";

fn detached() -> Content<'static> {
    Content::Detached(&CONTENT)
}

fn enveloping() -> Content<'static> {
    Content::Enveloping(&CONTENT)
}

fn beside(content: &Content<'_>) -> Option<&'static dyn Source> {
    match content {
        Content::Enveloping(_) => None,
        _ => Some(&CONTENT),
    }
}

/// What DSS says about each signature: its level and its indication.
fn dss(dss: &Dss, bench: &Bench, cms: &[u8], detached: bool) -> Vec<(String, String, serde_json::Value)> {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (signature, content) = (file("signature.p7s", cms), file("content.bin", CONTENT));
    let root = file("root.der", bench.authority.der());
    let crl = file("root.crl", &bench.authority.crl(&[], NOW + 60, NOW + 100_000_000));
    let mut arguments = vec!["validate", &signature, "--trust", &root, "--crl", &crl];
    if detached {
        arguments.extend(["--detached", &content]);
    }
    let answer = dss.ask(&arguments);
    let signatures = answer["signatures"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    signatures.into_iter().map(|one| (text(&one["format"]), text(&one["indication"]), one)).collect()
}

fn all_attributes() -> SignedAttributes {
    let policy = ExplicitPolicy::new(ades::Oid::new_unwrap("1.2.3.4"), DigestAlgorithm::Sha256, vec![7; 32])
        .with_uri("http://policy.test/1")
        .with_notice("読むこと")
        .with_specification(PolicySpecification::Oid(ades::Oid::new_unwrap("1.2.3.5")));
    SignedAttributes::new()
        .with_commitment(Commitment::ProofOfApproval)
        .with_commitment(Commitment::ProofOfOrigin)
        .with_claimed_role("代表取締役")
        .with_policy(SignaturePolicy::Explicit(policy))
        .with_location(SignerLocation {
            country: Some("JP".into()),
            locality: Some("京都".into()),
            postal_address: vec!["中京区".into()],
        })
        .with_content_hint(ContentHint {
            content_type: ades::Oid::new_unwrap("1.2.840.113549.1.7.1"),
            description: Some("a text".into()),
        })
        .with_mime_type("text/plain")
}

#[test]
fn every_algorithm_packaging_and_level_is_accepted_by_openssl_and_dss() {
    let server = Dss::start();
    for algorithm in SignatureAlgorithm::ALL {
        let bench = bench_for(algorithm);
        for content in [detached(), enveloping()] {
            let beside = beside(&content);
            let b = sign(&bench, content, &parameters(&bench, &bench.signer, AdesLevel::B));
            let t = sign(&bench, content, &parameters(&bench, &bench.signer, AdesLevel::T));
            let lt = to_lt(&bench, &t, beside);
            let lta = to_lta(&bench, &lt, beside, 0, NOW + 3_600);
            for (cms, level, name) in [
                (&b, AdesLevel::B, "CAdES-BASELINE-B"),
                (&t, AdesLevel::T, "CAdES-BASELINE-T"),
                (&lt, AdesLevel::Lt, "CAdES-BASELINE-LT"),
                (&lta, AdesLevel::Lta, "CAdES-BASELINE-LTA"),
            ] {
                let checks = verified(cms, beside);
                assert_eq!((checks.len(), checks[0].level()), (1, Some(level)), "{algorithm:?}");
                assert_eq!(checks[0].claimed_time, Some(NOW));
                let folder = tempfile::tempdir().unwrap();
                let said = judges::openssl_cades(folder.path(), cms, beside.map(|_| CONTENT), bench.authority.der());
                match said {
                    Some(Err(text)) if !OPENSSL_CANNOT.contains(&algorithm) => panic!("{algorithm:?} {name}: {text}"),
                    Some(Ok(())) => assert!(!OPENSSL_CANNOT.contains(&algorithm), "openssl has learnt {algorithm:?}"),
                    _ => {}
                }
                if let Some(server) = &server {
                    let found = dss(server, &bench, cms, beside.is_some());
                    assert_eq!(found.len(), 1);
                    assert_eq!(found[0].0, name, "{algorithm:?}: {}", found[0].2);
                    let says = if algorithm == SignatureAlgorithm::Ed25519 { "INDETERMINATE" } else { "TOTAL_PASSED" };
                    assert_eq!(found[0].1, says, "{algorithm:?} {name}: {}", found[0].2);
                    // The default policy of DSS has no Ed25519 (it is not ECCG-agreed), but DSS can verify it.
                    assert_eq!(
                        (&found[0].2["signature_intact"], &found[0].2["signature_valid"]),
                        (&true.into(), &true.into())
                    );
                }
            }
        }
    }
}

/// What the openssl of the machines where this runs (3.0) cannot verify in a CMS.
const OPENSSL_CANNOT: [SignatureAlgorithm; 1] = [SignatureAlgorithm::Ed25519];

#[test]
fn all_attributes_are_signed_and_accepted_by_openssl_and_dss() {
    let bench = Bench::new();
    let server = Dss::start();
    let over = Imprint::of(DigestAlgorithm::Sha384, CONTENT);
    let attributes = all_attributes().with_content_timestamp(token(&bench, &over, NOW - 10));
    let parameters = parameters(&bench, &bench.signer, AdesLevel::T).with_attributes(attributes);
    let cms = sign(&bench, enveloping(), &parameters);
    let checks = verified(&cms, None);
    assert_eq!(checks[0].signed_attributes.len(), 4 + 7);
    assert_eq!(checks[0].content_timestamps[0].info.time, NOW - 10);
    let folder = tempfile::tempdir().unwrap();
    if let Some(said) = judges::openssl_cades(folder.path(), &cms, None, bench.authority.der()) {
        said.unwrap();
    }
    if let Some(server) = &server {
        let found = dss(server, &bench, &cms, false);
        assert_eq!(found[0].0, "CAdES-BASELINE-T", "{}", found[0].2);
    }
}

#[test]
fn parallel_and_counter_signatures_leave_the_others_as_they_are_and_dss_accepts_all() {
    let server = Dss::start();
    let bench = Bench::new();
    for (content, is_detached) in [(detached(), true), (enveloping(), false)] {
        let beside = beside(&content);
        let first = sign(&bench, content, &parameters(&bench, &bench.signer, AdesLevel::T));
        let second = Signer::numbered(&bench.authority, "Second", Key::p384(), &Purpose::Signing, 4_002);
        let prepared = add_signer(&first, beside, &parameters(&bench, &second, AdesLevel::T), &AwsLc).unwrap();
        let prepared = PreparedCms::from_bytes(&prepared.to_bytes()).unwrap();
        let (value, token) = finish(&bench, &second, &prepared);
        let two = prepared.embed_into(&first, &value, token.as_ref(), &AwsLc).unwrap();
        assert_eq!(two, prepared.embed_into(&first, &value, token.as_ref(), &AwsLc).unwrap());

        let third = Signer::numbered(&bench.authority, "Witness", Key::rsa(), &Purpose::Signing, 4_003);
        let counter = countersign(&two, 0, &parameters(&bench, &third, AdesLevel::B), &AwsLc).unwrap();
        let counter = PreparedCms::from_bytes(&counter.to_bytes()).unwrap();
        let (value, _) = finish(&bench, &third, &counter);
        let three = counter.embed_into(&two, &value, None, &AwsLc).unwrap();

        let checks = verified(&three, beside);
        assert_eq!(checks.len(), 2);
        let counters: usize = checks.iter().map(|check| check.countersignatures.len()).sum();
        assert_eq!(counters, 1);
        let before = verified(&first, beside);
        assert!(checks.iter().any(|check| check.signature_value == before[0].signature_value));
        if let Some(server) = &server {
            let found = dss(server, &bench, &three, is_detached);
            assert_eq!(found.len(), 3, "two parallel and one counter-signature");
            assert!(found.iter().all(|(_, indication, _)| indication == "TOTAL_PASSED"), "{found:?}");
        }
        // Altering what was countersigned breaks the counter-signature as well.
        let witness = counter.embed_into(&first, &value, None, &AwsLc);
        assert!(matches!(witness, Err(EmbedError::WrongCms)));
    }
}

#[test]
fn several_signers_are_raised_one_after_the_other_and_renewed() {
    let server = Dss::start();
    let bench = Bench::new();
    let first = sign(&bench, enveloping(), &parameters(&bench, &bench.signer, AdesLevel::B));
    let prepared = add_signer(&first, None, &parameters(&bench, &bench.signer, AdesLevel::B), &AwsLc).unwrap();
    let (value, _) = finish(&bench, &bench.signer, &prepared);
    let mut cms = prepared.embed_into(&first, &value, None, &AwsLc).unwrap();
    for signer in 0..2 {
        cms = to_t(&bench, &cms, signer);
    }
    cms = to_lt(&bench, &cms, None);
    for (round, signer) in [0, 1, 0, 1, 0].into_iter().enumerate() {
        cms = to_lta(&bench, &cms, None, signer, NOW + 3_600 * (1 + round as u64));
    }
    let checks = verified(&cms, None);
    assert_eq!(checks.iter().map(|check| check.archive_timestamps.len()).collect::<Vec<_>>(), [3, 2]);
    if let Some(server) = &server {
        for (format, indication, one) in dss(server, &bench, &cms, false) {
            assert_eq!((format.as_str(), indication.as_str()), ("CAdES-BASELINE-LTA", "TOTAL_PASSED"), "{one}");
        }
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let bench = Bench::new();
    let parameters = parameters(&bench, &bench.signer, AdesLevel::T);
    for content in [detached(), enveloping()] {
        let prepared = prepare(content, &parameters, &AwsLc).unwrap();
        assert_eq!(prepared, prepare(content, &parameters, &AwsLc).unwrap());
        let (value, token) = finish(&bench, &bench.signer, &prepared);
        let embed = || {
            let mut out = Vec::new();
            prepared.embed(content, &value, token.as_ref(), &AwsLc, &mut out).unwrap();
            out
        };
        assert_eq!(embed(), embed());
    }
}

#[test]
fn signing_in_one_call_gives_what_two_steps_give() {
    struct AtHand<'a>(&'a Signer);
    impl ades::crypto::Signer for AtHand<'_> {
        type Error = std::convert::Infallible;
        fn sign(&self, _: SignatureAlgorithm, message: &[u8]) -> Result<Vec<u8>, Self::Error> {
            Ok(self.0.sign(message))
        }
    }
    let bench = bench_for(SignatureAlgorithm::Ed25519);
    let parameters = parameters(&bench, &bench.signer, AdesLevel::B);
    for content in [detached(), enveloping(), Content::Digest(&DigestAlgorithm::Sha512.digest(CONTENT))] {
        let mut out = Vec::new();
        cades::sign(content, &parameters, &AtHand(&bench.signer), &AwsLc, &mut out).unwrap();
        assert_eq!(out, sign(&bench, content, &parameters));
        verified(&out, beside(&content));
    }
}

#[test]
fn values_and_tokens_that_do_not_fit_are_never_embedded() {
    let bench = Bench::new();
    let prepared = |level| prepare(detached(), &parameters(&bench, &bench.signer, level), &AwsLc).unwrap();
    let embed = |prepared: &PreparedCms, value: &SignatureValue, token: Option<&_>| {
        let mut out = Vec::new();
        let result = prepared.embed(detached(), value, token, &AwsLc, &mut out);
        assert_eq!(result.is_err(), out.is_empty(), "nothing is written on an error");
        result
    };
    let (b, t) = (prepared(AdesLevel::B), prepared(AdesLevel::T));
    let (value, good) = finish(&bench, &bench.signer, &t);
    let good = good.unwrap();
    assert!(embed(&t, &value, Some(&good)).is_ok());
    assert!(matches!(embed(&t, &value, None), Err(EmbedError::TimestampMissing)));
    assert!(matches!(embed(&b, &value, Some(&good)), Err(EmbedError::TimestampUnexpected)));
    let other = token(&bench, &Imprint::of(DigestAlgorithm::Sha256, b"other"), NOW);
    assert!(matches!(embed(&t, &value, Some(&other)), Err(EmbedError::TimestampUnusable(_))));
    let stranger = Signer::p256(&bench.authority, "Other");
    for bad in [stranger.sign(b.dtbs()), bench.signer.sign(b.dtbsr().as_bytes()), Vec::new(), vec![0xff; 4_000]] {
        let refused = embed(&b, &SignatureValue::from(bad), None);
        assert!(matches!(refused, Err(EmbedError::SignatureDoesNotVerify(_))), "{refused:?}");
    }
}

#[test]
fn other_content_and_other_packaging_are_refused() {
    let bench = Bench::new();
    let level = AdesLevel::B;
    let inside = prepare(enveloping(), &parameters(&bench, &bench.signer, level), &AwsLc).unwrap();
    let outside = prepare(detached(), &parameters(&bench, &bench.signer, level), &AwsLc).unwrap();
    let (value, _) = finish(&bench, &bench.signer, &outside);
    let embed = |prepared: &PreparedCms, content| prepared.embed(content, &value, None, &AwsLc, &mut Vec::new());
    let other: &[u8] = b"another text";
    assert!(matches!(embed(&outside, Content::Detached(&other)), Err(EmbedError::WrongContent)));
    assert!(matches!(embed(&inside, Content::Enveloping(&other)), Err(EmbedError::WrongContent)));
    assert!(matches!(embed(&outside, enveloping()), Err(EmbedError::OtherPackaging)));
    assert!(matches!(embed(&inside, detached()), Err(EmbedError::OtherPackaging)));
    assert!(matches!(outside.embed_into(CONTENT, &value, None, &AwsLc), Err(EmbedError::OtherPackaging)));
    let digest = DigestAlgorithm::Sha256.digest(CONTENT);
    assert!(embed(&outside, Content::Digest(&digest)).is_ok(), "a digest is as good as the content");

    let signed = sign(&bench, detached(), &parameters(&bench, &bench.signer, level));
    let again = |cms: &[u8], content: Option<&dyn Source>| {
        add_signer(cms, content, &parameters(&bench, &bench.signer, level), &AwsLc).unwrap_err()
    };
    assert!(matches!(again(&signed, None), PrepareError::ContentMissing));
    assert!(matches!(again(&signed, Some(&other)), PrepareError::OtherContent));
    assert!(matches!(again(b"0", Some(&CONTENT)), PrepareError::Malformed { .. }));
    let signed = sign(&bench, enveloping(), &parameters(&bench, &bench.signer, level));
    assert!(matches!(again(&signed, Some(&CONTENT)), PrepareError::ContentIsInside));
    let counter = countersign(&signed, 1, &parameters(&bench, &bench.signer, level), &AwsLc);
    assert!(matches!(counter, Err(PrepareError::NoSuchSigner)));
}

#[test]
fn certificates_and_attributes_that_do_not_fit_are_refused_before_anything_is_signed() {
    let bench = Bench::new();
    let certificate = bench.signer.certificate();
    let ecdsa = SignatureAlgorithm::EcdsaSha256;
    let prepare = |parameters: &CadesParameters| prepare(detached(), parameters, &AwsLc).unwrap_err();
    let at = |time| CadesParameters::new(certificate.clone(), ecdsa, AdesLevel::B, time);
    assert!(matches!(prepare(&at(certificate.not_before() - 1)), PrepareError::CertificateNotYetValid));
    assert!(matches!(prepare(&at(certificate.not_after() + 1)), PrepareError::CertificateExpired));
    let wrong = CadesParameters::new(certificate.clone(), SignatureAlgorithm::Ed25519, AdesLevel::B, NOW);
    assert!(matches!(prepare(&wrong), PrepareError::AlgorithmDoesNotFitKey));
    let unfit = Signer::with_key(&bench.authority, "Box", Key::p256(), &Purpose::Encryption).certificate();
    let unfit = CadesParameters::new(unfit, ecdsa, AdesLevel::B, NOW);
    assert!(matches!(prepare(&unfit), PrepareError::CertificateNotForSigning));
    let short = Signer::rsa(&bench.authority, "Short").certificate();
    let late = CadesParameters::new(short, SignatureAlgorithm::RsaPssSha256, AdesLevel::B, 1_861_920_000);
    assert!(matches!(prepare(&late), PrepareError::AlgorithmNotAccepted(_)));

    let with = |attributes| at(NOW).with_attributes(attributes);
    let empty = SignedAttributes::new().with_location(SignerLocation::default());
    assert!(matches!(prepare(&with(empty)), PrepareError::Attribute(_)));
    let other = token(&bench, &Imprint::of(DigestAlgorithm::Sha256, b"other"), NOW);
    let other = SignedAttributes::new().with_content_timestamp(other);
    assert!(matches!(prepare(&with(other)), PrepareError::ContentTimestampOverOtherContent));
    let digest = cades::prepare(Content::Digest(&[0; 20]), &at(NOW), &AwsLc);
    assert!(matches!(digest, Err(PrepareError::DigestLength { expected: 32 })));
}

#[test]
fn a_level_whose_preconditions_are_missing_is_refused() {
    let bench = Bench::new();
    let b = sign(&bench, detached(), &parameters(&bench, &bench.signer, AdesLevel::B));
    let content: Option<&dyn Source> = Some(&CONTENT);
    let lt = |cms: &[u8], evidence: &Evidence| add_validation_data(cms, content, evidence, &AwsLc);
    let lta =
        |cms: &[u8], signer, at| prepare_archive_timestamp(cms, content, signer, DigestAlgorithm::Sha256, at, &AwsLc);
    assert!(matches!(lt(&b, &evidence(&bench, NOW)), Err(AugmentError::NotTimestamped)));
    assert!(matches!(lta(&b, 0, NOW), Err(AugmentError::NotTimestamped)));
    let t = to_t(&bench, &b, 0);
    assert!(matches!(lt(&t, &Evidence::new()), Err(AugmentError::NothingToAdd)));
    assert!(matches!(lta(&t, 0, NOW), Err(AugmentError::NoValidationData)));
    let full = to_lt(&bench, &t, content);
    assert!(matches!(lta(&full, 1, NOW), Err(AugmentError::NoSuchSigner)));
    let prepared = lta(&full, 0, NOW).unwrap();
    let good = token(&bench, prepared.imprint(), NOW + 7_200);
    assert!(matches!(prepared.embed(&t, &good, &AwsLc), Err(AugmentError::WrongCms)));
    let other = token(&bench, &Imprint::of(DigestAlgorithm::Sha256, b"other"), NOW);
    assert!(matches!(prepared.embed(&full, &other, &AwsLc), Err(AugmentError::TimestampUnusable(_))));
    assert!(matches!(cades::add_timestamp(&b, 0, &other, &AwsLc), Err(AugmentError::TimestampUnusable(_))));

    let altered: &[u8] = b"altered";
    let broken = prepare_archive_timestamp(&full, Some(&altered), 0, DigestAlgorithm::Sha256, NOW, &AwsLc);
    assert!(matches!(broken, Err(AugmentError::Broken)));
    assert!(matches!(
        prepare_archive_timestamp(&full, None, 0, DigestAlgorithm::Sha256, NOW, &AwsLc),
        Err(AugmentError::Unreadable(VerifyCmsError::ContentMissing))
    ));
}

#[test]
fn taking_away_what_an_archive_time_stamp_covers_is_seen() {
    let bench = Bench::new();
    let t = sign(&bench, enveloping(), &parameters(&bench, &bench.signer, AdesLevel::T));
    let lta = to_lta(&bench, &to_lt(&bench, &t, None), None, 0, NOW + 3_600);
    // The revocation list is unsigned, but covered.
    let crl = bench.authority.crl(&[], NOW + 60, NOW + 100_000_000);
    let serial = lta.windows(13).position(|window| window == &crl[crl.len() - 100..crl.len() - 87]);
    let mut altered = lta.clone();
    altered[serial.unwrap_or_else(|| position_of(&lta, b"2901")) + 2] ^= 1;
    let checks = cades::verify(&altered, None, &AwsLc).unwrap();
    assert!(matches!(checks[0].problem, Some(SignerProblem::Timestamp(_))), "{:?}", checks[0].problem);
    assert!(checks[0].signature_ok && checks[0].digest_ok);
}

fn position_of(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).position(|window| window == needle).unwrap()
}

#[test]
fn any_change_of_signed_octets_is_refused_by_openssl_and_by_us() {
    let bench = Bench::new();
    let attributes = SignedAttributes::new().with_claimed_role("role of the signer");
    let parameters = parameters(&bench, &bench.signer, AdesLevel::B).with_attributes(attributes);
    let cms = sign(&bench, enveloping(), &parameters);
    let folder = tempfile::tempdir().unwrap();
    for place in [position_of(&cms, b"quick"), position_of(&cms, b"role of"), cms.len() - 3] {
        let mut altered = cms.clone();
        altered[place] ^= 1;
        let ours = cades::verify(&altered, None, &AwsLc).unwrap();
        assert!(!ours[0].is_intact(), "at {place}");
        if let Some(said) = judges::openssl_cades(folder.path(), &altered, None, bench.authority.der()) {
            assert!(said.is_err(), "at {place}");
        }
    }
}

#[test]
fn stored_states_read_back_or_are_refused() {
    let bench = Bench::new();
    let prepared = prepare(detached(), &parameters(&bench, &bench.signer, AdesLevel::T), &AwsLc).unwrap();
    let bytes = prepared.to_bytes();
    assert!(bytes.len() < 3_000 && !bytes.windows(5).any(|window| window == b"quick"));
    for end in 0..bytes.len() {
        assert!(PreparedCms::from_bytes(&bytes[..end]).is_err(), "cut at {end}");
    }
    assert!(PreparedCms::from_bytes(&[bytes.as_slice(), &[0]].concat()).is_err());
    let mut newer = bytes.clone();
    newer[4] = 2;
    assert_eq!(PreparedCms::from_bytes(&newer), Err(PreparedFormatError::UnknownVersion { found: 2 }));
    assert_eq!(PreparedCms::from_bytes(b"RKPD\x01"), Err(PreparedFormatError::NotPrepared));
    // A state whose certificate was exchanged does not fit together.
    let other = Signer::p256(&Authority::new("Other Root"), "署名 花子").certificate();
    let ours = prepared.certificates()[0].der();
    let place = position_of(&bytes, ours);
    let exchanged = [
        &bytes[..place - 4],
        &u32::try_from(other.der().len()).unwrap().to_be_bytes(),
        other.der(),
        &bytes[place + ours.len()..],
    ]
    .concat();
    let exchanged = PreparedCms::from_bytes(&exchanged).unwrap();
    let (value, token) = finish(&bench, &bench.signer, &exchanged);
    let refused = exchanged.embed(detached(), &value, token.as_ref(), &AwsLc, &mut Vec::new());
    assert!(matches!(refused, Err(EmbedError::DamagedState)));
}

#[test]
fn the_stored_form_of_version_1_stays_as_it_is() {
    let certificate =
        ades::x509::Certificate::from_der(include_bytes!("../../../fuzz/data/signer.der")).expect("a certificate");
    let time = certificate.not_before() + 1;
    let parameters = CadesParameters::new(certificate, SignatureAlgorithm::EcdsaSha256, AdesLevel::T, time);
    let bytes = prepare(detached(), &parameters, &AwsLc).unwrap().to_bytes();
    let digest: String = DigestAlgorithm::Sha256.digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(&bytes[..16], b"RKPC\x01\x01\x01\x01\0\0\0\0\0\0\0\x20");
    assert_eq!(digest, "1c5b4f0f2473d747d1d31b5dce5fafbaf38db2f0a46be8860e0143e9cd4f661a");
}

#[test]
fn the_planner_finds_the_evidence_complete_that_a_signature_and_its_renewals_need() {
    let bench = Bench::new();
    let t = sign(&bench, enveloping(), &parameters(&bench, &bench.signer, AdesLevel::T));
    let now = NOW + 7_200;
    let plan = |cms: &[u8], pool: &Evidence| {
        let subjects = cades::subjects_of(cms, None, now, &AwsLc).unwrap();
        let anchors = [bench.authority.certificate()];
        let policy = ades::evidence::EvidencePolicy::default();
        (subjects.clone(), ades::evidence::plan(&subjects, pool, &anchors, &policy, now, &AwsLc).unwrap())
    };
    let nothing = cades::evidence_of(&t).unwrap();
    let (subjects, missing) = plan(&t, &nothing);
    let times: Vec<_> = subjects.iter().map(|subject| (subject.used_at, subject.proven_at)).collect();
    assert_eq!(times, [(NOW + 1, NOW + 1), (NOW + 1, now)]);
    assert!(!missing.missing.is_empty());

    let lt = add_validation_data(&t, None, &evidence(&bench, NOW + 60), &AwsLc).unwrap();
    let inside = cades::evidence_of(&lt).unwrap();
    assert_eq!((inside.crls().len(), inside.ocsp().len()), (1, 2));
    let (_, complete) = plan(&lt, &inside);
    assert!(complete.missing.is_empty(), "{:?}", complete.missing);

    // An archive time-stamp proves the time-stamp before it, and the next one that one.
    let lta = to_lta(&bench, &lt, None, 0, NOW + 3_600);
    let renewed = to_lta(&bench, &lta, None, 0, NOW + 3_700);
    let (subjects, _) = plan(&renewed, &inside);
    let times: Vec<_> = subjects.iter().map(|subject| (subject.used_at, subject.proven_at)).collect();
    assert_eq!(times, [(NOW + 1, NOW + 1), (NOW + 1, NOW + 3_600), (NOW + 3_600, NOW + 3_700), (NOW + 3_700, now)]);
}
