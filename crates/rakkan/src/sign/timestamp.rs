//! `rakkan timestamp`: a document time-stamp alone, which proves when a PDF existed and protects what is in it. ISO 32000-2 12.8.5.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::pades::{DocumentTimestampParameters, EmbedError, prepare_document_timestamp};
use clap::Args;

use super::args::TellingArgs;
use super::draft::{Draft, Input};
use super::error::SignError;
use super::pades::Stamp;
use super::places::{self, Job, Naming, OutputArgs};
use super::report::{Done, Outcome, Telling};
use super::timestamps::{Timestamps, TsaArgs};

const EXAMPLES: &str = "Examples:
  rakkan timestamp contract.pdf --tsa http://tsa.example/
  rakkan timestamp *.pdf --tsa http://tsa.example/ --tsa http://other.example/ --out-dir stamped/";

/// `rakkan timestamp`.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub struct TimestampArgs {
    /// PDFs to time-stamp
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// File whose first line is the password of encrypted PDFs
    #[arg(long, value_name = "FILE")]
    pub document_password_file: Option<PathBuf>,
    /// Time-stamp authorities.
    #[command(flatten)]
    pub tsa: TsaArgs,
    /// Where outputs go.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How it is told.
    #[command(flatten)]
    pub telling: TellingArgs,
}

/// Time-stamps the files.
///
/// # Errors
/// [`SignError`] if nothing could be begun; what concerns one file is told with that file.
pub fn timestamp(args: &TimestampArgs) -> Result<ExitCode, SignError> {
    let timestamps = Timestamps::from_options(&args.tsa)?
        .ok_or_else(|| SignError::Usage("name a time-stamp authority with --tsa URL".into()))?;
    let jobs = places::jobs(&args.files, &args.output, Naming::Suffix("timestamped"))?;
    args.output.make_folder()?;
    let mut telling = Telling::new(&args.telling, jobs.len());
    for job in jobs {
        telling.begin(&job);
        let started = Instant::now();
        let result = one(&job, args.document_password_file.as_deref(), &timestamps);
        telling.end(Outcome { job, result, took: started.elapsed() });
    }
    Ok(ExitCode::from(telling.finish()))
}

fn one(job: &Job, password_file: Option<&Path>, timestamps: &Timestamps) -> Result<(Done, u64), SignError> {
    let input = Input::open_with(&job.input, password_file)?;
    let mut draft = Draft::begin(job, &input)?;
    let stamp = append_document_timestamp(&mut draft, timestamps)?;
    Ok((Done::Timestamped(stamp), draft.deliver()?))
}

/// Appends a document time-stamp over everything that is in the draft.
///
/// # Errors
/// [`SignError`].
pub fn append_document_timestamp(draft: &mut Draft, timestamps: &Timestamps) -> Result<Stamp, SignError> {
    let document = draft.source()?;
    let mut parameters = DocumentTimestampParameters::new(DigestAlgorithm::Sha256);
    if let Some(password) = &draft.options().password {
        parameters = parameters.with_password(password.clone());
    }
    let prepared = prepare_document_timestamp(&document, &parameters)?;
    let imprint = prepared.imprint().ok_or(SignError::Embed(EmbedError::DamagedState))?;
    let issued = timestamps.token(&imprint)?;
    let update = prepared.update(&document, &issued.token, &AwsLc).map_err(SignError::Embed)?;
    draft.append(&update)?;
    Ok(Stamp::from(&issued))
}
