//! Evidence for levels B-LT and B-LTA, collected from the addresses that certificates name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ades::evidence::{Crl, Evidence, EvidencePolicy, Freshness, OcspResponse, Subject};
use ades::x509::Certificate;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use clap::Args;
use connectors::evidence::{Collected, EvidenceCollector};
use connectors::http::{HttpClient, HttpPolicy, Loopback};
use tokio::runtime::Runtime;

use super::error::SignError;
use crate::key::certificates_in;
use crate::moment::now;

/// Where evidence comes from and what it must lead to.
#[derive(Args, Debug, Clone, Default)]
#[command(next_help_heading = "Evidence (levels b-lt and b-lta)")]
pub struct EvidenceArgs {
    /// Root certificate that signers and authorities must lead to; repeatable [default: any self-signed one that is found]
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,
    /// Certificates that are not in the file but belong to a path; repeatable
    #[arg(long, value_name = "FILE")]
    pub chain: Vec<PathBuf>,
    /// Take revocation data of the signer that were made before the signature, if they were current then
    #[arg(long)]
    pub accept_current: bool,
    /// Host that may be asked though it is internal or this machine; repeatable
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}

/// Collects evidence for one run.
pub struct Evidences {
    collector: EvidenceCollector,
    runtime: Runtime,
    known: Evidence,
}

/// What was found for one signature.
pub struct Found {
    /// What goes into the file.
    pub evidence: Evidence,
    /// Whether every path ends at a root that was named.
    pub is_anchored: bool,
}

impl Evidences {
    /// From the options.
    ///
    /// # Errors
    /// If a certificate cannot be read.
    pub fn from_options(args: &EvidenceArgs) -> Result<Self, SignError> {
        let read = |files: &[PathBuf]| -> Result<Vec<Certificate>, SignError> {
            let mut all = Vec::new();
            for file in files {
                all.extend(certificates_in(file)?);
            }
            Ok(all)
        };
        let local = |host: &String| {
            let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
            host == "localhost" || address.is_ok_and(|address| address.is_loopback())
        };
        let loopback = if args.allow_host.iter().any(local) { Loopback::Allowed } else { Loopback::Denied };
        let internal_hosts = args.allow_host.iter().cloned().collect();
        let http = HttpClient::new(
            HttpPolicy { loopback, internal_hosts, ..HttpPolicy::default() }.deadline(Duration::from_secs(15)),
        )?;
        let mut policy = EvidencePolicy::default();
        if args.accept_current {
            policy = policy.signer(Freshness::CurrentAtUse);
        }
        let collector = EvidenceCollector::new(Arc::new(http), read(&args.trust)?).with_policy(policy);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(SignError::System)?;
        Ok(Self { collector, runtime, known: Evidence::of_certificates(read(&args.chain)?) })
    }

    /// Everything that `subjects` need, beginning with what is `known`.
    ///
    /// # Errors
    /// [`SignError::Evidence`], with every address that was asked.
    pub fn collect(&self, subjects: &[Subject], mut known: Evidence) -> Result<Found, SignError> {
        known.extend(&self.known);
        let mut nonce = [0; 16];
        SystemRandom::new().fill(&mut nonce).map_err(|_| SignError::System(std::io::ErrorKind::Other.into()))?;
        let collected = self.collector.collect(subjects, known, Some(nonce), &now);
        let Collected { plan, .. } = self.runtime.block_on(collected).map_err(Box::new)?;
        Ok(Found { is_anchored: plan.is_anchored(), evidence: plan.evidence() })
    }
}

/// Evidence in the form in which files keep it; what cannot be read is left out.
pub fn read_evidence<'a>(
    certificates: impl IntoIterator<Item = &'a [u8]>,
    crls: impl IntoIterator<Item = &'a [u8]>,
    ocsp: impl IntoIterator<Item = &'a [u8]>,
) -> Evidence {
    let mut evidence = Evidence::new();
    for certificate in certificates.into_iter().filter_map(|der| Certificate::from_der(der).ok()) {
        evidence.add_certificate(certificate);
    }
    for crl in crls.into_iter().filter_map(|der| Crl::from_der(der).ok()) {
        evidence.add_crl(crl);
    }
    for answer in ocsp.into_iter().filter_map(|der| OcspResponse::from_der(der).ok()) {
        evidence.add_ocsp(answer);
    }
    evidence
}
