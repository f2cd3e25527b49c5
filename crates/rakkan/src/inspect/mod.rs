//! `rakkan inspect`: what is in a file, without a word about trust.

mod pdf;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use self::pdf::PdfView;
use crate::exit;
use crate::sign::{Input, SignError};

const EXAMPLES: &str = "Examples:
  rakkan inspect contract-signed.pdf
  rakkan inspect contract-signed.pdf --json

Status 1 if a signature is not intact. Whether a signature is to be trusted is not judged here.";

/// `rakkan inspect`.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub struct InspectArgs {
    /// The file
    pub file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Prints what is in the file.
///
/// # Errors
/// If it cannot be read.
pub fn run(args: &InspectArgs) -> Result<ExitCode, SignError> {
    let input = Input::open(&args.file)?;
    let view = PdfView::read(input.source())?;
    if args.json {
        println!("{:#}", json!({"version": 1, "file": args.file, "intact": view.intact(), "content": view.json()}));
    } else {
        print!("{}", view.tree(&args.file.display().to_string()));
    }
    Ok(if view.intact() { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) })
}
