//! A tree of facts for people: branches drawn with lines, texts of strangers made harmless for terminals.

use std::fmt;

/// A fact with those below it.
#[derive(Debug, Clone, Default)]
pub struct Branch {
    text: String,
    below: Vec<Branch>,
}

impl Branch {
    /// A fact.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: harmless(&text.into()), below: Vec::new() }
    }

    /// Adds a fact below this one.
    pub fn add(&mut self, branch: Self) {
        self.below.push(branch);
    }

    /// Adds `name  value` below this one.
    pub fn fact(&mut self, name: &str, value: impl fmt::Display) {
        let gap = " ".repeat(13_usize.saturating_sub(crate::language::columns(name)).max(1));
        self.add(Self::new(format!("{name}{gap}{value}")));
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        for (at, branch) in self.below.iter().enumerate() {
            let last = at + 1 == self.below.len();
            writeln!(f, "{indent}{}{}", if last { "└─ " } else { "├─ " }, branch.text)?;
            branch.write(f, &format!("{indent}{}", if last { "   " } else { "│  " }))?;
        }
        Ok(())
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.write(f, "")
    }
}

/// Without what moves a terminal's cursor or turns the direction of text.
fn harmless(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if c.is_control() || turns(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_drawn_below_each_other() {
        let mut root = Branch::new("root");
        let mut first = Branch::new("first");
        first.fact("name", "値");
        root.add(first);
        root.add(Branch::new("last"));
        assert_eq!(root.to_string(), "root\n├─ first\n│  └─ name         値\n└─ last\n");
    }

    #[test]
    fn texts_of_strangers_do_not_steer_the_terminal() {
        assert_eq!(Branch::new("a\x1b[2J\u{202e}b\n").to_string(), "a\u{fffd}[2J\u{fffd}b\u{fffd}\n");
    }
}
