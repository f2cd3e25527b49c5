//! Certificate extensions as the development authorities set them. RFC 5280 4.2.

use super::oid;
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{Ia5String, Null, OctetString};
use der::{Encode, Result};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::crl::dp::DistributionPoint;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AccessDescription, AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies,
    CrlDistributionPoints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};

/// Where the holder of a certificate learns about its issuer and its status.
#[derive(Debug, Clone)]
pub struct StatusLocations {
    /// CRL distribution point.
    pub crl: String,
    /// OCSP responder; a root has none.
    pub ocsp: Option<String>,
    /// The issuer's certificate.
    pub issuer_certificate: String,
}

/// An extension whose type knows its object identifier.
pub fn extension<T: Encode + AssociatedOid>(critical: bool, value: &T) -> Result<Extension> {
    extension_of(T::OID, critical, value)
}

/// An extension under the given object identifier.
pub fn extension_of<T: Encode>(extn_id: ObjectIdentifier, critical: bool, value: &T) -> Result<Extension> {
    Ok(Extension { extn_id, critical, extn_value: OctetString::new(value.to_der()?)? })
}

/// Subject and authority key identifier; a self-signed certificate carries only its own.
pub fn key_identifiers(subject: [u8; 20], issuer: Option<[u8; 20]>) -> Result<Vec<Extension>> {
    let mut extensions = vec![extension(false, &SubjectKeyIdentifier(OctetString::new(subject)?))?];
    if let Some(issuer) = issuer {
        extensions.push(authority_key_identifier(issuer)?);
    }
    Ok(extensions)
}

/// The authority key identifier, for certificates and lists.
pub fn authority_key_identifier(issuer: [u8; 20]) -> Result<Extension> {
    let identifier = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(issuer)?),
        authority_cert_issuer: None,
        authority_cert_serial_number: None,
    };
    extension(false, &identifier)
}

/// What marks a certification authority.
pub fn authority(path_length: u8) -> Result<Vec<Extension>> {
    Ok(vec![
        extension(true, &BasicConstraints { ca: true, path_len_constraint: Some(path_length) })?,
        extension(true, &KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign))?,
        policies(oid::ANY_POLICY)?,
    ])
}

/// What marks a signer: digital signature and content commitment (ETSI EN 319 412-2 4.3.2).
pub fn signer() -> Result<Vec<Extension>> {
    Ok(vec![
        extension(true, &KeyUsage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation))?,
        policies(oid::SIGNER_POLICY)?,
    ])
}

/// What marks a certificate that has one purpose only.
pub fn single_purpose(purpose: ObjectIdentifier, critical: bool) -> Result<Vec<Extension>> {
    Ok(vec![
        extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
        extension(critical, &ExtendedKeyUsage(vec![purpose]))?,
    ])
}

/// RFC 6960 4.2.2.2.1: the responder's own certificate need not be checked while it is valid.
pub fn ocsp_no_check() -> Result<Extension> {
    extension_of(oid::OCSP_NO_CHECK, false, &Null)
}

/// One certificate policy without qualifiers.
pub fn policies(policy: ObjectIdentifier) -> Result<Extension> {
    let policy = PolicyInformation { policy_identifier: policy, policy_qualifiers: None };
    extension(false, &CertificatePolicies(vec![policy]))
}

/// CRL distribution point and authority information access.
pub fn status_locations(locations: &StatusLocations) -> Result<Vec<Extension>> {
    let uri = |text: &str| Ok::<_, der::Error>(GeneralName::UniformResourceIdentifier(Ia5String::new(text)?));
    let point = DistributionPoint {
        distribution_point: Some(DistributionPointName::FullName(vec![uri(&locations.crl)?])),
        reasons: None,
        crl_issuer: None,
    };
    let mut access = Vec::new();
    if let Some(ocsp) = &locations.ocsp {
        access.push(AccessDescription { access_method: oid::AD_OCSP, access_location: uri(ocsp)? });
    }
    access.push(AccessDescription {
        access_method: oid::AD_CA_ISSUERS,
        access_location: uri(&locations.issuer_certificate)?,
    });
    Ok(vec![
        extension(false, &CrlDistributionPoints(vec![point]))?,
        extension(false, &AuthorityInfoAccessSyntax(access))?,
    ])
}
