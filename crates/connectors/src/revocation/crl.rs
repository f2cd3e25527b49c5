//! Certificate revocation lists: complete and direct ones only. RFC 5280 5 and 6.3.3.

use super::{RevocationError, RevocationStatus, require_current};
use crate::asn1::Signed;
use crate::http::{HttpClient, HttpRequest};
use ades::crypto::{CryptoProvider, SignatureAlgorithm};
use ades::x509::Certificate;
use const_oid::ObjectIdentifier;
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use std::collections::HashMap;
use x509_cert::crl::{RevokedCert, TbsCertList};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{CrlReason, IssuingDistributionPoint};

const CRL_REASON: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.21");
const CERTIFICATE_ISSUER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.29");
const DELTA_CRL_INDICATOR: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.27");
// Not `IssuingDistributionPoint::OID`: x509-cert 0.3.0 gives that type the identifier of subjectInfoAccess.
const ISSUING_DISTRIBUTION_POINT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.28");

/// A verified list.
#[derive(Debug, Clone)]
pub struct RevocationList {
    der: Vec<u8>,
    this_update: u64,
    next_update: Option<u64>,
    revoked: HashMap<Vec<u8>, RevocationStatus>,
    /// The addresses of the distribution point that this list is for; `None` if it is for all of them.
    partition: Option<Vec<String>>,
}

impl RevocationList {
    /// Fetches the list at `url`, which must be one of `issuer` that is current at `now`.
    pub async fn fetch(
        http: &HttpClient,
        url: &str,
        issuer: &Certificate,
        now: u64,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, RevocationError> {
        let answer = http.send_for_ok(HttpRequest::get(url)).await?;
        Self::from_der(&answer.body, issuer, now, provider)
    }

    /// Reads and verifies a list.
    pub fn from_der(
        der: &[u8],
        issuer: &Certificate,
        now: u64,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, RevocationError> {
        let malformed = |_| RevocationError::Malformed("it is not a DER revocation list");
        let outer = Signed::from_der(der).map_err(malformed)?;
        let signed = outer.content.to_der().map_err(malformed)?;
        let list: TbsCertList = TbsCertList::from_der(&signed).map_err(malformed)?;
        if list.issuer.to_der().map_err(malformed)? != issuer.subject().der() {
            return Err(RevocationError::OtherIssuer);
        }
        verify(&list.signature, &outer, &signed, issuer, provider)?;
        let this_update = list.this_update.to_unix_duration().as_secs();
        let next_update = list.next_update.map(|time| time.to_unix_duration().as_secs());
        require_current(this_update, next_update, now)?;
        let partition = scope(&list)?;
        let revoked = list.revoked_certificates.unwrap_or_default().iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { der: der.to_vec(), this_update, next_update, revoked, partition })
    }

    /// What the list says about a certificate of its issuer; [`RevocationStatus::Unknown`] if it is a list for other certificates.
    #[must_use]
    pub fn status_of(&self, certificate: &Certificate) -> RevocationStatus {
        // RFC 5280 6.3.3 (b)(2)(i): the certificate must point to the distribution point that the list is for.
        let covers = |addresses: &Vec<String>| certificate.crl_urls().iter().any(|url| addresses.contains(url));
        if !self.partition.as_ref().is_none_or(covers) {
            return RevocationStatus::Unknown;
        }
        self.revoked.get(certificate.serial()).cloned().unwrap_or(RevocationStatus::Good)
    }

    /// The list as it came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// From when it is, and until when it is good.
    #[must_use]
    pub fn currency(&self) -> (u64, Option<u64>) {
        (self.this_update, self.next_update)
    }
}

fn verify(
    inner: &AlgorithmIdentifierOwned,
    outer: &Signed,
    signed: &[u8],
    issuer: &Certificate,
    provider: &dyn CryptoProvider,
) -> Result<(), RevocationError> {
    let malformed = |_| RevocationError::Malformed("its signature algorithm");
    // RFC 5280 5.1.1.2: both must be the same.
    if inner.to_der().map_err(malformed)? != outer.algorithm.to_der().map_err(malformed)? {
        return Err(RevocationError::Malformed("its signature algorithm"));
    }
    let algorithm =
        SignatureAlgorithm::from_oid(&inner.oid).ok_or(RevocationError::Malformed("its signature algorithm"))?;
    provider
        .verify(issuer.spki_der(), algorithm, signed, outer.signature.raw_bytes())
        .map_err(RevocationError::Signature)
}

/// Refuses lists on which silence about a certificate does not mean "good"; returns the addresses of its distribution point, if it has one.
fn scope(list: &TbsCertList) -> Result<Option<Vec<String>>, RevocationError> {
    let mut partition = None;
    for extension in list.crl_extensions.iter().flatten() {
        match extension.extn_id {
            DELTA_CRL_INDICATOR => return Err(RevocationError::LimitedScope("it is a delta list")),
            ISSUING_DISTRIBUTION_POINT => {
                let point = IssuingDistributionPoint::from_der(extension.extn_value.as_bytes())
                    .map_err(|_| RevocationError::Malformed("its distribution point"))?;
                let limited = point.only_contains_user_certs
                    || point.only_contains_ca_certs
                    || point.only_contains_attribute_certs
                    || point.only_some_reasons.is_some();
                if limited || point.indirect_crl {
                    return Err(RevocationError::LimitedScope("its distribution point limits it"));
                }
                partition = point.distribution_point.map(addresses);
            }
            _ if extension.critical => return Err(RevocationError::LimitedScope("a critical extension is not known")),
            _ => {}
        }
    }
    Ok(partition)
}

fn addresses(name: DistributionPointName) -> Vec<String> {
    let DistributionPointName::FullName(names) = name else {
        return Vec::new();
    };
    let url = |name| match name {
        GeneralName::UniformResourceIdentifier(url) => Some(url.as_str().to_owned()),
        _ => None,
    };
    names.into_iter().filter_map(url).collect()
}

fn entry(entry: &RevokedCert) -> Result<(Vec<u8>, RevocationStatus), RevocationError> {
    let mut reason = None;
    for extension in entry.crl_entry_extensions.iter().flatten() {
        match extension.extn_id {
            CRL_REASON => {
                let value = CrlReason::from_der(extension.extn_value.as_bytes())
                    .map_err(|_| RevocationError::Malformed("the reason of a revocation"))?;
                reason = Some(value as u8);
            }
            CERTIFICATE_ISSUER => return Err(RevocationError::LimitedScope("it names certificates of other issuers")),
            _ if extension.critical => return Err(RevocationError::LimitedScope("a critical extension is not known")),
            _ => {}
        }
    }
    let at = entry.revocation_date.to_unix_duration().as_secs();
    Ok((entry.serial_number.as_bytes().to_vec(), RevocationStatus::Revoked { at, reason }))
}
