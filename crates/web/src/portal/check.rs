//! `/check`: answers only what is computed now from the file, our log and our authorities, and says so. No file is kept.

use axum::extract::State;
use ssa::{CheckReport, CheckedSignature, Door, ReceiptCheck};

use super::upload::FileForm;
use super::views::{CheckPage, CheckReportPage, FindingView, SignatureView};
use super::{Answer, Visit};
use crate::App;
use crate::i18n::{Fingerprint, Language};

/// GET `/check`
pub async fn form(visit: Visit) -> Answer {
    visit.show(&CheckPage { p: visit.page("check") })
}

/// POST `/check`
pub async fn check(State(app): State<App>, visit: Visit, form: FileForm) -> Answer {
    let (name, file) = form.receive(&app, &visit, Door::Anyone).await?;
    let report = app.ssa().check(file).await.map_err(|error| visit.fail(error))?;
    let language = visit.language;
    let verdict = Verdict::of(&report);
    let (tone, icon, key) = match verdict {
        Verdict::None => ("unknown", "question", "report-none"),
        Verdict::Changed => ("invalid", "bad", "report-changed"),
        Verdict::Appended => ("unknown", "warning", "report-appended"),
        Verdict::Extended => ("unknown", "warning", "report-extended"),
        Verdict::Unconfirmed => ("unknown", "question", "report-unconfirmed"),
        Verdict::Unchanged => ("valid", "ok", "report-unchanged"),
    };
    visit.show(&CheckReportPage {
        p: visit.page("check"),
        name: name.chars().filter(|c| !c.is_control()).take(120).collect(),
        size: language.size(report.size),
        fingerprint: Fingerprint::of(&report.sha256),
        tone,
        icon,
        heading: language.text_with(key, "name", extended_after(language, &report)),
        lead: language.text(&format!("{key}-lead")),
        signatures: report.signatures.iter().map(|signature| signature_view(language, signature)).collect(),
    })
}

/// What the file as a whole is; the worst signature decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    None,
    Changed,
    /// Nothing covers what was added at the end.
    Appended,
    Unconfirmed,
    /// A later signature covers what was added after an earlier one; what that changes in what is seen is not judged here.
    Extended,
    Unchanged,
}

impl Verdict {
    fn of(report: &CheckReport) -> Self {
        let confirmed = |signature: &CheckedSignature| {
            signature.issued_by.is_some() && signature.timestamp.as_ref().is_none_or(|timestamp| timestamp.ok)
        };
        if report.signatures.is_empty() {
            Self::None
        } else if !report.signatures.iter().all(is_intact) {
            Self::Changed
        } else if !report.signatures.iter().any(|signature| signature.covers_whole_file) {
            Self::Appended
        } else if !report.signatures.iter().all(confirmed) {
            // Anyone can make a key and a certificate with any name in it.
            Self::Unconfirmed
        } else if !report.signatures.iter().all(|signature| signature.covers_whole_file) {
            // Who signs later vouches for the whole; who signed earlier does not. Anyone with a certificate can be the later one.
            Self::Extended
        } else {
            Self::Unchanged
        }
    }
}

/// The names of those who signed before something was added.
fn extended_after(language: Language, report: &CheckReport) -> String {
    let earlier = report.signatures.iter().filter(|signature| !signature.covers_whole_file);
    let mut names: Vec<String> = Vec::new();
    for name in earlier.map(|signature| signer_of(language, signature)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(3);
    names.join(if language == Language::Ja { "、" } else { ", " })
}

fn signer_of(language: Language, signature: &CheckedSignature) -> String {
    let signer = signature.common_name.clone().or_else(|| signature.subject.clone());
    signer.unwrap_or_else(|| language.text("report-unnamed"))
}

fn is_intact(signature: &CheckedSignature) -> bool {
    signature.digest_ok && signature.signature_ok && signature.problem.is_none()
}

fn signature_view(language: Language, signature: &CheckedSignature) -> SignatureView {
    SignatureView {
        signer: signer_of(language, signature),
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
/// Not wrong in itself, and not to be passed over.
const WARNING: (&str, &str) = ("unknown", "warning");
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
    FindingView { label: language.text(label), tone, icon, word: language.text(word), text, demo: false }
}

fn bytes(language: Language, signature: &CheckedSignature) -> FindingView {
    if is_intact(signature) {
        finding(language, "line-bytes", GOOD, "line-bytes-good", String::new())
    } else {
        finding(language, "line-bytes", BAD, "line-bytes-bad", language.text("line-bytes-bad-text"))
    }
}

fn whole(language: Language, signature: &CheckedSignature) -> FindingView {
    if signature.covers_whole_file {
        finding(language, "line-whole", GOOD, "line-whole-good", String::new())
    } else {
        finding(language, "line-whole", WARNING, "line-whole-part", language.text("line-whole-part-text"))
    }
}

fn authority(language: Language, signature: &CheckedSignature) -> FindingView {
    match &signature.issued_by {
        Some(issuer) => FindingView {
            demo: issuer.demo,
            ..finding(language, "line-authority", GOOD, "line-authority-known", issuer.ca_name.clone())
        },
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
            let authority = timestamp.authority.clone().unwrap_or_else(|| language.text("report-unnamed"));
            let time = language.moment(timestamp.time).text;
            let text = language.text_with_two("line-time-good-text", ("time", time), ("authority", authority));
            finding(language, "line-time", GOOD, "line-time-good", text)
        }
        Some(_) => finding(language, "line-time", BAD, "line-time-bad", language.text("line-time-bad-text")),
        None => finding(language, "line-time", OPEN, "line-time-none", language.text("line-time-none-text")),
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
        ReceiptCheck::Unknown => {
            finding(language, "line-log", OPEN, "line-log-not", language.text("line-log-not-text"))
        }
        ReceiptCheck::Broken => {
            finding(language, "line-log", BAD, "line-log-broken", language.text("line-log-broken-text"))
        }
        ReceiptCheck::NotChecked => {
            finding(language, "line-log", OPEN, "line-log-silent", language.text("line-log-silent-text"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ssa::{CheckedIssuer, CheckedTimestamp};

    fn good() -> CheckedSignature {
        CheckedSignature {
            field: "Signature1".into(),
            is_document_timestamp: false,
            covers_whole_file: true,
            digest_ok: true,
            signature_ok: true,
            problem: None,
            subject: Some("CN=山田 花子".into()),
            common_name: Some("山田 花子".into()),
            issuer: None,
            valid_from_to: None,
            issued_by: Some(CheckedIssuer { ca_id: "a".into(), ca_name: "Demo CA".into(), demo: true }),
            claimed_time: None,
            timestamp: Some(CheckedTimestamp { time: 1_795_239_441, authority: Some("Demo TSA".into()), ok: true }),
            receipt: ReceiptCheck::Unknown,
        }
    }

    fn verdict(signatures: Vec<CheckedSignature>) -> Verdict {
        Verdict::of(&CheckReport { sha256: [0; 32], size: 1, signatures })
    }

    #[test]
    fn the_worst_signature_decides() {
        assert_eq!(verdict(vec![]), Verdict::None);
        assert_eq!(verdict(vec![good()]), Verdict::Unchanged);
        let earlier = CheckedSignature { covers_whole_file: false, ..good() };
        assert_eq!(verdict(vec![earlier.clone(), good()]), Verdict::Extended);
        let unknown = CheckedSignature { issued_by: None, ..good() };
        assert_eq!(verdict(vec![earlier.clone(), unknown]), Verdict::Unconfirmed);
        assert_eq!(verdict(vec![earlier.clone(), CheckedSignature { digest_ok: false, ..good() }]), Verdict::Changed);
        assert_eq!(verdict(vec![earlier]), Verdict::Appended);
        assert_eq!(verdict(vec![good(), CheckedSignature { digest_ok: false, ..good() }]), Verdict::Changed);
        assert_eq!(verdict(vec![CheckedSignature { signature_ok: false, ..good() }]), Verdict::Changed);
        assert_eq!(verdict(vec![CheckedSignature { problem: Some("x".into()), ..good() }]), Verdict::Changed);
    }

    #[test]
    fn a_signature_under_an_unknown_authority_is_never_shown_as_good() {
        let unknown = CheckedSignature { issued_by: None, ..good() };
        assert_eq!(verdict(vec![good(), unknown.clone()]), Verdict::Unconfirmed);
        let lines = signature_view(Language::En, &unknown).lines;
        assert_eq!((lines[2].tone, &*lines[2].word), ("unknown", "Cannot be confirmed"));
        let stamped =
            CheckedSignature { timestamp: Some(CheckedTimestamp { time: 1, authority: None, ok: false }), ..good() };
        assert_eq!(verdict(vec![stamped]), Verdict::Unconfirmed);
    }

    #[test]
    fn the_headline_names_each_who_signed_before_the_extension_once() {
        let earlier =
            |name: &str| CheckedSignature { covers_whole_file: false, common_name: Some(name.into()), ..good() };
        let report = CheckReport {
            sha256: [0; 32],
            size: 1,
            signatures: vec![earlier("Hanako"), earlier("Taro"), earlier("Hanako"), good()],
        };
        assert_eq!(extended_after(Language::En, &report), "Hanako, Taro");
    }

    #[test]
    fn each_finding_has_words_in_both_languages() {
        for language in Language::ALL {
            for line in signature_view(language, &good()).lines {
                assert!(!line.word.starts_with("line-") && !line.label.starts_with("line-"), "{}", line.word);
            }
        }
    }
}
