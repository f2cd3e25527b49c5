//! Messages of the activation protocol. Wire format: an array `[kind, content]`, content a map with integer keys.

mod reply;
mod request;

pub use reply::{
    Approved, CheckpointNote, CreatedKey, Enrolled, Failure, Linked, ModuleInfo, Nonce, Prepared, Receipt, Reply,
    SignedHash,
};
pub use request::{
    AddKey, Approve, Assertion, DisplayLabel, Enrol, LinkCertificate, NewKey, PrepareActivation, Registration, Request,
    Sign,
};

pub use sgm::KeyAlgorithm;

use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder};

/// A message without content is sent with an empty map, so that a later version can add to it.
struct Nothing;

impl Encode for Nothing {
    fn encode(&self, out: &mut Encoder) {
        out.map(0);
    }
}

impl Decode for Nothing {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        input.map(0).map(|_| Self)
    }
}

#[cfg(test)]
mod tests;
