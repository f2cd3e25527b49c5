//! The guard in front of every request. Threats T-CN-1 and T-CN-3 of the threat model.

use connectors::http::{HttpClient, HttpError, HttpPolicy, HttpRequest, Loopback, Resolver, Resolving};
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use test_support::http::body::{stalled, zeros};
use test_support::http::{LoopbackServer, Outcome, StatusCode, header};

/// A server that counts its visitors.
async fn counting() -> (LoopbackServer, Arc<AtomicUsize>) {
    let visits = Arc::new(AtomicUsize::new(0));
    let counter = visits.clone();
    let server = LoopbackServer::start(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { Outcome::text(StatusCode::OK, "hello") }
    });
    (server.await.unwrap(), visits)
}

/// Gives its answers in turn, the last one for ever, and counts the questions.
struct Scripted {
    answers: Mutex<Vec<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |list: &&[&str]| list.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().rev().map(parse).collect()), asked: AtomicUsize::new(0) })
    }
}

impl Resolver for Scripted {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() };
        Box::pin(async move { Ok(answer) })
    }
}

async fn error(client: &HttpClient, url: &str) -> HttpError {
    client.send_for_ok(HttpRequest::get(url)).await.unwrap_err()
}

#[tokio::test]
async fn every_spelling_of_this_machine_and_of_metadata_services_is_refused() {
    let (server, visits) = counting().await;
    let port = server.address().port();
    let client = HttpClient::new(HttpPolicy::default()).unwrap();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::]",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "10.0.0.1",
        "192.168.0.1",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ] {
        let error = error(&client, &format!("http://{host}:{port}/")).await;
        assert!(matches!(error, HttpError::AddressDenied { .. }), "{host}: {error}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn loopback_is_reached_when_the_policy_says_so_and_nothing_else_is() {
    let (server, visits) = counting().await;
    let client = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
    client.send_for_ok(HttpRequest::get(&server.url())).await.unwrap();
    client.send_for_ok(HttpRequest::get(&format!("http://localhost:{}/", server.address().port()))).await.unwrap();
    assert_eq!(visits.load(Ordering::SeqCst), 2);
    for host in ["10.0.0.1", "169.254.169.254"] {
        assert!(matches!(error(&client, &format!("http://{host}/")).await, HttpError::AddressDenied { .. }));
    }
}

#[tokio::test]
async fn other_schemes_and_credentials_in_the_url_are_refused() {
    let client = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
    for url in
        ["gopher://127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/", "data:text/plain,x", "127.0.0.1", "http://"]
    {
        assert!(matches!(error(&client, url).await, HttpError::Url { .. }), "{url}");
    }
    assert!(matches!(error(&client, "http://user:secret@127.0.0.1/").await, HttpError::CredentialsInUrl { .. }));
    assert!(!error(&client, "http://user:secret@127.0.0.1/").await.to_string().contains("secret"));
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to() {
    let (server, visits) = counting().await;
    let resolver = Scripted::new(&[&["127.0.0.1"], &["169.254.169.254"]]);
    let url = format!("http://tsa.example:{}/", server.address().port());
    let client = HttpClient::with_resolver(HttpPolicy::with_loopback(), resolver.clone()).unwrap();
    client.send_for_ok(HttpRequest::get(&url)).await.unwrap();
    assert_eq!((resolver.asked.load(Ordering::SeqCst), visits.load(Ordering::SeqCst)), (1, 1));
    // The name has been rebound: the next connection asks once more, and its answer is judged like the first.
    let again = HttpClient::with_resolver(HttpPolicy::with_loopback(), resolver.clone()).unwrap();
    assert!(matches!(error(&again, &url).await, HttpError::AddressDenied { .. }));
    assert_eq!((resolver.asked.load(Ordering::SeqCst), visits.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn one_forbidden_address_among_good_ones_spoils_the_name() {
    let (server, visits) = counting().await;
    for answer in [&["8.8.8.8", "127.0.0.1"][..], &["127.0.0.1", "8.8.8.8"], &["::ffff:127.0.0.1"]] {
        let client = HttpClient::with_resolver(HttpPolicy::default(), Scripted::new(&[answer])).unwrap();
        let error = error(&client, &format!("http://ca.example:{}/", server.address().port())).await;
        assert!(matches!(error, HttpError::AddressDenied { .. }), "{error}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_without_an_address_is_told_apart_from_a_service_that_is_down() {
    let client = HttpClient::with_resolver(HttpPolicy::with_loopback(), Scripted::new(&[&[]])).unwrap();
    assert!(matches!(error(&client, "http://nowhere.example/").await, HttpError::Unresolved { .. }));
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
    assert!(matches!(error(&client, &format!("http://{closed}/")).await, HttpError::Connect { .. }));
}

#[tokio::test]
async fn only_the_hosts_of_the_allow_list_are_asked() {
    let (server, visits) = counting().await;
    let only_hosts = Some(["tsa.example".to_owned()].into());
    let policy = HttpPolicy { only_hosts, loopback: Loopback::Allowed, ..HttpPolicy::default() };
    let client = HttpClient::with_resolver(policy, Scripted::new(&[&["127.0.0.1"]])).unwrap();
    let port = server.address().port();
    client.send_for_ok(HttpRequest::get(&format!("http://tsa.example:{port}/"))).await.unwrap();
    for host in ["other.example", "127.0.0.1", "tsa.example.evil.example"] {
        let error = error(&client, &format!("http://{host}:{port}/")).await;
        assert!(matches!(error, HttpError::HostNotAllowed { .. }), "{host}: {error}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_redirect_is_reported_and_never_followed() {
    let (inside, visits) = counting().await;
    let target = inside.url();
    for status in [301, 302, 303, 307, 308] {
        let target = target.clone();
        let server = LoopbackServer::start(move |_| {
            let target = target.clone();
            async move { Outcome::text(StatusCode::from_u16(status).unwrap(), "there").with(header::LOCATION, &target) }
        });
        let client = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
        let error = error(&client, &server.await.unwrap().url()).await;
        assert!(matches!(error, HttpError::Redirected { status: got, .. } if got == status), "{error}");
    }
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_cut_off() {
    let limit = 100_000;
    let policy = HttpPolicy { largest_answer: limit, ..HttpPolicy::with_loopback() };
    let client = HttpClient::new(policy).unwrap();
    // Without a length beforehand, so that only counting finds it; 1 GiB would take far longer than the deadline of this test.
    let endless = LoopbackServer::start(|_| async { Outcome::Answer(answer_of(zeros(1 << 30))) }).await.unwrap();
    assert!(matches!(error(&client, &endless.url()).await, HttpError::TooLarge { limit: 100_000, .. }));
    let declared =
        LoopbackServer::start(|_| async { Outcome::text(StatusCode::OK, "x".repeat(100_000)) }).await.unwrap();
    assert!(matches!(error(&client, &declared.url()).await, HttpError::TooLarge { .. }));
    let fits = LoopbackServer::start(|_| async { Outcome::text(StatusCode::OK, "x".repeat(99_999)) }).await.unwrap();
    let answer = client.send_for_ok(HttpRequest::get(&fits.url())).await.unwrap();
    assert_eq!(answer.body.len(), limit);
}

#[tokio::test]
async fn the_deadline_covers_the_answer_to_its_last_byte() {
    let silent = LoopbackServer::start(|_| std::future::pending::<Outcome>()).await.unwrap();
    let drop_by_drop = LoopbackServer::start(|_| async {
        Outcome::Answer(answer_of(stalled("first".into(), std::future::pending())))
    });
    let client = HttpClient::new(HttpPolicy::with_loopback().deadline(Duration::from_millis(40))).unwrap();
    for server in [silent, drop_by_drop.await.unwrap()] {
        let error = error(&client, &server.url()).await;
        assert!(matches!(error, HttpError::Deadline { milliseconds: 40, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_or_does_not_speak_http_breaks_the_exchange() {
    let rude = LoopbackServer::start(|_| async { Outcome::Hangup }).await.unwrap();
    let client = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
    assert!(matches!(error(&client, &rude.url()).await, HttpError::Exchange { .. }));
}

fn answer_of(body: test_support::http::Body) -> test_support::http::Answer {
    test_support::http::Answer::new(body)
}

const TARGET: &str = "RAKKAN_TEST_TARGET";

// The environment of a running process cannot be changed safely, so this test runs the next one in a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_proxy_from_the_environment_is_not_used() {
    let ((target, target_visits), (proxy, proxy_visits)) = (counting().await, counting().await);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "guard::asks_the_target_in_the_environment", "--ignored"]).env(TARGET, target.url());
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, proxy.url());
    }
    let output = child.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((target_visits.load(Ordering::SeqCst), proxy_visits.load(Ordering::SeqCst)), (1, 0));
}

#[tokio::test]
#[ignore = "run by a_proxy_from_the_environment_is_not_used"]
async fn asks_the_target_in_the_environment() {
    let client = HttpClient::new(HttpPolicy::with_loopback()).unwrap();
    client.send_for_ok(HttpRequest::get(&std::env::var(TARGET).unwrap())).await.unwrap();
}
