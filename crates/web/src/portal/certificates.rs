//! `/certificates`: what the signer has, and another one.

use axum::extract::{Form, Path, State};
use serde::Deserialize;
use ssa::{CertificateRequest, CredentialStatus, CredentialView};

use super::documents::is_usable;
use super::views::{CertificatesPage, CredentialCard};
use super::visit::see_other;
use super::{Answer, Problem, Visit, authority};
use crate::App;

/// GET `/certificates`
pub async fn list(State(app): State<App>, visit: Visit) -> Answer {
    let signer = visit.account()?.signer_id;
    let credentials = app.ssa().list_credentials(signer).await.map_err(|error| visit.fail(error))?;
    let now = app.ssa().now();
    visit.show(&CertificatesPage {
        p: visit.page("certificates"),
        credentials: credentials.into_iter().map(|credential| card(&visit, credential, now)).collect(),
        authorities: authority::choices(app.ssa().certificate_authorities(), visit.language),
    })
}

fn card(visit: &Visit, credential: CredentialView, now: u64) -> CredentialCard {
    let language = visit.language;
    let usable = is_usable(&credential, now);
    let (state, tone) = match credential.status {
        CredentialStatus::Active if usable => ("credential-usable", "valid"),
        CredentialStatus::Active => ("credential-expired", "unknown"),
        CredentialStatus::AwaitingCertificate => ("credential-waiting", "unknown"),
        CredentialStatus::Refused => ("credential-refused", "unknown"),
    };
    let certificate = credential.certificate.as_ref();
    let account = visit.account.as_ref().map(|account| account.display_name.clone()).unwrap_or_default();
    CredentialCard {
        id: credential.id.to_string(),
        name: certificate.map_or(account, |certificate| certificate.common_name.clone()),
        organisation: certificate.and_then(|certificate| certificate.organisation.clone()),
        validity: certificate.map(|certificate| {
            let (from, to) = (language.date(certificate.not_before).text, language.date(certificate.not_after).text);
            language.text_with_two("validity-range", ("from", from), ("to", to))
        }),
        serial_tail: certificate.map(|certificate| authority::serial_tail(&certificate.serial_hex)).unwrap_or_default(),
        algorithm: authority::words(credential.key_algorithm, language),
        authority: credential.ca_name,
        demo: credential.demo,
        state: language.text(state),
        tone,
        usable,
        waiting: credential.status == CredentialStatus::AwaitingCertificate,
    }
}

/// From which authority.
#[derive(Debug, Deserialize)]
pub struct Request {
    ca_id: String,
}

/// POST `/certificates`
pub async fn request(State(app): State<App>, visit: Visit, Form(request): Form<Request>) -> Answer {
    let signer = visit.account()?.signer_id;
    let request = CertificateRequest { ca_id: request.ca_id, key_algorithm: None };
    app.ssa().request_certificate(signer, request).await.map_err(|error| visit.fail(error))?;
    Ok(see_other("/certificates"))
}

/// POST `/certificates/{id}/resume`: asks the authority again, with the same key and request.
pub async fn resume(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = id.parse().map_err(|_| visit.refuse(Problem::NotFound))?;
    app.ssa().resume_certificate_request(signer, &id).await.map_err(|error| visit.fail(error))?;
    Ok(see_other("/certificates"))
}
