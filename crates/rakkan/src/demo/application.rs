//! The demo's CSC client: a contract application that has a PDF signed through the public API. CSC API 2.0.0.2.

use ades::AdesLevel;
use ades::crypto::{AwsLc, SignatureAlgorithm};
use ades::pades::{PreparedPdf, SignatureParameters, SignatureValue, prepare, timestamp_imprint};
use ades::pdf::Source;
use ades::tsp::{Nonce, TimestampToken};
use ades::x509::Certificate;
use anyhow::{Context, ensure};
use connectors::csc::{ClientIdentity, CscClient, Pkce, RedirectAnswer};
use connectors::http::HttpClient;
use csc_api::Binary;
use csc_api::oauth::authorization_details::{AuthorizationDetail, DetailType, DocumentDigest};
use csc_api::oauth::pushed_authorize::{PushedAuthorizationRequest, RequestedScope};
use csc_api::oauth::token::TokenRequest;
use csc_api::v2::credentials::info::{Certificates, CredentialInfo, CredentialInfoRequest};
use csc_api::v2::credentials::list::CredentialListRequest;
use csc_api::v2::signatures::sign_hash::SignHashRequest;
use csc_api::v2::signatures::timestamp::TimestampRequest;

use super::person::Person;
use super::setup::{CLIENT_ID, REDIRECT_URI};

/// SHA-256.
pub const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// ECDSA with SHA-256.
pub const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
/// RSASSA-PKCS1-v1_5 with SHA-256.
pub const RSA_SHA256: &str = "1.2.840.113549.1.1.11";

/// The client and its service token.
pub struct Application {
    client: CscClient,
    service_token: String,
}

/// A credential as `credentials/info` describes it.
pub struct RemoteCredential {
    /// `credentialID`.
    pub id: String,
    /// The signature algorithm that is used.
    pub algorithm: String,
    /// Certificate of the signer first, then those above it.
    pub chain: Vec<Certificate>,
}

/// One signature as `signatures/signHash` gives it.
pub struct Signed {
    /// The signature value.
    pub value: SignatureValue,
    /// Its receipt, text of a `.tlog-proof` file.
    pub receipt: String,
}

impl Application {
    /// Finds the service and gets a token of scope `service`, which the person allows.
    pub async fn connect(http: HttpClient, portal: &str, secret: String, person: &Person) -> anyhow::Result<Self> {
        let identity = ClientIdentity { id: CLIENT_ID.into(), secret: Some(secret) };
        let (client, _info) = CscClient::discover(http, &format!("{portal}/csc/v2"), identity).await?;
        let mut application = Self { client, service_token: String::new() };
        application.service_token = application.authorize(RequestedScope::Service, person).await?;
        Ok(application)
    }

    /// The first credential of the person that can sign.
    pub async fn credential(&self) -> anyhow::Result<RemoteCredential> {
        let list = self.client.list_credentials(&self.service_token, &CredentialListRequest::default()).await?;
        let id = list.credential_ids.first().context("the signer has no credential")?.clone();
        let request = CredentialInfoRequest {
            credential_id: id.clone(),
            certificates: Certificates::Chain,
            cert_info: true,
            auth_info: true,
            ..CredentialInfoRequest::default()
        };
        let info: CredentialInfo = self.client.credential_info(&self.service_token, &request).await?;
        let known = |algorithm: &&String| matches!(algorithm.as_str(), ECDSA_SHA256 | RSA_SHA256);
        let algorithm =
            info.key.algo.iter().find(known).context("the key is for no algorithm that the demo knows")?.clone();
        let certificates = info.cert.certificates.context("the service gave no certificate")?;
        let chain =
            certificates.iter().map(|der| Certificate::from_der(der.as_ref())).collect::<Result<Vec<_>, _>>()?;
        ensure!(!chain.is_empty(), "the service gave no certificate");
        Ok(RemoteCredential { id, algorithm, chain })
    }

    /// Prepares the document for a signature by `credential`.
    pub fn prepare(
        &self,
        document: &dyn Source,
        credential: &RemoteCredential,
        (root, level): (&Certificate, AdesLevel),
        now: u64,
    ) -> anyhow::Result<PreparedPdf> {
        let (signer, above) = credential.chain.split_first().context("the service gave no certificate")?;
        let above: Vec<_> = above.iter().filter(|one| *one != root).cloned().collect();
        let algorithm = match credential.algorithm.as_str() {
            ECDSA_SHA256 => SignatureAlgorithm::EcdsaSha256,
            _ => SignatureAlgorithm::RsaPkcs1Sha256,
        };
        let parameters = SignatureParameters::new(signer.clone(), algorithm, level, now).with_chain(above);
        Ok(prepare(document, &parameters)?)
    }

    /// Gets a token for exactly these hashes; the person approves them on the signing page.
    pub async fn approval(
        &self,
        credential: &RemoteCredential,
        hashes: &[(Vec<u8>, String)],
        person: &Person,
    ) -> anyhow::Result<String> {
        let digests = hashes.iter().map(|(hash, label)| DocumentDigest {
            hash: Binary(hash.clone()),
            label: Some(label.clone()),
            hash_type: None,
        });
        let detail = AuthorizationDetail {
            detail_type: DetailType::Credential,
            credential_id: credential.id.clone(),
            signature_qualifier: None,
            num_signatures: None,
            document_digests: digests.collect(),
            hash_algorithm_oid: SHA256.into(),
            locations: None,
        };
        self.authorize(RequestedScope::Credential(detail), person).await
    }

    /// `signatures/signHash` for approved hashes, with the receipts of the signing log.
    pub async fn sign(
        &self,
        credential: &RemoteCredential,
        token: &str,
        hashes: Vec<Vec<u8>>,
    ) -> anyhow::Result<Vec<Signed>> {
        let request = SignHashRequest {
            credential_id: credential.id.clone(),
            sad: None,
            hashes: hashes.into_iter().map(Binary).collect(),
            hash_algorithm_oid: Some(SHA256.into()),
            sign_algo: credential.algorithm.clone(),
            sign_algo_params: None,
            client_data: None,
            receipts: true,
        };
        let answer = self.client.sign_hash(token, &request).await?;
        let receipts = answer.receipts.context("signHash gave no receipts")?;
        ensure!(
            receipts.len() == answer.signatures.len(),
            "signHash gave another number of receipts than of signatures"
        );
        let pairs = answer.signatures.into_iter().zip(receipts);
        pairs
            .map(|(value, receipt)| Ok(Signed { value: value.0.into(), receipt: String::from_utf8(receipt.0)? }))
            .collect()
    }

    /// `signatures/timestamp` over a signature value.
    pub async fn timestamp(&self, value: &SignatureValue) -> anyhow::Result<TimestampToken> {
        let imprint = timestamp_imprint(value);
        let nonce = Nonce::from_bytes(&super::random::<8>()?);
        let request = TimestampRequest {
            hash: Binary(imprint.digest().to_vec()),
            hash_algo: SHA256.into(),
            nonce: Some(nonce.as_bytes().to_vec()),
            client_data: None,
        };
        let answer = self.client.timestamp(&self.service_token, &request).await?;
        let token = TimestampToken::from_der(answer.timestamp.as_ref())?;
        token.require_imprint_of(value.as_bytes())?;
        ensure!(token.info().nonce.as_ref() == Some(&nonce), "the time-stamp answers another request");
        token.verify(&[], &AwsLc)?;
        Ok(token)
    }

    /// PAR, the person's part, code, token. CSC 8.4; RFC 9126, RFC 7636.
    async fn authorize(&self, scope: RequestedScope, person: &Person) -> anyhow::Result<String> {
        let pkce = Pkce::from_random(&super::random()?);
        let state = super::random_text::<16>()?;
        let details = match &scope {
            RequestedScope::Service => None,
            RequestedScope::Credential(detail) => Some(detail.clone()),
        };
        let request = PushedAuthorizationRequest {
            redirect_uri: REDIRECT_URI.into(),
            scope,
            code_challenge: pkce.challenge(),
            state: Some(state.clone()),
            lang: None,
            description: None,
        };
        let pushed = self.client.push(&request).await?;
        let url = self.client.authorization_url(&pushed);
        let back = if details.is_some() { person.approve(&url).await? } else { person.consent(&url).await? };
        let answer = RedirectAnswer::read(&back, REDIRECT_URI, &state, self.client.issuer())?;
        let request = TokenRequest {
            code: answer.code,
            redirect_uri: REDIRECT_URI.into(),
            code_verifier: pkce.verifier().to_owned(),
            authorization_details: details,
        };
        Ok(self.client.token(&request).await?.access_token)
    }
}
