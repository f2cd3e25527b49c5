//! Certificate revocation lists: complete, direct, one per authority. RFC 5280 5.

use super::certificate::Signed;
use super::extension::{authority_key_identifier, extension};
use super::key::AuthorityKey;
use super::time::certificate_time;
use crate::ca::records::Revocation;
use crate::error::AuthorityError;
use der::asn1::{Any, Int, Uint};
use der::{Decode, Encode, Sequence};
use spki::AlgorithmIdentifierOwned;
use x509_cert::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{CrlNumber, CrlReason};
use x509_cert::time::Time;

/// What a list says.
pub struct ListContent<'a> {
    /// DER of the issuer's Name.
    pub issuer: &'a [u8],
    /// When it is made, Unix time.
    pub this_update: u64,
    /// When the next one comes at the latest.
    pub next_update: u64,
    /// The revoked certificates.
    pub revoked: &'a [Revocation],
    /// Extensions of the list besides authority key identifier and number.
    pub more_extensions: Vec<Extension>,
}

/// DER of the list, signed by `issuer`. The CRL number is the time of making, which never goes back.
pub fn sign_list(content: ListContent<'_>, issuer: &AuthorityKey) -> Result<Vec<u8>, AuthorityError> {
    let revoked = content.revoked.iter().map(RevokedCertificate::from_record).collect::<Result<Vec<_>, _>>()?;
    let algorithm = issuer.signature_algorithm();
    let tbs = TbsCertList {
        version: Version::V2,
        signature: algorithm.clone(),
        issuer: Any::from_der(content.issuer)?,
        this_update: certificate_time(content.this_update)?,
        next_update: certificate_time(content.next_update)?,
        // RFC 5280 5.1.2.6: the field is absent when nothing is revoked.
        revoked_certificates: (!revoked.is_empty()).then_some(revoked),
        crl_extensions: [
            vec![
                authority_key_identifier(issuer.identifier())?,
                extension(false, &CrlNumber(Uint::new(&content.this_update.to_be_bytes())?))?,
            ],
            content.more_extensions,
        ]
        .concat(),
    };
    let tbs = tbs.to_der()?;
    let signature = issuer.sign_bits(&tbs)?;
    Ok(Signed { tbs: Any::from_der(&tbs)?, algorithm, signature }.to_der()?)
}

#[derive(Sequence)]
struct TbsCertList {
    version: Version,
    signature: AlgorithmIdentifierOwned,
    issuer: Any,
    this_update: Time,
    next_update: Time,
    #[asn1(optional = "true")]
    revoked_certificates: Option<Vec<RevokedCertificate>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    crl_extensions: Vec<Extension>,
}

#[derive(Sequence)]
struct RevokedCertificate {
    user_certificate: Int,
    revocation_date: Time,
    #[asn1(optional = "true")]
    extensions: Option<Vec<Extension>>,
}

impl RevokedCertificate {
    fn from_record(record: &Revocation) -> Result<Self, AuthorityError> {
        // RFC 5280 5.3.1: "unspecified" is said by leaving the reason out.
        let extensions = match record.reason {
            CrlReason::Unspecified => None,
            reason => Some(vec![extension(false, &reason)?]),
        };

        Ok(Self {
            user_certificate: Int::new(&record.serial)?,
            revocation_date: certificate_time(record.at)?,
            extensions,
        })
    }
}
