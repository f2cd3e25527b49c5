//! The production form: `rakkan sam` on a Unix socket, `rakkan serve` beside it, each with its own configuration file.

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use support::{Demo, rakkan};

/// A process that is killed when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts `rakkan VERB --config FILE` and waits for the line that says it is ready.
    fn start(verb: &str, config: &Path, ready: &str) -> Self {
        let mut child = rakkan()
            .args([verb, "--config"])
            .arg(config)
            .env("RAKKAN_LOG", "info")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut seen = Vec::new();
        let found = lines.by_ref().map_while(Result::ok).any(|line| {
            seen.push(line.clone());
            line.contains(ready)
        });
        let running = Self(child);
        assert!(found, "rakkan {verb} did not say {ready:?}: {seen:#?}");
        // The rest is read so that the process never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        running
    }
}

#[test]
fn serve_and_sam_run_as_two_processes_and_the_doctor_finds_them() {
    let demo = Demo::run(&[]);
    let (serve_file, sam_file) = (demo.folder().join("rakkan.toml"), demo.folder().join("sam/sam.toml"));
    let _sam = Running::start("sam", &sam_file, "listens");
    let serve = Running::start("serve", &serve_file, "serving");

    let portal = demo.report["portal"].as_str().unwrap();
    let address = portal.replace("http://localhost", "127.0.0.1");
    let mut connection = TcpStream::connect(&address).unwrap();
    write!(
        connection,
        "GET /csc/v2/info HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        portal.trim_start_matches("http://")
    )
    .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"specs\":\"2.0.0.0\""), "{answer}");

    // The authorities of the demo are gone, so the doctor finds these two faults and no other.
    let output = rakkan()
        .args(["doctor", "--json", "--config"])
        .arg(&serve_file)
        .arg("--sam-config")
        .arg(&sam_file)
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let findings = report["findings"].as_array().unwrap();
    let good = |text: &str| findings.iter().any(|f| f["good"] == true && f["what"].as_str().unwrap().contains(text));
    for text in [
        "the SAM answers and means the same pages",
        "signing log (tiles, tree and checkpoint fit together)",
        "rules of the module",
        "serves the portal",
        "serves the signing page",
    ] {
        assert!(good(text), "{text}: {report}");
    }
    for finding in findings.iter().filter(|finding| finding["good"] == false) {
        let what = finding["what"].as_str().unwrap();
        assert!(
            ["ca demo-", "tsa demo-", "clock is synchronised"].iter().any(|known| what.contains(known)),
            "{finding}"
        );
        assert!(finding["remedy"].is_string(), "{finding}");
    }
    drop(serve);
}

/// Answers every request with `body` until the test ends.
fn foreign_program(body: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{body}");
        }
    });
    address
}

#[test]
fn the_doctor_tells_our_own_server_from_whoever_else_has_the_port() {
    let demo = Demo::run(&[]);
    let own = std::fs::read_to_string(demo.folder().join("rakkan.toml")).unwrap();
    let line = own.lines().find(|line| line.starts_with("sign_listen = ")).unwrap();
    let _sam = Running::start("sam", &demo.folder().join("sam/sam.toml"), "listens");
    let finding = |address: SocketAddr| {
        let file = demo.folder().join("other.toml");
        std::fs::write(&file, own.replace(line, &format!("sign_listen = \"{address}\""))).unwrap();
        let output = rakkan().args(["doctor", "--json", "--config"]).arg(&file).output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let about = |f: &&serde_json::Value| f["what"].as_str().unwrap().contains(&address.to_string());
        findings.iter().find(about).unwrap_or_else(|| panic!("nothing about {address}: {report}")).clone()
    };
    for (body, what) in [
        ("<h1>It works!</h1>", "is taken by another program"),
        (r#"{"program":"other","origin":"https://a.example"}"#, "is taken by another program"),
        (r#"{"program":"rakkan","origin":"https://a.example"}"#, "it serves https://a.example"),
    ] {
        let found = finding(foreign_program(body.to_owned()));
        assert_eq!(found["good"], false, "{found}");
        assert!(found["what"].as_str().unwrap().contains(what), "{found}");
        assert!(found["remedy"].as_str().unwrap().contains("http.sign_listen"), "{found}");
    }
    // An address for documentation (RFC 5737): not one of this machine.
    let found = finding("192.0.2.1:1".parse().unwrap());
    assert_eq!(found["good"], false, "{found}");
}

#[test]
fn serve_without_its_module_ends_with_the_remedy() {
    let demo = Demo::run(&[]);
    let output = rakkan().args(["serve", "--config"]).arg(demo.folder().join("rakkan.toml")).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("rakkan sam"), "{text}");
}

#[test]
fn a_second_module_on_the_same_folder_is_refused() {
    let demo = Demo::run(&[]);
    let sam_file = demo.folder().join("sam/sam.toml");
    let _first = Running::start("sam", &sam_file, "listens");
    let second = rakkan().args(["sam", "--config"]).arg(&sam_file).output().unwrap();
    let text = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{text}");
    assert!(text.contains("in use by another process"), "{text}");
}

#[test]
fn a_module_that_claims_scal2_in_production_with_the_software_token_does_not_start() {
    let demo = Demo::run(&[]);
    let sam_file = demo.folder().join("sam/sam.toml");
    let text = std::fs::read_to_string(&sam_file).unwrap().replace("\"development\"", "\"production\"");
    std::fs::write(&sam_file, text).unwrap();
    let output = rakkan().args(["sam", "--config"]).arg(&sam_file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(text.contains("software token"), "{text}");
}
