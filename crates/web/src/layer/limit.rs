//! Limits the rate of requests per address by the generic cell rate algorithm. ITU-T I.371; T-OA-5.
//!
//! One time stamp per address is all the memory it takes, and there are never more than [`MAX_ADDRESSES`] of them.
//! Whose request it is, behind a proxy too, says [`super::client_address`].

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;

use crate::RateLimit;
use crate::layer::caller::{Caller, refuse};
use crate::layer::client_address::{TrustedProxies, share};
use crate::portal::Problem;

/// Addresses that are remembered. Beyond that those that are within their rate are forgotten, which changes nothing for them.
const MAX_ADDRESSES: usize = 65_536;
/// How long nothing is forgotten after a look that found no room: each look goes through all addresses.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Knows when each address may send again. Clones share the memory.
#[derive(Clone)]
pub struct RateLimiter {
    interval: Duration,
    tolerance: Duration,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Default)]
struct Memory {
    /// When the next request of each address is expected at the steady rate.
    arrivals: HashMap<IpAddr, Instant>,
    /// Until then there is no look for addresses to forget: in a flood from everywhere that would cost more than the answers.
    full_until: Option<Instant>,
}

impl RateLimiter {
    /// A limiter for `limit`; a rate of zero is taken as one.
    pub fn new(limit: RateLimit) -> Self {
        let interval = Duration::from_secs(1) / limit.per_second.max(1);
        Self { interval, tolerance: interval * limit.burst.saturating_sub(1), memory: Arc::default() }
    }

    /// Takes one request of `address` at `now`.
    ///
    /// # Errors
    /// How long to wait, if there are too many.
    pub fn take(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Memory { arrivals, full_until } = &mut *memory;
        if arrivals.len() >= MAX_ADDRESSES && !arrivals.contains_key(&address) {
            if full_until.is_some_and(|until| now < until) {
                return Err(self.interval);
            }
            arrivals.retain(|_, expected| *expected > now);
            if arrivals.len() >= MAX_ADDRESSES {
                *full_until = Some(now + LOOK_AGAIN);
                return Err(self.interval);
            }
        }
        let expected = arrivals.get(&address).copied().unwrap_or(now).max(now);
        let early = expected.duration_since(now);
        if early > self.tolerance {
            return Err(early - self.tolerance);
        }
        arrivals.insert(address, expected + self.interval);
        Ok(())
    }
}

/// What the layer works with.
#[derive(Clone)]
pub(super) struct Limit {
    pub(super) limiter: RateLimiter,
    pub(super) proxies: TrustedProxies,
}

pub(super) async fn limit_rate(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let client = peer.map(|peer| limit.proxies.client_address(peer, request.headers()));
    match client.map_or(Ok(()), |client| limit.limiter.take(share(client), Instant::now())) {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            let seconds = wait.as_secs() + 1;
            refuse(Caller::of(&request), Problem::TooMany, Some(seconds))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    #[test]
    fn a_burst_passes_and_the_next_request_waits() {
        let limiter = RateLimiter::new(RateLimit { per_second: 10, burst: 3 });
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(limiter.take(address(1), now), Ok(()));
        }
        assert_eq!(limiter.take(address(1), now), Err(Duration::from_millis(100)));
        assert_eq!(limiter.take(address(2), now), Ok(()), "another address has its own rate");
        assert_eq!(limiter.take(address(1), now + Duration::from_millis(100)), Ok(()));
    }

    #[test]
    fn the_steady_rate_passes_for_ever() {
        let limiter = RateLimiter::new(RateLimit { per_second: 10, burst: 1 });
        let start = Instant::now();
        for step in 0..1000 {
            assert_eq!(limiter.take(address(1), start + Duration::from_millis(100 * step)), Ok(()), "{step}");
        }
    }

    #[test]
    fn refused_requests_do_not_lengthen_the_wait() {
        let limiter = RateLimiter::new(RateLimit { per_second: 1, burst: 1 });
        let now = Instant::now();
        assert_eq!(limiter.take(address(1), now), Ok(()));
        for _ in 0..100 {
            assert_eq!(limiter.take(address(1), now), Err(Duration::from_secs(1)));
        }
        assert_eq!(limiter.take(address(1), now + Duration::from_secs(1)), Ok(()));
    }

    #[test]
    fn memory_stays_bounded() {
        let limiter = RateLimiter::new(RateLimit { per_second: 1, burst: 1 });
        let now = Instant::now();
        let addresses = (0..200_000u32).map(|number| IpAddr::from(Ipv4Addr::from(number)));
        let taken = addresses.filter(|address| limiter.take(*address, now).is_ok()).count();
        assert_eq!(taken, MAX_ADDRESSES);
        assert_eq!(limiter.take(address(1), now + Duration::from_secs(2)), Ok(()), "after a while there is room again");
    }
}
