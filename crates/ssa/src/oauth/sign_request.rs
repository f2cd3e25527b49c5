//! What a client wants signed: from the pushed request, through the store, to the activation ticket. RFC 9396.

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};

use super::error::PushError;
use crate::fault::Inconsistent;

/// Most hashes in one approval; `multisign` of every credential.
pub const MULTISIGN: u32 = 100;
/// Longest label in octets; that of the signature activation request.
pub const LABEL_LIMIT: usize = 200;
/// Longest hash in octets.
const HASH_LIMIT: usize = 64;
/// Version of [`StoredSignRequest`].
const VERSION: u8 = 1;

/// What a client wants signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignRequest {
    /// The credential, as the client wrote it.
    pub credential_id: String,
    /// Algorithm of the hashes.
    pub hash_algorithm_oid: String,
    /// The hashes, in the client's order.
    pub hashes: Vec<RequestedHash>,
    /// The client's own text of the request, returned with the token. Opaque here.
    pub echo: String,
}

/// One hash and the name of what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedHash {
    /// The hash.
    pub hash: Vec<u8>,
    /// Name of the document, shown to the signer.
    pub label: Option<String>,
}

impl SignRequest {
    /// The checks that need nothing but the request.
    pub(super) fn check(&self) -> Result<(), PushError> {
        if self.hashes.is_empty() {
            return Err(PushError::SignatureCount);
        }
        if self.hashes.len() > usize::try_from(MULTISIGN).unwrap_or(usize::MAX) {
            return Err(PushError::TooManyHashes);
        }
        if self.hashes.iter().any(|item| item.hash.is_empty() || item.hash.len() > HASH_LIMIT) {
            return Err(PushError::HashLength);
        }
        let mut sorted: Vec<&[u8]> = self.hashes.iter().map(|item| item.hash.as_slice()).collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| pair.first() == pair.get(1)) {
            return Err(PushError::RepeatedHash);
        }
        let labels = self.hashes.iter().filter_map(|item| item.label.as_deref());
        match labels.into_iter().any(|label| label.len() > LABEL_LIMIT || misleads(label)) {
            true => Err(PushError::Label),
            false => Ok(()),
        }
    }

    pub(super) fn to_stored(&self) -> String {
        let stored = StoredSignRequest {
            version: VERSION,
            credential_id: self.credential_id.clone(),
            hash_algorithm_oid: self.hash_algorithm_oid.clone(),
            hashes: self
                .hashes
                .iter()
                .map(|item| StoredHash { hash: Base64::encode_string(&item.hash), label: item.label.clone() })
                .collect(),
            echo: self.echo.clone(),
        };
        // Text and numbers under text keys: this cannot fail.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    pub(super) fn from_stored(text: &str) -> Result<Self, Inconsistent> {
        let stored: StoredSignRequest = serde_json::from_str(text).map_err(|_| Inconsistent("sign request"))?;
        if stored.version != VERSION {
            return Err(Inconsistent("version of the sign request"));
        }
        let hash = |item: StoredHash| {
            let hash = Base64::decode_vec(&item.hash).map_err(|_| Inconsistent("hash"))?;
            Ok(RequestedHash { hash, label: item.label })
        };
        Ok(Self {
            credential_id: stored.credential_id,
            hash_algorithm_oid: stored.hash_algorithm_oid,
            hashes: stored.hashes.into_iter().map(hash).collect::<Result<_, _>>()?,
            echo: stored.echo,
        })
    }
}

/// Text that could make a page show something else than it says: controls, and marks that turn the writing direction.
pub(super) fn misleads(text: &str) -> bool {
    text.chars().any(|character| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
            || matches!(character, '\u{2028}' | '\u{2029}')
    })
}

/// Stored form of a [`SignRequest`], version 1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSignRequest {
    version: u8,
    credential_id: String,
    hash_algorithm_oid: String,
    hashes: Vec<StoredHash>,
    echo: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredHash {
    hash: String,
    label: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(labels: &[Option<&str>]) -> SignRequest {
        SignRequest {
            credential_id: "credential".into(),
            hash_algorithm_oid: "2.16.840.1.101.3.4.2.1".into(),
            hashes: labels
                .iter()
                .zip(0u8..)
                .map(|(label, octet)| RequestedHash { hash: vec![octet; 32], label: label.map(Into::into) })
                .collect(),
            echo: "{}".into(),
        }
    }

    #[test]
    fn the_stored_form_stays_as_it_is() {
        let golden = concat!(
            r#"{"version":1,"credential_id":"credential","hash_algorithm_oid":"2.16.840.1.101.3.4.2.1","#,
            r#""hashes":[{"hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","label":"契約書.pdf"}],"echo":"{}"}"#
        );
        assert_eq!(request(&[Some("契約書.pdf")]).to_stored(), golden);
        assert_eq!(SignRequest::from_stored(golden).ok().unwrap(), request(&[Some("契約書.pdf")]));
    }

    #[test]
    fn a_stored_form_of_another_version_is_refused() {
        let newer = request(&[None]).to_stored().replace("\"version\":1", "\"version\":2");
        assert!(SignRequest::from_stored(&newer).is_err());
    }

    #[test]
    fn a_hash_given_twice_is_refused() {
        let mut twice = request(&[None, None, None]);
        twice.hashes[2].hash = twice.hashes[0].hash.clone();
        assert!(matches!(twice.check(), Err(PushError::RepeatedHash)));
    }

    #[test]
    fn more_hashes_than_one_approval_covers_are_refused() {
        assert!(request(&[None; 100]).check().is_ok());
        assert!(matches!(request(&[None; 101]).check(), Err(PushError::TooManyHashes)));
        assert!(matches!(request(&[]).check(), Err(PushError::SignatureCount)));
    }

    #[test]
    fn labels_that_could_mislead_are_refused() {
        let long = "あ".repeat(67);
        for label in ["a\nb", "fdp.\u{202e}exe", "\u{0}", &long] {
            assert!(matches!(request(&[Some(label)]).check(), Err(PushError::Label)), "{label:?}");
        }
        assert!(request(&[Some("契約書（最終版）.pdf")]).check().is_ok());
    }
}
