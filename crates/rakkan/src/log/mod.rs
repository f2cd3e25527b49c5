//! `rakkan log`: checks a signing log and receipts with nothing but files and the log's public key; makes proofs from them.
//! C2SP tlog-tiles, tlog-checkpoint, tlog-proof.
//!
//! Needs neither the service nor its keys, so whoever holds a copy of the public folder can run it.

mod folder;
pub mod key;
mod prove;
mod receipt;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::hex;
use crate::moment::utc;
use folder::Folder;
use key::{KeyError, LogKey};

/// `rakkan log ...`.
#[derive(Args)]
pub struct LogArgs {
    #[command(subcommand)]
    verb: LogVerb,
}

#[derive(Subcommand)]
enum LogVerb {
    /// Read a whole log and check that entries, tiles and signed checkpoint fit together
    Verify(VerifyArgs),
    /// Print a proof that an entry is in the log, or that the log extends an earlier one
    Prove(ProveArgs),
    /// Check receipts
    #[command(subcommand)]
    Receipt(ReceiptVerb),
}

#[derive(Args)]
struct VerifyArgs {
    /// Folder of the log (with `checkpoint` and `tile/`), or the folder around its `log/`
    dir: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    /// An earlier checkpoint or receipt of this log, which the log must extend
    #[arg(long, value_name = "FILE")]
    extends: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct ProveArgs {
    /// Folder of the log (with `checkpoint` and `tile/`), or the folder around its `log/`
    dir: PathBuf,
    /// The entry, counted from 0: prints a .tlog-proof without opening
    #[arg(required_unless_present = "since", conflicts_with = "since")]
    index: Option<u64>,
    /// Size of an earlier checkpoint: prints a consistency proof in the form that C2SP witnesses take
    #[arg(long, value_name = "SIZE")]
    since: Option<u64>,
}

#[derive(Subcommand)]
enum ReceiptVerb {
    /// Check that a receipt is of an entry in the log, and say what was logged
    Verify(ReceiptArgs),
}

#[derive(Args)]
struct ReceiptArgs {
    /// The receipt (.tlog-proof)
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    /// The signed PDF that the receipt should belong to
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct KeyArgs {
    /// Public key of the log, as the service publishes it: <name>+<id>+<base64> [default: the file log.vkey beside what is checked]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// File with that key
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    key_file: Option<PathBuf>,
}

/// Whether entries, tiles and checkpoint of the log in `dir` (or its folder `log`) fit together. Who signed the checkpoint is looked at
/// only if the key lies beside it.
///
/// # Errors
/// If there is no log, or it cannot be read.
pub fn fits_together(dir: &std::path::Path) -> anyhow::Result<bool> {
    let folder = Folder::open(dir)?;
    let key = LogKey::beside(&folder.key_places())?;
    let check = verify::check_log(&folder, key.as_ref(), None)?;
    Ok(check.problem_count == 0 && !matches!(check.signature, verify::SignatureCheck::Invalid(..)))
}

/// Runs the verb and prints what it found; status 0 only if everything holds.
///
/// # Errors
/// If there is nothing to check: a file is missing, or is no log, receipt or key.
pub fn run(args: LogArgs) -> anyhow::Result<ExitCode> {
    let holds = match args.verb {
        LogVerb::Verify(args) => {
            let folder = Folder::open(&args.dir)?;
            let key = args.key.find(&folder.key_places())?;
            let earlier = args.extends.as_deref().map(verify::read_earlier).transpose()?;
            let check = verify::check_log(&folder, key.as_ref(), earlier.as_ref())?;
            print(args.json, &check, &check.to_json());
            check.holds()
        }
        LogVerb::Prove(ProveArgs { dir, index, since }) => {
            let folder = Folder::open(&dir)?;
            let text = match (index, since) {
                (Some(index), _) => prove::inclusion_proof(&folder, index)?.to_string(),
                (None, since) => prove::consistency_request(&folder, since.unwrap_or_default())?,
            };
            print!("{text}");
            true
        }
        LogVerb::Receipt(ReceiptVerb::Verify(args)) => {
            // The file first: without it nobody needs to look for a key.
            std::fs::File::open(&args.file).with_context(|| format!("{} cannot be read", args.file.display()))?;
            let key = args.key.find(&key::places_beside(&args.file))?.ok_or(KeyError::NoKey)?;
            let check = receipt::check_receipt(&args.file, &key, args.pdf.as_deref())?;
            print(args.json, &check, &check.to_json());
            check.holds()
        }
    };
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(json: bool, text: &dyn std::fmt::Display, value: &serde_json::Value) {
    if json { println!("{value:#}") } else { print!("{text}") }
}

impl KeyArgs {
    fn find(&self, places: &[PathBuf]) -> Result<Option<LogKey>, KeyError> {
        match (&self.key, &self.key_file) {
            (Some(text), _) => LogKey::given(text).map(Some),
            (None, Some(file)) => LogKey::in_file(file).map(Some),
            (None, None) => LogKey::beside(places),
        }
    }
}

#[cfg(test)]
mod tests;
