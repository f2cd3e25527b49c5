//! `rakkan sign --csc`: the key is at a remote signing service; the signer approves all files at once in the browser. CSC API 2.0.0.2.

mod error;
mod receiver;
mod session;
mod tokens;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ades::AdesLevel;
use clap::Args;

pub use self::error::CscError;
use self::session::{RemoteCredential, Session};
use super::args::SignatureArgs;
use super::draft::Input;
use super::error::SignError;
use super::pades::Plan;
use super::places::Job;
use super::report::{Outcome, Telling};
use super::work::{Prepared, Services};
use crate::key::require_valid;
use crate::moment::now;

/// Where the browser is sent back to, if nothing else is said. The service must know it as a redirect address of the client.
pub const REDIRECT_URI: &str = "http://127.0.0.1:52077/rakkan";

/// A remote signing service.
#[derive(Args, Debug, Clone)]
#[command(next_help_heading = "Remote signing service")]
pub struct CscArgs {
    /// Sign with a key at this service (CSC API v2); the approval is given in the browser
    #[arg(long, value_name = "URL", conflicts_with_all = ["key", "cert", "password_file", "password_fd"])]
    pub csc: Option<String>,
    /// Client name that the service knows this program by
    #[arg(long, value_name = "ID", default_value = "rakkan-cli", requires = "csc")]
    pub csc_client: String,
    /// File with the client's secret
    #[arg(long, value_name = "FILE", requires = "csc")]
    pub csc_secret_file: Option<PathBuf>,
    /// Address on this machine where the browser is sent back to, as the service has it registered
    #[arg(long, value_name = "URL", default_value = REDIRECT_URI, requires = "csc")]
    pub csc_redirect: String,
    /// Which credential of the signer [default: the first that can sign]
    #[arg(long, value_name = "ID", requires = "csc")]
    pub csc_credential: Option<String>,
    /// Minutes to wait for the approval
    #[arg(long, value_name = "MINUTES", default_value_t = 10, requires = "csc")]
    pub wait: u64,
}

impl CscArgs {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.wait.clamp(1, 24 * 60) * 60)
    }
}

/// A file that waits for its signature value.
struct Waiting {
    job: Job,
    input: Input,
    prepared: Prepared,
    started: Instant,
}

/// Signs all files: prepares each, asks for one approval over as many as the service allows, and finishes each.
///
/// # Errors
/// If nothing could be begun; later failures are told with each file.
pub fn sign_all(
    service: &str,
    args: &CscArgs,
    (signature, level): (&SignatureArgs, AdesLevel),
    jobs: Vec<Job>,
    services: Services<'_>,
    telling: &mut Telling,
) -> Result<(), SignError> {
    let mut session = Session::connect(service, args)?;
    let credential = session.credential(args.csc_credential.as_deref())?;
    require_valid(&credential.certificate, now())?;
    let mut waiting = Vec::new();
    for job in jobs {
        let started = Instant::now();
        let plan = Plan {
            certificate: &credential.certificate,
            chain: &credential.chain,
            algorithm: credential.algorithm,
            level,
            args: signature,
            now: now(),
        };
        let prepared = Input::open_with(&job.input, signature.document_password_file.as_deref())
            .and_then(|input| Ok((Prepared::new(&input, &plan)?, input)));
        match prepared {
            Ok((prepared, input)) => waiting.push(Waiting { job, input, prepared, started }),
            Err(error) => telling.end(Outcome { job, result: Err(error), took: started.elapsed() }),
        }
    }
    while !waiting.is_empty() {
        let rest = waiting.split_off(waiting.len().min(credential.at_once));
        sign_batch(&mut session, &credential, std::mem::replace(&mut waiting, rest), services, telling);
    }
    Ok(())
}

/// One approval. If it is not given, every file of it is told so.
fn sign_batch(
    session: &mut Session,
    credential: &RemoteCredential,
    batch: Vec<Waiting>,
    services: Services<'_>,
    telling: &mut Telling,
) {
    let labelled: Vec<_> = batch
        .iter()
        .map(|one| {
            let label = one.job.input.file_name().unwrap_or_default().to_string_lossy();
            (one.prepared.dtbsr().as_bytes().to_vec(), label.chars().take(60).collect())
        })
        .collect();
    let values = session.sign(credential, &labelled).map_err(std::sync::Arc::new);
    match values {
        Ok(values) => {
            for (one, value) in batch.into_iter().zip(values) {
                telling.begin(&one.job);
                let result = one.prepared.complete(&one.job, &one.input, None, &value, services);
                telling.end(Outcome { job: one.job, result, took: one.started.elapsed() });
            }
        }
        Err(error) => {
            for one in batch {
                let result = Err(SignError::Csc(CscError::Batch(error.clone())));
                telling.end(Outcome { job: one.job, result, took: one.started.elapsed() });
            }
        }
    }
}
