//! `/check`: answers only what is computed now from the file, our log and our authorities, and says so. No file is kept.

use axum::extract::State;
use axum::extract::multipart::Multipart;
use ssa::{CheckReport, CheckedSignature, ReceiptCheck};

use super::documents::read_file;
use super::views::{CheckPage, CheckReportPage, FindingView, SignatureView};
use super::{Answer, Visit};
use crate::App;
use crate::i18n::{Fingerprint, Language};

/// GET `/check`
pub async fn form(visit: Visit) -> Answer {
    visit.show(&CheckPage { p: visit.page("check") })
}

/// POST `/check`
pub async fn check(State(app): State<App>, visit: Visit, form: Multipart) -> Answer {
    let (name, bytes) = read_file(&visit, form).await?;
    let report = app.ssa().check(bytes).await.map_err(|error| visit.fail(error))?;
    let language = visit.language;
    let verdict = Verdict::of(&report);
    let (tone, icon, key) = match verdict {
        Verdict::None => ("unknown", "question", "report-none"),
        Verdict::Changed => ("invalid", "bad", "report-changed"),
        Verdict::Appended => ("unknown", "warning", "report-appended"),
        Verdict::Unchanged => ("valid", "ok", "report-unchanged"),
    };
    visit.show(&CheckReportPage {
        p: visit.page("check"),
        name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
        size: language.size(report.size),
        fingerprint: Fingerprint::of(&report.sha256),
        tone,
        icon,
        heading: language.text(key),
        lead: language.text(&format!("{key}-lead")),
        signatures: report
            .signatures
            .iter()
            .map(|signature| signature_view(language, signature))
            .collect(),
    })
}

/// What the file as a whole is; the worst signature decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    None,
    Changed,
    Appended,
    Unchanged,
}

impl Verdict {
    fn of(report: &CheckReport) -> Self {
        let intact =
            |signature: &CheckedSignature| signature.digest_ok && signature.signature_ok && signature.problem.is_none();
        if report.signatures.is_empty() {
            Self::None
        } else if !report.signatures.iter().all(intact) {
            Self::Changed
        } else if report.signatures.iter().any(|signature| signature.covers_whole_file) {
            Self::Unchanged
        } else {
            Self::Appended
        }
    }
}

fn signature_view(language: Language, signature: &CheckedSignature) -> SignatureView {
    let signer = signature.common_name.clone().or_else(|| signature.subject.clone());
    SignatureView {
        signer: signer.unwrap_or_else(|| language.text("report-unnamed")),
        lines: vec![
            bytes(language, signature),
            whole(language, signature),
            authority(language, signature),
            time(language, signature),
            log(language, signature),
        ],
    }
}

const GOOD: (&str, &str) = ("valid", "ok");
const OPEN: (&str, &str) = ("unknown", "question");
const BAD: (&str, &str) = ("invalid", "bad");

/// A finding: the label, how good it is, key of the word; the sentence has the key of the word as stem.
fn finding(
    language: Language,
    label: &str,
    (tone, icon): (&'static str, &'static str),
    word: &str,
    text: String,
) -> FindingView {
    FindingView {
        label: language.text(label),
        tone,
        icon,
        word: language.text(word),
        text,
    }
}

fn bytes(language: Language, signature: &CheckedSignature) -> FindingView {
    if signature.digest_ok && signature.signature_ok && signature.problem.is_none() {
        finding(language, "line-bytes", GOOD, "line-bytes-good", String::new())
    } else {
        finding(
            language,
            "line-bytes",
            BAD,
            "line-bytes-bad",
            language.text("line-bytes-bad-text"),
        )
    }
}

fn whole(language: Language, signature: &CheckedSignature) -> FindingView {
    if signature.covers_whole_file {
        finding(language, "line-whole", GOOD, "line-whole-good", String::new())
    } else {
        finding(
            language,
            "line-whole",
            OPEN,
            "line-whole-part",
            language.text("line-whole-part-text"),
        )
    }
}

fn authority(language: Language, signature: &CheckedSignature) -> FindingView {
    match &signature.issued_by {
        Some(issuer) => finding(
            language,
            "line-authority",
            GOOD,
            "line-authority-known",
            issuer.ca_name.clone(),
        ),
        None => finding(
            language,
            "line-authority",
            OPEN,
            "line-authority-unknown",
            language.text("line-authority-unknown-text"),
        ),
    }
}

fn time(language: Language, signature: &CheckedSignature) -> FindingView {
    match &signature.timestamp {
        Some(timestamp) if timestamp.ok => {
            let authority = timestamp
                .authority
                .clone()
                .unwrap_or_else(|| language.text("report-unnamed"));
            let time = language.moment(timestamp.time).text;
            let text = language.text_with_two("line-time-good-text", ("time", time), ("authority", authority));
            finding(language, "line-time", GOOD, "line-time-good", text)
        }
        Some(_) => finding(
            language,
            "line-time",
            BAD,
            "line-time-bad",
            language.text("line-time-bad-text"),
        ),
        None => finding(
            language,
            "line-time",
            OPEN,
            "line-time-none",
            language.text("line-time-none-text"),
        ),
    }
}

fn log(language: Language, signature: &CheckedSignature) -> FindingView {
    match &signature.receipt {
        ReceiptCheck::InLog { index, tree_size, .. } => {
            let text = language.text_with_two(
                "line-log-in-text",
                ("index", index.to_string()),
                ("size", tree_size.to_string()),
            );
            finding(language, "line-log", GOOD, "line-log-in", text)
        }
        ReceiptCheck::Unknown => finding(
            language,
            "line-log",
            OPEN,
            "line-log-not",
            language.text("line-log-not-text"),
        ),
        ReceiptCheck::Broken => finding(
            language,
            "line-log",
            BAD,
            "line-log-broken",
            language.text("line-log-broken-text"),
        ),
        ReceiptCheck::NotChecked => finding(
            language,
            "line-log",
            OPEN,
            "line-log-silent",
            language.text("line-log-silent-text"),
        ),
    }
}
