//! Time-stamps with fail-over.

use crate::world::{SHA256, START, World};
use ssa::{TimestampError, TimestampOrder};
use test_support::tsa::TsaMode;

fn order() -> TimestampOrder {
    TimestampOrder { hash_algorithm_oid: SHA256.into(), imprint: vec![5; 32], nonce: Some(vec![1, 2, 3]) }
}

#[tokio::test]
async fn the_first_authority_answers_and_the_second_when_the_first_fails() {
    let world = World::new().await;
    let reply = world.ssa.timestamp(order()).await.unwrap();
    assert_eq!((reply.authority.as_str(), reply.after_failover, reply.time), ("TSA 1", false, START));
    let token = ades::tsp::TimestampToken::from_der(&reply.token_der).unwrap();
    assert_eq!(token.info().nonce.as_ref().unwrap().as_bytes(), [1, 2, 3]);
    for mode in [
        TsaMode::Down,
        TsaMode::Slow,
        TsaMode::WrongNonce,
        TsaMode::WrongImprint,
        TsaMode::WrongSignature,
        TsaMode::WrongTime,
        TsaMode::Rejecting,
        TsaMode::Garbage,
    ] {
        world.set_tsas(mode, TsaMode::Working);
        let reply = world.ssa.timestamp(order()).await.unwrap();
        assert_eq!((reply.authority.as_str(), reply.after_failover), ("TSA 2", true), "{mode:?}");
    }
}

#[tokio::test]
async fn when_all_fail_the_error_keeps_every_attempt() {
    let world = World::new().await;
    world.set_tsas(TsaMode::WrongNonce, TsaMode::Down);
    match world.ssa.timestamp(order()).await {
        Err(TimestampError::Unavailable(source)) => {
            let text = source.to_string();
            assert!(text.contains("TSA 1") && text.contains("TSA 2"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn wrong_orders_are_the_callers_fault() {
    let world = World::new().await;
    let unknown = TimestampOrder { hash_algorithm_oid: "1.2.3".into(), ..order() };
    assert!(matches!(world.ssa.timestamp(unknown).await, Err(TimestampError::UnknownHashAlgorithm)));
    let short = TimestampOrder { imprint: vec![5; 31], ..order() };
    assert!(matches!(world.ssa.timestamp(short).await, Err(TimestampError::WrongLength)));
    let long = TimestampOrder { nonce: Some(vec![1; 33]), ..order() };
    assert!(matches!(world.ssa.timestamp(long).await, Err(TimestampError::InvalidNonce)));
    let chosen = world.ssa.timestamp(TimestampOrder { nonce: None, ..order() }).await.unwrap();
    let token = ades::tsp::TimestampToken::from_der(&chosen.token_der).unwrap();
    assert!(token.info().nonce.is_some());
}
