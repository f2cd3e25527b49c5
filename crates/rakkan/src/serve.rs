//! `rakkan serve`: the web side as a process. The SAM runs on its own and is reached by its socket.

use std::net::SocketAddr;

use anyhow::Context;
use ssa::sam_client::ActivationClient;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use web::server::Listeners;

use crate::cli::ConfigArg;
use crate::config::serve::ServeFile;
use crate::service;

/// Serves until SIGTERM or SIGINT.
pub async fn run(args: &ConfigArg) -> anyhow::Result<()> {
    let file = ServeFile::load(&args.config)?;
    // Ports first: a port in use is an error before anything else starts.
    let listeners =
        Listeners { portal: listen(file.http.listen).await?, signing: listen(file.http.sign_listen).await? };
    let app = service::assemble(&file, ActivationClient::at_path(&file.sam_socket), None).await?;
    service::require_same_pages(&app, &file).await?;
    tokio::spawn(service::sweep(app.clone()));
    tracing::info!(portal = %file.http.public_origin, signing_page = %file.http.sign_origin, "serving");
    web::server::serve(app, listeners, stopped()).await.context("the server stopped")
}

/// Binds `address`, or says who may be in the way.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "port {} cannot be listened on at {}: another program uses it, or it is not allowed; choose another",
            address.port(),
            address.ip()
        )
    })
}

/// Resolves when the process is asked to stop.
pub async fn stopped() {
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! { _ = term.recv() => (), _ = int.recv() => () }
}
