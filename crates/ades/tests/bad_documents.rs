//! Documents that cannot be signed: each is refused with its own error, whose text says what is wrong and what to do.

mod support;

use std::cell::Cell;
use std::io;

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pades::{FieldChoice, PrepareError, prepare, verify_signatures};
use ades::pdf::{Certification, Limits, PdfError, Source, inspect};
use support::Bench;
use support::pdf::{LAYOUTS, Layout, Pdf, deflate};

/// What preparing says; inspecting and verifying must agree that the document is bad.
fn refusal(document: &[u8]) -> PdfError {
    let bench = Bench::new();
    assert!(inspect(&document, &Limits::default()).is_err());
    match prepare(&document, &bench.parameters(AdesLevel::T)) {
        Err(PrepareError::InvalidDocument(error)) => {
            let text = error.to_string();
            assert!(text.contains(';') || text.contains(':'), "cause and remedy: {text}");
            error
        }
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it was prepared"),
    }
}

fn replaced(document: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = document.windows(from.len()).position(|window| window == from.as_bytes()).expect("text to replace");
    [&document[..at], to.as_bytes(), &document[at + from.len()..]].concat()
}

#[test]
fn an_empty_file_is_refused() {
    assert!(matches!(refusal(b""), PdfError::Empty));
}

#[test]
fn something_that_is_no_pdf_is_refused() {
    for bytes in [&b"PK\x03\x04"[..], b"%", b"hello world", b"\n%PDF-1.7"] {
        assert!(matches!(refusal(bytes), PdfError::NotPdf));
    }
}

#[test]
fn a_truncated_file_is_refused_wherever_it_is_cut() {
    for layout in LAYOUTS {
        let document = Pdf::plain().build(layout);
        for cut in (6..document.len() - 1).step_by(7) {
            let error = refusal(&document[..cut]);
            // Some layouts have an end inside: cut behind it, that end leads nowhere, or to a revision without pages.
            let expected =
                matches!(error, PdfError::Truncated { .. } | PdfError::BrokenXref { .. } | PdfError::Structure { .. });
            assert!(expected, "{layout:?} cut at {cut}: {error}");
        }
    }
}

#[test]
fn an_encrypted_file_that_cannot_be_opened_is_refused() {
    type Expected = fn(&PdfError) -> bool;
    let strings = format!(
        "/O <{}> /U <{}> /OE <{}> /UE <{}>",
        "00".repeat(48),
        "00".repeat(48),
        "00".repeat(32),
        "00".repeat(32)
    );
    let filters = "/CF << /A << /CFM /AESV3 >> >> /StmF /A /StrF /A";
    let cases: [(String, Expected); 8] = [
        (format!("/Filter /Standard /V 5 /R 6 {filters} {strings}"), |error| {
            matches!(error, PdfError::PasswordRequired)
        }),
        (format!("/Filter /Standard /V 2 /R 3 /Length 128 {strings}"), |error| {
            matches!(error, PdfError::PasswordRequired)
        }),
        (format!("/Filter /Standard /V 5 /R 6 {filters}"), |error| matches!(error, PdfError::Structure { .. })),
        (format!("/Filter /Standard /V 3 /R 3 {strings}"), |error| {
            matches!(error, PdfError::UnsupportedEncryption { .. })
        }),
        (format!("/Filter /Standard /V 2 /R 9 {strings}"), |error| {
            matches!(error, PdfError::UnsupportedEncryption { .. })
        }),
        (format!("/Filter /Standard /V 2 /R 3 /Length 7 {strings}"), |error| {
            matches!(error, PdfError::UnsupportedEncryption { .. })
        }),
        (format!("/Filter /Standard /V 5 /R 6 /StmF /B /StrF /B {strings}"), |error| {
            matches!(error, PdfError::UnsupportedEncryption { .. })
        }),
        ("/Filter /Adobe.PubSec /V 4".to_owned(), |error| matches!(error, PdfError::UnsupportedEncryption { .. })),
    ];
    for (entries, expected) in cases {
        let mut pdf = Pdf::plain();
        pdf.trailer.push_str(&format!(" /Encrypt << {entries} >>"));
        for layout in LAYOUTS {
            let error = refusal(&pdf.build(layout));
            assert!(expected(&error), "{layout:?} {entries}: {error}");
        }
    }
    let mut missing = Pdf::plain();
    missing.trailer.push_str(" /Encrypt 99 0 R");
    assert!(matches!(refusal(&missing.build(Layout::Classic)), PdfError::Structure { .. }));
}

#[test]
fn five_thousand_nested_arrays_are_refused() {
    let nested = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    for place in ["catalog", "page", "trailer"] {
        let mut pdf = Pdf::plain();
        match place {
            "catalog" => pdf.set(1, &format!("<< /Type /Catalog /Pages 2 0 R /Deep {nested} >>")),
            "page" => pdf.set(3, &format!("<< /Type /Page /Parent 2 0 R /Deep {nested} >>")),
            _ => &mut pdf,
        };
        if place == "trailer" {
            pdf.trailer = format!("/Deep {nested}");
        }
        for layout in [Layout::Classic, Layout::XrefStream, Layout::ObjectStream] {
            assert!(matches!(refusal(&pdf.build(layout)), PdfError::TooDeep { limit: 64, .. }), "{place}, {layout:?}");
        }
    }
}

#[test]
fn cross_reference_loops_are_refused() {
    let document = Pdf::plain().build(Layout::Classic);
    let text = String::from_utf8_lossy(&document).into_owned();
    let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
    for entry in ["Prev", "XRefStm"] {
        let looped = replaced(&document, "/Root 1 0 R", &format!("/Root 1 0 R /{entry} {start}"));
        assert!(matches!(refusal(&looped), PdfError::XrefLoop { .. }), "{entry}");
    }
}

#[test]
fn a_loop_of_three_sections_is_refused() {
    let mut document = Pdf::plain().build(Layout::Classic);
    let mut starts = vec![document.windows(5).position(|window| window == b"xref\n").unwrap()];
    for _ in 0..2 {
        let start = document.len();
        let previous = starts.last().unwrap();
        let section =
            format!("xref\n0 0\ntrailer\n<< /Size 7 /Root 1 0 R /Prev {previous:010} >>\nstartxref\n{start}\n%%EOF\n");
        document.extend(section.bytes());
        starts.push(start);
    }
    assert!(inspect(&document, &Limits::default()).is_ok());
    let looped = replaced(&document, "/Root 1 0 R", &format!("/Root 1 0 R /Prev {:010}", starts[2]));
    // The insertion moved the later sections.
    let moved = looped.len() - document.len();
    let mut looped = String::from_utf8_lossy(&looped).into_owned();
    for start in starts.iter().skip(1).rev() {
        looped = looped.replace(&format!("{start:010}"), &format!("{:010}", start + moved));
        looped = looped.replace(&format!("startxref\n{start}\n"), &format!("startxref\n{}\n", start + moved));
    }
    assert!(matches!(refusal(looped.as_bytes()), PdfError::XrefLoop { .. } | PdfError::BrokenXref { .. }));
}

#[test]
fn a_damaged_cross_reference_is_refused_and_not_repaired() {
    let document = Pdf::plain().build(Layout::Classic);
    let catalog = document.windows(8).position(|window| window == b"\n1 0 obj").unwrap() + 1;
    let wrong = replaced(&document, &format!("{catalog:010} 00000 n"), &format!("{:010} 00000 n", catalog + 1));
    assert!(matches!(refusal(&wrong), PdfError::BrokenXref { .. }));
    let other = replaced(&document, "trailer\n", "trailing\n");
    assert!(matches!(refusal(&other), PdfError::BrokenXref { .. }));
    let outside = replaced(&document, "/Root 1 0 R", "/Root 1 0 R /Prev 99999999");
    assert!(matches!(refusal(&outside), PdfError::BrokenXref { .. }));
    let negative = replaced(&document, "/Root 1 0 R", "/Root 1 0 R /Prev -1");
    assert!(matches!(refusal(&negative), PdfError::BrokenXref { .. }));
}

#[test]
fn a_document_without_catalog_or_pages_is_refused() {
    for (number, body) in [
        (1, "42"),
        (1, "<< /Type /Catalog >>"),
        (2, "<< /Type /Pages /Kids [] /Count 0 >>"),
        (2, "<< /Type /Pages /Count 1 >>"),
    ] {
        let mut pdf = Pdf::plain();
        pdf.set(number, body);
        assert!(matches!(refusal(&pdf.build(Layout::Classic)), PdfError::Structure { .. }), "{body}");
    }
}

#[test]
fn a_page_tree_that_loops_is_refused() {
    let mut pdf = Pdf::plain();
    pdf.set(2, "<< /Type /Pages /Count 1 /Kids [7 0 R] >>").set(7, "<< /Type /Pages /Count 1 /Kids [2 0 R] >>");
    assert!(matches!(refusal(&pdf.build(Layout::Classic)), PdfError::Structure { .. }));
}

#[test]
fn references_that_lead_to_each_other_are_refused() {
    let mut pdf = Pdf::plain();
    pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm 8 0 R >>").set(8, "9 0 R").set(9, "8 0 R");
    assert!(matches!(refusal(&pdf.build(Layout::Classic)), PdfError::Structure { .. }));
}

/// An object stream that inflates to `size` zeros.
fn bomb(size: usize) -> Vec<u8> {
    let mut file = support::pdf::File { bytes: b"%PDF-1.7\n".to_vec(), places: Default::default() };
    let data = deflate(&vec![b' '; size]);
    let stream = format!("<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length {} >>\nstream\n", data.len());
    file.object(2, &[stream.as_bytes(), &data, b"\nendstream"].concat());
    let start = file.bytes.len();
    let rows = [[0_u8, 0, 0, 0, 0], [2, 0, 0, 2, 0], [1, 0, 0, 9, 0], [1, 0, 0, 0, 0]].concat();
    file.text("3 0 obj\n<< /Type /XRef /Size 4 /Root 1 0 R /W [1 3 1] /Length 20 >>\nstream\n");
    file.bytes.extend(rows);
    file.text(&format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n"));
    file.bytes
}

#[test]
fn compressed_data_that_grow_beyond_reason_are_refused() {
    // 64 MB from 64 kB: the ratio is that of no honest document.
    assert!(matches!(refusal(&bomb(64 * 1024 * 1024)), PdfError::InflatesTooMuch { .. }));
}

#[test]
fn subsections_that_overlap_are_refused() {
    let document = Pdf::plain().build(Layout::Classic);
    let start = document.windows(5).position(|window| window == b"xref\n").unwrap();
    let entry = "0000000000 65535 f \n";
    let doubled = replaced(&document, "trailer\n", &format!("2 1\n{entry}trailer\n"));
    assert_eq!(&doubled[..start], &document[..start]);
    assert!(matches!(refusal(&doubled), PdfError::BrokenXref { .. }));
}

#[test]
fn many_objects_that_share_the_same_bytes_are_bounded() {
    // 100,000 fields, all at the same place of one object stream, each a megabyte long.
    const FIELDS: u32 = 100_000;
    let mut file = support::pdf::File { bytes: b"%PDF-1.7\n".to_vec(), places: Default::default() };
    let kids: String = (10..10 + FIELDS).map(|number| format!("{number} 0 R ")).collect();
    file.object(1, format!("<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [{kids}] >> >>").as_bytes());
    file.object(2, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
    file.object(3, b"<< /Type /Page /Parent 2 0 R >>");
    let header: String = (10..10 + FIELDS).map(|number| format!("{number} 0 ")).collect();
    let field = format!("<< /FT /Tx /V ({}) >>", "x y".repeat(350_000));
    let data = deflate(format!("{header}{field}").as_bytes());
    let stream = format!(
        "<< /Type /ObjStm /N {FIELDS} /First {} /Filter /FlateDecode /Length {} >>\nstream\n",
        header.len(),
        data.len()
    );
    file.object(4, &[stream.as_bytes(), &data, b"\nendstream"].concat());
    let start = file.bytes.len();
    let mut rows: Vec<u8> = Vec::new();
    for place in [1, 2, 3, 4].map(|number| u32::try_from(file.places[&number]).unwrap()) {
        rows.extend([&[1][..], &place.to_be_bytes(), &[0, 0, 0]].concat());
    }
    for index in 0..FIELDS {
        rows.extend([&[2][..], &4_u32.to_be_bytes(), &index.to_be_bytes()[1..]].concat());
    }
    file.text(&format!(
        "5 0 obj\n<< /Type /XRef /Size {} /Index [1 4 10 {FIELDS}] /Root 1 0 R /W [1 4 3] /Length {} >>\nstream\n",
        FIELDS + 10,
        rows.len()
    ));
    file.bytes.extend(rows);
    file.text(&format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n"));
    assert!(matches!(refusal(&file.bytes), PdfError::TooComplex { .. }));
}

#[test]
fn what_is_inflated_is_bounded_in_total() {
    let document = Pdf::plain().build(Layout::ObjectStream);
    let limits = Limits { inflated: 100, ..Limits::default() };
    assert!(matches!(inspect(&document, &limits), Err(PdfError::InflatesTooMuch { limit: 100 })));
}

#[test]
fn a_cross_reference_stream_that_promises_more_than_it_holds_is_refused() {
    let mut file = support::pdf::File { bytes: b"%PDF-1.7\n".to_vec(), places: Default::default() };
    let start = file.bytes.len();
    file.text("1 0 obj\n<< /Type /XRef /Size 4000000000 /Root 1 0 R /W [1 8 8] /Length 3 >>\nstream\nabc\nendstream\nendobj\n");
    file.text(&format!("startxref\n{start}\n%%EOF\n"));
    assert!(matches!(refusal(&file.bytes), PdfError::Structure { .. } | PdfError::BrokenXref { .. }));
}

#[test]
fn a_document_above_the_callers_size_limit_is_refused() {
    let bench = Bench::new();
    let document = Pdf::plain().build(Layout::Classic);
    let limits = Limits { file_size: 100, ..Limits::default() };
    let error = prepare(&document, &bench.parameters(AdesLevel::T).with_limits(limits)).unwrap_err();
    assert!(matches!(error, PrepareError::InvalidDocument(PdfError::TooLarge { limit: 100, .. })), "{error}");
}

#[test]
fn a_medium_that_fails_is_not_the_documents_fault() {
    struct Failing(Vec<u8>, Cell<u32>);
    impl Source for Failing {
        fn len(&self) -> u64 {
            Source::len(&self.0)
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.1.set(self.1.get() + 1);
            if self.1.get() > 3 { Err(io::Error::other("disk")) } else { self.0.read_at(offset, buffer) }
        }
    }
    let bench = Bench::new();
    let source = Failing(Pdf::plain().build(Layout::Classic), Cell::new(0));
    let error = prepare(&source, &bench.parameters(AdesLevel::B)).unwrap_err();
    assert!(matches!(error, PrepareError::InvalidDocument(PdfError::Io(_))), "{error}");
}

fn certified(permission: &str) -> Vec<u8> {
    let mut pdf = Pdf::plain();
    pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /Perms << /DocMDP 8 0 R >> >>");
    pdf.set(8, &format!("<< /Type /Sig /Filter /Adobe.PPKLite /Reference [<< /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /V /1.2 {permission} >> >>] >>"));
    pdf.build(Layout::Classic)
}

#[test]
fn a_document_certified_without_changes_is_not_signed_again() {
    let bench = Bench::new();
    let document = certified("/P 1");
    assert_eq!(inspect(&document, &Limits::default()).unwrap().certification, Some(Certification::NoChanges));
    let error = prepare(&document, &bench.parameters(AdesLevel::T)).unwrap_err();
    assert!(matches!(error, PrepareError::CertifiedNoChanges), "{error}");
}

#[test]
fn a_document_certified_for_form_filling_may_be_signed() {
    let bench = Bench::new();
    for (permission, expected) in
        [("/P 2", Certification::FormFilling), ("", Certification::FormFilling), ("/P 3", Certification::Annotations)]
    {
        let document = certified(permission);
        assert_eq!(inspect(&document, &Limits::default()).unwrap().certification, Some(expected));
        assert!(prepare(&document, &bench.parameters(AdesLevel::T)).is_ok());
    }
}

fn with_fields() -> Vec<u8> {
    let mut pdf = Pdf::plain();
    pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [8 0 R 9 0 R] >> >>");
    pdf.set(8, "<< /Type /Annot /Subtype /Widget /FT /Tx /T (Text) /Rect [0 0 0 0] >>");
    pdf.set(9, "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /Rect [0 0 0 0] >>");
    pdf.build(Layout::Classic)
}

#[test]
fn a_field_that_cannot_be_signed_is_named_in_the_error() {
    let bench = Bench::new();
    let signed = bench.sign_with(
        &with_fields(),
        &bench.parameters(AdesLevel::B).in_field(FieldChoice::Existing("Signature1".into())),
    );
    let try_field = |field: FieldChoice| prepare(&signed, &bench.parameters(AdesLevel::B).in_field(field)).unwrap_err();
    let existing = |name: &str| FieldChoice::Existing(name.into());
    let new = |name: &str| FieldChoice::NewNamed(name.into());
    assert!(
        matches!(try_field(existing("Signature1")), PrepareError::FieldAlreadySigned { name } if name == "Signature1")
    );
    assert!(matches!(try_field(existing("Text")), PrepareError::NotASignatureField { name } if name == "Text"));
    assert!(matches!(try_field(existing("Other")), PrepareError::NoSuchField { name } if name == "Other"));
    for name in ["Signature1", "Text", "", "a.b"] {
        assert!(matches!(try_field(new(name)), PrepareError::FieldNameUnusable { .. }), "{name}");
    }
}

#[test]
fn inspecting_tells_pages_and_fields() {
    let bench = Bench::new();
    let facts = inspect(&with_fields(), &Limits::default()).unwrap();
    assert_eq!((facts.page_count, facts.empty_fields), (2, vec!["Signature1".to_owned()]));
    let signed = bench.sign(&with_fields());
    let facts = inspect(&signed, &Limits::default()).unwrap();
    assert_eq!(facts.signed_fields, ["Signature2"]);
    assert_eq!(facts.empty_fields, ["Signature1"]);
    assert_eq!(facts.certification, None);
}

#[test]
fn certificates_that_do_not_fit_are_refused() {
    use ades::crypto::SignatureAlgorithm;
    use ades::pades::SignatureParameters;
    use support::pki::{Key, Purpose, Signer};
    let bench = Bench::new();
    let document = Pdf::plain().build(Layout::Classic);
    let wrong = SignatureParameters::new(
        bench.signer.certificate(),
        SignatureAlgorithm::RsaPkcs1Sha256,
        AdesLevel::B,
        support::NOW,
    );
    assert!(matches!(prepare(&document, &wrong), Err(PrepareError::AlgorithmDoesNotFitKey)));
    let encryption = Signer::with_key(&bench.authority, "Encryption", Key::p256(), &Purpose::Encryption);
    let wrong =
        SignatureParameters::new(encryption.certificate(), SignatureAlgorithm::EcdsaSha256, AdesLevel::B, support::NOW);
    assert!(matches!(prepare(&document, &wrong), Err(PrepareError::CertificateNotForSigning)));
    let late = SignatureParameters::new(
        bench.signer.certificate(),
        SignatureAlgorithm::EcdsaSha256,
        AdesLevel::B,
        u64::MAX / 2,
    );
    assert!(matches!(prepare(&document, &late), Err(PrepareError::TimeOutOfRange)));
}

#[test]
fn a_document_without_signatures_has_none_to_verify() {
    for layout in LAYOUTS {
        assert!(verify_signatures(&Pdf::plain().build(layout), &AwsLc).unwrap().is_empty());
    }
}
