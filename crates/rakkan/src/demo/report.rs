//! What the demo did, as a short table for people or one JSON object for programs.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use ades::AdesLevel;
use serde_json::json;

use crate::language::{Language, columns};

/// One step that was done, in the order of doing.
#[derive(Debug, Clone)]
pub struct Step {
    /// What, for programs.
    pub name: &'static str,
    /// What, in Japanese.
    pub ja: &'static str,
    /// What, in English.
    pub en: &'static str,
    /// A fact worth showing: a name, a count, an address.
    pub detail: String,
    /// How long it took.
    pub took: Duration,
}

/// The whole run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The steps.
    pub steps: Vec<Step>,
    /// From the start of the process to the finished file.
    pub total: Duration,
    /// From the start of the process to the first signature value.
    pub first_signature: Duration,
    /// Proportional set size of all processes, in bytes, while no page is drawn.
    pub memory: Option<u64>,
    /// The level found in the finished file: a verified signature over all of it, from B-T on with a verified time-stamp over its value.
    /// Below B-T the file was not delivered.
    pub level: Option<AdesLevel>,
    /// The receipt's inclusion proof holds under the log's key.
    pub inclusion_proof: bool,
    /// Folder of everything.
    pub data: PathBuf,
    /// Where the portal is.
    pub portal: String,
    /// Name of the TSA that answered.
    pub timestamp_authority: String,
    /// The level that was asked for.
    pub promised: AdesLevel,
}

impl Report {
    /// True when everything that status 0 promises holds.
    pub fn ok(&self) -> bool {
        self.self_check() && self.inclusion_proof
    }

    /// Whether the file holds what was promised, and was delivered.
    fn self_check(&self) -> bool {
        self.level.is_some_and(|level| level >= self.promised)
    }

    /// One JSON object, version 1 of its form; never localised.
    pub fn json(&self) -> String {
        let steps: Vec<_> = self
            .steps
            .iter()
            .map(|step| json!({"name": step.name, "detail": step.detail, "ms": milliseconds(step.took)}))
            .collect();
        json!({
            "version": 1,
            "ok": self.ok(),
            "level": self.level.map(level_name),
            "self_check": self.self_check(),
            "inclusion_proof": self.inclusion_proof,
            "steps": steps,
            "first_signature_ms": milliseconds(self.first_signature),
            "total_ms": milliseconds(self.total),
            "memory_pss_bytes": self.memory,
            "data": self.data,
            "signed_pdf": self.self_check().then(|| self.data.join("signed.pdf")),
            "evidence": self.data.join("evidence"),
            "receipt": self.data.join("receipt.tlog-proof"),
            "portal": self.portal,
            "timestamp_authority": self.timestamp_authority,
        })
        .to_string()
    }

    /// The table for people.
    pub fn table(&self, language: Language) -> String {
        let mut text = String::new();
        let width = self.steps.iter().map(|step| columns(language.pick(step.ja, step.en))).max().unwrap_or(0);
        for step in &self.steps {
            let name = language.pick(step.ja, step.en);
            let gap = " ".repeat(width - columns(name));
            let _ = writeln!(text, "  {name}{gap}  {:>7.1} ms  {}", milliseconds(step.took), step.detail);
        }
        let memory = self.memory.map_or_else(|| "?".into(), |bytes| format!("{} MB", bytes / 1_000_000));
        let _ = writeln!(text);
        let mut fact = |ja, en, value: &str| {
            let name = language.pick(ja, en);
            let gap = " ".repeat(26_usize.saturating_sub(columns(name)));
            let _ = writeln!(text, "  {name}{gap} {value}");
        };
        let first = format!("{:.2} s", self.first_signature.as_secs_f64());
        fact("最初の署名まで", "First signature after", &first);
        fact("メモリ (全プロセス, PSS)", "Memory, all processes, PSS", &memory);
        let word = |good: bool| match (good, language) {
            (true, Language::Ja) => "はい",
            (true, Language::En) => "yes",
            (false, Language::Ja) => "いいえ",
            (false, Language::En) => "NO",
        };
        fact("ファイルの自己点検", "Self-check of the file", word(self.self_check()));
        fact("水準", "Level", &self.level.map_or_else(|| "-".into(), level_name));
        fact("ログの包含証明", "Inclusion proof", word(self.inclusion_proof));
        let signed = match self.self_check() {
            true => self.data.join("signed.pdf").display().to_string(),
            false => {
                language.pick("渡していません（自己点検に不合格）", "not delivered: the self-check failed").to_owned()
            }
        };
        fact("署名したファイル", "Signed file", &signed);
        fact("証拠", "Evidence", &self.data.join("evidence").display().to_string());
        fact("受領証", "Receipt", &self.data.join("receipt.tlog-proof").display().to_string());
        let data = self.data.display();
        let _ = writeln!(text, "\n  {}", language.pick("自分で確かめる:", "See for yourself:"));
        let _ = writeln!(text, "    rakkan log receipt verify {data}/receipt.tlog-proof --pdf {data}/signed.pdf");
        let _ = writeln!(text, "    rakkan log verify {data}/sam/state --key-file {data}/log.vkey");
        text
    }
}

/// The level as verifiers name it.
pub fn level_name(level: AdesLevel) -> String {
    let letters = match level {
        AdesLevel::B => "B",
        AdesLevel::T => "T",
        AdesLevel::Lt => "LT",
        AdesLevel::Lta => "LTA",
        _ => "?",
    };
    format!("PAdES-BASELINE-{letters}")
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(level: Option<AdesLevel>) -> Report {
        Report {
            steps: vec![Step {
                name: "sign",
                ja: "署名",
                en: "Signing",
                detail: "P-256".into(),
                took: Duration::from_micros(12_340),
            }],
            total: Duration::from_millis(900),
            first_signature: Duration::from_millis(700),
            memory: Some(61_000_000),
            level,
            inclusion_proof: true,
            data: "d".into(),
            portal: "http://localhost:8080".into(),
            timestamp_authority: "TSA 1".into(),
            promised: AdesLevel::T,
        }
    }

    #[test]
    fn a_failed_self_check_is_not_ok_and_says_so() {
        assert!(report(Some(AdesLevel::T)).ok());
        for level in [None, Some(AdesLevel::B)] {
            let report = report(level);
            assert!(!report.ok());
            let table = report.table(Language::En);
            assert!(table.contains("Self-check of the file     NO") && table.contains("not delivered"), "{table}");
            let value: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
            assert_eq!((&value["self_check"], &value["signed_pdf"]), (&false.into(), &serde_json::Value::Null));
        }
    }

    #[test]
    fn the_table_speaks_the_chosen_language() {
        assert!(report(Some(AdesLevel::T)).table(Language::Ja).contains("署名した"));
        assert!(report(Some(AdesLevel::T)).table(Language::En).contains("Signed file"));
    }

    #[test]
    fn the_json_report_names_level_and_times() {
        let value: serde_json::Value = serde_json::from_str(&report(Some(AdesLevel::T)).json()).unwrap();
        assert_eq!(value["level"], "PAdES-BASELINE-T");
        let lower: serde_json::Value = serde_json::from_str(&report(Some(AdesLevel::B)).json()).unwrap();
        assert_eq!(lower["level"], "PAdES-BASELINE-B", "what was found, whatever was promised");
        assert_eq!(value["steps"][0]["ms"], 12.3);
    }
}
