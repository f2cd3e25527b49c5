//! Listening on the portal address and the signing address, and stopping without cutting off answers.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Layer;

use crate::{App, router};

/// Time for a client to send its request line and headers: a slow one must not hold a connection.
const HEADER_TIME: Duration = Duration::from_secs(15);
/// Time for open answers to be finished when the service stops.
const STOP_TIME: Duration = Duration::from_secs(10);
/// Connections at once, per address of ours.
const MAX_CONNECTIONS: usize = 1024;
/// Pause when the system has no more connections to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Where the service listens. Bound by the caller, so that a port in use is an error before anything else starts.
#[derive(Debug)]
pub struct Listeners {
    /// Portal, OAuth and CSC.
    pub portal: TcpListener,
    /// The signing page.
    pub signing: TcpListener,
}

/// Serves until `stop` resolves, then takes no new connections and waits up to ten seconds for open answers.
///
/// # Errors
/// None yet once both listeners are bound; kept for what a listener may report later.
pub async fn serve(app: App, listeners: Listeners, stop: impl Future<Output = ()>) -> io::Result<()> {
    let (announce, stopped) = watch::channel(false);
    let portal = tokio::spawn(accept(listeners.portal, router::portal(app.clone()), stopped.clone()));
    let signing = tokio::spawn(accept(listeners.signing, router::signing(app), stopped));
    stop.await;
    announce.send_replace(true);
    let (portal, signing) = tokio::join!(portal, signing);
    portal.and(signing).map_err(io::Error::other)
}

async fn accept(listener: TcpListener, routes: Router, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    loop {
        let accepted = tokio::select! {
            accepted = accept_one(&listener, &room) => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(routes.clone()));
        let connection = server.serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(STOP_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some answers were not finished within {} seconds of the stop", STOP_TIME.as_secs());
    }
}

async fn accept_one(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            // Answers are small and written at once: waiting to fill packets only adds delay.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(error.text = %error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
