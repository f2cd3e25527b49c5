//! A smaller set before judges other than DSS; and what each of them, DSS included, must not pass.

use std::path::{Path, PathBuf};
use std::process::Command;

use ades::AdesLevel;
use ades::crypto::{AwsLc, SignatureAlgorithm};
use ades::pades::{self, ByteRange};
use ades::pdf::Certification;
use serde_json::Value;
use test_support::pki::{extension, oid};

use crate::dss::dss;
use crate::ground::{ARCHIVED, EVIDENCE, JUDGED, ground};
use crate::making::{
    Format, LEVELS, document, dss_arguments, every_level, name, pdf_parameters, pdf_with_data, sign_pdf, stamped_pdf,
};
use crate::matrix::side_by_side;
use crate::signers::{Key, KeyKind};
use crate::surroundings::{program, python, run};

/// One algorithm of each kind. The openssl of the machines where this runs (3.0) knows no Ed25519 in CMS.
const SET: [(KeyKind, SignatureAlgorithm); 5] = [
    (KeyKind::Rsa2048, SignatureAlgorithm::RsaPkcs1Sha256),
    (KeyKind::Rsa3072, SignatureAlgorithm::RsaPssSha512),
    (KeyKind::P256, SignatureAlgorithm::EcdsaSha256),
    (KeyKind::P384, SignatureAlgorithm::EcdsaSha384),
    (KeyKind::P521, SignatureAlgorithm::EcdsaSha512),
];

fn root_pem() -> PathBuf {
    let path = ground().path("root.pem");
    if !path.exists() {
        let part = ground().path(&format!("root-{:?}.pem", std::thread::current().id()));
        let mut command = Command::new("openssl");
        command.args(["x509", "-inform", "DER", "-in"]).arg(ground().path("root.der")).arg("-out").arg(&part);
        let (ok, text) = run(&mut command);
        assert!(ok, "{text}");
        std::fs::rename(part, &path).unwrap();
    }
    path
}

/// What `openssl cms -verify -cades` says of a signature with its content inside, or beside it.
pub fn openssl_cms(cms: &Path, content: Option<&Path>) -> Option<(bool, String)> {
    let mut command = program("openssl")?;
    command.args(["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]);
    command.arg("-attime").arg(JUDGED.to_string()).arg("-CAfile").arg(root_pem()).arg("-in").arg(cms);
    if let Some(content) = content {
        command.arg("-content").arg(content);
    }
    Some(run(&mut command))
}

/// What `openssl ts -verify` says of a token over data.
fn openssl_ts(token: &Path, data: &Path) -> Option<(bool, String)> {
    let mut command = program("openssl")?;
    command.args(["ts", "-verify", "-token_in", "-attime", &JUDGED.to_string(), "-in"]).arg(token);
    command.arg("-data").arg(data).arg("-CAfile").arg(root_pem());
    Some(run(&mut command))
}

fn pyhanko(path: &Path) -> Value {
    let mut command = python("pyhanko_ades.py");
    command.arg(path).arg(ground().path("root.der")).arg(JUDGED.to_string());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn openssl_verifies_signatures_of_every_kind_and_level_and_their_time_stamps() {
    side_by_side(&SET, |(kind, algorithm)| {
        let signer = ground().signer(*kind);
        for format in Format::ALL {
            for (level, bytes) in LEVELS.into_iter().zip(every_level(format, signer, *algorithm)) {
                let what = format!("{algorithm:?}-{format:?}-{}", name(level));
                let file = |ending: &str, bytes: &[u8]| ground().file(&format!("openssl-{what}.{ending}"), bytes);
                if format != Format::Pades {
                    let content = format.beside().map(|_| ground().path("content.bin"));
                    let said = openssl_cms(&file("cms", &bytes), content.as_deref());
                    assert!(said.as_ref().is_none_or(|(ok, _)| *ok), "{what}: {said:?}");
                    continue;
                }
                let checks = pades::verify_signatures(&bytes, &AwsLc).unwrap();
                let check = checks.iter().find(|check| check.field == "Signature1").unwrap();
                let covered = covered_bytes(&bytes, check.byte_range.unwrap());
                let said = openssl_cms(&file("cms", &check.cms), Some(&file("covered", &covered)));
                assert!(said.as_ref().is_none_or(|(ok, _)| *ok), "{what}: {said:?}");
                if let Some(stamp) = &check.timestamp {
                    let token = file("token", stamp.token.der());
                    let said = openssl_ts(&token, &file("value", &check.signature_value));
                    assert!(said.as_ref().is_none_or(|(ok, _)| *ok), "{what}: {said:?}");
                    let said = openssl_ts(&token, &ground().path("content.bin"));
                    assert!(said.is_none_or(|(ok, _)| !ok), "{what}: over other data");
                }
            }
        }
    });
}

/// What a byte range covers.
fn covered_bytes(file: &[u8], range: ByteRange) -> Vec<u8> {
    let number = |of: u64| usize::try_from(of).unwrap();
    [&file[..number(range.first_len)], &file[number(range.second_start)..number(range.end())]].concat()
}

#[test]
fn pdfsig_and_qpdf_find_nothing_to_complain_about_at_any_level() {
    side_by_side(&SET, |(kind, algorithm)| {
        let files = every_level(Format::Pades, ground().signer(*kind), *algorithm);
        for (level, bytes) in LEVELS.into_iter().zip(files) {
            let path = ground().file(&format!("pdfsig-{algorithm:?}-{}.pdf", name(level)), &bytes);
            if let Some(mut pdfsig) = program("pdfsig") {
                let (_, text) = run(pdfsig.arg("-nocert").arg(&path));
                assert_eq!(text.matches("Signature is Valid.").count(), 1, "{algorithm:?} {level:?}: {text}");
                assert!(text.contains("ETSI.CAdES.detached"), "{text}");
            }
            if let Some(mut qpdf) = program("qpdf") {
                let (ok, text) = run(qpdf.arg("--check").arg(&path));
                assert!(ok && !text.contains("WARNING"), "{algorithm:?} {level:?}: {text}");
            }
        }
    });
}

#[test]
fn pyhanko_passes_level_lta_by_what_is_in_the_file_alone() {
    for (kind, algorithm) in SET {
        let lta = &every_level(Format::Pades, ground().signer(kind), algorithm)[3];
        let found = pyhanko(&ground().file(&format!("pyhanko-{algorithm:?}.pdf"), lta));
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!(found[0]["indication"], "PASSED", "{algorithm:?}: {found}");
        assert_eq!(found[0]["timestamp"], "PASSED", "{algorithm:?}: {found}");
        assert_eq!(found[0]["archived"], ARCHIVED, "{algorithm:?}: {found}");
        assert_eq!(found[0]["modification"], "LTA_UPDATES", "{algorithm:?}: {found}");
    }
}

#[test]
fn pyhanko_does_not_pass_level_t_as_long_term() {
    let t = &every_level(Format::Pades, ground().signer(KeyKind::P256), SignatureAlgorithm::EcdsaSha256)[1];
    let found = pyhanko(&ground().file("pyhanko-t.pdf", t));
    assert_ne!(found[0]["indication"], "PASSED", "there is no revocation data in it: {found}");
}

fn certified(allowing: Certification) -> Vec<u8> {
    let signer = ground().signer(KeyKind::P256);
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    let parameters = pdf_parameters(signer, algorithm, AdesLevel::T).certifying(allowing);
    let signed = sign_pdf(&document(), signer, algorithm, &parameters);
    stamped_pdf(&pdf_with_data(&signed, &[("Signature1", signer)], EVIDENCE), ARCHIVED)
}

#[test]
fn pyhanko_finds_that_a_certification_is_kept_by_what_long_term_levels_add() {
    for allowing in [Certification::NoChanges, Certification::FormFilling, Certification::Annotations] {
        let path = ground().file(&format!("certified-{allowing:?}.pdf"), &certified(allowing));
        let found = pyhanko(&path);
        assert_eq!(found[0]["docmdp_ok"], true, "{allowing:?}: {found}");
        assert_eq!(found[0]["indication"], "PASSED", "{allowing:?}: {found}");
    }
}

/// With another text on the page, by an incremental update.
fn rewritten(document: &[u8]) -> Vec<u8> {
    let mut file = document.to_vec();
    let text = "BT /F1 24 Tf 72 700 Td (Another) Tj ET";
    let previous = String::from_utf8_lossy(document).rsplit("startxref").next().unwrap().trim().to_owned();
    let previous = previous.lines().next().unwrap().to_owned();
    let object = file.len();
    file.extend(format!("4 0 obj\n<< /Length {} >>\nstream\n{text}\nendstream\nendobj\n", text.len()).bytes());
    let table = file.len();
    file.extend(format!("xref\n4 1\n{object:010} 00000 n \ntrailer\n").bytes());
    file.extend(format!("<< /Size 64 /Root 1 0 R /Prev {previous} >>\nstartxref\n{table}\n%%EOF\n").bytes());
    file
}

#[test]
fn judges_notice_a_certified_document_whose_text_was_replaced() {
    for allowing in [Certification::NoChanges, Certification::Annotations] {
        let path = ground().file(&format!("rewritten-{allowing:?}.pdf"), &rewritten(&certified(allowing)));
        let found = pyhanko(&path);
        assert!(found[0]["docmdp_ok"] != true || found[0]["indication"] != "PASSED", "{allowing:?}: {found}");
        // The default policy of DSS makes a warning of it. In the matrix, where nothing was replaced, there is none.
        if let Some(dss) = dss() {
            let verdict = dss.validate(&dss_arguments(ground(), Format::Pades, AdesLevel::Lta, path.to_str().unwrap()));
            let warnings = verdict.warnings();
            let noticed = warnings.iter().any(|warning| warning.contains("undefined object modifications"));
            assert!(noticed, "{allowing:?}: {warnings:?}");
        }
    }
}

#[test]
fn dss_passes_nothing_under_another_root_or_without_revocation_data() {
    let Some(dss) = dss() else { return };
    let files = every_level(Format::Pades, ground().signer(KeyKind::P256), SignatureAlgorithm::EcdsaSha256);
    for (level, bytes) in LEVELS.into_iter().zip(files) {
        let path = ground().file(&format!("control-{}.pdf", name(level)), &bytes);
        let mut arguments = dss_arguments(ground(), Format::Pades, level, path.to_str().unwrap());
        assert!(!dss.validate(&arguments).refused());
        if level < AdesLevel::Lt {
            let lists = arguments.iter().position(|argument| argument == "--crl").unwrap();
            let without = dss.validate(&arguments[..lists]);
            assert!(without.refused(), "{level:?} without lists: {}", without.0);
        }
        let root = arguments.iter().position(|argument| argument == "--trust").unwrap() + 1;
        let other = ground().file("other.der", ground().tsa.certificate());
        arguments[root] = other.to_str().unwrap().to_owned();
        let elsewhere = dss.validate(&arguments);
        assert!(elsewhere.refused(), "{level:?}: {}", elsewhere.0);
    }
}

#[test]
fn a_warning_of_dss_is_noticed() {
    let Some(dss) = dss() else { return };
    // DSS wants content commitment (nonRepudiation) of signers; this certificate is for digital signatures only.
    let extensions = extension::single_purpose(oid::EMAIL_PROTECTION, false).unwrap();
    let signer = ground().certified(Key::generate(KeyKind::P256), "Without commitment", extensions);
    let algorithm = SignatureAlgorithm::EcdsaSha256;
    let signed = sign_pdf(&document(), &signer, algorithm, &pdf_parameters(&signer, algorithm, AdesLevel::B));
    let path = ground().file("warned.pdf", &signed);
    let verdict = dss.validate(&dss_arguments(ground(), Format::Pades, AdesLevel::B, path.to_str().unwrap()));
    verdict.require("PAdES-BASELINE-B", 1).unwrap();
    let warnings = verdict.warnings();
    assert!(
        warnings.iter().any(|warning| warning.contains("key usage") || warning.contains("key-usage")),
        "{warnings:?}"
    );
}
