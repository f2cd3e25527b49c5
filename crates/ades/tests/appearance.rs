//! Visible signatures: where they stand, what they show, and what is refused.

mod support;

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pades::appearance::{
    Appearance, AppearanceError, Area, Arrangement, Caption, Colour, Corner, Font, FontError, Image, Language,
    TextBlock, UtcOffset,
};
use ades::pades::{FieldChoice, PrepareError, prepare, verify_signatures};
use ades::pdf::Password;
use support::pdf::{LAYOUTS, Layout, Pdf};
use support::{Bench, judges, stamp};

/// A file for judges that are programs.
fn file(folder: &tempfile::TempDir, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.path().join("signed.pdf");
    #[allow(clippy::disallowed_methods, reason = "judges read files")]
    std::fs::write(&path, bytes).unwrap();
    path
}

fn sign(bench: &Bench, document: &[u8], appearance: Appearance) -> Vec<u8> {
    bench.sign_with(document, &bench.parameters(AdesLevel::B).with_appearance(appearance))
}

fn refused(document: &[u8], appearance: Appearance) -> AppearanceError {
    let bench = Bench::new();
    match prepare(&document, &bench.parameters(AdesLevel::B).with_appearance(appearance)) {
        Err(PrepareError::Appearance(error)) => error,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was refused"),
    }
}

/// A page of these entries, empty but for what is signed onto it.
fn page(entries: &str) -> Vec<u8> {
    let mut pdf = Pdf::plain();
    pdf.set(3, &format!("<< /Type /Page /Parent 2 0 R {entries} >>"));
    pdf.build(Layout::Classic)
}

/// Checks that the four quarters are seen in `area` of a page of `size` mm, upright, and nothing outside of it.
fn assert_seen(what: &str, signed: &[u8], (page_width, page_height): (f64, f64), area: &Area) {
    let folder = tempfile::tempdir().unwrap();
    let Some((width, height, pixels)) = judges::poppler(&file(&folder, signed), 1, 100) else { return };
    let pixel = |x: f64, y: f64| -> [u8; 3] {
        let (x, y) = (x / page_width * width as f64, y / page_height * height as f64);
        let at = 3 * (y as usize * width + x as usize);
        [pixels[at], pixels[at + 1], pixels[at + 2]]
    };
    let left = match area.corner {
        Corner::TopLeft | Corner::BottomLeft => area.x,
        Corner::TopRight | Corner::BottomRight => page_width - area.x - area.width,
    };
    let top = match area.corner {
        Corner::TopLeft | Corner::TopRight => area.y,
        Corner::BottomLeft | Corner::BottomRight => page_height - area.y - area.height,
    };
    let near = |a: [u8; 3], b: [u8; 3]| a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 8);
    // Just inside the corners, and around the middle.
    for (fx, fy, quarter) in [
        (0.06, 0.08, 0),
        (0.47, 0.45, 0),
        (0.94, 0.08, 1),
        (0.53, 0.45, 1),
        (0.06, 0.92, 2),
        (0.47, 0.55, 2),
        (0.94, 0.92, 3),
        (0.53, 0.55, 3),
    ] {
        let seen = pixel(left + fx * area.width, top + fy * area.height);
        assert!(near(seen, stamp::QUARTERS[quarter]), "{what}: {seen:?} at {fx}, {fy}");
    }
    for (fx, fy) in [(-0.02, 0.5), (1.02, 0.5), (0.5, -0.03), (0.5, 1.03)] {
        let seen = pixel(left + fx * area.width, top + fy * area.height);
        assert_eq!(seen, [255; 3], "{what}: something is seen outside at {fx}, {fy}");
    }
}

/// Room for the picture of quarters, which is twice as wide as high, and the margin around it (3 points).
fn picture_area(corner: Corner) -> Area {
    let mm = 25.4 / 72.0;
    Area { corner, x: 11.0, y: 17.0, width: 126.0 * mm, height: 66.0 * mm }
}

#[test]
fn a_picture_is_seen_upright_at_its_place_however_the_page_is_turned_cropped_and_scaled() {
    let bench = Bench::new();
    let corners = [Corner::TopLeft, Corner::TopRight, Corner::BottomLeft, Corner::BottomRight];
    let mut turn = corners.iter().cycle();
    for rotate in [0, 90, 180, 270, -90] {
        for (crop, (x, y)) in [
            ("", (420.0, 595.0)),
            ("/CropBox [30 50 330 500]", (300.0, 450.0)),
            // Larger than the media box on two sides, and with its corners the wrong way round.
            ("/CropBox [430 500 40 -20]", (380.0, 500.0)),
        ] {
            for unit in [1.0, 1.5] {
                let document = page(&format!("/MediaBox [0 0 420 595] {crop} /Rotate {rotate} /UserUnit {unit:.1}"));
                let mm = 25.4 / 72.0 * unit;
                let size = if rotate % 180 == 0 { (x * mm, y * mm) } else { (y * mm, x * mm) };
                let area = picture_area(*turn.next().unwrap());
                let what = format!("rotate {rotate} {crop} unit {unit} {:?}", area.corner);
                let signed = sign(&bench, &document, Appearance::at(area).with_image(stamp::quarters()));
                assert_seen(&what, &signed, size, &area);
            }
        }
        // Five and four have no common factor: every turn meets every corner.
        turn.next();
    }
}

#[test]
fn attributes_that_a_page_inherits_count_too() {
    let mut pdf = Pdf::plain();
    pdf.set(2, "<< /Type /Pages /Count 2 /Kids [7 0 R 4 0 R] /MediaBox [10 10 430 605] /Rotate 90 >>");
    pdf.set(7, "<< /Type /Pages /Parent 2 0 R /Count 1 /Kids [3 0 R] /CropBox [8 0 R 60 430 605] >>");
    pdf.set(8, "30.5");
    pdf.set(3, "<< /Type /Page /Parent 7 0 R >>");
    let area = picture_area(Corner::TopRight);
    let signed = sign(&Bench::new(), &pdf.build(Layout::Classic), Appearance::at(area).with_image(stamp::quarters()));
    let mm = 25.4 / 72.0;
    assert_seen("inherited", &signed, (545.0 * mm, 399.5 * mm), &area);
}

#[test]
fn a_field_shows_the_signature_in_the_rectangle_it_has() {
    let bench = Bench::new();
    let mm = 25.4 / 72.0;
    for rotate in [0, 90, 180, 270] {
        // As the reader sees it: 126 by 66 points wherever the page is turned.
        let rect = if rotate % 180 == 0 { "[226 166 100 100]" } else { "[100 100 166 226]" };
        let mut pdf = Pdf::plain();
        pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] >> >>");
        pdf.set(
            3,
            &format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Rotate {rotate} /Annots [8 0 R] >>"),
        );
        // Field and place on the page apart; hidden, and with a look from the time when it was empty.
        pdf.set(7, "<< /FT /Sig /T (Seal) /Kids [8 0 R] >>");
        pdf.set(8, &format!("<< /Type /Annot /Subtype /Widget /Parent 7 0 R /P 3 0 R /F 2 /MK << /BG [1 1 0] /R 180 >> /Rect {rect} >>"));
        let parameters = bench
            .parameters(AdesLevel::B)
            .in_field(FieldChoice::Existing("Seal".into()))
            .with_appearance(Appearance::in_field().with_image(stamp::quarters()));
        let signed = bench.sign_with(&pdf.build(Layout::Classic), &parameters);
        let (left, bottom) = match rotate {
            0 => (100.0, 100.0),
            90 => (100.0, 420.0 - 166.0),
            180 => (420.0 - 226.0, 595.0 - 166.0),
            _ => (595.0 - 226.0, 100.0),
        };
        let size = if rotate % 180 == 0 { (420.0 * mm, 595.0 * mm) } else { (595.0 * mm, 420.0 * mm) };
        let area =
            Area { corner: Corner::BottomLeft, x: left * mm, y: bottom * mm, width: 126.0 * mm, height: 66.0 * mm };
        assert_seen(&format!("field, rotate {rotate}"), &signed, size, &area);
    }
}

#[test]
fn japanese_text_is_shown_and_can_be_copied() {
    let bench = Bench::new();
    let name = "山田髙﨑 花子";
    let caption = Caption { language: Language::Japanese, zone: UtcOffset::from_minutes(540).unwrap() };
    let appearance = Appearance::at(stamp::area())
        .with_text(TextBlock::of_signature(caption, stamp::font()))
        .with_image(Image::from_bytes(&stamp::seal()).unwrap())
        .with_frame(Colour::BLACK);
    let parameters = bench
        .parameters(AdesLevel::T)
        .with_signer_name(name)
        .with_reason("契約書の承認")
        .with_location("東京都千代田区")
        .with_appearance(appearance);
    let folder = tempfile::tempdir().unwrap();
    for layout in LAYOUTS {
        let document = Pdf::plain().build(layout);
        let signed = bench.sign_with(&document, &parameters);
        assert!(signed.starts_with(&document));
        let check = verify_signatures(&signed.as_slice(), &AwsLc).unwrap().remove(0);
        assert!(check.is_intact() && check.covers_whole_file, "{:?}", check.problem);
        let path = file(&folder, &signed);
        judges::qpdf(&path);
        judges::pdfsig(&path, 1);
        let Some(text) = judges::poppler_text(&path) else { continue };
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for expected in [
            "署名者：山田髙﨑花子",
            "理由：契約書の承認",
            "場所：東京都千代田区",
            "署名日時（署名者の申告）：2026-01-0212:04:05+09:00",
        ] {
            assert!(text.contains(expected), "{expected} is not in {text}");
        }
    }
}

#[test]
fn the_common_name_of_the_certificate_stands_in_for_a_name_that_is_not_given() {
    let bench = Bench::new();
    let caption = Caption { language: Language::English, zone: UtcOffset::UTC };
    let appearance = Appearance::at(stamp::area()).with_text(TextBlock::of_signature(caption, stamp::font()));
    let signed = sign(&bench, &page(""), appearance);
    let folder = tempfile::tempdir().unwrap();
    if let Some(text) = judges::poppler_text(&file(&folder, &signed)) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = "Signed by: 署名 花子 Time claimed by the signer: 2026-01-02 03:04:05 UTC";
        assert_eq!(text, expected);
    }
}

#[test]
fn a_signature_is_seen_in_an_encrypted_document_too() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let plain = file(&folder, &page("/MediaBox [0 0 420 595] /Rotate 90"));
    let encrypted = folder.path().join("encrypted.pdf");
    let owner = "owner";
    let (plain, to) = (plain.to_str().unwrap(), encrypted.to_str().unwrap());
    if judges::qpdf_with(&["--encrypt", "", owner, "256", "--", plain, to]).is_none() {
        return;
    }
    #[allow(clippy::disallowed_methods, reason = "judges write files")]
    let document = std::fs::read(encrypted).unwrap();
    let (area, mm) = (picture_area(Corner::TopRight), 25.4 / 72.0);
    let text = TextBlock::new("契約", stamp::font());
    let appearance = Appearance::at(area).with_image(stamp::quarters()).with_text(text).arranged(Arrangement::Overlaid);
    let parameters = bench.parameters(AdesLevel::B).with_password(Password::new(owner)).with_appearance(appearance);
    let signed = bench.sign_with(&document, &parameters);
    assert_eq!(
        judges::poppler_text(&file(&folder, &signed)).map(|text| text.trim().to_owned()).as_deref(),
        Some("契約")
    );
    let image = parameters.with_appearance(Appearance::at(area).with_image(stamp::quarters()));
    assert_seen("encrypted", &bench.sign_with(&document, &image), (595.0 * mm, 420.0 * mm), &area);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let bench = Bench::new();
    let prepared = || {
        let appearance = stamp::text("署名").with_image(Image::from_bytes(&stamp::seal()).unwrap());
        prepare(&page("").as_slice(), &bench.parameters(AdesLevel::B).with_appearance(appearance)).unwrap().to_bytes()
    };
    assert_eq!(prepared(), prepared());
}

#[test]
fn a_small_text_costs_little() {
    let bench = Bench::new();
    let document = page("");
    let plain = bench.sign(&document).len();
    let visible =
        bench.sign_with(&document, &bench.parameters(AdesLevel::T).with_appearance(stamp::text("署名者：山田花子")));
    assert!(visible.len() - plain < 12_000, "{} bytes for eight glyphs", visible.len() - plain);
}

#[test]
fn every_kanji_of_jis_levels_one_and_two_has_a_glyph() {
    let bench = Bench::new();
    let kanji = include_str!("data/jis-x-0208-kanji.txt");
    let lines: Vec<&str> = kanji.lines().collect();
    assert_eq!(lines.iter().map(|line| line.chars().count()).sum::<usize>(), 6_356);
    // What names need beyond them: other forms, by code point and by variation selector.
    for text in
        lines.chunks(20).map(|lines| lines.join("\n")).chain(["髙﨑濵邉邊齋齊祐神～①㈱".into(), "葛\u{e0100}城".into()])
    {
        let area = Area { corner: Corner::TopLeft, x: 0.0, y: 0.0, width: 200.0, height: 270.0 };
        let appearance = Appearance::at(area).with_text(TextBlock::new(text, stamp::font()));
        prepare(
            &page("/MediaBox [0 0 595 842]").as_slice(),
            &bench.parameters(AdesLevel::B).with_appearance(appearance),
        )
        .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_character_without_a_glyph_is_named() {
    let document = page("");
    for (text, expected) in [
        ("𠮷野家", "no glyph for \"𠮷\" (U+20BB7)"),
        ("か\u{309a}", "\"\u{309a}\" (U+309A) must be joined"),
        ("cafe\u{301}", "\"\u{301}\" (U+0301) must be joined"),
        ("契\u{e01ef}約", "no glyph for \"契\u{e01ef}\" (U+5951 U+E01EF)"),
        ("sign\u{202e}ed", "the invisible character U+202E"),
        ("a\u{200b}b", "the invisible character U+200B"),
        ("\u{7}", "the invisible character U+0007"),
        ("توقيع", "\"ت\" (U+062A) must be joined"),
        ("हस्ताक्षर", "\"ह\" (U+0939) must be joined"),
    ] {
        let message = refused(&document, stamp::text(text)).to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn text_is_refused_when_it_is_too_long_or_not_there() {
    let document = page("");
    assert_eq!(refused(&document, stamp::text(&"あ".repeat(2_001))), AppearanceError::TextTooLong { limit: 2_000 });
    assert_eq!(refused(&document, stamp::text(&"あ".repeat(2_000))), AppearanceError::TextDoesNotFit { smallest: 4.0 });
    assert_eq!(refused(&document, stamp::text("")), AppearanceError::Empty);
    assert_eq!(refused(&document, stamp::text("\n\n")), AppearanceError::Empty);
    assert_eq!(refused(&document, Appearance::at(stamp::area())), AppearanceError::Empty);
    let large = TextBlock::new("署名者 山田花子 署名者 山田花子", stamp::font()).with_sizes(30, 72);
    assert_eq!(
        refused(&document, Appearance::at(stamp::area()).with_text(large)),
        AppearanceError::TextDoesNotFit { smallest: 30.0 }
    );
}

#[test]
fn places_that_cannot_be_are_refused() {
    let document = page("/MediaBox [0 0 595 842]");
    let outside = Area { x: 180.0, ..stamp::area() };
    let message = refused(&document, Appearance::at(outside).with_image(stamp::quarters())).to_string();
    assert!(message.contains("209.9 mm wide and 297.0 mm high"), "{message}");
    let in_field = Appearance::in_field().with_image(stamp::quarters());
    assert_eq!(refused(&document, in_field.clone()), AppearanceError::NoRectangle);
    for (entries, what) in [
        ("/Rotate 45", "right angle"),
        ("/Rotate /Up", "right angle"),
        ("/UserUnit 0", "usable size"),
        ("/UserUnit (x)", "unit"),
    ] {
        let error = refused(&page(entries), Appearance::at(stamp::area()).with_image(stamp::quarters())).to_string();
        assert!(error.contains(what), "{entries}: {error}");
    }
}

#[test]
fn a_field_and_a_position_exclude_each_other_and_a_field_needs_a_rectangle() {
    let bench = Bench::new();
    let refused = |rect: &str, annots: &str, appearance: Appearance| {
        let mut pdf = Pdf::plain();
        pdf.set(1, "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] >> >>");
        pdf.set(4, &format!("<< /Type /Page /Parent 2 0 R {annots} >>"));
        pdf.set(7, &format!("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) {rect} >>"));
        let parameters = bench
            .parameters(AdesLevel::B)
            .in_field(FieldChoice::Existing("Seal".into()))
            .with_appearance(appearance.with_image(stamp::quarters()));
        match prepare(&pdf.build(Layout::Classic).as_slice(), &parameters) {
            Err(PrepareError::Appearance(error)) => Some(error),
            Ok(_) => None,
            Err(other) => panic!("{other}"),
        }
    };
    let rect = "/Rect [100 100 226 166]";
    // Without P, the page that lists it.
    assert_eq!(refused(rect, "/Annots [7 0 R]", Appearance::in_field()), None);
    assert_eq!(refused(rect, "", Appearance::in_field()), Some(AppearanceError::NoRectangle));
    assert_eq!(
        refused("/Rect [0 0 0 0]", "/Annots [7 0 R]", Appearance::in_field()),
        Some(AppearanceError::NoRectangle)
    );
    assert_eq!(refused("", "/Annots [7 0 R]", Appearance::in_field()), Some(AppearanceError::NoRectangle));
    let both = refused(rect, "/Annots [7 0 R]", Appearance::at(stamp::area()));
    assert_eq!(both, Some(AppearanceError::FieldHasItsPlace { name: "Seal".into() }));
}

#[test]
fn contents_stand_beside_or_over_each_other() {
    let bench = Bench::new();
    let seal = Image::from_bytes(&stamp::seal()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let columns = |arrangement| {
        let appearance = stamp::text("山田").with_image(seal.clone()).arranged(arrangement);
        let signed = sign(&bench, &page("/MediaBox [0 0 300 200]"), appearance);
        let (width, _, pixels) = judges::poppler(&file(&folder, &signed), 1, 72)?;
        let found = |wanted: fn(&[u8]) -> bool| {
            let hits = pixels.chunks(3).enumerate().filter(|(_, pixel)| wanted(pixel)).map(|(at, _)| at % width);
            hits.fold((usize::MAX, 0), |(least, most), x| (least.min(x), most.max(x)))
        };
        Some((found(|p| p[0] < 90 && p[1] < 90 && p[2] < 90), found(|p| p[0] > 180 && p[1] < 90 && p[2] < 90)))
    };
    if let (Some((text, red)), Some((text_over, red_over))) =
        (columns(Arrangement::SideBySide), columns(Arrangement::Overlaid))
    {
        assert!(text.1 < red.0 && red.0 < red.1, "the text {text:?} stands left of the seal {red:?}");
        // The area reaches from 20 to 80 mm.
        assert_eq!(text_over.0, text.0);
        assert!((red_over.0 + red_over.1).abs_diff(283) <= 2, "the seal stands in the middle: {red_over:?}");
    }
}

#[test]
fn what_is_no_font_or_must_not_be_embedded_is_refused() {
    let error = |bytes: Vec<u8>| Font::from_bytes(bytes).unwrap_err();
    assert_eq!(error(Vec::new()), FontError::Unreadable);
    assert_eq!(error(b"%PDF-1.7".to_vec()), FontError::Unreadable);
    assert_eq!(error(stamp::FONT[..200].to_vec()), FontError::Unreadable);
    assert_eq!(error(vec![0; 64 * 1024 * 1024 + 1]), FontError::TooLarge { limit: 64 * 1024 * 1024 });
    // fsType 2: restricted licence.
    let mut restricted = stamp::FONT.to_vec();
    let entry = restricted.windows(4).position(|tag| tag == b"OS/2").unwrap();
    let table = u32::from_be_bytes(restricted[entry + 8..entry + 12].try_into().unwrap()) as usize;
    restricted[table + 9] = 2;
    assert_eq!(error(restricted), FontError::EmbeddingForbidden);
}

#[cfg(feature = "font-jp")]
#[test]
fn the_font_that_ships_can_be_used_without_a_file() {
    let block = TextBlock::new("署名", Font::japanese().unwrap());
    sign(&Bench::new(), &page(""), Appearance::at(stamp::area()).with_text(block));
}
