//! Listening: both addresses answer, limits see the peer, and a stop cuts off no answer.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use web::RateLimit;
use web::server::{Listeners, serve};

use crate::harness::{PORTAL, SIGNING, Variation, World};

struct Running {
    portal: SocketAddr,
    signing: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<std::io::Result<()>>,
}

async fn run(world: &World) -> Running {
    let bind = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listeners = Listeners { portal: bind().await, signing: bind().await };
    let address = |listener: &TcpListener| listener.local_addr().unwrap();
    let (portal, signing) = (address(&listeners.portal), address(&listeners.signing));
    let (stop, stopped) = oneshot::channel::<()>();
    let app = world.app.clone();
    let ended = tokio::spawn(async move { serve(app, listeners, async { stopped.await.unwrap() }).await });
    Running { portal, signing, stop, ended }
}

async fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn each_address_serves_its_own_routes() {
    let world = World::start().await;
    let running = run(&world).await;
    assert!(ask(running.portal, "/csc/v2/info").await.starts_with("HTTP/1.1 200"));
    assert!(ask(running.signing, "/csc/v2/info").await.starts_with("HTTP/1.1 404"));
    assert!(ask(running.signing, "/oauth2/token").await.starts_with("HTTP/1.1 404"));
    assert!(ask(running.signing, "/").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_address_says_which_program_serves_which_origin() {
    let world = World::start().await;
    let running = run(&world).await;
    for (address, origin) in [(running.portal, PORTAL), (running.signing, SIGNING)] {
        let answer = ask(address, "/health").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body, serde_json::json!({ "program": "rakkan", "origin": origin }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_is_limited_by_the_address_of_the_peer() {
    let world = World::start_with(RateLimit { per_second: 1, burst: 1 }).await;
    let running = run(&world).await;
    assert!(ask(running.portal, "/csc/v2/info").await.starts_with("HTTP/1.1 200"));
    assert!(ask(running.portal, "/csc/v2/info").await.starts_with("HTTP/1.1 429"));
}

async fn ask_as(address: SocketAddr, forwarded_for: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "GET /csc/v2/info HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {forwarded_for}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_is_no_trusted_proxy_gets_no_new_rate_by_a_forged_header() {
    for trusted_proxies in [vec![], vec!["10.0.0.0/8".parse().unwrap()]] {
        let rate_limit = RateLimit { per_second: 1, burst: 1 };
        let world = World::start_as(Variation { rate_limit, trusted_proxies, ..Variation::default() }).await;
        let running = run(&world).await;
        assert!(ask_as(running.portal, "192.0.2.1").await.starts_with("HTTP/1.1 200"));
        assert!(ask_as(running.portal, "192.0.2.2").await.starts_with("HTTP/1.1 429"));
        assert!(ask_as(running.portal, "192.0.2.3, 10.1.1.1").await.starts_with("HTTP/1.1 429"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_each_client_has_its_own_rate_whatever_it_claims_itself() {
    let (rate_limit, trusted_proxies) = (RateLimit { per_second: 1, burst: 1 }, vec!["127.0.0.1/32".parse().unwrap()]);
    let world = World::start_as(Variation { rate_limit, trusted_proxies, ..Variation::default() }).await;
    let running = run(&world).await;
    assert!(ask_as(running.portal, "192.0.2.1").await.starts_with("HTTP/1.1 200"));
    assert!(ask_as(running.portal, "192.0.2.2").await.starts_with("HTTP/1.1 200"), "another client");
    assert!(ask_as(running.portal, "198.51.100.9, 192.0.2.2").await.starts_with("HTTP/1.1 429"), "the same, lying");
    assert!(ask_as(running.portal, "2001:db8::1").await.starts_with("HTTP/1.1 200"));
    assert!(ask_as(running.portal, "2001:db8::2").await.starts_with("HTTP/1.1 429"), "the same /64");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_a_request_that_is_being_answered_and_takes_no_new_ones() {
    let world = World::start().await;
    let running = run(&world).await;
    let mut open = TcpStream::connect(running.portal).await.unwrap();
    let head = "POST /csc/v2/info HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    open.write_all(head.as_bytes()).await.unwrap();
    let mut line = [0; 12];
    open.read_exact(&mut line).await.unwrap();
    assert_eq!(&line, b"HTTP/1.1 100", "the handler waits for the body now");
    running.stop.send(()).unwrap();
    while TcpStream::connect(running.portal).await.is_ok() {
        tokio::task::yield_now().await;
    }
    open.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("HTTP/1.1 200 OK") && answer.contains("\"specs\":\"2.0.0.0\""), "{answer}");
    running.ended.await.unwrap().unwrap();
}
