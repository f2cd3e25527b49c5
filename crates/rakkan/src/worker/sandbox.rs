//! Locks the worker in before it reads a document: limits, no files (landlock), no network and no new process (seccomp). Notes 5.9.
//!
//! The layers are independent: where a kernel lacks landlock, the seccomp filter alone already refuses every call that could open
//! something. The filter itself must hold; without it the worker does not start.

use std::collections::BTreeMap;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

/// Memory that a document may make the worker use beyond its own length.
pub const MEMORY_BYTES: u64 = 412 * 1024 * 1024;
/// Address space beyond that: what the program's own file takes when it is mapped.
const ADDRESS_BYTES: u64 = 256 * 1024 * 1024;
/// Processor time that every document may take; larger ones get more.
const CPU_SECONDS: u64 = 10;
/// Octets of a document for which there is another second.
const OCTETS_PER_SECOND: u64 = 64 * 1024 * 1024;

/// Processor time for a document of `length` octets.
pub fn cpu_seconds(length: u64) -> u64 {
    CPU_SECONDS + length / OCTETS_PER_SECOND
}

/// Why the worker refuses to start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A limit could not be set.
    #[error("a resource limit could not be set")]
    Limit(#[source] rustix::io::Errno),
    /// Landlock failed in a way that is not "the kernel does not have it".
    #[error("file access could not be given up")]
    Files(#[source] landlock::RulesetError),
    /// The system call filter could not be built or installed.
    #[error("the system call filter could not be installed")]
    SystemCalls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Gives up everything but standard input, output and memory, for this thread and what it becomes. The memory is for a document of `length`
/// octets.
///
/// # Errors
/// [`SandboxError`]; the caller must not go on then.
pub fn enter(length: u64) -> Result<(), SandboxError> {
    limits(length).map_err(SandboxError::Limit)?;
    no_files().map_err(SandboxError::Files)?;
    // No new file descriptor from here on; landlock needed one.
    limit(Resource::Nofile, 0).map_err(SandboxError::Limit)?;
    few_system_calls()
}

fn limits(length: u64) -> rustix::io::Result<()> {
    let memory = MEMORY_BYTES.saturating_add(length);
    limit(Resource::Data, memory)?;
    limit(Resource::As, memory.saturating_add(ADDRESS_BYTES))?;
    limit(Resource::Cpu, cpu_seconds(length))?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // A worker whose parent is gone answers nobody.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
}

fn limit(resource: Resource, value: u64) -> rustix::io::Result<()> {
    rustix::process::setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
}

fn no_files() -> Result<(), landlock::RulesetError> {
    // No rule is added, so nothing is allowed. Best effort: an older kernel enforces what it knows.
    let abi = ABI::V5;
    Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .create()?
        .restrict_self()
        .map(drop)
}

fn few_system_calls() -> Result<(), SandboxError> {
    let program = filter().map_err(|error| SandboxError::SystemCalls(error.into()))?;
    seccompiler::apply_filter(&program).map_err(|error| SandboxError::SystemCalls(error.into()))
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    use seccompiler::BackendError;
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    // Read, write, memory, the end. Everything else kills the process: open, socket, clone, execve, ptrace, ...
    let free = [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_tgkill,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = free.into_iter().map(|number| (number, Vec::new())).collect();
    // Memory may be had, but not memory that can be executed.
    for number in [libc::SYS_mmap, libc::SYS_mprotect] {
        let not_executable =
            SeccompCondition::new(2, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(libc::PROT_EXEC as u64), 0)?;
        rules.insert(number, vec![SeccompRule::new(vec![not_executable])?]);
    }
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, arch)?
        .try_into()
        .map_err(|error: BackendError| error)
}
