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

/// Is told when a step is reached, in the thread that goes on after it returns.
pub trait StepObserver: Send + Sync {
    /// `step` has just been reached.
    fn reached(&self, step: Step);
}

/// Looks away; for production.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoObserver;

impl StepObserver for NoObserver {
    fn reached(&self, _: Step) {}
}
