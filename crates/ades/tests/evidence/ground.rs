//! What the tests stand on: a root, an authority for signers, one for time-stamps, and their answers as of any time.

use ades::crypto::AwsLc;
use ades::evidence::{
    Crl, Evidence, EvidenceError, EvidencePolicy, Missing, OcspQuestion, OcspResponse, Plan, RejectionReason, Subject,
    plan,
};
use ades::x509::Certificate;
use der::Decode;
use der::asn1::Null;
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::extension;
use test_support::pki::key::{AuthorityKey, KeyKind};
use test_support::pki::name::distinguished_name;
use test_support::pki::ocsp::{CertStatus, OcspRequest, Responder, SingleResponse, sign_response};
use test_support::random::SystemRandomness;
use x509_cert::ext::Extension;

/// When the authorities were made.
pub const NOW: u64 = 1_800_000_000;
/// When the document was signed and time-stamped.
pub const SIGNED: u64 = NOW + 1_000;
/// When the evidence is collected.
pub const LATER: u64 = SIGNED + 60;
pub const DAY: u64 = 86_400;

pub struct Ground {
    pub root: DevelopmentCa,
    pub ca: DevelopmentCa,
    pub tsa_ca: DevelopmentCa,
    pub signer: Certificate,
    pub tsa: Certificate,
}

impl Ground {
    pub fn new() -> Self {
        let root = DevelopmentCa::root(&CaPlan::in_memory("root", "Root"), NOW, &SystemRandomness).unwrap();
        let under = |label: &str| {
            DevelopmentCa::under(&root, &CaPlan::in_memory(label, label), NOW, &SystemRandomness).unwrap()
        };
        let (ca, tsa_ca) = (under("ca"), under("tsa-ca"));
        let signer = certify(&ca, "signer", extension::signer().unwrap(), 365 * DAY);
        let stamping = extension::single_purpose(test_support::pki::oid::TIME_STAMPING, true).unwrap();
        let tsa = certify(&tsa_ca, "tsa", stamping, 3 * 365 * DAY);
        Self { root, ca, tsa_ca, signer, tsa }
    }

    pub fn root_certificate(&self) -> Certificate {
        of(&self.root)
    }

    /// The two subjects of a signature with one time-stamp.
    pub fn subjects(&self) -> Vec<Subject> {
        vec![
            Subject::signer(self.signer.clone(), SIGNED),
            Subject::timestamp_authority(self.tsa.clone(), SIGNED, LATER),
        ]
    }

    pub fn signing(&self) -> [Subject; 1] {
        [Subject::signer(self.signer.clone(), SIGNED)]
    }

    /// The certificates of the authorities.
    pub fn issuers(&self) -> Evidence {
        Evidence::of_certificates([of(&self.ca), of(&self.tsa_ca), of(&self.root)])
    }

    /// The certificates of the authorities and the root's list.
    pub fn above(&self) -> Evidence {
        let mut evidence = self.issuers();
        evidence.add_crl(crl(&self.root, LATER));
        evidence
    }

    /// Everything that both subjects need.
    pub fn everything(&self) -> Evidence {
        let mut evidence = self.above();
        evidence.add_ocsp(ocsp(&self.ca, &self.signer, LATER));
        evidence.add_crl(crl(&self.tsa_ca, LATER));
        evidence
    }

    pub fn plan(&self, subjects: &[Subject], pool: &Evidence) -> Result<Plan, EvidenceError> {
        self.plan_by(subjects, pool, &EvidencePolicy::default())
    }

    pub fn plan_by(
        &self,
        subjects: &[Subject],
        pool: &Evidence,
        policy: &EvidencePolicy,
    ) -> Result<Plan, EvidenceError> {
        plan(subjects, pool, &[self.root_certificate()], policy, LATER, &AwsLc)
    }

    /// Why what is in the pool about the signer besides the root's list was not used; nothing else may be missing.
    pub fn rejections(&self, add: impl FnOnce(&mut Evidence)) -> Vec<RejectionReason> {
        let mut pool = self.above();
        add(&mut pool);
        rejections(self.plan(&self.signing(), &pool).unwrap())
    }

    /// An answer "good" about the signer, as of [`LATER`], by a responder with these extensions whom the CA has certified.
    pub fn answer_of_delegate(&self, extensions: Vec<Extension>) -> (OcspResponse, Certificate) {
        let key = AuthorityKey::generate(KeyKind::P256).unwrap();
        let name = distinguished_name("O", "responder").unwrap();
        let der = self.ca.certify(&name, key.spki(), extensions, DAY, (NOW, &SystemRandomness)).unwrap();
        let answer = good(&self.signer, &of(&self.ca), (&key, &der), LATER);
        (answer, Certificate::from_der(&der).unwrap())
    }
}

/// The only thing that is missing is revocation data; why was what is at hand not used?
pub fn rejections(plan: Plan) -> Vec<RejectionReason> {
    let [Missing::Revocation { rejected, .. }] = plan.missing.as_slice() else { panic!("{:?}", plan.missing) };
    rejected.iter().map(|rejection| rejection.reason.clone()).collect()
}

pub fn certify(ca: &DevelopmentCa, name: &str, extensions: Vec<Extension>, lifetime: u64) -> Certificate {
    let key = AuthorityKey::generate(KeyKind::P256).unwrap();
    let name = distinguished_name("O", name).unwrap();
    Certificate::from_der(&ca.certify(&name, key.spki(), extensions, lifetime, (NOW, &SystemRandomness)).unwrap())
        .unwrap()
}

pub fn of(ca: &DevelopmentCa) -> Certificate {
    Certificate::from_der(ca.certificate()).unwrap()
}

pub fn crl(ca: &DevelopmentCa, at: u64) -> Crl {
    Crl::from_der(&ca.crl(at).unwrap()).unwrap()
}

pub fn ocsp(ca: &DevelopmentCa, certificate: &Certificate, at: u64) -> OcspResponse {
    let issuer = of(ca);
    let question = OcspQuestion { certificate, issuer: &issuer, nonce: Some([7; 16]) };
    OcspResponse::from_der(&ca.ocsp(&question.to_der(), at).unwrap()).unwrap()
}

/// An answer "good" as of `at`, by whoever has this key and certificate.
pub fn good(
    certificate: &Certificate,
    issuer: &Certificate,
    responder: (&AuthorityKey, &[u8]),
    at: u64,
) -> OcspResponse {
    status(certificate, issuer, responder, CertStatus::Good(Null), at)
}

/// An answer with this status as of `at`, by whoever has this key and certificate.
pub fn status(
    certificate: &Certificate,
    issuer: &Certificate,
    (key, responder): (&AuthorityKey, &[u8]),
    status: CertStatus,
    at: u64,
) -> OcspResponse {
    let question = OcspQuestion { certificate, issuer, nonce: None };
    let request = OcspRequest::from_der(&question.to_der()).unwrap();
    let id = request.tbs_request.request_list[0].cert_id.clone();
    let single = SingleResponse::new(id, status, at, at + DAY).unwrap();
    let responder = Responder { key, certificate: responder };
    OcspResponse::from_der(&sign_response(&responder, vec![single], None, at).unwrap()).unwrap()
}
