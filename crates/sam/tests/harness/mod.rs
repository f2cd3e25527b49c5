//! A module with a signer, a passkey and a certified key, on a disk and with clocks that a test controls.
#![allow(dead_code)] // Each test file uses its own part.
#![allow(clippy::disallowed_methods)] // An officer outside the module has randomness of his own.

#[path = "../log_support/memory_disk.rs"]
mod memory_disk;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration as Time;

use aws_lc_rs::rand::SystemRandom as AwsRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use sam::clock::Clock;
use sam::config::{SamConfig, TokenKind};
use sam::enrolment::{
    CertificateView, OfficerKey, Proofing, Purpose, RegistrationAssertion, SubjectAndIssuer, registration_challenge,
};
use sam::ids::{CredentialId, Hash, SignerId};
use sam::protocol::message::{
    AddKey, Approve, Approved, Assertion, CreatedKey, Enrol, Enrolled, KeyAlgorithm, LinkCertificate, NewKey,
    PrepareActivation, Prepared, Registration, Sign, SignedHash,
};
use sam::protocol::{Reply, Request};
use sam::receipt::VerifiedReceipt;
use sam::service::{NoObserver, Parts, Service, StartError, StartReport, StepObserver};
use sam::signing_log::disk::Disk;
use sam::signing_log::{Entry, Event};
use sgm::{Deployment, KeyEncryption, SecureRandom, SoftwareToken, SoleControl, SystemRandom, create_key_file};
use tempfile::TempDir;
use test_support::authenticator::{AssertionPlan, RawAuthenticator};
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;
use tlog::note::VerifierKey;

#[allow(unused_imports)]
pub use memory_disk::{Duration, Failure, MemoryDisk};

pub const RP_ID: &str = "example.jp";
pub const SIGNING: &str = "https://sign.example.jp";
pub const PORTAL: &str = "https://portal.example.jp";
pub const START: u64 = 1_800_000_000;
pub const SHA256_OID: &str = "2.16.840.1.101.3.4.2.1";
pub const ECDSA_OID: &str = "1.2.840.10045.4.3.2";
pub const OFFICER: &[u8] = b"officer-1";

pub fn sha256(bytes: &[u8]) -> Hash {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().try_into().unwrap()
}

/// Both clocks, and what the kernel says.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<(u64, u64, bool)>>);

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new((START, 1000, true))))
    }

    /// Lets time pass.
    pub fn advance(&self, seconds: u64) {
        let mut clock = self.0.lock().unwrap();
        clock.0 += seconds;
        clock.1 += seconds;
    }

    /// Sets the wall clock only.
    pub fn set_wall(&self, wall: u64) {
        self.0.lock().unwrap().0 = wall;
    }

    pub fn set_synchronised(&self, synchronised: bool) {
        self.0.lock().unwrap().2 = synchronised;
    }
}

impl Clock for TestClock {
    fn wall(&self) -> u64 {
        self.0.lock().unwrap().0
    }
    fn monotonic(&self) -> Time {
        Time::from_secs(self.0.lock().unwrap().1)
    }
    fn synchronised(&self) -> bool {
        self.0.lock().unwrap().2
    }
}

pub struct Officer {
    pair: EcdsaKeyPair,
}

impl Officer {
    pub fn new() -> Self {
        Self { pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap() }
    }

    pub fn public_key(&self) -> Vec<u8> {
        self.pair.public_key().as_ref().to_vec()
    }

    pub fn state(&self, statement: &RegistrationAssertion) -> Vec<u8> {
        let signature = self.pair.sign(&AwsRandom::new(), &statement.to_be_signed(OFFICER)).unwrap();
        statement.assemble(OFFICER, signature.as_ref().try_into().unwrap())
    }
}

/// Everything outside the module's process that outlives it.
pub struct World {
    pub token: TempDir,
    pub disk: Arc<dyn Disk>,
    pub memory: MemoryDisk,
    pub clock: TestClock,
    pub officer: Officer,
    pub ca: DevelopmentCa,
    pub config: SamConfig,
    pub observer: Arc<dyn StepObserver>,
    pub rng: Arc<dyn SecureRandom>,
    numbers: AtomicU64,
}

/// A signer as the web side stores him, with his passkey.
#[derive(Clone)]
pub struct Signer {
    pub id: SignerId,
    pub passkey: Arc<RawAuthenticator>,
    pub record: Vec<u8>,
    pub credential_id: CredentialId,
    pub sealed_key: Vec<u8>,
    pub spki: Vec<u8>,
}

impl World {
    pub fn new() -> Self {
        let token = tempfile::tempdir().unwrap();
        create_key_file(&token.path().join("kek"), &SystemRandom).unwrap();
        SoftwareToken::create(&token.path().join("token"), &key_source(token.path()), &SystemRandom).unwrap();
        let officer = Officer::new();
        let config = SamConfig {
            deployment: Deployment::Development,
            sole_control: SoleControl::Scal2,
            token: TokenKind::Software,
            rp_id: RP_ID.into(),
            signing_origin: SIGNING.into(),
            enrolment_origin: PORTAL.into(),
            log_origin: "example.jp/sam".into(),
            folder: "/sam".into(),
            officers: vec![OfficerKey::new(OFFICER, &officer.public_key()).unwrap()],
        };
        let ca = DevelopmentCa::root(&CaPlan::in_memory("ca", "Test CA"), START, &SystemRandomness).unwrap();
        let memory = MemoryDisk::default();
        Self {
            token,
            disk: Arc::new(memory.clone()),
            memory,
            clock: TestClock::new(),
            officer,
            ca,
            config,
            observer: Arc::new(NoObserver),
            rng: Arc::new(SystemRandom),
            numbers: AtomicU64::new(1),
        }
    }

    /// Starts the module, as after a restart of its process.
    pub fn start(&self) -> Module<'_> {
        let (module, _) = self.try_start().unwrap();
        module
    }

    pub fn try_start(&self) -> Result<(Module<'_>, StartReport), StartError> {
        let token = SoftwareToken::open(&self.token.path().join("token"), &key_source(self.token.path())).unwrap();
        let (service, report) = Service::start(Parts {
            config: self.config.clone(),
            sgm: Arc::new(token),
            disk: Arc::clone(&self.disk),
            clock: Box::new(self.clock.clone()),
            rng: Arc::clone(&self.rng),
            observer: Arc::clone(&self.observer),
            binary_sha256: [1; 32],
            configuration_sha256: [2; 32],
        })?;
        Ok((Module { service: Arc::new(service), world: self }, report))
    }

    pub fn fresh<const N: usize>(&self) -> [u8; N] {
        let number = self.numbers.fetch_add(1, Ordering::SeqCst);
        sha256(&number.to_be_bytes())[..N].try_into().unwrap()
    }

    pub fn subject(&self) -> Vec<u8> {
        distinguished_name("Example KK", "Hanako Test").unwrap()
    }

    /// What an officer would state about this signer.
    pub fn statement(&self, purpose: Purpose, id: SignerId, nonce: Hash) -> RegistrationAssertion {
        let issuer = CertificateView::parse(self.ca.certificate()).unwrap().spki_sha256();
        RegistrationAssertion::new(
            purpose,
            id,
            &SubjectAndIssuer { subject_sha256: sha256(&self.subject()), issuer_spki_sha256: issuer },
            Proofing { level: "demo".into(), evidence_sha256: [7; 32] },
            nonce,
            self.clock.wall() + 600,
        )
    }

    pub fn new_key(&self, algorithm: KeyAlgorithm) -> NewKey {
        NewKey { credential_id: CredentialId::new(self.fresh()), algorithm, subject_der: self.subject() }
    }
}

fn key_source(folder: &Path) -> KeyEncryption {
    KeyEncryption::KeyFile(folder.join("kek"))
}

/// A running module.
#[derive(Clone)]
pub struct Module<'a> {
    pub service: Arc<Service>,
    pub world: &'a World,
}

impl Module<'_> {
    pub fn ask(&self, request: Request) -> Reply {
        self.service.handle(request)
    }

    pub fn nonce(&self, id: SignerId) -> Hash {
        match self.ask(Request::StartEnrolment { signer_id: id }) {
            Reply::Nonce(nonce) => nonce.nonce,
            other => panic!("{other:?}"),
        }
    }

    /// A request to enrol a new signer with `passkey`, for the test to change.
    pub fn enrol_request(
        &self,
        id: SignerId,
        passkey: &RawAuthenticator,
        plan: impl FnOnce(AssertionPlan) -> AssertionPlan,
    ) -> Enrol {
        let statement = self.world.statement(Purpose::Enrol, id, self.nonce(id));
        let assertion = self.world.officer.state(&statement);
        let challenge = registration_challenge(&assertion, &statement);
        let registered = passkey.register(&plan(AssertionPlan::honest(&challenge, RP_ID, PORTAL)));
        Enrol {
            registration_assertion: assertion,
            registration: Registration {
                client_data_json: registered.client_data_json,
                authenticator_data: registered.authenticator_data,
            },
            key: self.world.new_key(KeyAlgorithm::EcdsaP256),
        }
    }

    pub fn enrolled(&self, request: Enrol) -> Enrolled {
        match self.ask(Request::Enrol(request)) {
            Reply::Enrolled(enrolled) => enrolled,
            other => panic!("{other:?}"),
        }
    }

    pub fn link_request(&self, record: &[u8], key: &CreatedKey) -> LinkCertificate {
        let world = self.world;
        let certificate =
            world.ca.issue(&key.certification_request_der, world.clock.wall(), &SystemRandomness).unwrap();
        LinkCertificate {
            record: record.to_vec(),
            credential_id: key.credential_id.clone(),
            certificate_der: certificate,
            issuer_certificate_der: world.ca.certificate().to_vec(),
        }
    }

    pub fn linked(&self, request: LinkCertificate) -> Vec<u8> {
        match self.ask(Request::LinkCertificate(request)) {
            Reply::Linked(linked) => linked.record,
            other => panic!("{other:?}"),
        }
    }

    /// A signer with a usable key.
    pub fn signer(&self) -> Signer {
        let id = SignerId::new(self.world.fresh());
        let passkey = Arc::new(RawAuthenticator::new(&self.world.fresh::<20>()));
        let enrolled = self.enrolled(self.enrol_request(id, &passkey, |plan| plan));
        let record = self.linked(self.link_request(&enrolled.record, &enrolled.key));
        let CreatedKey { credential_id, sealed_key, spki_der, .. } = enrolled.key;
        Signer { id, passkey, record, credential_id, sealed_key, spki: spki_der }
    }

    /// A further key for a signer.
    pub fn further_key(&self, signer: &Signer, algorithm: KeyAlgorithm) -> Signer {
        let statement = self.world.statement(Purpose::AddKey, signer.id, self.nonce(signer.id));
        let request = AddKey {
            record: signer.record.clone(),
            registration_assertion: self.world.officer.state(&statement),
            key: self.world.new_key(algorithm),
        };
        let enrolled = match self.ask(Request::AddKey(request)) {
            Reply::Enrolled(enrolled) => enrolled,
            other => panic!("{other:?}"),
        };
        let record = self.linked(self.link_request(&enrolled.record, &enrolled.key));
        let CreatedKey { credential_id, sealed_key, spki_der, .. } = enrolled.key;
        Signer { record, credential_id, sealed_key, spki: spki_der, ..signer.clone() }
    }

    pub fn prepare_request(&self, signer: &Signer, hashes: &[Hash]) -> PrepareActivation {
        PrepareActivation {
            record: signer.record.clone(),
            credential_id: signer.credential_id.clone(),
            hash_algorithm_oid: SHA256_OID.into(),
            sign_algorithm_oid: ECDSA_OID.into(),
            hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
            labels: vec![],
            client_hash: [3; 32],
            purpose: "approval".into(),
            session_hash: [4; 32],
        }
    }

    pub fn prepared(&self, signer: &Signer, hashes: &[Hash]) -> Prepared {
        match self.ask(Request::PrepareActivation(self.prepare_request(signer, hashes))) {
            Reply::Prepared(prepared) => prepared,
            other => panic!("{other:?}"),
        }
    }

    /// The approval of a request, as the signer's browser would send it, for the test to change.
    pub fn approval(
        &self,
        signer: &Signer,
        prepared: &Prepared,
        plan: impl FnOnce(AssertionPlan) -> AssertionPlan,
    ) -> Approve {
        let plan = plan(AssertionPlan::honest(&prepared.challenge, RP_ID, SIGNING));
        Approve {
            sar: prepared.sar.clone(),
            mac: prepared.mac,
            record: signer.record.clone(),
            assertion: as_message(signer.passkey.assert(&plan)),
        }
    }

    pub fn approved(&self, approval: Approve) -> Approved {
        match self.ask(Request::Approve(approval)) {
            Reply::Approved(approved) => approved,
            other => panic!("{other:?}"),
        }
    }

    /// Prepares and approves.
    pub fn grant(&self, signer: &Signer, hashes: &[Hash]) -> Approved {
        let prepared = self.prepared(signer, hashes);
        self.approved(self.approval(signer, &prepared, |plan| plan))
    }

    pub fn sign_request(&self, signer: &Signer, grant: &Approved, hashes: &[Hash]) -> Sign {
        Sign {
            grant: grant.grant,
            record: signer.record.clone(),
            sealed_key: signer.sealed_key.clone(),
            hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
        }
    }

    pub fn sign(&self, signer: &Signer, grant: &Approved, hashes: &[Hash]) -> Reply {
        self.ask(Request::Sign(self.sign_request(signer, grant, hashes)))
    }

    pub fn signed(&self, signer: &Signer, grant: &Approved, hashes: &[Hash]) -> Vec<SignedHash> {
        match self.sign(signer, grant, hashes) {
            Reply::Signed(signed) => signed,
            other => panic!("{other:?}"),
        }
    }

    pub fn verifier_key(&self) -> VerifierKey {
        match self.ask(Request::Hello) {
            Reply::Hello(hello) => hello.log_verifier_key.parse().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    pub fn verify_receipt(&self, receipt: &str) -> VerifiedReceipt {
        sam::receipt::verify(receipt, &self.verifier_key()).unwrap()
    }
}

pub fn as_message(assertion: test_support::authenticator::Assertion) -> Assertion {
    Assertion {
        credential_id: assertion.credential_id,
        user_handle: assertion.user_handle,
        client_data_json: assertion.client_data_json,
        authenticator_data: assertion.authenticator_data,
        signature: assertion.signature,
    }
}

/// Whether `signature` is one over `hash` under the P-256 key `spki`.
pub fn is_signature_over(spki: &[u8], hash: &Hash, signature: &[u8]) -> bool {
    let digest = aws_lc_rs::digest::Digest::import_less_safe(hash, &aws_lc_rs::digest::SHA256).unwrap();
    aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1, spki)
        .verify_digest(&digest, signature)
        .is_ok()
}

/// All entries of the log, through the receipts.
pub fn refusals(events: &[Event]) -> Vec<u64> {
    events
        .iter()
        .filter_map(|event| match event.entry {
            Entry::Refused { refusal, .. } => Some(refusal),
            _ => None,
        })
        .collect()
}

impl World {
    /// Everything in the log, read from a copy of all that the module has.
    pub fn events(&self) -> Vec<Event> {
        use sam::signing_log::{LogIdentity, LogParts, SigningLog, Stamp};
        let identity = LogIdentity {
            origin: self.config.log_origin.clone(),
            tenant: String::new(),
            sam_boot: [0; 16],
            binary_sha256: [0; 32],
            configuration_sha256: [0; 32],
        };
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.token.path(), copy.path());
        let token = SoftwareToken::open(&copy.path().join("token"), &key_source(copy.path())).unwrap();
        let disk: Arc<dyn Disk> = Arc::new(self.memory.copy());
        let parts = LogParts { sgm: Arc::new(token), disk, rng: Arc::new(SystemRandom) };
        let now = Stamp { time: self.clock.wall(), clock_synchronised: true };
        let (log, _) = SigningLog::open(&self.config.folder, identity, parts, now).unwrap();
        (0..)
            .map_while(|index| log.receipt_of(index).ok())
            .map(|receipt| sam::receipt::verify(&receipt, log.verifier_key()).unwrap().event().clone())
            .collect()
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            std::fs::create_dir(&to).unwrap();
            std::fs::set_permissions(&to, std::fs::metadata(&from).unwrap().permissions()).unwrap();
            copy_folder(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}
