//! ARCHITECTURE.md names a test for each invariant; those tests exist.

use crate::workspace::{root, sources};

#[test]
fn every_test_that_an_invariant_names_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## 3. Invariants").nth(1).and_then(|rest| rest.split("## 4.").next()).expect("section 3");
    let named: Vec<&str> =
        section.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains('/')).collect();
    assert!(named.len() >= 25, "only {} tests are named", named.len());
    let all: String =
        sources().into_iter().filter(|source| source.path.ends_with(".rs")).map(|source| source.text).collect();
    let missing: Vec<_> = named.iter().filter(|name| !all.contains(&format!("fn {name}()"))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names tests that do not exist: {missing:#?}");
}

#[test]
fn every_invariant_names_a_test() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## 3. Invariants").nth(1).and_then(|rest| rest.split("## 4.").next()).expect("section 3");
    let mut number = 1;
    for paragraph in section.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())) {
        assert!(paragraph.starts_with(&format!("{number}. ")), "invariant {number} is out of order: {paragraph}");
        number += 1;
    }
    assert!(number > 15);
}
