//! Cryptographic Message Syntax, as far as AdES signatures and time-stamp tokens need it. RFC 5652; RFC 5035; RFC 5940.
//!
//! [`view`] reads foreign bytes in place, [`build`] makes new ones; neither uses the other, so that what we write is read by other
//! code than wrote it. [`splice`] adds to what others wrote.

pub(crate) mod build;
pub(crate) mod splice;
pub(crate) mod view;

use crate::Oid;

pub(crate) const ID_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.1");
pub(crate) const ID_SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
pub(crate) const ID_TST_INFO: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.1.4");
pub(crate) const CONTENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.3");
pub(crate) const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");
pub(crate) const SIGNING_TIME: Oid = Oid::new_unwrap("1.2.840.113549.1.9.5");
pub(crate) const SIGNING_CERTIFICATE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.12");
pub(crate) const SIGNING_CERTIFICATE_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.47");
pub(crate) const SIGNATURE_TIME_STAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.14");
pub(crate) const COUNTER_SIGNATURE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.6");
pub(crate) const CONTENT_TIME_STAMP: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.20");
/// Archive time-stamps of the forms before version 3, which break if anything is added to the certificates or revocation data.
pub(crate) const OLD_ARCHIVE_TIME_STAMPS: [Oid; 2] =
    [Oid::new_unwrap("1.2.840.113549.1.9.16.2.27"), Oid::new_unwrap("1.2.840.113549.1.9.16.2.48")];
pub(crate) const ARCHIVE_TIME_STAMP_V3: Oid = Oid::new_unwrap("0.4.0.1733.2.4");
pub(crate) const ATS_HASH_INDEX_V3: Oid = Oid::new_unwrap("0.4.0.19122.1.5");
pub(crate) const REVOCATION_VALUES: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.24");
pub(crate) const OTHER_REVOCATION_OCSP: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.16.2");
pub(crate) const OTHER_REVOCATION_BASIC_OCSP: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.1");
