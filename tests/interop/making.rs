//! One signature in every format and packaging, at each level.

use ades::AdesLevel;
use ades::cades::{self, CadesParameters, Content};
use ades::crypto::{AwsLc, DigestAlgorithm, SignatureAlgorithm};
use ades::pades::{
    self, DocumentTimestampParameters, SignatureEvidence, SignatureParameters, ValidationDataOptions,
    prepare_document_timestamp, timestamp_imprint,
};
use ades::pdf::Source;

use crate::ground::{ARCHIVED, EVIDENCE, Ground, SIGNED, Signer, ground};

pub const LEVELS: [AdesLevel; 4] = [AdesLevel::B, AdesLevel::T, AdesLevel::Lt, AdesLevel::Lta];

/// What is signed by CAdES; also what looks like DER, a line end or a zero.
pub const CONTENT: &[u8] = b"The quick brown fox\r\n\x00\xff\x30\x80 signs.";

/// Format and packaging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Pades,
    CadesEnveloping,
    CadesDetached,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Pades, Self::CadesEnveloping, Self::CadesDetached];

    pub fn title(self) -> &'static str {
        match self {
            Self::Pades => "PAdES",
            Self::CadesEnveloping => "CAdES, enveloping",
            Self::CadesDetached => "CAdES, detached",
        }
    }

    /// What DSS calls it when it signs.
    pub fn dss(self) -> &'static [&'static str] {
        match self {
            Self::Pades => &["--format", "pades"],
            Self::CadesEnveloping => &["--format", "cades", "--packaging", "enveloping"],
            Self::CadesDetached => &["--format", "cades", "--packaging", "detached"],
        }
    }

    /// What DSS calls a signature of this level.
    pub fn baseline(self, level: AdesLevel) -> String {
        let family = if self == Self::Pades { "PAdES" } else { "CAdES" };
        format!("{family}-BASELINE-{}", name(level))
    }

    pub fn cades_content(self) -> Content<'static> {
        if self == Self::CadesDetached { Content::Detached(&CONTENT) } else { Content::Enveloping(&CONTENT) }
    }

    /// The content where it stands beside the signature.
    pub fn beside(self) -> Option<&'static dyn Source> {
        (self == Self::CadesDetached).then_some(&CONTENT as &dyn Source)
    }
}

pub fn name(level: AdesLevel) -> &'static str {
    match level {
        AdesLevel::B => "B",
        AdesLevel::T => "T",
        AdesLevel::Lt => "LT",
        _ => "LTA",
    }
}

/// A document of one page.
pub fn document() -> Vec<u8> {
    let text = "BT /F1 24 Tf 72 700 Td (Contract) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        table.push_str(&format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.push_str(&format!("{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

/// The signature at each of [`LEVELS`].
pub fn every_level(format: Format, signer: &Signer, algorithm: SignatureAlgorithm) -> [Vec<u8>; 4] {
    let ground = ground();
    match format {
        Format::Pades => {
            let document = document();
            let sign = |level| sign_pdf(&document, signer, algorithm, &pdf_parameters(signer, algorithm, level));
            let (b, t) = (sign(AdesLevel::B), sign(AdesLevel::T));
            let lt = pdf_with_data(&t, &[("Signature1", signer)], EVIDENCE);
            let lta = stamped_pdf(&lt, ARCHIVED);
            [b, t, lt, lta]
        }
        _ => {
            let sign = |level| sign_cms(format.cades_content(), signer, algorithm, level);
            let (b, t) = (sign(AdesLevel::B), sign(AdesLevel::T));
            let evidence = ground.evidence(&signer.certificate, EVIDENCE);
            let lt = cades::add_validation_data(&t, format.beside(), &evidence, &AwsLc).unwrap();
            let lta = archived_cms(&lt, format.beside(), 0, ARCHIVED);
            [b, t, lt, lta]
        }
    }
}

pub fn pdf_parameters(signer: &Signer, algorithm: SignatureAlgorithm, level: AdesLevel) -> SignatureParameters {
    SignatureParameters::new(signer.certificate.clone(), algorithm, level, SIGNED).with_chain(ground().chain())
}

pub fn sign_pdf(
    document: &[u8],
    signer: &Signer,
    algorithm: SignatureAlgorithm,
    parameters: &SignatureParameters,
) -> Vec<u8> {
    let prepared = pades::prepare(&document, parameters).unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
    let value = signer.sign(algorithm, prepared.dtbs());
    let token = (prepared.level() > AdesLevel::B).then(|| ground().token(timestamp_imprint(&value), SIGNED + 1));
    let mut signed = Vec::new();
    prepared.embed(&document, &value, token.as_ref(), &AwsLc, &mut signed).unwrap();
    signed
}

/// With the validation data of the signatures in these fields.
pub fn pdf_with_data(document: &[u8], signatures: &[(&str, &Signer)], at: u64) -> Vec<u8> {
    let evidence: Vec<_> = signatures
        .iter()
        .map(|(field, signer)| SignatureEvidence::for_signature(*field, &ground().evidence(&signer.certificate, at)))
        .collect();
    appended(document, &evidence)
}

/// With the validation data of the document time-stamp in this field.
pub fn pdf_with_timestamp_data(document: &[u8], field: &str, stamped: u64, at: u64) -> Vec<u8> {
    appended(document, &[SignatureEvidence::for_signature(field, &ground().timestamp_evidence(stamped, at))])
}

fn appended(document: &[u8], evidence: &[SignatureEvidence]) -> Vec<u8> {
    let update = pades::add_validation_data(&document, evidence, &ValidationDataOptions::default()).unwrap();
    let mut output = Vec::new();
    update.write(&document, &mut output).unwrap();
    output
}

pub fn stamped_pdf(document: &[u8], at: u64) -> Vec<u8> {
    let parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha512);
    let prepared = prepare_document_timestamp(&document, &parameters).unwrap();
    let token = ground().token(prepared.imprint().unwrap(), at);
    let mut output = Vec::new();
    prepared.embed(&document, &token, &AwsLc, &mut output).unwrap();
    output
}

pub fn cms_parameters(signer: &Signer, algorithm: SignatureAlgorithm, level: AdesLevel) -> CadesParameters {
    CadesParameters::new(signer.certificate.clone(), algorithm, level, SIGNED).with_chain(ground().chain())
}

pub fn sign_cms(content: Content<'_>, signer: &Signer, algorithm: SignatureAlgorithm, level: AdesLevel) -> Vec<u8> {
    let parameters = cms_parameters(signer, algorithm, level);
    let prepared =
        cades::prepare(content, &parameters, &AwsLc).unwrap_or_else(|error| panic!("{algorithm:?}: {error}"));
    let value = signer.sign(algorithm, prepared.dtbs());
    let token = (level > AdesLevel::B).then(|| ground().token(timestamp_imprint(&value), SIGNED + 1));
    let mut signed = Vec::new();
    prepared.embed(content, &value, token.as_ref(), &AwsLc, &mut signed).unwrap();
    signed
}

pub fn archived_cms(cms: &[u8], content: Option<&dyn Source>, signer: usize, at: u64) -> Vec<u8> {
    let digest = DigestAlgorithm::Sha512;
    let prepared = cades::prepare_archive_timestamp(cms, content, signer, digest, at, &AwsLc)
        .unwrap_or_else(|error| panic!("{error}"));
    let token = ground().token(prepared.imprint().clone(), at);
    prepared.embed(cms, &token, &AwsLc).unwrap()
}

/// Arguments with which DSS judges this file: the trust anchor and, where the level carries no revocation data, lists.
pub fn dss_arguments(ground: &Ground, format: Format, level: AdesLevel, file: &str) -> Vec<String> {
    let mut arguments = vec![file.to_owned()];
    arguments.extend(ground.dss_arguments(level < AdesLevel::Lt));
    if format == Format::CadesDetached {
        let content = ground.path("content.bin");
        arguments.extend(["--detached".to_owned(), content.to_str().unwrap().to_owned()]);
    }
    arguments
}
