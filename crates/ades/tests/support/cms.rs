//! CAdES in tests: the whole way of a signature with the test PKI, and the evidence that a level needs.

use ades::AdesLevel;
use ades::cades::{
    self, CadesParameters, Content, PreparedCms, SignerCheck, add_timestamp, add_validation_data,
    prepare_archive_timestamp, timestamp_imprint,
};
use ades::crypto::{AwsLc, DigestAlgorithm, SignatureAlgorithm, SignatureValue};
use ades::evidence::{Crl, Evidence, OcspResponse};
use ades::pdf::Source;
use ades::tsp::{Imprint, TimestampToken};

use super::pki::{SIGNER_SERIAL, Said, Signer, TSA_SERIAL};
use super::{Bench, NOW};

/// A second signer's key and everything else of the first one.
pub fn parameters(bench: &Bench, signer: &Signer, level: AdesLevel) -> CadesParameters {
    CadesParameters::new(signer.certificate(), signer.algorithm(), level, NOW)
        .with_chain(vec![bench.authority.certificate()])
}

pub fn token(bench: &Bench, imprint: &Imprint, at: u64) -> TimestampToken {
    TimestampToken::from_der(&bench.tsa.token_for(imprint, None, at)).unwrap()
}

/// Value and token for something prepared.
pub fn finish(bench: &Bench, signer: &Signer, prepared: &PreparedCms) -> (SignatureValue, Option<TimestampToken>) {
    let value = SignatureValue::from(signer.sign(prepared.dtbs()));
    let imprint = Imprint::of(DigestAlgorithm::Sha256, value.as_bytes());
    let token = (prepared.level() > AdesLevel::B).then(|| token(bench, &imprint, NOW + 1));
    (value, token)
}

/// Signs by the two steps, with the state stored in between.
pub fn sign(bench: &Bench, content: Content<'_>, parameters: &CadesParameters) -> Vec<u8> {
    let prepared = cades::prepare(content, parameters, &AwsLc).unwrap_or_else(|error| panic!("{error}"));
    let stored = PreparedCms::from_bytes(&prepared.to_bytes()).unwrap();
    assert_eq!(stored, prepared);
    let (value, token) = finish(bench, &bench.signer, &stored);
    let mut out = Vec::new();
    stored.embed(content, &value, token.as_ref(), &AwsLc, &mut out).unwrap_or_else(|error| panic!("{error}"));
    out
}

pub fn bench_for(algorithm: SignatureAlgorithm) -> Bench {
    let mut bench = Bench::new();
    bench.signer = Signer::for_algorithm(&bench.authority, algorithm);
    bench
}

/// A list that is current for years, and an OCSP answer each about the signer and the time-stamping authority.
pub fn evidence(bench: &Bench, at: u64) -> Evidence {
    let mut evidence = Evidence::of_certificates([bench.authority.certificate()]);
    evidence.add_crl(Crl::from_der(&bench.authority.crl(&[], at, NOW + 100_000_000)).unwrap());
    let responder = bench.authority.responder(501);
    for serial in [SIGNER_SERIAL, TSA_SERIAL] {
        let answer = responder.answer(serial, Said::Good, at, Some(NOW + 100_000_000));
        evidence.add_ocsp(OcspResponse::from_der(&answer).unwrap());
    }
    evidence
}

pub fn to_t(bench: &Bench, cms: &[u8], signer: usize) -> Vec<u8> {
    let imprint = timestamp_imprint(cms, signer, DigestAlgorithm::Sha256).unwrap();
    add_timestamp(cms, signer, &token(bench, &imprint, NOW + 1), &AwsLc).unwrap()
}

pub fn to_lt(bench: &Bench, cms: &[u8], content: Option<&dyn Source>) -> Vec<u8> {
    add_validation_data(cms, content, &evidence(bench, NOW + 60), &AwsLc).unwrap_or_else(|error| panic!("{error}"))
}

pub fn to_lta(bench: &Bench, cms: &[u8], content: Option<&dyn Source>, signer: usize, at: u64) -> Vec<u8> {
    let algorithm = DigestAlgorithm::Sha512;
    let prepared = prepare_archive_timestamp(cms, content, signer, algorithm, at, &AwsLc)
        .unwrap_or_else(|error| panic!("{error}"));
    let token = token(bench, prepared.imprint(), at);
    prepared.embed(cms, &token, &AwsLc).unwrap_or_else(|error| panic!("{error}"))
}

pub fn verified(cms: &[u8], content: Option<&dyn Source>) -> Vec<SignerCheck> {
    let checks = cades::verify(cms, content, &AwsLc).unwrap_or_else(|error| panic!("{error}"));
    for check in &checks {
        assert!(check.is_intact(), "{:?}", check.problem);
    }
    checks
}
