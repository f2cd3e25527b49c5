//! Checkpoint and proof texts: golden bytes, made by an independent program, and every way to spoil them.

use aws_lc_rs::signature::Ed25519KeyPair;
use proptest::prelude::*;
use tlog::note::VerifierKey;
use tlog::{
    Appender, Checkpoint, CheckpointError, InclusionProof, ProofError, SignedCheckpoint, TileNodes, TlogProof,
    TlogProofError,
};

use crate::files::Files;

/// Seed 00 01 02 … 1f.
const LOG_KEY: &str = "log.example/rakkan+fcad9013+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const CHECKPOINT: &str = "\
log.example/rakkan
8
XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=

— log.example/rakkan /K2QEwISYbkk2+eVcS/FKn++AEjP2B27hgDNh/Ul4nQpid8xw/fMShrtjX1miIqVSVB22IA0mt/4XF9WdXYBSCj8AQY=
";
const PROOF_HEAD: &str = "\
c2sp.org/tlog-proof@v1
extra b3BlbmluZw==
index 5
vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=
yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=
037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=

";
const ENTRIES: [&[u8]; 8] =
    [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"];

fn key() -> VerifierKey {
    LOG_KEY.parse().unwrap()
}

fn sign(checkpoint: Checkpoint) -> SignedCheckpoint {
    let seed: Vec<u8> = (0..32).collect();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    SignedCheckpoint::sign(checkpoint, &key(), |message| <[u8; 64]>::try_from(pair.sign(message).as_ref())).unwrap()
}

fn log() -> (Appender, Files) {
    let (mut log, mut files) = (Appender::new(), Files::default());
    for entry in ENTRIES {
        log.append(entry).unwrap();
    }
    files.write(log.take_files());
    (log, files)
}

#[test]
fn checkpoint_bytes_are_golden() {
    let (log, _) = log();
    let signed = sign(Checkpoint::new("log.example/rakkan", log.size(), log.root()));
    assert_eq!(signed.to_string(), CHECKPOINT);
    let read = SignedCheckpoint::parse(CHECKPOINT.as_bytes()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.verify(&key()).unwrap().size, 8);
}

#[test]
fn proof_bytes_are_golden() {
    let (log, files) = log();
    let proof = InclusionProof::make(&mut TileNodes::new(8, &files), 5, 8).unwrap();
    let checkpoint = sign(Checkpoint::new("log.example/rakkan", log.size(), log.root()));
    let proof = TlogProof::new(proof, checkpoint, Some(b"opening".to_vec()));
    let text = format!("{PROOF_HEAD}{CHECKPOINT}");
    assert_eq!(proof.to_string(), text);
    assert_eq!(TlogProof::parse(text.as_bytes()), Ok(proof.clone()));
    assert_eq!(proof.verify(ENTRIES[5], &key()).unwrap().size, 8);
}

#[test]
fn a_proof_without_extra_has_no_such_line() {
    let text = format!("{PROOF_HEAD}{CHECKPOINT}").replace("extra b3BlbmluZw==\n", "");
    let proof = TlogProof::parse(text.as_bytes()).unwrap();
    assert_eq!(proof.extra, None);
    assert_eq!(proof.to_string(), text);
    let packed = InclusionProof { index: proof.index, size: 8, hashes: proof.hashes.clone() };
    assert_eq!(TlogProof::new(packed, proof.checkpoint.clone(), Some(Vec::new())).to_string(), text);
}

#[test]
fn a_proof_holds_for_its_own_entry_and_log_only() {
    let proof = TlogProof::parse(format!("{PROOF_HEAD}{CHECKPOINT}").as_bytes()).unwrap();
    assert_eq!(proof.verify(ENTRIES[6], &key()), Err(TlogProofError::Inclusion(ProofError::RootMismatch)));
    let moved = TlogProof { index: 4, ..proof.clone() };
    assert_eq!(moved.verify(ENTRIES[5], &key()), Err(TlogProofError::Inclusion(ProofError::RootMismatch)));
    let stranger = VerifierKey::new(key().name().clone(), [7; 32]);
    assert!(matches!(
        proof.verify(ENTRIES[5], &stranger),
        Err(TlogProofError::Checkpoint(CheckpointError::Unsigned(_)))
    ));
}

#[test]
fn a_checkpoint_of_another_log_is_refused_though_the_key_signed_it() {
    let (log, _) = log();
    let signed = sign(Checkpoint::new("log.example/other", log.size(), log.root()));
    let error = signed.verify(&key()).unwrap_err();
    assert_eq!(error.to_string(), "the checkpoint is of the log \"log.example/other\", not \"log.example/rakkan\"");
}

#[test]
fn a_checkpoint_that_cannot_be_read_back_is_not_signed() {
    let (log, _) = log();
    let with = |origin: &str, extensions: &[&str]| Checkpoint {
        extensions: extensions.iter().map(|line| (*line).to_owned()).collect(),
        ..Checkpoint::new(origin, log.size(), log.root())
    };
    for refused in
        [with("", &[]), with("two\nlines", &[]), with("tab\there", &[]), with("log", &[""]), with("log", &["a\nb"])]
    {
        let result = SignedCheckpoint::sign(refused.clone(), &key(), |_| -> Result<[u8; 64], ()> {
            panic!("must not be signed")
        });
        assert!(result.is_err(), "{refused:?}");
    }
    let kept = sign(with("log.example/rakkan", &["extension 1", "extension 2"]));
    assert_eq!(SignedCheckpoint::parse(kept.to_string().as_bytes()), Ok(kept));
}

#[test]
fn malformed_checkpoints_are_refused() {
    let root = "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=";
    for text in [
        "".to_owned(),
        "\n".to_owned(),
        format!("log\n8\n{root}"),
        format!("\n8\n{root}\n"),
        format!("log\n08\n{root}\n"),
        format!("log\n+8\n{root}\n"),
        format!("log\n-8\n{root}\n"),
        format!("log\n \n{root}\n"),
        format!("log\n\n{root}\n"),
        format!("log\n18446744073709551616\n{root}\n"),
        format!("log\n8\n{}\n", &root[..40]),
        format!("log\n8\n{}\n", root.replace('=', "")),
        format!("log\n8\n{root}\n\n"),
        format!("log\n8\n{root}\n\nextension\n"),
        "log\n8\n".to_owned(),
    ] {
        assert_eq!(text.parse::<Checkpoint>(), Err(CheckpointError::Malformed), "{text:?}");
    }
    assert_eq!(format!("log\n0\n{root}\n").parse::<Checkpoint>().unwrap().size, 0);
}

#[test]
fn malformed_proofs_are_refused_and_the_line_is_named() {
    let text = format!("{PROOF_HEAD}{CHECKPOINT}");
    for (change, line) in [
        (text.replace("proof@v1", "proof@v2"), 1),
        (text.replacen('\n', "\r\n", 1), 1),
        (text.replace("b3BlbmluZw==", "b3BlbmluZw"), 2),
        (text.replace("b3BlbmluZw==", ""), 2),
        (text.replace("extra b3BlbmluZw==", "extra"), 2),
        (text.replace("extra b3BlbmluZw==", "extra b3BlbmluZw==\nextra b3BlbmluZw=="), 3),
        (text.replace("index 5", "index 05"), 3),
        (text.replace("index 5", "index -5"), 3),
        (text.replace("index 5\n", ""), 3),
        (text.replace("yoVOoSjt", "yoVOoSj"), 5),
        (text.replace("yoVOoSjt", " yoVOoSjt"), 5),
        (
            text.replace(
                "index 5\n",
                &format!("index 5\n{}", "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n".repeat(64)),
            ),
            68,
        ),
    ] {
        assert_eq!(TlogProof::parse(change.as_bytes()), Err(TlogProofError::Malformed(line)), "{change}");
    }
    let unsigned = &text[..text.find("\n— ").unwrap()];
    assert!(matches!(TlogProof::parse(unsigned.as_bytes()), Err(TlogProofError::Checkpoint(_))));
    assert_eq!(TlogProof::parse(&vec![b'a'; 2_000_001]), Err(TlogProofError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_change_of_a_byte_outside_extra_leaves_a_valid_proof(at in 0..PROOF_HEAD.len() + CHECKPOINT.len(), to: u8) {
        let mut bytes = format!("{PROOF_HEAD}{CHECKPOINT}").into_bytes();
        prop_assume!(bytes[at] != to);
        let extra = 29..41;
        bytes[at] = to;
        if let Ok(proof) = TlogProof::parse(&bytes) {
            prop_assert_eq!(proof.to_string().into_bytes(), bytes);
            let verified = proof.verify(ENTRIES[5], &key()).is_ok();
            prop_assert_eq!(verified, extra.contains(&at), "byte {} to {:?}", at, to);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes: Vec<u8>) {
        let _ = TlogProof::parse(&bytes);
        let _ = SignedCheckpoint::parse(&bytes);
    }
}
