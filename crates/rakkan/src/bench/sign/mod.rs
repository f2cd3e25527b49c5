//! `rakkan bench sign`: what signing costs, beside a limit and beside other people's programs, measured in one run on one machine.
//!
//! The limit of a signature in memory is what cannot be left out: SHA-256 of the bytes, one signature value made, one verified, by the
//! library that is used for that. The limit of a large file is hashing and copying it by openssl and cp.

mod files;
mod material;
mod memory;
mod peer;

use serde_json::{Value, json};

use crate::cli::BenchSignArgs;
use crate::key::{Digest, Padding};

use self::material::Material;

/// One line of the table.
pub struct Line {
    /// What was done.
    work: String,
    /// What `ours` and `limit` count.
    unit: &'static str,
    /// Our figure.
    ours: f64,
    /// The figure of the limit, or what must not be exceeded.
    limit: Option<f64>,
    /// What the ratio, or the figure, should be.
    target: &'static str,
    /// Whether it is.
    met: Option<bool>,
    /// Figures of other programs on the same bytes.
    peers: Vec<(String, f64)>,
}

/// Measures and prints.
pub fn run(args: &BenchSignArgs) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let rsa = Material::new(folder.path(), "rsa2048", true)?;
    let p256 = Material::new(folder.path(), "p256", false)?;
    let document = material::pdf(100_000);
    let input = folder.path().join("in.pdf");
    std::fs::write(&input, &document)?;
    let mut lines = vec![files::start_to_end(folder.path(), &p256, &input, args.runs)?];
    for (material, name, share, target) in
        [(&rsa, "RSA-2048", 0.75, "75 % of the limit"), (&p256, "P-256", 0.5, "50 % of the limit")]
    {
        let key = material.key(None::<Digest>, Padding::Pkcs1)?;
        let (ours, limit) = memory::pades(&key, &document, args.operations)?;
        lines.push(Line {
            work: format!("PAdES B-B, 100 kB PDF, {name}"),
            unit: "per second",
            ours,
            limit: Some(limit),
            target,
            met: Some(ours >= share * limit),
            peers: peer::pades(folder.path(), material, &input)?,
        });
    }
    let key = p256.key(None::<Digest>, Padding::Pkcs1)?;
    let (ours, limit) = memory::cades(&key, &vec![b'x'; 1_000_000], args.operations)?;
    lines.push(Line {
        work: "CAdES B-B detached, 1 MB, P-256".into(),
        unit: "per second",
        ours,
        limit: Some(limit),
        target: "70 % of the limit",
        met: Some(ours >= 0.7 * limit),
        peers: Vec::new(),
    });
    if args.large > 0 {
        lines.extend(files::large(folder.path(), &p256, args.large)?);
    }
    print(args.json, &lines);
    Ok(())
}

fn print(as_json: bool, lines: &[Line]) {
    let development = cfg!(debug_assertions);
    if as_json {
        let rows: Vec<_> = lines.iter().map(Line::json).collect();
        println!("{}", json!({"version": 1, "development_build": development, "lines": rows}));
        return;
    }
    if development {
        println!("A development build: its figures say little about a release.\n");
    }
    println!("{:44} {:>12} {:>12} {:>8}  target", "work", "ours", "limit", "ratio");
    for line in lines {
        let met = line.met.map_or("", |met| if met { "met" } else { "MISSED" });
        let limit = line.limit.map_or_else(|| "-".into(), |limit| format!("{limit:.2}"));
        let ratio = line.limit.map_or_else(|| "-".into(), |limit| format!("{:.2}", line.ours / limit));
        let ours = format!("{:.2}", line.ours);
        println!("{:44} {ours:>12} {limit:>12} {ratio:>8}  {:22} {met}", line.work, line.target);
        println!("{:44} {:>12}", "", line.unit);
        for (peer, figure) in &line.peers {
            println!("{:44} {:>12} {figure:>12.2} {:>8.1}", format!("  {peer}"), "", line.ours / figure);
        }
    }
}

impl Line {
    fn json(&self) -> Value {
        let peers: Vec<_> = self
            .peers
            .iter()
            .map(|(peer, figure)| json!({"peer": peer, "figure": figure, "ratio": self.ours / figure}))
            .collect();
        json!({
            "work": self.work, "unit": self.unit, "ours": self.ours, "limit": self.limit,
            "ratio": self.limit.map(|limit| self.ours / limit), "target": self.target, "met": self.met, "peers": peers,
        })
    }
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
