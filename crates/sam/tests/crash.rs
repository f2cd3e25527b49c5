//! The module is killed (SIGKILL) at each durable step and started again. Security design 6.1 invariants 1 to 4, 6.2 F-01 to F-14.
//!
//! This program starts itself as the module's process, because only a process that dies shows what a crash leaves behind. It has a
//! `main` of its own and prints its results as other test programs do.

#![allow(clippy::disallowed_methods)] // The processes of a test need starting, and being told what they are to do.

mod harness;

use harness::{
    ECDSA_OID, OFFICER, PORTAL, RP_ID, SHA256_OID, SIGNING, START, Signer, World, as_message, is_signature_over, sha256,
};
use sam::clock::Clock;
use sam::config::{SamConfig, TokenKind};
use sam::dcbor::{from_bytes, to_bytes};
use sam::enrolment::OfficerKey;
use sam::ids::Hash;
use sam::protocol::message::{Approve, Approved, PrepareActivation, Prepared, Sign, SignedHash};
use sam::protocol::{Frame, Reply, Request};
use sam::server::Server;
use sam::service::{Parts, Service, Step, StepObserver};
use sam::signing_log::{
    AbortReason, Entry, Event, LogIdentity, LogParts, SigningLog, Stamp,
    disk::{Disk, FileSystem},
};
use sam::{Refusal, receipt};
use sgm::{Deployment, KeyEncryption, SoftwareToken, SoleControl, SystemRandom};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use test_support::authenticator::AssertionPlan;
use tlog::{ConsistencyProof, SignedCheckpoint, TileNodes, TilePath, TileReader};

const FOLDER: &str = "RAKKAN_TEST_SAM_FOLDER";
const OFFICER_KEY: &str = "RAKKAN_TEST_SAM_OFFICER";
const KILL_AT: &str = "RAKKAN_TEST_SAM_KILL_AT";

type Test = (&'static str, fn());

const TESTS: &[Test] = &[
    ("killed_after_the_burn_nothing_is_signed_and_the_approval_is_spent", || killed_at(Step::RequestBurned)),
    ("killed_after_the_intent_it_is_aborted_and_never_signed_again", || killed_at(Step::IntentDurable)),
    ("killed_after_signing_the_value_is_lost_and_the_intent_aborted", || killed_at(Step::Signed)),
    ("killed_after_the_result_it_stands_and_the_value_is_not_given_out_again", || killed_at(Step::ResultDurable)),
    (
        "killed_under_load_every_signature_that_left_is_in_the_log",
        killed_under_load_every_signature_that_left_is_in_the_log,
    ),
    ("killed_again_and_again_the_log_goes_on", killed_again_and_again_the_log_goes_on),
];

fn main() -> ExitCode {
    if let Ok(folder) = std::env::var(FOLDER) {
        module_process(Path::new(&folder));
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let chosen = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter.as_str()));
    if arguments.iter().any(|argument| argument == "--list") {
        TESTS.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let (mut passed, mut failed) = (0, 0);
    println!("\nrunning {} tests", TESTS.iter().filter(|(name, _)| chosen(name)).count());
    for (name, test) in TESTS.iter().filter(|(name, _)| chosen(name)) {
        let result = std::panic::catch_unwind(test);
        println!("test {name} ... {}", if result.is_ok() { "ok" } else { "FAILED" });
        if result.is_ok() { passed += 1 } else { failed += 1 }
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    let left_out = TESTS.len() - passed - failed;
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; 0 ignored; 0 measured; {left_out} filtered out\n"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

// --- the module's process ---

/// Ends the process when a step is reached, as the system would: without any cleaning up.
struct Kill {
    step: Option<Step>,
}

impl StepObserver for Kill {
    fn reached(&self, step: Step) {
        if self.step == Some(step) {
            let this = rustix::process::getpid();
            rustix::process::kill_process(this, rustix::process::Signal::KILL).unwrap();
            loop {
                std::thread::park();
            }
        }
    }
}

struct StandingClock;

impl Clock for StandingClock {
    fn wall(&self) -> u64 {
        START
    }
    fn monotonic(&self) -> Duration {
        Duration::from_secs(1000)
    }
    fn synchronised(&self) -> bool {
        true
    }
}

fn module_process(folder: &Path) {
    let public_key = std::env::var(OFFICER_KEY).unwrap();
    let public_key: Vec<u8> = public_key.split(',').map(|byte| byte.parse().unwrap()).collect();
    let kill_at = std::env::var(KILL_AT).unwrap();
    let step = Step::ALL.into_iter().find(|step| step.name() == kill_at);
    let parts = Parts {
        config: config(folder, &public_key),
        sgm: Arc::new(open_token(folder)),
        disk: Arc::new(FileSystem),
        clock: Box::new(StandingClock),
        rng: Arc::new(SystemRandom),
        observer: Arc::new(Kill { step }),
        binary_sha256: [1; 32],
        configuration_sha256: [2; 32],
    };
    let (service, _) = Service::start(parts).unwrap();
    // The connection is this process's standard input.
    let connection: OwnedFd = io::stdin().as_fd().try_clone_to_owned().unwrap();
    let server = Server::start(Arc::new(service)).unwrap();
    server.serve(UnixStream::from(connection)).unwrap();
}

fn config(folder: &Path, officer_key: &[u8]) -> SamConfig {
    SamConfig {
        deployment: Deployment::Development,
        sole_control: SoleControl::Scal2,
        token: TokenKind::Software,
        rp_id: RP_ID.to_owned(),
        signing_origin: SIGNING.to_owned(),
        enrolment_origin: PORTAL.to_owned(),
        log_origin: "example.jp/sam".to_owned(),
        folder: folder.join("sam"),
        officers: vec![OfficerKey::new(OFFICER, officer_key).unwrap()],
    }
}

fn open_token(folder: &Path) -> SoftwareToken {
    let source = KeyEncryption::KeyFile(folder.join("kek"));
    SoftwareToken::open(&folder.join("token"), &source).unwrap()
}

// --- this process, which plays the web side ---

/// The module in a process of its own, and the connection to it.
struct Process {
    child: Child,
    connection: UnixStream,
    next_request: u64,
}

impl Process {
    fn start(world: &World, kill_at: Option<Step>) -> Self {
        let (connection, theirs) = UnixStream::pair().unwrap();
        let officer: Vec<String> = world.officer.public_key().iter().map(u8::to_string).collect();
        let child = Command::new(std::env::current_exe().unwrap())
            .env(FOLDER, world.token.path())
            .env(OFFICER_KEY, officer.join(","))
            .env(KILL_AT, kill_at.map_or("never", Step::name))
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .unwrap();
        Self { child, connection, next_request: 1 }
    }

    /// Sends a request without waiting for the answer. Whether it arrives is not known.
    fn send(&mut self, request: &Request) {
        let frame = Frame { request_id: self.next_request, body: to_bytes(request) };
        self.next_request += 1;
        let _ = frame.write_to(&mut self.connection);
    }

    /// The next answer; `None` if the process is gone.
    fn receive(&mut self) -> Option<Reply> {
        let frame = Frame::read_from(&mut self.connection).ok().flatten()?;
        Some(from_bytes(&frame.body).unwrap())
    }

    fn ask(&mut self, request: &Request) -> Option<Reply> {
        self.send(request);
        self.receive()
    }

    fn prepare(&mut self, signer: &Signer, hashes: &[Hash]) -> Prepared {
        let request = PrepareActivation {
            record: signer.record.clone(),
            credential_id: signer.credential_id.clone(),
            hash_algorithm_oid: SHA256_OID.to_owned(),
            sign_algorithm_oid: ECDSA_OID.to_owned(),
            hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
            labels: vec![],
            client_hash: [3; 32],
            purpose: "approval".to_owned(),
            session_hash: [4; 32],
        };
        match self.ask(&Request::PrepareActivation(request)) {
            Some(Reply::Prepared(prepared)) => prepared,
            other => panic!("{other:?}"),
        }
    }

    fn approve(&mut self, approval: &Approve) -> Option<Approved> {
        match self.ask(&Request::Approve(approval.clone())) {
            Some(Reply::Approved(approved)) => Some(approved),
            None => None,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for the end and requires that it was the kill.
    fn was_killed(mut self) {
        assert_eq!(self.child.wait().unwrap().signal(), Some(9), "the module ended otherwise");
    }

    fn kill(mut self) -> Vec<Reply> {
        self.child.kill().unwrap();
        // What was sent before the kill still arrives.
        let late = std::iter::from_fn(|| self.receive()).collect();
        self.was_killed();
        late
    }
}

/// A world on the file system, with a signer who can sign.
fn world_with_signer() -> (World, Signer) {
    let mut world = World::new();
    world.config = config(world.token.path(), &world.officer.public_key());
    world.disk = Arc::new(FileSystem);
    let signer = world.start().signer();
    (world, signer)
}

fn hashes(count: u32) -> Vec<Hash> {
    (0..count).map(|number| sha256(&number.to_be_bytes())).collect()
}

/// What the signer's browser sends.
fn approval(signer: &Signer, prepared: &Prepared) -> Approve {
    let plan = AssertionPlan::honest(&prepared.challenge, RP_ID, SIGNING);
    Approve {
        sar: prepared.sar.clone(),
        mac: prepared.mac,
        record: signer.record.clone(),
        assertion: as_message(signer.passkey.assert(&plan)),
    }
}

fn sign_request(signer: &Signer, approved: &Approved, hashes: &[Hash]) -> Request {
    Request::Sign(Sign {
        grant: approved.grant,
        record: signer.record.clone(),
        sealed_key: signer.sealed_key.clone(),
        hashes: hashes.iter().map(|hash| hash.to_vec()).collect(),
    })
}

fn killed_at(step: Step) {
    for count in [1, 3] {
        let (world, signer) = world_with_signer();
        let before = stored_checkpoint(&world);
        let hashes = hashes(count);
        let mut process = Process::start(&world, Some(step));
        let prepared = process.prepare(&signer, &hashes);
        let approval = approval(&signer, &prepared);
        let approved = process.approve(&approval);
        assert_eq!(approved.is_none(), step == Step::RequestBurned);
        if let Some(approved) = &approved {
            assert!(process.ask(&sign_request(&signer, approved, &hashes)).is_none(), "an answer left");
        }
        process.was_killed();

        let (module, report) = world.try_start().unwrap();
        let aborted = matches!(step, Step::IntentDurable | Step::Signed);
        assert_eq!(report.aborted_intents.len(), if aborted { hashes.len() } else { 0 });
        // Invariant 3: neither the approval nor the grant is worth anything now.
        let again = module.ask(Request::Approve(approval));
        assert!(matches!(again, Reply::Refused(Refusal::NotOurs)), "{again:?}");
        if let Some(approved) = &approved {
            let again = module.ask(sign_request(&signer, approved, &hashes));
            assert!(matches!(again, Reply::Refused(Refusal::UnknownGrant)), "{again:?}");
        }
        // A new approval works at once.
        let grant = module.grant(&signer, &hashes);
        let signed = module.signed(&signer, &grant, &hashes);
        assert!(signed.iter().zip(&hashes).all(|(signed, hash)| is_signature_over(
            &signer.spki,
            hash,
            &signed.signature
        )));
        drop(module);

        let log = Log::read(&world);
        log.extends(&before);
        let results = |sar_id: [u8; 16]| log.results().filter(|used| used.0 == sar_id).count();
        let sars = log.requests();
        let (expected_sars, expected) = match step {
            Step::RequestBurned => (1, 0),
            Step::IntentDurable | Step::Signed => (2, 0),
            Step::ResultDurable => (2, hashes.len()),
        };
        assert_eq!(sars.len(), expected_sars);
        // The request that was interrupted comes first, the new one last.
        if let [interrupted, _] = sars[..] {
            assert_eq!(results(interrupted), expected);
        }
        assert_eq!(results(*sars.last().unwrap()), hashes.len());
        let restarted = log
            .events
            .iter()
            .filter(|event| matches!(event.entry, Entry::Abort { reason: AbortReason::Restarted, .. }));
        assert_eq!(restarted.count(), report.aborted_intents.len());
        log.has_released(&signed);
    }
}

fn killed_under_load_every_signature_that_left_is_in_the_log() {
    for answers in [0, 1, 7, 20] {
        let (world, signer) = world_with_signer();
        let before = stored_checkpoint(&world);
        let mut process = Process::start(&world, None);
        let approved: Vec<_> = (0..24)
            .map(|number| {
                let hashes = vec![sha256(&[number]), sha256(&[number, 1])];
                let prepared = process.prepare(&signer, &hashes);
                let approved = process.approve(&approval(&signer, &prepared)).unwrap();
                (approved, hashes)
            })
            .collect();
        for (approved, hashes) in &approved {
            process.send(&sign_request(&signer, approved, hashes));
        }
        let mut replies: Vec<Reply> = (0..answers).map(|_| process.receive().unwrap()).collect();
        replies.extend(process.kill());
        let released: Vec<SignedHash> = replies
            .into_iter()
            .flat_map(|reply| match reply {
                Reply::Signed(signed) => signed,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(released.len() >= answers * 2);

        drop(world.try_start().unwrap());
        let log = Log::read(&world);
        log.extends(&before);
        log.has_released(&released);
        for sar_id in log.requests() {
            assert!(log.results().filter(|used| used.0 == sar_id).count() <= 2);
        }
    }
}

fn killed_again_and_again_the_log_goes_on() {
    let (world, signer) = world_with_signer();
    let mut before = stored_checkpoint(&world);
    let mut released = Vec::new();
    for round in 0..6_u8 {
        let step = Step::ALL[usize::from(round) % 4];
        let hashes = vec![sha256(&[round])];
        let mut process = Process::start(&world, Some(step));
        let prepared = process.prepare(&signer, &hashes);
        if let Some(approved) = process.approve(&approval(&signer, &prepared)) {
            assert!(process.ask(&sign_request(&signer, &approved, &hashes)).is_none());
        }
        process.was_killed();
        let log = Log::read(&world);
        log.extends(&before);
        log.has_released(&released);
        before = stored_checkpoint(&world);
        drop(log);
        let module = world.start();
        released.extend(module.signed(&signer, &module.grant(&signer, &hashes), &hashes));
    }
    let log = Log::read(&world);
    log.has_released(&released);
    // One round was killed after its result: that counts, though its value was lost.
    assert_eq!(log.results().count(), 6 + 1);
}

// --- the auditor: reads the log and asks nobody ---

struct Log {
    events: Vec<Event>,
    log: SigningLog,
    folder: PathBuf,
}

fn stored_checkpoint(world: &World) -> Vec<u8> {
    std::fs::read(world.config.folder.join("log/checkpoint")).unwrap()
}

impl Log {
    /// Reads everything and checks what holds for every log: each intent has exactly one end, each hash of a request one intent,
    /// each result its intent.
    fn read(world: &World) -> Self {
        let identity = LogIdentity {
            origin: world.config.log_origin.clone(),
            tenant: String::new(),
            sam_boot: [0; 16],
            binary_sha256: [0; 32],
            configuration_sha256: [0; 32],
        };
        let disk: Arc<dyn Disk> = Arc::new(FileSystem);
        let parts = LogParts { sgm: Arc::new(open_token(world.token.path())), disk, rng: Arc::new(SystemRandom) };
        let now = Stamp { time: START, clock_synchronised: true };
        let (log, _) = SigningLog::open(&world.config.folder, identity, parts, now).unwrap();
        let key = log.verifier_key();
        let receipts = (0..).map_while(|index| log.receipt_of(index).ok());
        let events: Vec<Event> = receipts.map(|text| receipt::verify(&text, key).unwrap().event().clone()).collect();
        let mut open = BTreeMap::new();
        let mut used = Vec::new();
        for event in &events {
            match &event.entry {
                Entry::Intent(key_use) => {
                    open.insert(event.index, key_use);
                    assert!(!used.contains(&(key_use.sar_id, key_use.index)), "a hash was used twice");
                    used.push((key_use.sar_id, key_use.index));
                }
                Entry::Result { intent, key_use, .. } | Entry::Abort { intent, key_use, .. } => {
                    assert_eq!(open.remove(intent), Some(key_use), "an intent has two ends, or none was there");
                }
                _ => {}
            }
        }
        assert!(open.is_empty(), "intents are left open: {open:?}");
        let folder = world.config.folder.join("log");
        Self { events, log, folder }
    }

    /// Requests with intents, in the order of the log.
    fn requests(&self) -> Vec<[u8; 16]> {
        let mut requests = Vec::new();
        for event in &self.events {
            if let Entry::Intent(key_use) = &event.entry
                && !requests.contains(&key_use.sar_id)
            {
                requests.push(key_use.sar_id);
            }
        }
        requests
    }

    /// Request and signature hash of each result.
    fn results(&self) -> impl Iterator<Item = ([u8; 16], Hash)> {
        self.events.iter().filter_map(|event| match &event.entry {
            Entry::Result { key_use, signature_sha256, .. } => Some((key_use.sar_id, *signature_sha256)),
            _ => None,
        })
    }

    /// Invariant 1: each signature that left has its result in the log, as its receipt says.
    fn has_released(&self, released: &[SignedHash]) {
        for SignedHash { signature, receipt } in released {
            let receipt = receipt::verify(receipt, self.log.verifier_key()).unwrap();
            let event = &self.events[usize::try_from(receipt.index()).unwrap()];
            assert_eq!(event, receipt.event());
            assert!(
                matches!(&event.entry, Entry::Result { signature_sha256, .. } if *signature_sha256 == sha256(signature))
            );
        }
    }

    /// The log still contains everything that an earlier checkpoint was about.
    fn extends(&self, earlier: &[u8]) {
        let key = self.log.verifier_key();
        let earlier = SignedCheckpoint::parse(earlier).unwrap();
        let earlier = earlier.verify(key).unwrap();
        let now = SignedCheckpoint::parse(self.log.checkpoint().unwrap().as_bytes()).unwrap();
        let now = now.verify(key).unwrap();
        let proof = ConsistencyProof::make(&mut TileNodes::new(now.size, self), earlier.size, now.size).unwrap();
        proof.verify(&earlier.root, &now.root).unwrap();
    }
}

impl TileReader for Log {
    type Error = io::Error;
    fn read_tile(&self, path: &TilePath) -> io::Result<Vec<u8>> {
        std::fs::read(self.folder.join(path.to_string()))
    }
}
