//! Files of a document: its pages as pictures, the file before and after the signature, the receipt.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::documents::{document, document_id};
use super::file_body::FileBody;
use super::{Answer, Problem, Visit};
use crate::App;

/// Width of the pictures in pixels: sharp at twice the density of a screen.
pub(crate) const PAGE_WIDTH: u32 = 1240;

/// GET `/documents/{id}/pages/{n}.png`
pub async fn page(State(app): State<App>, visit: Visit, Path((id, page)): Path<(String, String)>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    let number = page.strip_suffix(".png").and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| visit.refuse(Problem::NotFound))?;
    let file = app.ssa().document_file(signer, &id).await.map_err(|error| visit.fail(error))?;
    let picture = app.pages().draw(file, number, PAGE_WIDTH).await.map_err(|error| visit.fail(error))?;
    // The list and the page show the same picture; after that it goes with the tab.
    let keep = (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=600"));
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("image/png")), keep], picture).into_response())
}

/// GET `/documents/{id}/original.pdf`: the bytes that are shown, for keeping and for comparing.
pub async fn original(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (signer, document) = document(&app, &visit, &id).await?;
    let file = app.ssa().document_file(signer, &document.id).await.map_err(|error| visit.fail(error))?;
    let body = FileBody::of(file).map_err(|_| visit.refuse(Problem::Internal))?;
    Ok(download("application/pdf", &document.file_name, body))
}

/// GET `/documents/{id}/signed.pdf`: the result. It is forgotten some minutes later unless it is to be kept.
pub async fn signed(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let signer = visit.account()?.signer_id;
    let id = document_id(&visit, &id)?;
    let delivery = app.ssa().deliver(signer, &id).await.map_err(|error| visit.fail(error))?;
    let body = FileBody::of(delivery.file).map_err(|_| visit.refuse(Problem::Internal))?;
    Ok(download("application/pdf", &delivery.file_name, body))
}

/// GET `/documents/{id}/receipt.tlog-proof`
pub async fn receipt(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer {
    let (signer, document) = document(&app, &visit, &id).await?;
    let receipt = app.ssa().document_receipt(signer, &document.id).await.map_err(|error| visit.fail(error))?;
    Ok(download("text/plain; charset=utf-8", &receipt_name(&document.file_name), receipt.into()))
}

/// The name of the receipt for a document.
pub(super) fn receipt_name(file_name: &str) -> String {
    format!("{}.tlog-proof", stem(file_name))
}

/// The name of the signed file, as the delivery names it.
pub(super) fn signed_name(file_name: &str) -> String {
    format!("{}-signed.pdf", stem(file_name))
}

fn stem(file_name: &str) -> &str {
    file_name.strip_suffix(".pdf").or_else(|| file_name.strip_suffix(".PDF")).unwrap_or(file_name)
}

/// A file that the browser saves and never shows.
fn download(media_type: &'static str, file_name: &str, body: Body) -> Response {
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, disposition(file_name)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, body).into_response()
}

/// RFC 6266 with RFC 8187: a plain name for old clients, the whole one for all others.
fn disposition(file_name: &str) -> HeaderValue {
    let plain: String =
        file_name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let whole: String = file_name
        .bytes()
        .map(|octet| match octet {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(octet).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_keeps_its_japanese_name() {
        assert_eq!(
            disposition("契約 1.pdf"),
            "attachment; filename=\"___1.pdf\"; filename*=UTF-8''%E5%A5%91%E7%B4%84%201.pdf"
        );
    }

    #[test]
    fn a_name_cannot_break_out_of_the_header() {
        let header = disposition("a\"; x=\r\nSet-Cookie: b.pdf");
        let text = header.to_str().unwrap();
        assert!(!text.contains('\n') && text.matches('"').count() == 2, "{text}");
    }

    #[test]
    fn the_receipt_is_named_after_the_document() {
        assert_eq!(receipt_name("契約書.pdf"), "契約書.tlog-proof");
        assert_eq!(receipt_name("x"), "x.tlog-proof");
    }
}
