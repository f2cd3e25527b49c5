//! Login: what opens the portal, and what does not.

use crate::world::{PORTAL, RP_ID, SIGNING, World};
use ssa::{LoginError, SessionError, SessionSecret};
use test_support::authenticator::{AssertionPlan, Flags, RawAuthenticator};

#[tokio::test]
async fn a_passkey_logs_in_and_the_session_ends_when_told_or_in_time() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let options = world.ssa.start_login().await.unwrap();
        let answer = signer.answer_with(AssertionPlan::honest(&options.challenge, RP_ID, PORTAL));
        let session = world.ssa.finish_login(&options.login_id, answer).await.unwrap();
        assert_eq!((session.signer_id, session.display_name.as_str()), (signer.id, "A"));
        assert_eq!(world.ssa.session(&session.secret).await.unwrap().signer_id, signer.id);
        secrets.push(session.secret);
    }
    world.ssa.end_session(&secrets[0]).await.unwrap();
    assert!(matches!(world.ssa.session(&secrets[0]).await, Err(SessionError::NotLoggedIn)));
    world.clock.advance(8 * 3600);
    assert!(matches!(world.ssa.session(&secrets[1]).await, Err(SessionError::NotLoggedIn)));
    let forged = SessionSecret::from_cookie("AAAA");
    assert!(matches!(world.ssa.session(&forged).await, Err(SessionError::NotLoggedIn)));
}

#[tokio::test]
async fn every_wrong_answer_is_refused_and_spends_its_challenge() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    type Change = fn(AssertionPlan) -> AssertionPlan;
    let cases: [(&str, Change); 8] = [
        ("signing origin", |plan| plan.origin(SIGNING)),
        ("other challenge", |plan| plan.challenge(&[9; 32])),
        ("other RP", |plan| plan.rp_id("example.org")),
        ("no user verification", |plan| plan.flags(Flags::UP)),
        ("no user presence", |plan| plan.flags(Flags::UV)),
        ("registration ceremony", |plan| plan.ceremony("webauthn.create")),
        ("cross origin", |plan| plan.cross_origin(Some(true))),
        ("other user handle", |plan| plan.user_handle(&[7; 16])),
    ];
    for (name, change) in cases {
        let options = world.ssa.start_login().await.unwrap();
        let plan = change(AssertionPlan::honest(&options.challenge, RP_ID, PORTAL));
        let result = world.ssa.finish_login(&options.login_id, signer.answer_with(plan)).await;
        assert!(matches!(result, Err(LoginError::NotAccepted)), "{name}: {result:?}");
        let honest = signer.answer_with(AssertionPlan::honest(&options.challenge, RP_ID, PORTAL));
        let result = world.ssa.finish_login(&options.login_id, honest).await;
        assert!(matches!(result, Err(LoginError::ChallengeSpent)), "{name}: {result:?}");
    }
}

#[tokio::test]
async fn a_stranger_with_the_name_of_a_passkey_is_refused() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let stranger = RawAuthenticator::new(signer.passkey.credential_id());
    let options = world.ssa.start_login().await.unwrap();
    let answer = stranger.assert(&AssertionPlan::honest(&options.challenge, RP_ID, PORTAL));
    let result = world.ssa.finish_login(&options.login_id, crate::world::response(answer)).await;
    assert!(matches!(result, Err(LoginError::NotAccepted)), "{result:?}");
    let options = world.ssa.start_login().await.unwrap();
    let unknown = RawAuthenticator::new(b"unknown").assert(&AssertionPlan::honest(&options.challenge, RP_ID, PORTAL));
    let result = world.ssa.finish_login(&options.login_id, crate::world::response(unknown)).await;
    assert!(matches!(result, Err(LoginError::NotAccepted)), "{result:?}");
}

#[tokio::test]
async fn a_late_answer_is_refused() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let options = world.ssa.start_login().await.unwrap();
    world.clock.advance(600);
    let answer = signer.answer_with(AssertionPlan::honest(&options.challenge, RP_ID, PORTAL));
    let result = world.ssa.finish_login(&options.login_id, answer).await;
    assert!(matches!(result, Err(LoginError::ChallengeSpent)), "{result:?}");
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    for (count, good) in [(5, true), (6, true), (6, false), (5, false)] {
        let options = world.ssa.start_login().await.unwrap();
        let plan = AssertionPlan::honest(&options.challenge, RP_ID, PORTAL).sign_count(count);
        let result = world.ssa.finish_login(&options.login_id, signer.answer_with(plan)).await;
        match result {
            Ok(_) => assert!(good, "{count}"),
            Err(LoginError::PossibleCopy) => assert!(!good, "{count}"),
            Err(other) => panic!("{count}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_login_activates_nothing() {
    let world = World::new().await;
    let signer = world.signer("A").await;
    let ticket = world.ticket(&signer, &[[1; 32]]).await;
    let session = crate::world::session(1);
    world.ssa.activation(&ticket, session).await.unwrap();
    world.ssa.request_activation(&ticket, session).await.unwrap();
    let login = world.ssa.start_login().await.unwrap();
    let answer = signer.answer_with(AssertionPlan::honest(&login.challenge, RP_ID, PORTAL));
    let result = world.ssa.approve(&ticket, session, answer).await;
    assert!(matches!(result, Err(ssa::ActivationError::Refused(_))), "{result:?}");
}
