//! What became of the files: lines for people, one JSON object for programs.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use ades::AdesLevel;
use serde_json::{Value, json};

use super::args::{TellingArgs, level_name};
use super::augment::Added;
use super::error::SignError;
use super::pades::{Signed, Stamp};
use super::places::Job;
use crate::exit;
use crate::key::{digest_name, subject_of};
use crate::language::Language;
use crate::moment::utc;

/// One file and what became of it.
pub struct Outcome {
    /// The file.
    pub job: Job,
    /// What was done and the length of the output, or why not.
    pub result: Result<(Done, u64), SignError>,
    /// How long it took.
    pub took: Duration,
}

/// What was done with a file.
pub enum Done {
    /// Signed.
    Signed(Box<Signed>),
    /// Time-stamped.
    Timestamped(Stamp),
    /// Raised to a level.
    Extended(AdesLevel, Added),
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
                Ok((done, _)) if !self.args.quiet => println!("{}", self.line(&outcome, done)),
                Ok(_) => {}
                Err(error) => eprintln!("rakkan: {}: {}", outcome.job.input.display(), error.line()),
            }
        }
        self.outcomes.push(outcome);
    }

    fn line(&self, outcome: &Outcome, done: &Done) -> String {
        let mut line = format!("{} -> {}", outcome.job.input.display(), outcome.job.output.display());
        let stamp = match done {
            Done::Signed(signed) => {
                line +=
                    &format!("  {} {}  {}", signed.format, level_name(signed.level), subject_of(&signed.certificate));
                if signed.has_xfa {
                    line += self.language.pick(
                        "\n  注意: XFA フォームが含まれています。XFA を表示するソフトでは、署名対象のページとは別のものが表示されることがあります",
                        "\n  note: the document has an XFA form; programs that know XFA may show something else than the pages that are signed",
                    );
                }
                signed.timestamp.as_ref()
            }
            Done::Timestamped(stamp) => Some(stamp),
            Done::Extended(level, added) => {
                line += &format!("  {}{}", level_name(*level), self.added(added));
                None
            }
        };
        if let Some(stamp) = stamp {
            let word = self.language.pick("時刻", "time-stamp");
            line += &format!("  {word} {} ({})", utc(stamp.time), stamp.authority);
            for failed in &stamp.failed {
                let word = self.language.pick("応答しなかった時刻認証局", "gave no time-stamp");
                line += &format!("\n  {word}: {failed}");
            }
        }
        if let Done::Signed(signed) = done
            && let Some(added) = &signed.added
        {
            line += &self.added(added);
        }
        line
    }

    fn added(&self, added: &Added) -> String {
        let mut text = String::new();
        if added.counts != [0; 3] {
            let [certificates, crls, ocsp] = added.counts;
            text += &match self.language {
                Language::Ja => format!("\n  検証情報: 証明書 {certificates}、失効リスト {crls}、OCSP 応答 {ocsp}"),
                Language::En => {
                    format!("\n  evidence: {certificates} certificates, {crls} revocation lists, {ocsp} OCSP answers")
                }
            };
            if !added.is_anchored {
                text += self.language.pick(
                    "（ルート証明書は未確認。--trust で指定できます）",
                    " (the roots were not compared with any; name them with --trust)",
                );
            }
        }
        for stamp in &added.stamps {
            let word = self.language.pick("文書の時刻", "time-stamp over it");
            text += &format!("\n  {word} {} ({})", utc(stamp.time), stamp.authority);
        }
        text
    }

    /// Prints what is left to say and gives the exit status.
    pub fn finish(self) -> u8 {
        let failed = self.outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
        let done = self.outcomes.len() - failed;
        let status = self.status(failed);
        if self.args.json {
            println!("{}", self.json(status, done, failed));
        } else if self.total > 1 && !self.args.quiet {
            match self.language {
                Language::Ja => println!("完了 {done} 件、失敗 {failed} 件"),
                Language::En => println!("{done} done, {failed} failed"),
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
    fn json(&self, status: u8, done: usize, failed: usize) -> Value {
        let files: Vec<_> = self.outcomes.iter().map(file).collect();
        json!({"version": 1, "ok": status == 0, "exit": status, "done": done, "failed": failed, "files": files})
    }
}

fn file(outcome: &Outcome) -> Value {
    let milliseconds = (outcome.took.as_secs_f64() * 10_000.0).round() / 10.0;
    let (done, bytes) = match &outcome.result {
        Ok((done, bytes)) => (done, bytes),
        Err(error) => {
            return json!({
                "input": outcome.job.input, "output": null, "ok": false, "ms": milliseconds,
                "error": {"exit": error.exit(), "message": error.line()},
            });
        }
    };
    let mut file = match done {
        Done::Signed(signed) => json!({
            "format": signed.format,
            "level": level_name(signed.level),
            "field": signed.field,
            "xfa": signed.has_xfa,
            "digest": digest_name(signed.algorithm.digest()),
            "document_digest": crate::hex(&signed.document_digest),
            "signer": {
                "subject": signed.certificate.subject().to_string(),
                "issuer": signed.certificate.issuer().to_string(),
                "serial": signed.certificate.serial_hex(),
                "sha256": crate::hex(&signed.certificate.sha256()),
            },
            "timestamp": signed.timestamp.as_ref().map(stamp_json),
            "added": signed.added.as_ref().map(added_json),
        }),
        Done::Extended(level, added) => {
            json!({"format": "PAdES", "level": level_name(*level), "added": added_json(added)})
        }
        Done::Timestamped(stamp) => json!({"format": "document time-stamp", "timestamp": stamp_json(stamp)}),
    };
    if let Value::Object(fields) = &mut file {
        let common = [
            ("input", json!(outcome.job.input)),
            ("output", json!(outcome.job.output)),
            ("ok", json!(true)),
            ("ms", json!(milliseconds)),
            ("bytes", json!(bytes)),
        ];
        fields.extend(common.map(|(name, value)| (name.to_owned(), value)));
    }
    file
}

fn added_json(added: &Added) -> Value {
    let [certificates, crls, ocsp] = added.counts;
    json!({
        "fields": added.fields, "certificates": certificates, "crls": crls, "ocsp": ocsp, "anchored": added.is_anchored,
        "timestamps": added.stamps.iter().map(stamp_json).collect::<Vec<_>>(),
    })
}

fn stamp_json(stamp: &Stamp) -> Value {
    json!({"time": utc(stamp.time), "authority": stamp.authority, "url": stamp.url, "failed": stamp.failed})
}
