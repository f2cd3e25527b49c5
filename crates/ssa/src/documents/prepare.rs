//! Preparation for one credential, and the ticket that asks the signer for the prepared hash. EN 319 142-1 6.3 through `ades::pades`.

use super::{DocumentError, PORTAL_CLIENT};
use crate::Ssa;
use crate::activation::{ActivationError, ActivationOrder, ClientIdentity, HashToSign};
use crate::fault::{Inconsistent, off_the_runtime};
use crate::file_fault::FileFault;
use crate::ids::{CredentialId, DocumentId, SignerId, TicketId};
use ades::Oid;
use ades::crypto::SignatureAlgorithm;
use ades::pades::{self, AdesLevel, PreparedPdf, SignatureParameters};
use ades::pdf::FileSource;
use ades::x509::Certificate;
use store::{CredentialStatus, DocumentState, PreparedDocument, Revision};

/// A ticket of the portal waits this long for its signer, in seconds.
const TICKET_LIFETIME: u64 = 1800;
/// Longest reason or place, in characters.
const TEXT_LIMIT: usize = 100;

/// How a document is to be signed.
#[derive(Debug, Clone)]
pub struct PrepareOrder {
    /// With which credential.
    pub credential_id: CredentialId,
    /// Why, for the signature dictionary.
    pub reason: Option<String>,
    /// Where, for the signature dictionary.
    pub location: Option<String>,
    /// Whether the document is to be kept after delivery.
    pub keep: bool,
}

/// A prepared document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedView {
    /// The document.
    pub document: DocumentId,
    /// SHA-256 of the document before signing.
    pub document_sha256: [u8; 32],
    /// What the key will sign.
    pub dtbsr: Vec<u8>,
    /// Octets of the file after signing.
    pub signed_size: u64,
}

impl Ssa {
    /// Prepares a document for a credential, at level B-T. Any change of the order needs a new preparation, and with it a new approval.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn prepare_document(
        &self,
        signer_id: SignerId,
        id: &DocumentId,
        order: PrepareOrder,
    ) -> Result<PreparedView, DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        let parameters = self.parameters(signer_id, &order).await?;
        match document.state {
            DocumentState::Uploaded | DocumentState::Prepared | DocumentState::Approving => {}
            DocumentState::Forgotten => return Err(DocumentError::Forgotten),
            state => return Err(DocumentError::WrongState { state }),
        }
        let file = self.store().spool().open_file(id.as_str(), Revision::Original).await?;
        let prepared = off_the_runtime(move || {
            let source = FileSource::new(file).map_err(store::StoreError::Spool)?;
            Ok::<_, DocumentError>(pades::prepare(&source, &parameters)?)
        })
        .await?;
        let dtbsr = prepared.dtbsr().as_bytes().to_vec();
        let stored = PreparedDocument {
            credential_id: order.credential_id.to_string(),
            prepared: prepared.to_bytes(),
            dtbsr: dtbsr.clone(),
            keep: order.keep.into(),
        };
        if !self.store().documents().record_preparation(id.as_str(), &stored).await? {
            return Err(DocumentError::Busy);
        }
        if let Some(ticket) = document.ticket_id {
            // The earlier question is void; if it was approved already, the approval is for a hash that nothing will ask for.
            self.store().tickets().refuse(&ticket, "the document was prepared anew").await?;
        }
        Ok(PreparedView {
            document: id.clone(),
            document_sha256: *prepared.document_digest(),
            dtbsr,
            signed_size: prepared.signed_len(),
        })
    }

    /// Opens the ticket for a prepared document. The browser is then sent to the signing page, and afterwards to `return_to`.
    ///
    /// # Errors
    /// [`DocumentError`].
    pub async fn open_document_activation(
        &self,
        signer_id: SignerId,
        id: &DocumentId,
        return_to: &str,
    ) -> Result<TicketId, DocumentError> {
        let document = self.owned_document(signer_id, id).await?;
        match document.state {
            DocumentState::Prepared | DocumentState::Approving => {}
            DocumentState::Forgotten => return Err(DocumentError::Forgotten),
            state => return Err(DocumentError::WrongState { state }),
        }
        let prepared = prepared_of(&document)?;
        let dtbsr = prepared.dtbsr();
        let order = ActivationOrder {
            signer: Some(signer_id),
            credential_id: document
                .credential_id
                .and_then(|text| text.parse().ok())
                .ok_or(Inconsistent("credential of a prepared document"))?,
            hash_algorithm_oid: prepared.algorithm().digest().oid().to_string(),
            signature_algorithm_oid: prepared.algorithm().oid().to_string(),
            hashes: vec![HashToSign {
                hash: dtbsr.as_bytes().to_vec(),
                label: label(&document.file_name),
                document_sha256: *prepared.document_digest(),
            }],
            client: ClientIdentity {
                client_id: PORTAL_CLIENT.to_owned(),
                name: self.config().portal_name.clone(),
                redirect_uri: self.config().portal_origin.clone(),
            },
            purpose: "document signature".to_owned(),
            return_to: return_to.to_owned(),
            expires_in: TICKET_LIFETIME,
        };
        let ticket = self.open_ticket(order, Some(id)).await?;
        if !self.store().documents().record_ticket(id.as_str(), dtbsr.as_bytes(), ticket.as_str()).await? {
            self.store().tickets().refuse(ticket.as_str(), "the document was prepared anew").await?;
            return Err(DocumentError::Busy);
        }
        if let Some(earlier) = document.ticket_id {
            self.store().tickets().refuse(&earlier, "asked again").await?;
        }
        Ok(ticket)
    }

    async fn parameters(
        &self,
        signer_id: SignerId,
        order: &PrepareOrder,
    ) -> Result<SignatureParameters, DocumentError> {
        let found = self.store().credentials().lookup(order.credential_id.as_str()).await?;
        let credential = found
            .filter(|credential| credential.status == CredentialStatus::Active)
            .filter(|credential| credential.signer_id == signer_id.to_string())
            .ok_or(DocumentError::UnknownCredential)?;
        let read = |der: &Vec<u8>| Certificate::from_der(der).map_err(|_| Inconsistent("certificate"));
        let certificate = read(credential.certificate.as_ref().ok_or(Inconsistent("certificate"))?)?;
        let chain = credential.chain.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let view = self.view_of(credential)?;
        let now = self.now();
        if now < certificate.not_before() || now > certificate.not_after() {
            return Err(DocumentError::CertificateNotValid);
        }
        let oid = Oid::new(view.key_algorithm.signature_algorithm().oid()).ok();
        let algorithm = oid.and_then(|oid| SignatureAlgorithm::from_oid(&oid)).ok_or(Inconsistent("key algorithm"))?;
        let name = certificate.subject().common_name();
        let mut parameters = SignatureParameters::new(certificate, algorithm, AdesLevel::T, now).with_chain(chain);
        if let Some(name) = name {
            parameters = parameters.with_signer_name(name);
        }
        if let Some(reason) = text(order.reason.as_deref())? {
            parameters = parameters.with_reason(reason);
        }
        if let Some(location) = text(order.location.as_deref())? {
            parameters = parameters.with_location(location);
        }
        Ok(parameters)
    }
}

pub(super) fn prepared_of(document: &store::Document) -> Result<PreparedPdf, Inconsistent> {
    let bytes = document.prepared.as_ref().ok_or(Inconsistent("prepared document"))?;
    PreparedPdf::from_bytes(bytes).map_err(|_| Inconsistent("prepared document"))
}

fn text(value: Option<&str>) -> Result<Option<String>, DocumentError> {
    match value.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) if text.chars().count() > TEXT_LIMIT || text.chars().any(char::is_control) => {
            Err(DocumentError::InvalidDocument {
                fault: FileFault::NotSignable,
                problem: "reason and place must be one line of at most 100 characters".to_owned(),
            })
        }
        Some(text) => Ok(Some(text.to_owned())),
    }
}

/// At most 200 octets of the file name, cut between characters.
fn label(file_name: &str) -> String {
    let mut label = String::new();
    for character in file_name.chars() {
        if label.len() + character.len_utf8() > 200 {
            break;
        }
        label.push(character);
    }
    label
}

impl From<pades::PrepareError> for DocumentError {
    fn from(error: pades::PrepareError) -> Self {
        Self::InvalidDocument { fault: (&error).into(), problem: error.to_string() }
    }
}

impl From<ActivationError> for DocumentError {
    fn from(error: ActivationError) -> Self {
        match error {
            ActivationError::UnknownCredential => Self::UnknownCredential,
            ActivationError::Refused(refusal) => Self::Refused(refusal),
            ActivationError::Unavailable(source) => Self::Unavailable(source),
            ActivationError::Internal(source) => Self::Internal(source),
            other => Self::Internal(other.into()),
        }
    }
}
