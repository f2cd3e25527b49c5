//! Everything at hand, each certificate once, and which signature was found to verify: no signature is checked twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Crl, Evidence, EvidenceError, OcspResponse};
use crate::crypto::CryptoProvider;
use crate::x509::Certificate;

/// The most signatures that are checked in one plan. A chain with its evidence takes about ten.
const MOST_VERIFICATIONS: usize = 2_000;

/// The most steps of one plan: cross-certificates make more ways than there are signatures.
const MOST_STEPS: usize = 20_000;

/// The place of a certificate among those at hand.
pub(super) type Index = usize;

/// Which signature: of the first under the key of the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Signed {
    Certificate(Index, Index),
    Crl(usize, Index),
    Ocsp(usize, Index),
}

/// What is at hand.
pub(super) struct Known<'a> {
    certificates: Vec<&'a Certificate>,
    by_der: HashMap<&'a [u8], Index>,
    by_subject: HashMap<Vec<u8>, Vec<Index>>,
    anchors: Vec<Index>,
    pool: &'a Evidence,
    provider: &'a dyn CryptoProvider,
    verified: HashMap<Signed, bool>,
    steps: usize,
}

impl<'a> Known<'a> {
    pub(super) fn new(
        certificates: impl Iterator<Item = &'a Certificate>,
        pool: &'a Evidence,
        anchors: &'a [Certificate],
        provider: &'a dyn CryptoProvider,
    ) -> Self {
        let mut known = Self {
            certificates: Vec::new(),
            by_der: HashMap::new(),
            by_subject: HashMap::new(),
            anchors: Vec::new(),
            pool,
            provider,
            verified: HashMap::new(),
            steps: 0,
        };
        known.anchors = anchors.iter().map(|anchor| known.add(anchor)).collect();
        let in_answers = pool.ocsp().iter().flat_map(OcspResponse::certificates);
        for certificate in certificates.chain(pool.certificates()).chain(in_answers) {
            known.add(certificate);
        }
        known
    }

    /// Counts a step of the search.
    pub(super) fn step(&mut self) -> Result<(), EvidenceError> {
        self.steps += 1;
        if self.steps > MOST_STEPS { Err(EvidenceError::TooEntangled) } else { Ok(()) }
    }

    fn add(&mut self, certificate: &'a Certificate) -> Index {
        match self.by_der.entry(certificate.der()) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let index = *place.insert(self.certificates.len());
                self.certificates.push(certificate);
                self.by_subject.entry(certificate.subject().comparison_key()).or_default().push(index);
                index
            }
        }
    }

    /// The place of a certificate that is at hand.
    pub(super) fn index_of(&self, certificate: &Certificate) -> Option<Index> {
        self.by_der.get(certificate.der()).copied()
    }

    /// The certificate at a place.
    pub(super) fn certificate(&self, index: Index) -> Option<&'a Certificate> {
        self.certificates.get(index).copied()
    }

    /// The certificates of whoever has this name, anchors first.
    pub(super) fn named(&self, comparison_key: &[u8]) -> Vec<Index> {
        self.by_subject.get(comparison_key).cloned().unwrap_or_default()
    }

    /// All places.
    pub(super) fn all(&self) -> std::ops::Range<Index> {
        0..self.certificates.len()
    }

    pub(super) fn is_anchor(&self, index: Index) -> bool {
        self.anchors.contains(&index)
    }

    pub(super) fn has_anchors(&self) -> bool {
        !self.anchors.is_empty()
    }

    pub(super) fn crls(&self) -> &'a [Crl] {
        self.pool.crls()
    }

    pub(super) fn ocsp(&self) -> &'a [OcspResponse] {
        self.pool.ocsp()
    }

    /// Whether the signature of `certificate` verifies under the key of `issuer`, and the names fit.
    pub(super) fn is_issued_by(&mut self, certificate: Index, issuer: Index) -> Result<bool, EvidenceError> {
        let (Some(one), Some(other)) = (self.certificate(certificate), self.certificate(issuer)) else {
            return Ok(false);
        };
        let provider = self.provider;
        self.verify(Signed::Certificate(certificate, issuer), || one.verify_issued_by(other, provider).is_ok())
    }

    /// Whether the list at this place is signed with the key of `issuer`.
    pub(super) fn is_crl_signed_by(&mut self, crl: usize, issuer: Index) -> Result<bool, EvidenceError> {
        let (Some(list), Some(issuer_certificate)) = (self.crls().get(crl), self.certificate(issuer)) else {
            return Ok(false);
        };
        let provider = self.provider;
        self.verify(Signed::Crl(crl, issuer), || list.verify_signed_by(issuer_certificate, provider).is_ok())
    }

    /// Whether the answer at this place is signed with the key of `responder`.
    pub(super) fn is_ocsp_signed_by(&mut self, ocsp: usize, responder: Index) -> Result<bool, EvidenceError> {
        let (Some(answer), Some(certificate)) = (self.ocsp().get(ocsp), self.certificate(responder)) else {
            return Ok(false);
        };
        let provider = self.provider;
        self.verify(Signed::Ocsp(ocsp, responder), || answer.verify_signed_by(certificate, provider).is_ok())
    }

    fn verify(&mut self, signed: Signed, check: impl FnOnce() -> bool) -> Result<bool, EvidenceError> {
        if let Some(known) = self.verified.get(&signed) {
            return Ok(*known);
        }
        if self.verified.len() >= MOST_VERIFICATIONS {
            return Err(EvidenceError::TooEntangled);
        }
        let good = check();
        self.verified.insert(signed, good);
        Ok(good)
    }
}
