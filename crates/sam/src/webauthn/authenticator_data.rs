//! Authenticator data: 37 bytes in an assertion, more in a registration. WebAuthn L3 6.1.

use super::{PublicKey, PublicKeyError};
use crate::dcbor::Decoder;
use crate::ids::Hash;

/// The largest credential id there is. WebAuthn L3 7.1, step on its length.
pub const CREDENTIAL_ID_MAX: usize = 1023;
/// The largest authenticator data of a registration that is looked at.
pub const REGISTRATION_MAX: usize = 4096;

const LEN: usize = 37;

/// The flag byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// UP: somebody was there.
    #[must_use]
    pub fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// UV: the authenticator knows who.
    #[must_use]
    pub fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// BE: the passkey may be copied to other devices.
    #[must_use]
    pub fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// BS: it has been.
    #[must_use]
    pub fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// AT: a new credential is described.
    #[must_use]
    pub fn attested_credential(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// ED: extension outputs follow.
    #[must_use]
    pub fn extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// The fixed part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the RP ID that the authenticator signed for.
    pub rp_id_hash: Hash,
    /// The flags.
    pub flags: Flags,
    /// The signature counter; 0 from authenticators that have none.
    pub sign_count: u32,
}

/// A credential that an authenticator has just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedCredential {
    /// Model of the authenticator; zero if it does not say.
    pub aaguid: [u8; 16],
    /// Its name for the credential.
    pub credential_id: Vec<u8>,
    /// The credential's public key.
    pub public_key: PublicKey,
}

/// Why the authenticator data of a registration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticatorDataError {
    /// Not the structure of the specification.
    #[error("the authenticator data is not well-formed")]
    Malformed,
    /// The key is of a kind that is not accepted.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
}

impl AuthenticatorData {
    /// Reads the authenticator data of an assertion: exactly the fixed part, without extensions.
    #[must_use]
    pub fn from_assertion(bytes: &[u8]) -> Option<Self> {
        match Self::split(bytes)? {
            (data, []) if !data.flags.attested_credential() && !data.flags.extensions() => Some(data),
            _ => None,
        }
    }

    /// Reads the authenticator data of a registration. Extension outputs are passed over.
    ///
    /// # Errors
    /// If a part is missing, too long, or not of an accepted kind.
    pub fn from_registration(bytes: &[u8]) -> Result<(Self, AttestedCredential), AuthenticatorDataError> {
        use AuthenticatorDataError::Malformed;
        if bytes.len() > REGISTRATION_MAX {
            return Err(Malformed);
        }
        let (data, rest) = Self::split(bytes).ok_or(Malformed)?;
        if !data.flags.attested_credential() {
            return Err(Malformed);
        }
        let (aaguid, rest) = rest.split_first_chunk::<16>().ok_or(Malformed)?;
        let (len, rest) = rest.split_first_chunk::<2>().ok_or(Malformed)?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (credential_id, rest) = rest.split_at_checked(len).ok_or(Malformed)?;
        if credential_id.is_empty() || len > CREDENTIAL_ID_MAX {
            return Err(Malformed);
        }
        let mut input = Decoder::new(rest);
        let public_key = PublicKey::read(&mut input)?;
        if data.flags.extensions() {
            input.skip().map_err(|_| Malformed)?;
        }
        input.finish().map_err(|_| Malformed)?;
        Ok((data, AttestedCredential { aaguid: *aaguid, credential_id: credential_id.to_vec(), public_key }))
    }

    fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<LEN>()?;
        let (rp_id_hash, [flags, count @ ..]) = fixed.split_first_chunk::<32>()? else {
            return None;
        };
        let sign_count = u32::from_be_bytes(count.try_into().ok()?);
        Some((Self { rp_id_hash: *rp_id_hash, flags: Flags(*flags), sign_count }, rest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dcbor::to_bytes;

    // The base point of P-256 stands for a public key. SP 800-186 3.2.1.3.
    const GENERATOR_X: [u8; 32] = [
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03,
        0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ];
    const GENERATOR_Y: [u8; 32] = [
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
        0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ];

    fn assertion(flags: u8) -> Vec<u8> {
        [&[7; 32][..], &[flags], &[0, 0, 1, 2]].concat()
    }

    fn registration(flags: u8, credential_id: &[u8], tail: &[u8]) -> Vec<u8> {
        let key = to_bytes(&PublicKey::Es256 { x: GENERATOR_X, y: GENERATOR_Y });
        let len = u16::try_from(credential_id.len()).unwrap().to_be_bytes();
        [&assertion(flags)[..], &[9; 16], &len, credential_id, &key, tail].concat()
    }

    #[test]
    fn assertion_data_is_exactly_37_bytes_without_extensions() {
        let data = AuthenticatorData::from_assertion(&assertion(0x05)).unwrap();
        assert!(data.flags.user_present() && data.flags.user_verified());
        assert_eq!((data.rp_id_hash, data.sign_count), ([7; 32], 0x102));
        assert_eq!(AuthenticatorData::from_assertion(&assertion(0x05)[..36]), None);
        assert_eq!(AuthenticatorData::from_assertion(&[assertion(0x05), vec![0xa0]].concat()), None);
        assert_eq!(AuthenticatorData::from_assertion(&assertion(0x85)), None);
        assert_eq!(AuthenticatorData::from_assertion(&assertion(0x45)), None);
    }

    #[test]
    fn registration_data_names_the_credential_and_its_key() {
        let (_, credential) = AuthenticatorData::from_registration(&registration(0x45, &[3; 20], &[])).unwrap();
        assert_eq!((credential.aaguid, credential.credential_id.len()), ([9; 16], 20));
        assert!(AuthenticatorData::from_registration(&registration(0xc5, &[3; 20], &[0xa1, 0x61, b'a', 0xf5])).is_ok());
    }

    #[test]
    fn registration_data_with_anything_missing_or_added_is_refused() {
        let whole = registration(0x45, &[3; 20], &[]);
        for len in 0..whole.len() {
            assert!(AuthenticatorData::from_registration(&whole[..len]).is_err(), "{len} bytes");
        }
        for other in [
            registration(0x05, &[3; 20], &[]),
            registration(0x45, &[3; 20], &[0]),
            registration(0xc5, &[3; 20], &[]),
            registration(0xc5, &[3; 20], &[0xa0, 0]),
            registration(0x45, &[], &[]),
            registration(0x45, &[3; 1024], &[]),
        ] {
            assert!(AuthenticatorData::from_registration(&other).is_err());
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = AuthenticatorData::from_assertion(&bytes);
            let _ = AuthenticatorData::from_registration(&bytes);
        }
    }
}
