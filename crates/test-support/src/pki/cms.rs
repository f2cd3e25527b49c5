//! The two CMS forms that authorities send: certificates only (EST), and a token signed by a TSA. RFC 5652.

use super::key::AuthorityKey;
use super::oid;
use super::tsp::SigningCertificateV2;
use crate::error::AuthorityError;
use aws_lc_rs::digest::{SHA256, digest};
use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::attr::Attribute;

/// DER of a certs-only SignedData around `certificates`. RFC 7030 4.1.3.
pub fn certificates_only(certificates: &[&[u8]]) -> Result<Vec<u8>, AuthorityError> {
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::new(),
        encap_content_info: EncapsulatedContentInfo { econtent_type: oid::DATA, econtent: None },
        certificates: Some(certificate_set(certificates)?),
        crls: None,
        signer_infos: SignerInfos(SetOfVec::new()),
    };
    content_info(&data)
}

/// Who signs a token, and which certificates go with it.
pub struct TokenSigner<'a> {
    /// The key.
    pub key: &'a AuthorityKey,
    /// DER of its certificate.
    pub certificate: &'a [u8],
    /// DER of the certificates to send along; empty when the requester did not ask for them.
    pub send: &'a [&'a [u8]],
}

/// DER of a SignedData over `content`, with the signed attributes that RFC 3161 2.4.2 and RFC 5816 ask for.
pub fn sign_token(
    content_type: ObjectIdentifier,
    content: &[u8],
    signer: &TokenSigner<'_>,
) -> Result<Vec<u8>, AuthorityError> {
    let sha256 = AlgorithmIdentifierOwned { oid: oid::SHA256, parameters: None };
    let attributes = SetOfVec::try_from(vec![
        attribute(oid::CONTENT_TYPE, Any::encode_from(&content_type)?)?,
        attribute(oid::MESSAGE_DIGEST, octets(digest(&SHA256, content).as_ref())?)?,
        attribute(
            oid::SIGNING_CERTIFICATE_V2,
            Any::encode_from(&SigningCertificateV2::of(digest(&SHA256, signer.certificate).as_ref())?)?,
        )?,
    ])?;
    // RFC 5652 5.4: what is signed is the SET OF, not the [0] that stands in the structure.
    let signature = signer.key.sign(&attributes.to_der()?)?;
    let certificate = Certificate::from_der(signer.certificate)?;
    let signer_info = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: certificate.tbs_certificate().issuer().clone(),
            serial_number: certificate.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: sha256.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: signer.key.signature_algorithm(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let data = SignedData {
        version: CmsVersion::V3,
        digest_algorithms: SetOfVec::try_from(vec![sha256])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: content_type, econtent: Some(octets(content)?) },
        certificates: if signer.send.is_empty() { None } else { Some(certificate_set(signer.send)?) },
        crls: None,
        signer_infos: SignerInfos(SetOfVec::try_from(vec![signer_info])?),
    };
    content_info(&data)
}

fn octets(bytes: &[u8]) -> Result<Any, der::Error> {
    Any::encode_from(&OctetString::new(bytes)?)
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

fn certificate_set(certificates: &[&[u8]]) -> Result<CertificateSet, AuthorityError> {
    let choices = certificates
        .iter()
        .map(|der| Certificate::from_der(der).map(CertificateChoices::Certificate))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(CertificateSet::try_from(choices)?)
}

fn content_info(data: &SignedData) -> Result<Vec<u8>, AuthorityError> {
    Ok(ContentInfo { content_type: oid::SIGNED_DATA, content: Any::encode_from(data)? }.to_der()?)
}
