//! Who may depend on whom. ARCHITECTURE.md, "2. Crates"; deny.toml holds part of this again, in script/full.

use std::collections::BTreeSet;

use crate::workspace::{Dependencies, linked_with, root};

const PURE: [&str; 3] = ["ades", "csc-api", "tlog"];

/// Crates of ours that each crate of ours may name. `rakkan` puts everything together.
const INNER: [(&str, &[&str]); 11] = [
    ("ades", &[]),
    ("csc-api", &[]),
    ("tlog", &[]),
    ("sgm", &["tlog"]),
    ("sam", &["sgm", "tlog"]),
    ("store", &[]),
    ("connectors", &["ades", "csc-api"]),
    ("ssa", &["ades", "connectors", "sam", "store", "tlog"]),
    ("web", &["csc-api", "ssa"]),
    ("test-support", &[]),
    ("rakkan", &["ades", "connectors", "csc-api", "sam", "sgm", "ssa", "store", "test-support", "tlog", "web"]),
];

/// What crosses a border of the system, and who may name it.
const BORDERS: [(&str, &[&str]); 5] = [
    ("axum", &["web"]),
    ("sqlx", &["store"]),
    ("reqwest", &["connectors"]),
    ("cryptoki", &["sgm"]),
    // Both listen; `web` needs the limit on the time that a client may take for its headers, which axum does not set.
    ("hyper", &["test-support", "web"]),
];

/// Everything that the trusted crates are linked with. Adding a name is a decision: write it down in docs/decisions.
const TRUSTED: [&str; 23] = [
    "argon2",
    "aws-lc-rs",
    "aws-lc-sys",
    "base64ct",
    "bitflags",
    "blake2",
    "block-buffer",
    "cfg-if",
    "cmov",
    "const-oid",
    "cpufeatures",
    "crypto-common",
    "ctutils",
    "digest",
    "hybrid-array",
    "linux-raw-sys",
    "rustix",
    "sha2",
    "subtle",
    "thiserror",
    "typenum",
    "untrusted",
    "zeroize",
];

/// Async runtimes, networks, file systems, clocks and generators that no pure crate is linked with.
const IMPURE: [&str; 27] = [
    "async-std",
    "axum",
    "chrono",
    "fastrand",
    "futures-executor",
    "h2",
    "hyper",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "rand",
    "reqwest",
    "rusqlite",
    "rustix",
    "rustls",
    "smol",
    "socket2",
    "sqlx",
    "tempfile",
    "time",
    "tokio",
    "tracing-subscriber",
    "uuid",
    "walkdir",
    "web-time",
    "wasm-bindgen",
];

#[test]
fn crates_of_ours_name_only_those_below_them() {
    let dependencies = Dependencies::resolved();
    let ours: BTreeSet<&str> = INNER.iter().map(|(name, _)| *name).collect();
    for (name, allowed) in INNER {
        let direct = dependencies.direct(name);
        let wrong: Vec<_> = direct.intersection(&ours).filter(|other| !allowed.contains(other)).collect();
        assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
    }
    let unknown: Vec<_> = dependencies.members().filter(|name| !ours.contains(name)).collect();
    assert_eq!(unknown, ["fuzz", "workspace-tests"], "a new crate needs its place in the table of this test");
}

#[test]
fn each_border_is_crossed_where_it_may_be() {
    let dependencies = Dependencies::resolved();
    for (package, allowed) in BORDERS {
        let wrong: Vec<_> =
            dependencies.members_using(package).into_iter().filter(|name| !allowed.contains(name)).collect();
        assert!(wrong.is_empty(), "only {allowed:?} may depend on {package}, not {wrong:?}");
    }
}

#[test]
fn pure_crates_are_linked_with_no_runtime_network_file_system_or_clock() {
    for name in PURE {
        let linked = linked_with(name);
        let wrong: Vec<_> = IMPURE.iter().filter(|impure| linked.contains(**impure)).collect();
        assert!(wrong.is_empty(), "{name} is linked with {wrong:?}");
    }
}

#[test]
fn trusted_crates_are_linked_with_nothing_beyond_the_allow_list() {
    let mut used = BTreeSet::new();
    // libc: the kernel's word on its clock (adjtimex), which no safe crate asks for. Security design 7.1 no. 19.
    for (name, own) in [("sgm", ["tlog"].as_slice()), ("sam", &["libc", "sgm", "tlog"])] {
        let linked = linked_with(name);
        let wrong: Vec<_> = linked
            .iter()
            .filter(|package| !TRUSTED.contains(&package.as_str()) && !own.contains(&package.as_str()))
            .collect();
        assert!(wrong.is_empty(), "{name} is linked with {wrong:?}");
        used.extend(linked);
    }
    let unused: Vec<_> = TRUSTED.iter().filter(|name| !used.contains(**name)).collect();
    assert!(unused.is_empty(), "no longer needed in the allow-list: {unused:?}");
}

#[test]
fn the_web_side_and_the_module_meet_in_the_protocol_only() {
    let dependencies = Dependencies::resolved();
    for (name, forbidden) in
        [("web", ["sam", "sgm", "store", "ades"].as_slice()), ("ssa", &["sgm", "axum", "http", "hyper"])]
    {
        let direct = dependencies.direct(name);
        let wrong: Vec<_> = forbidden.iter().filter(|package| direct.contains(**package)).collect();
        assert!(wrong.is_empty(), "{name} must not depend on {wrong:?}");
    }
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let sources: BTreeSet<_> = lock.lines().filter(|line| line.starts_with("source = ")).collect();
    assert_eq!(sources.len(), 1, "one registry, no git: {sources:?}");
    assert!(sources.iter().all(|source| source.contains("github.com/rust-lang/")), "{sources:?}");
}

#[test]
fn the_rules_see_what_they_forbid() {
    let metadata = serde_json::json!({
        "packages": [
            { "id": "a", "name": "tlog" }, { "id": "b", "name": "axum" }, { "id": "c", "name": "proptest" },
        ],
        "workspace_members": ["a"],
        "resolve": { "nodes": [
            { "id": "a", "deps": [
                { "pkg": "b", "dep_kinds": [{ "kind": null }] },
                { "pkg": "c", "dep_kinds": [{ "kind": "dev" }] },
            ] },
            { "id": "b", "deps": [] }, { "id": "c", "deps": [] },
        ] },
    });
    let dependencies = Dependencies::of_metadata(&metadata);
    assert_eq!(dependencies.members_using("axum"), ["tlog"]);
    assert_eq!(dependencies.members_using("proptest"), [""; 0]);
    assert!(linked_with("web").contains("axum"));
    assert!(!linked_with("tlog").contains("proptest"));
}
