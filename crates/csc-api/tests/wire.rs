//! The JSON of every message, as stored snapshots, and the answers to requests that are not well formed.

use csc_api::oauth::authorization_details::{AuthorizationDetail, DetailType, DocumentDigest};
use csc_api::oauth::pushed_authorize::{PushedAuthorizationRequest, PushedAuthorizationResponse, RequestedScope};
use csc_api::oauth::revoke::RevokeRequest;
use csc_api::oauth::token::{TokenRequest, TokenResponse};
use csc_api::v2::credentials::info::{
    AuthInfo, CertificateInfo, CertificateStatus, Certificates, CredentialInfo, CredentialInfoRequest, KeyInfo,
    KeyStatus,
};
use csc_api::v2::credentials::list::{CredentialListRequest, CredentialListResponse};
use csc_api::v2::info::{InfoRequest, InfoResponse, SPECS, SignAlgorithms, SignatureFormats};
use csc_api::v2::signatures::sign_hash::{SignHashRequest, SignHashResponse};
use csc_api::v2::signatures::timestamp::{TimestampRequest, TimestampResponse};
use csc_api::{Binary, CscError, ErrorCode, algorithm, form::Form};
use proptest::prelude::*;

const HASH: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const HASH_URL: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

fn hash() -> Binary {
    Binary((0..32).collect())
}

fn credential() -> CredentialInfo {
    CredentialInfo {
        credential_id: None,
        description: Some("a credential".into()),
        signature_qualifier: None,
        key: KeyInfo {
            status: KeyStatus::Enabled,
            algo: vec![algorithm::ECDSA_WITH_SHA256.into()],
            len: 256,
            curve: Some(algorithm::CURVE_P256.into()),
        },
        cert: CertificateInfo {
            status: Some(CertificateStatus::Valid),
            certificates: Some(vec![Binary(vec![0x30, 0])]),
            issuer_dn: Some("CN=issuer".into()),
            serial_number: Some("0a".into()),
            subject_dn: Some("CN=subject".into()),
            valid_from: Some("20260101000000Z".into()),
            valid_to: Some("20270101000000Z".into()),
        },
        auth: AuthInfo { mode: "oauth2code".into(), expression: None, objects: vec![] },
        scal: Some("2".into()),
        multisign: 100,
        lang: None,
    }
}

fn detail() -> AuthorizationDetail {
    AuthorizationDetail {
        detail_type: DetailType::Credential,
        credential_id: "Y3JlZA".into(),
        num_signatures: Some(1),
        document_digests: vec![DocumentDigest { hash: hash(), label: Some("契約書.pdf".into()), hash_type: None }],
        hash_algorithm_oid: algorithm::SHA256.into(),
        ..AuthorizationDetail::default()
    }
}

#[test]
fn answers_have_the_members_of_the_specification() {
    let info = InfoResponse {
        specs: SPECS.into(),
        name: "name".into(),
        logo: "http://localhost/logo.png".into(),
        region: "JP".into(),
        lang: "en".into(),
        description: "what it is".into(),
        auth_type: vec!["oauth2code".into()],
        oauth2: Some("http://localhost".into()),
        oauth2_issuer: None,
        asynchronous_operation_mode: false,
        methods: vec!["credentials/list".into()],
        sign_algorithms: SignAlgorithms { algos: vec![algorithm::ECDSA_WITH_SHA256.into()], algo_params: vec![] },
        signature_formats: SignatureFormats::default(),
        conformance_levels: vec![],
    };
    insta::assert_json_snapshot!("info", info);
    insta::assert_json_snapshot!("credential_info", credential());
    let list = CredentialListResponse {
        credential_ids: vec!["Y3JlZA".into()],
        credential_infos: Some(vec![CredentialInfo { credential_id: Some("Y3JlZA".into()), ..credential() }]),
        only_valid: Some(true),
    };
    insta::assert_json_snapshot!("credential_list", list);
    insta::assert_json_snapshot!(
        "sign_hash",
        SignHashResponse { signatures: vec![Binary(vec![0xfb, 0xff])], receipts: None }
    );
    insta::assert_json_snapshot!("timestamp", TimestampResponse { timestamp: Binary(vec![0x30, 0]) });
    let token = TokenResponse {
        access_token: "opaque".into(),
        token_type: "Bearer".into(),
        expires_in: 300,
        scope: Some("credential".into()),
        credential_id: Some("Y3JlZA".into()),
        authorization_details: Some(vec![detail()]),
    };
    insta::assert_json_snapshot!("token", token);
    insta::assert_json_snapshot!(
        "pushed",
        PushedAuthorizationResponse { request_uri: "urn:ietf:params:oauth:request_uri:x".into(), expires_in: 90 }
    );
    insta::assert_json_snapshot!("error", CscError::hash_not_authorized());
}

#[test]
fn requests_that_a_client_writes_are_read_back_the_same() {
    let info = InfoRequest { lang: Some("ja".into()) };
    assert_eq!(InfoRequest::from_json(&json(&info)), Ok(info));
    let list = CredentialListRequest { credential_info: true, only_valid: true, ..Default::default() };
    assert_eq!(CredentialListRequest::from_json(&json(&list)), Ok(list));
    let info = CredentialInfoRequest {
        credential_id: "Y3JlZA".into(),
        certificates: Certificates::Chain,
        cert_info: true,
        ..Default::default()
    };
    assert_eq!(CredentialInfoRequest::from_json(&json(&info)), Ok(info));
    let sign = SignHashRequest {
        credential_id: "Y3JlZA".into(),
        hashes: vec![hash()],
        hash_algorithm_oid: Some(algorithm::SHA256.into()),
        sign_algo: algorithm::ECDSA_WITH_SHA256.into(),
        ..Default::default()
    };
    assert!(
        !String::from_utf8(json(&sign)).unwrap().contains("receipts"),
        "an extension is sent only where it is used"
    );
    assert_eq!(SignHashRequest::from_json(&json(&sign)), Ok(sign.clone()));
    let sign = SignHashRequest { receipts: true, ..sign };
    assert_eq!(SignHashRequest::from_json(&json(&sign)), Ok(sign));
    let timestamp = TimestampRequest {
        hash: hash(),
        hash_algo: algorithm::SHA256.into(),
        nonce: Some(vec![0, 0xff]),
        client_data: None,
    };
    assert_eq!(TimestampRequest::from_json(&json(&timestamp)), Ok(timestamp));
    let token = TokenRequest {
        code: "code".into(),
        redirect_uri: "http://localhost/cb?a=b&c".into(),
        code_verifier: "v".repeat(43),
        authorization_details: Some(detail()),
    };
    assert!(TokenRequest::from_form(&mut form(&token.to_parameters())) == Ok(token));
    for scope in [RequestedScope::Service, RequestedScope::Credential(detail())] {
        let pushed = PushedAuthorizationRequest {
            redirect_uri: "http://localhost/cb".into(),
            scope,
            code_challenge: "c".repeat(43),
            state: Some("a b&=%".into()),
            lang: Some("ja".into()),
            description: Some("契約".into()),
        };
        assert_eq!(PushedAuthorizationRequest::from_form(&mut form(&pushed.to_parameters())), Ok(pushed));
    }
}

#[test]
fn what_clients_in_the_field_send_is_read() {
    let sign = format!(
        r#"{{"credentialID":"c","hashes":["{HASH_URL}","{HASH}"],"signAlgo":"{}","SAD":null,"operationMode":"S",
            "signAlgoParams":null,"client_Data":"x","response_uri":null}}"#,
        algorithm::ECDSA_WITH_SHA256
    );
    assert_eq!(SignHashRequest::from_json(sign.as_bytes()).unwrap().hashes, [hash(), hash()]);
    let list = CredentialListRequest::from_json(br#"{"credentialInfo":"true","certInfo":"false","maxResults":20}"#);
    assert!(list.unwrap().credential_info);
    assert_eq!(InfoRequest::from_json(b""), Ok(InfoRequest::default()));
    let detail = format!(
        r#"[{{"type":"https://cloudsignatureconsortium.org/2025/credential","credentialID":"c","numSignatures":1,
            "documentDigests":[{{"hash":"{HASH_URL}","label":null,"hashType":"DTBSR"}}],"hashAlgorithmOID":"{}"}}]"#,
        algorithm::SHA256
    );
    let detail = AuthorizationDetail::from_json(&detail).unwrap();
    insta::assert_json_snapshot!("authorization_details_echo", detail);
}

#[test]
fn malformed_sign_hash_requests_get_the_sentences_of_the_specification() {
    let algo = algorithm::ECDSA_WITH_SHA256;
    let cases = [
        ("{".to_owned(), csc_api::error::MALFORMED),
        ("{}".into(), "Missing (or invalid type) string parameter credentialID"),
        (r#"{"credentialID":1}"#.into(), "Missing (or invalid type) string parameter credentialID"),
        (r#"{"credentialID":"c","SAD":1}"#.into(), "Missing (or invalid type) string parameter SAD"),
        (r#"{"credentialID":"c"}"#.into(), "Missing (or invalid type) array parameter hash"),
        (r#"{"credentialID":"c","hashes":"x"}"#.into(), "Missing (or invalid type) array parameter hash"),
        (r#"{"credentialID":"c","hashes":[1]}"#.into(), "Missing (or invalid type) array parameter hash"),
        (r#"{"credentialID":"c","hashes":[]}"#.into(), "Empty hash array"),
        (r#"{"credentialID":"c","hashes":["*"]}"#.into(), "Invalid Base64 hash string parameter"),
        (
            format!(r#"{{"credentialID":"c","hashes":["{HASH}"]}}"#),
            "Missing (or invalid type) string parameter signAlgo",
        ),
        (
            format!(r#"{{"credentialID":"c","hashes":["{HASH}"],"signAlgo":"{algo}","hashAlgorithmOID":1}}"#),
            "Missing (or invalid type) string parameter hashAlgorithmOID",
        ),
        (
            format!(r#"{{"credentialID":"c","hashes":["{HASH}"],"signAlgo":"{algo}","signAlgoParams":2}}"#),
            "Missing (or invalid type) string parameter signAlgoParams",
        ),
        (
            format!(r#"{{"credentialID":"c","hashes":["{HASH}"],"signAlgo":"{algo}","operationMode":"A"}}"#),
            "Invalid parameter operationMode",
        ),
        (
            format!(r#"{{"credentialID":"c","hashes":["{HASH}"],"signAlgo":"{algo}","clientData":[]}}"#),
            "Invalid parameter clientData",
        ),
    ];
    for (body, sentence) in cases {
        let error = SignHashRequest::from_json(body.as_bytes()).unwrap_err();
        assert_eq!((error.status, &error.code), (400, &ErrorCode::InvalidRequest), "{body}");
        assert_eq!(error.description, sentence, "{body}");
    }
}

#[test]
fn malformed_timestamp_requests_get_the_sentences_of_the_specification() {
    let sha = algorithm::SHA256;
    let cases = [
        ("{}".to_owned(), "Missing (or invalid type) string parameter hash"),
        (r#"{"hash":""}"#.into(), "Empty hash parameter"),
        (r#"{"hash":"*"}"#.into(), "Invalid Base64 hash string parameter"),
        (format!(r#"{{"hash":"{HASH}"}}"#), "Invalid parameter hashAlgo"),
        (format!(r#"{{"hash":"{HASH}","hashAlgo":"1.2.3"}}"#), "Invalid parameter hashAlgo"),
        (format!(r#"{{"hash":"AAAA","hashAlgo":"{sha}"}}"#), "Invalid digest value length"),
        (format!(r#"{{"hash":"{HASH}","hashAlgo":"{sha}","nonce":"xyz"}}"#), "Invalid parameter nonce"),
        (format!(r#"{{"hash":"{HASH}","hashAlgo":"{sha}","nonce":""}}"#), "Invalid parameter nonce"),
        (format!(r#"{{"hash":"{HASH}","hashAlgo":"{sha}","nonce":7}}"#), "Invalid parameter nonce"),
    ];
    for (body, sentence) in cases {
        assert_eq!(TimestampRequest::from_json(body.as_bytes()).unwrap_err().description, sentence, "{body}");
    }
}

#[test]
fn credential_requests_refuse_wrong_types_and_values() {
    let error = |body: &str| CredentialInfoRequest::from_json(body.as_bytes()).unwrap_err().description;
    assert_eq!(error("{}"), "Missing (or invalid type) string parameter credentialID");
    assert_eq!(error(r#"{"credentialID":"c","certificates":"all"}"#), "Invalid parameter certificates");
    assert_eq!(error(r#"{"credentialID":"c","certInfo":"on"}"#), "Invalid parameter certInfo");
    let error = CredentialListRequest::from_json(br#"{"userID":7}"#).unwrap_err();
    assert_eq!(error.description, "Invalid parameter userID");
}

#[test]
fn authorization_details_that_are_not_understood_in_full_are_refused() {
    let good = || {
        serde_json::json!([{ "type": "credential", "credentialID": "c", "hashAlgorithmOID": algorithm::SHA256,
            "documentDigests": [{ "hash": HASH }] }])
    };
    assert!(AuthorizationDetail::from_json(&good().to_string()).is_ok());
    type Edit = fn(&mut serde_json::Value);
    let edits: [(&str, Edit); 12] = [
        ("another type", |value| value[0]["type"] = "payment".into()),
        ("no type", |value| value[0]["type"] = serde_json::Value::Null),
        ("an unknown member", |value| value[0]["validUntil"] = 1.into()),
        ("an unknown member of a digest", |value| value[0]["documentDigests"][0]["signed_props"] = "x".into()),
        ("no credential", |value| value[0]["credentialID"] = serde_json::Value::Null),
        ("no algorithm", |value| value[0]["hashAlgorithmOID"] = 5.into()),
        ("no digests", |value| value[0]["documentDigests"] = serde_json::json!([])),
        ("a digest that is no object", |value| value[0]["documentDigests"][0] = HASH.into()),
        ("a hash of a document instead of the signed attributes", |value| {
            value[0]["documentDigests"][0]["hashType"] = "sodr".into()
        }),
        ("two objects", |value| {
            let first = value[0].clone();
            value.as_array_mut().unwrap().push(first)
        }),
        ("none", |value| value.as_array_mut().unwrap().clear()),
        ("no array", |value| *value = value[0].clone()),
    ];
    for (name, edit) in edits {
        let mut value = good();
        edit(&mut value);
        let error = AuthorizationDetail::from_json(&value.to_string()).expect_err(name);
        assert_eq!((error.status, error.code), (400, ErrorCode::InvalidAuthorizationDetails), "{name}");
    }
}

#[test]
fn number_of_signatures_is_the_number_of_hashes() {
    assert_eq!(detail().signatures(), Ok(1));
    assert_eq!(AuthorizationDetail { num_signatures: None, ..detail() }.signatures(), Ok(1));
    for wrong in [0, 2] {
        let detail = AuthorizationDetail { num_signatures: Some(wrong), ..detail() };
        assert_eq!(detail.signatures(), Err(CscError::invalid_num_signatures()));
    }
    let text = r#"[{"type":"credential","credentialID":"c","numSignatures":"1"}]"#;
    assert_eq!(AuthorizationDetail::from_json(text), Err(CscError::invalid_num_signatures()));
}

#[test]
fn pushed_requests_refuse_what_weakens_them() {
    let good: &[(&str, &str)] = &[
        ("response_type", "code"),
        ("redirect_uri", "http://localhost/cb"),
        ("code_challenge_method", "S256"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
    ];
    let with = |name: &'static str, value: Option<&str>| {
        let mut pairs: Vec<_> =
            good.iter().filter(|(known, _)| *known != name).map(|(name, value)| (*name, (*value).to_owned())).collect();
        pairs.extend(value.map(|value| (name, value.to_owned())));
        PushedAuthorizationRequest::from_form(&mut form(&pairs))
    };
    assert!(with("state", Some("s")).is_ok());
    let refused = [
        ("response_type", None, "Missing parameter response_type"),
        ("response_type", Some("token"), "The authorization server supports the response type code only."),
        ("redirect_uri", None, "Missing parameter redirect_uri"),
        ("code_challenge_method", None, "Invalid parameter code_challenge_method"),
        ("code_challenge_method", Some("plain"), "Invalid parameter code_challenge_method"),
        ("code_challenge", None, "Missing parameter code_challenge"),
        ("code_challenge", Some("short"), "Invalid parameter code_challenge"),
        ("request_uri", Some("urn:x"), "Invalid parameter request_uri"),
        ("scope", Some("admin"), "The requested scope is invalid, unknown, or malformed."),
        ("scope", Some("service credential"), "The requested scope is invalid, unknown, or malformed."),
        (
            "scope",
            Some("credential"),
            "scope credential needs authorization_details that name the credential and the hashes",
        ),
        ("state", Some(&"s".repeat(513)), "Invalid parameter state"),
        ("description", Some(&"d".repeat(501)), "Invalid parameter description"),
    ];
    for (name, value, sentence) in refused {
        assert_eq!(with(name, value).unwrap_err().description, sentence, "{name} {value:?}");
    }
}

#[test]
fn other_grant_types_than_a_code_are_refused() {
    let error = |grant: &str| {
        let pairs = [("grant_type", grant.to_owned())];
        TokenRequest::from_form(&mut form(&pairs)).err().unwrap()
    };
    assert_eq!(error("client_credentials").code, ErrorCode::UnsupportedGrantType);
    assert_eq!(error("refresh_token").code, ErrorCode::UnsupportedGrantType);
    assert_eq!(error("password"), CscError::invalid_parameter("grant_type"));
    assert_eq!(error("authorization_code"), CscError::missing_parameter("code"));
}

#[test]
fn revocation_needs_a_token_and_a_known_hint() {
    assert!(RevokeRequest::from_form(&mut form(&[])) == Err(CscError::missing_parameter("token")));
    let pairs = [("token", "t".to_owned()), ("token_type_hint", "id_token".to_owned())];
    assert!(RevokeRequest::from_form(&mut form(&pairs)) == Err(CscError::invalid_parameter("token_type_hint")));
}

#[test]
fn secrets_do_not_show_in_debug_texts() {
    let sign = SignHashRequest { sad: Some("hunter2".into()), ..Default::default() };
    let token = TokenRequest {
        code: "hunter2".into(),
        redirect_uri: String::new(),
        code_verifier: "hunter2".into(),
        authorization_details: None,
    };
    let revoke = RevokeRequest { token: "hunter2".into() };
    assert!(!format!("{sign:?}{token:?}{revoke:?}").contains("hunter2"));
}

#[test]
fn errors_of_other_services_are_read_with_their_own_codes() {
    let error: CscError = serde_json::from_str(r#"{"error":"invalid_otp","error_description":"x"}"#).unwrap();
    assert_eq!(error.code, ErrorCode::Other("invalid_otp".into()));
    let error: CscError = serde_json::from_str(r#"{"error":"access_denied"}"#).unwrap();
    assert_eq!(error.code, ErrorCode::AccessDenied);
}

proptest! {
    #[test]
    fn no_body_makes_a_parser_panic(body: Vec<u8>) {
        read_everything(&body);
    }

    #[test]
    fn no_json_object_makes_a_parser_panic(
        members in proptest::collection::btree_map(name(), value(), 0..8)
    ) {
        let value = serde_json::Value::Object(members.into_iter().collect());
        read_everything(value.to_string().as_bytes());
        let _ = AuthorizationDetail::from_json(&serde_json::json!([value]).to_string());
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("credentialID".to_owned()),
        Just("hashes".to_owned()),
        Just("hash".to_owned()),
        Just("hashAlgo".to_owned()),
        Just("nonce".to_owned()),
        Just("type".to_owned()),
        Just("documentDigests".to_owned()),
        Just("numSignatures".to_owned()),
        "[a-zA-Z]{0,12}",
    ]
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(|number| serde_json::json!(number)),
        any::<i64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            proptest::collection::btree_map(name(), inner, 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

fn read_everything(body: &[u8]) {
    let _ = InfoRequest::from_json(body);
    let _ = CredentialListRequest::from_json(body);
    let _ = CredentialInfoRequest::from_json(body);
    let _ = SignHashRequest::from_json(body);
    let _ = TimestampRequest::from_json(body);
    if let Ok(mut form) = Form::parse(body) {
        let _ = PushedAuthorizationRequest::from_form(&mut form.clone());
        let _ = TokenRequest::from_form(&mut form.clone());
        let _ = RevokeRequest::from_form(&mut form);
    }
    if let Ok(text) = std::str::from_utf8(body) {
        let _ = AuthorizationDetail::from_json(text);
    }
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn form(parameters: &[(&'static str, String)]) -> Form {
    let escape = |text: &str| text.bytes().map(|octet| format!("%{octet:02X}")).collect::<String>();
    let pairs: Vec<_> = parameters.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    Form::parse(pairs.join("&").as_bytes()).unwrap()
}

#[test]
fn receipts_are_left_out_unless_there_are_some_and_an_answer_without_them_is_read() {
    let plain = SignHashResponse { signatures: vec![Binary(vec![1])], receipts: None };
    assert_eq!(serde_json::to_string(&plain).unwrap(), r#"{"signatures":["AQ=="]}"#);
    assert_eq!(serde_json::from_str::<SignHashResponse>(r#"{"signatures":["AQ=="]}"#).unwrap(), plain);
    let with = SignHashResponse { receipts: Some(vec![Binary(b"c2".to_vec())]), ..plain };
    let text = r#"{"signatures":["AQ=="],"receipts":["YzI="]}"#;
    assert_eq!(serde_json::to_string(&with).unwrap(), text);
    assert_eq!(serde_json::from_str::<SignHashResponse>(text).unwrap(), with);
    let wrong = r#"{"credentialID":"c","hashes":["AQ=="],"signAlgo":"1.2","receipts":1}"#;
    assert_eq!(SignHashRequest::from_json(wrong.as_bytes()).unwrap_err().description, "Invalid parameter receipts");
}
