//! `rakkan bench activate`: what each layer costs, measured in one run on one machine, as ratios to the raw signing primitive.
//!
//! Assertions and tokens are made before the clock starts, so a cell holds nothing but the layer it names.

mod cell;
mod http;
mod module;
mod raw;
pub mod sign;

use serde_json::json;
use sgm::KeyAlgorithm;

use self::cell::Cell;
use crate::cli::BenchArgs;

/// Numbers of clients that each layer is measured with.
const CLIENTS: [usize; 2] = [1, 32];
/// The algorithms, with their names.
const ALGORITHMS: [(KeyAlgorithm, &str); 2] = [(KeyAlgorithm::EcdsaP256, "P-256"), (KeyAlgorithm::Rsa2048, "RSA-2048")];

/// One line of the table.
struct Line {
    algorithm: &'static str,
    layer: &'static str,
    clients: usize,
    cell: Cell,
}

/// Measures and prints.
pub fn activate(args: &BenchArgs) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let sync = cell::fdatasync(folder.path())?;
    let mut lines = Vec::new();
    for (algorithm, name) in ALGORITHMS {
        let raw = raw::Key::generate(algorithm)?;
        for clients in CLIENTS {
            lines.push(Line {
                algorithm: name,
                layer: "raw",
                clients,
                cell: cell::run(clients, vec![(); args.operations * 4], |()| raw.sign())?,
            });
        }
        let bench = module::Bench::new(&folder.path().join(name), algorithm)?;
        for clients in CLIENTS {
            let orders = bench.orders(args.operations)?;
            lines.push(Line {
                algorithm: name,
                layer: "sam",
                clients,
                cell: cell::run(clients, orders, |order| bench.activate(order))?,
            });
        }
    }
    lines.extend(http::measure(folder.path(), args.operations)?);
    print(args.json, sync, &lines);
    Ok(())
}

fn print(as_json: bool, sync: f64, lines: &[Line]) {
    let raw = |line: &Line| {
        let same =
            |other: &&Line| other.layer == "raw" && other.algorithm == line.algorithm && other.clients == line.clients;
        lines.iter().find(same).map_or(f64::NAN, |found| found.cell.rate)
    };
    if as_json {
        let rows: Vec<_> = lines
            .iter()
            .map(|line| {
                json!({
                    "algorithm": line.algorithm, "layer": line.layer, "clients": line.clients, "per_second": line.cell.rate,
                    "p50_ms": line.cell.p50, "p99_ms": line.cell.p99, "ratio_to_raw": line.cell.rate / raw(line),
                })
            })
            .collect();
        println!("{}", json!({"version": 1, "fdatasync_p50_ms": sync, "lines": rows}));
        return;
    }
    println!("fdatasync of 256 bytes, p50: {sync:.3} ms\n");
    println!(
        "{:9} {:38} {:>7} {:>10} {:>9} {:>9} {:>9}",
        "key", "layer", "clients", "per s", "p50 ms", "p99 ms", "of raw"
    );
    for line in lines {
        let layer = match line.layer {
            "raw" => "aws-lc-rs signs a digest",
            "sam" => "SAM: verify, unwrap, sign, check, log",
            _ => "signatures/signHash over HTTP",
        };
        println!(
            "{:9} {layer:38} {:>7} {:>10.0} {:>9.3} {:>9.3} {:>8.2}%",
            line.algorithm,
            line.clients,
            line.cell.rate,
            line.cell.p50,
            line.cell.p99,
            100.0 * line.cell.rate / raw(line)
        );
    }
}
