//! The few DER structures that CAs and responders send, read so that what was signed stays byte for byte as it came.

use const_oid::ObjectIdentifier;
use der::asn1::{Any, BitString, OctetString};
use der::{Decode, Encode, Sequence, Tag, Tagged};

/// id-signedData, RFC 5652 5.1.
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");

/// The outer form of certificates, revocation lists and certification requests. RFC 5280 4.1.1, 5.1.1; RFC 2986 4.2.
#[derive(Sequence)]
pub(crate) struct Signed {
    pub(crate) content: Any,
    pub(crate) algorithm: Any,
    pub(crate) signature: BitString,
}

#[derive(Sequence)]
struct ContentInfo {
    content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    content: Any,
}

/// The certificates of a CMS SignedData, each in DER, in the order they stand there. RFC 5652 5.1; RFC 7030 4.1.3.
pub(crate) fn certificates_of_signed_data(der: &[u8]) -> Result<Vec<Vec<u8>>, der::Error> {
    let info = ContentInfo::from_der(der)?;
    if info.content_type != SIGNED_DATA {
        return Err(Tag::ObjectIdentifier.value_error().into());
    }
    let certificates = info.content.sequence(|reader| {
        let mut found = Vec::new();
        while !der::Reader::is_finished(reader) {
            let field = Any::decode(reader)?;
            if field.tag() == (Tag::ContextSpecific { constructed: true, number: der::TagNumber(0) }) {
                found.push(field);
            }
        }
        Ok::<_, der::Error>(found)
    })?;
    certificates.iter().map(|set| elements(set.value())).collect::<Result<Vec<_>, _>>().map(|sets| sets.concat())
}

/// The encodings that follow one another in `bytes`.
pub(crate) fn elements(mut bytes: &[u8]) -> Result<Vec<Vec<u8>>, der::Error> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (element, rest) = Any::from_der_partial(bytes)?;
        found.push(element.to_der()?);
        bytes = rest;
    }
    Ok(found)
}

/// DER of the SubjectPublicKeyInfo that a PKCS#10 request asks to be certified. RFC 2986 4.1.
pub(crate) fn requested_key(request: &[u8]) -> Option<Vec<u8>> {
    let request = Signed::from_der(request).ok()?;
    let fields = elements(request.content.value()).ok()?;
    fields.get(2).cloned()
}

/// An OBJECT IDENTIFIER and an octet string: how extensions and OCSP answers carry their content.
#[derive(Sequence)]
pub(crate) struct Typed {
    pub(crate) kind: ObjectIdentifier,
    pub(crate) value: OctetString,
}
