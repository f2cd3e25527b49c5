//! The hash and the MAC that everything here uses. FIPS 180-4; RFC 2104.

use aws_lc_rs::{digest, hmac};

use crate::ids::Hash;

/// SHA-256 over the parts, one after the other.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    array(context.finish().as_ref())
}

/// HMAC-SHA-256 over the parts.
pub(crate) fn hmac_sha256(key: &hmac::Key, parts: &[&[u8]]) -> Hash {
    let mut context = hmac::Context::with_key(key);
    parts.iter().for_each(|part| context.update(part));
    array(context.sign().as_ref())
}

fn array(bytes: &[u8]) -> Hash {
    let mut out = [0; 32];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}
