//! Reads certification requests and refuses those that a careful CA would refuse. RFC 2986 (PKCS#10).

use super::oid;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use const_oid::ObjectIdentifier;
use der::asn1::{Any, BitString, SetOfVec, UintRef};
use der::{Decode, Encode, Sequence};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::attr::Attribute;
use x509_cert::name::Name;

/// The smallest RSA modulus that is certified.
pub const SMALLEST_RSA_BITS: usize = 2048;

/// A request whose signature was verified under the key that it asks to be certified.
#[derive(Debug, Clone)]
pub struct ProvenRequest {
    /// DER of the subject's Name.
    pub subject: Vec<u8>,
    /// DER of the SubjectPublicKeyInfo.
    pub spki: Vec<u8>,
}

/// Why a request is refused. The text goes to the requester.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefused {
    /// Not DER, or another structure.
    #[error("this is not a PKCS#10 certification request in DER; send base64 of the DER, without PEM lines")]
    NotARequest,
    /// The subject has no common name.
    #[error("the subject has no common name (CN); name the signer in the request")]
    NoCommonName,
    /// Another key type or curve.
    #[error("keys of type {0} are not certified here; use P-256 or RSA with at least {SMALLEST_RSA_BITS} bits")]
    UnsupportedKey(String),
    /// An RSA key that is too short.
    #[error("an RSA key of {0} bits is too weak; use at least {SMALLEST_RSA_BITS} bits, or P-256")]
    WeakKey(usize),
    /// An RSA key with an exponent that is even or below 65537.
    #[error("the RSA public exponent is not allowed; use 65537")]
    WeakExponent,
    /// Another signature algorithm.
    #[error("requests signed with {0} are not accepted; sign with SHA-256 and the key to be certified")]
    UnsupportedSignature(ObjectIdentifier),
    /// Possession of the private key is not proven.
    #[error("the request is not signed by the key that it asks to be certified")]
    NotProven,
    /// The CA was told to refuse.
    #[error("{0}")]
    Policy(String),
}

impl ProvenRequest {
    /// Reads `der` and checks key, strength and proof of possession.
    pub fn from_der(der: &[u8]) -> Result<Self, RequestRefused> {
        let request = CertificationRequest::from_der(der).map_err(|_| RequestRefused::NotARequest)?;
        let signed = request.info.to_der().map_err(|_| RequestRefused::NotARequest)?;
        let info = CertificationRequestInfo::from_der(&signed).map_err(|_| RequestRefused::NotARequest)?;
        let subject = info.subject.to_der().map_err(|_| RequestRefused::NotARequest)?;
        let name = Name::from_der(&subject).map_err(|_| RequestRefused::NotARequest)?;
        if !name.iter().any(|attribute| attribute.oid == oid::COMMON_NAME && !attribute.value.value().is_empty()) {
            return Err(RequestRefused::NoCommonName);
        }
        let key = RequestedKey::from_info(&info.spki)?;
        key.verify(&request.algorithm.oid, &signed, request.signature.raw_bytes())?;
        Ok(Self { subject, spki: info.spki.to_der().map_err(|_| RequestRefused::NotARequest)? })
    }
}

enum RequestedKey {
    P256(Vec<u8>),
    Rsa(Vec<u8>),
}

impl RequestedKey {
    fn from_info(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, RequestRefused> {
        let bits = spki.subject_public_key.raw_bytes().to_vec();
        match spki.algorithm.oid {
            oid::EC_PUBLIC_KEY => {
                let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
                match curve {
                    Some(oid::P256) => Ok(Self::P256(bits)),
                    Some(other) => Err(RequestRefused::UnsupportedKey(format!("EC on curve {other}"))),
                    None => Err(RequestRefused::UnsupportedKey("EC without a named curve".into())),
                }
            }
            oid::RSA_ENCRYPTION => {
                let key = RsaPublicKey::from_der(&bits).map_err(|_| RequestRefused::NotARequest)?;
                key.check()?;
                Ok(Self::Rsa(bits))
            }
            other => Err(RequestRefused::UnsupportedKey(other.to_string())),
        }
    }

    fn verify(&self, algorithm: &ObjectIdentifier, signed: &[u8], signature: &[u8]) -> Result<(), RequestRefused> {
        let verified = match (self, *algorithm) {
            (Self::P256(point), oid::ECDSA_WITH_SHA256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(signed, signature)
            }
            (Self::Rsa(key), oid::SHA256_WITH_RSA) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(signed, signature)
            }
            (_, other) => return Err(RequestRefused::UnsupportedSignature(other)),
        };
        verified.map_err(|_| RequestRefused::NotProven)
    }
}

#[derive(Sequence)]
struct CertificationRequest {
    info: Any,
    algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

#[derive(Sequence)]
struct CertificationRequestInfo {
    version: u8,
    subject: Any,
    spki: SubjectPublicKeyInfoOwned,
    // Some tools leave the empty set out.
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    attributes: Option<SetOfVec<Attribute>>,
}

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl RsaPublicKey<'_> {
    fn check(&self) -> Result<(), RequestRefused> {
        let modulus = self.modulus.as_bytes();
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
        if bits < SMALLEST_RSA_BITS {
            return Err(RequestRefused::WeakKey(bits));
        }
        let exponent = self.exponent.as_bytes();
        let odd = exponent.last().is_some_and(|byte| byte & 1 == 1);
        // RFC 8017 allows 3; NIST SP 800-89 5.3.3 wants more than 2^16.
        if !odd || exponent.len() < 3 {
            return Err(RequestRefused::WeakExponent);
        }
        Ok(())
    }
}

/// A request as a signer's device would make it; for tests.
pub fn sign_request(subject: &[u8], key: &super::key::AuthorityKey) -> Result<Vec<u8>, crate::error::AuthorityError> {
    let info = CertificationRequestInfo {
        version: 0,
        subject: Any::from_der(subject)?,
        spki: SubjectPublicKeyInfoOwned::from_der(key.spki())?,
        attributes: Some(SetOfVec::new()),
    }
    .to_der()?;
    let signature = key.sign_bits(&info)?;
    let request = CertificationRequest { info: Any::from_der(&info)?, algorithm: key.signature_algorithm(), signature };
    Ok(request.to_der()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::key::{AuthorityKey, KeyKind};
    use crate::pki::name::distinguished_name;
    use proptest::prelude::*;

    fn signer_request() -> (AuthorityKey, Vec<u8>) {
        let key = AuthorityKey::generate(KeyKind::P256).unwrap();
        let request = sign_request(&distinguished_name("試験", "山田 花子").unwrap(), &key).unwrap();
        (key, request)
    }

    #[test]
    fn a_request_signed_by_its_own_key_is_proven() {
        let (key, request) = signer_request();
        let proven = ProvenRequest::from_der(&request).unwrap();
        assert_eq!(proven.spki, key.spki());
        assert_eq!(proven.subject, distinguished_name("試験", "山田 花子").unwrap());
    }

    #[test]
    fn a_request_signed_by_another_key_is_refused() {
        let (key, _) = signer_request();
        let other = AuthorityKey::generate(KeyKind::P256).unwrap();
        let info = CertificationRequestInfo {
            version: 0,
            subject: Any::from_der(&distinguished_name("a", "b").unwrap()).unwrap(),
            spki: SubjectPublicKeyInfoOwned::from_der(key.spki()).unwrap(),
            attributes: None,
        }
        .to_der()
        .unwrap();
        let forged = CertificationRequest {
            info: Any::from_der(&info).unwrap(),
            algorithm: other.signature_algorithm(),
            signature: other.sign_bits(&info).unwrap(),
        };
        assert_eq!(ProvenRequest::from_der(&forged.to_der().unwrap()).unwrap_err(), RequestRefused::NotProven);
    }

    #[test]
    fn a_request_without_a_common_name_is_refused() {
        let key = AuthorityKey::generate(KeyKind::P256).unwrap();
        let request = sign_request(&[0x30, 0x00], &key).unwrap();
        assert_eq!(ProvenRequest::from_der(&request).unwrap_err(), RequestRefused::NoCommonName);
    }

    #[test]
    fn bytes_that_are_no_request_are_refused() {
        for bytes in [&b""[..], b"-----BEGIN CERTIFICATE REQUEST-----", &[0x30, 0x80]] {
            assert_eq!(ProvenRequest::from_der(bytes).unwrap_err(), RequestRefused::NotARequest);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(ProvenRequest::from_der(&bytes).is_err());
        }

        #[test]
        fn no_single_changed_byte_stays_proven_with_the_same_content(position in 0usize..10_000, change in 1u8..) {
            let (key, mut request) = signer_request();
            let position = position % request.len();
            request[position] ^= change;
            if let Ok(proven) = ProvenRequest::from_der(&request) {
                // ECDSA values have no second DER form here: any accepted change would have to keep what was signed.
                prop_assert_eq!(proven.spki, key.spki());
                prop_assert_eq!(proven.subject, distinguished_name("試験", "山田 花子").unwrap());
            }
        }
    }
}
