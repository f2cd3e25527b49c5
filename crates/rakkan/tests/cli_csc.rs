//! `rakkan sign --csc` against the running demo service: one approval for several files, given by a software authenticator through the
//! same addresses as a browser.

mod support;

#[path = "../src/demo/person.rs"]
mod person;

/// What the demo's signer wants of the demo.
mod demo {
    use aws_lc_rs::rand::{SecureRandom, SystemRandom};
    use base64ct::{Base64UrlUnpadded, Encoding};

    pub fn random_text<const N: usize>() -> anyhow::Result<String> {
        let mut bytes = [0; N];
        SystemRandom::new().fill(&mut bytes)?;
        Ok(Base64UrlUnpadded::encode_string(&bytes))
    }
}

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use connectors::csc::Browser;
use connectors::http::{HttpClient, HttpPolicy, HttpRequest};
use person::Person;
use serde_json::Value;
use support::keys::contract;
use support::signing::{Desk, Done};
use support::{rakkan, text_of};
use tokio::runtime::Runtime;

/// A running demo, a registered person, and a desk.
struct Ground {
    runtime: Runtime,
    http: HttpClient,
    person: Person,
    service: Child,
    report: Value,
    data: tempfile::TempDir,
    desk: Desk,
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

impl Ground {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut service = rakkan()
            .args(["demo", "--json", "--port", "0", "--data"])
            .arg(data.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let report: Value = serde_json::from_str(&line).unwrap();
        let runtime = Runtime::new().unwrap();
        let http = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
        let configuration = std::fs::read_to_string(data.path().join("rakkan.toml")).unwrap();
        let signing = configuration.lines().find_map(|line| line.strip_prefix("sign_origin = \"")).unwrap();
        let person =
            Person::new(Browser::new(http.clone()), report["portal"].as_str().unwrap(), signing.trim_end_matches('"'));
        runtime.block_on(person.register("鈴木 一郎", "青葉データ株式会社", "demo-ca-1")).unwrap();
        Self { runtime, http, person, service, report, data, desk: Desk::new() }
    }

    fn command(&self, files: &[&str]) -> Command {
        let mut command = self.desk.command(&["sign", "--csc", self.report["portal"].as_str().unwrap()]);
        command.args(files).args(["--csc-client", "demo-client", "--csc-secret-file"]);
        command.arg(self.data.path().join("client.secret")).env("XDG_STATE_HOME", self.desk.path("state"));
        command
    }

    /// The address that the program asks to be opened.
    fn asked(&self, talk: &mut BufReader<ChildStderr>) -> String {
        let (mut line, mut said) = (String::new(), String::new());
        while talk.read_line(&mut line).unwrap() > 0 {
            if line.trim_start().starts_with("http") {
                return line.trim().to_owned();
            }
            said += &line;
            line.clear();
        }
        panic!("the program asked for nothing: {said}");
    }

    /// Sends the browser back to the program.
    fn back(&self, address: &str) {
        let page = self.runtime.block_on(self.http.send(HttpRequest::get(address))).unwrap();
        assert_eq!(page.status, 200);
    }
}

#[test]
fn several_files_are_signed_under_one_approval_and_the_token_is_kept_for_its_owner() {
    let ground = Ground::new();
    std::fs::copy(contract(), ground.desk.path("b.pdf")).unwrap();
    let tsa = std::fs::read_to_string(ground.data.path().join("rakkan.toml")).unwrap();
    let tsa =
        tsa.lines().find_map(|line| Some(line.strip_prefix("url = \"")?.trim_end_matches('"').to_owned())).unwrap();

    let mut child = ground
        .command(&["contract.pdf", "b.pdf", "--tsa", &tsa])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap());
    let consent = ground.asked(&mut talk);
    ground.back(&ground.runtime.block_on(ground.person.consent(&consent)).unwrap());
    let approval = ground.asked(&mut talk);
    ground.back(&ground.runtime.block_on(ground.person.approve(&approval)).unwrap());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let mut rest = String::new();
    talk.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{out}{rest}");
    assert!(out.contains("2 done, 0 failed") && out.contains("PAdES B-T"), "{out}");
    for name in ["contract-signed.pdf", "b-signed.pdf"] {
        let text = text_of(Command::new("pdfsig").arg("-nocert").arg(ground.desk.path(name)));
        assert!(text.contains("Signature is Valid") && text.contains("Total document signed"), "{text}");
    }

    let tokens: Vec<PathBuf> =
        std::fs::read_dir(ground.desk.path("state/rakkan/csc")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(std::fs::metadata(&tokens[0]).unwrap().permissions().mode() & 0o777, 0o600);

    // The second run needs no consent, and a refusal leaves no file.
    let mut child = ground
        .command(&["contract.pdf", "--out", "second.pdf"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap());
    let approval = ground.asked(&mut talk);
    assert!(approval.contains("request_uri"), "{approval}");
    let _ = ground
        .runtime
        .block_on(ground.http.send(HttpRequest::get("http://127.0.0.1:52077/rakkan?code=x&state=guessed")));
    ground.back(&ground.runtime.block_on(ground.person.approve(&approval)).unwrap());
    assert!(child.wait().unwrap().success());
    assert!(ground.desk.path("second.pdf").exists());

    // A service that is not there, a client that it does not know, an address that is not registered.
    let wrong =
        |more: &[&str]| Done::from(ground.command(&["contract.pdf", "--out", "x.pdf"]).args(more).output().unwrap());
    wrong(&["--csc-redirect", "http://127.0.0.1:52099/other", "--csc-credential", "x"]).failed(77, &["refused"]);
    let mut unknown =
        ground.desk.command(&["sign", "contract.pdf", "--out", "x.pdf", "--csc-client", "stranger", "--csc"]);
    unknown.arg(ground.report["portal"].as_str().unwrap()).env("XDG_STATE_HOME", ground.desk.path("state"));
    Done::from(unknown.output().unwrap()).failed(77, &["refused"]);
    let mut absent = ground.desk.command(&["sign", "contract.pdf", "--out", "x.pdf", "--csc", "http://127.0.0.1:9"]);
    Done::from(absent.env("XDG_STATE_HOME", ground.desk.path("state")).output().unwrap()).failed(69, &["127.0.0.1"]);
    assert!(!ground.desk.path("x.pdf").exists());
}
