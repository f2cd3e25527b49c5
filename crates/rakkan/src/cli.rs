//! The command line: verbs and options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::exit;

/// Remote signing and sealing: the signer approves document hashes with a passkey, an isolated module lets the key be used.
#[derive(Parser)]
#[command(name = "rakkan", version, disable_help_subcommand = true, before_help = EXAMPLES, after_help = exit::HELP)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const EXAMPLES: &str = "Examples:
  rakkan sign contract.pdf --key hanako.p12
  rakkan demo                          sign the sample contract from afar, then keep the portal up
  rakkan demo --pdf contract.pdf --exit
  rakkan log receipt verify receipt.tlog-proof
  rakkan config init serve > rakkan.toml";

/// The verbs.
#[derive(Subcommand)]
pub enum Verb {
    /// Sign files with a key on this machine
    Sign(Box<crate::sign::SignArgs>),
    /// Prepare a PDF for a key that is elsewhere; prints the digest to be signed
    Prepare(Box<crate::sign::PrepareArgs>),
    /// Put the signature value of such a key into the PDF
    Finish(Box<crate::sign::FinishArgs>),
    /// Raise the signatures in PDFs to a higher level, or renew them
    Extend(Box<crate::sign::ExtendArgs>),
    /// Put a document time-stamp on PDFs, without a signature
    Timestamp(Box<crate::sign::TimestampArgs>),
    /// Show the signatures in a file and what they cover
    Inspect(crate::inspect::InspectArgs),
    /// Sign a PDF from afar on this machine, end to end, then keep the portal up
    Demo(DemoArgs),
    /// Run the service: CSC API, OAuth, portal and signing page
    Serve(ConfigArg),
    /// Run the signature activation module
    Sam(SamArgs),
    /// Read and check the signing log and receipts
    Log(crate::log::LogArgs),
    /// Show which algorithms may sign, and until when
    #[command(subcommand)]
    Policy(crate::policy::PolicyVerb),
    /// Print, or check, configuration files
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Check a running or planned installation and say what to do
    Doctor(DoctorArgs),
    /// Measure on this machine
    #[command(subcommand)]
    Bench(BenchVerb),
    /// Draw the pages of one PDF from standard input (started by the service, never by hand)
    #[command(hide = true)]
    Worker,
}

/// `rakkan demo`.
#[derive(Args)]
pub struct DemoArgs {
    /// Folder for everything the demo writes [default: a new folder under the temporary one]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Port of the portal; the signing page and the demo authorities take the next two; 0 takes any free ones
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub port: u16,
    /// The PDF to sign [default: a built-in two-page contract]
    #[arg(long, value_name = "FILE")]
    pub pdf: Option<PathBuf>,
    /// Level of the signature
    #[arg(long, value_enum, default_value = "b-t")]
    pub level: crate::sign::Level,
    /// Language of the table and of pages when the browser names none
    #[arg(long, value_parser = ["ja", "en"])]
    pub lang: Option<String>,
    /// End after the table instead of keeping the portal up
    #[arg(long)]
    pub exit: bool,
    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,
}

/// `--config FILE`.
#[derive(Args)]
pub struct ConfigArg {
    /// Configuration file
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
}

/// `rakkan sam`.
#[derive(Args)]
pub struct SamArgs {
    /// Configuration file
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Serve the one connection that is standard input, instead of listening (how a parent process starts the SAM)
    #[arg(long, hide = true)]
    pub stdin_socket: bool,
}

/// `rakkan config ...`.
#[derive(Subcommand)]
pub enum ConfigVerb {
    /// Print a commented configuration file
    Init {
        /// Which file
        #[arg(value_enum)]
        kind: FileKind,
    },
    /// Read a configuration file and tell every problem at once
    Check {
        /// Which file
        #[arg(value_enum)]
        kind: FileKind,
        /// The file
        file: PathBuf,
    },
}

/// The two configuration files.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum FileKind {
    /// Of `rakkan serve`
    Serve,
    /// Of `rakkan sam`
    Sam,
}

/// `rakkan doctor`.
#[derive(Args)]
#[command(group = clap::ArgGroup::new("files").args(["config", "sam_config"]).required(true).multiple(true))]
pub struct DoctorArgs {
    /// Configuration file of `rakkan serve`
    #[arg(short, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Configuration file of `rakkan sam`
    #[arg(long, value_name = "FILE")]
    pub sam_config: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `rakkan bench ...`.
#[derive(Subcommand)]
pub enum BenchVerb {
    /// Raw signing, the SAM's path and signHash over HTTP, for P-256 and RSA-2048, with 1 and 32 clients
    Activate(BenchArgs),
    /// PAdES in memory beside its limit and other programs, the program from start to end, and a large file
    Sign(BenchSignArgs),
}

/// `rakkan bench sign`.
#[derive(Args)]
pub struct BenchSignArgs {
    /// Signatures in each round
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub operations: usize,
    /// Runs of the program from start to end
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub runs: usize,
    /// Bytes of the large file; 0 leaves it out
    #[arg(long, value_name = "BYTES", default_value_t = 1_000_000_000)]
    pub large: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `rakkan bench activate`.
#[derive(Args)]
pub struct BenchArgs {
    /// Operations in each cell of the table
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub operations: usize,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
