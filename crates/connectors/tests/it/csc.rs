//! The CSC client against a server that plays a script and notes what it was sent.

use crate::ground::http;
use connectors::csc::{ClientIdentity, CscClient, CscClientError, Pkce};
use csc_api::oauth::authorization_details::{AuthorizationDetail, DocumentDigest};
use csc_api::oauth::pushed_authorize::{PushedAuthorizationRequest, RequestedScope};
use csc_api::oauth::token::TokenRequest;
use csc_api::v2::credentials::list::CredentialListRequest;
use csc_api::v2::signatures::sign_hash::SignHashRequest;
use csc_api::v2::signatures::timestamp::TimestampRequest;
use csc_api::{Binary, ErrorCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use test_support::http::{LoopbackServer, Outcome, Received, StatusCode};

struct Service {
    server: LoopbackServer,
    seen: Arc<Mutex<Vec<Received>>>,
}

impl Service {
    /// `oauth` gives the members of `info` that name the authorization server.
    async fn start(oauth: impl Fn(&str) -> Value + Send + Sync + 'static) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, oauth) = (seen.clone(), Arc::new(oauth));
        let server = LoopbackServer::start(move |request: Received| {
            let host = request.headers()["host"].to_str().unwrap().to_owned();
            let (path, base) = (request.uri().path().to_owned(), format!("http://{host}"));
            noted.lock().unwrap().push(request);
            let (status, body) = answer(&path, &base, &*oauth);
            async move { Outcome::content(status, "application/json", body.to_string()) }
        });
        Self { server: server.await.unwrap(), seen }
    }

    async fn client(&self) -> Result<CscClient, CscClientError> {
        let identity = ClientIdentity { id: "demo client".into(), secret: Some("s:1".into()) };
        let base = format!("{}/csc/v2", self.server.url());
        CscClient::discover(http(), &base, identity).await.map(|(client, _)| client)
    }

    fn last(&self) -> (String, Option<String>, String) {
        let seen = self.seen.lock().unwrap();
        let request = seen.last().unwrap();
        let authorization = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
        (request.uri().path().to_owned(), authorization, String::from_utf8(request.body().to_vec()).unwrap())
    }
}

fn answer(path: &str, base: &str, oauth: &dyn Fn(&str) -> Value) -> (StatusCode, Value) {
    let good = |value| (StatusCode::OK, value);
    match path {
        "/csc/v2/info" => {
            let mut info = json!({
                "specs": "2.0.0.0", "name": "n", "logo": "l", "region": "JP", "lang": "ja", "description": "d",
                "authType": ["oauth2code"], "methods": [], "signAlgorithms": {"algos": [], "algoParams": []},
                "signature_formats": {"formats": [], "envelope_properties": []}, "conformance_levels": [],
                "asynchronousOperationMode": false
            });
            info.as_object_mut().unwrap().extend(oauth(base).as_object().unwrap().clone());
            good(info)
        }
        "/.well-known/oauth-authorization-server/as" => good(json!({
            "issuer": format!("{base}/as"), "authorization_endpoint": format!("{base}/as/authorize"),
            "token_endpoint": format!("{base}/as/token"),
            "pushed_authorization_request_endpoint": format!("{base}/as/par"),
            "require_pushed_authorization_requests": true, "scopes_supported": [], "response_types_supported": ["code"],
            "response_modes_supported": [], "grant_types_supported": [], "token_endpoint_auth_methods_supported": [],
            "revocation_endpoint_auth_methods_supported": [], "code_challenge_methods_supported": ["S256"],
            "authorization_details_types_supported": ["credential"]
        })),
        "/as/par" | "/oauth2/pushed_authorize" => {
            (StatusCode::CREATED, json!({"request_uri": "urn:x:1", "expires_in": 60}))
        }
        "/as/token" | "/oauth2/token" => good(json!({"access_token": "t", "token_type": "Bearer", "expires_in": 300})),
        "/csc/v2/signatures/signHash" => good(json!({"signatures": ["AQID"], "receipts": ["YzI="]})),
        "/csc/v2/signatures/timestamp" => (
            StatusCode::BAD_REQUEST,
            json!({"error": "invalid_request", "error_description": "Invalid parameter nonce"}),
        ),
        "/csc/v2/credentials/list" => (StatusCode::UNAUTHORIZED, json!({"error": "invalid_token"})),
        _ => (StatusCode::NOT_FOUND, json!([])),
    }
}

fn below(base: &str) -> Value {
    json!({"oauth2": base})
}

fn by_issuer(base: &str) -> Value {
    json!({"oauth2Issuer": format!("{base}/as")})
}

fn pushed_request(pkce: &Pkce) -> PushedAuthorizationRequest {
    PushedAuthorizationRequest {
        redirect_uri: "http://127.0.0.1:9/cb".into(),
        scope: RequestedScope::Credential(AuthorizationDetail {
            credential_id: "cred".into(),
            document_digests: vec![DocumentDigest {
                hash: Binary(vec![0xfb; 32]),
                label: Some("契約書.pdf".into()),
                hash_type: None,
            }],
            hash_algorithm_oid: csc_api::algorithm::SHA256.into(),
            ..AuthorizationDetail::default()
        }),
        code_challenge: pkce.challenge(),
        state: Some("s1".into()),
        lang: None,
        description: None,
    }
}

fn token_request(pkce: &Pkce) -> TokenRequest {
    TokenRequest {
        code: "c".into(),
        redirect_uri: "http://127.0.0.1:9/cb".into(),
        code_verifier: pkce.verifier().into(),
        authorization_details: None,
    }
}

fn fields(form: &str) -> std::collections::BTreeMap<String, String> {
    url::form_urlencoded::parse(form.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn a_pushed_request_carries_pkce_details_and_client_authentication() {
    for (oauth, path) in [(below as fn(&str) -> Value, "/oauth2/pushed_authorize"), (by_issuer, "/as/par")] {
        let service = Service::start(oauth).await;
        let client = service.client().await.unwrap();
        let pkce = Pkce::from_random(&[3; 32]);
        let pushed = client.push(&pushed_request(&pkce)).await.unwrap();
        let (asked, authorization, body) = service.last();
        assert_eq!(asked, path);
        // "demo client" and "s:1", form-encoded before base64 (RFC 6749 2.3.1).
        assert_eq!(authorization.as_deref(), Some("Basic ZGVtbytjbGllbnQ6cyUzQTE="));
        let sent = fields(&body);
        assert_eq!(sent["code_challenge"], pkce.challenge());
        assert_eq!(sent["code_challenge_method"], "S256");
        assert_eq!(sent["client_id"], "demo client");
        assert!(!body.contains(pkce.verifier()));
        let details: Value = serde_json::from_str(&sent["authorization_details"]).unwrap();
        assert_eq!(details[0]["documentDigests"][0]["label"], "契約書.pdf");
        let url = client.authorization_url(&pushed);
        assert!(url.ends_with("/authorize?client_id=demo+client&request_uri=urn%3Ax%3A1"), "{url}");
    }
}

#[tokio::test]
async fn a_code_is_redeemed_with_the_verifier_and_the_token_is_sent_as_bearer() {
    let service = Service::start(by_issuer).await;
    let client = service.client().await.unwrap();
    assert_eq!(client.issuer(), Some(format!("{}/as", service.server.url()).as_str()));
    let pkce = Pkce::from_random(&[3; 32]);
    let token = client.token(&token_request(&pkce)).await.unwrap();
    let (path, _, body) = service.last();
    assert_eq!((path.as_str(), &fields(&body)["code_verifier"]), ("/as/token", &pkce.verifier().to_owned()));
    let request = SignHashRequest {
        credential_id: "cred".into(),
        hashes: vec![Binary(vec![1; 32])],
        sign_algo: csc_api::algorithm::ECDSA_WITH_SHA256.into(),
        ..SignHashRequest::default()
    };
    let signed = client.sign_hash(&token.access_token, &request).await.unwrap();
    assert_eq!(signed.signatures, [Binary(vec![1, 2, 3])]);
    let (path, authorization, _) = service.last();
    assert_eq!((path.as_str(), authorization.as_deref()), ("/csc/v2/signatures/signHash", Some("Bearer t")));
    let request = SignHashRequest { receipts: true, ..request };
    let signed = client.sign_hash(&token.access_token, &request).await.unwrap();
    assert_eq!(signed.receipts, Some(vec![Binary(b"c2".to_vec())]));
    let sent: Value = serde_json::from_str(&service.last().2).unwrap();
    assert_eq!(sent["receipts"], true);
}

#[tokio::test]
async fn a_refusal_keeps_code_sentence_and_status() {
    let service = Service::start(below).await;
    let client = service.client().await.unwrap();
    let request = TimestampRequest {
        hash: Binary(vec![0; 32]),
        hash_algo: csc_api::algorithm::SHA256.into(),
        ..Default::default()
    };
    let error = client.timestamp("t", &request).await.unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!((refusal.status, &refusal.code), (400, &ErrorCode::InvalidRequest));
    assert_eq!(refusal.description, "Invalid parameter nonce");
    let error = client.list_credentials("secret-token", &CredentialListRequest::default()).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().status, 401);
    assert!(!format!("{error} {error:?}").contains("secret-token"));
}

#[tokio::test]
async fn an_error_without_a_csc_body_keeps_its_status() {
    let service = Service::start(below).await;
    let client = service.client().await.unwrap();
    let error = client.credential_info("t", &Default::default()).await.unwrap_err();
    assert!(matches!(error, CscClientError::Status { call: "credentials/info", status: 404 }), "{error}");
}

#[tokio::test]
async fn a_service_without_or_with_a_foreign_authorization_server_is_refused() {
    let none = Service::start(|_| json!({})).await;
    assert!(matches!(none.client().await.err().unwrap(), CscClientError::NoAuthorizationServer));
    // The metadata at the right place name an issuer with another spelling.
    let foreign = Service::start(|base| json!({"oauth2Issuer": format!("{base}/as/")})).await;
    assert!(matches!(foreign.client().await.err().unwrap(), CscClientError::NoAuthorizationServer));
}
