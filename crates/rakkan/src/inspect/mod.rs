//! `rakkan inspect`: what is in a file, without a word about trust.

mod cms;
mod facts;
mod pdf;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use ades::pdf::Source;
use clap::Args;
use serde_json::json;

use self::cms::CmsView;
use self::pdf::PdfView;
use crate::exit;
use crate::sign::{Input, SignError};

const EXAMPLES: &str = "Examples:
  rakkan inspect contract-signed.pdf
  rakkan inspect contract-signed.pdf --json
  rakkan inspect drawing.dwg.p7s --content drawing.dwg

Status 1 if a signature is not intact. Whether a signature is to be trusted is not judged here.";

/// `rakkan inspect`.
#[derive(Args)]
#[command(before_help = EXAMPLES)]
pub struct InspectArgs {
    /// The file
    pub file: PathBuf,
    /// File whose first line is the password of an encrypted PDF
    #[arg(long, value_name = "FILE")]
    pub document_password_file: Option<PathBuf>,
    /// The signed file, if the signature is a detached one
    #[arg(long, value_name = "FILE")]
    pub content: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Prints what is in the file.
///
/// # Errors
/// If it cannot be read.
pub fn run(args: &InspectArgs) -> Result<ExitCode, SignError> {
    let input = Input::open_with(&args.file, args.document_password_file.as_deref())?;
    let name = args.file.display().to_string();
    let (intact, tree, content) = if is_cms(&input) {
        let content = args.content.as_deref().map(Input::open).transpose()?;
        let view = CmsView::read(&args.file, content.as_ref())?;
        (view.intact(), view.tree(&name), view.json())
    } else {
        let view = PdfView::read(&input)?;
        (view.intact(), view.tree(&name), view.json())
    };
    if args.json {
        println!("{:#}", json!({"version": 1, "file": args.file, "intact": intact, "content": content}));
    } else {
        print!("{tree}");
    }
    Ok(if intact { ExitCode::SUCCESS } else { ExitCode::from(exit::FAILED) })
}

/// Whether the file starts like DER or BER of a sequence, as a CMS does and a PDF does not.
fn is_cms(input: &Input) -> bool {
    let mut first = [0; 1];
    matches!(input.source().read_at(0, &mut first), Ok(1)) && first == [0x30]
}
