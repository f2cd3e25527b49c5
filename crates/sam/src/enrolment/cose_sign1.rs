//! COSE_Sign1 with ES256 and the key id in the protected header, untagged; no other form is read or written. RFC 9052 4.2, 4.4.

use crate::dcbor::{Decode, DecodeError, Decoder, Encode, Encoder, to_bytes};

/// A signed payload.
pub(super) struct CoseSign1 {
    pub(super) key_id: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: [u8; 64],
}

/// What is signed. RFC 9052 4.4.
pub(super) fn to_be_signed(key_id: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Encoder::new();
    out.array(4).text("Signature1").bytes(&to_bytes(&Protected { key_id: key_id.to_vec() })).bytes(&[]).bytes(payload);
    out.into_bytes()
}

struct Protected {
    key_id: Vec<u8>,
}

const HEADER_ALG: u64 = 1;
const HEADER_KID: u64 = 4;
/// -7, written as -1 - 6.
const ES256: u64 = 6;

impl Encode for Protected {
    fn encode(&self, out: &mut Encoder) {
        out.map(2).unsigned(HEADER_ALG).negative(ES256).unsigned(HEADER_KID).bytes(&self.key_id);
    }
}

impl Decode for Protected {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let pairs = input.map(2)?;
        input.expect(HEADER_ALG)?;
        let algorithm = input.negative()?;
        input.expect(HEADER_KID)?;
        match (pairs, algorithm) {
            (2, ES256) => Ok(Self { key_id: input.item()? }),
            _ => Err(DecodeError::WrongValue),
        }
    }
}

impl Encode for CoseSign1 {
    fn encode(&self, out: &mut Encoder) {
        let protected = to_bytes(&Protected { key_id: self.key_id.clone() });
        out.array(4).bytes(&protected).map(0).bytes(&self.payload).bytes(&self.signature);
    }
}

impl Decode for CoseSign1 {
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        if input.array(4)? != 4 {
            return Err(DecodeError::WrongValue);
        }
        // The header is not compared with its only form here: the whole is encoded again and compared by the caller.
        let protected: Protected = Decoder::new(input.bytes()?).item()?;
        input.map(0)?;
        Ok(Self { key_id: protected.key_id, payload: input.item()?, signature: input.item()? })
    }
}
