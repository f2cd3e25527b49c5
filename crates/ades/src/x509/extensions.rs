//! The certificate extensions that are used here. RFC 5280 4.2.

use const_oid::AssociatedOid;
use der::{Decode, Encode};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage, KeyUsage,
};

use super::DistinguishedName;
use crate::Oid;
use crate::asn1::{BOOLEAN, Malformed, OCTET_STRING, Reader, SEQUENCE, Tlv, context};

const OCSP: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1");
const CA_ISSUERS: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.2");
/// id-pkix-ocsp-nocheck, RFC 6960 4.2.2.2.1.
const OCSP_NO_CHECK: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.5");
/// noRevAvail, RFC 9608 2.
const NO_REVOCATION_AVAILABLE: Oid = Oid::new_unwrap("2.5.29.56");
/// ext-etsi-valassured-ST-certs, EN 319 412-1 5.2.
const VALIDITY_ASSURED_SHORT_TERM: Oid = Oid::new_unwrap("0.4.0.194121.2.1");

/// What the extensions say.
#[derive(Debug, Clone, Default)]
pub(super) struct Extensions {
    pub(super) is_ca: bool,
    pub(super) path_length: Option<u8>,
    pub(super) ocsp_no_check: bool,
    pub(super) short_term: bool,
    pub(super) key_usage: Option<KeyUsage>,
    pub(super) extended_key_usage: Option<Vec<Oid>>,
    pub(super) extended_key_usage_is_critical: bool,
    pub(super) ocsp_urls: Vec<String>,
    pub(super) ca_issuers_urls: Vec<String>,
    pub(super) crl_urls: Vec<String>,
    /// Full names of the distribution points, as [`distribution_point_key`] has them.
    pub(super) crl_points: Vec<Vec<u8>>,
}

/// Bytes that are equal for general names (DER) that name the same distribution point: names of the directory are compared as names,
/// all others byte by byte.
pub(crate) fn distribution_point_key(general_name: &[u8]) -> Vec<u8> {
    const WHAT: &str = "a distribution point";
    let directory_name = Tlv::parse(general_name, context(4), WHAT).ok().and_then(|choice| {
        let name = choice.reader().expect(SEQUENCE, WHAT).ok()?;
        DistinguishedName::from_der(name.raw).ok()
    });
    directory_name.map_or_else(|| general_name.to_vec(), |name| name.comparison_key())
}

impl Extensions {
    /// Reads the content of the SEQUENCE of extensions.
    pub(super) fn read(mut extensions: Reader<'_>) -> Result<Self, Malformed> {
        const WHAT: &str = "a certificate extension";
        let mut found = Self::default();
        while !extensions.is_empty() {
            let mut extension = extensions.expect(SEQUENCE, WHAT)?.reader();
            let oid = extension.read(WHAT)?.oid(WHAT)?;
            let critical = extension.optional(BOOLEAN, WHAT)?.is_some_and(|flag| flag.value != [0]);
            let value = extension.expect(OCTET_STRING, WHAT)?.value;
            extension.finish(WHAT)?;
            found.read_one(oid, critical, value)?;
        }
        Ok(found)
    }

    fn read_one(&mut self, oid: Oid, critical: bool, value: &[u8]) -> Result<(), Malformed> {
        if oid == BasicConstraints::OID {
            let constraints = BasicConstraints::from_der(value).map_err(|_| Malformed("the basic constraints"))?;
            self.is_ca = constraints.ca;
            self.path_length = constraints.path_len_constraint;
        } else if oid == OCSP_NO_CHECK {
            self.ocsp_no_check = true;
        } else if oid == NO_REVOCATION_AVAILABLE || oid == VALIDITY_ASSURED_SHORT_TERM {
            self.short_term = true;
        } else if oid == KeyUsage::OID {
            self.key_usage = Some(KeyUsage::from_der(value).map_err(|_| Malformed("the key usage"))?);
        } else if oid == ExtendedKeyUsage::OID {
            let usage = ExtendedKeyUsage::from_der(value).map_err(|_| Malformed("the extended key usage"))?;
            self.extended_key_usage = Some(usage.0);
            self.extended_key_usage_is_critical = critical;
        } else if oid == AuthorityInfoAccessSyntax::OID {
            // Addresses are hints: one that cannot be read is as good as none.
            for access in AuthorityInfoAccessSyntax::from_der(value).map(|syntax| syntax.0).unwrap_or_default() {
                let GeneralName::UniformResourceIdentifier(url) = access.access_location else {
                    continue;
                };
                match access.access_method {
                    OCSP => self.ocsp_urls.push(url.to_string()),
                    CA_ISSUERS => self.ca_issuers_urls.push(url.to_string()),
                    _ => {}
                }
            }
        } else if oid == CrlDistributionPoints::OID {
            for point in CrlDistributionPoints::from_der(value).map(|points| points.0).unwrap_or_default() {
                let Some(DistributionPointName::FullName(names)) = point.distribution_point else {
                    continue;
                };
                for name in names {
                    let encoded = name.to_der().map_err(|_| Malformed("the distribution points"))?;
                    self.crl_points.push(distribution_point_key(&encoded));
                    if let GeneralName::UniformResourceIdentifier(url) = name {
                        self.crl_urls.push(url.to_string());
                    }
                }
            }
        }
        Ok(())
    }
}
