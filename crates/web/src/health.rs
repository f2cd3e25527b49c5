//! GET /health: which program answers here, and for which origin. For reverse proxies and `rakkan doctor`.
//!
//! It says that requests are taken, and nothing about the activation module or the authorities.

use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use crate::App;

/// Where it is.
pub const PATH: &str = "/health";
/// Value of [`Health::program`].
pub const PROGRAM: &str = "rakkan";

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// [`PROGRAM`].
    pub program: String,
    /// The origin that is served here: that of the portal or that of the signing page.
    pub origin: String,
}

/// The route for the side with this origin.
pub fn router(origin: &str) -> Router<App> {
    let health = Health { program: PROGRAM.to_owned(), origin: origin.to_owned() };
    Router::new().route(PATH, get(async move || Json(health)))
}
