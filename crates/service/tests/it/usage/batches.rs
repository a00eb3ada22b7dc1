//! What a stranger's meter may not say.

use chancery_service::usage::{Outcome, Refusal};
use chancery_wire::usage::{Dimensions, UsageBatch};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{World, batch, decided, operation, second, source};

async fn refusal(world: &World, change: impl FnOnce(&mut UsageBatch)) -> Refusal {
    let mut batch = batch(source(), 1, vec![decided(operation("list"), 1)]);
    change(&mut batch);
    let Outcome::Refused(refusal) = world.apply(&batch).await else { panic!("it was counted") };
    refusal
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() {
    let world = World::new();
    let day = SignedDuration::from_hours(24);
    let (now, unknown) = (second(1800), Uuid::now_v7());
    let old = refusal(&world, |batch| {
        (batch.from, batch.to) = (now - day * 6 - SignedDuration::from_secs(1), now - day * 6);
    });
    assert!(matches!(old.await, Refusal::TooOld { earliest } if earliest == now - day * 6));
    let future = refusal(&world, |batch| {
        (batch.from, batch.to) = (now + SignedDuration::from_secs(299), now + SignedDuration::from_secs(301));
    });
    assert!(matches!(future.await, Refusal::Future { .. }));
    let ages_ago = refusal(&world, |batch| batch.from = jiff::Timestamp::MIN);
    assert!(matches!(ages_ago.await, Refusal::Invalid(_)));
    let backwards = refusal(&world, |batch| batch.to = batch.from - SignedDuration::from_secs(1));
    assert!(matches!(backwards.await, Refusal::Invalid(_)));
    let huge = refusal(&world, |batch| batch.items[0].calls = u64::MAX);
    assert!(matches!(huge.await, Refusal::Invalid(_)));
    let nul = refusal(&world, |batch| batch.items[0].dimensions.operation = Some("\0".into()));
    assert!(matches!(nul.await, Refusal::Invalid(_)));
    let many =
        refusal(&world, |batch| batch.items = vec![decided(operation("list"), 1); UsageBatch::MAX_ITEMS + 1]);
    assert!(matches!(many.await, Refusal::Invalid(_)));
    let stranger = refusal(&world, |batch| batch.items[0].dimensions.app_id = Some(unknown));
    assert!(matches!(stranger.await, Refusal::AppsUnknown { app_ids } if app_ids == [unknown]));
    assert_eq!(world.number("SELECT count(*) FROM usage_sources").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM usage_keys").await, 0);
}

#[tokio::test]
async fn a_batch_of_up_to_six_days_ago_and_five_minutes_ahead_is_counted() {
    let world = World::new();
    let day = SignedDuration::from_hours(24);
    for from in [second(1800) - day * 6, second(1800) + SignedDuration::from_secs(290)] {
        let to = from + SignedDuration::from_secs(1);
        let batch = UsageBatch { from, to, ..batch(source(), 1, vec![decided(operation("list"), 1)]) };
        assert!(matches!(world.apply(&batch).await, Outcome::Applied));
    }
}

#[tokio::test]
async fn the_largest_numbers_add_up() {
    let world = World::new();
    let source = source();
    for sequence in 1..=5 {
        let mut item = decided(
            Dimensions { version: Some(i32::MAX.cast_unsigned()), ..operation("list") },
            1_000_000_000,
        );
        (item.bytes_in, item.bytes_out) = (1 << 40, 1 << 40);
        world.apply(&batch(source, sequence, vec![item])).await;
    }
    assert_eq!(world.total().await, 5_000_000_000);
}

#[tokio::test]
async fn one_bad_batch_of_several_keeps_none_of_the_others_back() {
    let world = World::new();
    let good = |sequence| batch(source(), sequence, vec![decided(operation("list"), 1)]);
    let bad = UsageBatch { sequence: 0, ..good(1) };
    let batches = [good(1), bad, good(1)];
    let outcomes = world.usage.apply_all(&batches, chancery_service::usage::Mode::Lenient).await.unwrap();
    let [Outcome::Applied, Outcome::Refused(_), Outcome::Applied] = outcomes[..] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(world.total().await, 2);
}
