//! A PDF/A document that gets a visible signature stays one. ISO 19005-2 and -3; the judge is veraPDF.

mod support;

use ades::AdesLevel;
use ades::pades::appearance::{Appearance, Arrangement, Caption, Colour, Font, Image, Language, TextBlock, UtcOffset};
use support::pdf::{Layout, Pdf, deflate};
use support::{Bench, judges, stamp};

/// What the document says about its device colours.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Intent {
    Rgb,
    Grey,
    /// Nothing: it has none. Blending then needs a colour space of the page.
    None,
    /// Nothing, but the page has a colour space for blending.
    PageGroup,
}

/// A document that says that it follows this part and level of ISO 19005.
fn pdf_a(part: u8, level: char, intent: Intent) -> Vec<u8> {
    let mut pdf = Pdf::plain();
    let stream = |entries: &str, data: &[u8]| {
        let head = format!("<< {entries} /Length {} >>\nstream\n", data.len());
        [head.as_bytes(), data, b"\nendstream"].concat()
    };
    let xmp = format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description rdf:about=\"\" \
         xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"><pdfaid:part>{part}</pdfaid:part>\
         <pdfaid:conformance>{level}</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
    );
    pdf.objects.insert(7, stream("/Type /Metadata /Subtype /XML", xmp.as_bytes()));
    let icc: Option<(&[u8], u8)> = match intent {
        Intent::Rgb => Some((include_bytes!("../assets/colour/srgb.icc"), 3)),
        Intent::Grey => Some((include_bytes!("../assets/colour/grey.icc"), 1)),
        Intent::None | Intent::PageGroup => None,
    };
    let mut intents = String::new();
    if let Some((profile, components)) = icc {
        pdf.objects.insert(8, stream(&format!("/N {components} /Filter /FlateDecode"), &deflate(profile)));
        intents =
            "/OutputIntents [<< /Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (Custom) /Info (Test) \
                   /DestOutputProfile 8 0 R >>]"
                .to_owned();
    }
    pdf.set(1, &format!("<< /Type /Catalog /Pages 2 0 R /Metadata 7 0 R {intents} >>"));
    pdf.set(2, "<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595 842] >>");
    let group = match intent {
        Intent::PageGroup => "/Group << /S /Transparency /CS [/CalRGB << /WhitePoint [0.95 1 1.09] >>] >>",
        _ => "",
    };
    pdf.set(3, &format!("<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Resources << >> {group} >>"));
    pdf.objects.remove(&4);
    pdf.objects.insert(5, stream("", b"0 0 m 9 9 l n"));
    pdf.objects.remove(&6);
    let layout = if part == 1 { Layout::Classic } else { Layout::XrefStream };
    let mut bytes = pdf.build(layout);
    if part == 1 {
        bytes[7] = b'4';
    }
    bytes
}

fn everything() -> Appearance {
    let caption = Caption { language: Language::Japanese, zone: UtcOffset::from_minutes(540).unwrap() };
    Appearance::at(stamp::area())
        .with_text(TextBlock::of_signature(caption, stamp::font()))
        .with_image(Image::from_bytes(&stamp::seal()).unwrap())
        .with_image(Image::from_bytes(include_bytes!("data/grey.jpg")).unwrap())
        .with_image(Image::from_bytes(include_bytes!("data/progressive.jpg")).unwrap())
        .with_frame(Colour::VERMILION)
}

fn with_files<T>(documents: &[(String, Vec<u8>)], judge: impl FnOnce(&[&std::path::Path]) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = documents
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(format!("{name}.pdf"));
            #[allow(clippy::disallowed_methods, reason = "judges read files")]
            std::fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    judge(&paths.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>())
}

fn judged(flavour: &str, documents: &[(String, Vec<u8>)]) {
    with_files(documents, |paths| judges::vera_pdf(flavour, paths));
}

#[test]
fn the_judge_finds_what_would_be_wrong() {
    let bench = Bench::new();
    // The same document without its claim to be PDF/A gets a blended image, which the standard forbids here.
    let mut document = pdf_a(2, 'B', Intent::None);
    let claim = document.windows(15).position(|window| window == b"/Metadata 7 0 R").unwrap();
    document[claim..claim + 15].fill(b' ');
    let signed = bench.sign_with(&document, &bench.parameters(AdesLevel::B).with_appearance(everything()));
    if let Some(verdicts) =
        with_files(&[("blended".to_owned(), signed)], |paths| judges::vera_pdf_verdicts("2b", paths))
    {
        assert!(verdicts[0].starts_with("FAILED\t") && verdicts[0].contains("6.2.10-"), "{verdicts:?}");
    }
}

const INTENTS: [Intent; 4] = [Intent::Rgb, Intent::Grey, Intent::None, Intent::PageGroup];

#[test]
fn pdf_a_2b_and_3b_documents_stay_conformant() {
    let bench = Bench::new();
    for (part, flavour) in [(2, "2b"), (3, "3b")] {
        let mut documents = Vec::new();
        for intent in INTENTS {
            let document = pdf_a(part, 'B', intent);
            let parameters =
                |appearance| bench.parameters(AdesLevel::T).with_reason("承認").with_appearance(appearance);
            let once = bench.sign_with(&document, &parameters(everything()));
            let overlaid = parameters(everything().arranged(Arrangement::Overlaid));
            let twice = bench.sign_with(&once, &overlaid);
            documents.push((format!("{intent:?}-before"), document));
            documents.push((format!("{intent:?}-once"), once));
            documents.push((format!("{intent:?}-twice"), twice));
        }
        judged(flavour, &documents);
    }
}

#[test]
fn documents_of_the_older_part_and_with_unicode_stay_conformant_too() {
    let bench = Bench::new();
    for (flavour, document) in [("1b", pdf_a(1, 'B', Intent::Rgb)), ("2u", pdf_a(2, 'U', Intent::Rgb))] {
        let signed = bench.sign_with(&document, &bench.parameters(AdesLevel::B).with_appearance(everything()));
        judged(flavour, &[("before".to_owned(), document), ("after".to_owned(), signed)]);
    }
}

#[test]
fn images_are_blended_where_the_document_has_a_colour_space_for_it() {
    let bench = Bench::new();
    let has = |document: &[u8], what: &[u8]| {
        let parameters = bench.parameters(AdesLevel::B).with_appearance(everything());
        bench.sign_with(document, &parameters).windows(what.len()).any(|window| window == what)
    };
    let cases = [
        (pdf_a(2, 'B', Intent::Rgb), true),
        (pdf_a(2, 'B', Intent::PageGroup), true),
        (pdf_a(2, 'B', Intent::None), false),
    ];
    for (document, blended) in
        cases.into_iter().chain([(pdf_a(1, 'B', Intent::Rgb), false), (Pdf::plain().build(Layout::Classic), true)])
    {
        assert_eq!((has(&document, b"/SMask "), has(&document, b"/ImageMask true")), (blended, !blended));
    }
}

/// A font with CFF outlines is embedded in another form. This one (a few glyphs of Noto Sans CJK, SIL OFL 1.1) is the second of a
/// collection.
#[test]
fn a_font_with_cff_outlines_keeps_the_document_conformant() {
    let font = Font::from_collection(include_bytes!("data/cff.ttc").as_slice(), 1).unwrap();
    let bench = Bench::new();
    let block = TextBlock::new("署名者：𠮷田 花子 (Hanako)", font);
    let appearance = Appearance::at(stamp::area()).with_text(block);
    let signed =
        bench.sign_with(&pdf_a(2, 'B', Intent::Rgb), &bench.parameters(AdesLevel::B).with_appearance(appearance));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    #[allow(clippy::disallowed_methods, reason = "judges read files")]
    std::fs::write(&path, &signed).unwrap();
    if let Some(text) = judges::poppler_text(&path) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("署名者：𠮷田 花子 (Hanako)"), "{text}");
    }
    judged("2b", &[("cff".to_owned(), signed)]);
}
