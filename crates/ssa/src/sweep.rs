//! What goes when its time is over. Called once a minute; calling it more often does no harm.

use crate::Ssa;
use crate::documents::{CLAIM_STALE, DocumentError};

/// Ended tickets stay this long, so that a late question gets a clear answer. Receipts stay for good.
const TICKET_MEMORY: i64 = 24 * 3600;

/// What a sweep deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Documents whose bytes went.
    pub documents: u64,
    /// Sessions and login challenges.
    pub sessions: u64,
    /// Registrations that nobody finished.
    pub registrations: u64,
    /// Tickets.
    pub tickets: u64,
}

impl Ssa {
    /// Deletes what has expired.
    ///
    /// # Errors
    /// [`DocumentError::Unavailable`] if the store does not answer; the next call goes on.
    pub async fn sweep(&self) -> Result<Swept, DocumentError> {
        let now = self.stored_now();
        let mut swept = Swept {
            sessions: self.store().sessions().delete_expired(now).await?,
            registrations: self.store().registrations().delete_expired(now).await?,
            tickets: self.store().tickets().delete_ended(now.saturating_sub(TICKET_MEMORY)).await?,
            documents: 0,
        };
        for document_id in self.store().documents().expired(now, CLAIM_STALE).await? {
            self.erase(&document_id).await?;
            swept.documents += 1;
        }
        Ok(swept)
    }
}
