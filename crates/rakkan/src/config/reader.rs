//! Reads a TOML file key by key and collects every problem, each with its line and a remedy, instead of stopping at the first.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One thing that is wrong with a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the file, from 1; 0 when the problem is something that is missing.
    pub line: usize,
    /// The key it is about, as a dotted path.
    pub key: String,
    /// What is wrong and what to do.
    pub text: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.key, self.text),
            line => write!(f, "line {line}: {}: {}", self.key, self.text),
        }
    }
}

/// The problems found so far; shared by all sections of one file.
#[derive(Clone, Default)]
pub struct Problems(Rc<RefCell<Vec<Problem>>>);

impl Problems {
    fn push(&self, line: usize, key: String, text: String) {
        self.0.borrow_mut().push(Problem { line, key, text });
    }

    /// All problems, in the order of their lines.
    pub fn into_sorted(self) -> Vec<Problem> {
        let mut all = self.0.borrow().clone();
        all.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
        all
    }
}

/// One table of the file. Each key that is asked for is known; [`Section::finish`] reports the others.
pub struct Section<'t> {
    source: &'t str,
    path: String,
    table: Option<&'t DeTable<'t>>,
    known: RefCell<Vec<&'static str>>,
    problems: Problems,
}

/// Parses `source` and hands its root table to `read`.
///
/// # Errors
/// Every problem of the file at once: a syntax error, or what `read` and the checks for unknown keys found.
pub fn read<T>(source: &str, read: impl FnOnce(&Section<'_>) -> T) -> Result<T, Vec<Problem>> {
    let problems = Problems::default();
    let table = match DeTable::parse(source) {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(0, |span| line_of(source, &span));
            return Err(vec![Problem { line, key: "TOML".into(), text: error.message().to_owned() }]);
        }
    };
    let value = {
        let root = Section {
            source,
            path: String::new(),
            table: Some(table.get_ref()),
            known: RefCell::default(),
            problems: problems.clone(),
        };
        let value = read(&root);
        root.finish();
        value
    };
    let found = problems.into_sorted();
    if found.is_empty() { Ok(value) } else { Err(found) }
}

fn line_of(source: &str, span: &Range<usize>) -> usize {
    source.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
}

impl<'t> Section<'t> {
    /// Dotted path of `key` in this section.
    pub fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Reports a problem with `key` that the caller found.
    pub fn problem(&self, key: &str, text: impl Into<String>) {
        let line =
            self.table.and_then(|table| table.get_key_value(key)).map_or(0, |(_, v)| line_of(self.source, &v.span()));
        self.problems.push(line, self.key(key), text.into());
    }

    fn value(&self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.known.borrow_mut().push(key);
        self.table.and_then(|table| table.get(key))
    }

    fn wrong_type(&self, key: &str, wanted: &str, found: &Spanned<DeValue<'t>>) {
        self.problem(key, format!("expected {wanted}, found {}", found.get_ref().type_str()));
    }

    /// The text under `key`, if it is there.
    pub fn text(&self, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong_type(key, "text in quotes", value);
                None
            }
        }
    }

    /// The text under `key`; a missing key is a problem, answered with an empty text.
    pub fn required_text(&self, key: &'static str, example: &str) -> String {
        match self.value(key) {
            None => {
                // A section that is missing as a whole has been reported already.
                if self.table.is_some() {
                    self.problem(key, format!("is missing; for example: {key} = \"{example}\""));
                }
                String::new()
            }
            Some(_) => self.text(key).unwrap_or_default(),
        }
    }

    /// The text under `key` turned into a value by `parse`, whose error text becomes the problem.
    pub fn parsed<T>(&self, key: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(key)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(why) => {
                self.problem(key, why);
                None
            }
        }
    }

    /// The whole number under `key`, or `default`; outside `range` is a problem.
    pub fn number(&self, key: &'static str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let Some(value) = self.value(key) else { return default };
        let parsed = value.get_ref().as_integer().and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        match parsed {
            Some(number) if range.contains(&number) => number,
            Some(number) => {
                self.problem(key, format!("{number} is outside {} to {}", range.start(), range.end()));
                default
            }
            None => {
                self.wrong_type(key, "a whole number", value);
                default
            }
        }
    }

    /// The list of whole numbers under `key`; missing means empty.
    pub fn numbers(&self, key: &'static str) -> Vec<u32> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let numbers = value.get_ref().as_array().and_then(|list| {
            list.iter()
                .map(|n| n.get_ref().as_integer().and_then(|n| n.as_str().parse().ok()))
                .collect::<Option<Vec<u32>>>()
        });
        numbers.unwrap_or_else(|| {
            self.wrong_type(key, "a list of whole numbers", value);
            Vec::new()
        })
    }

    /// The list of texts under `key`; missing means empty.
    pub fn texts(&self, key: &'static str) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let texts = value.get_ref().as_array().and_then(|list| {
            list.iter().map(|text| text.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        texts.unwrap_or_else(|| {
            self.wrong_type(key, "a list of texts", value);
            Vec::new()
        })
    }

    /// The yes or no under `key`, or `default`.
    pub fn flag(&self, key: &'static str, default: bool) -> bool {
        let Some(value) = self.value(key) else { return default };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong_type(key, "true or false", value);
            default
        })
    }

    /// The table `[key]`, read by `read`; a missing table reads as an empty one and, when `required`, is a problem.
    pub fn section<T>(&self, key: &'static str, required: bool, read: impl FnOnce(&Section<'t>) -> T) -> T {
        let value = self.value(key);
        let table = value.and_then(|value| value.get_ref().as_table());
        match (value, table) {
            (Some(value), None) => self.wrong_type(key, &format!("a table [{key}]"), value),
            (None, _) if required => self.problem(key, format!("the section [{key}] is missing")),
            _ => {}
        }
        self.child(self.key(key), table, read)
    }

    /// Every table of `[[key]]`, each read by `read`.
    pub fn each<T>(&self, key: &'static str, mut read: impl FnMut(&Section<'t>) -> T) -> Vec<T> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, &format!("tables [[{key}]]"), value);
            return Vec::new();
        };
        let mut all = Vec::new();
        for (index, item) in list.iter().enumerate() {
            match item.get_ref().as_table() {
                Some(table) => all.push(self.child(format!("{}[{index}]", self.key(key)), Some(table), &mut read)),
                None => self.wrong_type(key, &format!("tables [[{key}]]"), item),
            }
        }
        all
    }

    fn child<T>(&self, path: String, table: Option<&'t DeTable<'t>>, read: impl FnOnce(&Section<'t>) -> T) -> T {
        let section =
            Section { source: self.source, path, table, known: RefCell::default(), problems: self.problems.clone() };
        let value = read(&section);
        section.finish();
        value
    }

    /// Reports every key that nobody asked for, with the nearest known one.
    fn finish(&self) {
        let known = self.known.borrow();
        for (key, _) in self.table.into_iter().flatten() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let mut known = known.clone();
            known.sort_unstable();
            known.dedup();
            let nearest = known
                .iter()
                .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
                .min()
                .filter(|(distance, candidate)| *distance <= 3.min(candidate.len() / 2));
            let advice = match nearest {
                Some((_, candidate)) => format!("unknown key; did you mean `{candidate}`?"),
                None => format!("unknown key; known here: {}", known.join(", ")),
            };
            self.problems.push(line_of(self.source, &key.span()), self.key(name), advice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(source: &str) -> Result<(String, u64, Vec<String>), Vec<Problem>> {
        read(source, |root| {
            let host = root.section("http", true, |http| http.required_text("listen", "127.0.0.1:8080"));
            let max = root.number("max_batch", 10, 1..=100);
            let names = root.each("ca", |ca| ca.required_text("id", "a"));
            (host, max, names)
        })
    }

    #[test]
    fn a_good_file_is_read() {
        let read = sample("max_batch = 20\n[http]\nlisten = \"a\"\n[[ca]]\nid = \"x\"\n[[ca]]\nid = \"y\"\n");
        assert_eq!(read.unwrap(), ("a".into(), 20, vec!["x".into(), "y".into()]));
    }

    #[test]
    fn an_unknown_key_is_refused_with_line_and_suggestion() {
        let problems = sample("[http]\nlisten = \"a\"\nlissten = \"b\"\n").unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].to_string(), "line 3: http.lissten: unknown key; did you mean `listen`?");
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let problems = sample("max_batch = 500\nfoo = 1\n[http]\nlisten = 3\n[[ca]]\n").unwrap_err();
        let texts: Vec<_> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(texts.len(), 4, "{texts:?}");
        assert!(texts.iter().any(|t| t.contains("ca[0].id") && t.contains("missing")));
        assert!(texts.iter().any(|t| t.contains("500 is outside 1 to 100")));
        assert!(texts.iter().any(|t| t.contains("expected text in quotes, found integer")));
        assert!(texts.iter().any(|t| t.contains("line 2: foo: unknown key; known here:")));
    }

    #[test]
    fn a_missing_section_is_told_once_not_once_per_key() {
        let problems = sample("max_batch = 5\n").unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].to_string(), "http: the section [http] is missing");
    }

    #[test]
    fn broken_toml_names_the_line() {
        let problems = sample("a = 1\nb = = 2\n").unwrap_err();
        assert_eq!(problems[0].line, 2);
    }
}
