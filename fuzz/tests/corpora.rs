//! Every fuzz target over its corpus and a fixed number of seeded mutations: random, and the same on every run.

use fuzz::{Target, corpus_of, run, targets};

/// Inputs for each target; `RAKKAN_FUZZ_ITERATIONS` sets another number.
const ITERATIONS: u64 = 50_000;

fn iterations() -> u64 {
    match std::env::var("RAKKAN_FUZZ_ITERATIONS") {
        Ok(text) => text.parse().expect("RAKKAN_FUZZ_ITERATIONS is a number"),
        Err(_) => ITERATIONS,
    }
}

#[test]
fn no_input_breaks_a_parser() {
    let targets = targets();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    // The panic message is part of the failure that is collected; the default hook would print it once more.
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
                    let result = std::panic::catch_unwind(|| run(target, &corpus_of(target), iterations()));
                    if let Err(failure) = result.unwrap_or_else(|_| Err(format!("{}: no corpus", target.name))) {
                        failures.lock().expect("no thread panics while it holds this").push(failure);
                    }
                }
            });
        }
    });
    drop(std::panic::take_hook());
    let failures = failures.into_inner().expect("no thread panics while it holds this");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn a_planted_fault_is_found_and_its_input_named() {
    let planted = Target {
        name: "planted",
        feed: |input| {
            assert!(!input.windows(2).any(|pair| pair == b"\xff\xff"), "two bytes of ones");
            true
        },
        words: &[],
    };
    let failure = run(&planted, &[b"length 12".to_vec()], ITERATIONS).expect_err("these many inputs find it");
    assert!(failure.contains("two bytes of ones") && failure.contains("\\xff\\xff"), "{failure}");
}

#[test]
fn the_same_iteration_makes_the_same_input() {
    let corpus = [b"one".to_vec(), b"two".to_vec()];
    let input = |seed| fuzz::Mutator::new(seed).input(&corpus, &["word"]);
    assert_eq!(input(7), input(7));
    assert!((0..100).map(input).collect::<std::collections::BTreeSet<_>>().len() > 60);
}

#[test]
fn every_parser_takes_something_of_its_corpus() {
    // Mutations of inputs that are refused at the first byte would test nothing behind it.
    let idle: Vec<_> =
        targets().into_iter().filter(|target| !corpus_of(target).iter().any(|input| (target.feed)(input))).collect();
    let names: Vec<_> = idle.iter().map(|target| target.name).collect();
    assert!(names.is_empty(), "nothing in these corpora is well-formed: {names:?}");
}

#[test]
fn every_target_has_a_corpus_and_a_thin_cargo_fuzz_target() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = std::fs::read_to_string(root.join("cargo-fuzz/Cargo.toml")).expect("the cargo-fuzz crate is there");
    let names: Vec<_> = targets().iter().map(|target| target.name).collect();
    for name in &names {
        assert!(root.join("corpus").join(name).is_dir(), "corpus/{name} is missing");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "cargo-fuzz/Cargo.toml does not have {name}");
        let file = root.join("cargo-fuzz/fuzz_targets").join(format!("{name}.rs"));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains(&format!("fuzz::feed(\"{name}\", input)")), "{} does not call {name}", file.display());
    }
    for folder in std::fs::read_dir(root.join("corpus")).expect("the corpora are there") {
        let name = folder.expect("a corpus folder").file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name.as_str()), "corpus/{name} belongs to no target");
    }
}
