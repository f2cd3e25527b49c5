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
use ::sam::service::{Alert, Parts, Service, Step, StepObserver};
use ::sam::signing_log::disk::FileSystem;
use anyhow::Context;
use sgm::{KeyEncryption, Passphrase, PassphraseHashing, SecureRandom, SoftwareToken, SystemRandom};

use crate::cli::SamArgs;
use crate::config::sam::{ConfinementRule, SamFile, TokenKey};
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
        confinement::refuse_system_calls()?;
        server.serve(peer).context("the connection to the service broke")?;
        return Ok(());
    }
    let listener = bind(&file.socket).with_context(|| {
        format!(
            "{} cannot be listened on: see that its folder is there and writable, and that no other module runs",
            file.socket.display()
        )
    })?;
    // The last socket is there; nothing was read from a peer yet.
    confinement::refuse_system_calls()?;
    let own = rustix::process::getuid().as_raw();
    let allowed = if file.allowed_uids.is_empty() { vec![own] } else { file.allowed_uids.clone() };
    tracing::info!(socket = %file.socket.display(), "the signature activation module listens");
    server.listen(&listener, &allowed, &not_accepted).context("the socket failed")
}

/// Says that connections are lost; called for the first, second, fourth, eighth of them.
fn not_accepted(error: &io::Error, count: u64) {
    tracing::warn!(
        error = %error,
        count,
        "a connection to the signature activation module could not be accepted; it goes on (too many open files: raise the limit)"
    );
}

/// Tells the operator what must not wait until somebody reads the signing log.
struct Operator;

impl StepObserver for Operator {
    fn reached(&self, _: Step) {}

    fn alert(&self, alert: Alert) {
        tracing::warn!(alert = ?alert, "{}", alert.message());
    }
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
        observer: Arc::new(Operator),
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
    let confinement = confinement::enter(&own, &[&program, &args.config, key])?;
    let Confinement { files, network } = confinement;
    if confinement.is_whole() {
        tracing::info!(%files, %network, "the module's process is confined to its own files, without the network");
        return Ok(());
    }
    if file.confinement == ConfinementRule::Required {
        anyhow::bail!(
            "this kernel cannot confine the module's process (landlock: files {files}, network {network}): run it on Linux 6.7 or \
             later with landlock, or accept less with confinement = \"best-effort\" in {}",
            args.config.display()
        );
    }
    tracing::warn!(
        %files,
        %network,
        "confinement is best-effort and this kernel's landlock does not hold wholly: where it does not, file modes alone keep the module \
         from other files, and its system call filter alone from the network"
    );
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_alert_is_a_warning_that_can_be_read_alone() {
        for (alert, words) in [
            (Alert::CounterNotIncreased, ["may have been copied", "refused", "24 hours"]),
            (Alert::AuthenticatorLocked, ["may have been copied", "locked", "register another passkey"]),
        ] {
            let written = Written::default();
            let writer = written.clone();
            let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
            tracing::subscriber::with_default(log, || Operator.alert(alert));
            let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
            assert!(text.contains("WARN") && text.lines().count() == 1, "{text}");
            assert!(text.contains(&format!("{alert:?}")), "{text}");
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    }
}
