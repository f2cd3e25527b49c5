//! Time-stamps for the command line: authorities named by URL, asked in order. No runtime is made before one is needed.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use ades::tsp::{Imprint, Nonce};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use clap::Args;
use connectors::http::{HttpClient, HttpPolicy};
use connectors::tsa::{Issued, TsaClient, TsaList, TsaSettings};
use tokio::runtime::Runtime;

use super::error::SignError;
use crate::key::certificates_in;
use crate::moment::now;

/// Which time-stamp authorities are asked.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Time-stamps")]
pub struct TsaArgs {
    /// Time-stamp authority (RFC 3161); give several, and the next is asked when one fails
    #[arg(long, value_name = "URL")]
    pub tsa: Vec<String>,
    /// Root certificate that the authorities must lead to [default: any authority whose token is right in itself]
    #[arg(long, value_name = "FILE", requires = "tsa")]
    pub tsa_root: Vec<PathBuf>,
    /// Seconds that one authority has for its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub tsa_timeout: u64,
}

/// The authorities of one run.
pub struct Timestamps {
    list: TsaList,
    runtime: OnceCell<Runtime>,
}

impl Timestamps {
    /// From the options; `None` if no authority is named.
    ///
    /// # Errors
    /// If a root cannot be read, or a URL is none.
    pub fn from_options(args: &TsaArgs) -> Result<Option<Self>, SignError> {
        if args.tsa.is_empty() {
            return Ok(None);
        }
        let mut roots = Vec::new();
        for file in &args.tsa_root {
            roots.extend(certificates_in(file)?);
        }
        let http = client(&args.tsa)?;
        let authorities = args.tsa.iter().map(|url| {
            let deadline = Duration::from_secs(args.tsa_timeout.max(1));
            let settings = TsaSettings { name: url.clone(), url: url.clone(), roots: roots.clone(), deadline };
            let client = TsaClient::new(http.clone(), settings);
            if args.tsa_root.is_empty() { client.without_root() } else { client }
        });
        Ok(Some(Self { list: TsaList::new(authorities.collect()), runtime: OnceCell::new() }))
    }

    /// A verified token over `imprint`.
    ///
    /// # Errors
    /// [`SignError::Timestamp`] with each authority's reason.
    pub fn token(&self, imprint: &Imprint) -> Result<Issued, SignError> {
        let mut nonce = [0; 8];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SignError::System(std::io::ErrorKind::Other.into()))?;
        let nonce = Nonce::from_bytes(&nonce);
        let issued = self.runtime()?.block_on(self.list.timestamp(imprint, Some(&nonce), now))?;
        Ok(issued)
    }

    fn runtime(&self) -> Result<&Runtime, SignError> {
        if let Some(runtime) = self.runtime.get() {
            return Ok(runtime);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SignError::System)?;
        Ok(self.runtime.get_or_init(|| runtime))
    }
}

/// A client that reaches the hosts of these URLs and no others. Whoever names a host on the command line means it, so it may be
/// internal, or this machine.
pub fn client(urls: &[String]) -> Result<HttpClient, SignError> {
    let hosts = || urls.iter().filter_map(|text| url::Url::parse(text).ok()?.host_str().map(str::to_owned));
    let policy =
        HttpPolicy { internal_hosts: hosts().collect(), only_hosts: Some(hosts().collect()), ..HttpPolicy::default() };
    let local = |host: String| {
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    let policy = if hosts().any(local) {
        HttpPolicy { loopback: connectors::http::Loopback::Allowed, ..policy }
    } else {
        policy
    };
    Ok(HttpClient::new(policy)?)
}
