//! Options of signing that several verbs share.

use std::path::PathBuf;

use ades::AdesLevel;
use ades::pades::{Certification, FieldLock, PageChoice};
use clap::{Args, ValueEnum};

use super::attributes::AttributeArgs;
use super::csc::CscArgs;
use super::error::SignError;
use super::evidence::EvidenceArgs;
use super::places::{Naming, OutputArgs};
use super::timestamps::TsaArgs;
use super::visible::VisibleArgs;
use crate::key::{Digest, KeyChoice, Padding, PasswordSource};

const EXAMPLES: &str = "Examples:
  rakkan sign contract.pdf --key hanako.p12
  rakkan sign contract.pdf --key hanako.p12 --password-file pw --tsa http://tsa.example/ --out signed.pdf
  rakkan sign *.pdf --key seal.pem --cert seal-chain.pem --out-dir signed/
  rakkan sign form.pdf --key hanako.p12 --field Signature.Employer --reason 'I agree'
  rakkan sign contract.pdf --key hanako.p12 --visible bottom-right:15,15,70,25 --page last --visible-image hanko.png
  rakkan sign drawing.dwg --format cades --key hanako.p12          (drawing.dwg.p7s beside it)
  rakkan sign *.pdf --csc https://sign.example.jp --csc-client my-cli --csc-secret-file secret

The password is asked for on the terminal if it is needed and not given. Nothing is overwritten without --force or --in-place.";

/// `rakkan sign`.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub struct SignArgs {
    /// Files to sign
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The key that signs.
    #[command(flatten)]
    pub key: KeyArgs,
    /// A key that is elsewhere.
    #[command(flatten)]
    pub csc: CscArgs,
    /// What the signature is like.
    #[command(flatten)]
    pub signature: SignatureArgs,
    /// Time-stamp authorities.
    #[command(flatten)]
    pub tsa: TsaArgs,
    /// Evidence.
    #[command(flatten)]
    pub evidence: EvidenceArgs,
    /// Where outputs go.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArgs,
}

/// The key that signs.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Key")]
pub struct KeyArgs {
    /// Private key: PKCS#12 (.p12, .pfx) with its certificate, or PEM
    #[arg(short, long, value_name = "FILE", required_unless_present = "csc")]
    pub key: Option<PathBuf>,
    /// Certificate of the key, and those above it (PEM or DER)
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// File whose first line is the key's password
    #[arg(long, value_name = "FILE", conflicts_with = "password_fd")]
    pub password_file: Option<PathBuf>,
    /// Open file descriptor that gives the key's password
    #[arg(long, value_name = "N")]
    pub password_fd: Option<i32>,
    /// Digest of an RSA signature [default: sha256]
    #[arg(long, value_enum)]
    pub digest: Option<Digest>,
    /// Padding of an RSA signature
    #[arg(long, value_enum, default_value_t)]
    pub rsa_padding: Padding,
}

/// What the signature is like.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Signature")]
pub struct SignatureArgs {
    /// Form of the signature
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Where the content of a CAdES signature is [default: detached]
    #[arg(long, value_enum)]
    pub packaging: Option<Packaging>,
    /// Level [default: b-t with --tsa, else b-b]
    #[arg(short, long, value_enum)]
    pub level: Option<Level>,
    /// File whose first line is the password of an encrypted PDF
    #[arg(long, value_name = "FILE")]
    pub document_password_file: Option<PathBuf>,
    /// Signature field: an empty one of the document, or a new one under this name [default: a new one]
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// Page of a new field: a number, or last [default: 1]
    #[arg(long, value_name = "PAGE", value_parser = page)]
    pub page: Option<PageChoice>,
    /// Certify the document: only this may be changed later. The first signature only
    #[arg(long, value_enum, value_name = "ALLOWED")]
    pub certify: Option<Allowed>,
    /// Lock all form fields
    #[arg(long, conflicts_with_all = ["lock_field", "lock_except"])]
    pub lock: bool,
    /// Lock this form field; repeatable
    #[arg(long, value_name = "NAME", conflicts_with = "lock_except")]
    pub lock_field: Vec<String>,
    /// Lock all form fields but this one; repeatable
    #[arg(long, value_name = "NAME")]
    pub lock_except: Vec<String>,
    /// Why the document is signed
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Where it is signed
    #[arg(long, value_name = "TEXT")]
    pub location: Option<String>,
    /// Who signs, in words [default: nothing; viewers read the certificate]
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// How to reach the signer
    #[arg(long, value_name = "TEXT")]
    pub contact: Option<String>,
    /// What the signer states.
    #[command(flatten)]
    pub attributes: AttributeArgs,
    /// How it is seen.
    #[command(flatten)]
    pub visible: VisibleArgs,
}

/// Forms of signatures, by their option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// In a PDF
    #[default]
    Pades,
    /// CMS, for files of any kind
    Cades,
}

/// Where the content of a CAdES signature is, by its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Packaging {
    /// Beside the signature (.p7s)
    Detached,
    /// In the signature (.p7m)
    Enveloping,
}

/// What a certification allows, by its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Allowed {
    /// No change at all
    Nothing,
    /// Filling in forms, and signing
    Forms,
    /// The same, and annotations
    Annotations,
}

impl From<Allowed> for Certification {
    fn from(allowed: Allowed) -> Self {
        match allowed {
            Allowed::Nothing => Self::NoChanges,
            Allowed::Forms => Self::FormFilling,
            Allowed::Annotations => Self::Annotations,
        }
    }
}

fn page(text: &str) -> Result<PageChoice, String> {
    match text {
        "last" => Ok(PageChoice::Last),
        number => number.parse().map(PageChoice::Number).map_err(|_| "neither a page number nor `last`".into()),
    }
}

/// How results are told.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Messages")]
pub struct TellingArgs {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "json")]
    pub quiet: bool,
    /// Language of messages [default: that of the locale]
    #[arg(long, value_parser = ["ja", "en"])]
    pub lang: Option<String>,
}

/// AdES levels, by their option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Basic
    #[value(name = "b-b")]
    BB,
    /// With a time-stamp over the signature
    #[value(name = "b-t")]
    BT,
    /// With the evidence that validation needs
    #[value(name = "b-lt")]
    BLt,
    /// With a time-stamp over all of that, which can be renewed
    #[value(name = "b-lta")]
    BLta,
}

impl From<Level> for AdesLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::BB => Self::B,
            Level::BT => Self::T,
            Level::BLt => Self::Lt,
            Level::BLta => Self::Lta,
        }
    }
}

/// The usual name of a level.
pub fn level_name(level: AdesLevel) -> &'static str {
    match level {
        AdesLevel::B => "B-B",
        AdesLevel::T => "B-T",
        AdesLevel::Lt => "B-LT",
        AdesLevel::Lta => "B-LTA",
        _ => "?",
    }
}

impl KeyArgs {
    /// The choice that these options make.
    pub fn choice(&self) -> KeyChoice<'_> {
        KeyChoice {
            // Required, unless a service has the key.
            key: self.key.clone().unwrap_or_default(),
            certificate: self.cert.as_deref(),
            password: PasswordSource::from_options(self.password_file.as_deref(), self.password_fd),
            digest: self.digest,
            padding: self.rsa_padding,
        }
    }
}

impl SignatureArgs {
    /// The packaging of a CAdES signature.
    pub fn packaging(&self) -> Packaging {
        self.packaging.unwrap_or(Packaging::Detached)
    }

    /// How outputs are named.
    pub fn naming(&self) -> Naming {
        match (self.format, self.packaging()) {
            (Format::Pades, _) => Naming::Suffix("signed"),
            (Format::Cades, Packaging::Detached) => Naming::Append("p7s"),
            (Format::Cades, Packaging::Enveloping) => Naming::Append("p7m"),
        }
    }

    /// Refuses options that belong to the other format.
    ///
    /// # Errors
    /// [`SignError::Usage`], with the option.
    pub fn require_fitting_options(&self) -> Result<(), SignError> {
        let only_pdf = [
            ("--document-password-file", self.document_password_file.is_some()),
            ("--visible", self.visible.visible.is_some()),
            ("--field", self.field.is_some()),
            ("--page", self.page.is_some()),
            ("--certify", self.certify.is_some()),
            ("--lock", self.field_lock().is_some()),
            ("--reason", self.reason.is_some()),
            ("--location", self.location.is_some()),
            ("--name", self.name.is_some()),
            ("--contact", self.contact.is_some()),
        ];
        match self.format {
            Format::Pades if self.packaging.is_some() => {
                Err(SignError::Usage("--packaging is for --format cades; a PDF has its signature inside".into()))
            }
            Format::Pades => Ok(()),
            Format::Cades => match only_pdf.iter().find(|(_, given)| *given) {
                Some((option, _)) => Err(SignError::Usage(format!(
                    "{option} is for signatures in PDFs; leave it out, or take --format pades"
                ))),
                None => Ok(()),
            },
        }
    }

    /// The lock that these options ask for.
    pub fn field_lock(&self) -> Option<FieldLock> {
        match (self.lock, self.lock_field.as_slice(), self.lock_except.as_slice()) {
            (true, ..) => Some(FieldLock::All),
            (false, [], []) => None,
            (false, [], except) => Some(FieldLock::Exclude(except.to_vec())),
            (false, fields, _) => Some(FieldLock::Include(fields.to_vec())),
        }
    }

    /// The level, which must fit the presence of an authority.
    ///
    /// # Errors
    /// [`SignError::Usage`].
    pub fn level(&self, tsa: &TsaArgs) -> Result<AdesLevel, SignError> {
        match (self.level, tsa.tsa.is_empty()) {
            (None, true) | (Some(Level::BB), true) => Ok(AdesLevel::B),
            (None, false) => Ok(AdesLevel::T),
            (Some(level @ (Level::BT | Level::BLt | Level::BLta)), false) => Ok(level.into()),
            (Some(Level::BB), false) => {
                Err(SignError::Usage("level b-b has no time-stamp; leave --tsa out, or take --level b-t".into()))
            }
            (Some(_), true) => {
                Err(SignError::Usage("this level needs a time-stamp; name an authority with --tsa URL".into()))
            }
        }
    }
}
