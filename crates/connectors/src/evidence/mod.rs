//! Evidence for level LT, fetched from the addresses that certificates name: issuers (AIA), OCSP answers, revocation lists. RFC 5280; RFC 6960.
//!
//! What is needed, and whether what came may be used, is decided by the pure planner [`ades::evidence::plan`]; here it is fetched and
//! the planner asked again, until nothing is missing or nothing is left to ask. Addresses in certificates are a stranger's: every
//! request goes through the guard of [`crate::http`], whose default reaches public addresses only.
//!
//! ```
//! use ades::crypto::{AwsLc, DigestAlgorithm};
//! use ades::evidence::Evidence;
//! use ades::tsp::Imprint;
//! use ades::x509::Certificate;
//! use connectors::evidence::{EvidenceCollector, FinishedSignature};
//! use connectors::http::{HttpClient, HttpPolicy};
//! # use connectors::tsa::{TsaClient, TsaSettings};
//! # use std::time::Duration;
//! # use test_support::authorities::{AuthoritySettings, DevelopmentAuthorities};
//! # use test_support::pki::{key::{AuthorityKey, KeyKind}, name::distinguished_name, request::sign_request};
//! # use test_support::random::SystemRandomness;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = || 1_800_000_000;
//! # let clock = std::sync::Arc::new(test_support::clock::FixedClock::at(now()));
//! # let authorities = DevelopmentAuthorities::start(AuthoritySettings { clock, ..Default::default() }).await?;
//! # let root = Certificate::from_der(authorities.root().certificate())?;
//! # let request = sign_request(&distinguished_name("O", "signer")?, &AuthorityKey::generate(KeyKind::P256)?)?;
//! # let signer = Certificate::from_der(&authorities.ca1().issue(&request, now(), &SystemRandomness)?)?;
//! # let http = HttpClient::new(HttpPolicy::with_loopback())?;
//! # let (url, roots) = (authorities.addresses().tsas[0].clone(), vec![root.clone()]);
//! # let settings = TsaSettings { name: "TSA".into(), url, roots, deadline: Duration::from_secs(5) };
//! # let signature_value = b"the value of a finished signature".to_vec();
//! # let imprint = Imprint::of(DigestAlgorithm::Sha256, &signature_value);
//! # let token = TsaClient::new(http.clone(), settings).timestamp(&imprint, None, now()).await?;
//! // In production: `HttpClient::new(HttpPolicy::default())`. The demo's authorities are on loopback.
//! let collector = EvidenceCollector::new(std::sync::Arc::new(http), vec![root]);
//! let signature = FinishedSignature {
//!     signer: &signer,
//!     value: &signature_value,
//!     tokens: &[token],
//!     known: Evidence::new(), // the certificates and revocation data in the signed file
//! };
//! let collected = collector.collect_for(signature, Some([7; 16]), &now).await?;
//! assert!(collected.plan.is_complete() && collected.plan.is_anchored());
//! // Signer, TSA, two authorities, the root and three OCSP responders, to go into the file.
//! assert_eq!(collected.plan.evidence().certificates().len(), 8);
//! # Ok(())
//! # }
//! ```

mod collector;
mod error;
mod source;

pub use collector::{Collected, CollectionLimits, EvidenceCollector, FinishedSignature};
pub use error::{Attempt, AttemptError, CollectError};
pub use source::{EvidenceRequest, EvidenceSource, Fetching};
