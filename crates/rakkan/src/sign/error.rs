//! Why a file was not signed, and whose fault that is.

use std::io;
use std::path::PathBuf;

use ades::cades;
use ades::evidence::EvidenceError;
use ades::pades::appearance::{FontError, ImageError};
use ades::pades::{AugmentError, EmbedError, PrepareError};
use ades::pdf::PdfError;
use connectors::evidence::CollectError;
use connectors::http::HttpError;
use connectors::tsa::AllFailed;

use super::csc::CscError;
use crate::exit;
use crate::key::{KeyError, PasswordError};

/// A file was not signed, or nothing could be.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Options that do not go together.
    #[error("{0}")]
    Usage(String),
    /// An input cannot be opened.
    #[error("{} cannot be opened", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An input that is no file.
    #[error("{} is not a file; name a file", .0.display())]
    NotAFile(PathBuf),
    /// The output is one of the inputs.
    #[error("{} is an input; it is overwritten only with --in-place", .0.display())]
    OutputIsInput(PathBuf),
    /// Two inputs would become the same output.
    #[error("two of the files would be written to {}; sign them one by one, or name them differently", .0.display())]
    SameOutput(PathBuf),
    /// The output exists.
    #[error("{} exists; it is overwritten only with --force", .0.display())]
    OutputExists(PathBuf),
    /// The output cannot be written.
    #[error("{} cannot be written; nothing is left of it", .path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key or its certificate.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The document cannot be signed like this.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The document cannot be read as PDF.
    #[error(transparent)]
    Document(#[from] PdfError),
    /// The signature could not be put in.
    #[error(transparent)]
    Embed(EmbedError),
    /// A CAdES signature cannot be made like this.
    #[error(transparent)]
    CmsPrepare(#[from] cades::PrepareError),
    /// The value could not be put into a CAdES signature.
    #[error(transparent)]
    CmsEmbed(#[from] cades::EmbedError),
    /// A CMS cannot be read.
    #[error(transparent)]
    CmsRead(#[from] cades::VerifyCmsError),
    /// A picture cannot be shown.
    #[error("{} cannot be shown in the signature", .path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ImageError,
    },
    /// A font cannot be used; `None` is the one that comes with the program.
    #[error("the font {} cannot be used", .path.as_deref().unwrap_or("that comes with this program".as_ref()).display())]
    Font {
        /// The file.
        path: Option<PathBuf>,
        /// Why.
        #[source]
        source: FontError,
    },
    /// A signature cannot be raised.
    #[error(transparent)]
    Augment(#[from] AugmentError),
    /// A CAdES signature cannot be raised.
    #[error(transparent)]
    CmsAugment(#[from] cades::AugmentError),
    /// The evidence is not complete, or speaks against a signature.
    #[error(transparent)]
    Collect(#[from] Box<CollectError>),
    /// A time-stamp is not what evidence could be collected for.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// There is nothing to raise.
    #[error("{0}")]
    NothingToExtend(String),
    /// The password of a document cannot be had.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A prepared state that is none.
    #[error("{} is not a prepared document: {reason}", .path.display())]
    Prepared {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No time-stamp authority gave a token.
    #[error(transparent)]
    Timestamp(#[from] AllFailed),
    /// A client that cannot be made, for example of a URL that is none.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A remote service gave no signature.
    #[error(transparent)]
    Csc(#[from] CscError),
    /// The operating system.
    #[error("the operating system failed")]
    System(#[source] io::Error),
}

impl SignError {
    /// The exit status.
    pub fn exit(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::OutputIsInput(_) | Self::SameOutput(_) => exit::USAGE,
            Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => exit::MISSING,
            Self::Document(PdfError::WrongPassword | PdfError::PasswordRequired)
            | Self::Prepare(PrepareError::InvalidDocument(PdfError::WrongPassword | PdfError::PasswordRequired))
            | Self::Prepare(PrepareError::NotPermitted)
            | Self::Password(_) => exit::REFUSED,
            Self::Collect(error) if matches!(**error, CollectError::Incomplete { .. }) => exit::UNAVAILABLE,
            Self::Open { .. }
            | Self::NotAFile(_)
            | Self::Image { .. }
            | Self::Font { .. }
            | Self::Document(_)
            | Self::Prepared { .. } => exit::INPUT,
            Self::Prepare(PrepareError::InvalidDocument(_)) => exit::INPUT,
            Self::CmsRead(cades::VerifyCmsError::ContentMissing | cades::VerifyCmsError::ContentIsInside) => {
                exit::USAGE
            }
            Self::CmsRead(_) => exit::INPUT,
            Self::OutputExists(_) | Self::Output { .. } => exit::OUTPUT,
            Self::Key(error) => error.exit(),
            Self::Csc(error) => error.exit(),
            Self::Timestamp(_) => exit::UNAVAILABLE,
            Self::Http(HttpError::Url { .. } | HttpError::CredentialsInUrl { .. }) => exit::USAGE,
            Self::Http(_) => exit::UNAVAILABLE,
            Self::Augment(_)
            | Self::CmsAugment(_)
            | Self::Collect(_)
            | Self::Evidence(_)
            | Self::NothingToExtend(_) => exit::FAILED,
            Self::Prepare(_) | Self::Embed(_) | Self::CmsPrepare(_) | Self::CmsEmbed(_) | Self::System(_) => {
                exit::FAILED
            }
        }
    }

    /// The error and what caused it, in one line.
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            // Some errors say their cause themselves.
            let said = cause.to_string();
            if !line.ends_with(&said) {
                line = format!("{line}: {said}");
            }
            source = cause.source();
        }
        line
    }
}
