//! One function per parser of input that others write. Two users: the ordinary test in `tests/`, which runs the corpus
//! and seeded mutations of it in every `cargo test`, and the cargo-fuzz crate in `cargo-fuzz/` (script/full).
//!
//! A target may say more than "does not panic": most check that what is accepted has exactly one spelling.

mod corpus;
mod mutate;
mod targets;

pub use corpus::{corpus_of, run};
pub use mutate::Mutator;

/// A parser under attack.
#[derive(Clone, Copy)]
pub struct Target {
    /// Name of the target and of its corpus folder.
    pub name: &'static str,
    /// Feeds one input and says whether the parser took it; panics if the parser breaks a promise.
    pub feed: fn(&[u8]) -> bool,
    /// Words of the format, for mutations that get past the first check.
    pub words: &'static [&'static str],
}

/// All targets.
pub fn targets() -> Vec<Target> {
    [
        targets::ades::TARGETS,
        targets::cades::TARGETS,
        targets::evidence::TARGETS,
        targets::csc_api::TARGETS,
        targets::sam::TARGETS,
        targets::tlog::TARGETS,
    ]
    .concat()
}

/// Feeds `input` to the target called `name`.
///
/// # Panics
/// If there is no such target, or the parser breaks a promise.
pub fn feed(name: &str, input: &[u8]) -> bool {
    let target = targets().into_iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no fuzz target {name}")).feed)(input)
}
