//! The whole service in one process: real store, real activation module with software token, development authorities over
//! HTTP, and a clock that tests move. Requests go straight to the routers, without sockets.
#![allow(dead_code)] // Each test file uses its own part.

mod answer;
mod browser;
pub mod client;
mod pages;
mod person;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ades::x509::Certificate;
use aws_lc_rs::rand::SystemRandom as AwsRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use connectors::ca::{EstClient, EstSettings};
use connectors::http::{HttpClient, HttpPolicy};
use connectors::tsa::{TsaClient, TsaList, TsaSettings};
use ipnet::IpNet;
use sam::config::{SamConfig, TokenKind};
use sam::service::{NoObserver, Service};
use sam::signing_log::disk::FileSystem;
use sgm::{Deployment, KeyEncryption, SoftwareToken, create_key_file};
use ssa::oauth::{AuthorizationServer, ClientRegistration, ClientSecretHash};
use ssa::sam_client::ActivationClient;
use ssa::{CertificateAuthority, KeyAlgorithm, OfficerKey, Ssa, SystemRandom};
use store::{Store, StoreOptions};
use tempfile::TempDir;
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities};
use test_support::clock::FixedClock;
use tokio::net::UnixStream;
use web::{App, Parts, RateLimit, Settings, router};

pub use answer::Answer;
pub use browser::Browser;
pub use client::{Client, Token};
pub use pages::{FixedPages, PIXEL, UNDRAWABLE};
pub use person::Person;
pub use sgm::SoleControl;

/// RP ID of all passkeys.
pub const RP_ID: &str = "localhost";
/// Origin of portal, OAuth and CSC.
pub const PORTAL: &str = "http://localhost:8080";
/// Origin of the signing page.
pub const SIGNING: &str = "http://localhost:8081";
/// The time at which every test begins.
pub const START: u64 = 1_800_000_000;

/// A running service and all that belongs to it.
pub struct World {
    pub app: App,
    pub ssa: Ssa,
    pub clock: FixedClock,
    pub authorities: DevelopmentAuthorities,
    pub portal: Router,
    pub signing: Router,
    numbers: AtomicU64,
    _folder: TempDir,
}

/// What a test may want to be otherwise.
pub struct Variation {
    pub rate_limit: RateLimit,
    pub trusted_proxies: Vec<IpNet>,
    /// What the activation module claims.
    pub sole_control: SoleControl,
    /// Whether the activation module answers.
    pub module_runs: bool,
    pub demo: bool,
}

impl Default for Variation {
    fn default() -> Self {
        let rate_limit = RateLimit::default();
        let sole_control = SoleControl::Scal2;
        Self { rate_limit, trusted_proxies: Vec::new(), sole_control, module_runs: true, demo: true }
    }
}

impl World {
    /// A service with two clients and nobody registered.
    pub async fn start() -> Self {
        Self::start_as(Variation::default()).await
    }

    /// The same with another limit of requests.
    pub async fn start_with(rate_limit: RateLimit) -> Self {
        Self::start_as(Variation { rate_limit, ..Variation::default() }).await
    }

    /// The same with other settings.
    pub async fn start_as(variation: Variation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = FixedClock::at(START);
        let settings = AuthoritySettings { clock: Arc::new(clock.clone()), ..AuthoritySettings::default() };
        let authorities = DevelopmentAuthorities::start(settings).await.unwrap();
        let officer = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &AwsRandom::new()).unwrap();
        let officer = OfficerKey::from_pkcs8(b"officer-1", officer.as_ref()).unwrap();
        let sam = match variation.module_runs {
            true => start_module(folder.path(), &officer, &clock, variation.sole_control),
            false => ActivationClient::at_path(folder.path().join("no-socket")),
        };
        let store = Store::open(&StoreOptions::new(folder.path().join("store"))).await.unwrap();
        let ssa = Ssa::new(ssa::Parts {
            store,
            sam,
            clock: Arc::new(SharedClock(clock.clone())),
            random: Arc::new(SystemRandom),
            officer,
            authorities: vec![certificate_authority(&authorities)],
            timestamps: time_stamp_authorities(&authorities),
            config: ssa::Config::new(PORTAL),
        });
        let clients = ["a", "b"].map(|name| Client::new(name).registration()).to_vec();
        let oauth = AuthorizationServer::new(ssa.clone(), PORTAL.to_owned(), clients).unwrap();
        let settings = settings_of(variation);
        let app = App::new(Parts { ssa: ssa.clone(), oauth, pages: Arc::new(FixedPages), settings });
        Self {
            portal: router::portal(app.clone()),
            signing: router::signing(app.clone()),
            app,
            ssa,
            clock,
            authorities,
            numbers: AtomicU64::new(1),
            _folder: folder,
        }
    }

    /// A hash that no other call gives.
    pub fn fresh_hash(&self) -> [u8; 32] {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        sha256(&number.to_be_bytes())
    }
}

/// The sample contract of two pages.
pub fn contract() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../rakkan/assets/contract.pdf")).unwrap()
}

/// SHA-256 of `octets`.
pub fn sha256(octets: &[u8]) -> [u8; 32] {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets).as_ref().try_into().unwrap()
}

fn settings_of(variation: Variation) -> Settings {
    Settings {
        portal_origin: PORTAL.into(),
        signing_origin: SIGNING.into(),
        service_name: "Rakkan".into(),
        region: "JP".into(),
        default_language: web::i18n::Language::En,
        demo: variation.demo,
        max_upload: 100 * 1024 * 1024,
        sample: Some(("sample.pdf".into(), contract().into())),
        rate_limit: variation.rate_limit,
        time_limit: Duration::from_secs(60),
        trusted_proxies: variation.trusted_proxies,
    }
}

fn start_module(
    folder: &std::path::Path,
    officer: &OfficerKey,
    clock: &FixedClock,
    sole_control: SoleControl,
) -> ActivationClient {
    let key_file = folder.join("kek");
    let token = folder.join("token");
    create_key_file(&key_file, &sgm::SystemRandom).unwrap();
    let source = KeyEncryption::KeyFile(key_file);
    SoftwareToken::create(&token, &source, &sgm::SystemRandom).unwrap();
    let config = SamConfig {
        deployment: Deployment::Development,
        sole_control,
        token: TokenKind::Software,
        rp_id: RP_ID.into(),
        signing_origin: SIGNING.into(),
        enrolment_origin: PORTAL.into(),
        log_origin: "localhost/sam".into(),
        folder: folder.join("sam"),
        officers: vec![sam::enrolment::OfficerKey::new(officer.id(), officer.public_key()).unwrap()],
    };
    let (service, _) = Service::start(sam::service::Parts {
        config,
        sgm: Arc::new(SoftwareToken::open(&token, &source).unwrap()),
        disk: Arc::new(FileSystem),
        clock: Box::new(SharedClock(clock.clone())),
        rng: Arc::new(sgm::SystemRandom),
        observer: Arc::new(NoObserver),
        binary_sha256: [1; 32],
        configuration_sha256: [2; 32],
    })
    .unwrap();
    let server = sam::server::Server::start(Arc::new(service)).unwrap();
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    std::thread::spawn(move || server.serve(theirs));
    ours.set_nonblocking(true).unwrap();
    ActivationClient::over(UnixStream::from_std(ours).unwrap())
}

fn certificate_authority(authorities: &DevelopmentAuthorities) -> CertificateAuthority {
    let settings = EstSettings {
        base_url: authorities.addresses().ca1.est.clone(),
        user: "rakkan".into(),
        password: "demo-enrolment".into(),
        root: Certificate::from_der(authorities.root().certificate()).unwrap(),
    };
    CertificateAuthority {
        id: "ca1".into(),
        name: "Demo CA".into(),
        key_algorithms: vec![KeyAlgorithm::EcdsaP256],
        demo: true,
        client: EstClient::new(http(), settings),
    }
}

fn time_stamp_authorities(authorities: &DevelopmentAuthorities) -> TsaList {
    let root = Certificate::from_der(authorities.root().certificate()).unwrap();
    let client = |(number, url): (usize, &String)| {
        let name = format!("tsa{}", number + 1);
        let settings =
            TsaSettings { name, url: url.clone(), roots: vec![root.clone()], deadline: Duration::from_secs(5) };
        TsaClient::new(http(), settings)
    };
    TsaList::new(authorities.addresses().tsas.iter().enumerate().map(client).collect())
}

fn http() -> HttpClient {
    HttpClient::new(HttpPolicy::with_loopback()).unwrap()
}

/// One clock for the service and the module.
struct SharedClock(FixedClock);

impl ssa::Clock for SharedClock {
    fn now(&self) -> u64 {
        test_support::clock::Clock::now(&self.0)
    }
}

impl sam::clock::Clock for SharedClock {
    fn wall(&self) -> u64 {
        test_support::clock::Clock::now(&self.0)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(test_support::clock::Clock::now(&self.0) - START)
    }

    fn synchronised(&self) -> bool {
        true
    }
}

impl Client {
    fn registration(&self) -> ClientRegistration {
        ClientRegistration {
            client_id: self.id.clone(),
            name: self.name.clone(),
            redirect_uris: vec![self.redirect_uri.clone()],
            secret: ClientSecretHash::of(&self.secret),
        }
    }
}
