//! Takes from the SAM's process what it never needs: other files than its own, the network, other programs. Security design 2.8.
//!
//! So it cannot reach the store's file, even where it runs under the same user as the web side, as in the demo. Two layers: landlock for
//! files and TCP ports, before the first thread; then, when the socket is there, a seccomp filter for all threads. Landlock alone leaves
//! UDP and Unix sockets open; the filter refuses every new socket of any kind, and execve.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, path_beneath_rules,
};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch};

/// The kernel's rules that are asked for; an older kernel enforces what it knows.
const RULES: ABI = ABI::V5;
/// From here on (Linux 6.2) the rules cover every way to read, change or cut a file; later ones add devices.
const ALL_OF_FILES: ABI = ABI::V3;
/// From here on (Linux 6.7) they cover TCP.
const NETWORK: ABI = ABI::V4;

/// How far the kernel holds the process to the rules of landlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// Files outside its own.
    pub files: Held,
    /// TCP ports; every socket is refused by the system call filter besides.
    pub network: Held,
}

/// How far one part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// Wholly.
    Wholly,
    /// An older kernel: as far as it knows the rules.
    Partly,
    /// Not at all.
    No,
}

impl fmt::Display for Held {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Wholly => "wholly",
            Self::Partly => "partly",
            Self::No => "no",
        })
    }
}

impl Confinement {
    /// Whether it is what an installation for production has to have.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self == Self { files: Held::Wholly, network: Held::Wholly }
    }

    /// What this kernel would hold a process to. Changes nothing.
    #[must_use]
    pub fn of_this_kernel() -> Self {
        let hard = || Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
        let files = |abi| hard().handle_access(AccessFs::from_all(abi)).and_then(Ruleset::create).is_ok();
        let network = hard().handle_access(AccessNet::from_all(NETWORK)).and_then(Ruleset::create).is_ok();
        Self {
            files: match (files(ALL_OF_FILES), files(ABI::V1)) {
                (true, _) => Held::Wholly,
                (false, true) => Held::Partly,
                (false, false) => Held::No,
            },
            network: if network { Held::Wholly } else { Held::No },
        }
    }
}

/// From here on this thread, and every thread and process that it starts, may write below `own`, read `readable`, and nothing else.
///
/// # Errors
/// If the kernel has landlock and refuses the rules; the caller must not go on then.
pub fn enter(own: &[&Path], readable: &[&Path]) -> Result<Confinement, RulesetError> {
    let known = Confinement::of_this_kernel();
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .create()?
        .add_rules(path_beneath_rules(own, AccessFs::from_all(RULES)))?
        .add_rules(path_beneath_rules(readable, AccessFs::from_read(RULES)))?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Confinement { files: Held::Wholly, network: Held::Wholly },
        RulesetStatus::PartiallyEnforced => known,
        RulesetStatus::NotEnforced => Confinement { files: Held::No, network: Held::No },
    })
}

/// The system call filter could not be built or installed.
#[derive(Debug, thiserror::Error)]
#[error("the system call filter could not be installed; it needs a kernel with seccomp on x86-64 or aarch64")]
pub struct FilterError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// From here on every thread of this process that asks for a new socket, for another program, or for a look into another process is
/// refused. Sockets that are there can be used, and accept connections.
///
/// # Errors
/// [`FilterError`]; the caller must not go on then.
pub fn refuse_system_calls() -> Result<(), FilterError> {
    let program = filter().map_err(|error| FilterError(error.into()))?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| FilterError(error.into()))
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut refused = vec![
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        // It opens and connects sockets past this filter.
        libc::SYS_io_uring_setup,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        // It takes descriptors, sockets too, out of other processes.
        libc::SYS_pidfd_getfd,
    ];
    if cfg!(target_arch = "x86_64") {
        // The same calls have second numbers (x32); five of these eleven have numbers of their own there.
        const X32: i64 = 0x4000_0000;
        refused.extend(refused.clone().into_iter().map(|number| number | X32));
        refused.extend([520, 521, 539, 540, 545].map(|number| number | X32));
    }
    // The rules match on the number alone.
    let rules: BTreeMap<_, _> = refused.into_iter().map(|number| (number, Vec::new())).collect();
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let errno = libc::EPERM.unsigned_abs();
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), arch)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::process::Command;
    use std::sync::mpsc::channel;

    const FOLDER: &str = "RAKKAN_CONFINEMENT_FOLDER";

    /// A confinement cannot be left, so the test below starts this one in a process of its own.
    #[test]
    #[ignore = "run by the_module_reaches_its_own_folder_and_neither_the_store_nor_the_network"]
    fn inside() {
        let folder = std::path::PathBuf::from(std::env::var(FOLDER).unwrap());
        let (own, store, configuration) = (folder.join("sam"), folder.join("store"), folder.join("sam.toml"));
        assert!(enter(&[&own], &[&configuration]).unwrap().is_whole());
        std::fs::write(own.join("journal"), b"own").unwrap();
        std::fs::rename(own.join("journal"), own.join("renamed")).unwrap();
        assert_eq!(std::fs::read(&configuration).unwrap(), b"version = 1\n");
        let denied = |result: io::Result<()>| assert_eq!(result.unwrap_err().raw_os_error(), Some(13));
        denied(std::fs::read(store.join("rakkan.db")).map(drop));
        denied(std::fs::write(store.join("rakkan.db"), b"changed"));
        denied(std::fs::write(&configuration, b"changed"));
        denied(std::fs::read_dir(&store).map(drop));
        denied(std::fs::read(own.join("way-to-the-store")).map(drop));
        denied(std::net::TcpListener::bind("127.0.0.1:0").map(drop));
    }

    fn in_a_process_of_its_own(test: &str, folder: &Path) {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &format!("confinement::tests::{test}"), "--ignored", "--test-threads=1"])
            .env(FOLDER, folder)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    }

    #[test]
    fn the_module_reaches_its_own_folder_and_neither_the_store_nor_the_network() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["sam", "store"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("store/rakkan.db"), b"store").unwrap();
        std::fs::write(folder.path().join("sam.toml"), b"version = 1\n").unwrap();
        // A link out of the module's own folder leads nowhere either.
        let link = folder.path().join("sam/way-to-the-store");
        std::os::unix::fs::symlink(folder.path().join("store/rakkan.db"), link).unwrap();
        in_a_process_of_its_own("inside", folder.path());
        assert_eq!(std::fs::read(folder.path().join("store/rakkan.db")).unwrap(), b"store");
    }

    fn refused(result: io::Result<()>) {
        assert_eq!(result.unwrap_err().raw_os_error(), Some(1));
    }

    fn every_new_way_out_is_refused(folder: &Path) {
        refused(std::net::UdpSocket::bind("127.0.0.1:0").map(drop));
        refused(std::net::TcpListener::bind("127.0.0.1:0").map(drop));
        refused(std::net::TcpStream::connect("127.0.0.1:1").map(drop));
        refused(UnixStream::connect(folder.join("socket")).map(drop));
        refused(UnixStream::pair().map(drop));
        refused(Command::new("/bin/true").status().map(drop));
    }

    #[test]
    #[ignore = "run by after_its_start_the_module_gets_no_socket_and_starts_no_program_in_any_thread"]
    fn filtered() {
        let folder = std::path::PathBuf::from(std::env::var(FOLDER).unwrap());
        let listener = UnixListener::bind(folder.join("socket")).unwrap();
        let _waits = UnixStream::connect(folder.join("socket")).unwrap();
        let (go, gone) = channel();
        let started_before = std::thread::spawn({
            let folder = folder.clone();
            move || {
                gone.recv().unwrap();
                every_new_way_out_is_refused(&folder);
            }
        });
        refuse_system_calls().unwrap();
        every_new_way_out_is_refused(&folder);
        go.send(()).unwrap();
        started_before.join().unwrap();
        listener.accept().unwrap();
        std::fs::write(folder.join("journal"), b"files are another layer's business").unwrap();
    }

    #[test]
    fn after_its_start_the_module_gets_no_socket_and_starts_no_program_in_any_thread() {
        let folder = tempfile::tempdir().unwrap();
        in_a_process_of_its_own("filtered", folder.path());
    }

    #[test]
    fn only_the_whole_confinement_is_whole() {
        use Held::{No, Partly, Wholly};
        assert!(Confinement { files: Wholly, network: Wholly }.is_whole());
        for (files, network) in [(Partly, Wholly), (No, Wholly), (Wholly, No), (Partly, No), (No, No)] {
            assert!(!Confinement { files, network }.is_whole());
        }
    }
}
