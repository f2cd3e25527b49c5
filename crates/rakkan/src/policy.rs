//! `rakkan policy show`: the table of algorithms that signing is held to. ETSI TS 119 312.

use std::process::ExitCode;

use ades::crypto::policy::{Status, table};
use clap::Subcommand;
use serde_json::json;

use crate::moment::utc;

/// `rakkan policy ...`.
#[derive(Subcommand)]
pub enum PolicyVerb {
    /// Print the table
    Show {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

/// Prints the table.
pub fn run(verb: &PolicyVerb) -> ExitCode {
    let PolicyVerb::Show { json: as_json } = verb;
    if *as_json {
        let rows: Vec<_> = table()
            .map(|entry| {
                json!({
                    "item": entry.item.to_string(),
                    "recommended": entry.status == Status::Recommended,
                    "until": entry.until.map(utc),
                    "clause": entry.clause,
                })
            })
            .collect();
        println!("{:#}", json!({"version": 1, "source": "ETSI TS 119 312 V2.1.1", "rows": rows}));
    } else {
        println!(
            "Algorithms that may make a signature (ETSI TS 119 312 V2.1.1; clause in brackets); all others are refused:"
        );
        for entry in table() {
            println!("  {entry}");
        }
    }
    ExitCode::SUCCESS
}
