//! What a signing key is tied to: the context that is sealed with it. Stored format (as input of the seal).

use crate::KeyAlgorithm;

/// What a signing key was made for. A sealed key is usable only together with exactly this context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyContext {
    /// CSC `credentialID`.
    pub credential_id: String,
    /// Tenant that the signer belongs to; empty where there is one only.
    pub tenant: String,
    /// The signer.
    pub signer_id: [u8; 16],
    /// Hash of the signer's set of authenticators when the key was made.
    pub authenticator_set_hash: [u8; 32],
    /// Where the key comes from.
    pub origin: KeyOrigin,
}

/// Where a signing key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrigin {
    /// Made in this module.
    Generated,
}

impl KeyOrigin {
    const fn code(self) -> u8 {
        match self {
            Self::Generated => 1,
        }
    }
}

impl KeyContext {
    /// Deterministic CBOR (RFC 8949 4.2.1) of this context together with the key's own facts.
    pub(crate) fn to_sealed_form(&self, algorithm: KeyAlgorithm, spki_sha256: &[u8; 32], epoch: u32) -> Vec<u8> {
        let mut out = Vec::with_capacity(192);
        head(&mut out, MAP, 8);
        for key in 1..=8_u8 {
            head(&mut out, UNSIGNED, key.into());
            match key {
                1 => string(&mut out, TEXT, self.credential_id.as_bytes()),
                2 => string(&mut out, TEXT, self.tenant.as_bytes()),
                3 => string(&mut out, BYTES, &self.signer_id),
                4 => head(&mut out, UNSIGNED, algorithm.code().into()),
                5 => string(&mut out, BYTES, &self.authenticator_set_hash),
                6 => head(&mut out, UNSIGNED, self.origin.code().into()),
                7 => string(&mut out, BYTES, spki_sha256),
                _ => head(&mut out, UNSIGNED, epoch.into()),
            }
        }
        out
    }
}

const UNSIGNED: u8 = 0x00;
const BYTES: u8 = 0x40;
const TEXT: u8 = 0x60;
const MAP: u8 = 0xa0;

/// The shortest head of a data item: major type and argument. RFC 8949 3.
fn head(out: &mut Vec<u8>, major: u8, argument: u64) {
    let bytes = argument.to_be_bytes();
    let [b0, b1, b2, b3, b4, b5, b6, b7] = bytes;
    match argument {
        0..=23 => out.push(major | b7),
        24..=0xff => out.extend([major | 24, b7]),
        0x100..=0xffff => out.extend([major | 25, b6, b7]),
        0x1_0000..=0xffff_ffff => out.extend([major | 26, b4, b5, b6, b7]),
        _ => {
            out.push(major | 27);
            out.extend([b0, b1, b2, b3, b4, b5, b6, b7]);
        }
    }
}

fn string(out: &mut Vec<u8>, major: u8, bytes: &[u8]) {
    head(out, major, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_form_has_golden_bytes() {
        let context = KeyContext {
            credential_id: "abc".to_owned(),
            tenant: String::new(),
            signer_id: [0x11; 16],
            authenticator_set_hash: [0x22; 32],
            origin: KeyOrigin::Generated,
        };
        let mut golden = vec![0xa8, 0x01, 0x63, b'a', b'b', b'c', 0x02, 0x60, 0x03, 0x50];
        golden.extend([0x11; 16]);
        golden.extend([0x04, 0x01, 0x05, 0x58, 0x20]);
        golden.extend([0x22; 32]);
        golden.extend([0x06, 0x01, 0x07, 0x58, 0x20]);
        golden.extend([0x33; 32]);
        golden.extend([0x08, 0x19, 0x01, 0x00]);
        assert_eq!(context.to_sealed_form(KeyAlgorithm::EcdsaP256, &[0x33; 32], 256), golden);
    }
}
