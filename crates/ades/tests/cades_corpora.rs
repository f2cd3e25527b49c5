//! CMS signatures of others, read where they lie: nothing may panic, what is good is found good, and what can be raised is raised.
#![allow(clippy::disallowed_methods, reason = "corpora are files")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use ades::AdesLevel;
use ades::cades::{
    self, AugmentError, SignerCheck, add_timestamp, add_validation_data, prepare_archive_timestamp, timestamp_imprint,
};
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pdf::{FileSource, Source};
use support::cms::{evidence, token};
use support::judges::Dss;
use support::{Bench, NOW, corpus};

/// A CAdES file of a corpus and its detached content.
struct Case {
    path: String,
    cms: Vec<u8>,
    content: Option<String>,
    expected: serde_json::Value,
}

impl Case {
    fn source(&self) -> Option<FileSource> {
        self.content.as_ref().map(|path| FileSource::new(std::fs::File::open(path).unwrap()).unwrap())
    }
}

fn cases(folder: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(folder.join("expectations.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut cases = Vec::new();
    for case in list["cases"].as_array().unwrap() {
        let path = case["path"].as_str().unwrap();
        let kind = path.rsplit('.').next().unwrap();
        if case["format"] != "CAdES" || !["p7m", "p7s", "pkcs7", "sig"].contains(&kind) {
            continue;
        }
        let content = case["detached"].as_array().and_then(|list| list.first()).and_then(|path| path.as_str());
        cases.push(Case {
            path: folder.join(path).to_str().unwrap().to_owned(),
            cms: std::fs::read(folder.join(path)).unwrap(),
            content: content.map(|path| folder.join(path).to_str().unwrap().to_owned()),
            expected: case["expected"].clone(),
        });
    }
    assert!(!cases.is_empty(), "no CAdES in {}", folder.display());
    cases
}

fn verify(case: &Case) -> Result<Vec<SignerCheck>, String> {
    let source = case.source();
    let content = source.as_ref().map(|source| -> &dyn Source { source });
    cades::verify(&case.cms, content, &AwsLc).map_err(|error| error.to_string())
}

#[test]
fn signatures_of_others_are_found_as_good_or_bad_as_their_authors_say() {
    let mut told = BTreeMap::new();
    let mut wrong = Vec::new();
    for name in ["dss", "dss-made", "siva-test"] {
        let Some(folder) = corpus(name) else { continue };
        for case in cases(&folder) {
            let found = match verify(&case) {
                Err(error) => error,
                Ok(checks) => {
                    let intact = checks.iter().all(|check| check.digest_ok && check.signature_ok);
                    let valid_for_openssl = case.path.ends_with("C-E-ERS-basic-invalid-sig.p7m");
                    if case.expected["crypto_valid"] == "none" && intact && !valid_for_openssl {
                        wrong.push(case.path.clone());
                    }
                    if intact {
                        "intact".into()
                    } else {
                        format!("{:?}", checks.iter().find_map(|check| check.problem.clone()))
                    }
                }
            };
            *told.entry((case.expected["crypto_valid"].as_str().unwrap_or("-").to_owned(), found)).or_insert(0) += 1;
        }
    }
    println!("{told:#?}");
    assert!(wrong.is_empty(), "accepted although broken: {wrong:?}");
}

/// Every level that can be reached from here, one after the other, for all signers.
fn raise(bench: &Bench, case: &Case) -> Result<Vec<(&'static str, Vec<u8>)>, AugmentError> {
    let source = case.source();
    let content = source.as_ref().map(|source| -> &dyn Source { source });
    let mut reached = Vec::new();
    let mut cms = case.cms.clone();
    let checks = cades::verify(&cms, content, &AwsLc)?;
    for (signer, check) in checks.iter().enumerate() {
        if !check.has_unknown_timestamps && !check.timestamps.iter().any(|timestamp| timestamp.result.is_ok()) {
            let imprint = timestamp_imprint(&cms, signer, DigestAlgorithm::Sha256)?;
            cms = add_timestamp(&cms, signer, &token(bench, &imprint, NOW + 1), &AwsLc)?;
        }
    }
    reached.push(("T", cms.clone()));
    cms = add_validation_data(&cms, content, &evidence(bench, NOW + 60), &AwsLc)?;
    reached.push(("LT", cms.clone()));
    for signer in 0..checks.len() {
        let prepared = prepare_archive_timestamp(&cms, content, signer, DigestAlgorithm::Sha256, NOW + 3_600, &AwsLc)?;
        cms = prepared.embed(&cms, &token(bench, prepared.imprint(), NOW + 3_600), &AwsLc)?;
    }
    reached.push(("LTA", cms));
    Ok(reached)
}

/// Indication, validity of the value and reference, of each signature and of each time-stamp but the level.
fn dss(server: &Dss, file: &str, content: Option<&str>) -> Vec<serde_json::Value> {
    let mut arguments = vec!["validate", file];
    if let Some(content) = content {
        arguments.extend(["--detached", content]);
    }
    server.ask(&arguments)["signatures"].as_array().cloned().unwrap_or_default()
}

#[test]
fn signatures_of_others_are_raised_to_b_lta_and_dss_finds_them_unharmed() {
    let Some(server) = Dss::start() else { return };
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let (mut raised, mut refused, mut levels) = (0, Vec::new(), BTreeMap::new());
    for name in ["dss", "dss-made", "siva-test"] {
        let Some(corpus) = corpus(name) else { return };
        for case in cases(&corpus) {
            let reached = match raise(&bench, &case) {
                Ok(reached) => reached,
                Err(error) => {
                    refused.push(format!("{}: {error}", case.path.rsplit('/').next().unwrap()));
                    continue;
                }
            };
            let before = dss(&server, &case.path, case.content.as_deref());
            let (_, last) = reached.last().unwrap();
            let path = folder.path().join("raised.p7m");
            std::fs::write(&path, last).unwrap();
            let after = dss(&server, path.to_str().unwrap(), case.content.as_deref());
            assert_eq!(before.len(), after.len(), "{}", case.path);
            for (old, new) in before.iter().zip(&after) {
                for field in ["signature_intact", "signature_valid", "references", "signing_certificate_identified"] {
                    assert_eq!(old[field], new[field], "{field} of {}", case.path);
                }
                let broken = |signature: &serde_json::Value| {
                    let stamps = signature["timestamps"].as_array().cloned().unwrap_or_default();
                    stamps
                        .iter()
                        .filter(|stamp| {
                            stamp["sub_indication"] == "HASH_FAILURE"
                                || stamp["indication"] == "TOTAL_FAILED"
                                || stamp["indication"] == "FAILED"
                        })
                        .count()
                };
                // Signed attributes that are not in DER order: DSS puts them in order before it hashes them for an archive time-stamp,
                // although they were signed as they stand.
                let reordered = usize::from(case.path.contains("reordered"));
                assert_eq!(broken(old) + reordered, broken(new), "time-stamps of {}: {new}", case.path);
                let stamps = new["timestamps"].as_array().unwrap();
                // Counter-signatures stay as they were.
                assert!(
                    !new["parent_id"].is_null() || stamps.iter().any(|stamp| stamp.to_string().contains("ARCHIVE")),
                    "{}: {new}",
                    case.path
                );
            }
            raised += 1;
            for (old, new) in before.iter().zip(&after) {
                let lta = |signature: &serde_json::Value| signature["format"].to_string().contains("LTA");
                assert!(!lta(old) || lta(new), "{} has fallen to {}", case.path, new["format"]);
                *levels.entry(format!("{} -> {}", old["format"], new["format"])).or_insert(0) += 1;
            }
        }
    }
    println!("{levels:#?}");
    println!("{raised} raised; not raised:\n{}", refused.join("\n"));
    assert!(raised >= 40, "only {raised} raised; not raised:\n{}", refused.join("\n"));
}

#[test]
fn signatures_made_by_dss_reach_b_lta_for_dss_with_its_own_evidence() {
    let Some(server) = Dss::start() else { return };
    let Some(corpus) = corpus("dss-made") else { return };
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let ours = file("ours.der", bench.authority.der());
    let theirs = corpus.join("roots/root.der").to_str().unwrap().to_owned();
    let cms = |name: &str| std::fs::read(corpus.join("files").join(name)).unwrap();
    let content_path = corpus.join("files/in.txt");
    let content = std::fs::read(&content_path).unwrap();
    // 2026-11-21T00:55:20Z: after the signatures of level B were made, before their evidence was collected.
    let at = 1_795_222_520;
    for (name, detached) in [("cades-enveloping", false), ("cades-detached", true)] {
        let beside = detached.then_some(&content as &dyn Source);
        for level in ["B", "T", "LT", "LTA"] {
            let mut raised = cms(&format!("{name}-{level}-rsa.p7m"));
            if level == "B" {
                let imprint = timestamp_imprint(&raised, 0, DigestAlgorithm::Sha256).unwrap();
                raised = add_timestamp(&raised, 0, &token(&bench, &imprint, at), &AwsLc).unwrap();
            }
            let mut evidence = cades::evidence_of(&cms(&format!("{name}-LT-rsa.p7m"))).unwrap();
            assert!(evidence.certificates().len() > 2 && !evidence.ocsp().is_empty() | !evidence.crls().is_empty());
            evidence.extend(&support::cms::evidence(&bench, at + 60));
            raised = add_validation_data(&raised, beside, &evidence, &AwsLc).unwrap();
            for round in 1..3 {
                let now = at + 3_600 * round;
                let prepared =
                    prepare_archive_timestamp(&raised, beside, 0, DigestAlgorithm::Sha256, now, &AwsLc).unwrap();
                raised = prepared.embed(&raised, &token(&bench, prepared.imprint(), now), &AwsLc).unwrap();
            }
            let path = file("raised.p7m", &raised);
            let mut arguments = vec!["validate", &path, "--trust", &theirs, "--trust", &ours];
            if detached {
                arguments.extend(["--detached", content_path.to_str().unwrap()]);
            }
            let answer = server.ask(&arguments);
            let signature = &answer["signatures"][0];
            assert_eq!(signature["format"], "CAdES-BASELINE-LTA", "{name} {level}: {answer}");
            assert_eq!(signature["indication"], "TOTAL_PASSED", "{name} {level}: {answer}");
        }
    }
}

#[test]
fn our_reader_finds_raised_signatures_of_others_at_the_new_level() {
    let bench = Bench::new();
    let Some(corpus) = corpus("dss-made") else { return };
    let mut seen = 0;
    for case in cases(&corpus) {
        let Ok(reached) = raise(&bench, &case) else { continue };
        let source = case.source();
        let content = source.as_ref().map(|source| -> &dyn Source { source });
        let checks = cades::verify(&reached.last().unwrap().1, content, &AwsLc).unwrap();
        for check in checks {
            assert!(check.is_intact(), "{}: {:?}", case.path, check.problem);
            assert_eq!(check.level(), Some(AdesLevel::Lta), "{}", case.path);
        }
        seen += 1;
    }
    assert!(seen >= 10, "{seen}");
}
