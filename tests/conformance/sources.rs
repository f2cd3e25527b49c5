//! What source files look like: length, first line, names, and words and paths that do not belong in them.

use crate::workspace::{Source, root, sources};

const LONGEST_FILE: usize = 800;

fn rust() -> Vec<Source> {
    let mut sources = sources();
    sources.retain(|source| source.path.ends_with(".rs"));
    sources
}

/// Fails with every place at once.
fn none(what: &str, places: Vec<String>) {
    assert!(places.is_empty(), "{what}:\n  {}", places.join("\n  "));
}

fn lines(source: &Source) -> impl Iterator<Item = (String, &str)> {
    (1..).zip(source.text.lines()).map(|(number, line): (usize, &str)| (format!("{}:{number}", source.path), line))
}

#[test]
fn no_source_file_is_longer_than_800_lines() {
    let long = |source: Source| (source.text.lines().count(), source.path);
    let files = rust().into_iter().map(long).filter(|(count, _)| *count > LONGEST_FILE);
    none("split these files", files.map(|(count, path)| format!("{path}: {count} lines")).collect());
}

#[test]
fn every_module_says_first_what_it_is() {
    let modules = rust().into_iter().filter(|source| !source.text.starts_with("//! "));
    none("no module documentation in the first line", modules.map(|source| source.path).collect());
}

/// Asks the kernel about its clock, for which there is no safe wrapper. Every other file is without unsafe code.
const UNSAFE: [&str; 1] = ["crates/sam/src/sandbox.rs"];

#[test]
fn unsafe_code_is_allowed_in_the_sandbox_only() {
    let allowed = ["allow", "expect"].map(|level| format!("{level}(unsafe_code"));
    let allows = |line: &str| allowed.iter().any(|allowed| line.contains(allowed));
    let mut places = Vec::new();
    for source in rust().iter().filter(|source| !UNSAFE.contains(&source.path.as_str())) {
        places.extend(lines(source).filter(|(_, line)| allows(line)).map(|(at, _)| at));
    }
    none("unsafe code needs a decision first", places);
}

#[test]
fn pure_and_trusted_crates_deny_panicking_shortcuts() {
    for name in ["ades", "csc-api", "tlog", "sgm", "sam"] {
        let library = std::fs::read_to_string(root().join("crates").join(name).join("src/lib.rs")).unwrap();
        // What is forbidden cannot be allowed for one module; see the test above for which.
        let level = if name == "sam" { "deny" } else { "forbid" };
        assert!(library.contains(&format!("#![{level}(unsafe_code)]")), "{name}");
        for lint in ["unwrap_used", "expect_used", "indexing_slicing", "as_conversions", "panic"] {
            assert!(library.contains(&format!("clippy::{lint}")), "{name} does not deny clippy::{lint}");
        }
        let bans = std::fs::read_to_string(root().join("crates").join(name).join("clippy.toml")).unwrap();
        for method in ["std::time::SystemTime::now", "std::time::Instant::now", "rand::rng", "aws_lc_rs::rand::fill"] {
            assert!(bans.contains(&format!("path = \"{method}\"")), "{name} does not ban {method}");
        }
    }
}

#[test]
fn names_follow_the_field_and_not_the_drawer() {
    let drawers = ["Manager", "Helper", "Util", "Utils", "Common", "Misc"];
    let mut places = Vec::new();
    for source in
        rust().into_iter().filter(|source| source.path.starts_with("crates/") && source.path.contains("/src/"))
    {
        let file = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        if drawers.iter().any(|drawer| drawer.eq_ignore_ascii_case(&file)) {
            places.push(source.path.clone());
        }
        for (at, line) in lines(&source) {
            let declared = ["struct ", "enum ", "trait ", "type "]
                .iter()
                .find_map(|kind| line.trim_start_matches("pub ").strip_prefix(kind));
            let name = declared.and_then(|rest| rest.split(|c: char| !c.is_alphanumeric()).next()).unwrap_or_default();
            // What implements a trait of others has the names that they chose, and is not `pub`.
            let getter = line.trim_start().starts_with("pub") && line.contains("fn get_");
            if drawers.iter().any(|drawer| name.ends_with(drawer)) || getter {
                places.push(format!("{at}: {}", line.trim()));
            }
        }
    }
    none("call it by what it is", places);
}

#[test]
fn nothing_is_left_for_later_in_the_sources() {
    let markers = ["TO-DO", "FIX-ME", "X-XX", "HA-CK"].map(|marker| marker.replace('-', ""));
    let marked =
        |line: &str| line.split(|c: char| !c.is_alphanumeric()).any(|word| markers.iter().any(|marker| marker == word));
    let mut places = Vec::new();
    for source in sources().iter().filter(|source| !source.path.starts_with("docs/")) {
        places.extend(lines(source).filter(|(_, line)| marked(line)).map(|(at, _)| at));
    }
    none("do it, or write it into the issue tracker", places);
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let mut paths = ["home", "Users", "root"].map(|folder| format!("/{folder}/")).to_vec();
    // Wherever this runs, its own places would show.
    let here = root();
    let own =
        [Some(here.as_path()), here.parent()].into_iter().flatten().map(|path| path.to_string_lossy().into_owned());
    paths.extend(own.chain(std::env::var("HOME").ok()).filter(|path| path.len() > 1).map(|path| format!("{path}/")));
    let mut places = Vec::new();
    for source in &sources() {
        let named = |line: &str| {
            paths.iter().any(|path| {
                // Only where the path begins: `crates/root/x` names no machine's folder.
                line.match_indices(path.as_str())
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-})$".contains(c)))
            })
        };
        places.extend(lines(source).filter(|(_, line)| named(line)).map(|(at, line)| format!("{at}: {}", line.trim())));
    }
    none("paths of one machine", places);
}

#[test]
fn text_files_end_with_a_newline_and_have_no_carriage_returns() {
    let mut places = Vec::new();
    for source in sources().iter().filter(|source| !source.path.contains("/snapshots/")) {
        let data = [".pem", ".crt", ".json", ".svg", ".css", ".ftl"].iter().any(|ending| source.path.ends_with(ending));
        if !data && (source.text.contains('\r') || !source.text.is_empty() && !source.text.ends_with('\n')) {
            places.push(source.path.clone());
        }
    }
    none("line ends", places);
}
