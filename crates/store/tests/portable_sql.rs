//! Every statement of this crate is read by parsers of both dialects, and uses nothing that only one database knows.

use sqlparser::dialect::{Dialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut folders = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// All string literals of a Rust source, without those in comments.
fn string_literals(source: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let tail = &rest[at..];
        if tail.starts_with("//") {
            rest = tail.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(inner) = tail.strip_prefix('"') {
            let mut literal = String::new();
            let mut characters = inner.char_indices();
            let end = loop {
                match characters.next().expect("a literal ends") {
                    (at, '"') => break at + 2,
                    (_, '\\') => {
                        if let Some((_, escaped)) = characters.next() {
                            literal.push(if escaped == '\n' { ' ' } else { escaped });
                        }
                    }
                    (_, character) => literal.push(character),
                }
            };
            literals.push(literal);
            rest = &tail[end..];
        } else if tail.starts_with("'\"'") || tail.starts_with("'\\\"'") {
            rest = &tail[tail[1..].find('\'').unwrap() + 2..];
        } else {
            rest = &tail[1..];
        }
    }
    literals
}

fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first)
}

fn statements() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for file in files("src", "rs") {
        let name = file.display().to_string();
        for literal in string_literals(&fs::read_to_string(&file).unwrap()) {
            if is_statement(&literal) {
                all.push((name.clone(), literal));
            }
        }
    }
    for file in files("migrations", "sql") {
        all.push((file.display().to_string(), fs::read_to_string(&file).unwrap()));
    }
    all
}

fn assert_parses(dialect: &dyn Dialect, name: &str) {
    for (file, sql) in statements() {
        if let Err(error) = Parser::parse_sql(dialect, &sql) {
            panic!("{name} does not read a statement of {file}: {error}\n{sql}");
        }
    }
}

#[test]
fn every_statement_is_read_by_a_parser_of_postgresql() {
    assert_parses(&PostgreSqlDialect {}, "PostgreSQL");
}

#[test]
fn every_statement_is_read_by_a_parser_of_sqlite() {
    assert_parses(&SQLiteDialect {}, "SQLite");
}

#[test]
fn no_statement_uses_what_only_one_database_knows() {
    const ONE_DATABASE_ONLY: [&str; 22] = [
        "?",
        " OR IGNORE",
        " OR REPLACE",
        "REPLACE INTO",
        "AUTOINCREMENT",
        "ROWID",
        "DATETIME(",
        "STRFTIME",
        "UNIXEPOCH",
        "IFNULL",
        "JSON_",
        "GLOB ",
        "PRAGMA",
        "RANDOMBLOB",
        " BLOB",
        "SERIAL",
        "NOW()",
        "::",
        "ILIKE",
        "FOR UPDATE",
        "INTERVAL",
        "ON CONFLICT",
    ];
    for (file, sql) in statements() {
        let without_comments: String =
            sql.lines().map(|line| line.split("--").next().unwrap_or_default().to_uppercase() + "\n").collect();
        for word in ONE_DATABASE_ONLY {
            assert!(!without_comments.contains(word), "{file} uses {word:?}:\n{sql}");
        }
    }
}

#[test]
fn the_search_for_statements_finds_them() {
    let queries: usize =
        files("src", "rs").iter().map(|file| fs::read_to_string(file).unwrap().matches("sqlx::query").count()).sum();
    let found = statements().iter().filter(|(file, _)| file.ends_with(".rs")).count();
    assert!(queries >= 50, "{queries}");
    assert_eq!(found, queries, "each sqlx::query has its statement as a literal that starts with its verb");
}
