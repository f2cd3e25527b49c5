//! A signer's credentials: lists and details, shown to their owner only.

use crate::Ssa;
use crate::fault::{Inconsistent, Source, convert_faults};
use crate::ids::{CredentialId, SignerId};
use crate::key_algorithm::{self, KeyAlgorithm};
use crate::service::domain_time;
use ades::x509::Certificate;
use store::CredentialStatus;

/// A credential as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialView {
    /// CSC credentialID.
    pub id: CredentialId,
    /// The owner.
    pub signer_id: SignerId,
    /// How far it is; only `Active` ones can sign.
    pub status: CredentialStatus,
    /// Kind of key.
    pub key_algorithm: KeyAlgorithm,
    /// The authority that was asked.
    pub ca_id: String,
    /// Its name, or the id if it is no longer configured.
    pub ca_name: String,
    /// Whether the authority's certificates are for demonstration only.
    pub demo: bool,
    /// Unix seconds.
    pub created_at: u64,
    /// Present when `Active`.
    pub certificate: Option<CertificateView>,
}

/// A certificate in the words that pages and the CSC API need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// DER.
    pub der: Vec<u8>,
    /// Certificates above, issuer first (DER).
    pub chain: Vec<Vec<u8>>,
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Name of the signer in the certificate.
    pub common_name: String,
    /// Organisation in the certificate.
    pub organisation: Option<String>,
    /// Serial number, hex.
    pub serial_hex: String,
    /// Unix seconds.
    pub not_before: u64,
    /// Unix seconds.
    pub not_after: u64,
}

impl CredentialView {
    /// Whether its key may be used at `now`: only for a certificate that is valid then. The signature activation module has the same
    /// rule and the last word.
    pub fn can_sign_at(&self, now: u64) -> bool {
        let certificate = self.certificate.as_ref();
        self.status == CredentialStatus::Active && certificate.is_some_and(|certificate| certificate.is_valid_at(now))
    }
}

impl CertificateView {
    /// Whether `now` is within its validity, first and last second included. Says nothing of revocation.
    pub fn is_valid_at(&self, now: u64) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }
}

/// Why a credential was not shown.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// No such credential of this signer. Another signer's credential is answered in the same way.
    #[error("there is no such credential")]
    NotFound,
    /// The store does not answer.
    #[error("the service cannot answer now; try again in a moment")]
    Unavailable(#[source] Source),
    /// A fault of this program or of its data.
    #[error("an internal error; its log entry says more")]
    Internal(#[source] Source),
}

convert_faults!(CredentialError);

impl Ssa {
    /// All credentials of a signer, oldest first.
    ///
    /// # Errors
    /// [`CredentialError::Unavailable`] or [`CredentialError::Internal`].
    pub async fn list_credentials(&self, signer_id: SignerId) -> Result<Vec<CredentialView>, CredentialError> {
        let stored = self.store().credentials().list(&signer_id.to_string()).await?;
        stored.into_iter().map(|credential| Ok(self.view_of(credential)?)).collect()
    }

    /// One credential of a signer.
    ///
    /// # Errors
    /// [`CredentialError::NotFound`] also for another signer's credential.
    pub async fn credential(&self, signer_id: SignerId, id: &CredentialId) -> Result<CredentialView, CredentialError> {
        let stored = self.store().credentials().lookup(id.as_str()).await?;
        let owned = stored.filter(|credential| credential.signer_id == signer_id.to_string());
        Ok(self.view_of(owned.ok_or(CredentialError::NotFound)?)?)
    }

    /// Who owns an active credential: for an authorization server that is given a credential by its client.
    ///
    /// # Errors
    /// [`CredentialError::NotFound`] if it is unknown or cannot sign.
    pub async fn credential_owner(&self, id: &CredentialId) -> Result<SignerId, CredentialError> {
        let stored = self.store().credentials().lookup(id.as_str()).await?;
        let active = stored.filter(|credential| credential.status == CredentialStatus::Active);
        Ok(self.view_of(active.ok_or(CredentialError::NotFound)?)?.signer_id)
    }

    pub(crate) fn view_of(&self, stored: store::Credential) -> Result<CredentialView, Inconsistent> {
        let authority = self.authority(&stored.ca_id);
        let certificate = match stored.certificate {
            Some(der) => Some(certificate_view(der, stored.chain)?),
            None => None,
        };
        Ok(CredentialView {
            id: stored.credential_id.parse().map_err(|_| Inconsistent("credential id"))?,
            signer_id: stored.signer_id.parse().map_err(|_| Inconsistent("signer id"))?,
            status: stored.status,
            key_algorithm: key_algorithm::from_stored_name(&stored.key_algorithm)
                .ok_or(Inconsistent("key algorithm"))?,
            ca_name: authority.map_or_else(|| stored.ca_id.clone(), |authority| authority.name.clone()),
            demo: authority.is_some_and(|authority| authority.demo),
            ca_id: stored.ca_id,
            created_at: domain_time(stored.created_at),
            certificate,
        })
    }
}

fn certificate_view(der: Vec<u8>, chain: Vec<Vec<u8>>) -> Result<CertificateView, Inconsistent> {
    let certificate = Certificate::from_der(&der).map_err(|_| Inconsistent("certificate"))?;
    Ok(CertificateView {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        common_name: certificate.subject().common_name().unwrap_or_default(),
        organisation: certificate.subject().organization(),
        serial_hex: certificate.serial_hex(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        der,
        chain,
    })
}
