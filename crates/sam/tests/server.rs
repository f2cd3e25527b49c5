//! The activation protocol on a socket: many requests at once, peers that break it, peers that are not allowed.

mod harness;

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use harness::{Module, World};
use sam::Refusal;
use sam::dcbor::{from_bytes, to_bytes};
use sam::ids::SignerId;
use sam::protocol::message::Failure;
use sam::protocol::{Frame, Reply, Request};
use sam::server::{Listener, Server, bind};

/// A connection to a module that serves it in a thread.
fn connected(module: &Module<'_>) -> UnixStream {
    let server = Server::start(Arc::clone(&module.service)).unwrap();
    let (ours, theirs) = UnixStream::pair().unwrap();
    thread::spawn(move || server.serve(theirs));
    ours
}

fn send(stream: &mut UnixStream, request_id: u64, request: &Request) {
    Frame { request_id, body: to_bytes(request) }.write_to(stream).unwrap();
}

fn receive(stream: &mut UnixStream) -> (u64, Reply) {
    let frame = Frame::read_from(stream).unwrap().unwrap();
    (frame.request_id, from_bytes(&frame.body).unwrap())
}

#[test]
fn many_requests_in_flight_are_each_answered_under_their_own_id() {
    let world = World::new();
    let module = world.start();
    let mut stream = connected(&module);
    for number in 0..200_u64 {
        let request = match number % 3 {
            0 => Request::Hello,
            1 => Request::StartEnrolment { signer_id: SignerId::new([7; 16]) },
            _ => Request::Proof { index: 1_000_000 + number },
        };
        send(&mut stream, number, &request);
    }
    let mut answered: Vec<u64> = (0..200)
        .map(|_| {
            let (id, reply) = receive(&mut stream);
            let fits = match id % 3 {
                0 => matches!(reply, Reply::Hello(_)),
                1 => matches!(reply, Reply::Nonce(_)),
                _ => reply == Reply::Refused(Refusal::UnknownEntry),
            };
            assert!(fits, "{id}: {reply:?}");
            id
        })
        .collect();
    answered.sort_unstable();
    assert_eq!(answered, (0..200).collect::<Vec<_>>());
}

#[test]
fn a_peer_that_does_not_read_is_dropped_and_others_are_served() {
    let world = World::new();
    let module = world.start();
    let server = Server::with_write_timeout(Arc::clone(&module.service), Duration::from_millis(50)).unwrap();
    let connect = || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = server.clone();
        thread::spawn(move || server.serve(theirs));
        // So that this test fails and does not hang.
        ours.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        ours.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        ours
    };
    let mut rude = connect();
    let frame = |request_id| Frame { request_id, body: to_bytes(&Request::Hello) }.to_bytes().unwrap();
    // More replies than fit into the socket and all threads, until the module hangs up.
    let dropped = (0..100_000).find_map(|number| rude.write_all(&frame(number)).err()).expect("it is never dropped");
    assert!(
        matches!(dropped.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset),
        "the module neither reads nor hangs up: {dropped}"
    );
    let mut polite = connect();
    send(&mut polite, 7, &Request::Hello);
    assert!(matches!(receive(&mut polite), (7, Reply::Hello(_))));
}

/// Gives what a test has prepared, last first.
struct Prepared {
    coming: RefCell<Vec<io::Result<UnixStream>>>,
    pauses: Cell<usize>,
}

impl Listener for Prepared {
    fn accept(&self) -> io::Result<UnixStream> {
        self.coming.borrow_mut().pop().expect("nobody asks after the end")
    }

    fn pause(&self) {
        self.pauses.set(self.pauses.get() + 1);
    }
}

#[test]
fn connections_that_cannot_be_accepted_do_not_end_the_module_and_are_told_a_few_times() {
    let world = World::new();
    let module = world.start();
    let server = Server::start(Arc::clone(&module.service)).unwrap();
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let failure = |errno: rustix::io::Errno| Err(io::Error::from(errno));
    let mut coming = vec![failure(rustix::io::Errno::BADF), Ok(theirs)];
    for _ in 0..50 {
        coming.push(failure(rustix::io::Errno::MFILE));
        coming.push(failure(rustix::io::Errno::CONNABORTED));
    }
    let listener = Prepared { coming: RefCell::new(coming), pauses: Cell::new(0) };
    let told = RefCell::new(Vec::new());
    let own = rustix::process::getuid().as_raw();
    let end = server.listen(&listener, &[own], &|_, count| told.borrow_mut().push(count)).unwrap_err();
    assert_eq!(end.raw_os_error(), Some(rustix::io::Errno::BADF.raw_os_error()));
    assert_eq!(listener.pauses.get(), 100);
    assert_eq!(told.into_inner(), [1, 2, 4, 8, 16, 32, 64]);
    send(&mut ours, 1, &Request::Hello);
    assert!(matches!(receive(&mut ours), (1, Reply::Hello(_))));
}

#[test]
fn a_body_that_is_no_request_is_answered_and_the_connection_lives_on() {
    let world = World::new();
    let module = world.start();
    let mut stream = connected(&module);
    for body in [vec![], vec![0xff], vec![0x82, 0x18, 0x63, 0xa0], vec![0x81; 5000]] {
        Frame { request_id: 9, body }.write_to(&mut stream).unwrap();
        assert_eq!(receive(&mut stream), (9, Reply::Failed(Failure::Malformed)));
    }
    send(&mut stream, 10, &Request::Hello);
    assert!(matches!(receive(&mut stream), (10, Reply::Hello(_))));
}

#[test]
fn a_frame_of_another_version_or_beyond_the_limit_ends_the_connection() {
    let world = World::new();
    let module = world.start();
    for header in [[0, 0, 0, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0], [0xff; 13], [0; 13]] {
        let mut stream = connected(&module);
        stream.write_all(&header).unwrap();
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "{header:?}");
    }
}

#[test]
fn a_peer_that_leaves_in_the_middle_of_a_frame_harms_nobody() {
    let world = World::new();
    let module = world.start();
    let mut leaving = connected(&module);
    leaving.write_all(&[0, 0, 0, 200, 1, 0]).unwrap();
    drop(leaving);
    let mut stream = connected(&module);
    send(&mut stream, 1, &Request::Checkpoint);
    assert!(matches!(receive(&mut stream), (1, Reply::Checkpoint(_))));
}

#[test]
fn only_allowed_users_are_served_on_the_listening_socket() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new();
    let own = std::fs::metadata(folder.path()).map(|found| std::os::unix::fs::MetadataExt::uid(&found)).unwrap();
    for (allowed, served) in [(own, true), (own + 1, false)] {
        let path = folder.path().join(format!("sam-{served}.sock"));
        let listener = bind(&path).unwrap();
        let server = Server::start(Arc::clone(&world_service(&world, served))).unwrap();
        thread::spawn(move || server.listen(&listener, &[allowed], &|_, _| {}));
        let mut stream = UnixStream::connect(&path).unwrap();
        let frame = Frame { request_id: 3, body: to_bytes(&Request::Hello) };
        // The other side may have closed already.
        let _ = frame.write_to(&mut stream);
        let answer = Frame::read_from(&mut stream);
        assert_eq!(matches!(answer, Ok(Some(_))), served);
    }
}

/// A module each, because a log has one writer.
fn world_service(world: &World, first: bool) -> Arc<sam::service::Service> {
    if first { world.start().service } else { World::new().start().service }
}

#[test]
fn a_stale_socket_is_replaced_but_neither_a_living_one_nor_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sam.sock");
    drop(bind(&path).unwrap());
    let living = bind(&path).unwrap();
    assert_eq!(bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    drop(living);
    let file = folder.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    assert_eq!(bind(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&file).unwrap(), b"x");
}

#[test]
fn the_whole_way_from_enrolment_to_signature_goes_through_the_protocol() {
    // What the other tests call directly survives encoding and decoding.
    let world = World::new();
    let module = world.start();
    let mut stream = connected(&module);
    let signer = module.signer();
    let prepare = Request::PrepareActivation(module.prepare_request(&signer, &[[0xaa; 32]]));
    send(&mut stream, 1, &prepare);
    let (1, Reply::Prepared(prepared)) = receive(&mut stream) else { panic!() };
    send(&mut stream, 2, &Request::Approve(module.approval(&signer, &prepared, |plan| plan)));
    let (2, Reply::Approved(grant)) = receive(&mut stream) else { panic!() };
    send(&mut stream, 3, &Request::Sign(module.sign_request(&signer, &grant, &[[0xaa; 32]])));
    let (3, Reply::Signed(signed)) = receive(&mut stream) else { panic!() };
    assert!(harness::is_signature_over(&signer.spki, &[0xaa; 32], &signed[0].signature));
}

#[test]
fn the_largest_request_and_reply_fit_into_a_frame() {
    let world = World::new();
    let module = world.start();
    let mut stream = connected(&module);
    let signer = module.signer();
    let hashes: Vec<[u8; 32]> = (0..=255).map(|number| [number; 32]).collect();
    let mut request = module.prepare_request(&signer, &hashes);
    request.labels = hashes
        .iter()
        .map(|hash| sam::protocol::message::DisplayLabel { text: "x".repeat(200), document_sha256: *hash })
        .collect();
    send(&mut stream, 1, &Request::PrepareActivation(request.clone()));
    let (1, Reply::Prepared(prepared)) = receive(&mut stream) else { panic!() };
    send(&mut stream, 2, &Request::Approve(module.approval(&signer, &prepared, |plan| plan)));
    let (2, Reply::Approved(grant)) = receive(&mut stream) else { panic!() };
    send(&mut stream, 3, &Request::Sign(module.sign_request(&signer, &grant, &hashes)));
    match receive(&mut stream) {
        (3, Reply::Signed(signed)) => assert_eq!(signed.len(), 256),
        other => panic!("{other:?}"),
    }
    request.labels[0].text.push('x');
    send(&mut stream, 4, &Request::PrepareActivation(request.clone()));
    assert_eq!(receive(&mut stream), (4, Reply::Refused(Refusal::Malformed)));
    request.labels.clear();
    request.hashes.push(vec![0; 32]);
    send(&mut stream, 5, &Request::PrepareActivation(request));
    assert_eq!(receive(&mut stream), (5, Reply::Refused(Refusal::Malformed)));
}

#[test]
fn labels_that_steer_the_display_are_refused() {
    let world = World::new();
    let module = world.start();
    let signer = module.signer();
    for text in ["a\nb", "a\u{1b}[2Jb", "invoice\u{202e}fdp.exe", "\u{2066}x"] {
        let mut request = module.prepare_request(&signer, &[[0xaa; 32]]);
        request.labels = vec![sam::protocol::message::DisplayLabel { text: text.into(), document_sha256: [0xaa; 32] }];
        assert_eq!(module.ask(Request::PrepareActivation(request)), Reply::Refused(Refusal::Malformed), "{text:?}");
    }
}
