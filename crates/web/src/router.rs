//! Every route of the service in one place, with the layers around them.

use axum::Router;
use axum::routing::{any, get, post};

use crate::csc::v2::{credentials, info, signatures};
use crate::oauth::{authorize, metadata, pushed_authorize, revoke, token};
use crate::{App, csc, health, layer, portal, signing_page};

/// Routes of the portal origin: portal, OAuth 2, CSC.
pub fn portal(app: App) -> Router {
    let api = Router::new()
        .route("/csc/v2/info", get(info::get).post(info::post))
        .route("/csc/v2/credentials/list", post(credentials::list::post))
        .route("/csc/v2/credentials/info", post(credentials::info::post))
        .route("/csc/v2/signatures/signHash", post(signatures::sign_hash::post))
        .route("/csc/v2/signatures/timestamp", post(signatures::timestamp::post))
        .route("/oauth2/pushed_authorize", post(pushed_authorize::post))
        .route("/oauth2/token", post(token::post))
        .route("/oauth2/revoke", post(revoke::post))
        // Some clients build the address without the folder.
        .route("/revoke", post(revoke::post))
        .route(csc::logo::PATH, get(csc::logo::get))
        .route("/csc/{*method}", any(csc::unknown_method))
        .method_not_allowed_fallback(csc::method_not_allowed);
    let pages = Router::new()
        .route("/oauth2/authorize", get(authorize::get))
        .route("/oauth2/authorize/{id}", get(authorize::consent).post(authorize::decide))
        .route("/oauth2/authorize/{id}/approved", get(authorize::approved))
        .route("/.well-known/oauth-authorization-server", get(metadata::get));
    let health = health::router(&app.settings().portal_origin);
    layer::around(api.merge(pages).merge(health).merge(portal::router(app.clone())), app, layer::Side::Portal)
}

/// Routes of the signing origin. Nothing else is served there.
pub fn signing(app: App) -> Router {
    let health = health::router(&app.settings().signing_origin);
    layer::around(signing_page::router(app.clone()).merge(health), app, layer::Side::Signing)
}
