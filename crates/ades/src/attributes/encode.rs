//! DER of the attributes. EN 319 122-1 annex D; RFC 5035; RFC 5280 4.1.2.4 (DirectoryString).

use super::{
    AttributeError, Commitment, ContentHint, ExplicitPolicy, PolicySpecification, SignaturePolicy, SignedAttributes,
    SignerLocation,
};
use crate::Oid;
use crate::asn1::{self, SEQUENCE, Tlv, context};
use crate::cms;

const UTF8_STRING: u8 = 0x0c;
const IA5_STRING: u8 = 0x16;
/// Bound of DisplayText in RFC 5280.
const MOST_OF_NOTICE: usize = 200;
/// Bound of PostalAddress in X.520.
const MOST_LINES: usize = 6;

const COMMITMENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.16");
const SIGNATURE_POLICY: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.15");
const SIGNER_LOCATION: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.17");
const CONTENT_TIMESTAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.20");
const CONTENT_HINTS: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.4");
const SIGNER_ATTRIBUTES_V2: Oid = Oid::new_unwrap("0.4.0.19122.1.1");
const MIME_TYPE: Oid = Oid::new_unwrap("0.4.0.1733.2.1");

const POLICY_URI: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.5.1");
const POLICY_NOTICE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.5.2");
const POLICY_SPECIFICATION: Oid = Oid::new_unwrap("0.4.0.19122.2.1");
/// X.520 name: what others write a claimed role under.
const NAME: Oid = Oid::new_unwrap("2.5.4.41");

impl SignedAttributes {
    /// Each attribute as DER.
    pub(crate) fn members(&self) -> Result<Vec<Vec<u8>>, AttributeError> {
        let mut members = Vec::new();
        if !self.commitments.is_empty() {
            let values = self.commitments.iter().map(|commitment| asn1::sequence(&[&asn1::oid(&commitment.oid())]));
            members.push(attribute(&COMMITMENT_TYPE, values.collect()));
        }
        if !self.claimed_roles.is_empty() || !self.certified_roles.is_empty() {
            members.push(attribute(&SIGNER_ATTRIBUTES_V2, vec![self.signer_attributes()?]));
        }
        match &self.policy {
            None => {}
            Some(SignaturePolicy::Implied) => members.push(attribute(&SIGNATURE_POLICY, vec![asn1::null()])),
            Some(SignaturePolicy::Explicit(policy)) => {
                members.push(attribute(&SIGNATURE_POLICY, vec![policy.to_der()?]));
            }
        }
        if let Some(location) = &self.location {
            members.push(attribute(&SIGNER_LOCATION, vec![location.to_der()?]));
        }
        if !self.content_timestamps.is_empty() {
            let tokens = self.content_timestamps.iter().map(|token| token.der().to_vec());
            members.push(attribute(&CONTENT_TIMESTAMP, tokens.collect()));
        }
        if let Some(hint) = &self.content_hint {
            members.push(attribute(&CONTENT_HINTS, vec![hint.to_der()?]));
        }
        if let Some(mime_type) = &self.mime_type {
            members.push(attribute(&MIME_TYPE, vec![utf8(mime_type, "the MIME type")?]));
        }
        Ok(members)
    }

    /// SignerAttributeV2: claimed roles under [0], attribute certificates under [1].
    fn signer_attributes(&self) -> Result<Vec<u8>, AttributeError> {
        let mut parts = Vec::new();
        if !self.claimed_roles.is_empty() {
            let mut roles = Vec::new();
            for role in &self.claimed_roles {
                roles.push(attribute(&NAME, vec![utf8(role, "a claimed role")?]));
            }
            parts.push(asn1::tlv(context(0), &[&asn1::sequence(&slices(&roles))]));
        }
        if !self.certified_roles.is_empty() {
            let mut certificates = Vec::new();
            for certificate in &self.certified_roles {
                Tlv::parse(certificate, SEQUENCE, "the attribute certificate")
                    .map_err(|_| AttributeError::NotAttributeCertificate)?;
                certificates.push(asn1::tlv(context(0), &[certificate]));
            }
            parts.push(asn1::tlv(context(1), &[&asn1::sequence(&slices(&certificates))]));
        }
        Ok(asn1::sequence(&slices(&parts)))
    }
}

impl Commitment {
    /// Identifier of the commitment type.
    pub const fn oid(self) -> Oid {
        match self {
            Self::ProofOfOrigin => Oid::new_unwrap("1.2.840.113549.1.9.16.6.1"),
            Self::ProofOfReceipt => Oid::new_unwrap("1.2.840.113549.1.9.16.6.2"),
            Self::ProofOfDelivery => Oid::new_unwrap("1.2.840.113549.1.9.16.6.3"),
            Self::ProofOfSender => Oid::new_unwrap("1.2.840.113549.1.9.16.6.4"),
            Self::ProofOfApproval => Oid::new_unwrap("1.2.840.113549.1.9.16.6.5"),
            Self::ProofOfCreation => Oid::new_unwrap("1.2.840.113549.1.9.16.6.6"),
            Self::Other(oid) => oid,
        }
    }
}

impl ExplicitPolicy {
    fn to_der(&self) -> Result<Vec<u8>, AttributeError> {
        if self.digest.len() != self.digest_algorithm.output_len() {
            return Err(AttributeError::PolicyDigest);
        }
        let hash = asn1::sequence(&[&self.digest_algorithm.identifier(), &asn1::octet_string(&self.digest)]);
        let mut qualifiers = Vec::new();
        let mut qualifier = |oid: &Oid, value: Vec<u8>| qualifiers.push(asn1::sequence(&[&asn1::oid(oid), &value]));
        if let Some(uri) = &self.uri {
            qualifier(&POLICY_URI, ia5(uri, "the address of the signature policy")?);
        }
        if let Some(notice) = &self.notice {
            const WHAT: &str = "the notice of the signature policy";
            if notice.chars().count() > MOST_OF_NOTICE {
                return Err(AttributeError::TooLong { what: WHAT, most: MOST_OF_NOTICE });
            }
            qualifier(&POLICY_NOTICE, asn1::sequence(&[&utf8(notice, WHAT)?]));
        }
        match &self.specification {
            None => {}
            Some(PolicySpecification::Oid(oid)) => qualifier(&POLICY_SPECIFICATION, asn1::oid(oid)),
            Some(PolicySpecification::Uri(uri)) => {
                qualifier(&POLICY_SPECIFICATION, ia5(uri, "the address of the policy's specification")?);
            }
        }
        let mut parts = vec![asn1::oid(&self.oid), hash];
        if !qualifiers.is_empty() {
            parts.push(asn1::sequence(&slices(&qualifiers)));
        }
        Ok(asn1::sequence(&slices(&parts)))
    }
}

impl SignerLocation {
    fn to_der(&self) -> Result<Vec<u8>, AttributeError> {
        const WHAT: &str = "the signer location";
        let mut parts = Vec::new();
        for (number, text) in [(0, &self.country), (1, &self.locality)] {
            if let Some(text) = text {
                parts.push(asn1::tlv(context(number), &[&utf8(text, WHAT)?]));
            }
        }
        if self.postal_address.len() > MOST_LINES {
            return Err(AttributeError::TooLong { what: "the postal address", most: MOST_LINES });
        }
        if !self.postal_address.is_empty() {
            let mut lines = Vec::new();
            for line in &self.postal_address {
                lines.push(utf8(line, "a line of the postal address")?);
            }
            parts.push(asn1::tlv(context(2), &[&asn1::sequence(&slices(&lines))]));
        }
        if parts.is_empty() {
            return Err(AttributeError::Empty(WHAT));
        }
        Ok(asn1::sequence(&slices(&parts)))
    }
}

impl ContentHint {
    fn to_der(&self) -> Result<Vec<u8>, AttributeError> {
        let mut parts = Vec::new();
        if let Some(description) = &self.description {
            parts.push(utf8(description, "the description of the content")?);
        }
        parts.push(asn1::oid(&self.content_type));
        Ok(asn1::sequence(&slices(&parts)))
    }
}

fn attribute(oid: &Oid, values: Vec<Vec<u8>>) -> Vec<u8> {
    cms::build::attribute_of(oid, values)
}

fn utf8(text: &str, what: &'static str) -> Result<Vec<u8>, AttributeError> {
    if text.is_empty() { Err(AttributeError::Empty(what)) } else { Ok(asn1::tlv(UTF8_STRING, &[text.as_bytes()])) }
}

fn ia5(text: &str, what: &'static str) -> Result<Vec<u8>, AttributeError> {
    match text {
        "" => Err(AttributeError::Empty(what)),
        text if !text.is_ascii() => Err(AttributeError::NotAscii(what)),
        text => Ok(asn1::tlv(IA5_STRING, &[text.as_bytes()])),
    }
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asn1::SET;
    use crate::crypto::DigestAlgorithm;

    #[test]
    fn nothing_stated_gives_no_attributes() {
        assert_eq!(SignedAttributes::new().members(), Ok(vec![]));
    }

    #[test]
    fn several_commitments_are_values_of_one_attribute() {
        let attributes = SignedAttributes::new()
            .with_commitment(Commitment::ProofOfApproval)
            .with_commitment(Commitment::Other(Oid::new_unwrap("1.2.3")));
        let members = attributes.members().unwrap();
        assert_eq!(members.len(), 1);
        let set = asn1::tlv(
            SET,
            &[&[0x30, 4, 6, 2, 0x2a, 3], &[0x30, 13, 6, 11][..], Commitment::ProofOfApproval.oid().as_bytes()],
        );
        assert!(members[0].ends_with(&set), "{:02x?}", members[0]);
    }

    #[test]
    fn a_signer_location_is_encoded_with_explicit_tags() {
        let location = SignerLocation {
            country: Some("JP".into()),
            locality: Some("京".into()),
            postal_address: vec!["a".into(), "b".into()],
        };
        let expected = [
            0x30, 0x17, 0xa0, 4, 0x0c, 2, b'J', b'P', 0xa1, 5, 0x0c, 3, 0xe4, 0xba, 0xac, 0xa2, 8, 0x30, 6, 0x0c, 1,
            b'a', 0x0c, 1, b'b',
        ];
        assert_eq!(location.to_der().unwrap(), expected);
    }

    #[test]
    fn what_says_nothing_or_cannot_be_said_is_refused() {
        use AttributeError as E;
        let policy =
            |digest: usize| ExplicitPolicy::new(Oid::new_unwrap("1.2.3"), DigestAlgorithm::Sha256, vec![0; digest]);
        let explicit = |policy| SignedAttributes::new().with_policy(SignaturePolicy::Explicit(policy)).members();
        assert!(explicit(policy(32)).is_ok());
        assert_eq!(explicit(policy(31)), Err(E::PolicyDigest));
        assert!(matches!(explicit(policy(32).with_uri("http://日本")), Err(E::NotAscii(_))));
        assert!(matches!(explicit(policy(32).with_uri("")), Err(E::Empty(_))));
        assert!(matches!(explicit(policy(32).with_notice("あ".repeat(201))), Err(E::TooLong { .. })));
        let some = SignedAttributes::new();
        assert!(matches!(some.clone().with_location(SignerLocation::default()).members(), Err(E::Empty(_))));
        assert!(matches!(some.clone().with_claimed_role("").members(), Err(E::Empty(_))));
        assert_eq!(some.clone().with_certified_role(*b"no").members(), Err(E::NotAttributeCertificate));
        let address = SignerLocation { postal_address: vec!["x".into(); 7], ..SignerLocation::default() };
        assert!(matches!(some.with_location(address).members(), Err(E::TooLong { .. })));
    }

    #[test]
    fn pades_refuses_what_the_pdf_says_itself() {
        let location = SignerLocation { country: Some("JP".into()), ..SignerLocation::default() };
        assert!(SignedAttributes::new().with_location(location).require_allowed_in_pades().is_err());
        assert!(SignedAttributes::new().with_mime_type("text/plain").require_allowed_in_pades().is_err());
        assert!(SignedAttributes::new().with_claimed_role("x").require_allowed_in_pades().is_ok());
    }
}
