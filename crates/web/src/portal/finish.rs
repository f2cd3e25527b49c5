//! From the review to the signing page, and from the approval to the finished file.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use serde_json::json;
use ssa::{DocumentState, DocumentView, SignerId};

use super::documents::{document, document_id};
use super::files::{receipt_name, signed_name};
use super::review::is_approved;
use super::views::{DonePage, FinishPage, LogView, SignerView};
use super::visit::see_other;
use super::{Answer, Visit, authority};
use crate::i18n::Fingerprint;
use crate::{App, signing_page};

/// POST `/api/documents/{id}/activation`: opens the request to sign; the answer says where the signing page is.
pub async fn activation(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    let back = format!("{}/documents/{id}/finish", app.settings().portal_origin);
    let ticket = app.ssa().open_document_activation(signer, &id, &back).await.map_err(|error| visit.fail(error))?;
    let next = signing_page::address(&app.settings().signing_origin, &ticket, visit.language);
    Ok(Json(json!({ "next": next })).into_response())
}

/// GET `/documents/{id}/finish`: where the signing page sends people, whatever they decided there.
pub async fn page(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (_, document) = document(&app, &visit, &id).await?;
    let go_on = match document.state {
        DocumentState::Signing | DocumentState::Pending => true,
        DocumentState::Approving => is_approved(&app, &document).await,
        DocumentState::Uploaded
        | DocumentState::Prepared
        | DocumentState::Signed
        | DocumentState::Delivered
        | DocumentState::Forgotten => false,
    };
    if !go_on {
        return Ok(see_other(&format!("/documents/{}", document.id)));
    }
    visit.show(&FinishPage { p: visit.page("documents"), id: document.id.to_string(), name: document.file_name })
}

/// POST `/documents/{id}/finish`: for browsers without scripts, and to try again.
pub async fn finish(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    app.ssa().finish_document(signer, &id).await.map_err(|error| visit.fail(error))?;
    Ok(see_other(&format!("/documents/{id}")))
}

/// POST `/api/documents/{id}/finish`
pub async fn finish_by_script(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    app.ssa().finish_document(signer, &id).await.map_err(|error| visit.fail(error))?;
    Ok(Json(json!({ "next": format!("/documents/{id}") })).into_response())
}

/// The result.
pub(super) async fn done(app: &App, visit: &Visit, signer: SignerId, document: DocumentView) -> Answer {
    let language = visit.language;
    let credentials = app.ssa().list_credentials(signer).await.map_err(|error| visit.fail(error))?;
    let used = credentials.into_iter().find(|credential| Some(&credential.id) == document.credential_id.as_ref());
    let signer_view = used.and_then(|credential| {
        let certificate = credential.certificate?;
        Some(SignerView {
            name: certificate.common_name,
            organisation: certificate.organisation,
            authority: credential.ca_name,
            demo: credential.demo,
            serial_tail: authority::serial_tail(&certificate.serial_hex),
        })
    });
    let receipt = app.ssa().document_receipt(signer, &document.id).await.map_err(|error| visit.fail(error))?;
    let signed = document.signed.as_ref();
    visit.show(&DonePage {
        p: visit.page("documents"),
        id: document.id.to_string(),
        signed_size: signed.map(|signed| language.size(signed.size)),
        signed_name: signed_name(&document.file_name),
        receipt_name: receipt_name(&document.file_name),
        signer: signer_view,
        time: signed.map(|signed| language.moment(signed.timestamp_time)),
        time_source: signed
            .map(|signed| language.text_with("done-time-source", "authority", signed.timestamp_authority.clone()))
            .unwrap_or_default(),
        level: "PAdES B-T".to_owned(),
        fingerprint: signed.map(|signed| Fingerprint::of(&signed.sha256)),
        log: log_view(&receipt),
        keep: document.keep,
        name: document.file_name,
    })
}

/// Index, log and size as the receipt says: for reading, not for proof. C2SP tlog-proof: `index`, then after an empty line the
/// checkpoint with origin and size.
fn log_view(receipt: &str) -> Option<LogView> {
    let index = receipt.lines().find_map(|line| line.strip_prefix("index "))?;
    let mut checkpoint = receipt.split("\n\n").nth(1)?.lines();
    let (origin, size) = (checkpoint.next()?, checkpoint.next()?);
    Some(LogView { index: index.to_owned(), origin: origin.to_owned(), size: size.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_in_the_log_is_read_from_the_receipt() {
        let receipt = "c2sp.org/tlog-proof@v1\nextra AAA=\nindex 12\nhash=\n\nlocalhost/log\n13\nroot=\n\n\u{2014} localhost/log sig=\n";
        let view = log_view(receipt).unwrap();
        assert_eq!((&*view.index, &*view.origin, &*view.size), ("12", "localhost/log", "13"));
        assert!(log_view("").is_none());
        assert!(log_view("index 1\n").is_none());
    }
}
