//! The time and the boot key that belongs to it, under one lock: who sees the time after a jump of the clock sees nothing of before.
//!
//! Fails closed: a jump takes the old key and the grants away before a new key is asked for. Without random bytes there is no key, and
//! every request is answered with a failure until there are some.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sgm::{RandomError, SecureRandom};

use super::grants::{Generation, Grants};
use crate::clock::{Clock, Observation, Reading, Timekeeper};
use crate::sad::BootKey;

/// One look at the clock.
#[derive(Clone)]
pub(super) struct Moment {
    pub(super) time: Reading,
    /// The key under which things are issued and known again at this time.
    pub(super) boot: Arc<BootKey>,
    /// Grants that come of this look are kept only until the next jump.
    pub(super) generation: Generation,
}

pub(super) struct Present(Mutex<Inner>);

struct Inner {
    timekeeper: Timekeeper,
    /// None from a jump until there is a new one.
    boot: Option<Arc<BootKey>>,
}

impl Present {
    pub(super) fn new(clock: Box<dyn Clock>, boot: BootKey) -> Self {
        Self(Mutex::new(Inner { timekeeper: Timekeeper::new(clock), boot: Some(Arc::new(boot)) }))
    }

    /// The time. After a jump of the clock nothing that was issued before is good any more.
    pub(super) fn look(
        &self,
        grants: &Grants,
        log_public_key: &[u8; 32],
        rng: &dyn SecureRandom,
    ) -> Result<Moment, RandomError> {
        let mut inner = self.inner();
        let time = match inner.timekeeper.observe() {
            Observation::Steady(time) => time,
            Observation::Jumped(time) => {
                inner.boot = None;
                grants.forget_all();
                time
            }
        };
        let boot = match &inner.boot {
            Some(boot) => Arc::clone(boot),
            None => Arc::clone(inner.boot.insert(Arc::new(BootKey::generate(log_public_key, rng)?))),
        };
        Ok(Moment { time, boot, generation: grants.generation() })
    }

    /// The time without comparison, for what grants nothing.
    pub(super) fn glance(&self) -> Reading {
        self.inner().timekeeper.glance()
    }

    /// The key that counts now, for what grants nothing.
    pub(super) fn boot(&self) -> Option<Arc<BootKey>> {
        self.inner().boot.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A jump takes the key away before anything that could fail, so no half-made state is less strict than a whole one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
