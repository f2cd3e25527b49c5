//! An authenticator that signs whatever a test wants: wrong type, origin, RP ID, flags, counter, or data that are no JSON.

use super::{Assertion, Registration};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use base64ct::{Base64UrlUnpadded, Encoding};

/// The flags of authenticator data. WebAuthn Level 3 6.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// User present.
    pub const UP: u8 = 0x01;
    /// User verified.
    pub const UV: u8 = 0x04;
    /// Backup eligible.
    pub const BE: u8 = 0x08;
    /// Backed up.
    pub const BS: u8 = 0x10;
    /// Attested credential data are included.
    pub const AT: u8 = 0x40;
    /// Extension data are included.
    pub const ED: u8 = 0x80;
    /// Present and verified: what an honest assertion carries.
    pub const VERIFIED: Self = Self(Self::UP | Self::UV);
}

/// What an assertion or registration is to say. Starts honest; each setter makes one thing different.
#[derive(Debug, Clone)]
pub struct AssertionPlan {
    ceremony: String,
    challenge: Vec<u8>,
    origin: String,
    cross_origin: Option<bool>,
    extra_members: String,
    whole_client_data: Option<Vec<u8>>,
    rp_id: String,
    flags: Flags,
    sign_count: u32,
    extra_data: Vec<u8>,
    user_handle: Option<Vec<u8>>,
}

impl AssertionPlan {
    /// An honest assertion.
    #[must_use]
    pub fn honest(challenge: &[u8], rp_id: &str, origin: &str) -> Self {
        Self {
            ceremony: "webauthn.get".into(),
            challenge: challenge.to_vec(),
            origin: origin.into(),
            cross_origin: Some(false),
            extra_members: String::new(),
            whole_client_data: None,
            rp_id: rp_id.into(),
            flags: Flags::VERIFIED,
            sign_count: 0,
            extra_data: Vec::new(),
            user_handle: None,
        }
    }

    /// Another `type` than `webauthn.get`.
    #[must_use]
    pub fn ceremony(self, ceremony: &str) -> Self {
        Self { ceremony: ceremony.into(), ..self }
    }

    /// Another challenge.
    #[must_use]
    pub fn challenge(self, challenge: &[u8]) -> Self {
        Self { challenge: challenge.to_vec(), ..self }
    }

    /// Another origin.
    #[must_use]
    pub fn origin(self, origin: &str) -> Self {
        Self { origin: origin.into(), ..self }
    }

    /// `crossOrigin` with this value, or left out.
    #[must_use]
    pub fn cross_origin(self, cross_origin: Option<bool>) -> Self {
        Self { cross_origin, ..self }
    }

    /// JSON text that is put before the closing brace, for example `,"topOrigin":"https://evil.example"`.
    #[must_use]
    pub fn extra_members(self, json: &str) -> Self {
        Self { extra_members: json.into(), ..self }
    }

    /// These bytes in place of all client data.
    #[must_use]
    pub fn whole_client_data(self, bytes: &[u8]) -> Self {
        Self { whole_client_data: Some(bytes.to_vec()), ..self }
    }

    /// Another RP ID in the authenticator data.
    #[must_use]
    pub fn rp_id(self, rp_id: &str) -> Self {
        Self { rp_id: rp_id.into(), ..self }
    }

    /// Other flags.
    #[must_use]
    pub fn flags(self, flags: u8) -> Self {
        Self { flags: Flags(flags), ..self }
    }

    /// This signature counter.
    #[must_use]
    pub fn sign_count(self, sign_count: u32) -> Self {
        Self { sign_count, ..self }
    }

    /// Bytes after the authenticator data; the flags do not follow by themselves.
    #[must_use]
    pub fn extra_authenticator_data(self, bytes: &[u8]) -> Self {
        Self { extra_data: bytes.to_vec(), ..self }
    }

    /// This user handle in the answer.
    #[must_use]
    pub fn user_handle(self, handle: &[u8]) -> Self {
        Self { user_handle: Some(handle.to_vec()), ..self }
    }

    fn client_data_json(&self) -> Vec<u8> {
        if let Some(whole) = &self.whole_client_data {
            return whole.clone();
        }
        // WebAuthn Level 3 5.8.1.1: members in this order, without spaces.
        let cross_origin = self.cross_origin.map(|value| format!(",\"crossOrigin\":{value}")).unwrap_or_default();
        format!(
            "{{\"type\":{},\"challenge\":\"{}\",\"origin\":{}{cross_origin}{}}}",
            quoted(&self.ceremony),
            Base64UrlUnpadded::encode_string(&self.challenge),
            quoted(&self.origin),
            self.extra_members,
        )
        .into_bytes()
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(self.flags.0);
        data.extend(self.sign_count.to_be_bytes());
        data.extend(&self.extra_data);
        data
    }
}

/// A P-256 key that signs what it is told to.
pub struct RawAuthenticator {
    pair: EcdsaKeyPair,
    credential_id: Vec<u8>,
}

impl RawAuthenticator {
    /// A new key under this credential id.
    ///
    /// # Panics
    /// If the cryptographic library cannot make a key.
    #[must_use]
    pub fn new(credential_id: &[u8]) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a P-256 key can be made");
        Self { pair, credential_id: credential_id.to_vec() }
    }

    /// The credential id.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        &self.credential_id
    }

    /// The public key as COSE_Key, in the order of CTAP2 canonical CBOR.
    #[must_use]
    pub fn public_key(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }

    /// An assertion that says what `plan` says.
    ///
    /// # Panics
    /// If the cryptographic library cannot sign.
    #[must_use]
    pub fn assert(&self, plan: &AssertionPlan) -> Assertion {
        let (client_data_json, authenticator_data) = (plan.client_data_json(), plan.authenticator_data());
        let signature = self.sign(&authenticator_data, &client_data_json);
        let user_handle = plan.user_handle.clone();
        let credential_id = self.credential_id.clone();
        Assertion { credential_id, client_data_json, authenticator_data, signature, user_handle }
    }

    /// A registration that says what `plan` says, with the attestation format "none". The type becomes `webauthn.create` and the
    /// flag AT is set, unless the plan was changed on those points.
    #[must_use]
    pub fn register(&self, plan: &AssertionPlan) -> Registration {
        let mut plan = plan.clone();
        if plan.ceremony == "webauthn.get" {
            plan.ceremony = "webauthn.create".into();
        }
        if plan.flags == Flags::VERIFIED {
            plan.flags = Flags(Flags::VERIFIED.0 | Flags::AT);
        }
        let mut attested = vec![0; 16];
        attested.extend((self.credential_id.len() as u16).to_be_bytes());
        attested.extend(&self.credential_id);
        attested.extend(self.public_key());
        attested.append(&mut plan.extra_data);
        plan.extra_data = attested;
        let authenticator_data = plan.authenticator_data();
        Registration {
            client_data_json: plan.client_data_json(),
            attestation_object: attestation_object(&authenticator_data),
            credential_id: self.credential_id.clone(),
            public_key: self.public_key(),
            authenticator_data,
        }
    }

    /// Signs any two byte strings the way WebAuthn Level 3 6.3.3 does.
    ///
    /// # Panics
    /// If the cryptographic library cannot sign.
    #[must_use]
    pub fn sign(&self, authenticator_data: &[u8], client_data_json: &[u8]) -> Vec<u8> {
        let message = signed_bytes(authenticator_data, client_data_json);
        self.pair.sign(&SystemRandom::new(), &message).expect("a P-256 key can sign").as_ref().to_vec()
    }
}

fn signed_bytes(authenticator_data: &[u8], client_data_json: &[u8]) -> Vec<u8> {
    [authenticator_data, digest(&SHA256, client_data_json).as_ref()].concat()
}

/// {"fmt": "none", "attStmt": {}, "authData": bytes} in CBOR.
fn attestation_object(authenticator_data: &[u8]) -> Vec<u8> {
    let mut object = vec![0xa3];
    object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x59");
    object.extend((authenticator_data.len() as u16).to_be_bytes());
    object.extend(authenticator_data);
    object
}

/// WebAuthn Level 3 5.8.1.2 (CCDToString), as far as tests need it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether an assertion is signed by the P-256 key in `cose_key` (ES256, members in the order of [`RawAuthenticator::public_key`]).
#[must_use]
pub fn verify_es256(cose_key: &[u8], assertion: &Assertion) -> bool {
    let (Some(x), Some(y)) = (cose_key.get(10..42), cose_key.get(45..77)) else {
        return false;
    };
    let point = [&[4], x, y].concat();
    let message = signed_bytes(&assertion.authenticator_data, &assertion.client_data_json);
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(&message, &assertion.signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use passkey::types::ctap2::AuthenticatorData;

    fn plan() -> AssertionPlan {
        AssertionPlan::honest(&[1; 32], "localhost", "http://localhost:1")
    }

    #[test]
    fn an_honest_plan_gives_what_a_browser_would_send() {
        let authenticator = RawAuthenticator::new(b"id");
        let assertion = authenticator.assert(&plan().sign_count(5));
        assert!(verify_es256(&authenticator.public_key(), &assertion));
        let expected = format!(
            r#"{{"type":"webauthn.get","challenge":"{}","origin":"http://localhost:1","crossOrigin":false}}"#,
            Base64UrlUnpadded::encode_string(&[1; 32])
        );
        assert_eq!(String::from_utf8(assertion.client_data_json).unwrap(), expected);
        assert_eq!(assertion.authenticator_data[32..], [0x05, 0, 0, 0, 5]);
    }

    #[test]
    fn a_registration_is_read_by_another_implementation() {
        let authenticator = RawAuthenticator::new(&[3; 20]);
        let registration = authenticator.register(&plan());
        let read = AuthenticatorData::from_slice(&registration.authenticator_data).unwrap();
        assert_eq!(read.attested_credential_data.unwrap().credential_id(), &[3; 20]);
        assert!(registration.client_data_json.starts_with(br#"{"type":"webauthn.create""#));
        assert!(registration.attestation_object.ends_with(&registration.authenticator_data));
    }

    #[test]
    fn a_changed_assertion_does_not_verify() {
        let authenticator = RawAuthenticator::new(b"id");
        let mut assertion = authenticator.assert(&plan());
        assertion.authenticator_data[32] ^= Flags::UV;
        assert!(!verify_es256(&authenticator.public_key(), &assertion));
    }

    #[test]
    fn each_setter_changes_what_it_says() {
        let json = |plan: AssertionPlan| String::from_utf8(plan.client_data_json()).unwrap();
        assert!(json(plan().origin("http://evil.example")).contains(r#""origin":"http://evil.example""#));
        assert!(json(plan().cross_origin(Some(true))).contains(r#""crossOrigin":true"#));
        assert!(!json(plan().cross_origin(None)).contains("crossOrigin"));
        assert!(json(plan().extra_members(r#","x":1"#)).ends_with(r#","x":1}"#));
        assert!(json(plan().ceremony("webauthn.create")).contains(r#""type":"webauthn.create""#));
        assert_eq!(json(plan().whole_client_data(b"{}")), "{}");
        assert_ne!(plan().rp_id("b").authenticator_data(), plan().authenticator_data());
        assert_eq!(plan().flags(0).authenticator_data()[32], 0);
    }
}
