//! Other people's programs on the same bytes, where they are named by environment variables.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::material::Material;

/// The script of the EU DSS oracle, which knows the command `bench`.
const DSS: &str = "RAKKAN_DSS_ORACLE";
/// A script that measures pyHanko; run by the interpreter of the judges.
const PYHANKO: &str = "RAKKAN_PYHANKO_BENCH";
/// That interpreter.
const PYTHON: &str = "RAKKAN_JUDGES_PYTHON";

/// PAdES B-B signatures per second of each peer that is there.
pub fn pades(folder: &Path, material: &Material, input: &Path) -> anyhow::Result<Vec<(String, f64)>> {
    let mut peers = Vec::new();
    if let Some(oracle) = std::env::var_os(DSS) {
        let mut command = Command::new(oracle);
        command.args(["bench", "sign", "--format", "pades", "--level", "B", "--password", "test"]);
        // Less than 2,000 rounds of warming up flatters us.
        command.args(["--n", "300", "--warmup", "2500", "--p12"]).arg(material.pkcs12()?).arg("--in").arg(input);
        peers.push(("EU DSS, warm".to_owned(), rate(command.current_dir(folder))?));
    }
    if let (Some(script), Some(python)) = (std::env::var_os(PYHANKO), std::env::var_os(PYTHON)) {
        let mut command = Command::new(python);
        command.arg(script).arg("signcached").arg(material.pkcs12()?).arg(input).args(["100", "20"]);
        peers.push(("pyHanko, key kept".to_owned(), rate(command.current_dir(folder))?));
    }
    Ok(peers)
}

/// `per_second` of the JSON line that a peer prints.
fn rate(command: &mut Command) -> anyhow::Result<f64> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    let last = text.lines().last().unwrap_or_default();
    let answer: Value = serde_json::from_str(last).with_context(|| format!("{command:?}: {last}"))?;
    answer["per_second"].as_f64().with_context(|| format!("{command:?} names no rate: {last}"))
}
