//! Approvals that were accepted and not used up yet. In memory only: they die with the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Refusal;
use crate::crypto::sha256;
use crate::ids::Hash;
use crate::sad::{Activation, Authorization, HashAuthorization};

/// How many approvals are kept at once.
const GRANTS_MAX: usize = 20_000;

/// All of them, by the SHA-256 of their names, so that looking one up tells nothing about other names.
#[derive(Default)]
pub(super) struct Grants {
    by_name: Mutex<HashMap<Hash, Arc<Grant>>>,
}

/// One approval with the hashes that are left.
pub(super) struct Grant {
    pub(super) activation: Arc<Activation>,
    /// In the order of the request; a hash that is taken leaves its place empty.
    left: Mutex<Vec<Place>>,
}

struct Place {
    dtbsr: Vec<u8>,
    authorization: Option<HashAuthorization>,
}

impl Grants {
    /// Keeps an approval under `name`; `None` if there are too many.
    pub(super) fn keep(&self, name: &Hash, authorization: Authorization, now: u64) -> Option<()> {
        let mut grants = self.grants();
        if grants.len() >= GRANTS_MAX {
            grants.retain(|_, grant| grant.activation.expires_at >= now);
        }
        if grants.len() >= GRANTS_MAX {
            return None;
        }
        grants.insert(sha256(&[name]), Arc::new(Grant::new(authorization)));
        Some(())
    }

    /// The approval with this name, if its time is not over.
    pub(super) fn lookup(&self, name: &Hash, now: u64) -> Result<Arc<Grant>, Refusal> {
        let name = sha256(&[name]);
        let mut grants = self.grants();
        let grant = Arc::clone(grants.get(&name).ok_or(Refusal::UnknownGrant)?);
        if now > grant.activation.expires_at {
            grants.remove(&name);
            return Err(Refusal::GrantExpired);
        }
        Ok(grant)
    }

    pub(super) fn forget_all(&self) {
        self.grants().clear();
    }

    fn grants(&self) -> MutexGuard<'_, HashMap<Hash, Arc<Grant>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Grant {
    fn new(authorization: Authorization) -> Self {
        let activation = Arc::clone(authorization.activation());
        let place = |authorization: HashAuthorization| Place {
            dtbsr: authorization.dtbsr().to_vec(),
            authorization: Some(authorization),
        };
        let left = authorization.into_single().into_iter().map(place).collect();
        Self {
            activation,
            left: Mutex::new(left),
        }
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
                    return Err(if approved {
                        Refusal::HashAlreadyUsed
                    } else {
                        Refusal::HashNotApproved
                    });
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
