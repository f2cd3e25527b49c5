//! The token's files: created once, opened with the right key only, refused when others can read them.

use sgm::{
    KeyEncryption, Passphrase, PassphraseHashing, RandomError, SealDomain, SecretFileError, SecureRandom, Sgm,
    SoftwareToken, SystemRandom, TokenError, create_key_file,
};
use std::{
    error::Error,
    fs,
    os::unix::fs::{PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Small, so that the tests are quick; the smallest that is allowed.
const HASHING: PassphraseHashing = PassphraseHashing { memory_kib: 8 * 1024, passes: 1, lanes: 1 };

struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: tempfile::tempdir().unwrap() };
        create_key_file(&case.path("kek"), &SystemRandom).unwrap();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn key_file(&self) -> KeyEncryption {
        KeyEncryption::KeyFile(self.path("kek"))
    }

    fn create(&self, source: &KeyEncryption) -> Result<(), TokenError> {
        SoftwareToken::create(&self.path("token"), source, &SystemRandom)
    }

    fn open(&self, source: &KeyEncryption) -> Result<SoftwareToken, TokenError> {
        SoftwareToken::open(&self.path("token"), source)
    }

    fn refused(&self, source: &KeyEncryption) -> TokenError {
        match self.open(source) {
            Ok(_) => panic!("the token was opened"),
            Err(error) => error,
        }
    }
}

fn passphrase(text: &str) -> KeyEncryption {
    KeyEncryption::Passphrase(Passphrase::new(text.as_bytes().to_vec()), HASHING)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_token_opens_again_with_the_same_keys() {
    for source in [Case::new().key_file(), passphrase("correct horse battery")] {
        let case = Case::new();
        // Another folder's key file lives as long as its case; only its path matters for the passphrase.
        let source = if matches!(source, KeyEncryption::KeyFile(_)) { case.key_file() } else { source };
        assert!(!SoftwareToken::exists(&case.path("token")));
        case.create(&source).unwrap();
        assert!(SoftwareToken::exists(&case.path("token")));
        let [first, second] = [case.open(&source).unwrap(), case.open(&source).unwrap()];
        assert_eq!(first.log_public_key(), second.log_public_key());
        let tag = first.seal(SealDomain::SignerRecord, b"x").unwrap();
        assert_eq!(second.verify_seal(SealDomain::SignerRecord, b"x", &tag), Ok(()));
    }
}

#[test]
fn files_are_for_their_owner_only() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    assert_eq!(mode(&case.path("kek")), 0o600);
    assert_eq!(mode(&case.path("token")), 0o700);
    let mut names: Vec<_> = fs::read_dir(case.path("token")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["log-anchor", "token"]);
    for name in names {
        assert_eq!(mode(&case.path("token").join(name)), 0o600);
    }
}

#[test]
fn an_existing_token_or_key_file_is_never_overwritten() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    let before = fs::read(case.path("token/token")).unwrap();
    assert!(matches!(case.create(&case.key_file()), Err(TokenError::Exists(_))));
    assert_eq!(fs::read(case.path("token/token")).unwrap(), before);
    let key = fs::read(case.path("kek")).unwrap();
    assert!(matches!(create_key_file(&case.path("kek"), &SystemRandom), Err(TokenError::SecretFile(_))));
    assert_eq!(fs::read(case.path("kek")).unwrap(), key);
}

#[test]
fn a_wrong_passphrase_or_key_file_is_told_from_damage() {
    let case = Case::new();
    case.create(&passphrase("correct horse battery")).unwrap();
    assert!(matches!(case.refused(&passphrase("wrong horse battery!")), TokenError::WrongKey(_)));
    assert!(matches!(case.refused(&case.key_file()), TokenError::OtherProtection { protected_by: "a passphrase", .. }));

    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    assert!(matches!(case.refused(&passphrase("correct horse battery")), TokenError::OtherProtection { .. }));
    create_key_file(&case.path("other-kek"), &SystemRandom).unwrap();
    let other = KeyEncryption::KeyFile(case.path("other-kek"));
    assert!(matches!(case.refused(&other), TokenError::WrongKey(_)));
}

#[test]
fn secret_files_that_others_can_use_are_refused_with_the_remedy() {
    for (name, others) in
        [("kek", 0o640), ("kek", 0o604), ("kek", 0o620), ("token/token", 0o644), ("token/log-anchor", 0o660)]
    {
        let case = Case::new();
        case.create(&case.key_file()).unwrap();
        set_mode(&case.path(name), others);
        let error = case.refused(&case.key_file());
        assert!(
            matches!(&error, TokenError::SecretFile(SecretFileError::Mode { mode, .. }) if *mode == others),
            "{name}: {error}"
        );
        let text = error.to_string();
        assert!(text.contains("chmod 600") && text.contains(&format!("{others:04o}")), "{text}");
    }
}

#[test]
fn a_secret_file_of_another_user_is_refused_with_the_remedy() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    if let Err(error) = chown(case.path("kek"), Some(12_345), None) {
        // Only root can give files away.
        let line = format!("SKIPPED 1 test: files of other users cannot be made here: {error}\n");
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
        return;
    }
    let text = case.refused(&case.key_file()).to_string();
    assert!(text.contains("belongs to user 12345") && text.contains("chown"), "{text}");
}

#[test]
fn links_folders_and_pipes_are_no_secret_files() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    symlink(case.path("kek"), case.path("link")).unwrap();
    fs::create_dir(case.path("folder")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        case.path("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    for name in ["link", "folder", "pipe"] {
        let error = case.refused(&KeyEncryption::KeyFile(case.path(name)));
        assert!(matches!(error, TokenError::SecretFile(SecretFileError::NotAFile(_))), "{name}: {error}");
    }
    let error = case.refused(&KeyEncryption::KeyFile(case.path("missing")));
    assert!(matches!(error, TokenError::SecretFile(SecretFileError::Storage { .. })), "{error}");
    assert!(error.source().is_none() || !error.to_string().contains("os error"), "{error}");
}

#[test]
fn a_key_file_with_other_content_is_refused() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    let good = fs::read_to_string(case.path("kek")).unwrap();
    for content in [
        String::new(),
        good.replace("rakkan-kek/1", "rakkan-kek/2"),
        good.trim_end().trim_end_matches(|_: char| true).to_owned(),
        good.trim_end().to_owned() + "0\n",
        good[..good.len() - 3].to_owned(),
        good.to_uppercase(),
        "z".repeat(77),
    ] {
        fs::write(case.path("kek"), &content).unwrap();
        let error = case.refused(&case.key_file());
        assert!(matches!(error, TokenError::SecretFile(SecretFileError::Content { .. })), "{content:?}: {error}");
        assert!(!error.to_string().contains(good[13..30].trim()), "the key stands in the error text");
    }
    fs::write(case.path("kek"), good.trim_end()).unwrap();
    assert!(case.open(&case.key_file()).is_ok(), "the newline at the end may be missing");
}

#[test]
fn a_flipped_bit_anywhere_in_the_token_file_is_refused() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    let path = case.path("token/token");
    let good = fs::read(&path).unwrap();
    for position in 0..good.len() {
        let mut flipped = good.clone();
        flipped[position] ^= 1;
        fs::write(&path, &flipped).unwrap();
        let error = case.refused(&case.key_file());
        assert!(matches!(error, TokenError::Malformed(_) | TokenError::WrongKey(_)), "byte {position}: {error}");
    }
    fs::write(&path, &good).unwrap();
    assert!(case.open(&case.key_file()).is_ok());
}

#[test]
fn keys_of_the_token_file_in_exchanged_places_are_refused() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    let path = case.path("token/token");
    let good = fs::read(&path).unwrap();
    // Header and protection take 16 bytes, the epoch 4; then follow three wrapped keys of 40 bytes.
    for (one, other) in [(20, 60), (60, 100), (20, 100)] {
        let mut exchanged = good.clone();
        exchanged[one..one + 40].copy_from_slice(&good[other..other + 40]);
        exchanged[other..other + 40].copy_from_slice(&good[one..one + 40]);
        fs::write(&path, &exchanged).unwrap();
        assert!(matches!(case.refused(&case.key_file()), TokenError::Malformed(_)), "{one} with {other}");
    }
}

#[test]
fn a_missing_or_damaged_anchor_is_refused() {
    let case = Case::new();
    case.create(&case.key_file()).unwrap();
    let path = case.path("token/log-anchor");
    let good = fs::read(&path).unwrap();
    fs::write(&path, vec![0; good.len()]).unwrap();
    assert!(matches!(case.refused(&case.key_file()), TokenError::Malformed(_)));
    fs::remove_file(&path).unwrap();
    assert!(matches!(case.refused(&case.key_file()), TokenError::SecretFile(_)));
}

#[test]
fn weak_passphrases_and_parameters_out_of_bounds_are_refused() {
    let case = Case::new();
    assert!(matches!(case.create(&passphrase("short")), Err(TokenError::ShortPassphrase)));
    for hashing in [
        PassphraseHashing { memory_kib: 1024, ..HASHING },
        PassphraseHashing { memory_kib: u32::MAX, ..HASHING },
        PassphraseHashing { passes: 0, ..HASHING },
        PassphraseHashing { passes: 17, ..HASHING },
        PassphraseHashing { lanes: 0, ..HASHING },
        PassphraseHashing { lanes: 17, ..HASHING },
    ] {
        let source = KeyEncryption::Passphrase(Passphrase::new(b"correct horse battery".to_vec()), hashing);
        assert!(matches!(case.create(&source), Err(TokenError::HashingParameters)), "{hashing:?}");
    }
    assert!(!SoftwareToken::exists(&case.path("token")));
}

#[test]
fn a_passphrase_file_is_read_without_its_newline_and_only_if_private() {
    let case = Case::new();
    let path = case.path("passphrase");
    case.create(&passphrase("correct horse battery")).unwrap();
    fs::write(&path, "correct horse battery\n").unwrap();
    set_mode(&path, 0o644);
    assert!(matches!(Passphrase::read_file(&path), Err(SecretFileError::Mode { mode: 0o644, .. })));
    set_mode(&path, 0o600);
    let read = KeyEncryption::Passphrase(Passphrase::read_file(&path).unwrap(), HASHING);
    assert!(case.open(&read).is_ok());
    fs::write(&path, "\n").unwrap();
    assert!(matches!(Passphrase::read_file(&path), Err(SecretFileError::Content { .. })));
}

struct NoRandomness;

impl SecureRandom for NoRandomness {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError)
    }
}

#[test]
fn without_randomness_nothing_is_created() {
    let case = Case::new();
    let refused = SoftwareToken::create(&case.path("token"), &case.key_file(), &NoRandomness);
    assert!(matches!(refused, Err(TokenError::Random(_))));
    assert!(!SoftwareToken::exists(&case.path("token")));
    assert!(create_key_file(&case.path("new-kek"), &NoRandomness).is_err());
    assert!(!case.path("new-kek").exists());
}

#[test]
fn what_a_killed_creation_left_behind_does_not_hinder_the_next() {
    let case = Case::new();
    fs::create_dir(case.path("token")).unwrap();
    fs::write(case.path("token/token.new"), "half").unwrap();
    fs::write(case.path("token/log-anchor"), "half").unwrap();
    set_mode(&case.path("token/log-anchor"), 0o600);
    case.create(&case.key_file()).unwrap();
    assert!(case.open(&case.key_file()).is_ok());
}
