//! Nothing that grants something, and nothing that a client or signer said, stands in the log, however much is logged.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::harness::client::{parameters, ticket_of, with};
use crate::harness::{Client, World};
use serde_json::json;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_whole_signature_is_in_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_env_filter("trace,sqlx=debug")
        .with_writer(move || writer.clone())
        .finish();
    // For all threads, so that work on other threads is seen too; the tests beside this one write to it as well.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let world = World::start().await;
    let person = world.person("Hanako Himitsu").await;
    let client = Client::new("a");
    let hash = world.fresh_hash();
    let label = "confidential-merger.pdf";
    let mut request = client.sign_request(person.credential_id.as_str(), &[hash]);
    let details = request.last().unwrap().1.replace("document 1.pdf", label);
    request = with(request, "authorization_details", &details);
    request = with(request, "description", "words of the client");
    let address = client.pushed(&world, &request).await;
    let answer = person.browser.get(&world, &address).await;
    let ticket = ticket_of(&answer);
    let approval = person.approve(&world, &ticket).await;
    let code = person.browser.get(&world, &approval.return_to).await.location_parameter("code").unwrap();
    let token = client.exchange(&world, &code).await.json()["access_token"].as_str().unwrap().to_owned();
    let token = crate::harness::Token { text: token, hashes: vec![hash] };
    let signed = token.sign(&world, person.credential_id.as_str(), &[hash]).await;
    assert_eq!(signed.status, 200);
    let signature = signed.json()["signatures"][0].as_str().unwrap().to_owned();
    // What goes wrong is logged more eagerly than what goes well.
    client.exchange(&world, &code).await;
    token.sign(&world, person.credential_id.as_str(), &[hash]).await;
    token.call(&world, "signatures/timestamp", &json!({ "hash": 1 })).await;
    client.post(&world, "/oauth2/revoke", &parameters(&[("token", &token.text)])).await;
    let wrong = Client { secret: "a-wrong-secret".into(), ..client.clone() };
    wrong.exchange(&world, &code).await;

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("an authorization code came twice"), "the log was captured");
    assert!(log.contains("/csc/v2/signatures/signHash"), "the log has the routes:\n{log}");
    let reference = address.rsplit("%3A").next().unwrap();
    let secrets = [
        ("code", code.as_str()),
        ("token", &token.text),
        ("client secret", &client.secret),
        ("header", &client.basic()["Basic ".len()..]),
        ("wrong secret", "a-wrong-secret"),
        ("verifier", crate::harness::client::VERIFIER),
        ("request reference", reference),
        ("ticket", ticket.as_str()),
        ("address to return to", approval.return_to.rsplit('/').nth(1).unwrap()),
        ("state", "the state"),
        ("session", &person.browser.cookie("rakkan-session").unwrap()),
        ("browser", &person.browser.cookie("rakkan-authorize").unwrap()),
        ("name", "Himitsu"),
        ("label", label),
        ("description", "words of the client"),
        ("signature", &signature),
    ];
    for (name, secret) in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{name}");
    }
}
