//! The SAM as a child of the demo: `rakkan sam` over a socketpair, in a folder of its own, without the store's path or descriptors.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use ssa::sam_client::ActivationClient;
use tokio::net::UnixStream;

/// The child process. It ends when the connection to it closes, and is ended when this is dropped.
#[derive(Clone, Default)]
pub struct Module {
    child: Arc<Mutex<Option<Running>>>,
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Module {
    /// A client whose connection starts the module, and starts it again when it has ended.
    pub fn client(&self, config: &Path) -> ActivationClient {
        let (module, config) = (self.clone(), config.to_owned());
        ActivationClient::with_connector(move || {
            let started = module.start(config.clone());
            async move { started }
        })
    }

    /// Process id of the module that runs now.
    pub fn pid(&self) -> Option<u32> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|running| running.0.id())
    }

    fn start(&self, config: PathBuf) -> io::Result<UnixStream> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut place = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        // The old one first: a log has one writer.
        drop(place.take());
        let child = Command::new(std::env::current_exe()?)
            .args(["sam", "--stdin-socket", "--config"])
            .arg(config)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()?;
        *place = Some(Running(child));
        UnixStream::from_std(ours)
    }
}
