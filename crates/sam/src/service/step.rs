//! The durable steps of a signature, named so that a test can stop the process at each of them. Security design 3.5.

/// A point between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The approved request is burned; no grant exists yet.
    RequestBurned,
    /// The hashes are burned and their intents durable; no key was used yet.
    IntentDurable,
    /// Signature values exist in memory only.
    Signed,
    /// Results are durable and published; nothing was answered yet.
    ResultDurable,
}

impl Step {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::RequestBurned, Self::IntentDurable, Self::Signed, Self::ResultDurable];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::RequestBurned => "request-burned",
            Self::IntentDurable => "intent-durable",
            Self::Signed => "signed",
            Self::ResultDurable => "result-durable",
        }
    }
}

/// Something that whoever runs the module should know at once. The log has a refusal of the same attempt; an alert names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alert {
    /// A passkey's signature counter did not grow: there may be a copy of it. Security design 7.1 no. 16.
    CounterNotIncreased,
    /// That happened a second time within 24 hours; the passkey is locked.
    AuthenticatorLocked,
}

impl Alert {
    /// A sentence for the operator that needs nothing around it.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::CounterNotIncreased => {
                "a passkey's signature counter did not grow: the passkey may have been copied; the approval was refused, the signing \
                 log says which request; a second time within 24 hours locks the passkey"
            }
            Self::AuthenticatorLocked => {
                "a passkey's signature counter did not grow twice within 24 hours: the passkey may have been copied and is locked now; \
                 the signing log says which requests were refused; ask the signer, and register another passkey"
            }
        }
    }
}

/// Is told when a step is reached, in the thread that goes on after it returns.
pub trait StepObserver: Send + Sync {
    /// `step` has just been reached.
    fn reached(&self, step: Step);

    /// An alert was raised, after what led to it became durable.
    fn alert(&self, _: Alert) {}
}

/// Looks away; for production.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl StepObserver for NoObserver {
    fn reached(&self, _: Step) {}
}
