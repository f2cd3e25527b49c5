//! What a client may reach, how long it waits and how much it takes.

use super::address::{Reach, reach};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

/// Whether this machine itself may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loopback {
    /// No: in production nothing of ours is found by a URL on loopback.
    #[default]
    Denied,
    /// Yes: the demo's authorities, and tests.
    Allowed,
}

/// The rules of one client.
#[derive(Debug, Clone)]
pub struct HttpPolicy {
    /// Whether this machine may be reached.
    pub loopback: Loopback,
    /// Host names or addresses whose addresses may be internal ones: the operator's own CA, for example.
    pub internal_hosts: BTreeSet<String>,
    /// If given, the only hosts that may be reached; for clients that follow URLs from certificates.
    pub only_hosts: Option<BTreeSet<String>>,
    /// How long an exchange may take, from the name to the last byte.
    pub deadline: Duration,
    /// The largest answer, in bytes.
    pub largest_answer: usize,
}

impl Default for HttpPolicy {
    /// Public addresses only, 5 seconds, 10 MiB.
    fn default() -> Self {
        Self {
            loopback: Loopback::Denied,
            internal_hosts: BTreeSet::new(),
            only_hosts: None,
            deadline: Duration::from_secs(5),
            largest_answer: 10 * 1024 * 1024,
        }
    }
}

impl HttpPolicy {
    /// The default, and this machine: for the demo and for tests.
    #[must_use]
    pub fn with_loopback() -> Self {
        Self { loopback: Loopback::Allowed, ..Self::default() }
    }

    /// The same rules with another deadline.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    pub(super) fn allows_host(&self, host: &str) -> bool {
        self.only_hosts.as_ref().is_none_or(|hosts| hosts.contains(host))
    }

    pub(super) fn allows_address(&self, host: &str, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => true,
            Reach::Internal => self.internal_hosts.contains(host),
            Reach::Loopback => self.loopback == Loopback::Allowed,
            Reach::Special => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_host_may_be_internal_and_nothing_worse() {
        let policy = HttpPolicy { internal_hosts: ["ca.corp".into()].into(), ..HttpPolicy::default() };
        assert!(policy.allows_address("ca.corp", "10.0.0.5".parse().unwrap()));
        assert!(!policy.allows_address("other.corp", "10.0.0.5".parse().unwrap()));
        assert!(!policy.allows_address("ca.corp", "127.0.0.1".parse().unwrap()));
        assert!(!policy.allows_address("ca.corp", "169.254.169.254".parse().unwrap()));
    }

    #[test]
    fn loopback_is_a_setting_of_its_own() {
        let address = "127.0.0.1".parse().unwrap();
        assert!(!HttpPolicy::default().allows_address("localhost", address));
        assert!(HttpPolicy::with_loopback().allows_address("localhost", address));
        assert!(!HttpPolicy::with_loopback().allows_address("a", "10.0.0.1".parse().unwrap()));
    }
}
