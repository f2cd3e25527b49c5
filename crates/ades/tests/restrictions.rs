//! Certification and locks: what they are written as, and what they forbid later.
#![allow(clippy::disallowed_methods, reason = "judges read files")]

mod support;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::{
    Certification, DocumentTimestampParameters, FieldChoice, FieldLock, Inspection, PageChoice, PrepareError,
    SignatureEvidence, SignatureParameters, ValidationDataOptions, add_validation_data, inspect, prepare,
    prepare_document_timestamp,
};
use ades::pdf::Limits;
use ades::tsp::TimestampToken;
use support::pdf::{LAYOUTS, Layout, Pdf};
use support::{Bench, NOW, judges};

const CERTIFICATIONS: [Certification; 3] =
    [Certification::NoChanges, Certification::FormFilling, Certification::Annotations];

fn seen(document: &[u8]) -> Inspection {
    inspect(&document, &Limits::default(), &AwsLc).unwrap_or_else(|error| panic!("{error}"))
}

fn basic(bench: &Bench) -> SignatureParameters {
    bench.parameters(AdesLevel::B)
}

fn refusal(document: &[u8], parameters: &SignatureParameters) -> PrepareError {
    prepare(&document, parameters).expect_err("it must be refused")
}

fn judge(document: &[u8], signatures: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    std::fs::write(&path, document).unwrap();
    judges::qpdf(&path);
    judges::pdfsig_valid(&path, signatures);
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Two text fields, one below another field, and two empty signature fields, one of them with a lock.
fn form(lock: &str) -> Pdf {
    let mut pdf = Pdf::plain();
    pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [10 0 R 11 0 R 13 0 R 14 0 R] >> >>");
    pdf.set(3, "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [10 0 R 12 0 R 13 0 R 14 0 R] >>");
    let widget = "/Type /Annot /Subtype /Widget /Rect [72 600 272 620] /P 3 0 R /F 4";
    pdf.set(10, &format!("<< {widget} /FT /Tx /T (Name) >>"));
    pdf.set(11, "<< /FT /Tx /T (Address) /Kids [12 0 R] >>");
    pdf.set(12, &format!("<< {widget} /T (City) /Parent 11 0 R >>"));
    pdf.set(13, &format!("<< {widget} /FT /Sig /T (Buyer) {} >>", if lock.is_empty() { "" } else { "/Lock 15 0 R" }));
    pdf.set(14, &format!("<< {widget} /FT /Sig /T (Seller) >>"));
    pdf.set(15, if lock.is_empty() { "null" } else { lock });
    pdf
}

#[test]
fn a_certified_document_says_what_may_be_changed() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        for certification in CERTIFICATIONS {
            let original = Pdf::plain().build(layout);
            let signed = bench.sign_with(&original, &basic(&bench).certifying(certification));
            assert!(signed.starts_with(&original));
            let found = seen(&signed);
            assert_eq!(found.facts.certification, Some(certification), "{layout:?}");
            assert_eq!(found.signatures[0].certification, Some(certification));
            assert!(found.signatures[0].check.is_intact());
            judge(&signed, 1);
        }
    }
}

#[test]
fn what_a_certification_forbids_is_refused_and_the_rest_is_allowed() {
    let bench = Bench::new();
    let original = form("").build(Layout::Classic);
    for certification in CERTIFICATIONS {
        let certified = bench.sign_with(&original, &basic(&bench).certifying(certification));
        for field in [FieldChoice::New, FieldChoice::Existing("Seller".into())] {
            let further = basic(&bench).in_field(field);
            if certification == Certification::NoChanges {
                assert!(matches!(refusal(&certified, &further), PrepareError::CertifiedNoChanges));
            } else {
                let twice = bench.sign_with(&certified, &further);
                assert_eq!(seen(&twice).facts.certification, Some(certification));
                assert_eq!(seen(&twice).signatures[1].certification, None);
                judge(&twice, 2);
            }
        }
    }
}

#[test]
fn only_the_first_signature_certifies() {
    let bench = Bench::new();
    let signed = bench.sign(&Pdf::plain().build(Layout::XrefStream));
    for certification in CERTIFICATIONS {
        let error = refusal(&signed, &basic(&bench).certifying(certification));
        assert!(matches!(error, PrepareError::NotFirstSignature), "{error}");
    }
    let certified =
        bench.sign_with(&Pdf::plain().build(Layout::XrefStream), &basic(&bench).certifying(Certification::Annotations));
    let error = refusal(&certified, &basic(&bench).certifying(Certification::FormFilling));
    assert!(matches!(error, PrepareError::NotFirstSignature), "{error}");
}

#[test]
fn even_a_certification_without_changes_allows_validation_data_and_document_time_stamps() {
    let bench = Bench::new();
    let parameters = bench.parameters(AdesLevel::T).certifying(Certification::NoChanges);
    let certified = bench.sign_with(&Pdf::plain().build(Layout::Classic), &parameters);
    let evidence = SignatureEvidence {
        field: Some("Signature1".into()),
        crls: vec![support::der::seq(&[&support::der::octets(b"a list")])],
        ..SignatureEvidence::default()
    };
    let update = add_validation_data(&certified, &[evidence], &ValidationDataOptions::default()).unwrap();
    let lt = [certified.as_slice(), update.as_bytes()].concat();
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
    let prepared = prepare_document_timestamp(&lt, &parameters).unwrap();
    let token = bench.tsa.token(prepared.imprint().unwrap().digest(), None, NOW);
    let mut lta = Vec::new();
    prepared.embed(&lt, &TimestampToken::from_der(&token).unwrap(), &AwsLc, &mut lta).unwrap();
    let found = seen(&lta);
    assert_eq!(found.signatures[0].level, Some(AdesLevel::Lta));
    assert_eq!(found.facts.certification, Some(Certification::NoChanges));
}

#[test]
fn locks_are_written_and_hold_for_later_signatures() {
    let bench = Bench::new();
    let cases = [
        (FieldLock::All, true, true),
        (FieldLock::Include(names(&["Seller"])), false, true),
        (FieldLock::Include(names(&["Name", "Address"])), false, false),
        (FieldLock::Exclude(names(&["Seller"])), true, false),
        (FieldLock::Exclude(names(&["Signature1"])), false, true),
    ];
    for layout in [Layout::Classic, Layout::ObjectStream] {
        for (lock, new_refused, seller_refused) in &cases {
            let original = form("").build(layout);
            let parameters = basic(&bench).in_field(FieldChoice::Existing("Buyer".into())).locking(lock.clone());
            let signed = bench.sign_with(&original, &parameters);
            assert_eq!(seen(&signed).signatures[0].field_lock.as_ref(), Some(lock));
            judge(&signed, 1);
            for (field, refused) in
                [(FieldChoice::New, new_refused), (FieldChoice::Existing("Seller".into()), seller_refused)]
            {
                let outcome = prepare(&signed, &basic(&bench).in_field(field.clone()));
                match outcome {
                    Err(PrepareError::FieldLocked { by, .. }) => {
                        assert!(*refused && by == "Buyer", "{lock:?} {field:?}")
                    }
                    Ok(_) => assert!(!refused, "{lock:?} {field:?}"),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

#[test]
fn a_new_field_takes_a_lock_too() {
    let bench = Bench::new();
    let lock = FieldLock::Include(names(&["Address"]));
    let signed = bench.sign_with(&form("").build(Layout::Classic), &basic(&bench).locking(lock.clone()));
    assert_eq!(seen(&signed).signatures[0].field_lock, Some(lock.clone()));
    assert!(lock.locks("Address.City") && lock.locks("Address") && !lock.locks("Addressee"));
    judge(&signed, 1);
}

#[test]
fn a_field_that_has_a_lock_is_signed_with_it() {
    let bench = Bench::new();
    let lock = "<< /Type /SigFieldLock /Action /Include /Fields [(Name) (Address)] >>";
    let original = form(lock).build(Layout::Classic);
    let buyer = basic(&bench).in_field(FieldChoice::Existing("Buyer".into()));
    let signed = bench.sign_with(&original, &buyer);
    assert_eq!(seen(&signed).signatures[0].field_lock, Some(FieldLock::Include(names(&["Name", "Address"]))));
    judge(&signed, 1);
    let error = refusal(&original, &buyer.locking(FieldLock::All));
    assert!(matches!(error, PrepareError::FieldHasLock { ref name } if name == "Buyer"), "{error}");
}

#[test]
fn a_lock_that_forbids_every_change_is_respected() {
    let bench = Bench::new();
    for (permission, refused) in [(1, true), (2, false), (3, false)] {
        let lock = format!("<< /Type /SigFieldLock /Action /Include /Fields [(Name)] /P {permission} >>");
        let buyer = basic(&bench).in_field(FieldChoice::Existing("Buyer".into()));
        let signed = bench.sign_with(&form(&lock).build(Layout::Classic), &buyer);
        let outcome = prepare(&signed, &basic(&bench));
        match outcome {
            Err(PrepareError::LockedNoChanges { by }) => assert!(refused && by == "Buyer"),
            outcome => assert!(outcome.is_ok() && !refused, "P {permission}"),
        }
    }
}

#[test]
fn a_new_field_goes_on_the_page_that_is_chosen() {
    let bench = Bench::new();
    for layout in LAYOUTS {
        let original = Pdf::plain().build(layout);
        for (choice, page) in [(PageChoice::Number(1), 3), (PageChoice::Number(2), 4), (PageChoice::Last, 4)] {
            let signed = bench.sign_with(&original, &basic(&bench).on_page(choice));
            let read = lopdf::Document::load_mem(&signed).unwrap();
            let annotations = read.get_dictionary((page, 0)).unwrap().get(b"Annots").unwrap().as_array().unwrap().len();
            assert_eq!(annotations, 1, "{layout:?} {choice:?}");
        }
        for missing in [0, 3, u32::MAX] {
            let error = refusal(&original, &basic(&bench).on_page(PageChoice::Number(missing)));
            assert!(matches!(error, PrepareError::NoSuchPage), "{error}");
        }
    }
}

#[test]
fn a_form_of_xfa_is_signed_and_said_so() {
    let bench = Bench::new();
    let mut pdf = form("");
    pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /XFA 16 0 R /Fields [10 0 R 11 0 R 13 0 R 14 0 R] >> >>");
    pdf.set(16, "<< /Length 5 >>\nstream\n<a/> \nendstream");
    let original = pdf.build(Layout::Classic);
    assert!(ades::pdf::inspect(&original, &Limits::default()).unwrap().has_xfa);
    assert!(!ades::pdf::inspect(&form("").build(Layout::Classic), &Limits::default()).unwrap().has_xfa);
    judge(&bench.sign(&original), 1);
}
