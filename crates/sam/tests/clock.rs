//! The clock jumps, and requests and approvals of before are worth nothing: at once, for every thread, and without random bytes too.

mod harness;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;

use harness::{START, TestClock, World};
use sam::Refusal;
use sam::clock::Clock;
use sam::ids::{Hash, SignerId};
use sam::protocol::message::Failure;
use sam::protocol::{Reply, Request};
use sam::service::{Service, Step, StepObserver};
use sgm::{RandomError, SecureRandom, SystemRandom};

const HASH: Hash = [0xaa; 32];
const DAY: u64 = 86_400;

#[test]
fn a_request_that_has_expired_is_not_revived_however_long_the_module_has_run() {
    for days in [0, 7, 90] {
        let world = World::new();
        let module = world.start();
        world.clock.advance(days * DAY);
        let signer = module.signer();
        let prepared = module.prepared(&signer, &[HASH]);
        let grant = module.grant(&signer, &[HASH]);
        world.clock.advance(320);
        world.clock.set_wall(world.clock.wall() - 300);
        let approval = Request::Approve(module.approval(&signer, &prepared, |plan| plan));
        assert_eq!(module.ask(approval), Reply::Refused(Refusal::NotOurs), "after {days} days");
        assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::UnknownGrant), "after {days} days");
    }
}

#[test]
fn a_step_back_that_is_too_small_for_a_jump_revives_nothing_either() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let grant = module.grant(&signer, &[HASH]);
    let approval = Request::Approve(module.approval(&signer, &prepared, |plan| plan));
    world.clock.advance(301);
    assert_eq!(module.ask(approval.clone()), Reply::Refused(Refusal::Expired));
    world.clock.set_wall(world.clock.wall() - 2);
    assert_eq!(module.ask(approval), Reply::Refused(Refusal::Expired));
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::GrantExpired));
}

/// Random bytes that come, fail, or wait until the test lets them come.
#[derive(Default)]
struct Tap {
    fails: AtomicBool,
    /// Told when somebody waits; then waited for.
    gate: Mutex<Option<(Sender<()>, Receiver<()>)>>,
}

impl SecureRandom for Tap {
    fn fill(&self, destination: &mut [u8]) -> Result<(), RandomError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(RandomError);
        }
        let gate = self.gate.lock().unwrap().take();
        if let Some((waits, opened)) = gate {
            waits.send(()).unwrap();
            opened.recv().unwrap();
        }
        SystemRandom.fill(destination)
    }
}

#[test]
fn without_random_bytes_after_a_jump_nothing_of_before_is_good_and_it_stays_so() {
    let tap = Arc::new(Tap::default());
    let mut world = World::new();
    world.rng = tap.clone();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let grant = module.grant(&signer, &[HASH]);
    let approval = Request::Approve(module.approval(&signer, &prepared, |plan| plan));
    tap.fails.store(true, Ordering::SeqCst);
    world.clock.set_wall(START + 50);
    for _ in 0..3 {
        assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Failed(Failure::Internal));
        assert_eq!(module.ask(approval.clone()), Reply::Failed(Failure::Internal));
        assert_eq!(module.ask(Request::Hello), Reply::Failed(Failure::Unavailable));
    }
    tap.fails.store(false, Ordering::SeqCst);
    assert_eq!(module.ask(approval), Reply::Refused(Refusal::NotOurs));
    assert_eq!(module.sign(&signer, &grant, &[HASH]), Reply::Refused(Refusal::UnknownGrant));
    let grant = module.grant(&signer, &[HASH]);
    assert_eq!(module.signed(&signer, &grant, &[HASH]).len(), 1);
}

#[test]
fn while_one_thread_notices_a_jump_no_other_uses_what_was_issued_before() {
    let tap = Arc::new(Tap::default());
    let mut world = World::new();
    world.rng = tap.clone();
    let module = world.start();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let approval = Request::Approve(module.approval(&signer, &prepared, |plan| plan));
    let (waits, is_waiting) = channel();
    let (open, opened) = channel();
    *tap.gate.lock().unwrap() = Some((waits, opened));
    world.clock.set_wall(START - 100);
    thread::scope(|scope| {
        let first = scope.spawn(|| module.ask(Request::StartEnrolment { signer_id: SignerId::new([9; 16]) }));
        is_waiting.recv().unwrap();
        let (answer, answered) = channel();
        let second = &module;
        scope.spawn(move || answer.send(second.ask(approval)).unwrap());
        // It may only be answered after the first one has its new key; a wrong answer comes before.
        let early = answered.recv_timeout(std::time::Duration::from_millis(300));
        open.send(()).unwrap();
        let late = early.or_else(|_| answered.recv()).unwrap();
        assert_eq!(late, Reply::Refused(Refusal::NotOurs));
        assert!(matches!(first.join().unwrap(), Reply::Nonce(_)));
    });
}

/// Sets the clock back between the decision on an approval and its grant, and lets the module notice.
struct SetsClockBack {
    clock: TestClock,
    module: OnceLock<Arc<Service>>,
    armed: AtomicBool,
}

impl StepObserver for SetsClockBack {
    fn reached(&self, step: Step) {
        if step == Step::RequestBurned && self.armed.swap(false, Ordering::SeqCst) {
            self.clock.set_wall(START - 3600);
            let request = Request::StartEnrolment { signer_id: SignerId::new([9; 16]) };
            assert!(matches!(self.module.get().unwrap().handle(request), Reply::Nonce(_)));
        }
    }
}

#[test]
fn an_approval_that_was_decided_on_before_a_jump_is_not_granted_after_it() {
    let mut world = World::new();
    let observer =
        Arc::new(SetsClockBack { clock: world.clock.clone(), module: OnceLock::new(), armed: AtomicBool::new(false) });
    world.observer = observer.clone();
    let module = world.start();
    observer.module.set(Arc::clone(&module.service)).ok().unwrap();
    let signer = module.signer();
    let prepared = module.prepared(&signer, &[HASH]);
    let approval = Request::Approve(module.approval(&signer, &prepared, |plan| plan));
    observer.armed.store(true, Ordering::SeqCst);
    assert_eq!(module.ask(approval.clone()), Reply::Failed(Failure::Unavailable));
    assert_eq!(module.ask(approval), Reply::Refused(Refusal::NotOurs));
}
