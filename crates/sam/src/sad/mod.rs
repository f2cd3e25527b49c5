//! Signature activation data: the request that the module issues, the signer's answer, and the decision. EN 419 241-1 SRA_SAP; security design 1.4, 1.5.

mod authorization;
mod boot;
mod sar;
mod verify;

pub use authorization::{Activation, Authorization, HashAuthorization};
pub use boot::BootKey;
pub(crate) use sar::Domain;
pub use sar::{CLOCK_SKEW, HASHES_MAX, LABEL_MAX, SAR_MAX, Sar, VALIDITY};
pub use verify::{
    Attempt, Burn, CounterChange, CounterSighting, CounterState, Decision, Memory, RecordState, Rules, Spent, verify,
};
