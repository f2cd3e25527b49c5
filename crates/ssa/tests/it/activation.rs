//! Tickets: who may see and answer them, how often, and what a refusal leaves.

use crate::world::{PORTAL, RP_ID, SIGNING, World, order, session};
use ssa::{ActivationError, Refusal, TicketState};
use test_support::authenticator::{AssertionPlan, Flags};

#[tokio::test]
async fn a_ticket_shows_what_will_be_signed_and_is_approved_with_the_passkey() {
    let world = World::new().await;
    let signer = world.signer("山田 太郎").await;
    let ticket = world.ticket(&signer, &[[1; 32], [2; 32]]).await;
    let view = world.ssa.activation(&ticket, session(1)).await.unwrap();
    assert_eq!(view.state, TicketState::Open);
    assert_eq!(view.items.iter().map(|item| item.label.as_str()).collect::<Vec<_>>(), ["document 01", "document 02"]);
    assert_eq!(view.credential.certificate.unwrap().common_name, "山田 太郎");
    assert_eq!(view.client.name, "A client");
    let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    assert_eq!(request.allow_credentials, [signer.passkey.credential_id().to_vec()]);
    assert_eq!(request.control_code.chars().count(), 4);
    let approval = world.ssa.approve(&ticket, session(1), signer.answer(&request.challenge)).await.unwrap();
    assert_eq!((approval.signer_id, approval.count), (signer.id, 2));
    assert_eq!(approval.return_to, "https://client.example/");
    assert_eq!(world.ssa.ticket(&ticket).await.unwrap().state, TicketState::Approved);
}

#[tokio::test]
async fn a_ticket_of_another_session_is_not_found() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    let other = session(2);
    assert!(matches!(world.ssa.activation(&ticket, other).await, Err(ActivationError::NotFound)));
    assert!(matches!(world.ssa.request_activation(&ticket, other).await, Err(ActivationError::NotFound)));
    let answer = signer.answer(&request.challenge);
    assert!(matches!(world.ssa.approve(&ticket, other, answer.clone()).await, Err(ActivationError::NotFound)));
    assert!(matches!(world.ssa.decline(&ticket, other).await, Err(ActivationError::NotFound)));
    world.ssa.approve(&ticket, session(1), answer).await.unwrap();
}

#[tokio::test]
async fn the_same_approval_twice_is_one_approval() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    let answer = signer.answer(&request.challenge);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (ssa, ticket, answer) = (world.ssa.clone(), ticket.clone(), answer.clone());
            tokio::spawn(async move { ssa.approve(&ticket, session(1), answer).await })
        })
        .collect();
    let mut approved = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => approved += 1,
            Err(ActivationError::AlreadyAnswered) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(approved, 1);
    assert_eq!(world.ssa.ticket(&ticket).await.unwrap().state, TicketState::Approved);
}

#[tokio::test]
async fn every_wrong_answer_is_refused_and_ends_the_ticket() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    type Change = fn(AssertionPlan) -> AssertionPlan;
    let cases: [(Refusal, Change); 6] = [
        (Refusal::WrongOrigin, |plan| plan.origin(PORTAL)),
        (Refusal::ChallengeMismatch, |plan| plan.challenge(&[9; 32])),
        (Refusal::WrongRelyingParty, |plan| plan.rp_id("example.org")),
        (Refusal::UserNotVerified, |plan| plan.flags(Flags::UP)),
        (Refusal::CrossOrigin, |plan| plan.cross_origin(Some(true))),
        (Refusal::OtherSigner, |plan| plan.user_handle(&[7; 16])),
    ];
    for (expected, change) in cases {
        let ticket = world.ticket(&signer, &[[1; 32]]).await;
        world.ssa.activation(&ticket, session(1)).await.unwrap();
        let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
        let plan = change(AssertionPlan::honest(&request.challenge, RP_ID, SIGNING));
        match world.ssa.approve(&ticket, session(1), signer.answer_with(plan)).await {
            Err(ActivationError::Refused(refusal)) => assert_eq!(refusal, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
        assert_eq!(world.ssa.ticket(&ticket).await.unwrap().state, TicketState::Refused);
        let honest = world.ssa.approve(&ticket, session(1), signer.answer(&request.challenge)).await;
        assert!(matches!(honest, Err(ActivationError::AlreadyAnswered)), "{honest:?}");
    }
}

#[tokio::test]
async fn another_signers_passkey_approves_nothing() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    let result = world.ssa.approve(&ticket, session(1), other.answer(&request.challenge)).await;
    assert!(matches!(result, Err(ActivationError::Refused(Refusal::UnknownAuthenticator))), "{result:?}");
}

#[tokio::test]
async fn an_order_for_anothers_credential_is_answered_like_one_for_an_unknown_credential() {
    let world = World::new().await;
    let (signer, other) = (world.signer("A").await, world.signer("B").await);
    let foreign = ssa::ActivationOrder { signer: Some(signer.id), ..order(&other, &[[1; 32]]) };
    assert!(matches!(world.ssa.open_activation(foreign).await, Err(ActivationError::UnknownCredential)));
    let unknown =
        ssa::ActivationOrder { credential_id: "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap(), ..order(&other, &[[1; 32]]) };
    assert!(matches!(world.ssa.open_activation(unknown).await, Err(ActivationError::UnknownCredential)));
}

#[tokio::test]
async fn an_order_that_cannot_be_shown_or_signed_is_refused() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    type Change = fn(&mut ssa::ActivationOrder);
    let cases: [Change; 9] = [
        |order| order.hashes.clear(),
        |order| order.hashes[0].hash.truncate(31),
        |order| order.hashes[1] = order.hashes[0].clone(),
        |order| order.hashes[0].label = "a".repeat(201),
        |order| order.hashes[0].label = "a\nb".into(),
        |order| order.hash_algorithm_oid = "2.16.840.1.101.3.4.2.3".into(),
        |order| order.signature_algorithm_oid = "1.2.840.113549.1.1.11".into(),
        |order| order.signature_algorithm_oid = "nonsense".into(),
        |order| order.expires_in = 0,
    ];
    for (number, change) in cases.into_iter().enumerate() {
        let mut order = order(&signer, &[[1; 32], [2; 32]]);
        change(&mut order);
        let result = world.ssa.open_activation(order).await;
        assert!(matches!(result, Err(ActivationError::InvalidOrder(_))), "{number}: {result:?}");
    }
    let many: Vec<[u8; 32]> = (0..=256_u16)
        .map(|number| [u8::try_from(number % 256).unwrap(), u8::from(number > 255)].repeat(16).try_into().unwrap())
        .collect();
    let result = world.ssa.open_activation(order(&signer, &many)).await;
    assert!(matches!(result, Err(ActivationError::InvalidOrder(_))), "{result:?}");
    world.ssa.open_activation(order(&signer, &many[..256])).await.unwrap();
}

#[tokio::test]
async fn a_ticket_expires_before_and_after_its_request() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let unasked = world.ticket(&signer, &[[1; 32]]).await;
    let asked = world.ticket(&signer, &[[2; 32]]).await;
    world.ssa.activation(&asked, session(1)).await.unwrap();
    world.clock.advance(590);
    let request = world.ssa.request_activation(&asked, session(1)).await.unwrap();
    world.clock.advance(10);
    assert_eq!(world.ssa.activation(&unasked, session(1)).await.unwrap().state, TicketState::Expired);
    assert!(matches!(world.ssa.request_activation(&unasked, session(1)).await, Err(ActivationError::Expired)));
    let late = world.ssa.approve(&asked, session(1), signer.answer(&request.challenge)).await;
    assert!(matches!(late, Err(ActivationError::Expired)), "{late:?}");
}

#[tokio::test]
async fn an_expired_request_of_the_module_can_be_asked_for_again() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    world.clock.advance(301);
    let late = world.ssa.approve(&ticket, session(1), signer.answer(&request.challenge)).await;
    assert!(matches!(late, Err(ActivationError::Refused(Refusal::Expired))), "{late:?}");
    world.approve(&signer, &ticket).await;
}

#[tokio::test]
async fn an_approval_does_not_survive_a_restart_of_the_module() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let request = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    world.stop_module();
    world.start_module();
    let result = world.ssa.approve(&ticket, session(1), signer.answer(&request.challenge)).await;
    match result {
        Err(ActivationError::Refused(Refusal::NotOurs) | ActivationError::Unavailable(_)) => {}
        other => panic!("{other:?}"),
    }
    world.approve(&signer, &ticket).await;
}

#[tokio::test]
async fn a_module_that_is_away_leaves_the_ticket_usable() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    world.stop_module();
    let result = world.ssa.request_activation(&ticket, session(1)).await;
    assert!(matches!(result, Err(ActivationError::Unavailable(_))), "{result:?}");
    world.start_module();
    // The first request may still meet the broken connection.
    let _ = world.ssa.sam_status().await;
    world.approve(&signer, &ticket).await;
}

#[tokio::test]
async fn only_the_newest_request_can_be_answered() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let first = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    let second = world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    assert_ne!(first.challenge, second.challenge);
    let result = world.ssa.approve(&ticket, session(1), signer.answer(&first.challenge)).await;
    assert!(matches!(result, Err(ActivationError::Refused(Refusal::ChallengeMismatch))), "{result:?}");
}

#[tokio::test]
async fn the_button_cannot_be_pressed_without_end() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    for _ in 0..20 {
        world.ssa.request_activation(&ticket, session(1)).await.unwrap();
    }
    let result = world.ssa.request_activation(&ticket, session(1)).await;
    assert!(matches!(result, Err(ActivationError::TooManyAttempts)), "{result:?}");
}

#[tokio::test]
async fn an_answer_without_a_question_and_a_declined_ticket_are_refused() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    world.ssa.activation(&ticket, session(1)).await.unwrap();
    let result = world.ssa.approve(&ticket, session(1), signer.answer(&[0; 32])).await;
    assert!(matches!(result, Err(ActivationError::NotRequested)), "{result:?}");
    assert_eq!(world.ssa.decline(&ticket, session(1)).await.unwrap(), "https://client.example/");
    assert!(matches!(world.ssa.request_activation(&ticket, session(1)).await, Err(ActivationError::AlreadyAnswered)));
    assert_eq!(world.ssa.ticket(&ticket).await.unwrap().state, TicketState::Refused);
}
