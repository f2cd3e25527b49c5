//! `rakkan extend`: raises the signatures in files, our own and other people's, without touching them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use ades::AdesLevel;
use clap::Args;

use super::args::{Level, TellingArgs};
use super::augment::{self, Which};
use super::draft::{Draft, Input};
use super::error::SignError;
use super::evidence::{EvidenceArgs, Evidences};
use super::places::{self, Job, Naming, OutputArgs};
use super::report::{Done, Outcome, Telling};
use super::timestamps::{Timestamps, TsaArgs};

const EXAMPLES: &str = "Examples:
  rakkan extend contract-signed.pdf --to b-lta --tsa http://tsa.example/ --trust root.pem
  rakkan extend *.pdf --to b-lt --tsa http://tsa.example/ --trust roots.pem --out-dir long-term/

Extending a file that is at b-lta renews it: evidence for the last time-stamp, and a new one over everything.";

/// `rakkan extend`.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub struct ExtendArgs {
    /// Signed PDFs
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Level to reach
    #[arg(long, value_enum)]
    pub to: Level,
    /// Only the signature in this field [default: all that are intact]
    #[arg(long, value_name = "NAME")]
    pub field: Option<String>,
    /// File whose first line is the password of encrypted PDFs
    #[arg(long, value_name = "FILE")]
    pub document_password_file: Option<PathBuf>,
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

/// Raises the signatures in the files.
///
/// # Errors
/// [`SignError`] if nothing could be begun; what concerns one file is told with that file.
pub fn extend(args: &ExtendArgs) -> Result<ExitCode, SignError> {
    let level = AdesLevel::from(args.to);
    if level == AdesLevel::B {
        return Err(SignError::Usage("every signature is at b-b; name a higher level".into()));
    }
    let timestamps = Timestamps::from_options(&args.tsa)?
        .ok_or_else(|| SignError::Usage("name a time-stamp authority with --tsa URL".into()))?;
    let evidences = if level >= AdesLevel::Lt { Some(Evidences::from_options(&args.evidence)?) } else { None };
    let jobs = places::jobs(&args.files, &args.output, Naming::Suffix("extended"))?;
    args.output.make_folder()?;
    let mut telling = Telling::new(&args.telling, jobs.len());
    for job in jobs {
        telling.begin(&job);
        let started = Instant::now();
        let result = one(&job, args, &timestamps, evidences.as_ref());
        telling.end(Outcome { job, result, took: started.elapsed() });
    }
    Ok(ExitCode::from(telling.finish()))
}

fn one(
    job: &Job,
    args: &ExtendArgs,
    timestamps: &Timestamps,
    evidences: Option<&Evidences>,
) -> Result<(Done, u64), SignError> {
    let (level, field) = (AdesLevel::from(args.to), args.field.as_deref());
    let input = Input::open_with(&job.input, args.document_password_file.as_deref())?;
    let found = augment::look(input.source(), input.options())?;
    let signatures: Vec<_> =
        found.signatures.iter().filter(|signature| field.is_none_or(|name| signature.check.field == name)).collect();
    if signatures.is_empty() {
        return Err(SignError::NothingToExtend(match field {
            None => "the document has no signature; sign it first".into(),
            Some(name) => format!("the document has no signature in a field named \"{name}\""),
        }));
    }
    if let Some(broken) = signatures.iter().find(|signature| !signature.check.is_intact()) {
        let reason = broken.check.problem.as_ref().map_or_else(|| "not intact".to_owned(), ToString::to_string);
        return Err(SignError::NothingToExtend(format!(
            "the signature in \"{}\" is broken ({reason}); extending it would only preserve that",
            broken.check.field
        )));
    }
    if level == AdesLevel::T && signatures.iter().all(|signature| signature.level != Some(AdesLevel::B)) {
        return Err(SignError::NothingToExtend("every signature has a time-stamp already".into()));
    }
    let mut draft = Draft::begin(job, &input)?;
    let which = field.map_or(Which::All, Which::Field);
    let added = augment::raise(&mut draft, level, which, timestamps, evidences)?;
    Ok((Done::Extended(level, added), draft.deliver()?))
}

/// Raising one file for somebody who has no command line.
pub struct Raising<'a> {
    /// The file.
    pub input: &'a Path,
    /// Where the raised file goes.
    pub output: &'a Path,
    /// Addresses of time-stamp authorities.
    pub tsa: Vec<String>,
    /// Root certificate of everybody.
    pub root: &'a Path,
}

impl Raising<'_> {
    /// Raises all signatures in the file to `level`. Authorities and evidence may be on this machine.
    ///
    /// # Errors
    /// [`SignError`]; nothing has appeared then.
    pub fn run(&self, level: AdesLevel) -> Result<(), SignError> {
        let root = vec![self.root.to_owned()];
        let tsa = TsaArgs { tsa: self.tsa.clone(), tsa_root: root.clone(), tsa_timeout: 10 };
        let timestamps = Timestamps::from_options(&tsa)?
            .ok_or_else(|| SignError::Usage("there is no time-stamp authority".into()))?;
        let allow_host = vec!["localhost".into(), "127.0.0.1".into()];
        let evidences = Evidences::from_options(&EvidenceArgs { trust: root, allow_host, ..EvidenceArgs::default() })?;
        let job = Job { input: self.input.to_owned(), output: self.output.to_owned(), replace: true };
        let mut draft = Draft::begin(&job, &Input::open(self.input)?)?;
        augment::raise(&mut draft, level, Which::All, &timestamps, Some(&evidences))?;
        draft.deliver().map(drop)
    }
}
