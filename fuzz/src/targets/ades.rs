//! Documents, certificates and time-stamp answers, as a stranger may send them. ISO 32000-2; RFC 5280; RFC 3161; RFC 5652.

use std::sync::LazyLock;

use ades::AdesLevel;
use ades::crypto::{AwsLc, DigestAlgorithm, SignatureAlgorithm};
use ades::pades::appearance::{Appearance, Area, Corner, Font, Image, TextBlock};
use ades::pades::{PreparedPdf, SignatureCheck, SignatureParameters, SignatureValue, prepare, verify_signatures};
use ades::pdf::{Limits, inspect};
use ades::tsp::{Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken};
use ades::x509::{Certificate, DistinguishedName};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};

use crate::Target;

/// DER heads: sequences, sets, integers, strings, and lengths that lie.
pub const DER: &[&str] =
    &["0", "0\u{7f}", "1", "\u{2}\u{1}\0", "\u{4}\0", "\u{6}\u{3}", "\u{5}\0", "\u{13}", "\u{17}\r", "\u{18}\u{f}"];

const PDF: &[&str] = &[
    " 0 R",
    " 0 obj\n",
    "endobj\n",
    "stream\n",
    "endstream",
    "<<",
    ">>",
    "[",
    "]",
    "<",
    ">",
    "(",
    ")",
    "/",
    "%",
    "xref\n",
    "trailer\n",
    "startxref\n",
    "%%EOF\n",
    "/Prev ",
    "/XRefStm ",
    "/Type /ObjStm",
    "/Type /XRef",
    "/Kids [",
    "/Parent ",
    "/Length ",
    "/Filter /FlateDecode",
    "/DecodeParms ",
    "/Encrypt ",
    "/AcroForm ",
    "/Fields [",
    "/Sig",
    "/ByteRange [",
    "/Contents <",
    "/Extends ",
    "/W [1 2 1]",
    "/Index [",
    "/Root 1 0 R",
    "/Pages 2 0 R",
    "/Annots ",
];

/// Chunks and segments with their names.
const PNG: &[&str] = &["IHDR", "PLTE", "tRNS", "IDAT", "IEND", "acTL", "fcTL", "fdAT", "\0\0\0\u{1}"];
const JPEG: &[&str] = &["Exif\0\0II*\0", "Exif\0\0MM\0*", "Adobe", "JFIF\0", "\0\u{11}\u{8}"];
const FONT: &[&str] = &[
    "glyf", "loca", "head", "maxp", "hhea", "hmtx", "cmap", "CFF ", "name", "OS/2", "post", "ttcf", "OTTO", "\0\u{1}",
];

pub const TARGETS: &[Target] = &[
    Target { name: "ades_pdf", feed: pdf, words: PDF },
    Target { name: "ades_font", feed: font, words: FONT },
    Target { name: "ades_png", feed: png, words: PNG },
    Target { name: "ades_jpeg", feed: jpeg, words: JPEG },
    Target { name: "ades_prepared_pdf", feed: prepared_pdf, words: &["RKPD\u{1}", "\0\0\0\0"] },
    Target { name: "ades_certificate", feed: certificate, words: DER },
    Target { name: "ades_distinguished_name", feed: distinguished_name, words: DER },
    Target { name: "ades_timestamp_request", feed: timestamp_request, words: DER },
    Target { name: "ades_timestamp_response", feed: timestamp_response, words: DER },
];

/// A key for tests and its certificate. Neither is secret or valid.
static SIGNER: LazyLock<(Certificate, EcdsaKeyPair)> = LazyLock::new(|| {
    let certificate = Certificate::from_der(include_bytes!("../../data/signer.der")).expect("a certificate");
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, include_bytes!("../../data/signer.pk8"));
    (certificate, key.expect("a P-256 key"))
});

/// What is accepted for signing comes out signed: the document first, unchanged, and every signature of before as it was.
fn pdf(input: &[u8]) -> bool {
    let limits = Limits { file_size: 1 << 20, inflated: 4 << 20 };
    let _ = inspect(&input, &limits);
    let before = verify_signatures(&input, &AwsLc);
    let (certificate, key) = &*SIGNER;
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    let parameters =
        SignatureParameters::new(certificate.clone(), algorithm, AdesLevel::B, 1_790_000_000).with_limits(limits);
    let Ok(prepared) = prepare(&input, &parameters) else {
        return false;
    };
    let stored = PreparedPdf::from_bytes(&prepared.to_bytes()).expect("what was stored reads back");
    assert_eq!(stored, prepared);

    let value = key.sign(&SystemRandom::new(), stored.dtbs()).expect("the key signs");
    let mut signed = Vec::new();
    let value = SignatureValue::from(value.as_ref().to_vec());
    stored.embed(&input, &value, None, &AwsLc, &mut signed).expect("what was prepared can be signed");
    assert!(signed.starts_with(input), "the document is kept as it was");
    assert_eq!(u64::try_from(signed.len()), Ok(stored.signed_len()));
    // A document with a signature that cannot even be read can be signed, but not checked, before as after.
    let Ok(before) = before else { return true };
    let after = verify_signatures(&signed, &AwsLc).expect("what was signed can be read");
    let ours: Vec<_> = after.iter().filter(|check| check.signature_value == value.as_bytes()).collect();
    assert!(matches!(ours[..], [check] if check.is_intact() && check.covers_whole_file), "{ours:?}");
    let intact = |checks: &[SignatureCheck]| checks.iter().filter(|check| check.is_intact()).count();
    // More than before is possible: a file that lost its last newline gets it back.
    assert!(intact(&after) > intact(&before), "no earlier signature is damaged");
    true
}

/// A small document that gets a visible signature.
static DOCUMENT: &[u8] = include_bytes!("../../corpus/ades_pdf/classic");

/// Signs with this appearance and checks that what comes out can be signed again.
fn shown(appearance: impl FnOnce(Appearance) -> Appearance) -> bool {
    let area = Area { corner: Corner::TopLeft, x: 1.0, y: 1.0, width: 30.0, height: 10.0 };
    let certificate = SIGNER.0.clone();
    let parameters =
        |time| SignatureParameters::new(certificate.clone(), SignatureAlgorithm::EcdsaSha256, AdesLevel::B, time);
    let first = parameters(1_790_000_000).with_appearance(appearance(Appearance::at(area)));
    let Ok(prepared) = prepare(&DOCUMENT, &first) else {
        return false;
    };
    let value = SIGNER.1.sign(&SystemRandom::new(), prepared.dtbs()).expect("the key signs");
    let mut signed = Vec::new();
    let value = SignatureValue::from(value.as_ref().to_vec());
    prepared.embed(&DOCUMENT, &value, None, &AwsLc, &mut signed).expect("what was prepared can be signed");
    prepare(&signed.as_slice(), &parameters(1_790_000_001)).expect("what was shown reads as a document");
    true
}

fn font(input: &[u8]) -> bool {
    // A collection of two: the second is what a caller would choose.
    let index = u32::from(input.starts_with(b"ttcf"));
    let Ok(font) = Font::from_collection(input.to_vec(), index) else {
        return false;
    };
    let _ = format!("{font:?}");
    ["署名者：花子", "署名者：山Aiéが\n葛\u{e0100}", "A"]
        .map(|text| shown(|appearance| appearance.with_text(TextBlock::new(text, font.clone()))))
        .contains(&true)
}

fn png(input: &[u8]) -> bool {
    input.starts_with(b"\x89PNG") && image(input)
}

fn jpeg(input: &[u8]) -> bool {
    input.starts_with(b"\xff\xd8") && image(input)
}

fn image(input: &[u8]) -> bool {
    let Ok(image) = Image::from_bytes(input) else {
        return false;
    };
    let (width, height) = image.size();
    assert!(width > 0 && height > 0, "a picture has a size");
    assert!(shown(|appearance| appearance.with_image(image.clone())), "what was accepted can be shown");
    true
}

fn prepared_pdf(input: &[u8]) -> bool {
    let Ok(prepared) = PreparedPdf::from_bytes(input) else {
        return false;
    };
    assert_eq!(prepared.to_bytes(), input, "a prepared document has one form");
    let mut out = Vec::new();
    let embedded = prepared.embed(&b"another document".as_slice(), &vec![0; 64].into(), None, &AwsLc, &mut out);
    assert!(embedded.is_err() && out.is_empty(), "nothing is written for another document");
    true
}

fn certificate(input: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(input) else {
        return false;
    };
    assert_eq!(certificate.der(), input, "a certificate keeps its bytes");
    let _ = (certificate.subject().to_string(), certificate.issuer().to_string(), certificate.serial_hex());
    let _ = (certificate.ocsp_urls(), certificate.crl_urls(), certificate.ca_issuers_urls(), certificate.key_kind());
    let _ = certificate.verify_issued_by(&certificate, &AwsLc);
    true
}

fn distinguished_name(input: &[u8]) -> bool {
    let Ok(name) = DistinguishedName::from_der(input) else {
        return false;
    };
    assert_eq!(name.der(), input, "a name keeps its bytes");
    let _ = (name.to_string(), name.common_name(), name.organization());
    true
}

fn timestamp_request(input: &[u8]) -> bool {
    let Ok(request) = TimestampRequest::from_der(input) else {
        return false;
    };
    let again = TimestampRequest::from_der(&request.to_der()).expect("what was written reads");
    assert_eq!(again.imprint(), request.imprint());
    assert_eq!(again.nonce(), request.nonce());
    true
}

fn timestamp_response(input: &[u8]) -> bool {
    let token = TimestampToken::from_der(input);
    if let Ok(token) = &token {
        assert_eq!(token.der(), input, "a token keeps its bytes");
        let _ = token.verify(&[], &AwsLc);
    }
    let Ok(response) = TimestampResponse::from_der(input) else {
        return token.is_ok();
    };
    let _ = response.status().to_string();
    let request =
        TimestampRequest::new(Imprint::of(DigestAlgorithm::Sha256, b"never stamped"), Nonce::from_bytes(&[1; 8]));
    assert!(response.into_token(&request, &AwsLc).is_err(), "nobody has stamped this");
    true
}
