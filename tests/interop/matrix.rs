//! Every format, packaging, algorithm and level that EU DSS can make and accept itself: made by us, it says exactly that level and
//! TOTAL_PASSED. The table of it is docs/conformance/ades-creation.md.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ades::crypto::{DigestAlgorithm, SignatureAlgorithm, SignatureScheme};

use crate::dss::{Dss, dss};
use crate::ground::{Ground, ground};
use crate::making::{Format, LEVELS, document, dss_arguments, every_level, name};
use crate::report::{self, Cell, Row};
use crate::signers::KeyKind;
use crate::surroundings::{program, python, run};
use crate::variants;

/// Digests under the names of DSS.
pub const DIGESTS: [(&str, DigestAlgorithm); 6] = [
    ("SHA256", DigestAlgorithm::Sha256),
    ("SHA384", DigestAlgorithm::Sha384),
    ("SHA512", DigestAlgorithm::Sha512),
    ("SHA3_256", DigestAlgorithm::Sha3_256),
    ("SHA3_384", DigestAlgorithm::Sha3_384),
    ("SHA3_512", DigestAlgorithm::Sha3_512),
];

/// A key and how it signs. Longer RSA keys differ in nothing but their length, so they are probed with one digest.
const ROWS: [Row; 10] = [
    Row { key: KeyKind::Rsa2048, scheme: SignatureScheme::RsaPkcs1, digests: 6 },
    Row { key: KeyKind::Rsa3072, scheme: SignatureScheme::RsaPkcs1, digests: 1 },
    Row { key: KeyKind::Rsa4096, scheme: SignatureScheme::RsaPkcs1, digests: 1 },
    Row { key: KeyKind::Rsa2048, scheme: SignatureScheme::RsaPss, digests: 6 },
    Row { key: KeyKind::Rsa3072, scheme: SignatureScheme::RsaPss, digests: 1 },
    Row { key: KeyKind::Rsa4096, scheme: SignatureScheme::RsaPss, digests: 1 },
    Row { key: KeyKind::P256, scheme: SignatureScheme::Ecdsa, digests: 6 },
    Row { key: KeyKind::P384, scheme: SignatureScheme::Ecdsa, digests: 6 },
    Row { key: KeyKind::P521, scheme: SignatureScheme::Ecdsa, digests: 6 },
    Row { key: KeyKind::Ed25519, scheme: SignatureScheme::Ed25519, digests: 6 },
];

/// The algorithm of ours for a key and digest.
fn algorithm(scheme: SignatureScheme, digest: DigestAlgorithm) -> Option<SignatureAlgorithm> {
    SignatureAlgorithm::ALL.into_iter().find(|algorithm| algorithm.scheme() == scheme && algorithm.digest() == digest)
}

/// Works through jobs on both processors; results come in the order of the jobs.
pub fn side_by_side<J: Sync, R: Send>(jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(at) else { return };
                    let result = work(job);
                    done.lock().unwrap().insert(at, result);
                }
            });
        }
    });
    done.into_inner().unwrap().into_values().collect()
}

/// What DSS signs with: a PKCS#12 file and its certificate for each kind of key, made by openssl.
struct Probe<'a> {
    dss: &'a Dss,
    folder: &'a Path,
    /// DSS's own policy, and EdDSA in its lists of algorithms.
    policy: PathBuf,
}

impl Probe<'_> {
    fn make_keys(&self) {
        side_by_side(&KeyKind::ALL, |kind| {
            let path = |ending: &str| format!("{}/probe-{}.{ending}", self.folder.display(), kind.name());
            let (key, crt, p12) = (path("key"), path("crt"), path("p12"));
            let openssl = |arguments: &[&str]| {
                let (ok, text) = run(program("openssl").unwrap().args(arguments));
                assert!(ok, "openssl {arguments:?}: {text}");
            };
            openssl(&[&["genpkey", "-out", &key], kind.openssl()].concat());
            openssl(&["req", "-x509", "-key", &key, "-out", &crt, "-days", "30", "-subj", "/CN=Probe"]);
            openssl(&["pkcs12", "-export", "-inkey", &key, "-in", &crt, "-out", &p12, "-passout", "pass:test"]);
        });
        std::fs::write(self.folder.join("probe.pdf"), document()).unwrap();
    }

    /// Whether DSS makes such a signature and accepts its own.
    fn supports(&self, format: Format, row: &Row, digest: &str) -> bool {
        let path = |name: &str| self.folder.join(name).to_str().unwrap().to_owned();
        let key = |ending: &str| path(&format!("probe-{}.{ending}", row.key.name()));
        let input = if format == Format::Pades { path("probe.pdf") } else { path("content.bin") };
        let output = path(&format!("probe-{format:?}-{:?}-{:?}-{digest}", row.key, row.scheme));
        let mut sign = vec!["sign", "--level", "B", "--password", "test", "--digest", digest];
        sign.extend(format.dss());
        if row.scheme == SignatureScheme::RsaPss {
            sign.push("--pss");
        }
        let mut sign: Vec<String> = sign.into_iter().map(str::to_owned).collect();
        for (option, value) in [("--p12", key("p12")), ("--in", input.clone()), ("--out", output.clone())] {
            sign.extend([option.to_owned(), value]);
        }
        let answer = self.dss.ask(&sign);
        if !answer["failure"].is_null() {
            return false;
        }
        let mut validate = vec![output, "--trust".to_owned(), key("crt")];
        validate.extend(self.policy_arguments(row));
        if format == Format::CadesDetached {
            validate.extend(["--detached".to_owned(), input]);
        }
        let verdict = self.dss.validate(&validate);
        verdict.signatures().len() == 1 && verdict.signatures()[0]["indication"] == "TOTAL_PASSED"
    }

    fn policy_arguments(&self, row: &Row) -> Vec<String> {
        if row.scheme != SignatureScheme::Ed25519 {
            return Vec::new();
        }
        vec!["--policy".to_owned(), self.policy.to_str().unwrap().to_owned()]
    }
}

/// What became of one cell: how far it got, and the warnings at each level.
struct Judged {
    cell: Cell,
    failures: Vec<String>,
    warnings: BTreeSet<String>,
}

fn judge(probe: &Probe<'_>, ground: &Ground, format: Format, row: &Row, digest: &str) -> Judged {
    let ours = DIGESTS.iter().find(|(name, _)| *name == digest).and_then(|(_, ours)| algorithm(row.scheme, *ours));
    let mut judged = Judged { cell: Cell::Passed, failures: Vec::new(), warnings: BTreeSet::new() };
    match (probe.supports(format, row, digest), ours) {
        (false, None) => judged.cell = Cell::Nobody,
        (false, Some(_)) => judged.cell = Cell::NotByDss,
        (true, None) => judged.cell = Cell::NotByUs,
        (true, Some(algorithm)) => {
            let files = every_level(format, ground.signer(row.key), algorithm);
            for (level, bytes) in LEVELS.into_iter().zip(files) {
                let what = format!("{format:?} {} {algorithm:?} {}", row.key.name(), name(level));
                let file = ground.file(&format!("{}.bin", what.replace(' ', "-")), &bytes);
                let mut arguments = dss_arguments(ground, format, level, file.to_str().unwrap());
                arguments.extend(probe.policy_arguments(row));
                let verdict = probe.dss.validate(&arguments);
                if let Err(problem) = verdict.require(&format.baseline(level), 1) {
                    judged.failures.push(format!("{what}: {problem}"));
                }
                judged.warnings.extend(verdict.warnings());
            }
        }
    }
    judged
}

#[test]
fn every_cell_that_dss_knows_is_the_level_asked_for_and_passes() {
    let Some(dss) = dss() else { return };
    let ground = ground();
    let policy = ground.path("policy.xml");
    let (ok, text) = run(python("dss_policy.py").arg(&policy));
    assert!(ok, "{text}");
    let probe = Probe { dss, folder: ground.folder.path(), policy };
    probe.make_keys();

    let mut jobs = Vec::new();
    for format in Format::ALL {
        for row in &ROWS {
            jobs.extend(DIGESTS.iter().take(row.digests).map(|(digest, _)| (format, row, *digest)));
        }
    }
    let judged = side_by_side(&jobs, |(format, row, digest)| judge(&probe, ground, *format, row, digest));
    let variants = variants::judge_all(dss, ground);

    let mut failures: Vec<_> = judged.iter().flat_map(|one| one.failures.clone()).collect();
    failures.extend(variants.iter().flat_map(|one| one.failure.clone()));
    let mut warnings: BTreeSet<_> = judged.iter().flat_map(|one| one.warnings.clone()).collect();
    warnings.extend(variants.iter().flat_map(|one| one.warnings.clone()));
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    let cells: Vec<_> =
        jobs.iter().zip(&judged).map(|((format, row, digest), one)| (*format, **row, *digest, one.cell)).collect();
    assert!(cells.iter().filter(|cell| cell.3 == Cell::Passed).count() >= 3 * 20, "DSS knows less than it did");
    report::check(&cells, &variants, &warnings);
}
