//! The file of `rakkan serve`: addresses, the way to the SAM, authorities, clients. The SAM's own file is never read by it.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use super::{ConfigError, Environment, Section, environment, load, origin, origin_is_under, required_path, version};

/// The largest upload that can be configured: what the drawing process can read.
const MAX_UPLOAD_MIB: u64 = crate::worker::protocol::MAX_DOCUMENT_BYTES / (1024 * 1024);

/// All of `rakkan.toml`.
#[derive(Debug, Clone)]
pub struct ServeFile {
    /// What the installation is for.
    pub environment: Environment,
    /// Folder of the store and of documents in work.
    pub data: PathBuf,
    /// Addresses.
    pub http: Http,
    /// Language of pages when the browser names none we have: `ja` or `en`.
    pub language: String,
    /// RP ID of passkeys: the parent domain of both origins.
    pub rp_id: String,
    /// Unix socket of the SAM.
    pub sam_socket: PathBuf,
    /// Whose key vouches for identities towards the SAM.
    pub registration: Registration,
    /// Certificate authorities, in the order they are offered.
    pub authorities: Vec<CertificateAuthority>,
    /// Time-stamp authorities, in the order they are tried.
    pub timestamps: Vec<TimestampAuthority>,
    /// CSC clients.
    pub clients: Vec<Client>,
    /// Hosts of authorities that may have internal addresses.
    pub internal_hosts: Vec<String>,
}

/// `[http]`.
#[derive(Debug, Clone)]
pub struct Http {
    /// Origin of portal, OAuth and CSC.
    pub public_origin: String,
    /// Origin of the signing page.
    pub sign_origin: String,
    /// Where the portal listens.
    pub listen: SocketAddr,
    /// Where the signing page listens.
    pub sign_listen: SocketAddr,
    /// Largest upload, in bytes.
    pub max_upload: u64,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// `[registration]`: the key that signs registration-authority assertions.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The id under which the SAM's file pins the key.
    pub officer_id: String,
    /// PKCS#8 (PEM) of a P-256 key whose public part is pinned in the SAM's file.
    pub officer_key_file: PathBuf,
    /// The level of proofing that this key vouches for, as a word of the operator's policy.
    pub proofing_level: String,
}

/// `[[ca]]`.
#[derive(Debug, Clone)]
pub struct CertificateAuthority {
    /// Short name in addresses and records.
    pub id: String,
    /// Name that signers see.
    pub name: String,
    /// EST base address.
    pub est_url: String,
    /// HTTP Basic user at the CA.
    pub username: String,
    /// File with the password.
    pub password_file: PathBuf,
    /// Root certificate (PEM or DER).
    pub root_file: PathBuf,
    /// Key algorithms it certifies: `p256`, `rsa2048`, `rsa3072`.
    pub keys: Vec<String>,
    /// True when its certificates must not be relied on; pages say so.
    pub demo: bool,
}

/// `[[tsa]]`.
#[derive(Debug, Clone)]
pub struct TimestampAuthority {
    /// Short name in reports.
    pub id: String,
    /// RFC 3161 address.
    pub url: String,
    /// Root certificate (PEM or DER).
    pub root_file: PathBuf,
    /// Longest wait for an answer, in milliseconds.
    pub timeout_ms: u64,
}

/// `[[client]]`.
#[derive(Debug, Clone)]
pub struct Client {
    /// OAuth client_id.
    pub id: String,
    /// Name that signers see.
    pub name: String,
    /// Exact redirect addresses.
    pub redirect_uris: Vec<String>,
    /// File with the client secret.
    pub secret_file: PathBuf,
}

impl ServeFile {
    /// Reads and checks `path`.
    ///
    /// # Errors
    /// The file cannot be read, or all its problems.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        load(path, "serve", Self::read)
    }

    fn read(root: &Section<'_>) -> Self {
        version(root);
        let environment = environment(root);
        let data = required_path(root, "data", "/var/lib/rakkan");
        let http = root.section("http", true, Http::read);
        let language = root.section("ui", false, |ui| {
            let known = |text: &str| match text {
                "ja" | "en" => Ok(text.to_owned()),
                other => Err(format!("`{other}` is not a language of this program; write \"ja\" or \"en\"")),
            };
            ui.parsed("default_language", known).unwrap_or_else(|| "ja".into())
        });
        let rp_id = root.section("passkey", true, |passkey| {
            let rp_id = passkey.required_text("rp_id", "example.jp");
            for origin in [&http.public_origin, &http.sign_origin] {
                if !rp_id.is_empty() && !origin.is_empty() && !origin_is_under(origin, &rp_id) {
                    passkey.problem(
                        "rp_id",
                        format!("`{rp_id}` is not {origin} or a parent domain of it; passkeys would not work"),
                    );
                }
            }
            rp_id
        });
        let sam_socket = root.section("sam", true, |sam| required_path(sam, "socket", "/run/rakkan/sam.sock"));
        let registration = root.section("registration", true, Registration::read);
        let authorities = root.each("ca", CertificateAuthority::read);
        let timestamps = root.each("tsa", TimestampAuthority::read);
        let clients = root.each("client", Client::read);
        let internal_hosts = root.section("outbound", false, |outbound| outbound.texts("internal_hosts"));
        Self {
            environment,
            data,
            http,
            language,
            rp_id,
            sam_socket,
            registration,
            authorities,
            timestamps,
            clients,
            internal_hosts,
        }
    }
}

impl Http {
    fn read(http: &Section<'_>) -> Self {
        let origin_of = |key, example| {
            let text = http.required_text(key, example);
            if text.is_empty() {
                return text;
            }
            origin(&text).unwrap_or_else(|why| {
                http.problem(key, why);
                String::new()
            })
        };
        let public_origin = origin_of("public_origin", "https://portal.example.jp");
        let sign_origin = origin_of("sign_origin", "https://sign.example.jp");
        if !public_origin.is_empty() && public_origin == sign_origin {
            http.problem("sign_origin", "must differ from public_origin: the signing page is an origin of its own");
        }
        let address = |key, default: &str| {
            let parse = |text: &str| text.parse().map_err(|_| format!("`{text}` is not an address like {default}"));
            http.parsed(key, parse).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)))
        };
        if http.text("listen").is_none() {
            http.required_text("listen", "127.0.0.1:8080");
        }
        if http.text("sign_listen").is_none() {
            http.required_text("sign_listen", "127.0.0.1:8081");
        }
        let listen = address("listen", "127.0.0.1:8080");
        let sign_listen = address("sign_listen", "127.0.0.1:8081");
        let max_upload = http.number("max_upload_mib", 100, 1..=MAX_UPLOAD_MIB) * 1024 * 1024;
        let trusted_proxies = http.texts("trusted_proxies").into_iter().filter_map(|text| {
            let network = network(&text).map_err(|why| http.problem("trusted_proxies", why));
            network.ok()
        });
        let trusted_proxies = trusted_proxies.collect();
        Self { public_origin, sign_origin, listen, sign_listen, max_upload, trusted_proxies }
    }
}

impl Registration {
    fn read(registration: &Section<'_>) -> Self {
        if !registration.flag("automatic", false) {
            registration.problem(
                "automatic",
                "this version vouches for whoever registers, without a look at who it is; \
                 write automatic = true if that is what you want, and a proofing_level that says so",
            );
        }
        Self {
            officer_id: registration.required_text("officer_id", "officer-1"),
            officer_key_file: required_path(registration, "officer_key_file", "/etc/rakkan/officer-1.key.pem"),
            proofing_level: registration.required_text("proofing_level", "substantial"),
        }
    }
}

/// An address, or a network in CIDR form.
fn network(text: &str) -> Result<IpNet, String> {
    let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| format!("`{text}` is not an address or a network like 10.0.0.0/8"))?;
    if network.prefix_len() == 0 {
        Err(format!("`{text}` would let everybody say whose request it is; name the reverse proxies only"))
    } else if network.trunc() != network {
        Err(format!("`{text}` names one address and many; write {} or {}", network.addr(), network.trunc()))
    } else {
        Ok(network)
    }
}

fn service_url(section: &Section<'_>, key: &'static str, example: &str) -> String {
    let text = section.required_text(key, example);
    let good = url::Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !text.is_empty() && !good {
        section.problem(key, format!("`{text}` is not an address like {example}"));
    }
    text
}

impl CertificateAuthority {
    fn read(ca: &Section<'_>) -> Self {
        let keys = ca.texts("keys");
        for key in &keys {
            if !matches!(key.as_str(), "p256" | "rsa2048" | "rsa3072") {
                ca.problem("keys", format!("`{key}` is not known; write \"p256\", \"rsa2048\" or \"rsa3072\""));
            }
        }
        Self {
            id: ca.required_text("id", "example-ca"),
            name: ca.required_text("name", "Example CA"),
            est_url: service_url(ca, "est_url", "https://ca.example/.well-known/est"),
            username: ca.required_text("username", "rakkan"),
            password_file: required_path(ca, "password_file", "${CREDENTIALS_DIRECTORY}/example-ca"),
            root_file: required_path(ca, "root_file", "/etc/rakkan/example-ca.pem"),
            keys: if keys.is_empty() { vec!["p256".into()] } else { keys },
            demo: ca.flag("demo", false),
        }
    }
}

impl TimestampAuthority {
    fn read(tsa: &Section<'_>) -> Self {
        Self {
            id: tsa.required_text("id", "example-tsa"),
            url: service_url(tsa, "url", "https://tsa.example/ts"),
            root_file: required_path(tsa, "root_file", "/etc/rakkan/example-tsa.pem"),
            timeout_ms: tsa.number("timeout_ms", 5_000, 100..=60_000),
        }
    }
}

impl Client {
    fn read(client: &Section<'_>) -> Self {
        let redirect_uris = client.texts("redirect_uris");
        if redirect_uris.is_empty() {
            client.problem(
                "redirect_uris",
                "is missing; for example: redirect_uris = [\"https://app.example.jp/callback\"]",
            );
        }
        for uri in &redirect_uris {
            let good = url::Url::parse(uri).is_ok_and(|url| {
                url.fragment().is_none()
                    && (url.scheme() == "https" || matches!(url.host_str(), Some("localhost" | "127.0.0.1")))
            });
            if !good {
                client.problem(
                    "redirect_uris",
                    format!("`{uri}` must be https (http only on this machine) and have no fragment"),
                );
            }
        }
        Self {
            id: client.required_text("id", "contract-app"),
            name: client.required_text("name", "Contract application"),
            redirect_uris,
            secret_file: required_path(client, "secret_file", "${CREDENTIALS_DIRECTORY}/contract-app"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_upload_that_can_be_configured_is_what_the_drawing_process_reads() {
        let load = |mib: u64| {
            let text =
                crate::config::template::SERVE.replace("max_upload_mib = 100", &format!("max_upload_mib = {mib}"));
            let written = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(written.path(), text).unwrap();
            ServeFile::load(written.path()).map(|file| file.http.max_upload)
        };
        assert_eq!(load(1024).unwrap(), crate::worker::protocol::MAX_DOCUMENT_BYTES);
        assert!(load(1025).is_err());
    }
}
