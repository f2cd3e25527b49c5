//! Runs a target over its corpus and over inputs made from it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::{Mutator, Target};

/// The inputs in `corpus/<name>`, in the order of their file names.
///
/// # Panics
/// If the folder is missing or empty: a target without corpus finds nothing.
pub fn corpus_of(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("corpus/{}: {error}", target.name));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("the corpus folder can be read").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "corpus/{} is empty", target.name);
    files.iter().map(|file| std::fs::read(file).expect("a corpus file can be read")).collect()
}

/// Feeds the corpus, then `iterations` inputs made from it; says which input broke the target.
///
/// # Errors
/// What was fed and how the target failed.
pub fn run(target: &Target, corpus: &[Vec<u8>], iterations: u64) -> Result<(), String> {
    for (number, input) in corpus.iter().enumerate() {
        feed(target, input).map_err(|panic| format!("{}: corpus file {number}: {panic}", target.name))?;
    }
    for iteration in 0..iterations {
        let input = Mutator::new(iteration).input(corpus, target.words);
        feed(target, &input).map_err(|panic| {
            format!("{}: iteration {iteration}: {panic}\ninput: b\"{}\"", target.name, input.escape_ascii())
        })?;
    }
    Ok(())
}

fn feed(target: &Target, input: &[u8]) -> Result<bool, String> {
    catch_unwind(AssertUnwindSafe(|| (target.feed)(input))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_else(|| "panic".to_owned())
    })
}
