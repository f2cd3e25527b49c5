//! Whose certificate needs evidence, and as of when. EN 319 102-1 5.5, 5.6.2.

use super::{Evidence, EvidenceError};
use crate::crypto::CryptoProvider;
use crate::tsp::TimestampToken;
use crate::x509::Certificate;

/// What a certificate was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// Signing the document.
    Signer,
    /// Making a time-stamp.
    TimestampAuthority,
    /// Signing an OCSP answer that is evidence itself.
    OcspResponder,
    /// Signing a revocation list with another key than the issuer's present one.
    CrlIssuer,
}

/// A certificate that was used, and what is proven about when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The certificate.
    pub certificate: Certificate,
    /// What it was used for.
    pub role: Role,
    /// When its key was used, Unix time: of a signer the time of the earliest time-stamp over the signature, of an authority the time
    /// in what it made.
    pub used_at: u64,
    /// The earliest time at which it is proven that what the key made existed. A revocation after that time does no harm.
    ///
    /// Of a signer this is the time of the time-stamp; of a time-stamp the time of the next time-stamp over it, or the present.
    pub proven_at: u64,
}

impl Subject {
    /// A signer whose signature is proven to have existed at `proven_at`.
    #[must_use]
    pub fn signer(certificate: Certificate, proven_at: u64) -> Self {
        Self { certificate, role: Role::Signer, used_at: proven_at, proven_at }
    }

    /// An authority that made a time-stamp at `used_at`, which is proven to have existed at `proven_at`.
    #[must_use]
    pub fn timestamp_authority(certificate: Certificate, used_at: u64, proven_at: u64) -> Self {
        Self { certificate, role: Role::TimestampAuthority, used_at, proven_at }
    }

    /// The authority behind a token, which is proven to have existed at `proven_at`: the time of a later time-stamp over it, or now.
    ///
    /// The token's certificate is looked for inside it and among `others`. That the token is over the right data is for the caller to
    /// check, by [`TimestampToken::require_imprint_of`].
    ///
    /// # Errors
    /// [`EvidenceError::Token`] if the token does not verify.
    pub fn of_token(
        token: &TimestampToken,
        others: &[Certificate],
        proven_at: u64,
        provider: &dyn CryptoProvider,
    ) -> Result<Self, EvidenceError> {
        let certificate = token.verify(others, provider).map_err(EvidenceError::Token)?;
        Ok(Self::timestamp_authority(certificate, token.info().time, proven_at))
    }

    /// The subjects of a signature at level T: its signer, as of the earliest of the `tokens` over `signature_value`, and the authority
    /// of each token, as of `now`. Certificates of authorities are looked for in the tokens and in `pool`.
    ///
    /// Level LT comes after level T: without a time-stamp nothing proves that the signature is older than a revocation to come, and
    /// revocation data could not be newer than a time that nobody knows.
    ///
    /// # Errors
    /// [`EvidenceError::NotTimestamped`] without a token, [`EvidenceError::Token`] if one is over something else or does not verify.
    pub fn of_signature(
        signer: &Certificate,
        signature_value: &[u8],
        tokens: &[TimestampToken],
        pool: &Evidence,
        now: u64,
        provider: &dyn CryptoProvider,
    ) -> Result<Vec<Self>, EvidenceError> {
        let mut authorities = Vec::new();
        for token in tokens {
            token.require_imprint_of(signature_value).map_err(EvidenceError::Token)?;
            authorities.push(Self::of_token(token, pool.certificates(), now, provider)?);
        }
        let earliest =
            authorities.iter().map(|authority| authority.used_at).min().ok_or(EvidenceError::NotTimestamped)?;
        let mut subjects = vec![Self::signer(signer.clone(), earliest)];
        subjects.append(&mut authorities);
        Ok(subjects)
    }
}
