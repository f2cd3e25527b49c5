//! What the matrix does not vary: certification, several signatures, renewal, document time-stamps alone, counter-signatures.

use std::collections::BTreeSet;

use ades::attributes::{Commitment, ExplicitPolicy, SignaturePolicy, SignedAttributes};
use ades::cades;
use ades::crypto::{AwsLc, DigestAlgorithm, SignatureAlgorithm};
use ades::pades::{FieldLock, timestamp_imprint};
use ades::pdf::Certification;
use ades::{AdesLevel, Oid};

use crate::dss::{Dss, Verdict};
use crate::ground::{ARCHIVED, EVIDENCE, Ground, RENEWED, SIGNED, Signer};
use crate::making::{
    Format, archived_cms, cms_parameters, document, dss_arguments, pdf_parameters, pdf_with_data,
    pdf_with_timestamp_data, sign_cms, sign_pdf, stamped_pdf,
};
use crate::matrix::side_by_side;
use crate::signers::KeyKind;

const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::EcdsaSha256;

/// What was made, what DSS had to find, and what it found.
pub struct Outcome {
    pub what: String,
    pub expected: String,
    pub failure: Option<String>,
    pub warnings: BTreeSet<String>,
}

struct Variant {
    what: String,
    format: Format,
    level: AdesLevel,
    /// 0 for a document time-stamp alone.
    signatures: usize,
    /// Types of the first signature's time-stamps.
    timestamps: &'static [&'static str],
    bytes: Vec<u8>,
}

const SIGNATURE: &str = "SIGNATURE_TIMESTAMP";
const ARCHIVE: &str = "ARCHIVE_TIMESTAMP";
const DOCUMENT: &str = "DOCUMENT_TIMESTAMP";

pub fn judge_all(dss: &Dss, ground: &Ground) -> Vec<Outcome> {
    let mut variants = pdf_variants(ground);
    variants.extend(cms_variants(ground));
    side_by_side(&variants, |variant| judge(dss, ground, variant))
}

fn judge(dss: &Dss, ground: &Ground, variant: &Variant) -> Outcome {
    let file = ground.file(&format!("{}.bin", variant.what.replace([' ', ',', ':', ';'], "-")), &variant.bytes);
    let verdict = dss.validate(&dss_arguments(ground, variant.format, variant.level, file.to_str().unwrap()));
    let baseline = variant.format.baseline(variant.level);
    let found = if variant.signatures == 0 {
        timestamp_alone(&verdict)
    } else {
        verdict.require(&baseline, variant.signatures).and_then(|()| {
            let types = verdict.timestamps();
            if types == variant.timestamps { Ok(()) } else { Err(format!("time-stamps {types:?}")) }
        })
    };
    let expected = match variant.signatures {
        0 => "a document time-stamp, PASSED".to_owned(),
        1 => format!("{baseline}{}", counted(variant.timestamps)),
        several => format!("{several} x {baseline}{}", counted(variant.timestamps)),
    };
    let failure = found.err().map(|problem| format!("{}: {problem}", variant.what));
    Outcome { what: variant.what.clone(), expected, failure, warnings: verdict.warnings() }
}

/// A document time-stamp is no signature: DSS says PASSED of it.
fn timestamp_alone(verdict: &Verdict) -> Result<(), String> {
    let stamps = verdict.0["timestamps"].as_array().map_or(&[][..], Vec::as_slice);
    let good = stamps.len() == 1 && stamps[0]["indication"] == "PASSED" && verdict.signatures().is_empty();
    if good { Ok(()) } else { Err(verdict.0.to_string()) }
}

/// In words, as of the first signature.
fn counted(timestamps: &[&str]) -> String {
    let count = |kind: &str| timestamps.iter().filter(|found| **found == kind).count();
    let kinds = [(SIGNATURE, "signature"), (ARCHIVE, "archive"), (DOCUMENT, "document")];
    let parts: Vec<_> = kinds
        .into_iter()
        .filter(|(kind, _)| count(kind) > 0)
        .map(|(kind, name)| format!("{} {name} time-stamp{}", count(kind), if count(kind) > 1 { "s" } else { "" }))
        .collect();
    if parts.is_empty() { String::new() } else { format!(", {}", parts.join(" and ")) }
}

fn pdf_variants(ground: &Ground) -> Vec<Variant> {
    let (first, second) = (ground.signer(KeyKind::P256), ground.signer(KeyKind::P384));
    let document = document();
    let plain = |level| sign_pdf(&document, first, ALGORITHM, &pdf_parameters(first, ALGORITHM, level));
    let variant = |what: &str, level, signatures, timestamps, bytes| Variant {
        what: format!("PAdES, {what}"),
        format: Format::Pades,
        level,
        signatures,
        timestamps,
        bytes,
    };
    let mut variants = Vec::new();
    for allowing in [Certification::NoChanges, Certification::FormFilling, Certification::Annotations] {
        let parameters = pdf_parameters(first, ALGORITHM, AdesLevel::T).certifying(allowing);
        let signed = sign_pdf(&document, first, ALGORITHM, &parameters);
        let lta = stamped_pdf(&pdf_with_data(&signed, &[("Signature1", first)], EVIDENCE), ARCHIVED);
        let what = format!("certified (DocMDP {}), then raised to B-LTA", permission(allowing));
        variants.push(variant(&what, AdesLevel::Lta, 1, &[DOCUMENT, SIGNATURE], lta));
    }
    let lta = stamped_pdf(&pdf_with_data(&plain(AdesLevel::T), &[("Signature1", first)], EVIDENCE), ARCHIVED);
    let renewed = stamped_pdf(&pdf_with_timestamp_data(&lta, "Signature2", ARCHIVED, RENEWED - 60), RENEWED);
    variants.push(variant("renewed", AdesLevel::Lta, 1, &[DOCUMENT, DOCUMENT, SIGNATURE], renewed));
    let two = second_signature(&plain(AdesLevel::T), second);
    variants.push(variant("two signatures in turn", AdesLevel::T, 2, &[SIGNATURE], two.clone()));
    let both = pdf_with_data(&two, &[("Signature1", first), ("Signature2", second)], EVIDENCE);
    let both = stamped_pdf(&both, ARCHIVED);
    let stamps = &[DOCUMENT, SIGNATURE];
    variants.push(variant("two signatures in turn, raised together", AdesLevel::Lta, 2, stamps, both));
    let parameters = pdf_parameters(first, ALGORITHM, AdesLevel::T);
    let parameters = parameters.with_attributes(stated()).with_location("京都").locking(FieldLock::All);
    let signed = sign_pdf(&document, first, ALGORITHM, &parameters);
    let lta = stamped_pdf(&pdf_with_data(&signed, &[("Signature1", first)], EVIDENCE), ARCHIVED);
    let what = "every field locked; commitment, role and policy stated";
    variants.push(variant(what, AdesLevel::Lta, 1, &[DOCUMENT, SIGNATURE], lta));
    let late = stamped_pdf(&plain(AdesLevel::B), ARCHIVED);
    variants.push(variant("B-B, then a document time-stamp", AdesLevel::T, 1, &[DOCUMENT], late));
    let alone = stamped_pdf(&document, ARCHIVED);
    variants.push(variant("a document time-stamp alone", AdesLevel::T, 0, &[], alone));
    variants
}

/// What a signer may state in every format.
fn stated() -> SignedAttributes {
    let policy = ExplicitPolicy::new(Oid::new_unwrap("1.2.3.4"), DigestAlgorithm::Sha256, vec![7; 32]);
    SignedAttributes::new()
        .with_commitment(Commitment::ProofOfApproval)
        .with_claimed_role("代表取締役")
        .with_policy(SignaturePolicy::Explicit(policy))
}

fn permission(allowing: Certification) -> u8 {
    match allowing {
        Certification::NoChanges => 1,
        Certification::FormFilling => 2,
        Certification::Annotations => 3,
    }
}

fn second_signature(document: &[u8], second: &Signer) -> Vec<u8> {
    let algorithm = SignatureAlgorithm::EcdsaSha384;
    sign_pdf(document, second, algorithm, &pdf_parameters(second, algorithm, AdesLevel::T))
}

fn cms_variants(ground: &Ground) -> Vec<Variant> {
    let (first, second) = (ground.signer(KeyKind::P256), ground.signer(KeyKind::P384));
    let mut variants = Vec::new();
    for format in [Format::CadesEnveloping, Format::CadesDetached] {
        let variant = |what: &str, level, signatures, timestamps, bytes| Variant {
            what: format!("{}, {what}", format.title()),
            format,
            level,
            signatures,
            timestamps,
            bytes,
        };
        let beside = format.beside();
        let one = |level| sign_cms(format.cades_content(), first, ALGORITHM, level);
        let raised = |cms: &[u8], signers: &[&Signer]| {
            let mut evidence = ades::evidence::Evidence::new();
            for signer in signers {
                evidence.extend(&ground.evidence(&signer.certificate, EVIDENCE));
            }
            cades::add_validation_data(cms, beside, &evidence, &AwsLc).unwrap()
        };
        let lta = archived_cms(&raised(&one(AdesLevel::T), &[first]), beside, 0, ARCHIVED);
        let renewed = archived_cms(&lta, beside, 0, RENEWED);
        variants.push(variant("renewed", AdesLevel::Lta, 1, &[ARCHIVE, ARCHIVE, SIGNATURE], renewed));

        let parameters = cms_parameters(first, ALGORITHM, AdesLevel::T).with_attributes(stated());
        let prepared = cades::prepare(format.cades_content(), &parameters, &AwsLc).unwrap();
        let value = first.sign(ALGORITHM, prepared.dtbs());
        let token = ground.token(timestamp_imprint(&value), SIGNED + 1);
        let mut signed = Vec::new();
        prepared.embed(format.cades_content(), &value, Some(&token), &AwsLc, &mut signed).unwrap();
        let lta = archived_cms(&raised(&signed, &[first]), beside, 0, ARCHIVED);
        variants.push(variant("commitment, role and policy stated", AdesLevel::Lta, 1, &[ARCHIVE, SIGNATURE], lta));

        let algorithm = SignatureAlgorithm::EcdsaSha384;
        let parameters = cms_parameters(second, algorithm, AdesLevel::T);
        let single = one(AdesLevel::T);
        let prepared = cades::add_signer(&single, beside, &parameters, &AwsLc).unwrap();
        let value = second.sign(algorithm, prepared.dtbs());
        let token = ground.token(timestamp_imprint(&value), SIGNED + 1);
        let two = prepared.embed_into(&single, &value, Some(&token), &AwsLc).unwrap();
        variants.push(variant("two parallel signers", AdesLevel::T, 2, &[SIGNATURE], two.clone()));
        let lt = raised(&two, &[first, second]);
        let lta = archived_cms(&archived_cms(&lt, beside, 0, ARCHIVED), beside, 1, ARCHIVED + 1);
        variants.push(variant("two parallel signers, raised", AdesLevel::Lta, 2, &[ARCHIVE, SIGNATURE], lta));

        let b = one(AdesLevel::B);
        let parameters = cms_parameters(second, algorithm, AdesLevel::B);
        let prepared = cades::countersign(&b, 0, &parameters, &AwsLc).unwrap();
        let value = second.sign(algorithm, prepared.dtbs());
        let countersigned = prepared.embed_into(&b, &value, None, &AwsLc).unwrap();
        variants.push(variant("counter-signed", AdesLevel::B, 2, &[], countersigned));
    }
    variants
}
