//! Time-stamps with fail-over. RFC 3161; CSC API 11.14 `signatures/timestamp`. There is no silent answer without one.

use crate::Ssa;
use crate::fault::Source;
use ades::Oid;
use ades::crypto::{AwsLc, DigestAlgorithm};
use ades::tsp::{Imprint, Nonce};

/// What is to be time-stamped.
#[derive(Debug, Clone)]
pub struct TimestampOrder {
    /// OID of the hash algorithm.
    pub hash_algorithm_oid: String,
    /// The hash.
    pub imprint: Vec<u8>,
    /// The caller's nonce, big-endian; one is chosen if there is none.
    pub nonce: Option<Vec<u8>>,
}

/// A time-stamp token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampReply {
    /// DER of the token.
    pub token_der: Vec<u8>,
    /// Which authority issued it: its id in the configuration, for operators.
    pub authority: String,
    /// Its name in its certificate, for people.
    pub authority_name: String,
    /// The time in it, Unix seconds.
    pub time: u64,
    /// Whether an earlier authority of the list failed first.
    pub after_failover: bool,
}

/// Why there is no time-stamp.
#[derive(Debug, thiserror::Error)]
pub enum TimestampError {
    /// The hash algorithm is not known.
    #[error("the hash algorithm is not known")]
    UnknownHashAlgorithm,
    /// The hash has another length than its algorithm gives.
    #[error("the hash has another length than its algorithm gives")]
    WrongLength,
    /// The nonce is longer than authorities take.
    #[error("the nonce is empty or longer than 32 octets")]
    InvalidNonce,
    /// No authority gave a good token; all attempts are in the source.
    #[error("no time-stamp authority gave a token; try again later")]
    Unavailable(#[source] Source),
    /// A fault of this program.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

impl Ssa {
    /// Gets a time-stamp from the first authority of the list that gives a good one.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub async fn timestamp(&self, order: TimestampOrder) -> Result<TimestampReply, TimestampError> {
        let algorithm = Oid::new(&order.hash_algorithm_oid).ok().and_then(|oid| DigestAlgorithm::from_oid(&oid));
        let algorithm = algorithm.ok_or(TimestampError::UnknownHashAlgorithm)?;
        let imprint = Imprint::from_digest(algorithm, &order.imprint).ok_or(TimestampError::WrongLength)?;
        if order.nonce.as_ref().is_some_and(|nonce| nonce.is_empty() || nonce.len() > 32) {
            return Err(TimestampError::InvalidNonce);
        }
        let nonce = match order.nonce {
            Some(octets) => octets,
            None => self.random::<16>().map_err(|error| TimestampError::Internal(error.into()))?.to_vec(),
        };
        self.stamp(&imprint, &Nonce::from_bytes(&nonce)).await
    }

    pub(crate) async fn stamp(&self, imprint: &Imprint, nonce: &Nonce) -> Result<TimestampReply, TimestampError> {
        let issued = self.timestamps().timestamp(imprint, Some(nonce), || self.now()).await;
        let issued = issued.map_err(|failure| TimestampError::Unavailable(failure.into()))?;
        // The client verified the token; an authority whose certificate names nobody goes by its id.
        let certificate = issued.token.verify(&[], &AwsLc).ok();
        let name = certificate.and_then(|certificate| certificate.subject().common_name());
        Ok(TimestampReply {
            authority_name: name.unwrap_or_else(|| issued.authority.clone()),
            token_der: issued.token.der().to_vec(),
            time: issued.token.info().time,
            authority: issued.authority,
            after_failover: !issued.failed.is_empty(),
        })
    }
}
