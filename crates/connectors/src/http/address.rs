//! Which addresses a request may go to. RFC 6890 and its registries; addresses that carry another address are judged by that one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of network an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The open network.
    Public,
    /// An organisation's own network: RFC 1918, carrier-grade NAT, unique local IPv6.
    Internal,
    /// This machine.
    Loopback,
    /// Never a server of ours: link-local with the metadata services of clouds, multicast, reserved, "this network".
    Special,
}

/// The kind of an address.
#[must_use]
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        [127, ..] => Reach::Loopback,
        [10, ..] | [192, 168, ..] => Reach::Internal,
        [172, second, ..] if (16..32).contains(&second) => Reach::Internal,
        [100, second, ..] if (64..128).contains(&second) => Reach::Internal,
        // "This network"; link-local with 169.254.169.254; benchmarks; documentation; protocol assignments; 6to4 anycast.
        [0, ..] | [169, 254, ..] | [198, 18 | 19, ..] => Reach::Special,
        [192, 0, 0 | 2, _] | [198, 51, 100, _] | [203, 0, 113, _] | [192, 88, 99, _] => Reach::Special,
        [first, ..] if first >= 224 => Reach::Special,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if address.is_loopback() {
        return Reach::Loopback;
    }
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        reach_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // v4-mapped (RFC 4291 2.5.5.2), v4-compatible (2.5.5.1) and the unspecified address.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => embedded(high, low),
        // NAT64, RFC 6052 and RFC 8215.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x64, 0xff9b, 1, ..] => Reach::Special,
        // 6to4, RFC 3056.
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo and other protocol assignments; documentation; discard-only.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x0100, 0, 0, 0, ..] => {
            Reach::Special
        }
        [first, ..] if first & 0xfe00 == 0xfc00 => Reach::Internal,
        // Everything outside 2000::/3 that is not named above: link-local, site-local, multicast, not assigned.
        [first, ..] if first & 0xe000 != 0x2000 => Reach::Special,
        _ => Reach::Public,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Reach {
        reach(text.parse().unwrap())
    }

    #[test]
    fn each_special_range_is_recognised_at_both_ends() {
        for (text, expected) in [
            ("127.0.0.1", Reach::Loopback),
            ("127.255.255.255", Reach::Loopback),
            ("::1", Reach::Loopback),
            ("10.0.0.0", Reach::Internal),
            ("10.255.255.255", Reach::Internal),
            ("172.15.255.255", Reach::Public),
            ("172.16.0.0", Reach::Internal),
            ("172.31.255.255", Reach::Internal),
            ("172.32.0.0", Reach::Public),
            ("192.168.1.1", Reach::Internal),
            ("100.63.255.255", Reach::Public),
            ("100.64.0.0", Reach::Internal),
            ("100.127.255.255", Reach::Internal),
            ("100.128.0.0", Reach::Public),
            ("169.254.169.254", Reach::Special),
            ("0.0.0.0", Reach::Special),
            ("224.0.0.1", Reach::Special),
            ("255.255.255.255", Reach::Special),
            ("198.18.0.1", Reach::Special),
            ("192.0.2.1", Reach::Special),
            ("8.8.8.8", Reach::Public),
            ("::", Reach::Special),
            ("fe80::1", Reach::Special),
            ("fec0::1", Reach::Special),
            ("ff02::1", Reach::Special),
            ("fd00:ec2::254", Reach::Internal),
            ("fc00::1", Reach::Internal),
            ("2001:db8::1", Reach::Special),
            ("2001:4860:4860::8888", Reach::Public),
            ("2600::1", Reach::Public),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    #[test]
    fn an_address_inside_another_is_judged_by_the_inner_one() {
        for (text, expected) in [
            ("::ffff:127.0.0.1", Reach::Loopback),
            ("::ffff:169.254.169.254", Reach::Special),
            ("::ffff:10.1.2.3", Reach::Internal),
            ("::ffff:8.8.8.8", Reach::Public),
            ("::127.0.0.1", Reach::Loopback),
            ("64:ff9b::7f00:1", Reach::Loopback),
            ("64:ff9b:1::a00:1", Reach::Special),
            ("2002:7f00:1::", Reach::Loopback),
            ("2002:a9fe:a9fe::", Reach::Special),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Reach::Special),
        ] {
            assert_eq!(of(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_has_the_reach_of_its_v4_address(bits: u32) {
            let v4 = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(reach(v4.into()), reach(v4.to_ipv6_mapped().into()));
        }

        #[test]
        fn only_global_unicast_v6_is_public_without_an_inner_address(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            if reach(address.into()) == Reach::Public && bits >> 96 != 0x64_ff9b && bits >> 32 != 0xffff && bits >> 32 != 0 {
                prop_assert_eq!(bits >> 125, 1);
            }
        }
    }
}
