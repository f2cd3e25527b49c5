//! The subject name of a signer's certificate. ETSI EN 319 412-2 4.2.4; RFC 5280 appendix A for string types.

use super::form::Profile;
use crate::ids::SignerId;
use der::asn1::{Any, ObjectIdentifier, PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{Encode, Error};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.41");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");

/// DER of the subject name: country, organisation, name, name in Latin letters, and a serial number that tells namesakes apart.
pub(super) fn subject(profile: &Profile, signer_id: SignerId) -> Result<Vec<u8>, Error> {
    let mut parts = Vec::new();
    if let Some(country) = &profile.country {
        parts.push(part(COUNTRY, Any::from(PrintableStringRef::new(country)?))?);
    }
    if let Some(organisation) = &profile.organisation {
        parts.push(part(ORGANISATION, Any::from(Utf8StringRef::new(organisation)?))?);
    }
    parts.push(part(COMMON_NAME, Any::from(Utf8StringRef::new(&profile.display_name)?))?);
    if let Some(romanised) = &profile.romanised_name {
        parts.push(part(NAME, Any::from(Utf8StringRef::new(romanised)?))?);
    }
    // Derived, not the signer id itself: that is the passkeys' user handle and stays between browser and service.
    let distinct = crate::digest::sha256(&[b"rakkan-subject/1\0", signer_id.as_bytes()]);
    let serial: String = distinct.iter().take(8).map(|octet| format!("{octet:02X}")).collect();
    parts.push(part(SERIAL_NUMBER, Any::from(PrintableStringRef::new(&serial)?))?);
    RdnSequence::from(parts).to_der()
}

fn part(oid: ObjectIdentifier, value: Any) -> Result<RelativeDistinguishedName, Error> {
    Ok(RelativeDistinguishedName::from(SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }])?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ades::x509::DistinguishedName;

    #[test]
    fn a_subject_reads_back_with_all_its_parts() {
        let profile = Profile {
            display_name: "山田 太郎".into(),
            romanised_name: Some("YAMADA, Taro".into()),
            organisation: Some("例+株式会社".into()),
            email: Some("not@in.it".into()),
            country: Some("JP".into()),
        };
        let name = DistinguishedName::from_der(&subject(&profile, SignerId::new([1; 16])).unwrap()).unwrap();
        assert_eq!(name.common_name().as_deref(), Some("山田 太郎"));
        assert_eq!(name.organization().as_deref(), Some("例+株式会社"));
        assert_eq!(name.attribute(&NAME).as_deref(), Some("YAMADA, Taro"));
        assert_eq!(name.attribute(&COUNTRY).as_deref(), Some("JP"));
        assert!(!name.to_string().contains("not@in.it"));
    }

    #[test]
    fn namesakes_have_different_subjects_without_their_ids_inside() {
        let profile = Profile {
            display_name: "山田 太郎".into(),
            romanised_name: None,
            organisation: None,
            email: None,
            country: None,
        };
        let one = subject(&profile, SignerId::new([1; 16])).unwrap();
        assert_ne!(one, subject(&profile, SignerId::new([2; 16])).unwrap());
        assert!(!one.windows(8).any(|window| window == [1; 8]));
    }
}
