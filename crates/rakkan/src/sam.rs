//! `rakkan sam`: the signature activation module as a process. It has the log, the token and one socket; nothing of the web side.

use std::fs::{DirBuilder, File};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;

use ::sam::clock::SystemClock;
use ::sam::server::{Server, abort_on_panic, bind, forbid_inspection};
use ::sam::service::{NoObserver, Parts, Service};
use ::sam::signing_log::disk::FileSystem;
use anyhow::Context;
use sgm::{KeyEncryption, Passphrase, PassphraseHashing, SecureRandom, SoftwareToken, SystemRandom};

use crate::cli::SamArgs;
use crate::config::sam::{SamFile, TokenKey};
use crate::config::{ConfigError, Environment};
use crate::confinement::{self, Confinement};

/// Runs the module until its peer (with `--stdin-socket`) or its socket goes away.
pub fn run(args: &SamArgs) -> anyhow::Result<()> {
    abort_on_panic();
    let file = SamFile::load(&args.config)?;
    if file.environment == Environment::Production {
        forbid_inspection().context("core dumps and a look into this process cannot be forbidden")?;
    }
    let server = start(&file, args)?;
    if args.stdin_socket {
        let peer = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
        server.serve(peer).context("the connection to the service broke")?;
        return Ok(());
    }
    let listener = bind(&file.socket).with_context(|| {
        format!(
            "{} cannot be listened on: see that its folder is there and writable, and that no other module runs",
            file.socket.display()
        )
    })?;
    let own = rustix::process::getuid().as_raw();
    let allowed = if file.allowed_uids.is_empty() { vec![own] } else { file.allowed_uids.clone() };
    tracing::info!(socket = %file.socket.display(), "the signature activation module listens");
    server.listen(&listener, &allowed).context("the socket failed")
}

/// Gives up everything but the module's own files, opens token and log, and starts the threads.
fn start(file: &SamFile, args: &SamArgs) -> anyhow::Result<Server> {
    let path = args.config.as_path();
    let config = file.module_config().map_err(|problems| ConfigError::Forbidden { path: path.to_owned(), problems })?;
    DirBuilder::new().recursive(true).mode(0o700).create(&config.folder).with_context(|| {
        format!("{} cannot be made: name a folder that this user may write", config.folder.display())
    })?;
    // Before the first thread: the confinement covers this thread and those that it starts.
    confine(file, args)?;
    let rng: Arc<dyn SecureRandom> = Arc::new(SystemRandom);
    let token = Arc::new(token(&config.folder.join("token"), &file.token, &*rng)?);
    let (service, report) = Service::start(Parts {
        config,
        sgm: token,
        disk: Arc::new(FileSystem),
        clock: Box::new(SystemClock),
        rng,
        observer: Arc::new(NoObserver),
        binary_sha256: file_digest(&std::env::current_exe()?)?,
        configuration_sha256: file_digest(path)?,
    })?;
    if !report.aborted_intents.is_empty() || report.torn_bytes > 0 || report.repaired_tiles > 0 {
        tracing::warn!(
            log.aborted_intents = report.aborted_intents.len(),
            log.torn_bytes = report.torn_bytes,
            log.repaired_tiles = report.repaired_tiles,
            "the last run ended in the middle of something; it was brought to an end"
        );
    }
    tracing::info!(log.entries = report.entries, "the signing log is open");
    Server::start(Arc::new(service)).context("no threads")
}

fn confine(file: &SamFile, args: &SamArgs) -> anyhow::Result<()> {
    let program = std::env::current_exe()?;
    let (TokenKey::KeyFile(key) | TokenKey::PassphraseFile(key)) = &file.token;
    let mut own = vec![file.folder.as_path()];
    if !args.stdin_socket {
        own.extend(file.socket.parent());
    }
    match confinement::enter(&own, &[&program, &args.config, key])? {
        Confinement::Enforced => {}
        Confinement::NotAvailable => {
            tracing::warn!("this kernel has no landlock: nothing but file modes keeps the module from other files");
        }
    }
    Ok(())
}

/// The software token in `folder`, made on the first start.
fn token(folder: &Path, key: &TokenKey, rng: &dyn SecureRandom) -> anyhow::Result<SoftwareToken> {
    let source = match key {
        TokenKey::KeyFile(path) => KeyEncryption::KeyFile(path.clone()),
        TokenKey::PassphraseFile(path) => {
            KeyEncryption::Passphrase(Passphrase::read_file(path)?, PassphraseHashing::default())
        }
    };
    if !SoftwareToken::exists(folder) {
        SoftwareToken::create(folder, &source, rng)?;
    }
    Ok(SoftwareToken::open(folder, &source)?)
}

fn file_digest(path: &Path) -> anyhow::Result<::sam::ids::Hash> {
    let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => context.update(&buffer[..read]),
        }
    }
    let digest: [u8; 32] = context.finish().as_ref().try_into()?;
    Ok(digest)
}
