//! The file of `rakkan sam`: readable by the SAM's user only; the web side never reads it.

use std::path::{Path, PathBuf};

use ::sam::config::{ConfigProblem, SamConfig, TokenKind};
use ::sam::enrolment::OfficerKey;
use sgm::{Deployment, SoleControl};

use super::{ConfigError, Environment, Section, environment, load, required_path, version};

/// All of `sam.toml`.
#[derive(Debug, Clone)]
pub struct SamFile {
    /// What the installation is for.
    pub environment: Environment,
    /// What is done where the kernel cannot confine the module's process wholly.
    pub confinement: ConfinementRule,
    /// Folder of journal, signing log and, with the software token, wrapped secrets.
    pub folder: PathBuf,
    /// Unix socket to listen on.
    pub socket: PathBuf,
    /// User ids that may connect to the socket; empty means only the SAM's own.
    pub allowed_uids: Vec<u32>,
    /// RP ID of passkeys.
    pub rp_id: String,
    /// The only origin whose assertions can activate a key.
    pub signing_origin: String,
    /// The only origin where authenticators are registered.
    pub enrolment_origin: String,
    /// Origin line of the signing log's checkpoints.
    pub log_origin: String,
    /// Whether this installation claims sole control level 2.
    pub claim_scal2: bool,
    /// Where the token's key-encryption key comes from.
    pub token: TokenKey,
    /// Registration officers whose assertions are believed.
    pub officers: Vec<Officer>,
}

/// What is done where the kernel cannot confine the module's process wholly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfinementRule {
    /// The module does not start.
    Required,
    /// It starts and says what is missing.
    BestEffort,
}

/// Source of the software token's key-encryption key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKey {
    /// 32 bytes in a file that only the SAM's user can read (mode 0600).
    KeyFile(PathBuf),
    /// A passphrase in such a file, stretched by Argon2id.
    PassphraseFile(PathBuf),
}

/// `[[officer]]`.
#[derive(Debug, Clone)]
pub struct Officer {
    /// Name in logs.
    pub id: String,
    /// Public key, PEM SubjectPublicKeyInfo, P-256.
    pub public_key_file: PathBuf,
}

impl SamFile {
    /// Reads and checks `path`.
    ///
    /// # Errors
    /// The file cannot be read, or all its problems.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        load(path, "sam", Self::read)
    }

    fn read(root: &Section<'_>) -> Self {
        version(root);
        let environment = environment(root);
        let confinement = root.parsed("confinement", |text| match text {
            "required" => Ok(ConfinementRule::Required),
            "best-effort" => Ok(ConfinementRule::BestEffort),
            other => Err(format!("`{other}` is not known; write \"required\" or \"best-effort\"")),
        });
        let confinement = confinement.unwrap_or(match environment {
            Environment::Production => ConfinementRule::Required,
            Environment::Development => ConfinementRule::BestEffort,
        });
        let folder = required_path(root, "folder", "/var/lib/rakkan-sam");
        let socket = required_path(root, "socket", "/run/rakkan/sam.sock");
        let allowed_uids = root.numbers("allowed_uids");
        let (rp_id, signing_origin, enrolment_origin) = root.section("passkey", true, |passkey| {
            (
                passkey.required_text("rp_id", "example.jp"),
                passkey.required_text("signing_origin", "https://sign.example.jp"),
                passkey.required_text("enrolment_origin", "https://portal.example.jp"),
            )
        });
        let log_origin = root.section("log", true, |log| log.required_text("origin", "example.jp/rakkan"));
        let claim_scal2 = root.section("claims", false, |claims| claims.flag("scal2", false));
        let token = root.section("token", true, TokenKey::read);
        let officers = root.each("officer", |officer| Officer {
            id: officer.required_text("id", "officer-1"),
            public_key_file: required_path(officer, "public_key_file", "/etc/rakkan/officer-1.pub.pem"),
        });
        Self {
            environment,
            confinement,
            folder,
            socket,
            allowed_uids,
            rp_id,
            signing_origin,
            enrolment_origin,
            log_origin,
            claim_scal2,
            token,
            officers,
        }
    }

    /// The module's own form of this file, checked by its own rules; officers' keys are read.
    ///
    /// # Errors
    /// Every problem at once, each with its remedy.
    pub fn module_config(&self) -> Result<SamConfig, Vec<String>> {
        let mut problems = Vec::new();
        let mut officers = Vec::new();
        for officer in &self.officers {
            match officer.key() {
                Ok(key) => officers.push(key),
                Err(problem) => problems.push(problem),
            }
        }
        let config = SamConfig {
            deployment: match self.environment {
                Environment::Development => Deployment::Development,
                Environment::Production => Deployment::Production,
            },
            sole_control: if self.claim_scal2 { SoleControl::Scal2 } else { SoleControl::Scal1 },
            token: TokenKind::Software,
            rp_id: self.rp_id.clone(),
            signing_origin: self.signing_origin.clone(),
            enrolment_origin: self.enrolment_origin.clone(),
            log_origin: self.log_origin.clone(),
            folder: self.folder.clone(),
            officers,
        };
        if let Err(found) = config.validate() {
            // An officer whose key could not be read has been reported already.
            let repeated =
                |problem: &&ConfigProblem| !matches!(problem, ConfigProblem::NoOfficers) || self.officers.is_empty();
            problems.extend(found.iter().filter(repeated).map(ToString::to_string));
        }
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }
}

impl Officer {
    fn key(&self) -> Result<OfficerKey, String> {
        let path = self.public_key_file.display();
        let pem = std::fs::read(&self.public_key_file)
            .map_err(|why| format!("officer {}: {path} cannot be read ({why})", self.id))?;
        let unusable = || format!("officer {}: {path} is not a PEM public key on the curve P-256", self.id);
        let (_, spki) = der::pem::decode_vec(&pem).map_err(|_| unusable())?;
        OfficerKey::new(self.id.as_bytes(), &spki).map_err(|_| unusable())
    }
}

impl TokenKey {
    fn read(token: &Section<'_>) -> Self {
        let kind = token.required_text("kind", "software");
        if !kind.is_empty() && kind != "software" {
            token.problem("kind", format!("`{kind}` is not known; this version has \"software\" only"));
        }
        let key = token.parsed("key_file", super::path);
        let passphrase = token.parsed("passphrase_file", super::path);
        match (key, passphrase) {
            (Some(key), None) => Self::KeyFile(key),
            (None, Some(passphrase)) => Self::PassphraseFile(passphrase),
            (None, None) => {
                token.problem("key_file", "name one source of the token's key: key_file or passphrase_file");
                Self::KeyFile(PathBuf::new())
            }
            (Some(key), Some(_)) => {
                token.problem("passphrase_file", "name only one of key_file and passphrase_file");
                Self::KeyFile(key)
            }
        }
    }
}
