//! Server signing application: the use cases of a remote signing service. Everything outside the trusted part. EN 419 241-1 (SSA).
//!
//! One value, [`Ssa`], with the use cases as methods; `web` translates HTTP to them and decides nothing itself.
//!
//! | family | methods |
//! |---|---|
//! | registration | [`Ssa::start_registration`], [`Ssa::finish_registration`], [`Ssa::resume_registration`], [`Ssa::request_certificate`] |
//! | login | [`Ssa::start_login`], [`Ssa::finish_login`], [`Ssa::session`], [`Ssa::end_session`] |
//! | credentials | [`Ssa::list_credentials`], [`Ssa::credential`] |
//! | activation | [`Ssa::open_activation`], [`Ssa::activation`], [`Ssa::request_activation`], [`Ssa::approve`], [`Ssa::decline`] |
//! | signing | [`Ssa::sign_approved`], [`Ssa::timestamp`] |
//! | documents | [`Ssa::upload`], [`Ssa::prepare_document`], [`Ssa::open_document_activation`], [`Ssa::finish_document`], [`Ssa::deliver`] |
//! | check | [`Ssa::check`] |
//!
//! Nothing here can make a key sign: the signature activation module decides, from the signer's passkey assertion over exactly these
//! hashes. What this crate adds is order: each step is durable before the next, and no hash is handed to the module twice.

mod activation;
mod authority;
mod check;
mod credentials;
mod digest;
mod documents;
mod fault;
mod file_fault;
mod ids;
mod incoming;
mod key_algorithm;
mod login;
pub mod oauth;
mod officer;
mod ports;
mod registration;
pub mod sam_client;
mod service;
mod signing;
mod sweep;
mod timestamp;

pub use activation::{
    ActivationError, ActivationItem, ActivationOrder, ActivationRequest, ActivationView, Approval, ClientIdentity,
    HashToSign, TicketState, TicketSummary,
};
pub use authority::{CaView, CertificateAuthority};
pub use check::{CheckError, CheckReport, CheckedIssuer, CheckedSignature, CheckedTimestamp, ReceiptCheck};
pub use credentials::{CertificateView, CredentialError, CredentialView};
pub use documents::{
    Delivery, DocumentError, DocumentState, DocumentView, PrepareOrder, PreparedView, SignedView, Upload,
};
pub use fault::Source;
pub use file_fault::FileFault;
pub use ids::{
    CredentialId, DocumentId, InvalidId, LoginId, RegistrationId, SessionBinding, SessionSecret, SignerId, TicketId,
};
pub use incoming::{Door, Incoming, IncomingError, IncomingFile};
pub use key_algorithm::KeyAlgorithm;
pub use login::{Account, AssertionResponse, LoginError, LoginOptions, Session, SessionError};
pub use officer::{OfficerKey, OfficerKeyError};
pub use ports::{Clock, RandomUnavailable, SecureRandom, SystemClock, SystemRandom};
pub use registration::{
    CertificateRequest, Registered, RegistrationError, RegistrationForm, RegistrationOptions, RegistrationResponse,
};
pub use sam::Refusal;
pub use service::{Config, Parts, SamStatus, Ssa, StatusError};
pub use signing::{SignApprovedError, SignOrder, SignedHash};
pub use store::CredentialStatus;
pub use sweep::Swept;
pub use timestamp::{TimestampError, TimestampOrder, TimestampReply};
