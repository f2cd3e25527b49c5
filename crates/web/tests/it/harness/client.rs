//! A CSC client: pushes requests, exchanges codes, calls the API. Every step can be taken apart by a test.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use ssa::TicketId;

use super::{Answer, Person, SIGNING, World};

/// The verifier that all clients use; its challenge is that of RFC 7636 appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Parameters of a form; a later pair with the same name takes the place of an earlier one.
pub type Parameters = Vec<(String, String)>;

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub secret: String,
    pub redirect_uri: String,
}

/// An access token, with what it was given for.
#[derive(Debug, Clone)]
pub struct Token {
    pub text: String,
    pub hashes: Vec<[u8; 32]>,
}

impl Client {
    /// The client `name`; all worlds know `a` and `b`.
    pub fn new(name: &str) -> Self {
        Self {
            id: format!("client-{name}"),
            name: format!("Client {}", name.to_uppercase()),
            secret: format!("the-secret-of-client-{name}-0123456789abcdef"),
            redirect_uri: format!("http://localhost:9000/{name}/callback"),
        }
    }

    /// Parameters of a pushed request of scope `service`.
    pub fn service_request(&self) -> Parameters {
        parameters(&[
            ("response_type", "code"),
            ("redirect_uri", &self.redirect_uri),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", "service"),
            ("state", "the state"),
        ])
    }

    /// Parameters of a pushed request to sign.
    pub fn sign_request(&self, credential_id: &str, hashes: &[[u8; 32]]) -> Parameters {
        let mut parameters = without(self.service_request(), "scope");
        parameters.push(("authorization_details".into(), json!([details(credential_id, hashes)]).to_string()));
        parameters
    }

    /// Sends a form with HTTP Basic.
    pub async fn post(&self, world: &World, path: &str, parameters: &Parameters) -> Answer {
        let request = form_request(path, parameters).header(header::AUTHORIZATION, self.basic());
        Answer::of(&world.portal, request.body(Body::from(encode(parameters))).unwrap()).await
    }

    /// The `Authorization` header with this client's secret.
    pub fn basic(&self) -> String {
        format!("Basic {}", Base64::encode_string(format!("{}:{}", self.id, self.secret).as_bytes()))
    }

    /// Pushes a request that is good, and gives the address for the browser.
    pub async fn pushed(&self, world: &World, parameters: &Parameters) -> String {
        let answer = self.post(world, "/oauth2/pushed_authorize", parameters).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        self.authorize_path(answer.json()["request_uri"].as_str().unwrap())
    }

    /// The address of the authorization endpoint for a pushed request.
    pub fn authorize_path(&self, request_uri: &str) -> String {
        let query = encode(&parameters(&[("client_id", &self.id), ("request_uri", request_uri)]));
        format!("/oauth2/authorize?{query}")
    }

    /// A code of scope `service` from `person`.
    pub async fn service_code(&self, world: &World, person: &Person) -> String {
        let address = self.pushed(world, &self.service_request()).await;
        let question = person.browser.get(world, &address).await.location().to_owned();
        let answer = person.browser.submit(world, &question, "decision=allow").await;
        answer.location_parameter("code").unwrap_or_else(|| panic!("{}", answer.location()))
    }

    /// A code for signing `hashes`, approved by `person`.
    pub async fn sign_code(&self, world: &World, person: &Person, hashes: &[[u8; 32]]) -> String {
        let request = self.sign_request(person.credential_id.as_str(), hashes);
        self.approved_code(world, person, &request).await
    }

    /// A code for the pushed request `parameters`, approved by `person`.
    pub async fn approved_code(&self, world: &World, person: &Person, parameters: &Parameters) -> String {
        let address = self.pushed(world, parameters).await;
        let answer = person.browser.get(world, &address).await;
        let approval = person.approve(world, &ticket_of(&answer)).await;
        let answer = person.browser.get(world, &approval.return_to).await;
        answer.location_parameter("code").unwrap_or_else(|| panic!("{}", answer.location()))
    }

    /// Exchanges a code, as it should be done.
    pub async fn exchange(&self, world: &World, code: &str) -> Answer {
        self.post(world, "/oauth2/token", &self.exchange_request(code)).await
    }

    /// Parameters of a good exchange.
    pub fn exchange_request(&self, code: &str) -> Parameters {
        parameters(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ])
    }

    /// A token of scope `service` from `person`.
    pub async fn service_token(&self, world: &World, person: &Person) -> Token {
        let code = self.service_code(world, person).await;
        token(self.exchange(world, &code).await, &[])
    }

    /// A token to sign `hashes`, approved by `person`.
    pub async fn sign_token(&self, world: &World, person: &Person, hashes: &[[u8; 32]]) -> Token {
        let code = self.sign_code(world, person, hashes).await;
        token(self.exchange(world, &code).await, hashes)
    }
}

impl Token {
    /// Calls a method of the API with this token.
    pub async fn call(&self, world: &World, method: &str, body: &Value) -> Answer {
        call_with(world, &format!("Bearer {}", self.text), method, &body.to_string()).await
    }

    /// Asks for signatures over `hashes` with `credential_id`.
    pub async fn sign(&self, world: &World, credential_id: &str, hashes: &[[u8; 32]]) -> Answer {
        self.call(world, "signatures/signHash", &sign_body(credential_id, hashes)).await
    }
}

/// Body of a request to sign.
pub fn sign_body(credential_id: &str, hashes: &[[u8; 32]]) -> Value {
    json!({
        "credentialID": credential_id,
        "hashes": hashes.iter().map(|hash| Base64::encode_string(hash)).collect::<Vec<_>>(),
        "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
        "signAlgo": "1.2.840.10045.4.3.2",
    })
}

/// An `authorization_details` object.
pub fn details(credential_id: &str, hashes: &[[u8; 32]]) -> Value {
    let digests = hashes.iter().zip(1..).map(
        |(hash, number)| json!({ "hash": Base64::encode_string(hash), "label": format!("document {number}.pdf") }),
    );
    json!({
        "type": "credential",
        "credentialID": credential_id,
        "documentDigests": digests.collect::<Vec<_>>(),
        "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
    })
}

/// Calls a method of the API with any `Authorization` header and any body.
pub async fn call_with(world: &World, authorization: &str, method: &str, body: &str) -> Answer {
    let request = Request::post(format!("/csc/v2/{method}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, authorization)
        .body(Body::from(body.to_owned()))
        .unwrap();
    Answer::of(&world.portal, request).await
}

/// Sends a form without client authentication in the header.
pub async fn post_form(world: &World, path: &str, parameters: &Parameters) -> Answer {
    Answer::of(&world.portal, form_request(path, parameters).body(Body::from(encode(parameters))).unwrap()).await
}

/// The ticket in the address of the signing page.
pub fn ticket_of(answer: &Answer) -> TicketId {
    let address = answer.location();
    assert!(address.starts_with(SIGNING), "{address}");
    address.split_once('#').unwrap().1.parse().unwrap()
}

/// Pairs as parameters.
pub fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// `parameters` with another value for `name`.
pub fn with(parameters: Parameters, name: &str, value: &str) -> Parameters {
    let mut parameters = without(parameters, name);
    parameters.push((name.to_owned(), value.to_owned()));
    parameters
}

/// `parameters` without `name`.
pub fn without(mut parameters: Parameters, name: &str) -> Parameters {
    parameters.retain(|(known, _)| known != name);
    parameters
}

fn token(answer: Answer, hashes: &[[u8; 32]]) -> Token {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    Token { text: answer.json()["access_token"].as_str().unwrap().to_owned(), hashes: hashes.to_vec() }
}

fn form_request(path: &str, _: &Parameters) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn encode(parameters: &Parameters) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish()
}
