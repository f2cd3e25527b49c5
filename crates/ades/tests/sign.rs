//! Signing and checking documents in every form, judged by our own reader, by another library and by other programs.
#![allow(clippy::disallowed_methods, reason = "judges read files")]

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::{FieldChoice, PrepareError, SignatureCheck, SignatureKind, prepare, verify_signatures};
use support::pdf::{LAYOUTS, Layout, Pdf};
use support::{Bench, NOW, judges};

fn verified(document: &[u8]) -> Vec<SignatureCheck> {
    verify_signatures(&document, &AwsLc).unwrap_or_else(|error| panic!("{error}"))
}

/// All judges at once; returns our own findings.
fn judge(bench: &Bench, original: &[u8], signed: &[u8], signatures: usize) -> Vec<SignatureCheck> {
    assert!(signed.starts_with(original), "the original bytes must be the beginning of the signed file");
    let checks = verified(signed);
    assert_eq!(checks.len(), signatures);
    for check in &checks {
        assert!(check.is_intact(), "{}: {:?}", check.field, check.problem);
        assert_eq!(check.kind, SignatureKind::Cades);
    }
    let last = checks.iter().max_by_key(|check| check.byte_range.unwrap().end()).unwrap();
    assert!(last.covers_whole_file);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    std::fs::write(&path, signed).unwrap();
    judges::qpdf(&path);
    judges::pdfsig(&path, signatures);
    let range = last.byte_range.unwrap();
    let (first, second) = (range.first_len as usize, range.second_start as usize);
    let covered = [&signed[..first], &signed[second..]].concat();
    judges::openssl_cms(folder.path(), &last.cms, &covered, bench.authority.der());
    if let Some(timestamp) = &last.timestamp {
        judges::openssl_ts(folder.path(), timestamp.token.der(), &last.signature_value, bench.authority.der());
    }
    checks
}

#[test]
fn every_layout_is_signed_and_accepted_by_all_judges() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = Pdf::plain().build(layout);
        let signed = bench.sign(&original);
        let checks = judge(&bench, &original, &signed, 1);
        assert_eq!(checks[0].field, "Signature1", "{layout:?}");
        assert_eq!(checks[0].claimed_time, Some(NOW));
        assert_eq!(checks[0].timestamp.as_ref().unwrap().info.time, NOW + 1);
        assert_eq!(checks[0].signing_certificate.as_ref(), Some(&bench.signer.certificate()));
    }
}

#[test]
fn rsa_signatures_at_level_b_are_accepted_by_all_judges() {
    let bench = Bench::rsa();
    let original = Pdf::plain().build(Layout::Classic);
    let signed = bench.sign_with(&original, &bench.parameters(AdesLevel::B));
    let checks = judge(&bench, &original, &signed, 1);
    assert!(checks[0].timestamp.is_none());
}

#[test]
fn a_signed_document_is_signed_again_and_both_signatures_hold() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = Pdf::plain().build(layout);
        let once = bench.sign(&original);
        let twice = bench.sign_with(&once, &bench.parameters(AdesLevel::B));
        assert!(twice.starts_with(&once));
        let thrice = bench.sign(&twice);
        let checks = judge(&bench, &twice, &thrice, 3);
        let names: Vec<_> = checks.iter().map(|check| check.field.as_str()).collect();
        assert_eq!(names, ["Signature1", "Signature2", "Signature3"], "{layout:?}");
        let whole: Vec<_> = checks.iter().map(|check| check.covers_whole_file).collect();
        assert_eq!(whole, [false, false, true]);
    }
}

/// A form with one text field; how form, fields and annotations are referred to differs.
fn with_form(form_indirect: bool, fields_indirect: bool, annotations_indirect: bool) -> Pdf {
    let mut pdf = Pdf::plain();
    let fields = if fields_indirect { "8 0 R" } else { "[10 0 R]" };
    let form = format!("<< /Fields {fields} /DA (/Helv 0 Tf 0 g) >>");
    let form_entry = if form_indirect { "7 0 R" } else { &form };
    pdf.set(1, &format!("<< /Type /Catalog /Pages 2 0 R /AcroForm {form_entry} /Lang (ja) >>"));
    if form_indirect {
        pdf.set(7, &form);
    }
    if fields_indirect {
        pdf.set(8, "[10 0 R]");
    }
    let annotations = if annotations_indirect { "9 0 R" } else { "[10 0 R]" };
    pdf.set(3, &format!("<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots {annotations} >>"));
    if annotations_indirect {
        pdf.set(9, "[10 0 R]");
    }
    pdf.set(10, "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Name) /Rect [72 600 272 620] /P 3 0 R /V (x) /F 4 >>");
    pdf
}

#[test]
fn forms_and_annotations_may_be_direct_or_indirect() {
    let bench = Bench::new();
    for case in 0..8 {
        let pdf = with_form(case & 1 != 0, case & 2 != 0, case & 4 != 0);
        for layout in [Layout::Classic, Layout::ObjectStream] {
            let original = pdf.build(layout);
            let signed = bench.sign(&original);
            judge(&bench, &original, &signed, 1);
            let read = lopdf::Document::load_mem(&signed).unwrap();
            let page = read.get_dictionary((3, 0)).unwrap();
            let annotations = read.get_object_page_array(page);
            assert_eq!(annotations, 2, "case {case}, {layout:?}: the text field and the signature");
        }
    }
}

trait AnnotationCount {
    fn get_object_page_array(&self, page: &lopdf::Dictionary) -> usize;
}

impl AnnotationCount for lopdf::Document {
    fn get_object_page_array(&self, page: &lopdf::Dictionary) -> usize {
        let annotations = page.get(b"Annots").unwrap();
        let (_, annotations) = self.dereference(annotations).unwrap();
        annotations.as_array().unwrap().len()
    }
}

fn with_empty_signature_field() -> Pdf {
    let mut pdf = Pdf::plain();
    pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [8 0 R] >> >>");
    pdf.set(3, "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [9 0 R] >>");
    pdf.set(8, "<< /T (Contract) /Kids [9 0 R 10 0 R] >>");
    pdf.set(
        9,
        "<< /Type /Annot /Subtype /Widget /Parent 8 0 R /FT /Sig /T <FEFF75326B04> /Rect [0 0 0 0] /P 3 0 R /V null >>",
    );
    pdf.set(10, "<< /Parent 8 0 R /FT /Tx /T (Place) >>");
    pdf
}

#[test]
fn an_empty_signature_field_is_signed_where_it_is() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = with_empty_signature_field().build(layout);
        let field = FieldChoice::Existing("Contract.甲欄".to_owned());
        let signed = bench.sign_with(&original, &bench.parameters(AdesLevel::T).in_field(field));
        let checks = judge(&bench, &original, &signed, 1);
        assert_eq!(checks[0].field, "Contract.甲欄");
    }
}

#[test]
fn texts_come_back_as_they_were_given() {
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    let parameters = bench
        .parameters(AdesLevel::T)
        .with_reason("契約を承認 (第2版)")
        .with_location("Tōkyō")
        .with_signer_name("Hanako (\\) Shomei")
        .with_contact("+81 3 0000 0000")
        .in_field(FieldChoice::NewNamed("買主".to_owned()));
    let signed = bench.sign_with(&original, &parameters);
    let checks = judge(&bench, &original, &signed, 1);
    assert_eq!(checks[0].field, "買主");
    assert_eq!(checks[0].reason.as_deref(), Some("契約を承認 (第2版)"));
    assert_eq!(checks[0].location.as_deref(), Some("Tōkyō"));
    assert_eq!(checks[0].signer_name.as_deref(), Some("Hanako (\\) Shomei"));
}

#[test]
fn another_library_reads_what_was_written() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = Pdf::plain().build(layout);
        let signed = bench.sign(&original);
        let read = lopdf::Document::load_mem(&signed).unwrap();
        let catalog = read.catalog().unwrap();
        let (_, form) = read.dereference(catalog.get(b"AcroForm").unwrap()).unwrap();
        let form = form.as_dict().unwrap();
        assert_eq!(form.get(b"SigFlags").unwrap().as_i64().unwrap(), 3);
        let fields = form.get(b"Fields").unwrap().as_array().unwrap();
        let field = read.get_dictionary(fields[0].as_reference().unwrap()).unwrap();
        assert_eq!(field.get(b"FT").unwrap().as_name().unwrap(), b"Sig");
        let signature = read.get_dictionary(field.get(b"V").unwrap().as_reference().unwrap()).unwrap();
        assert_eq!(signature.get(b"SubFilter").unwrap().as_name().unwrap(), b"ETSI.CAdES.detached");
        assert_eq!(signature.get(b"M").unwrap().as_str().unwrap(), b"D:20260102030405+00'00'");
        let page = read.get_dictionary((3, 0)).unwrap();
        assert_eq!(page.get(b"Weird Key").unwrap().as_str().unwrap(), b"a)b", "other entries stay");
        assert!(page.get(b"MediaBox").is_err(), "inherited attributes stay inherited");
        assert_eq!(read.get_pages().len(), 2);
    }
}

#[test]
fn a_document_without_a_line_end_or_with_bytes_behind_its_end_is_signed() {
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    for original in [original.trim_ascii_end().to_vec(), [original.as_slice(), b"\r\n\0\0"].concat()] {
        let signed = bench.sign(&original);
        judge(&bench, &original, &signed, 1);
    }
}

#[test]
fn a_document_without_identifier_gets_one() {
    let bench = Bench::new();
    let mut pdf = Pdf::plain();
    pdf.trailer = String::new();
    for layout in [Layout::Classic, Layout::XrefStream] {
        let original = pdf.build(layout);
        let signed = bench.sign(&original);
        judge(&bench, &original, &signed, 1);
        let read = lopdf::Document::load_mem(&signed).unwrap();
        assert_eq!(read.trailer.get(b"ID").unwrap().as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_reason_beside_a_commitment_or_a_policy_is_refused() {
    use ades::attributes::{AttributeError, Commitment, SignaturePolicy, SignedAttributes};
    let bench = Bench::new();
    let original = Pdf::plain().build(Layout::Classic);
    for attributes in [
        SignedAttributes::new().with_commitment(Commitment::ProofOfOrigin),
        SignedAttributes::new().with_policy(SignaturePolicy::Implied),
    ] {
        let parameters = bench.parameters(AdesLevel::B).with_attributes(attributes);
        assert!(prepare(&original.as_slice(), &parameters).is_ok());
        let outcome = prepare(&original.as_slice(), &parameters.with_reason("Approval"));
        assert!(
            matches!(outcome, Err(PrepareError::Attribute(AttributeError::NotInPades { .. }))),
            "EN 319 142-1 6.3 makes it no baseline signature: {outcome:?}"
        );
    }
    let role = SignedAttributes::new().with_claimed_role("代表取締役");
    let parameters = bench.parameters(AdesLevel::B).with_attributes(role).with_reason("Approval");
    assert!(prepare(&original.as_slice(), &parameters).is_ok());
}

#[test]
fn stated_attributes_are_signed_and_accepted_by_all_judges() {
    use ades::attributes::{Commitment, ExplicitPolicy, SignaturePolicy, SignedAttributes};
    let bench = Bench::new();
    let policy = ExplicitPolicy::new(ades::Oid::new_unwrap("1.2.3.4"), DigestAlgorithm::Sha256, vec![7; 32]);
    let attributes = SignedAttributes::new()
        .with_commitment(Commitment::ProofOfApproval)
        .with_claimed_role("代表取締役")
        .with_policy(SignaturePolicy::Explicit(policy.with_uri("http://policy.test/1")));
    let original = Pdf::plain().build(Layout::Classic);
    let signed = bench.sign_with(&original, &bench.parameters(AdesLevel::T).with_attributes(attributes));
    judge(&bench, &original, &signed, 1);
    for stated in ["代表取締役", "http://policy.test/1"] {
        let checks = verify_signatures(&signed, &AwsLc).unwrap();
        assert!(checks[0].cms.windows(stated.len()).any(|window| window == stated.as_bytes()), "{stated}");
    }
}
