//! Stored records of the web side: repositories over SQLite, documents as files beside it. One SQL text that also suits PostgreSQL.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let store = store::Store::open(&store::StoreOptions::new("/var/lib/rakkan")).await?;
//! let credentials = store.credentials().list("00112233445566778899aabbccddeeff").await?;
//! # Ok(())
//! # }
//! ```
//!
//! Rules of the house:
//! - Every change of state is one conditional UPDATE or one unique INSERT whose row count decides who won. Nothing relies on an
//!   isolation level, so the same text is right on both databases.
//! - A write runs in a transaction on the one writer connection (`BEGIN IMMEDIATE`); reads use a pool of their own and never wait for it.
//! - All types here are stored types: times are Unix seconds as `i64`, ids are text. The domain types live in `ssa`.
//! - Nothing in the database can make a key usable: what decides is sealed by the signature activation module.

mod credentials;
mod database;
mod documents;
mod error;
mod oauth;
mod passkeys;
mod receipts;
mod registrations;
mod sessions;
mod signers;
mod spool;
mod tickets;

pub use credentials::{Credential, CredentialStatus, Credentials};
pub use database::{Store, StoreOptions};
pub use documents::{Document, DocumentState, Documents, NewDocument, PreparedDocument, SignedRecord, TimestampRecord};
pub use error::{OpenError, StoreError};
pub use oauth::{AccessToken, Authorization, AuthorizationState, Authorizations, Redemption};
pub use passkeys::{Passkey, Passkeys};
pub use receipts::{Receipt, Receipts};
pub use registrations::{
    Certified, Enrolment, NewRegistration, NewSigner, Purpose, Registration, RegistrationState, Registrations,
};
pub use sessions::{Session, Sessions};
pub use signers::{SealedRecord, Signer, Signers};
pub use spool::{Revision, Spool};
pub use tickets::{
    HashState, NewTicket, NewTicketHash, SignedHash, TakeOutcome, Ticket, TicketHash, TicketState, Tickets,
};
