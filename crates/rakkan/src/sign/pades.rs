//! PAdES from files to files: prepare, then finish with a value that some key made; checked by another code path before it appears.

use std::fs::File;
use std::path::Path;

use ades::AdesLevel;
use ades::crypto::{AwsLc, SignatureAlgorithm};
use ades::pades::{
    EmbedError, FieldChoice, PreparedPdf, SignatureParameters, SignatureValue, timestamp_imprint, verify_signatures,
};
use ades::pdf::{FileSource, Limits};
use ades::x509::Certificate;

use super::args::SignatureArgs;
use super::error::SignError;
use super::output::Unfinished;
use super::places::Job;
use super::timestamps::Timestamps;

/// With whose certificate, how, and when.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// The signing certificate.
    pub certificate: &'a Certificate,
    /// Those above it.
    pub chain: &'a [Certificate],
    /// The algorithm of the key.
    pub algorithm: SignatureAlgorithm,
    /// The level.
    pub level: AdesLevel,
    /// What the user says about the signature.
    pub args: &'a SignatureArgs,
    /// The claimed time.
    pub now: u64,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Length of the signed file.
    pub len: u64,
    /// The signature field.
    pub field: String,
    /// The level.
    pub level: AdesLevel,
    /// The algorithm.
    pub algorithm: SignatureAlgorithm,
    /// The signer's certificate.
    pub certificate: Certificate,
    /// SHA-256 of the document before signing.
    pub document_sha256: [u8; 32],
    /// Time and authority of the time-stamp, and the authorities that failed before.
    pub timestamp: Option<Stamp>,
}

/// A time-stamp that was got.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// What it says.
    pub time: u64,
    /// The name in the authority's certificate.
    pub authority: String,
    /// Where it came from.
    pub url: String,
    /// Authorities that failed before, with their reasons.
    pub failed: Vec<String>,
}

/// Opens a file to read from.
///
/// # Errors
/// [`SignError::Open`], [`SignError::NotAFile`].
pub fn open(path: &Path) -> Result<FileSource, SignError> {
    let failed = |source| SignError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    if !file.metadata().map_err(failed)?.is_file() {
        return Err(SignError::NotAFile(path.to_owned()));
    }
    FileSource::new(file).map_err(failed)
}

/// Prepares a document.
///
/// # Errors
/// If the document, or the certificate, does not allow it.
pub fn prepare(document: &FileSource, plan: &Plan<'_>) -> Result<PreparedPdf, SignError> {
    let args = plan.args;
    let mut parameters = SignatureParameters::new(plan.certificate.clone(), plan.algorithm, plan.level, plan.now)
        .with_chain(plan.chain.to_vec());
    if let Some(name) = &args.field {
        parameters = parameters.in_field(field(document, name)?);
    }
    if let Some(text) = &args.reason {
        parameters = parameters.with_reason(text);
    }
    if let Some(text) = &args.location {
        parameters = parameters.with_location(text);
    }
    if let Some(text) = &args.name {
        parameters = parameters.with_signer_name(text);
    }
    if let Some(text) = &args.contact {
        parameters = parameters.with_contact(text);
    }
    Ok(ades::pades::prepare(document, &parameters)?)
}

/// A signature field of that name if the document has one, else a new one.
fn field(document: &FileSource, name: &str) -> Result<FieldChoice, SignError> {
    let facts = ades::pdf::inspect(document, &Limits::default())?;
    let has = |fields: &[String]| fields.iter().any(|field| field == name);
    Ok(if has(&facts.empty_fields) || has(&facts.signed_fields) {
        FieldChoice::Existing(name.to_owned())
    } else {
        FieldChoice::NewNamed(name.to_owned())
    })
}

/// Puts the value in, gets the time-stamp that the level wants, checks the file and lets it appear.
///
/// # Errors
/// [`SignError`]; nothing has appeared then.
pub fn finish(
    job: &Job,
    document: &FileSource,
    prepared: &PreparedPdf,
    value: &SignatureValue,
    timestamps: Option<&Timestamps>,
) -> Result<Signed, SignError> {
    let issued = match (prepared.level(), timestamps) {
        (AdesLevel::B, _) => None,
        (_, Some(timestamps)) => Some(timestamps.token(&timestamp_imprint(value))?),
        (_, None) => return Err(SignError::Embed(EmbedError::TimestampMissing)),
    };
    let output = Unfinished::create(&job.output)?;
    let token = issued.as_ref().map(|issued| &issued.token);
    prepared.embed(document, value, token, &AwsLc, &mut output.file()).map_err(|error| match error {
        EmbedError::Write(source) => SignError::Output { path: job.output.clone(), source },
        other => SignError::Embed(other),
    })?;
    let field = self_check(output.file(), value, prepared.level())?;
    output.deliver(job.replace)?;
    let certificate = prepared.certificates().first().ok_or(SignError::Embed(EmbedError::DamagedState))?;
    Ok(Signed {
        len: prepared.signed_len(),
        field,
        level: prepared.level(),
        algorithm: prepared.algorithm(),
        certificate: certificate.clone(),
        document_sha256: *prepared.document_digest(),
        timestamp: issued.map(|issued| Stamp {
            time: issued.token.info().time,
            authority: authority(&issued.token).unwrap_or_else(|| issued.authority.clone()),
            url: issued.authority,
            failed: issued.failed.iter().map(ToString::to_string).collect(),
        }),
    })
}

fn authority(token: &ades::tsp::TimestampToken) -> Option<String> {
    token.verify(&[], &AwsLc).ok().map(|certificate| crate::key::subject_of(&certificate))
}

/// Reads the file as a stranger would: exactly one signature with this value, intact, over the whole file, with a time-stamp if the level
/// has one. The answer is the name of its field.
fn self_check(file: &File, value: &SignatureValue, level: AdesLevel) -> Result<String, SignError> {
    let failed = |why: &str| SignError::SelfCheck(why.to_owned());
    let source = file.try_clone().and_then(FileSource::new).map_err(SignError::System)?;
    let checks = verify_signatures(&source, &AwsLc).map_err(|error| failed(&error.to_string()))?;
    let mut ours = checks.iter().filter(|check| check.signature_value == value.as_bytes());
    let (Some(check), None) = (ours.next(), ours.next()) else {
        return Err(failed("the signature is not found once"));
    };
    if let Some(problem) = &check.problem {
        return Err(failed(&problem.to_string()));
    }
    let stamped = check.timestamp.as_ref().is_some_and(|stamp| stamp.result.is_ok());
    if !check.is_intact() || !check.covers_whole_file || stamped != (level > AdesLevel::B) {
        return Err(failed("it is not intact, or does not cover the file"));
    }
    Ok(check.field.clone())
}
