//! The demo's own output before judges that are not ours: pyHanko, pdfsig, qpdf, openssl and EU DSS.

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use support::{Demo, judge, shared, text_of};

/// One run of `rakkan demo --exit` for all tests of this file.
fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| Demo::run(&[]))
}

/// Cuts the signature out of the signed PDF once: cms.der, content.bin, signature.bin, token.der.
fn parts() -> &'static PathBuf {
    static PARTS: OnceLock<PathBuf> = OnceLock::new();
    PARTS.get_or_init(|| {
        let folder = demo().folder().join("parts");
        std::fs::create_dir_all(&folder).unwrap();
        let status = judge("extract.py").arg(demo().signed_pdf()).arg(&folder).status().unwrap();
        assert!(status.success(), "the signature could not be cut out");
        folder
    })
}

#[test]
fn the_demo_reports_success_level_and_proofs() {
    let report = &demo().report;
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(report["level"], "PAdES-BASELINE-T");
    assert_eq!(report["self_check"], true);
    assert_eq!(report["inclusion_proof"], true);
}

#[test]
fn pyhanko_finds_the_signature_intact_trusted_whole_and_time_stamped() {
    let mut command = judge("pyhanko_judge.py");
    command.arg(demo().signed_pdf()).args(demo().roots());
    let answer: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
    assert_eq!(answer.as_array().unwrap().len(), 1);
    let signature = &answer[0];
    for yes in ["intact", "valid", "trusted", "bottom_line", "timestamp_intact", "timestamp_valid", "timestamp_trusted"]
    {
        assert_eq!(signature[yes], true, "{yes}: {signature}");
    }
    assert_eq!(signature["coverage"], "ENTIRE_FILE");
    assert_eq!(signature["sub_filter"], "/ETSI.CAdES.detached");
    assert_eq!(signature["signing_time_attribute"], false, "PAdES forbids the CMS signing-time attribute");
}

#[test]
fn pyhanko_finds_an_altered_copy_broken() {
    let mut bytes = std::fs::read(demo().signed_pdf()).unwrap();
    let at = bytes.windows(4).position(|w| w == b"/Typ").unwrap();
    bytes[at + 1] ^= 1;
    let altered = demo().folder().join("altered.pdf");
    std::fs::write(&altered, bytes).unwrap();
    let output = judge("pyhanko_judge.py").arg(&altered).args(demo().roots()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("\"bottom_line\": true"), "{text}");
}

#[test]
fn pdfsig_says_that_the_whole_document_is_signed_and_valid() {
    let text = text_of(Command::new("pdfsig").arg("-nocert").arg(demo().signed_pdf()));
    assert!(text.contains("Signature is Valid"), "{text}");
    assert!(text.contains("Total document signed"), "{text}");
    assert!(text.contains("ETSI.CAdES.detached"), "{text}");
}

#[test]
fn qpdf_finds_no_errors() {
    let text = text_of(Command::new("qpdf").arg("--check").arg(demo().signed_pdf()));
    assert!(text.contains("No syntax or stream encoding errors"), "{text}");
}

#[test]
fn the_original_bytes_are_a_prefix_of_the_signed_file() {
    let signed = std::fs::read(demo().signed_pdf()).unwrap();
    let original = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/contract.pdf")).unwrap();
    assert!(signed.starts_with(&original));
}

#[test]
fn openssl_verifies_the_cms_under_the_demo_root() {
    let root = demo().concatenated_roots();
    let mut command = Command::new("openssl");
    command.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null"]);
    command
        .arg("-in")
        .arg(parts().join("cms.der"))
        .arg("-content")
        .arg(parts().join("content.bin"))
        .arg("-CAfile")
        .arg(root);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn openssl_refuses_the_cms_over_other_content() {
    let mut content = std::fs::read(parts().join("content.bin")).unwrap();
    content[100] ^= 1;
    let other = parts().join("other.bin");
    std::fs::write(&other, content).unwrap();
    let mut command = Command::new("openssl");
    command.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null", "-noverify"]);
    command.arg("-in").arg(parts().join("cms.der")).arg("-content").arg(other);
    assert!(!command.output().unwrap().status.success());
}

#[test]
fn openssl_verifies_the_time_stamp_token_over_the_signature_value() {
    let mut command = Command::new("openssl");
    command.args(["ts", "-verify", "-token_in"]);
    command.arg("-in").arg(parts().join("token.der")).arg("-data").arg(parts().join("signature.bin"));
    command.arg("-CAfile").arg(demo().concatenated_roots());
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("Verification: OK"), "{text}");
}

#[test]
fn eu_dss_says_pades_baseline_t_total_passed() {
    let Some(oracle) = shared("tools/dss-oracle/dss-oracle", 1) else { return };
    let mut command = Command::new(oracle);
    command.arg("validate").arg(demo().signed_pdf());
    for root in demo().roots() {
        command.arg("--trust").arg(root);
    }
    for (option, extension) in [("--crl", "crl"), ("--ocsp", "ors"), ("--intermediate", "cer")] {
        for file in demo().evidence(extension) {
            command.arg(option).arg(file);
        }
    }
    let answer: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
    let only = |items: &Value, what| {
        let items = items.as_array().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(items.len(), 1, "exactly one {what}: {answer}");
        items[0].clone()
    };
    let signature = only(&answer["signatures"], "signature");
    let timestamp = only(&signature["timestamps"], "time-stamp");
    assert_eq!(signature["format"], "PAdES-BASELINE-T", "{answer}");
    assert_eq!(signature["indication"], "TOTAL_PASSED", "{answer}");
    assert_eq!(timestamp["indication"], "PASSED", "{answer}");
    assert_eq!(timestamp["type"], "SIGNATURE_TIMESTAMP", "{answer}");
    assert_eq!(answer["timestamps"], json!([]), "beside the signature's own time-stamp there is none: {answer}");
}
