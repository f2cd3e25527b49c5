//! How the faults of store and module become the errors of a use case: one rule for all families.

/// The chain behind an error, for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Gives an error enum with the variants `Unavailable(Source)` and `Internal(Source)` its conversions.
macro_rules! convert_faults {
    ($family:ty) => {
        impl From<store::StoreError> for $family {
            fn from(error: store::StoreError) -> Self {
                match error {
                    store::StoreError::Unavailable(_) | store::StoreError::Spool(_) => Self::Unavailable(error.into()),
                    store::StoreError::Conflict | store::StoreError::Internal(_) => Self::Internal(error.into()),
                }
            }
        }

        impl From<$crate::ports::RandomUnavailable> for $family {
            fn from(error: $crate::ports::RandomUnavailable) -> Self {
                Self::Internal(error.into())
            }
        }

        impl From<$crate::fault::Stopped> for $family {
            fn from(error: $crate::fault::Stopped) -> Self {
                Self::Internal(error.into())
            }
        }

        impl From<$crate::fault::Inconsistent> for $family {
            fn from(error: $crate::fault::Inconsistent) -> Self {
                Self::Internal(error.into())
            }
        }
    };
}
pub(crate) use convert_faults;

/// Gives an error enum with the variants `Refused(Refusal)`, `Unavailable(Source)` and `Internal(Source)` the conversion of the
/// module's answers.
macro_rules! convert_module_faults {
    ($family:ty) => {
        impl From<$crate::sam_client::SamError> for $family {
            fn from(error: $crate::sam_client::SamError) -> Self {
                match error {
                    $crate::sam_client::SamError::Refused(refusal) => Self::Refused(refusal),
                    error if error.is_outage() => Self::Unavailable(error.into()),
                    error => Self::Internal(error.into()),
                }
            }
        }
    };
}
pub(crate) use convert_module_faults;

/// The work ended without a result: the program is stopping, or it met a bug.
#[derive(Debug, thiserror::Error)]
#[error("the work was stopped")]
pub struct Stopped(#[source] tokio::task::JoinError);

/// A record that the store should hold is not there, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("stored data is inconsistent: {0}")]
pub struct Inconsistent(pub(crate) &'static str);

/// Runs `work` to its end even if the caller stops waiting. A browser that closes its connection must not leave a step half done.
pub(crate) async fn to_the_end<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Stopped> + Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => Err(Stopped(error).into()),
    }
}

/// Runs `work`, which computes or reads files for a while, where it does not hold up other requests.
pub(crate) async fn off_the_runtime<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Stopped> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Stopped(error).into()),
    }
}
