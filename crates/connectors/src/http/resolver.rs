//! Names to addresses, once, with the policy applied before anything connects.

use super::policy::HttpPolicy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving as ReqwestResolving};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// The future of a resolver.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of a name. Asked once for each connection; what it says is checked and then used as it is.
pub trait Resolver: Send + Sync {
    /// All addresses of `host`.
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The resolver of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// The verdict that travels through the HTTP library as an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressDenied {
    #[error("the policy forbids this address")]
    Forbidden,
    #[error("the name has no address")]
    Unresolved,
}

/// Resolves by `resolver` and lets through only what `policy` allows.
pub(super) struct GuardedResolver {
    pub(super) policy: Arc<HttpPolicy>,
    pub(super) resolver: Arc<dyn Resolver>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> ReqwestResolving {
        let (policy, resolver, host) = (self.policy.clone(), self.resolver.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let addresses = resolver.resolve(&host).await.map_err(|_| AddressDenied::Unresolved)?;
            if addresses.is_empty() {
                return Err(AddressDenied::Unresolved.into());
            }
            // One forbidden address spoils the whole answer: a name that leads both outside and inside is an attack or a mistake.
            if !addresses.iter().all(|address| policy.allows_address(&host, *address)) {
                return Err(AddressDenied::Forbidden.into());
            }
            // Port 0 is replaced by the URL's port.
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}
