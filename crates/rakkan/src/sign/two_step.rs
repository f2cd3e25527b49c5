//! `rakkan prepare` and `rakkan finish`: the key is elsewhere, and only a digest goes there. The prepared state holds no document and
//! is bound to it by its digest.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use ades::AdesLevel;
use ades::crypto::SignatureAlgorithm;
use ades::pades::SignatureValue;
use base64ct::{Base64, Encoding};
use clap::Args;
use serde_json::json;

use super::args::{Level, SignatureArgs, TellingArgs, level_name};
use super::draft::Input;
use super::error::SignError;
use super::evidence::{EvidenceArgs, Evidences};
use super::output::Unfinished;
use super::pades::Plan;
use super::places::{self, OutputArgs};
use super::report::{Outcome, Telling};
use super::timestamps::{Timestamps, TsaArgs};
use super::work::{Prepared, Services};
use crate::hex;
use crate::key::{Digest, KeyError, Padding, algorithm_for, certificates_in, digest_name, require_valid};
use crate::moment::now;

/// No signature value is longer: RSA of 8192 bits, in base64 with line breaks.
const LONGEST_VALUE: u64 = 4096;
/// No prepared state is larger.
const LARGEST_STATE: u64 = 64 << 20;

const PREPARE_EXAMPLES: &str = "Examples:
  rakkan prepare contract.pdf --cert hanako.crt --hash-out hash.bin
  openssl pkeyutl -sign -inkey hanako.key -in hash.bin -pkeyopt digest:sha256 -out value.bin
  rakkan finish contract.pdf.prepared value.bin --document contract.pdf --out signed.pdf";

const FINISH_EXAMPLES: &str = "Examples:
  rakkan finish contract.pdf.prepared value.bin --document contract.pdf
  rakkan finish contract.pdf.prepared value.bin --document contract.pdf --tsa http://tsa.example/

The signature value is raw (DER for ECDSA) or base64. Finishing twice with the same value gives the same bytes.";

/// `rakkan prepare`.
#[derive(Args)]
#[command(before_help = PREPARE_EXAMPLES)]
pub struct PrepareArgs {
    /// The file to sign
    pub file: PathBuf,
    /// Certificate of the signer, and those above it (PEM or DER)
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// Digest of an RSA signature [default: sha256]
    #[arg(long, value_enum)]
    pub digest: Option<Digest>,
    /// Padding of an RSA signature
    #[arg(long, value_enum, default_value_t)]
    pub rsa_padding: Padding,
    /// What the signature is like.
    #[command(flatten)]
    pub signature: SignatureArgs,
    /// Prepared state [default: the name of the file with .prepared]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write what the key signs, raw, to this file: the digest (with Ed25519 the message itself)
    #[arg(long, value_name = "FILE")]
    pub hash_out: Option<PathBuf>,
    /// Write what is hashed (the signed attributes), for keys that hash themselves
    #[arg(long, value_name = "FILE")]
    pub data_out: Option<PathBuf>,
    /// Overwrite outputs that exist
    #[arg(long)]
    pub force: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `rakkan finish`.
#[derive(Args)]
#[command(before_help = FINISH_EXAMPLES)]
pub struct FinishArgs {
    /// What `rakkan prepare` made
    pub prepared: PathBuf,
    /// The signature value
    pub value: PathBuf,
    /// The file that was prepared, unchanged
    #[arg(long, value_name = "FILE")]
    pub document: PathBuf,
    /// File whose first line is the password of an encrypted PDF
    #[arg(long, value_name = "FILE")]
    pub document_password_file: Option<PathBuf>,
    /// Time-stamp authorities.
    #[command(flatten)]
    pub tsa: TsaArgs,
    /// Evidence.
    #[command(flatten)]
    pub evidence: EvidenceArgs,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArgs,
}

/// Prepares a document and prints what is to be signed.
///
/// # Errors
/// [`SignError`].
pub fn prepare(args: &PrepareArgs) -> Result<ExitCode, SignError> {
    let certificates = certificates_in(&args.cert)?;
    let Some((certificate, chain)) = certificates.split_first() else {
        return Err(KeyError::NoCertificate(args.cert.clone()).into());
    };
    require_valid(certificate, now())?;
    let algorithm = algorithm_for(certificate.key_kind(), args.digest, args.rsa_padding)
        .map_err(|unfit| unfit.into_error(&args.cert, args.digest))?;
    let level: AdesLevel = args.signature.level.unwrap_or(Level::BB).into();
    let input = Input::open_with(&args.file, args.signature.document_password_file.as_deref())?;
    let plan = Plan { certificate, chain, algorithm, level, args: &args.signature, now: now() };
    args.signature.require_fitting_options()?;
    let prepared = Prepared::new(&input, &plan)?;
    let dtbsr = prepared.dtbsr();

    let state = args.out.clone().unwrap_or_else(|| {
        let mut name = args.file.clone().into_os_string();
        name.push(".prepared");
        name.into()
    });
    let outputs = [
        (Some(&state), prepared.to_bytes()),
        (args.hash_out.as_ref(), dtbsr.as_bytes().to_vec()),
        (args.data_out.as_ref(), prepared.dtbs().to_vec()),
    ];
    for (path, content) in outputs {
        if let Some(path) = path {
            write(path, &content, args.force)?;
        }
    }
    let (hash, digest) = (hex(dtbsr.as_bytes()), dtbsr.algorithm().map_or("message", digest_name));
    if args.json {
        println!(
            "{}",
            json!({
                "version": 1, "prepared": state, "level": level_name(level), "hash": hash, "digest": digest,
                "digest_oid": dtbsr.algorithm().map(|digest| digest.oid().to_string()), "signature_algorithm_oid": algorithm.oid().to_string(),
                "padding": padding(algorithm), "document_digest": hex(prepared.document_digest()),
            })
        );
    } else {
        println!("{}", state.display());
        println!("{digest} {hash}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts a signature value into a prepared document.
///
/// # Errors
/// [`SignError`].
pub fn finish(args: &FinishArgs) -> Result<ExitCode, SignError> {
    let state = read_file(&args.prepared, LARGEST_STATE)?;
    let prepared =
        Prepared::from_bytes(&state).map_err(|reason| SignError::Prepared { path: args.prepared.clone(), reason })?;
    let stamped = prepared.level() > AdesLevel::B;
    if stamped == args.tsa.tsa.is_empty() {
        return Err(SignError::Usage(if stamped {
            "the document was prepared for a time-stamp; name an authority with --tsa URL".into()
        } else {
            "the document was prepared without a time-stamp; leave --tsa out, or prepare it with --level b-t".into()
        }));
    }
    let value = SignatureValue::from(raw(read_file(&args.value, LONGEST_VALUE)?));
    let mut jobs = places::jobs(std::slice::from_ref(&args.document), &args.output, prepared.naming())?;
    args.output.make_folder()?;
    let timestamps = Timestamps::from_options(&args.tsa)?;
    let evidences = if prepared.level() > AdesLevel::T { Some(Evidences::from_options(&args.evidence)?) } else { None };
    let services = Services { timestamps: timestamps.as_ref(), evidences: evidences.as_ref() };
    let input = Input::open_with(&args.document, args.document_password_file.as_deref())?;
    let mut telling = Telling::new(&args.telling, 1);
    if let Some(job) = jobs.pop() {
        let started = Instant::now();
        let result = prepared.complete(&job, &input, None, &value, services);
        telling.end(Outcome { job, result, took: started.elapsed() });
    }
    Ok(ExitCode::from(telling.finish()))
}

fn padding(algorithm: SignatureAlgorithm) -> Option<&'static str> {
    use SignatureAlgorithm as A;
    match algorithm {
        A::RsaPkcs1Sha256 | A::RsaPkcs1Sha384 | A::RsaPkcs1Sha512 => Some("pkcs1"),
        A::RsaPssSha256 | A::RsaPssSha384 | A::RsaPssSha512 => Some("pss"),
        _ => None,
    }
}

/// Reads a file that must not be larger than `largest` bytes.
pub fn read_file(path: &Path, largest: u64) -> Result<Vec<u8>, SignError> {
    let read = || {
        if std::fs::metadata(path)?.len() > largest {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "larger than it can be"));
        }
        std::fs::read(path)
    };
    read().map_err(|source| SignError::Open { path: path.to_owned(), source })
}

/// The value itself where it came in base64. No raw value is text: the chance that one looks like it is nil.
fn raw(bytes: Vec<u8>) -> Vec<u8> {
    let text: Option<String> =
        std::str::from_utf8(&bytes).ok().map(|text| text.split_ascii_whitespace().collect::<String>());
    text.and_then(|text| Base64::decode_vec(&text).ok()).unwrap_or(bytes)
}

fn write(path: &Path, content: &[u8], replace: bool) -> Result<(), SignError> {
    let output = Unfinished::create(path)?;
    output.file().write_all(content).map_err(|source| SignError::Output { path: path.to_owned(), source })?;
    output.deliver(replace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_base64_is_told_from_a_raw_one() {
        assert_eq!(raw(b"MAYCAQEC\nAQE=\n".to_vec()), [0x30, 6, 2, 1, 1, 2, 1, 1]);
        assert_eq!(raw(vec![0x30, 6, 2, 1, 1, 2, 1, 1]), [0x30, 6, 2, 1, 1, 2, 1, 1]);
    }
}
