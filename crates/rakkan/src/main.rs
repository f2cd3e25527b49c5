//! The one binary. `rakkan demo` shows everything; `rakkan serve` and `rakkan sam` are the production form.

mod bench;
mod cli;
mod config;
mod confinement;
mod demo;
mod doctor;
mod exit;
mod inspect;
mod key;
mod language;
mod log;
mod moment;
mod policy;
mod sam;
mod serve;
mod service;
mod sign;
mod worker;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::cli::{BenchVerb, Cli, ConfigVerb, FileKind, Verb};
use crate::config::sam::SamFile;
use crate::config::serve::ServeFile;
use crate::config::{ConfigError, template};
use crate::exit::{CONFIG, FAILED, USAGE};
use crate::sign::SignError;

fn main() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // --help and --version come here, too.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    // Before any thread: the worker's sandbox covers the calling thread only.
    if matches!(cli.verb, Verb::Worker) {
        return worker::run();
    }
    set_up_logging(&cli.verb);
    match run(cli, started) {
        Ok(code) => code,
        Err(error) => {
            // The chain once, here; each part says what the one above did not.
            eprintln!("rakkan: {error:#}");
            let wrong_file = error.chain().any(|cause| cause.is::<ConfigError>());
            let status = error.chain().find_map(|cause| cause.downcast_ref::<SignError>()).map(SignError::exit);
            ExitCode::from(if wrong_file { CONFIG } else { status.unwrap_or(FAILED) })
        }
    }
}

/// Not for what signs and leaves: it has nothing to log, and setting up takes longer than a signature.
fn set_up_logging(verb: &Verb) {
    let quick = matches!(verb, Verb::Sign(_) | Verb::Prepare(_) | Verb::Finish(_) | Verb::Inspect(_) | Verb::Policy(_));
    if quick && std::env::var_os("RAKKAN_LOG").is_none() {
        return;
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("RAKKAN_LOG").unwrap_or_else(|_| "warn".into()))
        .init();
}

fn run(cli: Cli, started: Instant) -> anyhow::Result<ExitCode> {
    let done = |good: bool| if good { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    match cli.verb {
        Verb::Sign(args) => Ok(sign::run(&args)?),
        Verb::Prepare(args) => Ok(sign::prepare(&args)?),
        Verb::Finish(args) => Ok(sign::finish(&args)?),
        Verb::Extend(args) => Ok(sign::extend(&args)?),
        Verb::Timestamp(args) => Ok(sign::timestamp(&args)?),
        Verb::Policy(verb) => Ok(policy::run(&verb)),
        Verb::Inspect(args) => Ok(inspect::run(&args)?),
        Verb::Demo(args) => runtime()?.block_on(demo::run(&args, started)).map(done),
        Verb::Serve(args) => runtime()?.block_on(serve::run(&args)).map(|()| ExitCode::SUCCESS),
        Verb::Sam(args) => sam::run(&args).map(|()| ExitCode::SUCCESS),
        Verb::Log(args) => log::run(args),
        Verb::Config(verb) => configuration(&verb),
        Verb::Doctor(args) => runtime()?.block_on(doctor::run(&args)).map(done),
        Verb::Bench(BenchVerb::Activate(args)) => bench::activate(&args).map(|()| ExitCode::SUCCESS),
        Verb::Bench(BenchVerb::Sign(args)) => bench::sign::run(&args).map(|()| ExitCode::SUCCESS),
        Verb::Worker => Ok(worker::run()),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn configuration(verb: &ConfigVerb) -> anyhow::Result<ExitCode> {
    match verb {
        ConfigVerb::Init { kind: FileKind::Serve } => print!("{}", template::SERVE),
        ConfigVerb::Init { kind: FileKind::Sam } => print!("{}", template::SAM),
        ConfigVerb::Check { kind: FileKind::Serve, file } => {
            ServeFile::load(file)?;
            println!("{}: good; `rakkan doctor` checks what it names", file.display());
        }
        ConfigVerb::Check { kind: FileKind::Sam, file } => {
            let forbidden = |problems| ConfigError::Forbidden { path: file.clone(), problems };
            SamFile::load(file)?.module_config().map_err(forbidden)?;
            println!("{}: good; `rakkan doctor` checks what it names", file.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
