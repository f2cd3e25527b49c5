//! Where a request comes from: the peer, or what a trusted reverse proxy says of it in `X-Forwarded-For`.
//!
//! Each proxy appends the address that it was connected from, so that the list is read from its end, and only as far as trusted
//! proxies wrote it: what stands further left was sent by the client and can say anything. `Forwarded` (RFC 7239) is not read.
//! A proxy that writes one of the two headers usually hands the other on as it came, and nobody could tell which is which.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::http::HeaderMap;
use ipnet::IpNet;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The reverse proxies that are trusted. Clones share the list.
#[derive(Debug, Clone)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// The proxies in these networks; none in an empty list.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into())
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The right-most address that no trusted proxy has. From a peer that is not trusted the header is not read at all.
    ///
    /// What cannot be read as an address ends the search: the proxy that wrote it is then taken for the client.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        // Several headers of one name are one list (RFC 9110 5.3).
        let lines: Vec<&[u8]> = headers.get_all(X_FORWARDED_FOR).iter().map(|value| value.as_bytes()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(|octet| *octet == b','));
        while self.trust(client) {
            match hops.next().and_then(address_in) {
                Some(address) => client = address,
                None => break,
            }
        }
        client
    }
}

/// `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, and both with a port, as proxies write them.
fn address_in(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip())).ok()?;
    Some(IpAddr::to_canonical(&address))
}

/// The address whose rate counts. One IPv6 customer has a /64 at least, and could send from each address of it.
pub fn share(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::new(trusted.iter().map(|network| network.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, line.parse().unwrap());
        }
        proxies.client_address(peer.parse().unwrap(), &headers).to_string()
    }

    const PROXIES: [&str; 3] = ["127.0.0.1/32", "10.0.0.0/8", "fd00::/8"];

    #[test]
    fn the_header_of_a_peer_that_is_not_trusted_is_not_read() {
        for trusted in [&[][..], &PROXIES] {
            assert_eq!(client(trusted, "192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
            assert_eq!(client(trusted, "2001:db8::1", &["127.0.0.1"]), "2001:db8::1");
        }
        assert_eq!(client(&[], "127.0.0.1", &["198.51.100.7"]), "127.0.0.1");
    }

    #[test]
    fn behind_trusted_proxies_the_right_most_address_of_nobody_trusted_counts() {
        assert_eq!(client(&PROXIES, "127.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(&PROXIES, "127.0.0.1", &["198.51.100.7, 10.1.2.3"]), "198.51.100.7");
        assert_eq!(client(&PROXIES, "127.0.0.1", &["198.51.100.7", "10.1.2.3,10.4.5.6"]), "198.51.100.7");
        assert_eq!(client(&PROXIES, "fd00::5", &["2001:db8::9"]), "2001:db8::9");
    }

    #[test]
    fn what_the_client_wrote_before_the_proxy_appended_does_not_count() {
        for forged in ["203.0.113.9", "10.9.9.9", "127.0.0.1", "nonsense", "", "203.0.113.9, 203.0.113.10"] {
            assert_eq!(client(&PROXIES, "127.0.0.1", &[&format!("{forged}, 198.51.100.7")]), "198.51.100.7");
            assert_eq!(client(&PROXIES, "127.0.0.1", &[forged, "198.51.100.7"]), "198.51.100.7");
        }
    }

    #[test]
    fn what_is_no_address_ends_the_search_at_the_proxy_that_wrote_it() {
        for lines in [&["unknown"][..], &["198.51.100.7, _hidden"], &[""], &[]] {
            assert_eq!(client(&PROXIES, "127.0.0.1", lines), "127.0.0.1", "{lines:?}");
        }
        assert_eq!(client(&PROXIES, "127.0.0.1", &["198.51.100.7, x, 10.1.2.3"]), "10.1.2.3");
    }

    #[test]
    fn ports_and_brackets_are_read_over() {
        for (written, meant) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::9]:4711", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("::ffff:198.51.100.7", "198.51.100.7"),
        ] {
            assert_eq!(client(&PROXIES, "127.0.0.1", &[written]), meant);
        }
        assert_eq!(
            client(&PROXIES, "::ffff:127.0.0.1", &["198.51.100.7"]),
            "198.51.100.7",
            "a socket for both families"
        );
    }

    #[test]
    fn all_addresses_of_an_ipv6_customer_share_one_rate_and_neighbours_do_not() {
        let shared = |text: &str| share(text.parse().unwrap()).to_string();
        assert_eq!(shared("2001:db8:1:2:aaaa:bbbb:cccc:dddd"), shared("2001:db8:1:2::1"));
        assert_ne!(shared("2001:db8:1:3::1"), shared("2001:db8:1:2::1"));
        assert_eq!(shared("192.0.2.1"), "192.0.2.1");
        assert_eq!(shared("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
