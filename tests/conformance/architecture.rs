//! ARCHITECTURE.md names a test for each invariant; those tests exist, and they are tests.

use crate::workspace::{root, sources};

#[test]
fn every_test_that_an_invariant_names_exists() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = text.split("## 3. Invariants").nth(1).and_then(|rest| rest.split("## 4.").next()).expect("section 3");
    let named: Vec<&str> =
        section.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains('/')).collect();
    assert!(named.len() >= 25, "only {} tests are named", named.len());
    let code: Vec<String> =
        sources().into_iter().filter(|source| source.path.ends_with(".rs")).map(|source| source.text).collect();
    let missing: Vec<_> = named.iter().filter(|name| !code.iter().any(|text| has_test(text, name))).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names tests that do not exist or never run: {missing:#?}");
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

/// Whether `code` has a function `name` that the test runner runs: an attribute above it says so, and none says to leave it out; or, in a
/// test program with a runner of its own, its list of tests names it.
fn has_test(code: &str, name: &str) -> bool {
    let own_runner = code.contains("\nfn main()")
        && code
            .split("\nconst TESTS: ")
            .nth(1)
            .is_some_and(|rest| rest.split("];").next().is_some_and(|list| list.contains(&format!("\"{name}\""))));
    if own_runner {
        return code.contains(&format!("\nfn {name}()"));
    }
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    let starts = [format!("fn {name}("), format!("async fn {name}(")];
    lines.iter().enumerate().filter(|(_, line)| starts.iter().any(|start| line.starts_with(start))).any(|(at, _)| {
        let above = lines[..at].iter().rev();
        let attributes: Vec<_> =
            above.take_while(|line| line.starts_with("#[") || line.starts_with("//")).copied().collect();
        let runs = |line: &&str| *line == "#[test]" || *line == "#[tokio::test]" || line.starts_with("#[tokio::test(");
        attributes.iter().any(runs) && !attributes.iter().any(|line| line.starts_with("#[ignore"))
    })
}

#[test]
fn a_function_counts_as_a_test_only_if_the_runner_runs_it() {
    for test in [
        "#[test]\nfn it_holds() {}",
        "    #[tokio::test]\n    async fn it_holds() {}",
        "#[tokio::test(flavor = \"multi_thread\")]\n// Why.\nasync fn it_holds() {}",
        "proptest! {\n    /// What.\n    #[test]\n    fn it_holds(octets in any::<Vec<u8>>()) {}\n}",
        "\nconst TESTS: [(&str, fn()); 1] = [(\"it_holds\", it_holds)];\nfn main() {}\nfn it_holds() {}",
    ] {
        assert!(has_test(test, "it_holds"), "{test}");
    }
    for other in [
        "fn it_holds() {}",
        "#[test]\nfn another() {}\nfn it_holds() {}",
        "#[test]\n#[ignore = \"run by hand\"]\nfn it_holds() {}",
        "#[cfg(test)]\nfn it_holds() {}",
        "// #[test]\nfn it_holds() {}",
        "#[test]\nfn it_holds_also() {}",
        "fn run() { it_holds() }",
        "\nconst TESTS: [(&str, fn()); 0] = [\n];\nfn main() {}\nfn it_holds() {} // \"it_holds\"",
    ] {
        assert!(!has_test(other, "it_holds"), "{other}");
    }
}
