//! What can be not possible, in three sentences each: what happened, why, what to do. The mapping from errors is total.

use axum::http::StatusCode;
use ssa::{
    ActivationError, CheckError, CredentialError, DocumentError, FileFault, IncomingError, LoginError,
    RegistrationError, SessionError,
};

use super::pages::RenderError;
use crate::i18n::Language;

/// Something that is not possible, as a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No such page, document or certificate of this person.
    NotFound,
    /// The login is missing or over.
    SignInNeeded,
    /// The request comes from another site.
    CrossOrigin,
    /// What was sent cannot be read.
    Malformed,
    /// The file is too large.
    TooLarge,
    /// There was no file.
    NoFile,
    /// Not a readable PDF.
    NotAPdf,
    /// Needs a password.
    Encrypted,
    /// No page, or too many.
    PageCount,
    /// Drawing took too much.
    TooHeavy,
    /// Pages cannot be drawn at the moment.
    DrawingDown,
    /// Not in this state of the document.
    DocumentState,
    /// The document cannot be signed.
    DocumentUnsignable,
    /// No certificate to sign with.
    NoCredential,
    /// Not approved (any more).
    ApprovalMissing,
    /// The module said no.
    ApprovalRefused,
    /// The signing page knows no such request.
    RequestGone,
    /// Module or store do not answer.
    SigningDown,
    /// No time-stamp.
    TimestampDown,
    /// No certificate yet.
    AuthorityDown,
    /// No certificate.
    AuthorityRefused,
    /// A field of the form.
    RegistrationInvalid,
    /// Too late.
    RegistrationExpired,
    /// Not a passkey of this service.
    PasskeyRefused,
    /// The end of the file is missing.
    CutOff,
    /// Reading the file would take too much.
    TooComplex,
    /// The file is damaged.
    Damaged,
    /// The upload did not arrive whole.
    UploadBroken,
    /// The upload did not come forward.
    UploadSlow,
    /// No place for a file.
    Busy,
    /// Above the rate of requests.
    TooMany,
    /// No answer in time.
    TooLong,
    /// Our fault.
    Internal,
}

impl Problem {
    /// Key of the title; cause and remedy have it as stem.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::SignInNeeded => "sign-in-needed",
            Self::CrossOrigin => "cross-origin",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::NoFile => "no-file",
            Self::NotAPdf => "not-a-pdf",
            Self::Encrypted => "encrypted",
            Self::PageCount => "page-count",
            Self::TooHeavy => "too-heavy",
            Self::DrawingDown => "drawing-down",
            Self::DocumentState => "document-state",
            Self::DocumentUnsignable => "document-unsignable",
            Self::NoCredential => "no-credential",
            Self::ApprovalMissing => "approval-missing",
            Self::ApprovalRefused => "approval-refused",
            Self::RequestGone => "request-gone",
            Self::SigningDown => "signing-down",
            Self::TimestampDown => "timestamp-down",
            Self::AuthorityDown => "authority-down",
            Self::AuthorityRefused => "authority-refused",
            Self::RegistrationInvalid => "registration-invalid",
            Self::RegistrationExpired => "registration-expired",
            Self::PasskeyRefused => "passkey-refused",
            Self::CutOff => "cut-off",
            Self::TooComplex => "too-complex",
            Self::Damaged => "damaged",
            Self::UploadBroken => "upload-broken",
            Self::UploadSlow => "upload-slow",
            Self::Busy => "busy",
            Self::TooMany => "too-many",
            Self::TooLong => "too-long",
            Self::Internal => "internal",
        }
    }

    /// Why; `max_upload` is the largest upload in octets.
    pub fn cause(self, language: Language, max_upload: u64) -> String {
        match self {
            Self::TooLarge => language.text_with("too-large-cause", "size", language.limit(max_upload)),
            _ => language.text(&format!("{}-cause", self.key())),
        }
    }

    /// What to do.
    pub fn remedy(self, language: Language) -> String {
        language.text(&format!("{}-remedy", self.key()))
    }

    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound | Self::RequestGone => StatusCode::NOT_FOUND,
            Self::SignInNeeded | Self::PasskeyRefused => StatusCode::UNAUTHORIZED,
            Self::CrossOrigin | Self::ApprovalRefused => StatusCode::FORBIDDEN,
            Self::Malformed | Self::NoFile | Self::RegistrationInvalid | Self::UploadBroken => StatusCode::BAD_REQUEST,
            Self::UploadSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAPdf
            | Self::Encrypted
            | Self::PageCount
            | Self::TooHeavy
            | Self::CutOff
            | Self::TooComplex
            | Self::Damaged
            | Self::DocumentUnsignable => StatusCode::UNPROCESSABLE_ENTITY,
            Self::DocumentState | Self::NoCredential | Self::ApprovalMissing | Self::AuthorityRefused => {
                StatusCode::CONFLICT
            }
            Self::RegistrationExpired => StatusCode::GONE,
            Self::DrawingDown
            | Self::SigningDown
            | Self::TimestampDown
            | Self::AuthorityDown
            | Self::Busy
            | Self::TooLong => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which it makes sense to try again, where time alone helps.
    pub fn retry_after(self) -> Option<u64> {
        matches!(self, Self::Busy | Self::TooMany | Self::TooLong).then_some(5)
    }

    /// Where to go on: address and key of its words.
    pub fn next(self) -> (&'static str, &'static str) {
        match self {
            Self::SignInNeeded | Self::PasskeyRefused => ("/login", "problem-next-sign-in"),
            Self::NoCredential | Self::AuthorityDown | Self::AuthorityRefused => {
                ("/certificates", "problem-next-certificates")
            }
            Self::RegistrationInvalid | Self::RegistrationExpired => ("/register", "problem-next-again"),
            Self::TooLarge
            | Self::NoFile
            | Self::NotAPdf
            | Self::Encrypted
            | Self::PageCount
            | Self::TooHeavy
            | Self::DrawingDown
            | Self::CutOff
            | Self::TooComplex
            | Self::Damaged
            | Self::UploadBroken
            | Self::UploadSlow
            | Self::Busy
            | Self::DocumentState
            | Self::DocumentUnsignable
            | Self::ApprovalMissing
            | Self::ApprovalRefused
            | Self::TimestampDown => ("/documents", "problem-next-documents"),
            Self::NotFound
            | Self::CrossOrigin
            | Self::Malformed
            | Self::RequestGone
            | Self::SigningDown
            | Self::TooMany
            | Self::TooLong
            | Self::Internal => ("/", "problem-home"),
        }
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::NotLoggedIn => Self::SignInNeeded,
            SessionError::Unavailable(_) => Self::SigningDown,
            SessionError::Internal(_) => Self::Internal,
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::ChallengeSpent | LoginError::NotAccepted | LoginError::PossibleCopy => Self::PasskeyRefused,
            LoginError::Unavailable(_) => Self::SigningDown,
            LoginError::Internal(_) => Self::Internal,
        }
    }
}

impl From<RegistrationError> for Problem {
    fn from(error: RegistrationError) -> Self {
        match error {
            RegistrationError::InvalidForm { .. }
            | RegistrationError::UnknownAuthority
            | RegistrationError::KeyAlgorithmNotOffered => Self::RegistrationInvalid,
            RegistrationError::NotFound | RegistrationError::Completed | RegistrationError::Failed => {
                Self::RegistrationExpired
            }
            RegistrationError::Busy => Self::DocumentState,
            RegistrationError::PasskeyUnreadable | RegistrationError::Refused(_) => Self::PasskeyRefused,
            RegistrationError::CaRefused { .. } => Self::AuthorityRefused,
            RegistrationError::CaUnavailable(_) | RegistrationError::CaUnreadable(_) => Self::AuthorityDown,
            RegistrationError::Unavailable(_) => Self::SigningDown,
            RegistrationError::Internal(_) => Self::Internal,
        }
    }
}

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::NotFound => Self::NotFound,
            CredentialError::Unavailable(_) => Self::SigningDown,
            CredentialError::Internal(_) => Self::Internal,
        }
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::NotFound | DocumentError::Forgotten => Self::NotFound,
            DocumentError::InvalidDocument { fault, .. } => fault.into(),
            DocumentError::UnknownCredential | DocumentError::CertificateNotValid => Self::NoCredential,
            DocumentError::WrongState { .. } | DocumentError::Busy => Self::DocumentState,
            DocumentError::NotApproved | DocumentError::ApprovalOver => Self::ApprovalMissing,
            DocumentError::TimestampUnavailable(_) => Self::TimestampDown,
            DocumentError::Refused(_) => Self::ApprovalRefused,
            DocumentError::Unavailable(_) => Self::SigningDown,
            DocumentError::SelfCheckFailed { .. } | DocumentError::Internal(_) => Self::Internal,
        }
    }
}

impl From<ActivationError> for Problem {
    fn from(error: ActivationError) -> Self {
        match error {
            ActivationError::InvalidOrder(_) => Self::Malformed,
            ActivationError::UnknownCredential => Self::NoCredential,
            ActivationError::NotFound
            | ActivationError::Expired
            | ActivationError::AlreadyAnswered
            | ActivationError::TooManyAttempts => Self::RequestGone,
            ActivationError::NotRequested => Self::Malformed,
            ActivationError::Refused(_) => Self::ApprovalRefused,
            ActivationError::Unavailable(_) => Self::SigningDown,
            ActivationError::Internal(_) => Self::Internal,
        }
    }
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::InvalidDocument { fault, .. } => fault.into(),
            CheckError::Unavailable(_) => Self::SigningDown,
            CheckError::Internal(_) => Self::Internal,
        }
    }
}

impl From<FileFault> for Problem {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::NotAPdf => Self::NotAPdf,
            FileFault::CutOff => Self::CutOff,
            FileFault::Encrypted => Self::Encrypted,
            FileFault::TooComplex => Self::TooComplex,
            FileFault::Damaged => Self::Damaged,
            FileFault::NotSignable => Self::DocumentUnsignable,
        }
    }
}

impl From<IncomingError> for Problem {
    fn from(error: IncomingError) -> Self {
        match error {
            IncomingError::Busy => Self::Busy,
            IncomingError::TooLarge { .. } => Self::TooLarge,
            IncomingError::Unavailable(_) => Self::SigningDown,
        }
    }
}

impl From<RenderError> for Problem {
    fn from(error: RenderError) -> Self {
        match error {
            RenderError::NotAPdf => Self::NotAPdf,
            RenderError::Encrypted => Self::Encrypted,
            RenderError::PageCount => Self::PageCount,
            RenderError::NoSuchPage => Self::NotFound,
            RenderError::TooLarge => Self::TooLarge,
            RenderError::GaveUp => Self::TooHeavy,
            RenderError::Unavailable => Self::DrawingDown,
        }
    }
}
