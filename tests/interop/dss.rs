//! EU DSS: one warm server for the whole run, and what it says about a file.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::surroundings::{program, shared};

/// The server. The shell that started it ends it when its standard input closes, which it does however this process ends.
pub struct Dss {
    port: u16,
    _keeper: Child,
}

/// Starts the server with the first call; `None`, said loudly, where DSS is missing.
pub fn dss() -> Option<&'static Dss> {
    static DSS: OnceLock<Option<Dss>> = OnceLock::new();
    DSS.get_or_init(|| {
        let oracle = shared("tools/dss-oracle/dss-oracle")?;
        program("java")?;
        let mut keeper = Command::new("sh")
            .args(["-c", r#""$0" serve --port 0 & cat >/dev/null; kill $!"#])
            .arg(oracle)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        Some(Dss { port: said["listening"].as_u64().unwrap().try_into().unwrap(), _keeper: keeper })
    })
    .as_ref()
}

impl Dss {
    /// The answer to one command. Many may ask at once.
    pub fn ask(&self, arguments: &[String]) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        writeln!(stream, "{}", json!(arguments)).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// `validate`, with its arguments; every signature that was found.
    pub fn validate(&self, arguments: &[String]) -> Verdict {
        let mut command = vec!["validate".to_owned()];
        command.extend_from_slice(arguments);
        Verdict(self.ask(&command))
    }
}

/// What DSS says about a file.
pub struct Verdict(pub Value);

impl Verdict {
    pub fn signatures(&self) -> &[Value] {
        self.0["signatures"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Level, indication and what else says that it is exactly the signature that was asked for.
    pub fn require(&self, format: &str, signatures: usize) -> Result<(), String> {
        let found = self.signatures();
        let good = |signature: &&Value| {
            let passed = |stamp: &Value| stamp["indication"] == "PASSED";
            signature["format"] == format
                && signature["indication"] == "TOTAL_PASSED"
                && signature["signature_intact"] == true
                && signature["timestamps"].as_array().is_some_and(|stamps| stamps.iter().all(passed))
        };
        if self.0["error"].is_null() && found.len() == signatures && found.iter().filter(good).count() == signatures {
            return Ok(());
        }
        Err(format!("{signatures} x {format} TOTAL_PASSED expected, found {}", self.summary()))
    }

    /// Whether nothing in the file has passed.
    pub fn refused(&self) -> bool {
        self.signatures().iter().all(|signature| signature["indication"] != "TOTAL_PASSED")
    }

    /// Types of the time-stamps of the first signature, sorted.
    pub fn timestamps(&self) -> Vec<String> {
        let stamps = self.0["signatures"][0]["timestamps"].as_array().cloned().unwrap_or_default();
        let mut types: Vec<_> =
            stamps.iter().map(|stamp| stamp["type"].as_str().unwrap_or_default().to_owned()).collect();
        types.sort();
        types
    }

    /// The warnings about signatures and time-stamps, each once.
    pub fn warnings(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut add = |holder: &Value| {
            for list in ["warnings", "structure_messages"] {
                all.extend(holder[list].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
            }
        };
        for signature in self.signatures() {
            add(signature);
            signature["timestamps"].as_array().into_iter().flatten().for_each(&mut add);
        }
        self.0["timestamps"].as_array().into_iter().flatten().for_each(&mut add);
        all
    }

    fn summary(&self) -> String {
        if self.signatures().is_empty() {
            return self.0.to_string();
        }
        let keys = ["format", "indication", "sub_indication", "errors", "warnings", "structure_messages"];
        let one = |of: &Value| keys.map(|key| format!("{key} {}", of[key])).join(", ");
        let signatures = self.signatures().iter().map(|signature| {
            let stamps: Vec<_> = signature["timestamps"].as_array().into_iter().flatten().map(one).collect();
            format!("{} with time-stamps [{}]", one(signature), stamps.join("; "))
        });
        signatures.collect::<Vec<_>>().join("\n  ")
    }
}
