//! The authorities behind the signatures: a root, an authority for signers, one for a time-stamp authority, all as of fixed times.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use ades::crypto::{AwsLc, SignatureAlgorithm, SignatureValue};
use ades::evidence::{Crl, Evidence, EvidencePolicy, OcspQuestion, OcspResponse, Subject, plan};
use ades::tsp::{Imprint, Nonce, TimestampRequest, TimestampResponse, TimestampToken};
use ades::x509::Certificate;
use tempfile::TempDir;
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::extension;
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;
use test_support::tsa::DevelopmentTsa;
use x509_cert::ext::Extension;

use crate::making::CONTENT;
use crate::signers::{Key, KeyKind};

/// When the authorities were made: 2026-01-02 03:04:05 UTC.
pub const BEGIN: u64 = 1_767_323_045;
/// When documents are signed.
pub const SIGNED: u64 = BEGIN + 1_000;
/// As of when evidence is.
pub const EVIDENCE: u64 = SIGNED + 60;
/// When archive and document time-stamps are made.
pub const ARCHIVED: u64 = EVIDENCE + 60;
/// When they are renewed.
pub const RENEWED: u64 = ARCHIVED + 600;
/// When all of it is judged.
pub const JUDGED: u64 = RENEWED + 600;

pub struct Ground {
    pub root: DevelopmentCa,
    pub ca: DevelopmentCa,
    pub tsa_ca: DevelopmentCa,
    pub tsa: DevelopmentTsa,
    /// Where what judges read is written.
    pub folder: TempDir,
    keys: [OnceLock<Signer>; KeyKind::ALL.len()],
}

/// One for all tests.
pub fn ground() -> &'static Ground {
    static GROUND: OnceLock<Ground> = OnceLock::new();
    GROUND.get_or_init(Ground::new)
}

pub struct Signer {
    pub key: Key,
    pub certificate: Certificate,
}

impl Signer {
    pub fn sign(&self, algorithm: SignatureAlgorithm, message: &[u8]) -> SignatureValue {
        SignatureValue::from(self.key.sign(algorithm, message))
    }
}

impl Ground {
    fn new() -> Self {
        let root = CaPlan::in_memory("root", "Interop Root");
        let root = DevelopmentCa::root(&root, BEGIN, &SystemRandomness).unwrap();
        let under = |label, name| {
            DevelopmentCa::under(&root, &CaPlan::in_memory(label, name), BEGIN, &SystemRandomness).unwrap()
        };
        let (ca, tsa_ca) = (under("ca", "Interop CA"), under("tsa-ca", "Interop CA of Time-Stamps"));
        let tsa = DevelopmentTsa::new(&tsa_ca, "Interop TSA", None, (BEGIN, &SystemRandomness)).unwrap();
        let ground = Self {
            root,
            ca,
            tsa_ca,
            tsa,
            folder: tempfile::tempdir().unwrap(),
            keys: std::array::from_fn(|_| OnceLock::new()),
        };
        ground.file("root.der", ground.root.certificate());
        ground.file("content.bin", CONTENT);
        for (name, ca) in [("root.crl", &ground.root), ("ca.crl", &ground.ca), ("tsa-ca.crl", &ground.tsa_ca)] {
            ground.file(name, &ca.crl(EVIDENCE).unwrap());
        }
        ground
    }

    /// The signer with a key of this kind; keys are made once.
    pub fn signer(&self, kind: KeyKind) -> &Signer {
        let place = KeyKind::ALL.iter().position(|known| *known == kind).unwrap();
        self.keys[place].get_or_init(|| self.new_signer(kind))
    }

    fn new_signer(&self, kind: KeyKind) -> Signer {
        self.certified(Key::generate(kind), &format!("{} 署名者", kind.name()), extension::signer().unwrap())
    }

    pub fn certified(&self, key: Key, name: &str, extensions: Vec<Extension>) -> Signer {
        let name = distinguished_name("Interop", name).unwrap();
        let when = (BEGIN, &SystemRandomness as _);
        let der = self.ca.certify(&name, &key.spki(), extensions, 365 * 86_400, when).unwrap();
        Signer { key, certificate: Certificate::from_der(&der).unwrap() }
    }

    /// The issuer of all signers.
    pub fn chain(&self) -> Vec<Certificate> {
        vec![certificate(&self.ca)]
    }

    pub fn token(&self, imprint: Imprint, at: u64) -> TimestampToken {
        let request = TimestampRequest::new(imprint, Nonce::from_bytes(&at.to_be_bytes()));
        let answer = self.tsa.respond(&request.to_der(), at, &SystemRandomness).unwrap();
        TimestampResponse::from_der(&answer).unwrap().into_token(&request, &AwsLc).unwrap()
    }

    /// Evidence for a signature of `signer` and its time-stamp: what the planner takes from all that there is.
    pub fn evidence(&self, signer: &Certificate, at: u64) -> Evidence {
        let stamped = SIGNED + 1;
        let subjects = [
            Subject::signer(signer.clone(), stamped),
            Subject::timestamp_authority(self.tsa_certificate(), stamped, at),
        ];
        let question = OcspQuestion { certificate: signer, issuer: &certificate(&self.ca), nonce: None };
        let answer = self.ca.ocsp(&question.to_der(), at).unwrap();
        let mut pool = self.lists(at);
        pool.add_ocsp(OcspResponse::from_der(&answer).unwrap());
        self.planned(&subjects, &pool, at)
    }

    /// Evidence for a time-stamp made at `stamped`.
    pub fn timestamp_evidence(&self, stamped: u64, at: u64) -> Evidence {
        self.planned(&[Subject::timestamp_authority(self.tsa_certificate(), stamped, at)], &self.lists(at), at)
    }

    fn planned(&self, subjects: &[Subject], pool: &Evidence, at: u64) -> Evidence {
        let anchors = [certificate(&self.root)];
        let plan = plan(subjects, pool, &anchors, &EvidencePolicy::default(), at, &AwsLc).unwrap();
        assert!(plan.is_anchored());
        plan.into_complete().unwrap()
    }

    /// The certificates of all authorities and the lists of those that certify others.
    fn lists(&self, at: u64) -> Evidence {
        let authorities = [&self.root, &self.ca, &self.tsa_ca];
        let mut lists = Evidence::of_certificates(authorities.map(certificate));
        for ca in [&self.root, &self.tsa_ca] {
            lists.add_crl(Crl::from_der(&ca.crl(at).unwrap()).unwrap());
        }
        lists
    }

    fn tsa_certificate(&self) -> Certificate {
        Certificate::from_der(self.tsa.certificate()).unwrap()
    }

    /// Writes a file for a judge.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    /// Arguments with which DSS judges: the root and the time; with `lists`, revocation lists for what carries none itself.
    pub fn dss_arguments(&self, lists: bool) -> Vec<String> {
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        let mut arguments = vec!["--trust".to_owned(), path("root.der"), "--at".to_owned(), JUDGED_AT.to_owned()];
        if lists {
            for list in ["root.crl", "ca.crl", "tsa-ca.crl"] {
                arguments.extend(["--crl".to_owned(), path(list)]);
            }
        }
        arguments
    }
}

/// [`JUDGED`] as DSS wants it.
pub const JUDGED_AT: &str = "2026-01-02T03:42:45Z";

pub fn certificate(ca: &DevelopmentCa) -> Certificate {
    Certificate::from_der(ca.certificate()).unwrap()
}
