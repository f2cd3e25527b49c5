//! From B-T to B-LT, B-LTA and renewed B-LTA, and time-stamps over documents; judged by our own reader and other programs.
#![allow(clippy::disallowed_methods, reason = "judges read files")]

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::evidence::Evidence;
use ades::pades::{
    AugmentError, DocumentTimestampParameters, EmbedError, Inspection, PreparedDocumentTimestamp, SignatureEvidence,
    SignatureKind, ValidationDataOptions, add_validation_data, inspect, prepare_document_timestamp,
};
use ades::pdf::Limits;
use ades::tsp::TimestampToken;
use support::pdf::{LAYOUTS, Layout, Pdf};
use support::{Bench, NOW, judges};

fn seen(document: &[u8]) -> Inspection {
    inspect(&document, &Limits::default(), &AwsLc).unwrap_or_else(|error| panic!("{error}"))
}

fn levels(document: &[u8]) -> Vec<Option<AdesLevel>> {
    seen(document).signatures.iter().map(|signature| signature.level).collect()
}

/// Something that is DER, as large as revocation data are.
fn der(seed: u8, len: usize) -> Vec<u8> {
    support::der::seq(&[&support::der::octets(&vec![seed; len])])
}

fn evidence(bench: &Bench, field: &str, seed: u8) -> SignatureEvidence {
    SignatureEvidence {
        field: Some(field.into()),
        certificates: vec![bench.authority.der().to_vec(), bench.tsa.certificate.clone()],
        crls: vec![der(seed, 900)],
        ocsp: vec![der(seed.wrapping_add(1), 700)],
    }
}

fn with_data(document: &[u8], evidence: &[SignatureEvidence]) -> Vec<u8> {
    let update = add_validation_data(&document, evidence, &ValidationDataOptions::default()).unwrap();
    let mut output = Vec::new();
    update.write(&document, &mut output).unwrap();
    assert_eq!(output[document.len()..], *update.as_bytes());
    output
}

fn token_for(bench: &Bench, prepared: &PreparedDocumentTimestamp, time: u64) -> TimestampToken {
    TimestampToken::from_der(&bench.tsa.token(prepared.imprint().unwrap().digest(), None, time)).unwrap()
}

fn stamped(bench: &Bench, document: &[u8], time: u64) -> Vec<u8> {
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
    let prepared = prepare_document_timestamp(&document, &parameters).unwrap();
    let mut output = Vec::new();
    prepared.embed(&document, &token_for(bench, &prepared, time), &AwsLc, &mut output).unwrap();
    assert_eq!(output.len() as u64, prepared.stamped_len());
    output
}

/// Programs of others read the file without complaint.
fn judge(document: &[u8], signatures: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    std::fs::write(&path, document).unwrap();
    judges::qpdf(&path);
    judges::pdfsig_valid(&path, signatures);
}

#[test]
fn a_signature_climbs_every_level_and_is_renewed_in_every_layout() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = Pdf::plain().build(layout);
        let basic = bench.sign_with(&original, &bench.parameters(AdesLevel::B));
        assert_eq!(levels(&basic), [Some(AdesLevel::B)], "{layout:?}");
        let t = bench.sign(&original);
        assert_eq!(levels(&t), [Some(AdesLevel::T)]);
        let lt = with_data(&t, &[evidence(&bench, "Signature1", 1)]);
        assert!(lt.starts_with(&t));
        assert_eq!(levels(&lt), [Some(AdesLevel::Lt)]);
        let lta = stamped(&bench, &lt, NOW + 10);
        assert!(lta.starts_with(&lt));
        assert_eq!(levels(&lta), [Some(AdesLevel::Lta), None]);
        let renewing = with_data(&lta, &[evidence(&bench, "Signature2", 7)]);
        let renewed = stamped(&bench, &renewing, NOW + 20);
        assert!(renewed.starts_with(&lta));
        let found = seen(&renewed);
        assert_eq!(
            found.signatures.iter().map(|one| one.level).collect::<Vec<_>>(),
            [Some(AdesLevel::Lta), None, None]
        );
        for one in &found.signatures {
            assert!(one.check.is_intact(), "{layout:?} {:?}", one.check.problem);
        }
        let kinds: Vec<_> = found.signatures.iter().map(|one| one.check.kind.clone()).collect();
        assert_eq!(kinds[1..], [SignatureKind::DocumentTimestamp, SignatureKind::DocumentTimestamp]);
        // Every update made a revision, the last one is the file, and each signature closes one.
        let len = found.revisions.last().unwrap().len;
        assert_eq!(len, renewed.len() as u64);
        let closed: Vec<_> = found.signatures.iter().map(|one| one.revision.unwrap()).collect();
        let first = found.revisions.len() - 6;
        assert_eq!(closed, [first + 1, first + 3, first + 5], "{layout:?}");
        judge(&renewed, 1);
    }
}

#[test]
fn a_document_time_stamp_alone_needs_no_signature() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = Pdf::plain().build(layout);
        let output = stamped(&bench, &original, NOW);
        assert!(output.starts_with(&original));
        let found = seen(&output);
        assert_eq!(found.signatures.len(), 1);
        assert!(found.signatures[0].check.is_intact() && found.signatures[0].check.covers_whole_file);
        assert_eq!(found.signatures[0].check.timestamp.as_ref().unwrap().info.time, NOW);
        judge(&output, 0);
    }
}

#[test]
fn a_later_document_time_stamp_makes_a_basic_signature_level_t() {
    let bench = Bench::new();
    let basic = bench.sign_with(&Pdf::plain().build(Layout::Classic), &bench.parameters(AdesLevel::B));
    assert_eq!(levels(&stamped(&bench, &basic, NOW)), [Some(AdesLevel::T), None]);
}

#[test]
fn validation_data_are_stored_once_and_read_back() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let once = bench.sign(&Pdf::plain().build(layout));
        let twice = bench.sign(&once);
        let (first, second) = (evidence(&bench, "Signature1", 1), evidence(&bench, "Signature2", 3));
        let lt = with_data(&twice, &[first.clone(), second.clone()]);
        let data = seen(&lt).validation_data.unwrap();
        assert_eq!((data.certificates.len(), data.crls.len(), data.ocsp.len()), (2, 2, 2), "{layout:?}");
        assert_eq!(data.per_signature.len(), 2);
        for (one, evidence) in seen(&lt).signatures.iter().zip([&first, &second]) {
            let own = data.of_signature(one.vri_key.as_ref().unwrap()).unwrap();
            assert_eq!(own.certificates.iter().map(|der| der.to_vec()).collect::<Vec<_>>(), evidence.certificates);
            assert_eq!(own.crls[0][..], evidence.crls[0][..]);
            assert_eq!(own.ocsp[0][..], evidence.ocsp[0][..]);
        }
        // The same again changes nothing; something new is added to what is there.
        let again = add_validation_data(&lt, &[first, second.clone()], &ValidationDataOptions::default()).unwrap();
        assert!(again.as_bytes().is_empty());
        let more = SignatureEvidence { crls: vec![der(9, 50)], ..second };
        let more = with_data(&lt, &[more]);
        let data = seen(&more).validation_data.unwrap();
        assert_eq!((data.certificates.len(), data.crls.len(), data.ocsp.len()), (2, 3, 2));
        let key = seen(&more).signatures[1].vri_key.clone().unwrap();
        assert_eq!(data.of_signature(&key).unwrap().crls.len(), 2);
        judge(&more, 2);
    }
}

#[test]
fn vri_can_be_left_out() {
    let bench = Bench::new();
    let t = bench.sign(&Pdf::plain().build(Layout::ObjectStream));
    let options = ValidationDataOptions::default().without_vri();
    let update = add_validation_data(&t, &[evidence(&bench, "Signature1", 1)], &options).unwrap();
    let lt = [t.as_slice(), update.as_bytes()].concat();
    let found = seen(&lt);
    assert!(found.validation_data.unwrap().per_signature.is_empty());
    assert_eq!(found.signatures[0].level, Some(AdesLevel::Lt));
}

#[test]
fn a_store_written_by_others_is_kept_and_extended() {
    let bench = Bench::new();
    let (known, other) = (der(40, 300), der(41, 300));
    for (dss, crls) in [("20 0 R", "21 0 R"), ("<< /CRLs [22 0 R] /Own (kept) >>", "")] {
        let mut pdf = Pdf::plain();
        pdf.set(1, &format!("<< /Type /Catalog /Pages 2 0 R /DSS {dss} >>"));
        if !crls.is_empty() {
            pdf.set(20, &format!("<< /Type /DSS /CRLs {crls} /VRI 23 0 R /Own (kept) >>"));
            pdf.set(21, "[22 0 R]");
            pdf.set(23, "<< /AABB << /CRL [22 0 R] /TU (D:20200101000000Z) >> >>");
        }
        let packed = support::pdf::deflate(&known);
        let head = format!("<< /Filter /FlateDecode /Length {} >>\nstream\n", packed.len());
        pdf.objects.insert(22, [head.as_bytes(), &packed, b"\nendstream"].concat());
        for layout in LAYOUTS {
            let t = bench.sign(&pdf.build(layout));
            let wanted = SignatureEvidence {
                field: Some("Signature1".into()),
                crls: vec![known.clone(), other.clone()],
                ..SignatureEvidence::default()
            };
            let lt = with_data(&t, &[wanted]);
            let data = seen(&lt).validation_data.unwrap();
            assert_eq!(data.crls.len(), 2, "{layout:?}: the deflated list is recognised");
            assert_eq!(data.crls[0][..], known[..]);
            assert!(lt[t.len()..].windows(11).any(|window| window == b"/Own (kept)"));
            if !crls.is_empty() {
                assert_eq!(data.of_signature("AABB").unwrap().created, Some(1_577_836_800));
            }
            judge(&lt, 1);
        }
    }
}

#[test]
fn the_stored_state_of_a_document_time_stamp_is_read_back_and_damage_is_noticed() {
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    for digest in DigestAlgorithm::ALL {
        let prepared = prepare_document_timestamp(&original, &DocumentTimestampParameters::new(digest)).unwrap();
        let stored = prepared.to_bytes();
        assert_eq!(PreparedDocumentTimestamp::from_bytes(&stored).unwrap(), prepared);
        for len in 0..stored.len() {
            assert!(PreparedDocumentTimestamp::from_bytes(&stored[..len]).is_err());
        }
        assert!(PreparedDocumentTimestamp::from_bytes(&[stored.as_slice(), b"x"].concat()).is_err());
    }
    let prepared =
        prepare_document_timestamp(&original, &DocumentTimestampParameters::new(DigestAlgorithm::Sha256)).unwrap();
    let token = token_for(&bench, &prepared, NOW);
    let stored = prepared.to_bytes();
    // Every bit of what is appended counts.
    for at in (60..stored.len()).step_by(37) {
        let mut damaged = stored.clone();
        damaged[at] ^= 1;
        if let Ok(state) = PreparedDocumentTimestamp::from_bytes(&damaged) {
            let outcome = state.embed(&original, &token, &AwsLc, &mut Vec::new());
            assert!(outcome.is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_document_time_stamp_refuses_what_does_not_fit() {
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
    let prepared = prepare_document_timestamp(&original, &parameters).unwrap();
    let token = token_for(&bench, &prepared, NOW);
    let mut output = Vec::new();

    let mut swapped = original.clone();
    let place = swapped.windows(10).position(|window| window == b"(Contract)").unwrap();
    swapped[place + 1] = b'K';
    let outcome = prepared.embed(&swapped, &token, &AwsLc, &mut output);
    assert!(matches!(outcome, Err(EmbedError::WrongDocument)), "{outcome:?}");
    let longer = [original.as_slice(), b" "].concat();
    assert!(matches!(prepared.embed(&longer, &token, &AwsLc, &mut output), Err(EmbedError::WrongDocument)));

    let other = TimestampToken::from_der(&bench.tsa.token(&[7; 32], None, NOW)).unwrap();
    let outcome = prepared.embed(&original, &other, &AwsLc, &mut output);
    assert!(matches!(outcome, Err(EmbedError::TimestampUnusable(_))), "{outcome:?}");

    let tight = prepare_document_timestamp(&original, &parameters.with_room(100)).unwrap();
    let outcome = tight.embed(&original, &token_for(&bench, &tight, NOW), &AwsLc, &mut output);
    assert!(matches!(outcome, Err(EmbedError::NoRoom { .. })), "{outcome:?}");
    assert!(output.is_empty(), "nothing is written before everything is checked");
}

#[test]
fn evidence_for_nobody_and_evidence_that_is_no_der_are_refused() {
    let bench = Bench::new();
    let t = bench.sign(&Pdf::plain().build(Layout::Classic));
    let add = |evidence| add_validation_data(&t, &[evidence], &ValidationDataOptions::default()).map(|_| ());
    let nobody = add(evidence(&bench, "Signature9", 1));
    assert!(matches!(nobody, Err(AugmentError::NoSuchSignature { ref field }) if field == "Signature9"));
    for broken in [&b""[..], b"\x30\x05abc", b"\x04\x01x", b"\x30\x00\x00"] {
        let one = SignatureEvidence { ocsp: vec![broken.to_vec()], ..SignatureEvidence::default() };
        assert!(matches!(add(one), Err(AugmentError::NotDer { what: "OCSP response" })));
    }
    let elsewhere = add_validation_data(&t, &[evidence(&bench, "Signature1", 1)], &ValidationDataOptions::default());
    let outcome = elsewhere.unwrap().write(&&t[1..], &mut Vec::new());
    assert!(matches!(outcome, Err(AugmentError::WrongDocument)));
}

#[test]
fn collected_evidence_is_stored_as_it_came() {
    let bench = Bench::new();
    let t = bench.sign(&Pdf::plain().build(Layout::Classic));
    let collected = Evidence::of_certificates([bench.authority.certificate(), bench.signer.certificate()]);
    let lt = with_data(&t, &[SignatureEvidence::for_signature("Signature1", &collected)]);
    let data = seen(&lt).validation_data.unwrap();
    assert_eq!(data.certificates[0][..], *bench.authority.der());
    assert_eq!(data.certificates[1][..], *bench.signer.certificate().der());
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let bench = Bench::new();
    let t = bench.sign(&Pdf::plain().build(Layout::ObjectStream));
    let data = [evidence(&bench, "Signature1", 1)];
    let lt = with_data(&t, &data);
    assert_eq!(lt, with_data(&t, &data));
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha512);
    let prepared = prepare_document_timestamp(&lt, &parameters).unwrap();
    assert_eq!(prepared, prepare_document_timestamp(&lt, &parameters).unwrap());
}
