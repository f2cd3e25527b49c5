//! The benchmark runs and says what it measured. Nothing here depends on how fast that was.

mod support;

use serde_json::Value;
use support::{rakkan, text_of};

#[test]
fn the_benchmark_of_activation_measures_every_layer_with_one_and_many_clients() {
    let mut command = rakkan();
    command.args(["bench", "activate", "--operations", "40", "--json"]);
    let report: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
    let lines = report["lines"].as_array().unwrap();
    for algorithm in ["P-256", "RSA-2048"] {
        for layer in ["raw", "sam", "http"] {
            for clients in [1, 32] {
                let found = lines.iter().filter(|line| {
                    line["algorithm"] == algorithm && line["layer"] == layer && line["clients"] == clients
                });
                let found: Vec<_> = found.collect();
                assert_eq!(found.len(), 1, "{algorithm} {layer} {clients}: {report}");
                let ratio = found[0]["ratio_to_raw"].as_f64().unwrap();
                assert!(ratio > 0.0 && found[0]["p99_ms"].as_f64() >= found[0]["p50_ms"].as_f64(), "{report}");
            }
        }
    }
    assert!(report["fdatasync_p50_ms"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_benchmark_of_signing_measures_each_work_beside_its_limit() {
    let mut command = rakkan();
    command.args(["bench", "sign", "--operations", "3", "--runs", "3", "--large", "30000000", "--json"]);
    command.env_remove("RAKKAN_DSS_ORACLE").env_remove("RAKKAN_PYHANKO_BENCH");
    let report: Value = serde_json::from_str(&text_of(&mut command)).unwrap();
    let lines = report["lines"].as_array().unwrap();
    for work in ["start to end", "100 kB PDF, RSA-2048", "100 kB PDF, P-256", "file to file", "resident set"] {
        let found: Vec<_> = lines.iter().filter(|line| line["work"].as_str().unwrap().contains(work)).collect();
        assert_eq!(found.len(), 1, "{work}: {report}");
        assert!(found[0]["ours"].as_f64().unwrap() > 0.0 && found[0]["met"].is_boolean(), "{report}");
    }
}
