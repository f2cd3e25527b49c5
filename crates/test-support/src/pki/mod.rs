//! The structures that the development authorities sign: certificates, lists, answers, tokens. RFC 5280, 5652, 6960, 3161.

pub mod certificate;
pub mod cms;
pub mod crl;
pub mod extension;
pub mod key;
pub mod name;
pub mod ocsp;
pub mod oid;
pub mod request;
pub mod time;
pub mod tsp;
