//! `rakkan doctor`: checks what can be checked, live where something answers, and says the remedy.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ades::crypto::DigestAlgorithm;
use ades::tsp::{Imprint, Nonce};
use serde_json::json;
use ssa::sam_client::ActivationClient;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use web::health::Health;

use crate::cli::DoctorArgs;
use crate::config::Environment;
use crate::config::sam::{ConfinementRule, SamFile, TokenKey};
use crate::config::serve::ServeFile;
use crate::confinement::Confinement;
use crate::service;

/// How far the clock may be from that of a time-stamp authority before it is worth a word, in seconds.
const CLOCK_WORTH_A_WORD: u64 = 5;
/// How long whoever listens on our port has for an answer.
const WAIT: Duration = Duration::from_secs(2);
/// As much of that answer as is read, in bytes.
const LONGEST_ANSWER: u64 = 16 * 1024;

/// One finding.
struct Finding {
    good: bool,
    what: String,
    remedy: String,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, what: impl Into<String>) {
        self.0.push(Finding { good: true, what: what.into(), remedy: String::new() });
    }

    fn bad(&mut self, what: impl Into<String>, remedy: impl Into<String>) {
        self.0.push(Finding { good: false, what: what.into(), remedy: remedy.into() });
    }

    fn check<T, E: std::fmt::Display>(&mut self, what: &str, result: Result<T, E>, remedy: &str) -> Option<T> {
        match result {
            Ok(value) => {
                self.good(what);
                Some(value)
            }
            Err(error) => {
                self.bad(format!("{what}: {error:#}"), remedy);
                None
            }
        }
    }
}

/// Runs all checks. Returns whether everything is good.
pub async fn run(args: &DoctorArgs) -> anyhow::Result<bool> {
    let mut findings = Findings::default();
    if let Some(path) = &args.sam_config {
        sam(path, &mut findings);
    }
    if let Some(path) = &args.config {
        serve(path, &mut findings).await;
    }
    let good = findings.0.iter().all(|finding| finding.good);
    if args.json {
        let list: Vec<_> = findings
            .0
            .iter()
            .map(|f| json!({"good": f.good, "what": f.what, "remedy": (!f.remedy.is_empty()).then_some(&f.remedy)}))
            .collect();
        println!("{}", json!({"version": 1, "good": good, "findings": list}));
    } else {
        for finding in &findings.0 {
            println!("{}  {}", if finding.good { "good" } else { "BAD " }, finding.what);
            if !finding.remedy.is_empty() {
                println!("      -> {}", finding.remedy);
            }
        }
    }
    Ok(good)
}

fn sam(path: &Path, findings: &mut Findings) {
    let Some(file) = findings.check("sam: configuration file", SamFile::load(path), "correct the lines named") else {
        return;
    };
    match file.module_config() {
        Ok(_) => findings.good("sam: rules of the module"),
        Err(problems) => {
            problems.into_iter().for_each(|problem| findings.bad(format!("sam: {problem}"), "correct the file"))
        }
    }
    confinement(&file, findings);
    private("sam: configuration file is private", path, findings);
    let (TokenKey::KeyFile(key) | TokenKey::PassphraseFile(key)) = &file.token;
    private("sam: key of the token is private", key, findings);
    match fs::metadata(&file.folder) {
        Err(_) => findings.good(format!("sam: {} will be made at the first start", file.folder.display())),
        Ok(_) => {
            private("sam: folder is private", &file.folder, findings);
            log(&file.folder, findings);
        }
    }
    let socket = file.socket.parent().unwrap_or(Path::new("/"));
    if socket.is_dir() {
        findings.good("sam: folder of the socket");
    } else {
        findings.bad(format!("sam: {} is not there", socket.display()), "make the folder, writable for the SAM's user");
    }
}

/// Whether the module's process is held to its files and off the network.
fn confinement(file: &SamFile, findings: &mut Findings) {
    let here = Confinement::of_this_kernel();
    let remedy = "run the module on Linux 6.7 or later with landlock";
    match file.confinement {
        ConfinementRule::Required if here.is_whole() => findings.good("sam: this kernel can confine the module"),
        ConfinementRule::Required => findings.bad(
            format!("sam: this kernel cannot confine the module (files: {}, network: {})", here.files, here.network),
            format!("{remedy}, or accept less with confinement = \"best-effort\""),
        ),
        ConfinementRule::BestEffort if file.environment == Environment::Production => findings.bad(
            format!(
                "sam: confinement = \"best-effort\": the module also starts unconfined (this kernel: files {}, network {})",
                here.files, here.network
            ),
            format!("{remedy}, and write confinement = \"required\""),
        ),
        ConfinementRule::BestEffort => findings.good(format!(
            "sam: development: the module runs with what confinement there is (files: {}, network: {})",
            here.files, here.network
        )),
    }
}

/// A file or folder that only its owner may use.
fn private(what: &str, path: &Path, findings: &mut Findings) {
    match fs::metadata(path) {
        Err(error) => findings
            .bad(format!("{what}: {}: {error}", path.display()), "see that it exists and that this user may read it"),
        Ok(facts) if facts.permissions().mode() & 0o077 != 0 => {
            let mode = if facts.is_dir() { "700" } else { "600" };
            findings
                .bad(format!("{what}: others may use {}", path.display()), format!("chmod {mode} {}", path.display()));
        }
        Ok(facts) if facts.uid() != rustix::process::getuid().as_raw() => {
            findings.bad(
                format!("{what}: {} belongs to another user", path.display()),
                "run the doctor as the user of the SAM, or chown it",
            );
        }
        Ok(_) => findings.good(what),
    }
}

fn log(folder: &Path, findings: &mut Findings) {
    if !folder.join("log").is_dir() {
        return;
    }
    match crate::log::fits_together(folder) {
        Ok(true) => findings.good("sam: signing log (tiles, tree and checkpoint fit together)"),
        Ok(false) => {
            findings.bad("sam: the signing log does not hold", format!("see: rakkan log verify {}", folder.display()))
        }
        Err(error) => {
            findings.bad(format!("sam: the signing log cannot be read: {error:#}"), "see that this user may read it")
        }
    }
}

async fn serve(path: &Path, findings: &mut Findings) {
    let Some(file) = findings.check("serve: configuration file", ServeFile::load(path), "correct the lines named")
    else {
        return;
    };
    let sam = ActivationClient::at_path(&file.sam_socket);
    let remedy = "see the cause; files named in the configuration must exist and be readable for this user";
    let Some(app) =
        findings.check("serve: store, keys and certificates", service::assemble(&file, sam, None).await, remedy)
    else {
        return;
    };
    match app.ssa().sam_status().await {
        Err(error) => {
            findings.bad(format!("serve: {error}"), "start `rakkan sam`, and let allowed_uids name this user")
        }
        Ok(status) => {
            let remedy = "write the same origins and RP ID in both files";
            findings.check(
                "serve: the SAM answers and means the same pages",
                service::require_same_pages(&app, &file).await,
                remedy,
            );
            if status.clock_synchronised {
                findings.good("sam: the kernel says that the clock is synchronised");
            } else {
                findings.bad(
                    "sam: the kernel does not say that the clock is synchronised",
                    "run a time service such as chrony",
                );
            }
        }
    }
    let http = match service::outbound(&file) {
        Ok(http) => http,
        Err(error) => return findings.bad(format!("serve: {error:#}"), "see the cause"),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    for (id, client) in service::est_clients(&file, &http).unwrap_or_default() {
        let answer = client.authority_certificates(now).await;
        findings.check(
            &format!("ca {id}: answers, and leads to the pinned root"),
            answer,
            "see est_url, root_file and [outbound]",
        );
    }
    for (id, client) in service::tsa_clients(&file, &http).unwrap_or_default() {
        let imprint = Imprint::of(DigestAlgorithm::Sha256, b"rakkan doctor");
        let nonce = Nonce::from_bytes(&now.to_be_bytes());
        let answer = client.timestamp(&imprint, Some(&nonce), now).await;
        if let Some(token) =
            findings.check(&format!("tsa {id}: gives a good token"), answer, "see url, root_file and [outbound]")
        {
            let apart = token.info().time.abs_diff(now);
            if apart > CLOCK_WORTH_A_WORD {
                findings
                    .bad(format!("tsa {id}: its clock and ours are {apart} s apart"), "compare both with a reference");
            }
        }
    }
    for (what, key, address, origin) in [
        ("portal", "http.listen", file.http.listen, &file.http.public_origin),
        ("signing page", "http.sign_listen", file.http.sign_listen, &file.http.sign_origin),
    ] {
        port(what, key, address, origin, findings).await;
    }
}

/// Whether `address` is free, or taken by the service that this file describes.
async fn port(what: &str, key: &str, address: SocketAddr, origin: &str, findings: &mut Findings) {
    let other = || format!("stop what listens there (see: ss -ltnp), or choose another port in {key}");
    match occupant(address).await {
        Ok(Occupant::Nobody) => findings.good(format!("serve: {address} is free for the {what}")),
        Ok(Occupant::Rakkan(served)) if served == origin => {
            findings.good(format!("serve: {address} serves the {what}"));
        }
        Ok(Occupant::Rakkan(served)) => findings.bad(
            format!("serve: {address} is taken by another Rakkan, or by one with another file: it serves {served}"),
            other(),
        ),
        Ok(Occupant::Foreign) => {
            findings.bad(format!("serve: {address}, meant for the {what}, is taken by another program"), other());
        }
        Err(error) => findings.bad(
            format!("serve: {address} cannot be listened on for the {what}: {error}"),
            format!("choose an address of this machine in {key}, and a port that this user may use"),
        ),
    }
}

/// Who has a port.
enum Occupant {
    Nobody,
    /// A service of ours, and the origin that it serves.
    Rakkan(String),
    Foreign,
}

/// Asks whoever listens on `address` who it is.
///
/// # Errors
/// Nobody listens, and we could not either.
async fn occupant(address: SocketAddr) -> io::Result<Occupant> {
    let asked = tokio::time::timeout(WAIT, async {
        let stream = TcpStream::connect(address).await?;
        // From here on somebody has the port, whatever goes wrong.
        Ok(health(stream, address).await.unwrap_or(None))
    });
    match asked.await {
        Ok(Ok(Some(health))) => Ok(Occupant::Rakkan(health.origin)),
        Ok(Ok(None)) | Err(_) => Ok(Occupant::Foreign),
        Ok(Err::<_, io::Error>(_)) => TcpListener::bind(address).await.map(|_| Occupant::Nobody),
    }
}

async fn health(mut stream: TcpStream, address: SocketAddr) -> io::Result<Option<Health>> {
    let path = web::health::PATH;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
    let health = body.and_then(|body| serde_json::from_str::<Health>(body).ok());
    Ok(health.filter(|health| health.program == web::health::PROGRAM))
}
