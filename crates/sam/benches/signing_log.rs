//! How fast the signing log commits, beside what the disk and the signing module allow. `cargo bench -p sam --bench signing_log [FOLDER]`
//!
//! Prints ratios, because absolute numbers say more about the machine than about the log.
#![allow(clippy::disallowed_methods)] // Measuring needs a clock.

use aws_lc_rs::{
    digest::{Digest, SHA256},
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use sam::ids::CredentialId;
use sam::signing_log::{
    Entry, Item, KeyUse, LogIdentity, LogParts, SigningLog, Stamp,
    disk::{AppendFile, Disk, FileSystem},
};
use sgm::{
    Grant, KeyAlgorithm, KeyContext, KeyEncryption, KeyOrigin, Sgm, SoftwareToken, SystemRandom, create_key_file,
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

const NOW: Stamp = Stamp { time: 1_800_000_000, clock_synchronised: true };
const RUN: Duration = Duration::from_secs(2);

fn main() {
    // The folder decides which disk is measured.
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = tempfile::tempdir_in(folder.map_or_else(std::env::temp_dir, PathBuf::from)).unwrap();
    println!("folder                                  {}", folder.path().display());
    let sync = measure_sync(&folder.path().join("file"));
    create_key_file(&folder.path().join("kek"), &SystemRandom).unwrap();
    let source = KeyEncryption::KeyFile(folder.path().join("kek"));
    SoftwareToken::create(&folder.path().join("token"), &source, &SystemRandom).unwrap();
    let token = Arc::new(SoftwareToken::open(&folder.path().join("token"), &source).unwrap());
    measure_keys(&token);
    for threads in [1, 32] {
        measure_log(&folder.path().join(format!("log-{threads}")), &token, threads, sync);
    }
}

/// Appends of 512 bytes, each made durable; returns the median.
fn measure_sync(path: &Path) -> Duration {
    let mut file: Box<dyn AppendFile> = FileSystem.open_append(path).unwrap();
    let latencies = collect(300, || {
        file.append(&[0xa5; 512]).unwrap();
        file.sync().unwrap();
    });
    print_latencies("append 512 B and fdatasync", &latencies);
    latencies[latencies.len() / 2]
}

fn measure_keys(token: &SoftwareToken) {
    let digest = Digest::import_less_safe(&[7; 32], &SHA256).unwrap();
    let raw_ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let raw_rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    type Signing<'a> = Box<dyn FnMut() + 'a>;
    let raw: [(&str, KeyAlgorithm, u32, Signing<'_>); 2] = [
        (
            "P-256",
            KeyAlgorithm::EcdsaP256,
            2000,
            Box::new(|| {
                raw_ec.sign_digest(&digest).unwrap();
            }),
        ),
        (
            "RSA-2048",
            KeyAlgorithm::Rsa2048,
            300,
            Box::new(|| {
                let mut value = vec![0; raw_rsa.public_modulus_len()];
                raw_rsa.sign_digest(&RSA_PKCS1_SHA256, &digest, &mut value).unwrap();
            }),
        ),
    ];
    for (name, algorithm, count, raw) in raw {
        let raw = collect(count, raw);
        print_latencies(&format!("{name}: raw signature"), &raw);
        let context = KeyContext {
            credential_id: "credential".to_owned(),
            tenant: String::new(),
            signer_id: [1; 16],
            authenticator_set_hash: [2; 32],
            origin: KeyOrigin::Generated,
        };
        let key = token.generate_key(&context, algorithm, &[0x30, 0]).unwrap().sealed;
        let ours = collect(count, || {
            let grant = Grant {
                credential_id: "credential".to_owned(),
                sealed_key_sha256: key.sha256(),
                spki_sha256: key.spki_sha256(),
                algorithm: algorithm.signature_algorithm(),
                dtbsr: vec![7; 32],
                sar_id: [3; 16],
                index: 0,
                expires_at: u64::MAX,
            };
            token.sign(grant, &key, &context, 0).unwrap();
        });
        print_latencies(&format!("{name}: unwrap, sign, verify, wipe"), &ours);
        let ratio = ours[ours.len() / 2].as_secs_f64() / raw[raw.len() / 2].as_secs_f64();
        println!("{name}: token to raw                    {ratio:6.1} x");
    }
}

/// One intent and one result with its receipt for each use of a key, from `threads` threads at once.
fn measure_log(folder: &Path, token: &Arc<SoftwareToken>, threads: u8, sync: Duration) {
    let identity = LogIdentity {
        origin: format!("bench.example/{threads}"),
        tenant: String::new(),
        sam_boot: [0; 16],
        binary_sha256: [0; 32],
        configuration_sha256: [0; 32],
    };
    // Each log with a token of its own: a token signs for one log only.
    let own = folder.with_extension("token");
    let source = KeyEncryption::KeyFile(folder.with_file_name("kek"));
    SoftwareToken::create(&own, &source, &SystemRandom).unwrap();
    let sgm: Arc<dyn Sgm> = Arc::new(SoftwareToken::open(&own, &source).unwrap());
    assert_ne!(sgm.log_public_key(), token.log_public_key());
    let parts = LogParts { sgm, disk: Arc::new(FileSystem), rng: Arc::new(SystemRandom) };
    let (log, _) = SigningLog::open(folder, identity.clone(), parts.clone(), NOW).unwrap();
    let started = Instant::now();
    let mut latencies: Vec<(Duration, Duration)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let log = &log;
                scope.spawn(move || {
                    let mut latencies = Vec::new();
                    for index in 0.. {
                        let begun = Instant::now();
                        if begun - started > RUN {
                            break;
                        }
                        let key_use = key_use(number, index);
                        let intent = log.commit(NOW, vec![Item::Entry(Entry::Intent(key_use.clone()))]).unwrap();
                        let after_intent = begun.elapsed();
                        let result = Entry::Result { intent: intent[0].index, key_use, signature_sha256: [5; 32] };
                        let result = log.commit(NOW, vec![Item::Entry(result)]).unwrap();
                        log.receipt(&result[0]).unwrap();
                        latencies.push((after_intent, begun.elapsed()));
                    }
                    latencies
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let uses = f64::from(u32::try_from(latencies.len()).unwrap());
    let rate = uses / started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let mut intents: Vec<_> = latencies.iter().map(|(intent, _)| *intent).collect();
    let mut both: Vec<_> = latencies.iter().map(|(_, both)| *both).collect();
    intents.sort_unstable();
    both.sort_unstable();
    print_latencies(&format!("{threads} threads: intent durable"), &intents);
    print_latencies(&format!("{threads} threads: intent, result, receipt"), &both);
    println!("{threads} threads: uses of a key per second     {rate:8.0}");
    // Without sharing, a use costs two syncs, one after the other.
    let ratio = rate * 2.0 * sync.as_secs_f64();
    println!("{threads} threads: to one sync for each commit  {ratio:8.2} x");
    drop(log);
    let begun = Instant::now();
    let (_, recovered) = SigningLog::open(folder, identity, parts, NOW).unwrap();
    let elapsed = begun.elapsed().as_secs_f64();
    let entries = recovered.entries;
    println!("{threads} threads: start with {entries} entries     {:8.1} ms", elapsed * 1000.0);
}

fn key_use(number: u8, index: u32) -> KeyUse {
    KeyUse {
        credential_id: CredentialId::new([number; 16]),
        sar_id: [number; 16],
        index,
        sad_sha256: [1; 32],
        dtbsr: vec![2; 32],
        algorithm: "1.2.840.10045.4.3.2".to_owned(),
        certificate_sha256: [3; 32],
        client_sha256: [4; 32],
    }
}

/// Latencies of `count` runs, sorted.
fn collect(count: u32, mut run: impl FnMut()) -> Vec<Duration> {
    let mut latencies: Vec<_> = (0..count)
        .map(|_| {
            let begun = Instant::now();
            run();
            begun.elapsed()
        })
        .collect();
    latencies.sort_unstable();
    latencies
}

fn print_latencies(what: &str, sorted: &[Duration]) {
    let at = |percent: usize| sorted[(sorted.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    println!("{what:38} p50 {:8.3} ms   p99 {:8.3} ms", at(50), at(99));
}
