//! The workspace as Cargo and the file system see it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Where Cargo.lock is.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The platform that we build for; what other platforms need does not count.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo starts");
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// Direct normal dependencies of every package in the resolved tree, by name.
pub struct Dependencies {
    direct: BTreeMap<String, BTreeSet<String>>,
    members: BTreeSet<String>,
}

impl Dependencies {
    /// Asks `cargo metadata`.
    pub fn resolved() -> Self {
        let text = cargo(&["metadata", "--format-version", "1", "--locked", "--filter-platform", PLATFORM]);
        Self::of_metadata(&serde_json::from_str(&text).expect("cargo metadata writes JSON"))
    }

    pub fn of_metadata(metadata: &Value) -> Self {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let names: BTreeMap<String, String> =
            list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"]))).collect();
        let mut direct = BTreeMap::<String, BTreeSet<String>>::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let normal = |dependency: &&Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            let of_node = list(&node["deps"]);
            let dependencies = of_node.iter().filter(normal).map(|dependency| names[&text(&dependency["pkg"])].clone());
            direct.entry(names[&text(&node["id"])].clone()).or_default().extend(dependencies);
        }
        let members = list(&metadata["workspace_members"]).iter().map(|id| names[&text(id)].clone()).collect();
        Dependencies { direct, members }
    }

    /// Packages of this workspace.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(String::as_str)
    }

    /// What `package` names itself.
    pub fn direct(&self, package: &str) -> BTreeSet<&str> {
        self.direct.get(package).unwrap_or_else(|| panic!("no package {package}")).iter().map(String::as_str).collect()
    }

    /// Packages of this workspace that name `package` themselves.
    pub fn members_using(&self, package: &str) -> Vec<&str> {
        self.members().filter(|member| self.direct(member).contains(package)).collect()
    }
}

/// Everything that a package is linked with when it is built alone, itself left out; macros run at build time only.
pub fn linked_with(package: &str) -> BTreeSet<String> {
    let edges = "normal,no-proc-macro";
    let tree = ["tree", "--locked", "--target", PLATFORM, "-p", package, "-e", edges, "--prefix", "none", "-f", "{p}"];
    let text = cargo(&tree);
    text.lines().filter_map(|line| line.split(' ').next()).filter(|name| *name != package).map(str::to_owned).collect()
}

/// A source file of this project, with its path below the root.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Every text file that belongs to the project: code, pages, scripts, documents.
pub fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for folder in [".ci", "crates", "docs", "fuzz", "portal", "script", "tests"] {
        walk(&root().join(folder), &mut sources);
    }
    for entry in std::fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() && !is(&path, ".lock") {
            read(&path, &mut sources);
        }
    }
    assert!(sources.len() > 50, "the walk over the sources has lost its way: {} files", sources.len());
    sources
}

fn is(path: &Path, ending: &str) -> bool {
    path.to_string_lossy().ends_with(ending)
}

fn walk(folder: &Path, sources: &mut Vec<Source>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // Build output and dependencies of the page scripts, and inputs of parsers, which are data.
        if ["target", "node_modules", "corpus", "artifacts", "__pycache__"].contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() { walk(&path, sources) } else { read(&path, sources) }
    }
}

fn read(path: &Path, sources: &mut Vec<Source>) {
    // Pictures, fonts and sample documents are not text.
    let Ok(text) = std::fs::read_to_string(path) else {
        return;
    };
    let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    sources.push(Source { path, text });
}
