//! Many workers, redelivery, loss, late arrival, restarts: totals are what was sent, exactly.

use std::collections::{BTreeMap, BTreeSet};

use chancery_service::usage::{
    Granularity, Mode, Outcome,
    report::{Dimension, Value},
};
use chancery_wire::usage::UsageBatch;
use uuid::Uuid;

use super::{World, batch, decided, operation, source};

const OPERATIONS: [&str; 4] = ["list", "show", "edit", "delete"];

/// Batches of several sources, each of random calls.
fn sent(sources: usize, batches: u64, dice: &mut fastrand::Rng) -> Vec<UsageBatch> {
    let mut sent = Vec::new();
    for source in std::iter::repeat_with(source).take(sources) {
        for sequence in 1..=batches {
            let items = OPERATIONS.map(|name| decided(operation(name), dice.u64(1..100)));
            sent.push(batch(source, sequence, items[..dice.usize(0..=4)].to_vec()));
        }
    }
    sent
}

fn totals<'a>(batches: impl IntoIterator<Item = &'a UsageBatch>) -> BTreeMap<String, i64> {
    let mut totals = BTreeMap::new();
    for item in batches.into_iter().flat_map(|batch| &batch.items) {
        *totals.entry(item.dimensions.operation.clone().unwrap()).or_default() += item.calls.cast_signed();
    }
    totals
}

async fn reported(world: &World, granularity: Granularity) -> BTreeMap<String, i64> {
    let mut totals = BTreeMap::new();
    for row in world.report(granularity, &[Dimension::Operation]).await.rows {
        let Some(Value::Text(operation)) = row.group[0].1.clone() else { panic!("{row:?}") };
        *totals.entry(operation).or_default() += row.metrics.calls;
    }
    totals
}

#[tokio::test]
async fn rule_31_redelivery_loss_and_late_arrival_never_count_twice_nor_lose_what_came() {
    for seed in 0..6 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let world = World::new();
        let all = sent(3, 80, &mut dice);
        let lost: BTreeSet<(Uuid, u64)> =
            all.iter().filter(|_| dice.u8(..) < 20).map(|batch| (batch.source, batch.sequence)).collect();
        let is_lost = |batch: &&UsageBatch| lost.contains(&(batch.source, batch.sequence));
        // Each once or several times, nearly in order, in bunches of any size.
        let mut deliveries: Vec<(u64, &UsageBatch)> = Vec::new();
        for batch in all.iter().filter(|batch| !is_lost(batch)) {
            for _ in 0..=dice.usize(0..3) {
                deliveries.push((batch.sequence * 10 + dice.u64(0..200), batch));
            }
        }
        deliveries.sort_by_key(|(time, _)| *time);
        let mut applied = BTreeSet::new();
        let mut deliveries = deliveries.into_iter().map(|(_, batch)| batch.clone()).peekable();
        while deliveries.peek().is_some() {
            let bunch: Vec<_> = deliveries.by_ref().take(dice.usize(1..40)).collect();
            let outcomes = world.usage.apply_all(&bunch, Mode::Lenient).await.unwrap();
            for (batch, outcome) in bunch.iter().zip(outcomes) {
                let first = applied.insert((batch.source, batch.sequence));
                assert_eq!(first, matches!(outcome, Outcome::Applied), "seed {seed}: {outcome:?}");
            }
        }
        let came = totals(all.iter().filter(|batch| !is_lost(batch)));
        for granularity in [Granularity::Minute, Granularity::Hour, Granularity::Day] {
            assert_eq!(reported(&world, granularity).await, came, "seed {seed}");
        }
        // What was lost turns up after all, each twice.
        for batch in all.iter().filter(is_lost).chain(all.iter().filter(is_lost)) {
            world.apply(batch).await;
        }
        assert_eq!(reported(&world, Granularity::Day).await, totals(&all), "seed {seed}");
        assert_eq!(world.number("SELECT count(*) FROM usage_gaps").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rule_31_many_workers_on_the_same_batches_neither_deadlock_nor_count_twice() {
    let world = World::new();
    let mut dice = fastrand::Rng::with_seed(7);
    let all = sent(4, 30, &mut dice);
    let workers: Vec<_> = (0..6_u64)
        .map(|seed| {
            let (usage, mut batches) = (world.usage.clone(), all.clone());
            tokio::spawn(async move {
                let mut dice = fastrand::Rng::with_seed(seed);
                dice.shuffle(&mut batches);
                for bunch in batches.chunks(7) {
                    usage.apply_all(bunch, Mode::Lenient).await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(reported(&world, Granularity::Minute).await, totals(&all));
    assert_eq!(reported(&world, Granularity::Day).await, totals(&all));
    assert_eq!(world.number("SELECT count(*) FROM usage_gaps").await, 0);
    assert_eq!(world.number("SELECT sum(sequence)::bigint FROM usage_sources").await, 120);
}

#[tokio::test]
async fn rule_31_a_worker_that_dies_between_counting_and_its_answer_counts_once() {
    let world = World::new();
    let batch = batch(source(), 1, vec![decided(operation("list"), 5)]);
    for polls in 0..200 {
        let usage = world.usage.clone();
        let counting = usage.apply(&batch, Mode::Lenient);
        // Dropped after some polls, at whichever await it stands then.
        let mut counting = std::pin::pin!(counting);
        for _ in 0..polls % 20 {
            if futures_util::poll!(counting.as_mut()).is_ready() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_micros(300)).await;
        }
    }
    world.apply(&batch).await;
    assert_eq!(world.total().await, 5);
}
