//! The SAM's path, called as its server calls it: approve (verify, burn) and sign (burn, INTENT, unwrap, sign, check, RESULT).

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use aws_lc_rs::rand::SystemRandom as AwsRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use sam::clock::SystemClock;
use sam::config::{SamConfig, TokenKind};
use sam::enrolment::{
    CertificateView, OfficerKey, Proofing, Purpose, RegistrationAssertion, SubjectAndIssuer, registration_challenge,
};
use sam::ids::{CredentialId, SignerId};
use sam::protocol::message::{
    Approve, Assertion, Enrol, LinkCertificate, NewKey, PrepareActivation, Registration, Sign,
};
use sam::protocol::{Reply, Request};
use sam::service::{NoObserver, Parts, Service};
use sam::signing_log::disk::FileSystem;
use sgm::{Deployment, KeyAlgorithm, KeyEncryption, SoftwareToken, SoleControl, SystemRandom, create_key_file};
use test_support::authenticator::{AssertionPlan, RawAuthenticator};
use test_support::ca::{CaPlan, DevelopmentCa};
use test_support::pki::name::distinguished_name;
use test_support::random::SystemRandomness;

use crate::demo::{now, random, sha256};

const RP_ID: &str = "localhost";
const SIGNING: &str = "http://localhost:2";
const ENROLMENT: &str = "http://localhost:1";
const SHA256_OID: &str = "2.16.840.1.101.3.4.2.1";
const OFFICER: &[u8] = b"bench-officer";
/// As many signers as clients, so that no two approvals wait for one signer's record.
const SIGNERS: usize = 32;

/// A module with signers.
pub struct Bench {
    service: Service,
    signers: Vec<Signer>,
    algorithm: KeyAlgorithm,
}

struct Signer {
    passkey: RawAuthenticator,
    record: Vec<u8>,
    credential_id: CredentialId,
    sealed_key: Vec<u8>,
}

/// One activation, ready to be sent: the signer has approved already.
pub struct Order {
    approve: Approve,
    hash: Vec<u8>,
    sealed_key: Vec<u8>,
}

impl Bench {
    /// A module in `folder`, with real files.
    pub fn new(folder: &Path, algorithm: KeyAlgorithm) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let key = folder.join("token.key");
        create_key_file(&key, &SystemRandom)?;
        let source = KeyEncryption::KeyFile(key);
        SoftwareToken::create(&folder.join("token"), &source, &SystemRandom)?;
        let officer = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let config = SamConfig {
            deployment: Deployment::Development,
            sole_control: SoleControl::Scal2,
            token: TokenKind::Software,
            rp_id: RP_ID.into(),
            signing_origin: SIGNING.into(),
            enrolment_origin: ENROLMENT.into(),
            log_origin: "localhost/rakkan-bench".into(),
            folder: folder.join("state"),
            officers: vec![OfficerKey::new(OFFICER, officer.public_key().as_ref())?],
        };
        let (service, _) = Service::start(Parts {
            config,
            sgm: Arc::new(SoftwareToken::open(&folder.join("token"), &source)?),
            disk: Arc::new(FileSystem),
            clock: Box::new(SystemClock),
            rng: Arc::new(SystemRandom),
            observer: Arc::new(NoObserver),
            binary_sha256: [0; 32],
            configuration_sha256: [0; 32],
        })?;
        let ca =
            DevelopmentCa::root(&CaPlan::in_memory("bench", "Bench CA (DEMO, NOT VALID)"), now(), &SystemRandomness)?;
        let mut bench = Self { service, signers: Vec::new(), algorithm };
        for _ in 0..SIGNERS {
            let signer = bench.enrol(&officer, &ca)?;
            bench.signers.push(signer);
        }
        Ok(bench)
    }

    fn enrol(&self, officer: &EcdsaKeyPair, ca: &DevelopmentCa) -> anyhow::Result<Signer> {
        let id = SignerId::new(random()?);
        let passkey = RawAuthenticator::new(&random::<20>()?);
        let subject_der = distinguished_name("Bench", "Bench Signer").context("the subject")?;
        let Reply::Nonce(nonce) = self.service.handle(Request::StartEnrolment { signer_id: id }) else {
            bail!("no nonce")
        };
        let names = SubjectAndIssuer {
            subject_sha256: sha256(&subject_der),
            issuer_spki_sha256: CertificateView::parse(ca.certificate())?.spki_sha256(),
        };
        let proof = Proofing { level: "bench".into(), evidence_sha256: [0; 32] };
        let statement = RegistrationAssertion::new(Purpose::Enrol, id, &names, proof, nonce.nonce, nonce.expires_at);
        let signature = officer.sign(&AwsRandom::new(), &statement.to_be_signed(OFFICER))?;
        let assertion = statement.assemble(OFFICER, signature.as_ref().try_into()?);
        let challenge = registration_challenge(&assertion, &statement);
        let registered = passkey.register(&AssertionPlan::honest(&challenge, RP_ID, ENROLMENT));
        let enrol = Enrol {
            registration_assertion: assertion,
            registration: Registration {
                client_data_json: registered.client_data_json,
                authenticator_data: registered.authenticator_data,
            },
            key: NewKey { credential_id: CredentialId::new(random()?), algorithm: self.algorithm, subject_der },
        };
        let enrolled = match self.service.handle(Request::Enrol(enrol)) {
            Reply::Enrolled(enrolled) => enrolled,
            other => bail!("the module did not enrol: {other:?}"),
        };
        let link = LinkCertificate {
            record: enrolled.record,
            credential_id: enrolled.key.credential_id.clone(),
            certificate_der: ca.issue(&enrolled.key.certification_request_der, now(), &SystemRandomness)?,
            issuer_certificate_der: ca.certificate().to_vec(),
        };
        match self.service.handle(Request::LinkCertificate(link)) {
            Reply::Linked(linked) => Ok(Signer {
                passkey,
                record: linked.record,
                credential_id: enrolled.key.credential_id,
                sealed_key: enrolled.key.sealed_key,
            }),
            other => bail!("the module did not link: {other:?}"),
        }
    }

    /// Requests that the signers have approved with their passkeys, in turn.
    pub fn orders(&self, count: usize) -> anyhow::Result<Vec<Order>> {
        (0..count).zip(self.signers.iter().cycle()).map(|(_, signer)| self.order(signer)).collect()
    }

    fn order(&self, signer: &Signer) -> anyhow::Result<Order> {
        let hash = random::<32>()?.to_vec();
        let sign_algorithm_oid = match self.algorithm {
            KeyAlgorithm::EcdsaP256 => "1.2.840.10045.4.3.2",
            _ => "1.2.840.113549.1.1.11",
        };
        let prepare = PrepareActivation {
            record: signer.record.clone(),
            credential_id: signer.credential_id.clone(),
            hash_algorithm_oid: SHA256_OID.into(),
            sign_algorithm_oid: sign_algorithm_oid.into(),
            hashes: vec![hash.clone()],
            labels: Vec::new(),
            client_hash: [0; 32],
            purpose: "bench".into(),
            session_hash: [0; 32],
        };
        let prepared = match self.service.handle(Request::PrepareActivation(prepare)) {
            Reply::Prepared(prepared) => prepared,
            other => bail!("the module issued no request: {other:?}"),
        };
        let made = signer.passkey.assert(&AssertionPlan::honest(&prepared.challenge, RP_ID, SIGNING));
        let assertion = Assertion {
            credential_id: made.credential_id,
            user_handle: made.user_handle,
            client_data_json: made.client_data_json,
            authenticator_data: made.authenticator_data,
            signature: made.signature,
        };
        let approve = Approve { sar: prepared.sar, mac: prepared.mac, record: signer.record.clone(), assertion };
        Ok(Order { approve, hash, sealed_key: signer.sealed_key.clone() })
    }

    /// Approves and signs.
    pub fn activate(&self, order: Order) -> anyhow::Result<()> {
        let record = order.approve.record.clone();
        let approved = match self.service.handle(Request::Approve(order.approve)) {
            Reply::Approved(approved) => approved,
            other => bail!("the module did not approve: {other:?}"),
        };
        let sign = Sign { grant: approved.grant, record, sealed_key: order.sealed_key, hashes: vec![order.hash] };
        match self.service.handle(Request::Sign(sign)) {
            Reply::Signed(_) => Ok(()),
            other => bail!("the module did not sign: {other:?}"),
        }
    }
}
