//! The running `rakkan sam` is confined: what the kernel says of the process, and what it cannot reach. A kernel without landlock is made
//! by a filter around the process that hides it.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use seccompiler::{SeccompAction, SeccompFilter, TargetArch};
use support::{Demo, rakkan};

/// A process that is killed when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the module and waits until it listens; gives all it said until then.
fn listening(config: &Path) -> (Running, String) {
    let mut command = rakkan();
    command.args(["sam", "--config"]).arg(config).env("RAKKAN_LOG", "info").stderr(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stderr.take().unwrap()).lines();
    let mut said = String::new();
    let found = lines.by_ref().map_while(Result::ok).any(|line| {
        said += &line;
        said.push('\n');
        line.contains("listens")
    });
    assert!(found, "{said}");
    std::thread::spawn(move || lines.for_each(drop));
    (running, said)
}

/// Starts a module that does not come to listen.
fn ended(config: &Path) -> Output {
    rakkan().args(["sam", "--config"]).arg(config).output().unwrap()
}

fn sam_file(demo: &Demo) -> PathBuf {
    demo.folder().join("sam/sam.toml")
}

/// The module's file of the demo, made one for production.
fn for_production(demo: &Demo, more: &str) -> PathBuf {
    let text = std::fs::read_to_string(sam_file(demo)).unwrap();
    let text =
        text.replace("\"development\"", &format!("\"production\"\n{more}")).replace("scal2 = true", "scal2 = false");
    let origins = |line: &str| match line.split_once(" = ") {
        Some(("rp_id", _)) => "rp_id = \"example.jp\"".to_owned(),
        Some(("signing_origin", _)) => "signing_origin = \"https://sign.example.jp\"".to_owned(),
        Some(("enrolment_origin", _)) => "enrolment_origin = \"https://portal.example.jp\"".to_owned(),
        _ => line.to_owned(),
    };
    std::fs::write(sam_file(demo), text.lines().map(origins).collect::<Vec<_>>().join("\n")).unwrap();
    sam_file(demo)
}

/// Runs `action` in a thread for which, and for whose processes, the kernel has no landlock.
fn without_landlock<T: Send>(action: impl FnOnce() -> T + Send) -> T {
    let rules = [(libc::SYS_landlock_create_ruleset, Vec::new())].into();
    let not_there = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, not_there, arch).unwrap();
    let filter: seccompiler::BpfProgram = filter.try_into().unwrap();
    std::thread::scope(|scope| {
        let confined = scope.spawn(move || {
            seccompiler::apply_filter(&filter).unwrap();
            action()
        });
        confined.join().unwrap()
    })
}

/// Whether this kernel has what the test needs. Required in CI; elsewhere its absence skips the test, loudly.
fn kernel_has_landlock() -> bool {
    use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr};
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let asked =
        ruleset.handle_access(AccessFs::from_all(ABI::V3)).and_then(|r| r.handle_access(AccessNet::from_all(ABI::V4)));
    let found = asked.and_then(Ruleset::create).is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "the kernel must have landlock (ABI 4) in CI");
    if !found {
        let _ = writeln!(std::io::stderr(), "SKIPPED 1 case(s): this kernel has no landlock (ABI 4)");
    }
    found
}

#[test]
fn every_thread_of_the_running_module_has_the_system_call_filter_and_gains_no_privileges() {
    let demo = Demo::run(&[]);
    let (module, _) = listening(&sam_file(&demo));
    let threads: Vec<_> = std::fs::read_dir(format!("/proc/{}/task", module.0.id())).unwrap().collect();
    assert!(threads.len() > 30, "the module works in threads: {}", threads.len());
    for thread in threads {
        let status = std::fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        for line in ["Seccomp:\t2", "NoNewPrivs:\t1"] {
            assert!(status.lines().any(|found| found == line), "{line} is not in {status}");
        }
    }
}

#[test]
fn the_running_module_does_not_follow_a_link_out_of_its_folders() {
    if !kernel_has_landlock() {
        return;
    }
    let demo = Demo::run(&[]);
    let log = demo.folder().join("sam/state/log");
    let move_log_to = |from: &Path, to: &Path| {
        std::fs::rename(from, to).unwrap();
        let _ = std::fs::remove_file(&log);
        std::os::unix::fs::symlink(to, &log).unwrap();
    };
    // A link as such is no fault: this one stays inside.
    let inside = demo.folder().join("sam/log-moved");
    move_log_to(&log, &inside);
    drop(listening(&sam_file(&demo)));
    move_log_to(&inside, &demo.folder().join("log-outside"));
    let output = ended(&sam_file(&demo));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("Permission denied"), "{text}");
}

#[test]
fn in_production_the_module_does_not_start_where_the_kernel_cannot_confine_it() {
    let demo = Demo::run(&[]);
    let file = for_production(&demo, "");
    let output = without_landlock(|| ended(&file));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for words in ["landlock: files no, network no", "Linux 6.7", "confinement = \"best-effort\""] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn with_best_effort_it_starts_and_says_what_does_not_hold_and_the_doctor_repeats_it() {
    let demo = Demo::run(&[]);
    let file = for_production(&demo, "confinement = \"best-effort\"");
    let (_module, said) = without_landlock(|| listening(&file));
    let warning = said.lines().find(|line| line.contains("best-effort")).unwrap_or_else(|| panic!("{said}"));
    assert!(warning.contains("WARN") && warning.contains("files=no") && warning.contains("network=no"), "{warning}");
    let output = rakkan().args(["doctor", "--json", "--sam-config"]).arg(&file).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let found = findings.iter().find(|f| f["what"].as_str().unwrap().contains("best-effort")).unwrap();
    assert_eq!(found["good"], false, "{report}");
}

#[test]
fn in_production_the_confined_module_starts_and_says_that_it_is() {
    if !kernel_has_landlock() {
        return;
    }
    let demo = Demo::run(&[]);
    let (_module, said) = listening(&for_production(&demo, ""));
    assert!(said.contains("confined to its own files") && said.contains("files=wholly"), "{said}");
}

#[test]
fn a_word_for_confinement_that_is_not_known_is_an_error_in_the_file() {
    let demo = Demo::run(&[]);
    let output = ended(&for_production(&demo, "confinement = \"none\""));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(78), "{text}");
    assert!(text.contains("best-effort"), "{text}");
}
