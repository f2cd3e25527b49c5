//! `rakkan demo`: the whole spine on this machine, driven from outside by a browser-like signer and a CSC client.

mod application;
mod delivery;
mod evidence;
mod memory;
mod module;
mod person;
mod report;
mod setup;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ades::AdesLevel;
use ades::crypto::AwsLc;
use ades::pdf::{FileSource, Source};
use ades::x509::Certificate;
use anyhow::{Context, ensure};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64ct::{Base64UrlUnpadded, Encoding};
use connectors::csc::Browser;
use connectors::http::{HttpClient, HttpPolicy};
use sam::signing_log::Entry;
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities, SecondCa};
use tlog::note::VerifierKey;
use web::App;
use web::server::Listeners;

use self::application::{Application, RemoteCredential, Signed};
use self::module::Module;
use self::person::Person;
use self::report::{Report, Step};
use self::setup::{Folder, Origins};
use crate::cli::DemoArgs;
use crate::config::serve::ServeFile;
use crate::language::Language;
pub use crate::moment::now;
use crate::serve::{listen, stopped};
use crate::service::{self, Demonstration};
use crate::sign::{Raising, level_name};

/// The built-in contract.
const CONTRACT: &[u8] = include_bytes!("../../assets/contract.pdf");
/// Its name for people.
const CONTRACT_NAME: &str = "業務委託契約書.pdf";
/// The demo's signer, as in the contract.
const SIGNER: &str = "山田 花子";
/// Their organisation.
const ORGANISATION: &str = "青葉データ株式会社";

/// Runs the demo. Returns whether everything that status 0 promises holds.
pub async fn run(args: &DemoArgs, started: Instant) -> anyhow::Result<bool> {
    let language = Language::of_process(args.lang.as_deref());
    let document = Document::open(args.pdf.as_deref())?;
    let plan = Plan { data: args.data.clone(), port: args.port, language, ..Plan::default() };
    let mut stage = Stage::set(&plan, started).await?;
    let report = stage.sign(&document, args.level.into()).await?;
    if args.json {
        println!("{}", report.json());
    } else {
        println!("\n{}", report.table(language));
    }
    if !args.exit {
        stage.keep(args.json, language).await;
    }
    Ok(report.ok())
}

/// The file to sign.
struct Document {
    source: Box<dyn Source + Send + Sync>,
    label: String,
}

impl Document {
    fn open(chosen: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = chosen else {
            return Ok(Self { source: Box::new(CONTRACT), label: CONTRACT_NAME.into() });
        };
        ensure!(!path.is_dir(), "--pdf {}: is a folder; name a PDF file", path.display());
        let file = File::open(path).with_context(|| format!("--pdf {}: cannot be opened", path.display()))?;
        let label = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { source: Box::new(FileSource::new(file)?), label: label.chars().take(60).collect() })
    }
}

/// How a stage is set.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Folder; a new one under the temporary folder if none is named.
    pub data: Option<PathBuf>,
    /// Port of the portal; 0 takes any free ones.
    pub port: u16,
    /// Language of the pages.
    pub language: Language,
    /// Kind of keys that the second CA certifies.
    pub rsa_keys: &'static str,
}

impl Default for Plan {
    fn default() -> Self {
        Self { data: None, port: 0, language: Language::En, rsa_keys: "rsa3072" }
    }
}

/// Everything that runs: authorities, module, service. Ends when dropped.
pub struct Stage {
    folder: Folder,
    origins: Origins,
    http: HttpClient,
    module: Module,
    app: App,
    root: Certificate,
    steps: Vec<Step>,
    started: Instant,
    authorities: DevelopmentAuthorities,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Stage {
    /// Starts everything; nobody is registered yet.
    pub async fn set(plan: &Plan, started: Instant) -> anyhow::Result<Self> {
        let mut clock = StepClock::new(started);
        let folder = Folder::make(plan.data.as_deref())?;
        let ports = match plan.port {
            0 => [0, 0, 0],
            first => [Some(first), first.checked_add(1), first.checked_add(2)]
                .map(|port| port.context("--port must leave room for two more ports"))
                .into_iter()
                .collect::<anyhow::Result<Vec<_>>>()?
                .try_into()
                .unwrap_or([0, 0, 0]),
        };
        let bind = |port| listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let listeners = Listeners { portal: bind(ports[0]).await?, signing: bind(ports[1]).await? };
        let open = [listeners.portal.local_addr()?.port(), listeners.signing.local_addr()?.port()];
        let origins = Origins {
            portal: format!("http://localhost:{}", open[0]),
            signing: format!("http://localhost:{}", open[1]),
        };
        folder.make_secrets()?;
        let authorities = DevelopmentAuthorities::start(AuthoritySettings {
            port: ports[2],
            folder: Some(folder.join("authorities")),
            est_password: folder.secret("est.password")?,
            second_ca: SecondCa::Background,
            ..AuthoritySettings::default()
        })
        .await?;
        let root = Certificate::from_der(authorities.root().certificate())?;
        let pem =
            der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, root.der()).map_err(anyhow::Error::msg)?;
        folder.write("evidence/demo-root.pem", pem.as_bytes())?;
        let mut steps = vec![clock.step(
            "authorities",
            "デモ用の認証局2・時刻認証局2",
            "Two demo CAs, two demo TSAs",
            authorities.addresses().base.clone(),
        )];

        folder.write_configuration(&origins, open, authorities.addresses(), plan)?;
        let file = ServeFile::load(&folder.join("rakkan.toml"))?;
        let module = Module::default();
        let sample = Some((CONTRACT_NAME.to_owned(), Arc::from(CONTRACT)));
        let app = service::assemble(&file, module.client(&folder.join("sam/sam.toml")), Some(Demonstration { sample }))
            .await?;
        service::require_same_pages(&app, &file).await?;
        steps.push(clock.step(
            "module",
            "署名起動モジュール（子プロセス）",
            "Signature activation module, a child process",
            format!("pid {}", module.pid().unwrap_or(0)),
        ));
        let (stop, stopping) = tokio::sync::oneshot::channel();
        let served = app.clone();
        let server =
            tokio::spawn(async move { web::server::serve(served, listeners, async { drop(stopping.await) }).await });
        tokio::spawn(service::sweep(app.clone()));
        steps.push(clock.step("service", "ポータルと CSC API", "Portal and CSC API", origins.portal.clone()));
        let http = HttpClient::new(HttpPolicy::with_loopback().deadline(Duration::from_secs(20)))?;
        Ok(Self { folder, origins, http, module, app, root, steps, started, authorities, server, stop: Some(stop) })
    }

    /// Registers a signer at the CA `ca_id` and connects the CSC client.
    pub async fn session(&self, ca_id: &str) -> anyhow::Result<SigningSession> {
        // The RSA CA is made in the background; a benchmark waits for it, a person would be told to try again.
        self.authorities.ca2().await.context("the demo's RSA CA could not be made")?;
        let person = self.person();
        person.register(SIGNER, ORGANISATION, ca_id).await?;
        let secret = self.folder.secret("client.secret")?;
        let application = Application::connect(self.http.clone(), &self.origins.portal, secret, &person).await?;
        let credential = application.credential().await?;
        Ok(SigningSession { person, application, credential })
    }

    fn person(&self) -> Person {
        Person::new(Browser::new(self.http.clone()), &self.origins.portal, &self.origins.signing)
    }

    async fn sign(&mut self, document: &Document, level: AdesLevel) -> anyhow::Result<Report> {
        let mut clock = StepClock::new(Instant::now());
        let person = self.person();
        person.register(SIGNER, ORGANISATION, "demo-ca-1").await.context("the demo signer could not be registered")?;
        self.steps.push(clock.step(
            "enrol",
            "署名者の登録、鍵、証明書",
            "Signer, key and certificate",
            "山田 花子, P-256".into(),
        ));

        let secret = self.folder.secret("client.secret")?;
        let application = Application::connect(self.http.clone(), &self.origins.portal, secret, &person).await?;
        let credential = application.credential().await?;
        self.steps.push(clock.step(
            "client",
            "CSC クライアントの接続",
            "CSC client: service token, credential",
            credential.id.clone(),
        ));

        let prepared = application.prepare(&*document.source, &credential, (&self.root, level), now())?;
        let hash = prepared.dtbsr().as_bytes().to_vec();
        self.steps.push(clock.step("prepare", "PDF の準備", "PDF prepared", document.label.clone()));
        let token = application.approval(&credential, &[(hash.clone(), document.label.clone())], &person).await?;
        self.steps.push(clock.step("approve", "パスキーによる承認", "Approval by passkey", "SAR, SAD".into()));
        let signed = application.sign(&credential, &token, vec![hash]).await?;
        let Signed { value, receipt } = signed.into_iter().next().context("signHash gave no signature")?;
        let first_signature = self.started.elapsed();
        self.steps.push(clock.step(
            "sign",
            "署名値の生成（ログ記録済み）",
            "Signature value, in the log before release",
            "signatures/signHash".into(),
        ));
        let timestamp = if level > AdesLevel::B { Some(application.timestamp(&value).await?) } else { None };
        let mut timestamp_authority = String::new();
        if let Some(timestamp) = &timestamp {
            timestamp_authority = timestamp.verify(&[], &AwsLc)?.subject().common_name().unwrap_or_default();
            self.steps.push(clock.step("timestamp", "タイムスタンプ", "Time-stamp", timestamp_authority.clone()));
        }

        let signed_path = self.folder.join("signed.pdf");
        let part = self.folder.join("signed.pdf.part");
        let mut output = std::io::BufWriter::new(File::create(&part).with_context(|| part.display().to_string())?);
        prepared.embed(&*document.source, &value, timestamp.as_ref(), &AwsLc, &mut output)?;
        output.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        if level > AdesLevel::T {
            self.raise(&part, level).await?;
            self.steps.push(clock.step(
                "raise",
                "検証情報と長期保存用タイムスタンプ",
                "Evidence, and a time-stamp over it where the level has one",
                level_name(level).into(),
            ));
        }
        let found = delivery::deliver(&part, &signed_path, value.as_bytes(), level)?;
        self.steps.push(clock.step(
            "embed",
            "PAdES への埋め込みと自己点検",
            "Embedded in PAdES, self-check",
            found.map_or_else(|| "-".into(), report::level_name),
        ));

        self.folder.write("receipt.tlog-proof", receipt.as_bytes())?;
        let status = self.app.ssa().sam_status().await?;
        self.folder.write("log.vkey", format!("{}\n", status.log_verifier_key).as_bytes())?;
        let inclusion_proof = receipt_holds(&receipt, &status.log_verifier_key, value.as_bytes());
        let mut chain = credential.chain.clone();
        chain.retain(|one| *one != self.root);
        let files = evidence::collect(&self.folder, &self.http, &chain, timestamp.as_ref(), &self.root, now()).await?;
        self.steps.push(clock.step("evidence", "受領証と証拠", "Receipt and evidence", format!("{files} files")));

        let pids: Vec<u32> = [Some(std::process::id()), self.module.pid()].into_iter().flatten().collect();
        Ok(Report {
            steps: std::mem::take(&mut self.steps),
            total: self.started.elapsed(),
            first_signature,
            memory: memory::proportional_set_size(&pids),
            inclusion_proof,
            data: self.folder.path().to_owned(),
            portal: self.origins.portal.clone(),
            timestamp_authority,
            level: found,
            promised: level,
        })
    }

    /// Adds what the level wants above B-T, as `rakkan extend` does.
    async fn raise(&self, part: &Path, level: AdesLevel) -> anyhow::Result<()> {
        let (part, root) = (part.to_owned(), self.folder.join("evidence/demo-root.pem"));
        let tsa = self.authorities.addresses().tsas.to_vec();
        // It has a runtime of its own.
        let raised =
            tokio::task::spawn_blocking(move || Raising { input: &part, output: &part, tsa, root: &root }.run(level));
        Ok(raised.await??)
    }

    async fn keep(mut self, json: bool, language: Language) {
        if !json {
            let portal = &self.origins.portal;
            match language {
                Language::Ja => println!("  ポータル: {portal}  （自分の PDF に署名できます。終了は Ctrl-C）\n"),
                Language::En => println!("  Portal: {portal}  (sign a PDF of your own; end with Ctrl-C)\n"),
            }
        }
        stopped().await;
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let _ = (&mut self.server).await;
    }
}

/// A registered signer and a connected client, for repeated signing.
pub struct SigningSession {
    person: Person,
    application: Application,
    credential: RemoteCredential,
}

impl SigningSession {
    /// One approval over all of `hashes`; the answer is the access token.
    pub async fn approve(&self, hashes: &[Vec<u8>]) -> anyhow::Result<String> {
        let labelled: Vec<_> = hashes.iter().map(|hash| (hash.clone(), "bench".to_owned())).collect();
        self.application.approval(&self.credential, &labelled, &self.person).await
    }

    /// `signatures/signHash` for one approved hash.
    pub async fn sign(&self, token: &str, hash: Vec<u8>) -> anyhow::Result<()> {
        self.application.sign(&self.credential, token, vec![hash]).await.map(|_| ())
    }
}

fn receipt_holds(receipt: &str, key: &str, value: &[u8]) -> bool {
    let Ok(key) = key.parse::<VerifierKey>() else { return false };
    let expected = sha256(value);
    sam::receipt::verify(receipt, &key).is_ok_and(|receipt| {
        matches!(&receipt.event().entry, Entry::Result { signature_sha256, .. } if *signature_sha256 == expected)
    })
}

struct StepClock(Instant);

impl StepClock {
    fn new(start: Instant) -> Self {
        Self(start)
    }

    fn step(&mut self, name: &'static str, ja: &'static str, en: &'static str, detail: String) -> Step {
        let now = Instant::now();
        let took = now.duration_since(std::mem::replace(&mut self.0, now));
        Step { name, ja, en, detail, took }
    }
}

/// Random bytes for the demo's client and browser.
pub fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    ensure!(SystemRandom::new().fill(&mut bytes).is_ok(), "the operating system gave no random bytes");
    Ok(bytes)
}

/// Random text of `N` bytes in base64url.
pub fn random_text<const N: usize>() -> anyhow::Result<String> {
    Ok(Base64UrlUnpadded::encode_string(&random::<N>()?))
}

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref());
    hash
}
