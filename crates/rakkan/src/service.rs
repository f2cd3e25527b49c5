//! Puts the service together from its configuration file: store, way to the SAM, authorities, authorization server, pages.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ades::x509::Certificate;
use anyhow::{Context, bail};
use connectors::ca::{EstClient, EstSettings};
use connectors::http::{HttpClient, HttpPolicy, Loopback};
use connectors::tsa::{TsaClient, TsaList, TsaSettings};
use ssa::oauth::{AuthorizationServer, ClientRegistration, ClientSecretHash};
use ssa::sam_client::ActivationClient;
use ssa::{CertificateAuthority, KeyAlgorithm, OfficerKey, Ssa, SystemClock, SystemRandom};
use store::{Store, StoreOptions};
use web::i18n::Language;
use web::{App, RateLimit, Settings};

use crate::config::Environment;
use crate::config::serve::ServeFile;
use crate::worker::client::WorkerRenderer;

/// Pages drawn at the same time.
const WORKERS_AT_ONCE: usize = 2;
/// Longest time for an answer.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// How often expired things are deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// What only the demo sets.
#[derive(Default)]
pub struct Demonstration {
    /// A document that visitors can try: name and content.
    pub sample: Option<(String, Arc<[u8]>)>,
}

/// The service, ready to be served.
pub async fn assemble(
    file: &ServeFile,
    sam: ActivationClient,
    demonstration: Option<Demonstration>,
) -> anyhow::Result<App> {
    let http = outbound(file)?;
    let config = ssa::Config {
        proofing_level: file.registration.proofing_level.clone(),
        document_limit: file.http.max_upload,
        ..ssa::Config::new(file.http.public_origin.clone())
    };
    let ssa = Ssa::new(ssa::Parts {
        store: Store::open(&StoreOptions::new(&file.data)).await?,
        sam,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        officer: officer(file)?,
        authorities: authorities(file, &http)?,
        timestamps: TsaList::new(tsa_clients(file, &http)?.into_iter().map(|(_, client)| client).collect()),
        config,
    });
    let oauth = AuthorizationServer::new(ssa.clone(), file.http.public_origin.clone(), clients(file)?)?;
    let program =
        std::env::current_exe().context("the path of this program is not known, so that no page can be drawn")?;
    let demo = demonstration.is_some();
    Ok(App::new(web::Parts {
        ssa,
        oauth,
        pages: Arc::new(WorkerRenderer::new(program, WORKERS_AT_ONCE)),
        settings: Settings {
            portal_origin: file.http.public_origin.clone(),
            signing_origin: file.http.sign_origin.clone(),
            service_name: if demo { "Rakkan demo (DEMO, NOT VALID)".into() } else { "Rakkan".into() },
            region: "JP".into(),
            default_language: if file.language == "en" { Language::En } else { Language::Ja },
            demo,
            max_upload: file.http.max_upload,
            sample: demonstration.and_then(|demonstration| demonstration.sample),
            rate_limit: RateLimit::default(),
            time_limit: ANSWER_TIME,
            trusted_proxies: file.http.trusted_proxies.clone(),
        },
    }))
}

/// Checks that module and service mean the same pages. A difference would make every approval fail, or worse.
pub async fn require_same_pages(app: &App, file: &ServeFile) -> anyhow::Result<()> {
    let module = app.ssa().sam_status().await?;
    let pairs = [
        ("RP ID", &module.rp_id, &file.rp_id),
        ("signing origin", &module.signing_origin, &file.http.sign_origin),
        ("enrolment origin", &module.enrolment_origin, &file.http.public_origin),
    ];
    for (what, theirs, ours) in pairs {
        if theirs != ours {
            bail!("the {what} of the SAM is {theirs}, of this service {ours}: write the same in both files");
        }
    }
    Ok(())
}

/// Deletes what has expired, for ever.
pub async fn sweep(app: App) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        if let Err(error) = app.ssa().sweep().await {
            tracing::warn!(error.text = %error, "expired records were not deleted; tried again in a minute");
        }
        if let Err(error) = app.oauth().sweep().await {
            tracing::warn!(error.text = %error, "expired authorizations were not deleted; tried again in a minute");
        }
    }
}

/// The HTTP client for authorities, under the rules of the file.
pub fn outbound(file: &ServeFile) -> anyhow::Result<HttpClient> {
    let policy = HttpPolicy {
        loopback: match file.environment {
            Environment::Development => Loopback::Allowed,
            Environment::Production => Loopback::Denied,
        },
        internal_hosts: file.internal_hosts.iter().cloned().collect::<BTreeSet<_>>(),
        ..HttpPolicy::default()
    };
    Ok(HttpClient::new(policy)?)
}

fn officer(file: &ServeFile) -> anyhow::Result<OfficerKey> {
    let path = &file.registration.officer_key_file;
    let pem = std::fs::read(path)
        .with_context(|| format!("registration.officer_key_file: {} cannot be read", path.display()))?;
    let (_, pkcs8) = der::pem::decode_vec(&pem)
        .map_err(|_| anyhow::anyhow!("registration.officer_key_file: {} is not a PEM file", path.display()))?;
    OfficerKey::from_pkcs8(file.registration.officer_id.as_bytes(), &pkcs8)
        .with_context(|| format!("registration.officer_key_file: {}", path.display()))
}

/// A client for each CA of the file, with its id.
pub fn est_clients(file: &ServeFile, http: &HttpClient) -> anyhow::Result<Vec<(String, EstClient)>> {
    let connect = |ca: &crate::config::serve::CertificateAuthority| {
        let settings = EstSettings {
            base_url: ca.est_url.clone(),
            user: ca.username.clone(),
            password: secret(&ca.password_file)?,
            root: certificate(&ca.root_file)?,
        };
        anyhow::Ok((ca.id.clone(), EstClient::new(http.clone(), settings)))
    };
    file.authorities.iter().map(|ca| connect(ca).with_context(|| format!("ca {}", ca.id))).collect()
}

fn authorities(file: &ServeFile, http: &HttpClient) -> anyhow::Result<Vec<CertificateAuthority>> {
    let describe = |(ca, (id, client)): (&crate::config::serve::CertificateAuthority, (String, EstClient))| {
        let key_algorithms = ca.keys.iter().map(|key| key_algorithm(key)).collect::<anyhow::Result<_>>()?;
        Ok(CertificateAuthority { id, name: ca.name.clone(), key_algorithms, demo: ca.demo, client })
    };
    file.authorities.iter().zip(est_clients(file, http)?).map(describe).collect()
}

fn key_algorithm(name: &str) -> anyhow::Result<KeyAlgorithm> {
    Ok(match name {
        "p256" => KeyAlgorithm::EcdsaP256,
        "rsa2048" => KeyAlgorithm::Rsa2048,
        "rsa3072" => KeyAlgorithm::Rsa3072,
        other => bail!("`{other}` is not a key algorithm"),
    })
}

/// A client for each TSA of the file, with its id, in the order of trying.
pub fn tsa_clients(file: &ServeFile, http: &HttpClient) -> anyhow::Result<Vec<(String, TsaClient)>> {
    let connect = |tsa: &crate::config::serve::TimestampAuthority| {
        let settings = TsaSettings {
            name: tsa.id.clone(),
            url: tsa.url.clone(),
            roots: vec![certificate(&tsa.root_file)?],
            deadline: Duration::from_millis(tsa.timeout_ms),
        };
        anyhow::Ok((tsa.id.clone(), TsaClient::new(http.clone(), settings)))
    };
    file.timestamps.iter().map(|tsa| connect(tsa).with_context(|| format!("tsa {}", tsa.id))).collect()
}

fn clients(file: &ServeFile) -> anyhow::Result<Vec<ClientRegistration>> {
    let register = |client: &crate::config::serve::Client| {
        anyhow::Ok(ClientRegistration {
            client_id: client.id.clone(),
            name: client.name.clone(),
            redirect_uris: client.redirect_uris.clone(),
            secret: ClientSecretHash::of(&secret(&client.secret_file)?),
        })
    };
    file.clients.iter().map(|client| register(client).with_context(|| format!("client {}", client.id))).collect()
}

/// A secret from a file; one newline at the end does not belong to it.
fn secret(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    if secret.is_empty() {
        bail!("{} is empty", path.display());
    }
    Ok(secret.to_owned())
}

/// A certificate from a PEM or DER file.
pub fn certificate(path: &Path) -> anyhow::Result<Certificate> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let der = match der::pem::decode_vec(&bytes) {
        Ok(("CERTIFICATE", der)) => der,
        _ => bytes,
    };
    Certificate::from_der(&der).with_context(|| format!("{} is not a certificate (PEM or DER)", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ades::crypto::DigestAlgorithm;
    use ades::tsp::Imprint;
    use tokio::time::Instant;

    /// Time stands still but for timers: with nothing else to do, the clock jumps to the next one.
    #[tokio::test(start_paused = true)]
    async fn a_time_stamp_authority_has_as_long_as_its_timeout_ms_says() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/data/ca.der");
        for timeout_ms in [100, 3_300, 60_000] {
            let text = crate::config::template::SERVE
                .replace("environment = \"production\"", "environment = \"development\"")
                .replace("https://tsa.example/ts", &format!("http://{}/ts", silent.local_addr().unwrap()))
                .replace("/etc/rakkan/example-tsa.pem", root)
                .replace("timeout_ms = 5000", &format!("timeout_ms = {timeout_ms}"));
            let written = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(written.path(), text).unwrap();
            let file = ServeFile::load(written.path()).unwrap();
            let (_, client) = tsa_clients(&file, &outbound(&file).unwrap()).unwrap().remove(0);
            let start = Instant::now();
            let error = client.timestamp(&Imprint::of(DigestAlgorithm::Sha256, b"x"), None, 0).await.unwrap_err();
            let waited = start.elapsed().as_millis();
            assert!((timeout_ms..=timeout_ms + 1).contains(&waited), "{waited} ms instead of {timeout_ms}: {error}");
        }
    }
}
