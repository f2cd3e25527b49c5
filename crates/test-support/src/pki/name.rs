//! Distinguished names built from their parts, without a text form to escape. RFC 5280 4.1.2.4.

use super::oid;
use const_oid::ObjectIdentifier;
use der::asn1::{Any, PrintableString, SetOfVec, Utf8StringRef};
use der::{Encode, Result};
use x509_cert::attr::AttributeTypeAndValue;

/// DER of `C=JP, O=organization, CN=common_name`.
pub fn distinguished_name(organization: &str, common_name: &str) -> Result<Vec<u8>> {
    let country = Any::encode_from(&PrintableString::new("JP")?)?;
    let text = |value: &str| Any::encode_from(&Utf8StringRef::new(value)?);
    let attribute = |oid: ObjectIdentifier, value: Any| SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }]);
    vec![
        attribute(oid::COUNTRY, country)?,
        attribute(oid::ORGANIZATION, text(organization)?)?,
        attribute(oid::COMMON_NAME, text(common_name)?)?,
    ]
    .to_der()
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::Decode;
    use x509_cert::name::Name;

    #[test]
    fn a_comma_in_the_common_name_needs_no_escape() {
        let der = distinguished_name("Rakkan", "Root (DEMO, NOT VALID)").unwrap();
        let name = Name::from_der(&der).unwrap();
        assert_eq!(name.to_string(), r"CN=Root (DEMO\, NOT VALID),O=Rakkan,C=JP");
    }
}
