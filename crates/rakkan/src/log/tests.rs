//! Logs as the module writes them, and every kind of damage done to them.

use std::path::Path;
use std::sync::Arc;

use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::verify_signatures;
use clap::Parser;
use sam::ids::CredentialId;
use sam::signing_log::disk::FileSystem;
use sam::signing_log::{AbortReason, Entry, Item, KeyUse, LogIdentity, LogParts, SigningLog, Stamp};
use sgm::{KeyEncryption, Sgm, SoftwareToken, SystemRandom, create_key_file};
use tempfile::TempDir;

use super::key::KEY_FILE;
use super::prove::{ProveError, consistency_request, inclusion_proof};
use super::receipt::{SignatureMatch, check_receipt};
use super::verify::{LogCheck, Problem, SignatureCheck, check_log};
use super::*;

const NOW: Stamp = Stamp { time: 1_790_000_000, clock_synchronised: true };

/// A signing log with `uses` key uses after its START entry, in `log/` of a folder; receipts of the results.
struct Written {
    folder: TempDir,
    key: LogKey,
    receipts: Vec<String>,
}

fn key_use(index: u32) -> KeyUse {
    KeyUse {
        credential_id: CredentialId::new([1; 16]),
        sar_id: [2; 16],
        index,
        sad_sha256: [3; 32],
        dtbsr: vec![4; 32],
        algorithm: "1.2.840.10045.4.3.2".to_owned(),
        certificate_sha256: [5; 32],
        client_sha256: [6; 32],
    }
}

fn token(folder: &Path) -> Arc<dyn Sgm> {
    let (key_file, token) = (folder.join("kek"), folder.join("token"));
    let source = KeyEncryption::KeyFile(key_file.clone());
    if !token.exists() {
        create_key_file(&key_file, &SystemRandom).unwrap();
        SoftwareToken::create(&token, &source, &SystemRandom).unwrap();
    }
    Arc::new(SoftwareToken::open(&token, &source).unwrap())
}

fn open(folder: &Path) -> SigningLog {
    let parts = LogParts { sgm: token(folder), disk: Arc::new(FileSystem), rng: Arc::new(SystemRandom) };
    let identity = LogIdentity {
        origin: "log.example/test".to_owned(),
        tenant: String::new(),
        sam_boot: [7; 16],
        binary_sha256: [8; 32],
        configuration_sha256: [9; 32],
    };
    SigningLog::open(folder, identity, parts, NOW).unwrap().0
}

impl Written {
    fn with_uses(uses: u32) -> Self {
        Self::with_signature(uses, [10; 32])
    }

    fn with_signature(uses: u32, signature_sha256: [u8; 32]) -> Self {
        let folder = TempDir::new().unwrap();
        let log = open(folder.path());
        let mut receipts = Vec::new();
        for batch in (0..uses).collect::<Vec<_>>().chunks(64) {
            let intents = batch.iter().map(|index| Item::Entry(Entry::Intent(key_use(*index)))).collect();
            let intents = log.commit(NOW, intents).unwrap();
            let result = |(index, intent): (&u32, &sam::signing_log::Committed)| {
                Item::Entry(Entry::Result { intent: intent.index, key_use: key_use(*index), signature_sha256 })
            };
            let results = log.commit(NOW, batch.iter().zip(&intents).map(result).collect()).unwrap();
            receipts.extend(results.iter().map(|result| log.receipt(result).unwrap()));
        }
        let key = LogKey { key: log.verifier_key().clone(), found_in: None };
        Written { folder, key, receipts }
    }

    fn check(&self) -> LogCheck {
        self.check_extending(None)
    }

    fn check_extending(&self, earlier: Option<&tlog::SignedCheckpoint>) -> LogCheck {
        check_log(&Folder::open(self.folder.path()).unwrap(), Some(&self.key), earlier).unwrap()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.path().join("log").join(path)
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(self.file(path)).unwrap();
        change(&mut bytes);
        std::fs::write(self.file(path), bytes).unwrap();
    }

    fn receipt(&self, text: &str) -> PathBuf {
        let file = self.folder.path().join("receipt.tlog-proof");
        std::fs::write(&file, text).unwrap();
        file
    }
}

#[test]
fn a_log_that_the_module_wrote_is_whole() {
    for uses in [0, 1, 100, 127, 128, 400] {
        let written = Written::with_uses(uses);
        let check = written.check();
        assert!(check.holds(), "{check}");
        assert_eq!(check.checkpoint.size, 1 + 2 * u64::from(uses));
        assert_eq!(check.entries.get("RESULT").copied().unwrap_or_default(), u64::from(uses));
        assert_eq!(check.open_intents, 0);
        assert!(check.to_string().ends_with("The log is whole.\n"), "{check}");
    }
}

#[test]
fn a_changed_entry_is_found() {
    let written = Written::with_uses(100);
    written.change("tile/entries/000.p/201", |bytes| bytes[100] ^= 1);
    let check = written.check();
    assert!(!check.holds());
    assert!(check.problems.iter().any(|problem| matches!(problem, Problem::RootDiffers(_))), "{check}");
    assert!(check.problems.iter().any(|problem| matches!(problem, Problem::TileDiffers(_))), "{check}");
}

#[test]
fn a_changed_tile_on_any_level_is_found_and_named() {
    for path in ["tile/0/000", "tile/0/001.p/145", "tile/1/000.p/1"] {
        let written = Written::with_uses(200);
        written.change(path, |bytes| bytes[0] ^= 1);
        let check = written.check();
        assert_eq!(check.problems, [Problem::TileDiffers(path.parse().unwrap())]);
        assert!(!check.holds());
    }
}

#[test]
fn the_partial_tile_above_a_full_one_is_compared_too() {
    // 256 entries: the level above has one hash, and nothing follows it.
    let written = Written::with_uses(127);
    drop(open(written.folder.path()));
    assert_eq!(written.check().checkpoint.size, 256);
    written.change("tile/1/000.p/1", |bytes| bytes[5] ^= 1);
    assert_eq!(written.check().problems, [Problem::TileDiffers("tile/1/000.p/1".parse().unwrap())]);
}

#[test]
fn a_missing_or_torn_file_is_found_and_named() {
    let written = Written::with_uses(200);
    written.change("tile/entries/001.p/145", |bytes| bytes.truncate(40));
    assert!(matches!(written.check().problems[..], [Problem::Bundle(..)]));
    std::fs::remove_file(written.file("tile/entries/000")).unwrap();
    let check = written.check();
    assert!(matches!(check.problems[..], [Problem::Unreadable(..)]), "{check}");
    assert!(check.to_string().contains("tile/entries/000 cannot be read"), "{check}");
}

#[test]
fn a_checkpoint_signed_by_another_key_is_refused_though_everything_fits() {
    let (written, other) = (Written::with_uses(3), Written::with_uses(0));
    let check = check_log(&Folder::open(written.folder.path()).unwrap(), Some(&other.key), None).unwrap();
    assert_eq!(check.problem_count, 0);
    assert!(matches!(check.signature, SignatureCheck::Invalid(..)));
    assert!(!check.holds());
}

#[test]
fn without_a_key_the_log_is_not_proven_whole() {
    let written = Written::with_uses(3);
    let check = check_log(&Folder::open(written.folder.path()).unwrap(), None, None).unwrap();
    assert!(!check.holds());
    assert!(check.to_string().contains("NOT CHECKED"), "{check}");
}

#[test]
fn a_log_extends_its_earlier_checkpoints_and_receipts() {
    let written = Written::with_uses(3);
    let earlier = Folder::open(written.folder.path()).unwrap().checkpoint().clone();
    drop(open(written.folder.path()));
    let check = written.check_extending(Some(&earlier));
    assert!(check.holds(), "{check}");
    assert_eq!(check.extends, Some(7));
    let receipt = verify::read_earlier(&written.receipt(&written.receipts[0])).unwrap();
    assert!(written.check_extending(Some(&receipt)).holds());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            std::fs::copy(entry.path(), to).map(drop).unwrap()
        }
    }
}

#[test]
fn a_log_that_was_rolled_back_or_rewritten_does_not_extend_its_earlier_checkpoint() {
    let written = Written::with_uses(3);
    let before = TempDir::new().unwrap();
    copy(&written.folder.path().join("log"), &before.path().join("log"));
    drop(open(written.folder.path()));
    let later = Folder::open(written.folder.path()).unwrap().checkpoint().clone();
    let rolled_back = check_log(&Folder::open(before.path()).unwrap(), Some(&written.key), Some(&later)).unwrap();
    assert_eq!(rolled_back.problems, [Problem::RolledBack(8)]);

    // Same key and size, other entries: what a rewritten history looks like.
    let forked = Folder::open(before.path()).unwrap();
    let root = tlog::leaf_hash(b"another past");
    let checkpoint = tlog::Checkpoint::new("log.example/test", 5, root);
    let note = tlog::SignedCheckpoint::sign(checkpoint, &written.key.key, |_| Ok::<_, ()>([0; 64])).unwrap();
    let check = check_log(&forked, None, Some(&note)).unwrap();
    assert_eq!(check.problems, [Problem::PastChanged(5)]);
    let check = check_log(&forked, Some(&written.key), Some(&note)).unwrap();
    assert_eq!(check.problems, [Problem::EarlierNotSigned]);
}

#[test]
fn entries_of_an_unknown_kind_are_a_problem() {
    let written = Written::with_uses(3);
    written.change("tile/entries/000.p/7", |bytes| bytes[3] = 99);
    assert!(written.check().problems.contains(&Problem::UnknownEntry(0)));
}

#[test]
fn a_result_without_intent_is_a_problem() {
    let written = Written::with_uses(3);
    // INTENT becomes RESULT.
    written.change("tile/entries/000.p/7", |bytes| bytes[36 + 3] = 6);
    assert!(written.check().problems.contains(&Problem::EndWithoutIntent(1)));
}

#[test]
fn an_intent_that_is_still_open_is_told_and_is_no_problem() {
    let folder = TempDir::new().unwrap();
    let log = open(folder.path());
    log.commit(NOW, vec![Item::Entry(Entry::Intent(key_use(0)))]).unwrap();
    let abort = |intent| Entry::Abort { intent, key_use: key_use(1), reason: AbortReason::SigningFailed };
    let intent = log.commit(NOW, vec![Item::Entry(Entry::Intent(key_use(1)))]).unwrap();
    log.commit(NOW, vec![Item::Entry(abort(intent[0].index))]).unwrap();
    let key = LogKey { key: log.verifier_key().clone(), found_in: None };
    let check = check_log(&Folder::open(folder.path()).unwrap(), Some(&key), None).unwrap();
    assert!(check.holds(), "{check}");
    assert_eq!(check.open_intents, 1);
}

#[test]
fn an_inclusion_proof_from_the_files_verifies_and_one_from_damaged_files_is_not_given() {
    let written = Written::with_uses(200);
    let folder = Folder::open(written.folder.path()).unwrap();
    let text = inclusion_proof(&folder, 300).unwrap().to_string();
    let bundle = std::fs::read(written.file("tile/entries/001.p/145")).unwrap();
    let path = "tile/entries/001.p/145".parse().unwrap();
    let entries = tlog::entries_of_bundle(&path, &bundle).unwrap();
    let proof = tlog::TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(proof.verify(entries[300 - 256], &written.key.key).unwrap().size, 401);
    assert!(matches!(inclusion_proof(&folder, 401), Err(ProveError::NoSuchEntry { index: 401, size: 401 })));
    written.change("tile/1/000.p/1", |bytes| bytes[9] ^= 1);
    assert!(matches!(inclusion_proof(&folder, 300), Err(ProveError::Files)));
}

#[test]
fn a_consistency_request_has_the_form_that_witnesses_take() {
    let written = Written::with_uses(3);
    let folder = Folder::open(written.folder.path()).unwrap();
    let text = consistency_request(&folder, 4).unwrap();
    let (head, checkpoint) = text.split_once("\n\n").unwrap();
    assert_eq!(checkpoint, folder.checkpoint().to_string());
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("old 4"));
    let hashes: Vec<_> = lines.map(|line| tlog::Hash::from_base64(line).unwrap()).collect();
    let mut old = tlog::Appender::new();
    let bundle = std::fs::read(written.file("tile/entries/000.p/7")).unwrap();
    for entry in &tlog::entries_of_bundle(&"tile/entries/000.p/7".parse().unwrap(), &bundle).unwrap()[..4] {
        old.append(entry).unwrap();
    }
    let proof = tlog::ConsistencyProof { old_size: 4, new_size: 7, hashes };
    assert_eq!(proof.verify(&old.root(), &folder.checkpoint().unverified().root), Ok(()));
    assert!(matches!(consistency_request(&folder, 8), Err(ProveError::RolledBack { since: 8, size: 7 })));
}

#[test]
fn a_receipt_says_what_was_logged() {
    let written = Written::with_uses(2);
    let check = check_receipt(&written.receipt(&written.receipts[1]), &written.key, None).unwrap();
    assert!(check.holds());
    let text = check.to_string();
    for part in
        ["log.example/test", "RESULT", "2026-09-21T14:13:20Z", "signature    0a0a0a0a", "this is number 4 of this key"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_changed_receipt_and_a_receipt_of_another_log_do_not_hold() {
    let (written, other) = (Written::with_uses(2), Written::with_uses(2));
    let changed = written.receipts[0].replace("index 3", "index 4");
    assert_ne!(changed, written.receipts[0]);
    assert!(check_receipt(&written.receipt(&changed), &written.key, None).is_err());
    let error = check_receipt(&written.receipt(&written.receipts[0]), &other.key, None).unwrap_err();
    let error = format!("{:#}", anyhow::Error::from(error));
    assert!(error.contains("not signed by the log"), "{error}");
    assert!(check_receipt(&written.receipt("not a receipt"), &written.key, None).is_err());
}

#[test]
fn a_receipt_is_compared_with_the_signatures_of_a_pdf() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora/pyhanko-gen/pdf");
    let Ok(files) = std::fs::read_dir(&corpus) else {
        assert!(std::env::var_os("CI").is_none(), "{} is missing", corpus.display());
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"SKIPPED 1 test: no signed PDFs in shared/corpora beside the checkout\n",
        );
        return;
    };
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let intact = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        let checks = verify_signatures(&bytes, &AwsLc).ok()?;
        checks.into_iter().next().filter(|check| check.is_intact() && check.covers_whole_file)
    };
    let (file, signature) = files.iter().find_map(|file| Some((file, intact(file)?))).expect("an intact signature");
    let logged = DigestAlgorithm::Sha256.digest(&signature.signature_value).try_into().unwrap();
    let written = Written::with_signature(1, logged);
    let receipt = written.receipt(&written.receipts[0]);
    let compare = |pdf: &Path| check_receipt(&receipt, &written.key, Some(pdf)).unwrap();
    assert_eq!(compare(file).signature, Some(SignatureMatch::Field(signature.field.clone())));

    let mut bytes = std::fs::read(file).unwrap();
    bytes[10] ^= 1;
    let altered = written.folder.path().join("altered.pdf");
    std::fs::write(&altered, bytes).unwrap();
    let check = compare(&altered);
    assert_eq!(check.signature, Some(SignatureMatch::Altered(signature.field)));
    assert!(!check.holds());

    let other = Written::with_uses(1);
    let check = check_receipt(&other.receipt(&other.receipts[0]), &other.key, Some(file)).unwrap();
    assert_eq!(check.signature, Some(SignatureMatch::None));
    assert!(!check.holds());
}

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    log: LogArgs,
}

fn run_line(words: &[&str]) -> anyhow::Result<ExitCode> {
    run(CommandLine::try_parse_from([&["log"], words].concat())?.log)
}

#[test]
fn the_command_finds_the_key_beside_the_log_and_answers_by_its_status() {
    let written = Written::with_uses(2);
    let folder = written.folder.path().to_str().unwrap().to_owned();
    let receipt = written.receipt(&written.receipts[0]).to_str().unwrap().to_owned();
    let is = |words: &[&str], status: ExitCode| {
        assert_eq!(format!("{:?}", run_line(words).unwrap()), format!("{status:?}"), "{words:?}")
    };
    is(&["verify", &folder], ExitCode::FAILURE);
    let error = run_line(&["receipt", "verify", &receipt]).unwrap_err();
    assert!(error.to_string().contains("--key"), "{error}");

    std::fs::write(written.folder.path().join(KEY_FILE), format!("{}\n", written.key.key)).unwrap();
    is(&["verify", &folder], ExitCode::SUCCESS);
    is(&["verify", &folder, "--json", "--extends", &receipt], ExitCode::SUCCESS);
    is(&["receipt", "verify", &receipt], ExitCode::SUCCESS);
    is(&["receipt", "verify", "--json", &receipt, "--key", &written.key.key.to_string()], ExitCode::SUCCESS);
    is(&["prove", &folder, "3"], ExitCode::SUCCESS);
    is(&["prove", &folder, "--since", "0"], ExitCode::SUCCESS);
    written.change("tile/0/000.p/5", |bytes| bytes[0] ^= 1);
    is(&["verify", &folder], ExitCode::FAILURE);
}

#[test]
fn wrong_use_is_refused_with_what_to_do() {
    let empty = TempDir::new().unwrap();
    let error = run_line(&["verify", empty.path().to_str().unwrap()]).unwrap_err();
    assert!(error.to_string().contains("no file `checkpoint`"), "{error}");
    assert!(run_line(&["prove", "somewhere"]).is_err());
    assert!(run_line(&["prove", "somewhere", "1", "--since", "2"]).is_err());
    let written = Written::with_uses(0);
    let folder = written.folder.path().to_str().unwrap().to_owned();
    let error = run_line(&["verify", &folder, "--key", "nonsense"]).unwrap_err();
    assert!(error.to_string().contains("not the public key of a log"), "{error}");
}
