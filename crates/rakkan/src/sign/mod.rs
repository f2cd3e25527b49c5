//! `rakkan sign`: signs files with a key on this machine, or with one at a remote service. One line per file; nothing half-written, nothing overwritten unasked.
//!
//! Without a network option neither an async runtime nor logging is set up: a small file is signed in a few milliseconds.

mod args;
mod attributes;
mod augment;
mod csc;
mod draft;
mod error;
mod evidence;
mod extend;
mod output;
mod pades;
mod places;
mod report;
mod timestamp;
mod timestamps;
mod two_step;
mod visible;
mod work;

use std::process::ExitCode;
use std::time::Instant;

use ades::AdesLevel;
use ades::pades::SignatureValue;

use self::draft::Draft;
use self::evidence::Evidences;
use self::pades::Plan;
use self::places::Job;
use self::report::{Done, Outcome, Telling};
use self::timestamps::Timestamps;
use self::work::{Prepared, Services, begins_with_copy};
use crate::key::LocalKey;
use crate::moment::now;

pub use self::args::{Level, SignArgs, level_name};
pub use self::csc::REDIRECT_URI;
pub use self::draft::Input;
pub use self::error::SignError;
pub use self::extend::{ExtendArgs, Raising, extend};
pub use self::timestamp::{TimestampArgs, timestamp};
pub use self::two_step::{FinishArgs, PrepareArgs, finish, prepare, read_file};

/// Signs the files.
///
/// # Errors
/// [`SignError`] if nothing could be begun; what concerns one file is told with that file.
pub fn run(args: &SignArgs) -> Result<ExitCode, SignError> {
    let level = args.signature.level(&args.tsa)?;
    args.signature.require_fitting_options()?;
    args.signature.attributes.read()?;
    // Told once, and before any file is touched.
    args.signature.visible.read()?;
    let jobs = places::jobs(&args.files, &args.output, args.signature.naming())?;
    args.output.make_folder()?;
    let timestamps = Timestamps::from_options(&args.tsa)?;
    let evidences = if level > AdesLevel::T { Some(Evidences::from_options(&args.evidence)?) } else { None };
    let services = Services { timestamps: timestamps.as_ref(), evidences: evidences.as_ref() };
    let mut telling = Telling::new(&args.telling, jobs.len());
    if let Some(service) = &args.csc.csc {
        let how = (&args.signature, level);
        csc::sign_all(service, &args.csc, how, jobs, services, &mut telling)?;
        return Ok(ExitCode::from(telling.finish()));
    }
    let key = LocalKey::open(&args.key.choice())?;
    key.require_valid(now())?;
    for job in jobs {
        telling.begin(&job);
        let started = Instant::now();
        let plan = Plan {
            certificate: &key.certificate,
            chain: &key.chain,
            algorithm: key.algorithm,
            level,
            args: &args.signature,
            now: now(),
        };
        let result = sign(&job, &key, &plan, services);
        telling.end(Outcome { job, result, took: started.elapsed() });
    }
    Ok(ExitCode::from(telling.finish()))
}

fn sign(job: &Job, key: &LocalKey, plan: &Plan<'_>, services: Services<'_>) -> Result<(Done, u64), SignError> {
    let input = Input::open_with(&job.input, plan.args.document_password_file.as_deref())?;
    // Copied while it is read for the first time.
    let draft = if begins_with_copy(plan.args) { Some(Draft::begin(job, &input)?) } else { None };
    let prepared = Prepared::new(&input, plan)?;
    let value = SignatureValue::from(key.sign(prepared.dtbs())?);
    prepared.complete(job, &input, draft, &value, services)
}
