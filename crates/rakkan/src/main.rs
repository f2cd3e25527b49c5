//! The one binary. `rakkan demo` shows everything; `rakkan serve` and `rakkan sam` are the production form.

mod bench;
mod cli;
mod config;
mod confinement;
mod demo;
mod doctor;
mod log;
mod sam;
mod serve;
mod service;
mod worker;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::cli::{BenchVerb, CONFIG, Cli, ConfigVerb, FAILED, FileKind, Verb};
use crate::config::sam::SamFile;
use crate::config::serve::ServeFile;
use crate::config::{ConfigError, template};

fn main() -> ExitCode {
    let started = Instant::now();
    let cli = Cli::parse();
    // Before any thread: the worker's sandbox covers the calling thread only.
    if matches!(cli.verb, Verb::Worker) {
        return worker::run();
    }
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("RAKKAN_LOG").unwrap_or_else(|_| "warn".into()))
        .init();
    match run(cli, started) {
        Ok(code) => code,
        Err(error) => {
            // The chain once, here; each part says what the one above did not.
            eprintln!("rakkan: {error:#}");
            let wrong_file = error.chain().any(|cause| cause.is::<ConfigError>());
            ExitCode::from(if wrong_file { CONFIG } else { FAILED })
        }
    }
}

fn run(cli: Cli, started: Instant) -> anyhow::Result<ExitCode> {
    let done = |good: bool| if good { ExitCode::SUCCESS } else { ExitCode::from(FAILED) };
    match cli.verb {
        Verb::Demo(args) => runtime()?.block_on(demo::run(&args, started)).map(done),
        Verb::Serve(args) => runtime()?.block_on(serve::run(&args)).map(|()| ExitCode::SUCCESS),
        Verb::Sam(args) => sam::run(&args).map(|()| ExitCode::SUCCESS),
        Verb::Log(args) => log::run(args),
        Verb::Config(verb) => configuration(&verb),
        Verb::Doctor(args) => runtime()?.block_on(doctor::run(&args)).map(done),
        Verb::Bench(BenchVerb::Activate(args)) => bench::activate(&args).map(|()| ExitCode::SUCCESS),
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
