//! `/documents`: choose a file, change how it is signed, let it be forgotten.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;
use ssa::{
    CredentialId, CredentialStatus, CredentialView, DocumentId, DocumentState, DocumentView, Door, IncomingFile,
    PrepareOrder, SignerId, Upload,
};

use super::upload::FileForm;
use super::views::{DocumentLine, DocumentsPage};
use super::visit::see_other;
use super::{Answer, Problem, Refused, Visit};
use crate::App;

/// GET `/documents`
pub async fn list(State(app): State<App>, visit: Visit) -> Answer {
    let signer = visit.account()?.signer_id;
    let documents = app.ssa().documents(signer).await.map_err(|error| visit.fail(error))?;
    let usable = usable_credentials(&app, &visit, signer).await?.len();
    let documents = documents.into_iter().map(|document| line(&visit, document)).collect();
    visit.show(&DocumentsPage {
        p: visit.page("documents"),
        usable,
        sample: app.settings().sample.is_some(),
        documents,
    })
}

fn line(visit: &Visit, document: DocumentView) -> DocumentLine {
    let (state, tone) = match document.state {
        DocumentState::Uploaded => ("state-uploaded", ""),
        DocumentState::Prepared => ("state-prepared", ""),
        DocumentState::Approving => ("state-approving", ""),
        DocumentState::Signing => ("state-signing", "unknown"),
        DocumentState::Pending => ("state-pending", "unknown"),
        DocumentState::Signed => ("state-signed", "valid"),
        DocumentState::Delivered => ("state-delivered", "valid"),
        DocumentState::Forgotten => ("state-forgotten", ""),
    };
    DocumentLine {
        id: document.id.to_string(),
        name: document.file_name,
        state: visit.language.text(state),
        tone,
        size: visit.language.size(document.size),
        created: visit.language.moment(document.created_at),
        open: document.state != DocumentState::Forgotten,
    }
}

/// POST `/documents`: a file from the drop zone.
pub async fn upload(State(app): State<App>, visit: Visit, form: FileForm) -> Answer {
    let signer = visit.account()?.signer_id;
    let (file_name, file) = form.receive(&app, &visit, Door::SignedIn).await?;
    take(&app, &visit, signer, file_name, file).await
}

/// POST `/documents/sample`: the sample contract.
pub async fn sample(State(app): State<App>, visit: Visit) -> Answer {
    let signer = visit.account()?.signer_id;
    let (file_name, bytes) = app.settings().sample.clone().ok_or_else(|| visit.refuse(Problem::NotFound))?;
    let file = app.ssa().receive_whole(Door::SignedIn, &bytes).await.map_err(|error| visit.fail(error))?;
    take(&app, &visit, signer, file_name, file).await
}

/// Looks at a file in the drawing process first, where it can do no harm; only then it is kept and prepared.
async fn take(app: &App, visit: &Visit, signer: SignerId, file_name: String, file: IncomingFile) -> Answer {
    let usable = usable_credentials(app, visit, signer).await?;
    let credential = usable.first().ok_or_else(|| visit.refuse(Problem::NoCredential))?.id.clone();
    let handle = file.handle().map_err(|_| visit.refuse(Problem::Internal))?;
    let survey = app.pages().survey(handle).await.map_err(|error| visit.fail(error))?;
    let report = serde_json::to_string(&survey).map_err(|_| visit.refuse(Problem::Internal))?;
    // From here on to the end, also if the browser goes away: nothing is left half done.
    let kept = tokio::spawn(keep(app.clone(), signer, Upload { file_name, file }, credential, report)).await;
    let id = kept.map_err(|_| visit.refuse(Problem::Internal))?.map_err(|error| visit.fail(error))?;
    Ok(see_other(&format!("/documents/{id}")))
}

async fn keep(
    app: App,
    signer: SignerId,
    upload: Upload,
    credential: CredentialId,
    report: String,
) -> Result<DocumentId, ssa::DocumentError> {
    let id = app.ssa().upload(signer, upload).await?.id;
    let prepared = prepare(&app, signer, &id, credential, false).await;
    let kept = match prepared {
        Ok(()) => app.ssa().save_page_report(signer, &id, &report).await,
        Err(error) => Err(error),
    };
    if let Err(error) = kept {
        // Nobody can go on with it: it would only lie there until it expires.
        if let Err(error) = app.ssa().forget(signer, &id).await {
            tracing::warn!(error.text = %error, "a document that cannot be signed could not be forgotten");
        }
        return Err(error);
    }
    Ok(id)
}

async fn prepare(
    app: &App,
    signer: SignerId,
    id: &DocumentId,
    credential_id: CredentialId,
    keep: bool,
) -> Result<(), ssa::DocumentError> {
    let order = PrepareOrder { credential_id, reason: None, location: None, keep };
    app.ssa().prepare_document(signer, id, order).await.map(drop)
}

/// The certificates that can sign now, oldest first.
pub(super) async fn usable_credentials(
    app: &App,
    visit: &Visit,
    signer: SignerId,
) -> Result<Vec<CredentialView>, Refused> {
    let mut credentials = app.ssa().list_credentials(signer).await.map_err(|error| visit.fail(error))?;
    let now = app.ssa().now();
    credentials.retain(|credential| is_usable(credential, now));
    Ok(credentials)
}

pub(super) fn is_usable(credential: &CredentialView, now: u64) -> bool {
    let valid = |certificate: &ssa::CertificateView| (certificate.not_before..=certificate.not_after).contains(&now);
    credential.status == CredentialStatus::Active && credential.certificate.as_ref().is_some_and(valid)
}

/// What can be changed on the review page.
#[derive(Debug, Deserialize)]
pub struct Settings {
    credential_id: String,
    keep: Option<String>,
}

/// POST `/documents/{id}/settings`: prepares the document anew.
pub async fn settings(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    Form(settings): Form<Settings>,
) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    let credential = settings.credential_id.parse().map_err(|_| visit.refuse(Problem::NoCredential))?;
    let keep = settings.keep.is_some();
    prepare(&app, signer, &id, credential, keep).await.map_err(|error| visit.fail(error))?;
    Ok(see_other(&format!("/documents/{id}")))
}

/// POST `/documents/{id}/forget`
pub async fn forget(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    app.ssa().forget(signer, &id).await.map_err(|error| visit.fail(error))?;
    Ok(see_other("/documents"))
}

/// Text that is no id is answered like an unknown one.
pub(super) fn document_id(visit: &Visit, text: &str) -> Result<DocumentId, Refused> {
    text.parse().map_err(|_| visit.refuse_as_asked(Problem::NotFound))
}

/// The document, if it is this person's.
pub(super) async fn document(app: &App, visit: &Visit, id: &str) -> Result<(SignerId, DocumentView), Refused> {
    let signer = visit.account()?.signer_id;
    let id = document_id(visit, id)?;
    let document = app.ssa().document(signer, &id).await.map_err(|error| visit.fail(error))?;
    if document.state == DocumentState::Forgotten {
        return Err(visit.refuse_as_asked(Problem::NotFound));
    }
    Ok((signer, document))
}

/// After the approval the document has a page of its own.
pub(super) fn to_finish(id: &DocumentId) -> Response {
    see_other(&format!("/documents/{id}/finish"))
}
