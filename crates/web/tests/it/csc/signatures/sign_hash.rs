//! /csc/v2/signatures/signHash

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64ct::{Base64, Encoding};
use serde_json::{Value, json};

use crate::harness::client::{call_with, sign_body};
use crate::harness::{Answer, Client, Person, Token, World};

const SIGN: &str = "signatures/signHash";

fn signatures(answer: &Answer) -> Vec<Vec<u8>> {
    let json = answer.json();
    let items = json["signatures"].as_array().unwrap_or_else(|| panic!("{}", answer.text()));
    items.iter().map(|item| Base64::decode_vec(item.as_str().unwrap()).unwrap()).collect()
}

/// Whether `signature` is a DER ECDSA value over `hash` under the key in the person's certificate.
async fn verifies(world: &World, person: &Person, hash: &[u8; 32], signature: &[u8]) -> bool {
    let view = world.ssa.credential(person.signer_id, &person.credential_id).await.unwrap();
    let certificate = ades::x509::Certificate::from_der(&view.certificate.unwrap().der).unwrap();
    let digest = aws_lc_rs::digest::Digest::import_less_safe(hash, &aws_lc_rs::digest::SHA256).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, certificate.spki_der()).verify_digest(&digest, signature).is_ok()
}

struct Case {
    world: World,
    person: Person,
    client: Client,
}

impl Case {
    async fn new() -> Self {
        let world = World::start().await;
        let person = world.person("Hanako").await;
        Self { world, person, client: Client::new("a") }
    }

    fn credential(&self) -> &str {
        self.person.credential_id.as_str()
    }

    async fn token(&self, hashes: &[[u8; 32]]) -> Token {
        self.client.sign_token(&self.world, &self.person, hashes).await
    }

    async fn refusal(&self, token: &Token, body: &Value) -> (u16, String, String) {
        token.call(&self.world, SIGN, body).await.error()
    }
}

fn invalid(sentence: &str) -> (u16, String, String) {
    (400, "invalid_request".into(), sentence.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn approved_hashes_are_signed_in_the_order_asked_for() {
    let case = Case::new().await;
    let hashes = [case.world.fresh_hash(), case.world.fresh_hash(), case.world.fresh_hash()];
    let token = case.token(&hashes).await;
    let reversed = [hashes[2], hashes[1], hashes[0]];
    let answer = token.sign(&case.world, case.credential(), &reversed).await;
    insta::assert_snapshot!(
        "signed",
        answer.snapshot(&[]).replace(&format!("{:#}", answer.json()["signatures"]), "[signatures]")
    );
    for (hash, signature) in reversed.iter().zip(signatures(&answer)) {
        assert!(verifies(&case.world, &case.person, hash, &signature).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_may_be_used_in_several_calls_until_its_hashes_are_signed() {
    let case = Case::new().await;
    let hashes = [case.world.fresh_hash(), case.world.fresh_hash()];
    let token = case.token(&hashes).await;
    for hash in hashes {
        assert_eq!(token.sign(&case.world, case.credential(), &[hash]).await.status, 200);
    }
    let error = token.sign(&case.world, case.credential(), &hashes[..1]).await.error();
    assert_eq!(error.0, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_that_was_not_approved_is_refused_and_nothing_is_signed() {
    let case = Case::new().await;
    let (approved, other) = (case.world.fresh_hash(), case.world.fresh_hash());
    let token = case.token(&[approved]).await;
    for hashes in [vec![other], vec![approved, other], vec![other, approved]] {
        let error = token.sign(&case.world, case.credential(), &hashes).await.error();
        assert_eq!(error, invalid("Hash is not authorized by the SAD."));
    }
    let answer = token.sign(&case.world, case.credential(), &[approved]).await;
    assert_eq!(answer.status, 200, "the approved hash was not spent by the refused calls: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_signed_once() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let token = case.token(&[hash]).await;
    assert_eq!(token.sign(&case.world, case.credential(), &[hash]).await.status, 200);
    let error = token.sign(&case.world, case.credential(), &[hash]).await.error();
    assert_eq!(error, invalid("Invalid parameter SAD"));
    let token = case.token(&[case.world.fresh_hash(), hash]).await;
    let error = token.sign(&case.world, case.credential(), &[hash, hash]).await.error();
    assert_eq!(error, invalid("Invalid parameter hashes"), "twice in one call");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_parallel_calls_one_gets_the_signature() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let token = case.token(&[hash]).await;
    let calls = (0..100).map(|_| token.sign(&case.world, case.credential(), std::slice::from_ref(&hash)));
    let mut answers = Vec::new();
    for answer in join_all(calls).await {
        answers.push(answer.status.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 400).count(), 99, "{answers:?}");
}

/// Polls all futures together.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, output) in &mut pending {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_ends_after_five_minutes() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let token = case.token(&[hash]).await;
    let service = case.client.service_token(&case.world, &case.person).await;
    case.world.clock.advance(300);
    let error = token.sign(&case.world, case.credential(), &[hash]).await.error();
    assert_eq!((error.0, error.1.as_str()), (401, "expired_token"));
    let mut body = sign_body(case.credential(), &[hash]);
    body["SAD"] = token.text.clone().into();
    assert_eq!(case.refusal(&service, &body).await, invalid("SAD expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_token_signs_with_the_credential_token_as_sad_and_not_without() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let token = case.token(&[hash]).await;
    let service = case.client.service_token(&case.world, &case.person).await;
    let mut body = sign_body(case.credential(), &[hash]);
    assert_eq!(case.refusal(&service, &body).await, invalid("Missing (or invalid type) string parameter SAD"));
    for wrong in ["x", service.text.as_str(), &"A".repeat(43)] {
        body["SAD"] = wrong.into();
        assert_eq!(case.refusal(&service, &body).await, invalid("Invalid parameter SAD"), "{wrong}");
    }
    body["SAD"] = token.text.clone().into();
    assert_eq!(service.call(&case.world, SIGN, &body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_credential_token_only_the_same_token_does_as_sad() {
    let case = Case::new().await;
    let (first, second) = (case.world.fresh_hash(), case.world.fresh_hash());
    let (one, two) = (case.token(&[first]).await, case.token(&[second]).await);
    let mut body = sign_body(case.credential(), &[second]);
    body["SAD"] = two.text.clone().into();
    assert_eq!(case.refusal(&one, &body).await, invalid("Invalid parameter SAD"));
    assert_eq!(two.call(&case.world, SIGN, &body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_request_says_beside_the_hashes_must_fit_the_approval() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let token = case.token(&[hash]).await;
    let edits: [(&str, Value, &str); 8] = [
        ("credentialID", "AAAAAAAAAAAAAAAAAAAAAA".into(), "Invalid parameter credentialID"),
        ("credentialID", Value::Null, "Missing (or invalid type) string parameter credentialID"),
        ("signAlgo", "1.2.840.113549.1.1.11".into(), "Invalid parameter signAlgo"),
        ("signAlgo", "1.2.840.10045.4.3.4".into(), "Invalid parameter signAlgo"),
        ("signAlgoParams", "MA==".into(), "Invalid parameter signAlgoParams"),
        ("hashAlgorithmOID", "2.16.840.1.101.3.4.2.3".into(), "Invalid parameter hashAlgorithmOID"),
        ("hashes", json!([Base64::encode_string(&[0; 31])]), "Invalid digest value length"),
        ("hashes", json!([]), "Empty hash array"),
    ];
    for (member, value, sentence) in edits {
        let mut body = sign_body(case.credential(), &[hash]);
        body[member] = value;
        assert_eq!(case.refusal(&token, &body).await, invalid(sentence), "{member}");
    }
    assert_eq!(token.sign(&case.world, case.credential(), &[hash]).await.status, 200, "nothing was spent");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_the_spelling_of_clients_in_the_field_are_signed() {
    let case = Case::new().await;
    let hash = [0xfb; 32];
    let token = case.token(&[hash]).await;
    let url_safe = base64ct::Base64UrlUnpadded::encode_string(&hash);
    let body = format!(
        r#"{{"credentialID":"{}","hashes":["{url_safe}"],"signAlgo":"1.2.840.10045.4.3.2","SAD":null,
            "signAlgoParams":"","operationMode":"S","client_Data":"x","validity_period":null}}"#,
        case.credential()
    );
    let answer = call_with(&case.world, &format!("bearer {}", token.text), SIGN, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_signs_nothing() {
    let case = Case::new().await;
    let hash = case.world.fresh_hash();
    let token = case.token(&[hash]).await;
    let parameters = vec![("token".to_owned(), token.text.clone())];
    assert_eq!(case.client.post(&case.world, "/oauth2/revoke", &parameters).await.status, 204);
    let error = token.sign(&case.world, case.credential(), &[hash]).await.error();
    assert_eq!((error.0, error.1.as_str()), (401, "expired_token"));
}

fn receipts(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let items = json["receipts"].as_array().unwrap_or_else(|| panic!("no receipts: {}", answer.text())).clone();
    items.iter().map(|item| String::from_utf8(Base64::decode_vec(item.as_str().unwrap()).unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receipts_come_with_the_signatures_for_who_asks_and_prove_them() {
    let case = Case::new().await;
    let hashes = [case.world.fresh_hash(), case.world.fresh_hash(), case.world.fresh_hash()];
    let token = case.token(&hashes).await;
    let plain = token.sign(&case.world, case.credential(), &hashes[2..]).await;
    assert!(
        plain.json().get("receipts").is_none(),
        "a strict client gets what the specification says: {}",
        plain.text()
    );
    let mut body = sign_body(case.credential(), &hashes[..2]);
    body["receipts"] = true.into();
    let answer = token.call(&case.world, SIGN, &body).await;
    let key = case.world.ssa.sam_status().await.unwrap().log_verifier_key.parse().unwrap();
    let (signatures, receipts) = (signatures(&answer), receipts(&answer));
    assert_eq!((signatures.len(), receipts.len()), (2, 2));
    for (signature, receipt) in signatures.iter().zip(receipts) {
        let verified = sam::receipt::verify(&receipt, &key).unwrap();
        match &verified.event().entry {
            sam::signing_log::Entry::Result { signature_sha256, .. } => {
                assert_eq!(*signature_sha256, crate::harness::sha256(signature), "in the order of the signatures");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_no_receipt_of_another_clients_signature() {
    let case = Case::new().await;
    let (hash, own) = (case.world.fresh_hash(), case.world.fresh_hash());
    let token = case.token(&[hash]).await;
    let other = Client::new("b").sign_token(&case.world, &case.person, &[own]).await;
    let mut body = sign_body(case.credential(), &[hash]);
    body["receipts"] = true.into();
    for at in ["before it is signed", "after it was signed"] {
        for hashes in [vec![hash], vec![own, hash]] {
            body["hashes"] = hashes.iter().map(|hash| Base64::encode_string(hash)).collect::<Vec<_>>().into();
            let refused = other.call(&case.world, SIGN, &body).await;
            assert_eq!(refused.error(), invalid("Hash is not authorized by the SAD."), "{at}");
            assert!(refused.json().get("receipts").is_none(), "{at}");
        }
        body["hashes"] = json!([Base64::encode_string(&hash)]);
        if at == "before it is signed" {
            assert_eq!(receipts(&token.call(&case.world, SIGN, &body).await).len(), 1);
        }
    }
    // Also the client itself: a receipt comes with its signature, once.
    assert_eq!(case.refusal(&token, &body).await, invalid("Invalid parameter SAD"));
    body["hashes"] = json!([Base64::encode_string(&own)]);
    let answer = other.call(&case.world, SIGN, &body).await;
    assert_eq!((signatures(&answer).len(), receipts(&answer).len()), (1, 1));
}
