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
