//! Serves the activation protocol on Unix sockets: threads, many requests in flight on one connection. Security design 2.8.

use std::io::{self, BufReader};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::sockopt::socket_peercred;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::dcbor::{from_bytes, to_bytes};
use crate::protocol::message::Failure;
use crate::protocol::{Frame, FrameError, Reply, Request};
use crate::service::Service;

/// Threads that work on requests. Most of the time they wait for the disk together.
const WORKERS: usize = 32;
/// Requests that wait for a thread; beyond that the peer waits.
const QUEUE: usize = 64;
/// How many peers may be connected to the listening socket.
const CONNECTIONS_MAX: usize = 64;

/// How long a reply may wait for its peer to read before the peer is dropped.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait after the system had no room for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes requests from connections and lets a fixed number of threads answer them.
#[derive(Clone)]
pub struct Server {
    jobs: SyncSender<Job>,
    write_timeout: Duration,
}

struct Job {
    frame: Frame,
    connection: Arc<Connection>,
}

struct Connection {
    /// Replies are written whole, one after the other.
    writer: Mutex<UnixStream>,
}

/// Where connections come from. For a test that lets it fail.
pub trait Listener {
    /// Waits for a connection.
    ///
    /// # Errors
    /// What the system says.
    fn accept(&self) -> io::Result<UnixStream>;

    /// Waits a moment after a failure.
    fn pause(&self);
}

impl Listener for UnixListener {
    fn accept(&self) -> io::Result<UnixStream> {
        Self::accept(self).map(|(stream, _)| stream)
    }

    fn pause(&self) {
        // Nobody wakes this thread, and if somebody did, nothing would be lost.
        thread::park_timeout(PAUSE);
    }
}

impl Server {
    /// Starts the threads.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn start(service: Arc<Service>) -> io::Result<Self> {
        Self::with_write_timeout(service, WRITE_TIMEOUT)
    }

    /// The same with another patience for peers that do not read.
    ///
    /// # Errors
    /// If the system gives no threads.
    pub fn with_write_timeout(service: Arc<Service>, write_timeout: Duration) -> io::Result<Self> {
        let (jobs, receiver) = sync_channel::<Job>(QUEUE);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..WORKERS {
            let (service, receiver) = (Arc::clone(&service), Arc::clone(&receiver));
            let worker = thread::Builder::new().name(format!("sam-{number}")).stack_size(512 * 1024);
            worker.spawn(move || work(&service, &receiver))?;
        }
        Ok(Self { jobs, write_timeout })
    }

    /// Serves one peer until it closes the connection, breaks the protocol or does not read its replies.
    ///
    /// # Errors
    /// If the stream cannot be used.
    pub fn serve(&self, stream: UnixStream) -> io::Result<()> {
        stream.set_write_timeout(Some(self.write_timeout))?;
        let connection = Arc::new(Connection { writer: Mutex::new(stream.try_clone()?) });
        let mut stream = BufReader::new(stream);
        // A frame that cannot be read leaves no way to find the next one.
        while let Ok(Some(frame)) = Frame::read_request_from(&mut stream) {
            let job = Job { frame, connection: Arc::clone(&connection) };
            if self.jobs.send(job).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Accepts peers that run under one of `allowed_uids`, each in a thread of its own. A connection that cannot be had, because there are
    /// too many open files for instance, is let go, and the next one waited for. `trouble` is told of the first such failure, the
    /// second, the fourth, the eighth: it may write each of them down. Returns when the socket itself is of no use.
    ///
    /// # Errors
    /// What the socket failed with.
    pub fn listen(
        &self,
        listener: &impl Listener,
        allowed_uids: &[u32],
        trouble: &dyn Fn(&io::Error, u64),
    ) -> io::Result<()> {
        let connected = Arc::new(());
        let mut failures = 0_u64;
        loop {
            let failed = match listener.accept() {
                Ok(stream) => {
                    let allowed = socket_peercred(&stream).is_ok_and(|peer| allowed_uids.contains(&peer.uid.as_raw()));
                    if !allowed || Arc::strong_count(&connected) > CONNECTIONS_MAX {
                        // Closed without a word: whoever this is, it is not the web side.
                        continue;
                    }
                    let (server, connected) = (self.clone(), Arc::clone(&connected));
                    let peer = thread::Builder::new().name("sam-peer".to_owned()).stack_size(256 * 1024);
                    let started = peer.spawn(move || {
                        let _connected = connected;
                        let _ = server.serve(stream);
                    });
                    started.map(drop)
                }
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => Err(error),
            };
            if let Err(error) = failed {
                failures = failures.saturating_add(1);
                if failures.is_power_of_two() {
                    trouble(&error, failures);
                }
                listener.pause();
            }
        }
    }
}

/// Whether a listening socket that gave this error will never give anything else. `accept(2)`.
fn is_final(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(errno, Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP | Errno::FAULT))
}

/// The listening socket at `path`, which owner and group may use. A socket that is left over from an earlier run is replaced.
///
/// # Errors
/// If there is something else at `path`, somebody listens there already, or the folder is not writable.
pub fn bind(path: &Path) -> io::Result<UnixListener> {
    if UnixStream::connect(path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another module listens on this socket"));
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if std::os::unix::fs::FileTypeExt::is_socket(&found.file_type()) => std::fs::remove_file(path)?,
        Ok(_) => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file in the socket's place"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
    Ok(listener)
}

/// Lets a panic in any thread end the process at once: a module in an unknown state must not go on. Says where, not what.
pub fn abort_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
        eprintln!("the signature activation module met a defect{place} and stops");
        std::process::abort();
    }));
}

/// Forbids core dumps and, except to root, a look into the memory of this process. For production: it also hides memory figures.
///
/// # Errors
/// If the system refuses.
pub fn forbid_inspection() -> io::Result<()> {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none)?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

fn work(service: &Service, jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { frame, connection }) = job else { return };
        let reply = match from_bytes::<Request>(&frame.body) {
            Ok(request) => service.handle(request),
            Err(_) => Reply::Failed(Failure::Malformed),
        };
        connection.send(frame.request_id, &reply);
    }
}

impl Connection {
    /// Sends a reply. A peer that is gone is not missed: what it asked for is in the log. One that does not read is dropped, so that it holds
    /// up one thread once, and those that wait for it no longer than that.
    fn send(&self, request_id: u64, reply: &Reply) {
        let frame = Frame { request_id, body: to_bytes(reply) };
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = match frame.write_to(&mut *writer) {
            // Too long for a frame: nothing of it was sent.
            Err(FrameError::Length(_)) => {
                Frame { request_id, body: to_bytes(&Reply::Failed(Failure::Internal)) }.write_to(&mut *writer)
            }
            other => other,
        };
        if sent.is_err() {
            // Part of a frame may have been sent, so nothing can follow it. This also ends the thread that reads.
            let _ = writer.shutdown(Shutdown::Both);
        }
    }
}
