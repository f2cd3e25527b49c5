//! One run against one service: consent, credential, approval, signature values.

use ades::Oid;
use ades::crypto::SignatureAlgorithm;
use ades::pades::SignatureValue;
use ades::x509::Certificate;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64ct::{Base64UrlUnpadded, Encoding};
use connectors::csc::{ClientIdentity, CscClient, CscClientError, Pkce};
use connectors::http::{HttpClient, HttpPolicy, Loopback};
use csc_api::oauth::authorization_details::{AuthorizationDetail, DetailType, DocumentDigest};
use csc_api::oauth::pushed_authorize::{PushedAuthorizationRequest, RequestedScope};
use csc_api::oauth::token::{TokenRequest, TokenResponse};
use csc_api::v2::credentials::info::{Certificates, CredentialInfo, CredentialInfoRequest, KeyStatus};
use csc_api::v2::credentials::list::CredentialListRequest;
use csc_api::v2::signatures::sign_hash::SignHashRequest;
use csc_api::{Binary, ErrorCode};
use std::time::Duration;
use tokio::runtime::Runtime;
use url::Url;

use super::CscArgs;
use super::error::CscError;
use super::receiver::{Expected, Receiver};
use super::tokens::TokenFile;
use crate::language::Language;
use crate::moment::now;

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";

/// A connected client with a token of scope `service`.
pub struct Session {
    runtime: Runtime,
    client: CscClient,
    args: CscArgs,
    token: String,
}

/// A credential that can sign.
pub struct RemoteCredential {
    id: String,
    /// Its certificate.
    pub certificate: Certificate,
    /// Those above it, the root left out.
    pub chain: Vec<Certificate>,
    /// The algorithm that is used.
    pub algorithm: SignatureAlgorithm,
    /// `signAlgo` of it.
    sign_algo: String,
    /// Most hashes of one approval.
    pub at_once: usize,
}

impl Session {
    /// Finds the service and gets a token: one that was kept, or by the signer's consent in the browser.
    ///
    /// # Errors
    /// [`CscError`].
    pub fn connect(service: &str, args: &CscArgs) -> Result<Self, CscError> {
        let secret = match &args.csc_secret_file {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| CscError::Secret(path.clone(), error))?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
        };
        let base = base_of(service);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CscError::System)?;
        let http = http(&base)?;
        let identity = ClientIdentity { id: args.csc_client.clone(), secret };
        let (client, _) = runtime.block_on(CscClient::discover(http, &base, identity))?;
        let file = TokenFile::of(&base, &args.csc_client);
        let mut session = Self { runtime, client, args: args.clone(), token: String::new() };
        if let Some(token) = file.read(now()) {
            session.token = token;
            match session.list() {
                Ok(_) => return Ok(session),
                Err(CscClientError::Refused { source, .. }) if is_token_error(&source.code) => file.remove(),
                Err(error) => return Err(error.into()),
            }
        }
        let given = session.authorize(RequestedScope::Service)?;
        file.write(&base, &given.access_token, now().saturating_add(given.expires_in));
        session.token = given.access_token;
        Ok(session)
    }

    fn list(&self) -> Result<Vec<String>, CscClientError> {
        let request = CredentialListRequest::default();
        Ok(self.runtime.block_on(self.client.list_credentials(&self.token, &request))?.credential_ids)
    }

    /// The credential with this name, or the first that can sign.
    ///
    /// # Errors
    /// [`CscError::Credential`], [`CscError::Client`].
    pub fn credential(&self, wanted: Option<&str>) -> Result<RemoteCredential, CscError> {
        let ids = match wanted {
            Some(id) => vec![id.to_owned()],
            None => self.list()?,
        };
        let mut why = "the signer has no credential at this service; register there first".to_owned();
        for id in ids {
            let request = CredentialInfoRequest {
                credential_id: id.clone(),
                certificates: Certificates::Chain,
                cert_info: true,
                auth_info: true,
                ..CredentialInfoRequest::default()
            };
            let info = self.runtime.block_on(self.client.credential_info(&self.token, &request))?;
            match RemoteCredential::from_info(id.clone(), info) {
                Ok(credential) => return Ok(credential),
                Err(reason) => why = format!("the credential {id} cannot be used: {reason}"),
            }
        }
        Err(CscError::Credential(why))
    }

    /// One approval over these hashes (with their labels), then their signature values.
    ///
    /// # Errors
    /// [`CscError`].
    pub fn sign(
        &mut self,
        credential: &RemoteCredential,
        hashes: &[(Vec<u8>, String)],
    ) -> Result<Vec<SignatureValue>, CscError> {
        let digest = credential.algorithm.digest().oid().to_string();
        // Two copies of a file have one hash, and a service may want each hash once.
        let mut distinct: Vec<&(Vec<u8>, String)> = Vec::new();
        let positions: Vec<usize> = hashes
            .iter()
            .map(|one| {
                distinct.iter().position(|other| other.0 == one.0).unwrap_or_else(|| {
                    distinct.push(one);
                    distinct.len() - 1
                })
            })
            .collect();
        let digests = distinct.iter().map(|(hash, label)| DocumentDigest {
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
            hash_algorithm_oid: digest.clone(),
            locations: None,
        };
        let token = self.authorize(RequestedScope::Credential(detail))?.access_token;
        let request = SignHashRequest {
            credential_id: credential.id.clone(),
            sad: None,
            hashes: distinct.iter().map(|(hash, _)| Binary(hash.clone())).collect(),
            hash_algorithm_oid: Some(digest),
            sign_algo: credential.sign_algo.clone(),
            sign_algo_params: None,
            client_data: None,
            receipts: false,
        };
        let answer = self.runtime.block_on(self.client.sign_hash(&token, &request))?;
        if answer.signatures.len() != distinct.len() {
            return Err(CscError::Count { got: answer.signatures.len(), wanted: distinct.len() });
        }
        let value = |at: &usize| answer.signatures.get(*at).map(|value| SignatureValue::from(value.0.clone()));
        Ok(positions.iter().filter_map(value).collect())
    }

    /// Pushed request, the signer's part in the browser, code, token. CSC 8.4; RFC 9126, RFC 7636, RFC 8252.
    fn authorize(&self, scope: RequestedScope) -> Result<TokenResponse, CscError> {
        let pkce = Pkce::from_random(&random()?);
        let state = Base64UrlUnpadded::encode_string(&random::<16>()?);
        let details = match &scope {
            RequestedScope::Service => None,
            RequestedScope::Credential(detail) => Some(detail.clone()),
        };
        let language = Language::of_process(None);
        let redirect_uri = self.args.csc_redirect.clone();
        let request = PushedAuthorizationRequest {
            redirect_uri: redirect_uri.clone(),
            scope,
            code_challenge: pkce.challenge(),
            state: Some(state.clone()),
            lang: None,
            description: None,
        };
        self.runtime.block_on(async {
            // First the place to come back to, then the way there.
            let receiver = Receiver::bind(&redirect_uri, language).await?;
            let pushed = self.client.push(&request).await?;
            let what = match details {
                None => language.pick("接続を許可するには、次を開いてください:", "To allow the connection, open:"),
                Some(_) => language.pick("署名を承認するには、次を開いてください:", "To approve the signatures, open:"),
            };
            eprintln!("{what}\n  {}", self.client.authorization_url(&pushed));
            let expected = Expected { state: &state, issuer: self.client.issuer() };
            let answer = tokio::time::timeout(self.args.patience(), receiver.answer(&expected))
                .await
                .map_err(|_| CscError::NobodyApproved(self.args.patience().as_secs() / 60))??;
            let request = TokenRequest {
                code: answer.code,
                redirect_uri,
                code_verifier: pkce.verifier().to_owned(),
                authorization_details: details,
            };
            Ok(self.client.token(&request).await?)
        })
    }
}

impl RemoteCredential {
    fn from_info(id: String, info: CredentialInfo) -> Result<Self, String> {
        if info.key.status != KeyStatus::Enabled {
            return Err("its key is disabled".into());
        }
        let known = |name: &String| {
            let algorithm = match name.as_str() {
                RSA_ENCRYPTION => Some(SignatureAlgorithm::RsaPkcs1Sha256),
                text => Oid::new(text).ok().and_then(|oid| SignatureAlgorithm::from_oid(&oid)),
            };
            algorithm.map(|algorithm| (algorithm, name.clone()))
        };
        let (algorithm, sign_algo) =
            info.key.algo.iter().find_map(known).ok_or("it signs with no algorithm that is known here")?;
        let certificates = info.cert.certificates.unwrap_or_default();
        let mut certificates = certificates.iter().map(|der| Certificate::from_der(der.as_ref()));
        let damaged = |_| "its certificate cannot be read".to_owned();
        let certificate = certificates.next().ok_or("it has no certificate")?.map_err(damaged)?;
        let mut chain = certificates.collect::<Result<Vec<_>, _>>().map_err(damaged)?;
        chain.retain(|one| !one.is_self_issued());
        let at_once = usize::try_from(info.multisign).unwrap_or(1).max(1);
        Ok(Self { id, certificate, chain, algorithm, sign_algo, at_once })
    }
}

/// The base of the API: `/csc/v2` is added to a bare origin.
fn base_of(service: &str) -> String {
    let service = service.trim_end_matches('/');
    if service.ends_with("/csc/v2") { service.to_owned() } else { format!("{service}/csc/v2") }
}

/// A client for the service that was named. Whoever names a host on the command line means it, so it may be internal, or this machine.
fn http(base: &str) -> Result<HttpClient, CscError> {
    let host = Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let local = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    let policy = HttpPolicy {
        loopback: if local { Loopback::Allowed } else { Loopback::Denied },
        internal_hosts: [host].into(),
        ..HttpPolicy::default()
    };
    HttpClient::new(policy.deadline(Duration::from_secs(30))).map_err(|error| CscError::Client(error.into()))
}

fn is_token_error(code: &ErrorCode) -> bool {
    matches!(code, ErrorCode::InvalidToken | ErrorCode::ExpiredToken)
}

fn random<const N: usize>() -> Result<[u8; N], CscError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| CscError::System(std::io::ErrorKind::Other.into()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_named_by_its_origin_or_its_base() {
        assert_eq!(base_of("https://s.example"), "https://s.example/csc/v2");
        assert_eq!(base_of("https://s.example/csc/v2/"), "https://s.example/csc/v2");
        assert_eq!(base_of("https://s.example/sub/"), "https://s.example/sub/csc/v2");
    }
}
