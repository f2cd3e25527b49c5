//! What became of the files: lines for people, one JSON object for programs.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use serde_json::{Value, json};

use super::args::{TellingArgs, level_name};
use super::error::SignError;
use super::pades::Signed;
use super::places::Job;
use crate::exit;
use crate::key::{digest_name, subject_of};
use crate::language::Language;
use crate::moment::utc;

/// One file and what became of it.
pub struct Outcome {
    /// The file.
    pub job: Job,
    /// Signed, or not.
    pub result: Result<Signed, SignError>,
    /// How long it took.
    pub took: Duration,
}

/// Tells outcomes as they come, and all of them at the end.
pub struct Telling {
    args: TellingArgs,
    language: Language,
    total: usize,
    outcomes: Vec<Outcome>,
}

impl Telling {
    /// For a run over `total` files.
    pub fn new(args: &TellingArgs, total: usize) -> Self {
        let language = Language::of_process(args.lang.as_deref());
        Self { args: args.clone(), language, total, outcomes: Vec::new() }
    }

    /// Shows which file is being worked on, where somebody watches.
    pub fn begin(&self, job: &Job) {
        if self.shows_progress() {
            let number = self.outcomes.len() + 1;
            let _ = write!(std::io::stderr(), "\r\x1b[K[{number}/{}] {}", self.total, job.input.display());
        }
    }

    fn shows_progress(&self) -> bool {
        self.total > 1 && !self.args.json && !self.args.quiet && std::io::stderr().is_terminal()
    }

    /// Takes one outcome.
    pub fn end(&mut self, outcome: Outcome) {
        if self.shows_progress() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
        if !self.args.json {
            match &outcome.result {
                Ok(signed) if !self.args.quiet => println!("{}", self.line(&outcome, signed)),
                Ok(_) => {}
                Err(error) => eprintln!("rakkan: {}: {}", outcome.job.input.display(), error.line()),
            }
        }
        self.outcomes.push(outcome);
    }

    fn line(&self, outcome: &Outcome, signed: &Signed) -> String {
        let (input, output) = (outcome.job.input.display(), outcome.job.output.display());
        let who = subject_of(&signed.certificate);
        let level = level_name(signed.level);
        let mut line = format!("{input} -> {output}  PAdES {level}  {who}");
        if let Some(stamp) = &signed.timestamp {
            let word = self.language.pick("時刻", "time-stamp");
            line += &format!("  {word} {} ({})", utc(stamp.time), stamp.authority);
            for failed in &stamp.failed {
                let word = self.language.pick("応答しなかった時刻認証局", "gave no time-stamp");
                line += &format!("\n  {word}: {failed}");
            }
        }
        line
    }

    /// Prints what is left to say and gives the exit status.
    pub fn finish(self) -> u8 {
        let failed = self.outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
        let signed = self.outcomes.len() - failed;
        let status = self.status(failed);
        if self.args.json {
            println!("{}", self.json(status, signed, failed));
        } else if self.total > 1 && !self.args.quiet {
            match self.language {
                Language::Ja => println!("署名 {signed} 件、失敗 {failed} 件"),
                Language::En => println!("{signed} signed, {failed} failed"),
            }
        }
        status
    }

    fn status(&self, failed: usize) -> u8 {
        let mut codes = self.outcomes.iter().filter_map(|outcome| outcome.result.as_ref().err().map(SignError::exit));
        match (codes.next(), failed == self.outcomes.len()) {
            (None, _) => 0,
            (Some(_), false) => exit::PART,
            (Some(first), true) => {
                if codes.all(|code| code == first) {
                    first
                } else {
                    exit::FAILED
                }
            }
        }
    }

    /// Version 1 of its form; never localised.
    fn json(&self, status: u8, signed: usize, failed: usize) -> Value {
        let files: Vec<_> = self.outcomes.iter().map(file).collect();
        json!({"version": 1, "ok": status == 0, "exit": status, "signed": signed, "failed": failed, "files": files})
    }
}

fn file(outcome: &Outcome) -> Value {
    let milliseconds = (outcome.took.as_secs_f64() * 10_000.0).round() / 10.0;
    match &outcome.result {
        Err(error) => json!({
            "input": outcome.job.input, "output": null, "ok": false, "ms": milliseconds,
            "error": {"exit": error.exit(), "message": error.line()},
        }),
        Ok(signed) => json!({
            "input": outcome.job.input,
            "output": outcome.job.output,
            "ok": true,
            "ms": milliseconds,
            "bytes": signed.len,
            "format": "PAdES",
            "level": level_name(signed.level),
            "field": signed.field,
            "digest": digest_name(signed.algorithm.digest()),
            "document_sha256": crate::hex(&signed.document_sha256),
            "signer": {
                "subject": signed.certificate.subject().to_string(),
                "issuer": signed.certificate.issuer().to_string(),
                "serial": signed.certificate.serial_hex(),
                "sha256": crate::hex(&signed.certificate.sha256()),
            },
            "timestamp": signed.timestamp.as_ref().map(|stamp| json!({
                "time": utc(stamp.time), "authority": stamp.authority, "url": stamp.url, "failed": stamp.failed,
            })),
        }),
    }
}
