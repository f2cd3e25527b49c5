//! Two signers and two clients, each tried against everything of the others. Threat T-OA-3.

use serde_json::json;

use crate::harness::client::{sign_body, ticket_of};
use crate::harness::{Client, Person, Token, World};

/// One signer's dealings with one client.
struct Pair {
    client: Client,
    person: usize,
    service: Token,
    signing: Token,
}

struct Everyone {
    world: World,
    persons: [Person; 2],
    pairs: Vec<Pair>,
}

impl Everyone {
    async fn gather() -> Self {
        let world = World::start().await;
        let persons = [world.person("Hanako").await, world.person("Taro").await];
        let mut pairs = Vec::new();
        for name in ["a", "b"] {
            for (index, person) in persons.iter().enumerate() {
                let client = Client::new(name);
                let service = client.service_token(&world, person).await;
                let signing = client.sign_token(&world, person, &[world.fresh_hash()]).await;
                pairs.push(Pair { client, person: index, service, signing });
            }
        }
        Self { world, persons, pairs }
    }

    fn credential(&self, person: usize) -> &str {
        self.persons[person].credential_id.as_str()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_holds_the_credentials_of_its_own_signer_only() {
    let everyone = Everyone::gather().await;
    for pair in &everyone.pairs {
        let answer = pair.service.call(&everyone.world, "credentials/list", &json!({ "credentialInfo": true })).await;
        let json = answer.json();
        assert_eq!(json["credentialIDs"], json!([everyone.credential(pair.person)]));
        assert_eq!(json["credentialInfos"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_described_to_clients_of_its_owner_only() {
    let everyone = Everyone::gather().await;
    for pair in &everyone.pairs {
        for token in [&pair.service, &pair.signing] {
            for person in 0..2 {
                let body = json!({ "credentialID": everyone.credential(person) });
                let answer = token.call(&everyone.world, "credentials/info", &body).await;
                let expected = if person == pair.person { 200 } else { 400 };
                assert_eq!(answer.status, expected, "{} {person}", pair.client.id);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_token_signs_its_own_hash_with_its_own_credential_only() {
    let everyone = Everyone::gather().await;
    for pair in &everyone.pairs {
        for other in &everyone.pairs {
            for person in 0..2 {
                let own = other.signing.hashes == pair.signing.hashes;
                if own && person == pair.person {
                    continue;
                }
                let answer =
                    pair.signing.sign(&everyone.world, everyone.credential(person), &other.signing.hashes).await;
                assert_eq!(answer.status, 400, "{} signs for {}", pair.client.id, other.client.id);
            }
        }
    }
    for pair in &everyone.pairs {
        let answer = pair.signing.sign(&everyone.world, everyone.credential(pair.person), &pair.signing.hashes).await;
        assert_eq!(answer.status, 200, "nothing was spent by the others: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sad_works_beside_a_service_token_of_its_own_client_and_signer_only() {
    let everyone = Everyone::gather().await;
    let call = async |bearer: &Pair, sad: &Pair| {
        let mut body = sign_body(everyone.credential(sad.person), &sad.signing.hashes);
        body["SAD"] = sad.signing.text.clone().into();
        bearer.service.call(&everyone.world, "signatures/signHash", &body).await
    };
    for bearer in &everyone.pairs {
        for sad in &everyone.pairs {
            if bearer.client.id == sad.client.id && bearer.person == sad.person {
                continue;
            }
            let error = call(bearer, sad).await.error();
            assert_eq!(error, (400, "invalid_request".into(), "Invalid parameter SAD".into()));
        }
    }
    for pair in &everyone.pairs {
        assert_eq!(call(pair, pair).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_for_its_own_client_only_and_not_spent_by_another() {
    let everyone = Everyone::gather().await;
    let world = &everyone.world;
    for pair in &everyone.pairs {
        let person = &everyone.persons[pair.person];
        for code in [
            pair.client.service_code(world, person).await,
            pair.client.sign_code(world, person, &[world.fresh_hash()]).await,
        ] {
            let stranger = Client::new(if pair.client.id == "client-a" { "b" } else { "a" });
            let mut request = stranger.exchange_request(&code);
            assert_eq!(stranger.post(world, "/oauth2/token", &request).await.error().1, "invalid_grant");
            request.retain(|(name, _)| name != "redirect_uri");
            request.push(("redirect_uri".into(), pair.client.redirect_uri.clone()));
            assert_eq!(stranger.post(world, "/oauth2/token", &request).await.error().1, "invalid_grant");
            assert_eq!(pair.client.exchange(world, &code).await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_revoked_by_its_own_client_only() {
    let everyone = Everyone::gather().await;
    let world = &everyone.world;
    for pair in &everyone.pairs {
        for token in [&pair.service, &pair.signing] {
            let stranger = Client::new(if pair.client.id == "client-a" { "b" } else { "a" });
            let request = vec![("token".to_owned(), token.text.clone())];
            assert_eq!(stranger.post(world, "/oauth2/revoke", &request).await.status, 400);
            let body = json!({ "credentialID": everyone.credential(pair.person) });
            assert_eq!(token.call(world, "credentials/info", &body).await.status, 200);
            assert_eq!(pair.client.post(world, "/oauth2/revoke", &request).await.status, 204);
            assert_eq!(token.call(world, "credentials/info", &body).await.status, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_request_is_good_for_its_own_client_only() {
    let everyone = Everyone::gather().await;
    let world = &everyone.world;
    let (a, b) = (Client::new("a"), Client::new("b"));
    let address = a.pushed(world, &a.service_request()).await;
    let stolen = address.replace("client-a", "client-b");
    let browser = &everyone.persons[0].browser;
    assert_eq!(browser.get(world, &stolen).await.status, 404, "{}", b.id);
    assert_eq!(browser.get(world, &address).await.status, 303, "not spent by the other client");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_signer_cannot_approve() {
    let everyone = Everyone::gather().await;
    let world = &everyone.world;
    let client = Client::new("a");
    for (owner, stranger) in [(0, 1), (1, 0)] {
        let request = client.sign_request(everyone.credential(owner), &[world.fresh_hash()]);
        let address = client.pushed(world, &request).await;
        let stranger = &everyone.persons[stranger];
        let ticket = ticket_of(&stranger.browser.get(world, &address).await);
        let asked = {
            world.ssa.activation(&ticket, stranger.binding()).await.unwrap();
            world.ssa.request_activation(&ticket, stranger.binding()).await.unwrap()
        };
        assert!(stranger.answer(&asked.challenge, &asked.allow_credentials).await.is_err(), "no such passkey");
        let forced = stranger.answer(&asked.challenge, &[]).await.unwrap();
        assert!(world.ssa.approve(&ticket, stranger.binding(), forced).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signing_token_is_good_for_one_of_several_credentials_of_its_signer() {
    let world = World::start().await;
    let person = world.person("Hanako").await;
    let second = world.second_credential(&person).await;
    let client = Client::new("a");
    let hash = world.fresh_hash();
    let token = client.sign_token(&world, &person, &[hash]).await;
    let answer = token.call(&world, "credentials/info", &json!({ "credentialID": second.as_str() })).await;
    assert_eq!(answer.error().2, "Invalid parameter credentialID");
    let error = token.sign(&world, second.as_str(), &[hash]).await.error();
    assert_eq!(error.2, "Invalid parameter credentialID");
    let service = client.service_token(&world, &person).await;
    let answer = service.call(&world, "credentials/info", &json!({ "credentialID": second.as_str() })).await;
    assert_eq!(answer.status, 200, "it is the signer's own");
    let list = service.call(&world, "credentials/list", &json!({})).await.json();
    assert_eq!(list["credentialIDs"], json!([person.credential_id.as_str(), second.as_str()]));
}
