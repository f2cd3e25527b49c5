//! `/documents/{id}/approval`: what the portal's tab shows while the signer is on the signing page, above all the control code.
//!
//! The code is computed here from the request that the module made, not taken from the signing page: when the two differ, something
//! between them is not what it seems. Security notes 1.4.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use ssa::{DocumentState, DocumentView, TicketState};

use super::documents::document;
use super::views::ApprovalPage;
use super::{Answer, Visit};
use crate::App;

/// GET `/documents/{id}/approval`
pub async fn page(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (_, document) = document(&app, &visit, &id).await?;
    visit.show(&ApprovalPage { p: visit.page("documents"), id: document.id.to_string(), name: document.file_name })
}

/// GET `/api/documents/{id}/approval`: how far it is; the page asks again and again.
pub async fn state(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (_, document) = document(&app, &visit, &id).await?;
    let (state, control_code) = progress(&app, &document).await.map_err(|error| visit.fail(error))?;
    Ok((StatusCode::OK, Json(json!({ "state": state, "control_code": control_code }))).into_response())
}

async fn progress(app: &App, document: &DocumentView) -> Result<(&'static str, Option<String>), ssa::ActivationError> {
    let ticket = match (document.state, &document.ticket) {
        (DocumentState::Approving, Some(ticket)) => app.ssa().ticket(ticket).await?,
        (
            DocumentState::Signing | DocumentState::Pending | DocumentState::Signed | DocumentState::Delivered,
            Some(ticket),
        ) => return Ok(("approved", app.ssa().ticket(ticket).await?.control_code)),
        _ => return Ok(("over", None)),
    };
    Ok(match ticket.state {
        TicketState::Open => ("open", None),
        TicketState::Requested => ("requested", ticket.control_code),
        TicketState::Approved | TicketState::Used => ("approved", ticket.control_code),
        TicketState::Refused | TicketState::Expired => ("over", None),
    })
}
