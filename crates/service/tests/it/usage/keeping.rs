//! Usage is kept as long as it is said to be, and read by index.

use chancery_service::usage::{Granularity, UsageSettings};
use jiff::SignedDuration;

use super::{World, batch, decided, operation, second, source};

const PARTITIONS: &str = "SELECT count(*) FROM pg_inherits WHERE inhparent IN
    ('usage_minute'::regclass, 'usage_hour'::regclass, 'usage_day'::regclass)";

/// Makes a partition of minutes that is `days` days old, as if it had been made then, with a row in it.
async fn age(world: &World, days: i64) {
    let day = Granularity::Day.begin(second(0)) - SignedDuration::from_hours(24 * days);
    let make = format!("SELECT make_usage_partitions('{day}')");
    let client = world.journal.client().await.unwrap();
    client.batch_execute(&make).await.unwrap();
    let row = format!("INSERT INTO usage_minute VALUES (gen_random_uuid(), '{day}', 1, 1, 0, 0, '')");
    client.batch_execute(&row).await.unwrap();
}

#[tokio::test]
async fn rule_31_usage_goes_when_it_is_kept_no_longer_a_partition_at_once() {
    let world = World::new();
    for days in [0, 6, 7, 8, 20] {
        age(&world, days).await;
    }
    world.usage.tidy().await.unwrap();
    let minutes = "SELECT count(*) FROM usage_minute";
    // That of 7 days ago ends 7 days ago less what has passed of today.
    assert_eq!(world.number(minutes).await, 3);
    let before = world.number(PARTITIONS).await;
    world.usage.tidy().await.unwrap();
    assert_eq!(world.number(PARTITIONS).await, before, "tidying again changes nothing");
}

#[tokio::test]
async fn rule_31_partitions_are_made_ahead_and_where_nobody_made_them() {
    let world = World::new();
    assert_eq!(world.number(PARTITIONS).await, 0);
    world.apply(&batch(source(), 1, vec![decided(operation("list"), 1)])).await;
    assert_eq!(world.number(PARTITIONS).await, 3);
    world.usage.tidy().await.unwrap();
    let ahead = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'usage_minute'::regclass";
    assert!(world.number(ahead).await >= 3);
}

#[tokio::test]
async fn rule_31_many_processes_tidy_at_once() {
    let world =
        World::with(UsageSettings { minutes: SignedDuration::from_hours(48), ..UsageSettings::default() });
    for days in 0..8 {
        age(&world, days).await;
    }
    let tidying = (0..4).map(|_| {
        let usage = world.usage.clone();
        tokio::spawn(async move { usage.tidy().await })
    });
    for task in tidying.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(world.number("SELECT count(*) FROM usage_minute").await, 3);
}

#[tokio::test]
async fn rule_31_a_source_is_remembered_longer_than_its_batches_are_taken() {
    let world = World::new();
    let source = source();
    let first = batch(source, 1, vec![decided(operation("list"), 1)]);
    world.apply(&first).await;
    world.apply(&batch(source, 3, Vec::new())).await;
    let client = world.journal.client().await.unwrap();
    let age = "UPDATE usage_sources SET seen_at = now() - interval";
    client.batch_execute(&format!("{age} '6 days 22 hours'")).await.unwrap();
    world.usage.tidy().await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM usage_gaps").await, 1);
    client.batch_execute(&format!("{age} '7 days 2 hours'")).await.unwrap();
    world.usage.tidy().await.unwrap();
    assert_eq!(world.number("SELECT count(*) FROM usage_sources").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM usage_gaps").await, 0);
}
