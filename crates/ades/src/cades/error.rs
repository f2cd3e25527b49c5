//! Errors of preparing, embedding, verifying and augmenting, by whose fault they are.

use std::io;

use crate::asn1::Malformed;
use crate::attributes::AttributeError;
use crate::crypto::VerifyError;
use crate::crypto::policy::PolicyError;
use crate::tsp::TspError;

/// Why a signature could not be prepared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The certificate's key cannot make signatures of this algorithm.
    #[error("the signature algorithm does not fit the key in the certificate; choose one that does")]
    AlgorithmDoesNotFitKey,
    /// The algorithm, or the key's size or curve, is not accepted at the claimed time.
    #[error("the signature would use an algorithm that is not accepted")]
    AlgorithmNotAccepted(#[source] PolicyError),
    /// The certificate's key usage forbids signing documents.
    #[error("the certificate is not meant for signing documents (key usage); choose another certificate")]
    CertificateNotForSigning,
    /// The claimed time lies before the validity of the certificate.
    #[error("the certificate is not valid yet at the signing time; wait, or choose another certificate")]
    CertificateNotYetValid,
    /// The claimed time lies after the validity of the certificate.
    #[error("the certificate has expired at the signing time; choose another certificate")]
    CertificateExpired,
    /// A stated attribute is wrong.
    #[error(transparent)]
    Attribute(#[from] AttributeError),
    /// A content time-stamp covers something else.
    #[error("a time-stamp over the content is over other content; time-stamp the content that is to be signed")]
    ContentTimestampOverOtherContent,
    /// A content time-stamp is not good.
    #[error("a time-stamp over the content cannot be used; get another one")]
    ContentTimestamp(#[source] TspError),
    /// The digest that was given instead of the content has the wrong length.
    #[error(
        "the digest of the content must have {expected} bytes for this algorithm; compute it by the digest of the signature"
    )]
    DigestLength {
        /// Length of a digest of the signature's algorithm.
        expected: usize,
    },
    /// An enveloping signature cannot be as large.
    #[error("the content is too large (4 GB) to go into the signature; sign it detached")]
    TooLargeToEnvelop,
    /// The existing CMS has no content inside and none was given.
    #[error("the signed content is not in the CMS; give the file that was signed")]
    ContentMissing,
    /// The existing CMS has its content inside.
    #[error("the signed content is in the CMS already; give no file beside it")]
    ContentIsInside,
    /// The content is not what the others have signed.
    #[error("the content is not what the signatures in the CMS are over; give the file that was signed, unchanged")]
    OtherContent,
    /// No signer of that number.
    #[error("the CMS has no signature of that number; count them from 0")]
    NoSuchSigner,
    /// Archive time-stamps of the older forms cover the set of certificates, to which a signature must add.
    #[error(
        "the CMS has an archive time-stamp of an older form, which a further signature would break; sign the content anew"
    )]
    OldArchiveTimestamp,
    /// The existing CMS cannot be read.
    #[error("the existing CMS cannot be read at {what}; it is damaged or no CMS signature in DER")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// The content could not be read.
    #[error("the content could not be read")]
    Read(#[source] io::Error),
}

/// Why a signature value was not embedded. Nothing usable was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// The content differs from what was prepared.
    #[error("this is not the content that was prepared for signing; give the same file, unchanged")]
    WrongContent,
    /// The CMS differs from what was prepared.
    #[error("this is not the CMS that was prepared for a further signature; give the same file, unchanged")]
    WrongCms,
    /// Content was given for a signature that goes into an existing CMS, or the other way round, or it was prepared as the other packaging.
    #[error("the signature was prepared for another packaging; use the call that belongs to it")]
    OtherPackaging,
    /// The stored state does not fit together.
    #[error("the prepared state is damaged (its parts do not fit together); prepare the signature again")]
    DamagedState,
    /// The value is not a signature by the certificate's key over what was prepared.
    #[error(
        "the signature value does not verify under the certificate, so it was not embedded; sign the prepared digest again"
    )]
    SignatureDoesNotVerify(#[source] VerifyError),
    /// Level T was prepared but there is no token. There is no silent fall back to level B.
    #[error(
        "the signature was prepared with a time-stamp (level B-T), but none was given; get one from a time-stamping authority"
    )]
    TimestampMissing,
    /// Level B was prepared.
    #[error("the signature was prepared without a time-stamp (level B-B), but one was given; prepare it at level B-T")]
    TimestampUnexpected,
    /// The token is not good for this signature.
    #[error("the time-stamp token cannot be used for this signature; get another one")]
    TimestampUnusable(#[source] TspError),
    /// The content could not be read.
    #[error("the content could not be read")]
    Read(#[source] io::Error),
    /// The signature could not be written. What was written so far must be thrown away.
    #[error("the signature could not be written; throw away what was written and try again")]
    Write(#[source] io::Error),
}

/// Why a signature could not be made in one call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError<E: std::error::Error + 'static> {
    /// It could not be prepared.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The key did not sign.
    #[error("the signing key made no signature")]
    Key(#[source] E),
    /// What the key made was not embedded.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// Why stored bytes are not a prepared signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PreparedFormatError {
    /// Another kind of data.
    #[error("these bytes are not a prepared CMS signature")]
    NotPrepared,
    /// Written by a newer program.
    #[error("the prepared signature has format version {found}, but only version 1 is known; use a newer program")]
    UnknownVersion {
        /// Version in the data.
        found: u8,
    },
    /// Cut off, altered or inconsistent.
    #[error("the prepared signature is damaged at {what}; prepare it again")]
    Damaged {
        /// The part that could not be read.
        what: &'static str,
    },
}

/// Why signatures could not be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyCmsError {
    /// It is no CMS signature.
    #[error("the signature cannot be read at {what}; it is damaged or no CMS signature in DER")]
    Malformed {
        /// The part that could not be read.
        what: &'static str,
    },
    /// The content stands beside the signature.
    #[error("the signed content is not in the signature; give the file that was signed")]
    ContentMissing,
    /// The content stands in the signature.
    #[error("the signed content is in the signature already; give no file beside it")]
    ContentIsInside,
    /// The content could not be read.
    #[error("the content could not be read")]
    Read(#[source] io::Error),
}

/// Why the level of a signature could not be raised. The signature is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AugmentError {
    /// The signature cannot be looked at.
    #[error(transparent)]
    Unreadable(#[from] VerifyCmsError),
    /// No signer of that number.
    #[error("there is no signature of that number; count them from 0")]
    NoSuchSigner,
    /// Nothing can be gained for a signature that does not verify.
    #[error("the signature does not verify as it is; a broken signature is not made last longer")]
    Broken,
    /// The token is not good for this signature.
    #[error("the time-stamp token cannot be used for this signature; get another one")]
    TimestampUnusable(#[source] TspError),
    /// Level B-LT needs a time-stamp first.
    #[error("the signature has no time-stamp that verifies; add one first (level B-T)")]
    NotTimestamped,
    /// Level B-LTA needs the validation data first.
    #[error("the signature has no revocation data; add the validation data first (level B-LT)")]
    NoValidationData,
    /// There is nothing to add, and nothing there.
    #[error("there is no certificate and no revocation data to add; collect the validation data first")]
    NothingToAdd,
    /// Archive time-stamps of the older forms cover the certificates and revocation data, to which this would add.
    #[error(
        "the signature has an archive time-stamp of an older form, which further validation data would break; it cannot be raised"
    )]
    OldArchiveTimestamp,
    /// The CMS differs from what was prepared.
    #[error("this is not the signature that was prepared for an archive time-stamp; give the same file, unchanged")]
    WrongCms,
    /// The digest algorithm is past its date.
    #[error("the digest algorithm is not accepted for an archive time-stamp")]
    DigestNotAccepted(#[source] PolicyError),
}

impl From<Malformed> for PrepareError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed { what }
    }
}

impl From<Malformed> for VerifyCmsError {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed { what }
    }
}

impl From<Malformed> for AugmentError {
    fn from(malformed: Malformed) -> Self {
        Self::Unreadable(malformed.into())
    }
}
