//! Activation: what a signer is asked to approve, on the signing page, for portal documents and CSC clients alike. EN 419 241-1 SRA_SAP.
//!
//! A ticket goes *open -> requested -> approved -> used*, or ends as *refused* or *expired*. The activation request of the module is made
//! only when the signer presses the button, because it lives for 300 seconds. The first browser session that opens a ticket owns it.

mod approve;
mod order;
mod request;
mod view;

pub use approve::Approval;
pub use order::{ActivationOrder, ClientIdentity, HashToSign};
pub use request::ActivationRequest;
pub(crate) use view::state_of;
pub use view::{ActivationItem, ActivationView, TicketState, TicketSummary};

use crate::fault::{Source, convert_faults, convert_module_faults};
use sam::Refusal;

/// Why an activation step was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// The order cannot be approved as it is; the caller's fault.
    #[error("the request to sign cannot be used: {0}")]
    InvalidOrder(&'static str),
    /// No active credential of this name, another signer's, or one whose certificate is not valid now.
    #[error("there is no such credential that can sign")]
    UnknownCredential,
    /// No such ticket, or another browser session has it.
    #[error("there is no such request to sign here; start again from where you came")]
    NotFound,
    /// Its time is over.
    #[error("the time for this request is over; nothing was signed; start again from where you came")]
    Expired,
    /// The button was not pressed yet, or the answer belongs to an earlier press.
    #[error("there is no open question to the passkey; press the sign button")]
    NotRequested,
    /// The answer was given before.
    #[error("this request was answered already")]
    AlreadyAnswered,
    /// The button was pressed too often.
    #[error("too many attempts for this request; start again from where you came")]
    TooManyAttempts,
    /// The module refused; nothing was signed.
    #[error("the approval was not accepted: {0}; nothing was signed")]
    Refused(Refusal),
    /// Store or module do not answer.
    #[error("the service cannot do this now; nothing was signed; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; nothing was signed; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(ActivationError);
convert_module_faults!(ActivationError);
