//! Everything around the use cases, in one process: store, module, authorities, a clock that tests move, a signer with a passkey.

use connectors::ca::{EstClient, EstSettings};
use connectors::http::{HttpClient, HttpPolicy};
use connectors::tsa::{TsaClient, TsaList, TsaSettings};
use sam::config::{SamConfig, TokenKind};
use sam::server::Server;
use sam::service::{Parts as SamParts, Service, Step, StepObserver};
use sam::signing_log::disk::FileSystem;
use sgm::{Deployment, KeyEncryption, SoftwareToken, SoleControl, create_key_file};
use ssa::sam_client::ActivationClient;
use ssa::{
    ActivationOrder, AssertionResponse, CertificateAuthority, ClientIdentity, Config, CredentialId, DocumentId,
    HashToSign, KeyAlgorithm, OfficerKey, Parts, PrepareOrder, RegistrationForm, RegistrationOptions,
    RegistrationResponse, SessionBinding, SignerId, Ssa, SystemRandom, TicketId, Upload,
};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;
use store::{Store, StoreOptions};
use test_support::authenticator::{Assertion, AssertionPlan, RawAuthenticator};
use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities};
use test_support::tsa::TsaMode;

pub const RP_ID: &str = "localhost";
pub const PORTAL: &str = "http://localhost:8080";
pub const SIGNING: &str = "http://localhost:8081";
pub const START: u64 = 1_800_000_000;
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub const ECDSA: &str = "1.2.840.10045.4.3.2";
pub const CLIENT: &str = "client-1";

/// One clock for all: wall and monotonic time go together.
#[derive(Clone)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    pub fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl ssa::Clock for Clock {
    fn now(&self) -> u64 {
        self.read()
    }
}

impl sam::clock::Clock for Clock {
    fn wall(&self) -> u64 {
        self.read()
    }
    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.read())
    }
    fn synchronised(&self) -> bool {
        true
    }
}

/// Part of a running module. When the last reference to it is gone, so is the module's lock on its log, which is dropped before it.
struct Watched;

impl StepObserver for Watched {
    fn reached(&self, _: Step) {}
}

/// The module: started, stopped, started again, as its process would be.
struct Module {
    folder: tempfile::TempDir,
    officer: Vec<u8>,
    clock: Clock,
    running: Mutex<Option<(Server, Vec<UnixStream>)>>,
    alive: Mutex<Weak<Watched>>,
}

impl Module {
    fn key_source(folder: &Path) -> KeyEncryption {
        KeyEncryption::KeyFile(folder.join("kek"))
    }

    fn new(officer: &OfficerKey, clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        create_key_file(&folder.path().join("kek"), &sgm::SystemRandom).unwrap();
        SoftwareToken::create(&folder.path().join("token"), &Self::key_source(folder.path()), &sgm::SystemRandom)
            .unwrap();
        let module = Self {
            folder,
            officer: officer.public_key().to_vec(),
            clock,
            running: Mutex::new(None),
            alive: Mutex::new(Weak::new()),
        };
        module.start();
        module
    }

    fn start(&self) {
        let token =
            SoftwareToken::open(&self.folder.path().join("token"), &Self::key_source(self.folder.path())).unwrap();
        let config = SamConfig {
            deployment: Deployment::Development,
            sole_control: SoleControl::Scal2,
            token: TokenKind::Software,
            rp_id: RP_ID.into(),
            signing_origin: SIGNING.into(),
            enrolment_origin: PORTAL.into(),
            log_origin: "localhost/test".into(),
            folder: self.folder.path().join("sam"),
            officers: vec![sam::enrolment::OfficerKey::new(b"officer-1", &self.officer).unwrap()],
        };
        let watched = Arc::new(Watched);
        let parts = SamParts {
            config,
            sgm: Arc::new(token),
            disk: Arc::new(FileSystem),
            clock: Box::new(self.clock.clone()),
            rng: Arc::new(sgm::SystemRandom),
            observer: watched.clone(),
            binary_sha256: [0; 32],
            configuration_sha256: [0; 32],
        };
        let (service, _) = Service::start(parts).unwrap();
        *self.alive.lock().unwrap() = Arc::downgrade(&watched);
        *self.running.lock().unwrap() = Some((Server::start(Arc::new(service)).unwrap(), Vec::new()));
    }

    /// Ends connections and threads, and waits until nothing of the module is left in memory.
    fn stop(&self) {
        let Some((server, streams)) = self.running.lock().unwrap().take() else {
            return;
        };
        for stream in streams {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        drop(server);
        while self.alive.lock().unwrap().upgrade().is_some() {
            std::thread::yield_now();
        }
    }

    fn connect(&self) -> std::io::Result<tokio::net::UnixStream> {
        let mut running = self.running.lock().unwrap();
        let (server, streams) = running.as_mut().ok_or(std::io::ErrorKind::ConnectionRefused)?;
        let (ours, theirs) = UnixStream::pair()?;
        streams.push(theirs.try_clone()?);
        let server = server.clone();
        std::thread::spawn(move || server.serve(theirs));
        ours.set_nonblocking(true)?;
        tokio::net::UnixStream::from_std(ours)
    }
}

pub struct World {
    pub ssa: Ssa,
    pub store: Store,
    pub clock: Clock,
    pub authorities: DevelopmentAuthorities,
    pub client: ActivationClient,
    module: Arc<Module>,
    _data: tempfile::TempDir,
}

/// A registered signer with an active credential.
pub struct Signer {
    pub id: SignerId,
    pub credential: CredentialId,
    pub passkey: RawAuthenticator,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let clock = Clock(Arc::new(AtomicU64::new(START)));
        let time = clock.clone();
        let settings = AuthoritySettings { clock: Arc::new(move || time.read()), ..AuthoritySettings::default() };
        let authorities = DevelopmentAuthorities::start(settings.clone()).await.unwrap();
        let root = ades::x509::Certificate::from_der(authorities.root().certificate()).unwrap();
        // Short deadlines: a slow authority is slow for a quarter of a second here.
        let http = HttpClient::new(HttpPolicy::with_loopback().deadline(Duration::from_secs(5))).unwrap();
        let est = EstSettings {
            base_url: authorities.addresses().ca1.est.clone(),
            user: settings.est_user,
            password: settings.est_password,
            root: root.clone(),
        };
        let tsa = |number: usize| {
            let settings = TsaSettings {
                name: format!("TSA {}", number + 1),
                url: authorities.addresses().tsas[number].clone(),
                roots: vec![root.clone()],
                deadline: Duration::from_millis(250),
            };
            TsaClient::new(http.clone(), settings)
        };
        let key = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(
            &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            &aws_lc_rs::rand::SystemRandom::new(),
        )
        .unwrap();
        let officer = OfficerKey::from_pkcs8(b"officer-1", key.as_ref()).unwrap();
        let module = Arc::new(Module::new(&officer, clock.clone()));
        let data = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(data.path())).await.unwrap();
        let connected = module.clone();
        let client = ActivationClient::with_connector(move || {
            let stream = connected.connect();
            async move { stream }
        });
        let mut config = Config::new(PORTAL);
        change(&mut config);
        let ssa = Ssa::new(Parts {
            store: store.clone(),
            sam: client.clone(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SystemRandom),
            officer,
            authorities: vec![CertificateAuthority {
                id: "ca-1".into(),
                name: "Test CA 1".into(),
                key_algorithms: vec![KeyAlgorithm::EcdsaP256],
                demo: true,
                client: EstClient::new(http.clone(), est),
            }],
            timestamps: TsaList::new(vec![tsa(0), tsa(1)]),
            config,
        });
        Self { ssa, store, clock, authorities, client, module, _data: data }
    }

    pub fn stop_module(&self) {
        self.module.stop();
    }

    pub fn start_module(&self) {
        self.module.start();
    }

    pub fn set_tsas(&self, first: TsaMode, second: TsaMode) {
        self.authorities.tsa(1).set_mode(first);
        self.authorities.tsa(2).set_mode(second);
    }

    /// The folder of documents.
    pub fn spool_files(&self) -> usize {
        std::fs::read_dir(self._data.path().join("spool")).unwrap().count()
    }

    /// Registers somebody.
    pub async fn signer(&self, name: &str) -> Signer {
        let options = self.ssa.start_registration(form(name)).await.unwrap();
        let passkey = RawAuthenticator::new(format!("passkey of {name}").as_bytes());
        let response = register(&passkey, &options);
        let registered = self.ssa.finish_registration(&options.registration_id, response).await.unwrap();
        Signer { id: registered.signer_id, credential: registered.credential_id, passkey }
    }

    /// A ticket of [`CLIENT`] for these hashes.
    pub async fn ticket(&self, signer: &Signer, hashes: &[[u8; 32]]) -> TicketId {
        self.ssa.open_activation(order(signer, hashes)).await.unwrap()
    }

    /// Presses the button and lets the passkey answer.
    pub async fn approve(&self, signer: &Signer, ticket: &TicketId) {
        let session = session(1);
        self.ssa.activation(ticket, session).await.unwrap();
        let request = self.ssa.request_activation(ticket, session).await.unwrap();
        let answer = signer.answer(&request.challenge);
        self.ssa.approve(ticket, session, answer).await.unwrap();
    }

    /// An approved ticket of [`CLIENT`].
    pub async fn approved(&self, signer: &Signer, hashes: &[[u8; 32]]) -> TicketId {
        let ticket = self.ticket(signer, hashes).await;
        self.approve(signer, &ticket).await;
        ticket
    }

    /// An uploaded and prepared document.
    pub async fn prepared(&self, signer: &Signer) -> DocumentId {
        let file = self.ssa.receive_whole(ssa::Door::SignedIn, &contract()).await.unwrap();
        let upload = Upload { file_name: "契約書.pdf".into(), file };
        let id = self.ssa.upload(signer.id, upload).await.unwrap().id;
        self.ssa.prepare_document(signer.id, &id, prepare_order(signer)).await.unwrap();
        id
    }

    /// A document whose signature was approved.
    pub async fn approved_document(&self, signer: &Signer) -> DocumentId {
        let id = self.prepared(signer).await;
        let ticket =
            self.ssa.open_document_activation(signer.id, &id, "http://localhost:8080/documents").await.unwrap();
        self.approve(signer, &ticket).await;
        id
    }

    /// Uses of keys in the signing log, by kind: intents and results.
    pub async fn log_entries(&self) -> u64 {
        let note = self.client.checkpoint().await.unwrap().note;
        note.lines().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.module.stop();
    }
}

impl Signer {
    /// An honest answer to a challenge of the signing page.
    pub fn answer(&self, challenge: &[u8; 32]) -> AssertionResponse {
        self.answer_with(AssertionPlan::honest(challenge, RP_ID, SIGNING))
    }

    pub fn answer_with(&self, plan: AssertionPlan) -> AssertionResponse {
        response(self.passkey.assert(&plan))
    }
}

pub fn response(assertion: Assertion) -> AssertionResponse {
    AssertionResponse {
        credential_id: assertion.credential_id,
        user_handle: assertion.user_handle,
        client_data_json: assertion.client_data_json,
        authenticator_data: assertion.authenticator_data,
        signature: assertion.signature,
    }
}

pub fn register(passkey: &RawAuthenticator, options: &RegistrationOptions) -> RegistrationResponse {
    let made = passkey.register(&AssertionPlan::honest(&options.challenge, &options.rp_id, PORTAL));
    RegistrationResponse {
        credential_id: made.credential_id,
        client_data_json: made.client_data_json,
        authenticator_data: made.authenticator_data,
    }
}

pub fn form(name: &str) -> RegistrationForm {
    RegistrationForm {
        display_name: name.into(),
        romanised_name: None,
        organisation: Some("例株式会社".into()),
        email: None,
        country: Some("JP".into()),
        ca_id: "ca-1".into(),
        key_algorithm: None,
    }
}

pub fn session(number: u8) -> SessionBinding {
    SessionBinding::of(&format!("signing page session {number}"))
}

pub fn order(signer: &Signer, hashes: &[[u8; 32]]) -> ActivationOrder {
    let item = |hash: &[u8; 32]| HashToSign {
        hash: hash.to_vec(),
        label: format!("document {:02x}", hash[0]),
        document_sha256: *hash,
    };
    ActivationOrder {
        signer: None,
        credential_id: signer.credential.clone(),
        hash_algorithm_oid: SHA256.into(),
        signature_algorithm_oid: ECDSA.into(),
        hashes: hashes.iter().map(item).collect(),
        client: ClientIdentity {
            client_id: CLIENT.into(),
            name: "A client".into(),
            redirect_uri: "https://client.example/cb".into(),
        },
        purpose: "document signature".into(),
        return_to: "https://client.example/".into(),
        expires_in: 600,
    }
}

pub fn prepare_order(signer: &Signer) -> PrepareOrder {
    PrepareOrder { credential_id: signer.credential.clone(), reason: None, location: None, keep: false }
}

/// The sample contract of the demo.
pub fn contract() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rakkan/assets/contract.pdf");
    std::fs::read(path).unwrap()
}

/// The whole content of a file, wherever its position stands.
pub fn bytes_of(file: &std::fs::File) -> Vec<u8> {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; file.metadata().unwrap().len().try_into().unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    bytes
}
