//! Approvals that were accepted and not used up yet. In memory only: they die with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Refusal;
use crate::crypto::sha256;
use crate::ids::Hash;
use crate::sad::{Activation, Authorization, HashAuthorization};

/// How many approved hashes are kept at once, used ones included: a used hash is told from one that was never approved.
const HASHES_KEPT_MAX: usize = 200_000;
/// How many new approvals come before the next look for those whose time is over.
const SWEEP_EVERY: usize = 1024;

/// All of them, by the SHA-256 of their names, so that looking one up tells nothing about other names.
#[derive(Default)]
pub(super) struct Grants {
    kept: Mutex<Kept>,
}

/// Grows when everything is forgotten, so that nothing of before is kept after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Generation(u64);

#[derive(Default)]
struct Kept {
    generation: Generation,
    by_name: HashMap<Hash, Arc<Grant>>,
    hashes: usize,
    until_sweep: usize,
}

impl Kept {
    fn sweep(&mut self, now: u64) {
        self.by_name.retain(|_, grant| grant.activation.expires_at >= now);
        self.hashes = self.by_name.values().map(|grant| grant.count).sum();
        self.until_sweep = SWEEP_EVERY;
    }
}

/// One approval with the hashes that are left.
pub(super) struct Grant {
    pub(super) activation: Arc<Activation>,
    count: usize,
    /// In the order of the request; a hash that is taken leaves its place empty.
    left: Mutex<Vec<Place>>,
}

struct Place {
    dtbsr: Vec<u8>,
    authorization: Option<HashAuthorization>,
}

impl Grants {
    /// Keeps an approval that was decided on in `generation` under `name`; `None` if that is over or there are too many.
    pub(super) fn keep(
        &self,
        name: &Hash,
        authorization: Authorization,
        now: u64,
        generation: Generation,
    ) -> Option<()> {
        let count = authorization.count();
        let mut kept = self.kept();
        if kept.generation != generation {
            return None;
        }
        if kept.until_sweep == 0 || kept.hashes.saturating_add(count) > HASHES_KEPT_MAX {
            kept.sweep(now);
        }
        if kept.hashes.saturating_add(count) > HASHES_KEPT_MAX {
            return None;
        }
        kept.hashes = kept.hashes.saturating_add(count);
        kept.until_sweep = kept.until_sweep.saturating_sub(1);
        kept.by_name.insert(sha256(&[name]), Arc::new(Grant::new(authorization)));
        Some(())
    }

    /// The approval with this name, if its time is not over.
    pub(super) fn lookup(&self, name: &Hash, now: u64) -> Result<Arc<Grant>, Refusal> {
        let grant = self.kept().by_name.get(&sha256(&[name])).map(Arc::clone).ok_or(Refusal::UnknownGrant)?;
        if now > grant.activation.expires_at { Err(Refusal::GrantExpired) } else { Ok(grant) }
    }

    pub(super) fn forget_all(&self) {
        let mut kept = self.kept();
        let generation = Generation(kept.generation.0.saturating_add(1));
        *kept = Kept { generation, ..Kept::default() };
    }

    pub(super) fn generation(&self) -> Generation {
        self.kept().generation
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Grant {
    fn new(authorization: Authorization) -> Self {
        let (activation, count) = (Arc::clone(authorization.activation()), authorization.count());
        let place = |authorization: HashAuthorization| Place {
            dtbsr: authorization.dtbsr().to_vec(),
            authorization: Some(authorization),
        };
        let left = authorization.into_single().into_iter().map(place).collect();
        Self { activation, count, left: Mutex::new(left) }
    }

    /// Takes the rights to sign `hashes`, all or none. What is taken cannot be taken again unless it is given back.
    pub(super) fn take(&self, hashes: &[Vec<u8>]) -> Result<Vec<HashAuthorization>, Refusal> {
        let mut left = self.left();
        let mut taken = Vec::with_capacity(hashes.len());
        for hash in hashes {
            let authorization = left
                .iter_mut()
                .filter(|place| place.authorization.as_ref().is_some_and(|free| free.is_for(hash)))
                .find_map(|place| place.authorization.take());
            match authorization {
                Some(authorization) => taken.push(authorization),
                None => {
                    let approved = left.iter().any(|place| place.dtbsr == *hash);
                    put_back(&mut left, taken);
                    return Err(if approved { Refusal::HashAlreadyUsed } else { Refusal::HashNotApproved });
                }
            }
        }
        Ok(taken)
    }

    /// Gives rights back that were taken and not used: nothing was written down about them.
    pub(super) fn give_back(&self, authorizations: Vec<HashAuthorization>) {
        put_back(&mut self.left(), authorizations);
    }

    fn left(&self) -> MutexGuard<'_, Vec<Place>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put_back(left: &mut [Place], authorizations: Vec<HashAuthorization>) {
    for authorization in authorizations {
        let index = usize::try_from(authorization.index()).unwrap_or(usize::MAX);
        if let Some(place) = left.get_mut(index) {
            place.authorization = Some(authorization);
        }
    }
}
