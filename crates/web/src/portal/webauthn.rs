//! WebAuthn values as JSON: the forms of WebAuthn Level 3 5.1.8 to 5.1.10, bytes as base64url without padding.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde_json::{Value, json};
use ssa::{ActivationRequest, AssertionResponse, LoginOptions, RegistrationOptions, RegistrationResponse};

/// What `navigator.credentials.create` gave. Members that are not read here are let through.
#[derive(Debug, Deserialize)]
pub(crate) struct RegistrationJson {
    #[serde(rename = "rawId")]
    raw_id: String,
    response: AttestationJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationJson {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
}

/// What `navigator.credentials.get` gave.
#[derive(Debug, Deserialize)]
pub(crate) struct AuthenticationJson {
    #[serde(rename = "rawId")]
    raw_id: String,
    response: AssertionJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionJson {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

impl RegistrationJson {
    /// The bytes; `None` if a member is not base64url.
    pub(crate) fn read(&self) -> Option<RegistrationResponse> {
        Some(RegistrationResponse {
            credential_id: bytes(&self.raw_id)?,
            client_data_json: bytes(&self.response.client_data_json)?,
            authenticator_data: bytes(&self.response.authenticator_data)?,
        })
    }
}

impl AuthenticationJson {
    /// The bytes; `None` if a member is not base64url.
    pub(crate) fn read(&self) -> Option<AssertionResponse> {
        let user_handle = match self.response.user_handle.as_deref() {
            None | Some("") => None,
            Some(text) => Some(bytes(text)?),
        };
        Some(AssertionResponse {
            credential_id: bytes(&self.raw_id)?,
            user_handle,
            client_data_json: bytes(&self.response.client_data_json)?,
            authenticator_data: bytes(&self.response.authenticator_data)?,
            signature: bytes(&self.response.signature)?,
        })
    }
}

/// Options for making a passkey: discoverable, with user verification, without attestation.
pub(crate) fn creation_options(options: &RegistrationOptions) -> Value {
    let algorithms: Vec<Value> =
        options.algorithms.iter().map(|algorithm| json!({ "type": "public-key", "alg": algorithm })).collect();
    json!({
        "rp": { "id": options.rp_id, "name": "Rakkan" },
        "user": { "id": text(&options.user_handle), "name": options.user_name, "displayName": options.user_display_name },
        "challenge": text(&options.challenge),
        "pubKeyCredParams": algorithms,
        "timeout": 300_000,
        "authenticatorSelection": { "residentKey": "required", "requireResidentKey": true, "userVerification": "required" },
        "attestation": "none",
    })
}

/// Options for a login: any passkey of this service.
pub(crate) fn login_options(options: &LoginOptions) -> Value {
    json!({
        "challenge": text(&options.challenge),
        "rpId": options.rp_id,
        "timeout": 300_000,
        "userVerification": "required",
        "allowCredentials": [],
    })
}

/// Options for an approval: the passkeys of the sealed record only.
pub(crate) fn approval_options(request: &ActivationRequest) -> Value {
    let allowed: Vec<Value> =
        request.allow_credentials.iter().map(|id| json!({ "type": "public-key", "id": text(id) })).collect();
    json!({
        "challenge": text(&request.challenge),
        "rpId": request.rp_id,
        "timeout": 240_000,
        "userVerification": "required",
        "allowCredentials": allowed,
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

fn text(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_a_browser_is_read_with_members_that_we_do_not_know() {
        let answer: AuthenticationJson = serde_json::from_value(json!({
            "id": "AQI", "rawId": "AQI", "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": { "clientDataJSON": "e30", "authenticatorData": "AA", "signature": "Aw", "userHandle": "" },
        }))
        .unwrap();
        let read = answer.read().unwrap();
        assert_eq!((read.credential_id, read.client_data_json, read.signature), (vec![1, 2], b"{}".to_vec(), vec![3]));
        assert_eq!(read.user_handle, None);
    }

    #[test]
    fn an_answer_that_is_not_base64url_is_refused() {
        for wrong in ["A", "+/+/", "AQI=", "あ"] {
            let answer: RegistrationJson = serde_json::from_value(json!({
                "rawId": wrong, "response": { "clientDataJSON": "e30", "authenticatorData": "AA" },
            }))
            .unwrap();
            assert!(answer.read().is_none(), "{wrong}");
        }
    }

    #[test]
    fn passkeys_are_made_with_user_verification() {
        let options = creation_options(&RegistrationOptions {
            registration_id: "A".repeat(32).parse().unwrap(),
            challenge: [1; 32],
            rp_id: "localhost".into(),
            user_handle: vec![2; 16],
            user_name: "山田 花子".into(),
            user_display_name: "山田 花子".into(),
            algorithms: vec![-7, -8, -257],
            expires_at: 0,
        });
        assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["attestation"], "none");
        assert_eq!(options["pubKeyCredParams"][1]["alg"], -8);
        assert_eq!(options["user"]["id"], "AgICAgICAgICAgICAgICAg");
    }
}
