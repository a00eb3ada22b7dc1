//! Whatever happens: random batches, duplicate, late and reordered deliveries, holes, deaths, lost connections, stolen
//! leases and workers that come and go.

use std::{sync::Arc, time::Duration};

use chancery_views::{Runner, verify};
use chancery_wire::v1::Promotion;
use proptest::prelude::*;
use tokio_postgres::Client;

use super::{
    hostile::{Hostile, Mischief},
    stands_at, views,
};
use crate::{
    operated::Operator,
    story::{Step, Story, step},
    sum::is_exact,
    world::{Running, World, eventually, holds_for, person},
};

/// Short enough that what is lost by silence is taken over within the test.
const LEASE: Duration = Duration::from_secs(1);

#[derive(Debug, Clone)]
enum Happening {
    /// Something is decided, as one command.
    Steps(Vec<Step>),
    /// A worker comes.
    Comes { batch: usize, mischiefs: Vec<Mischief> },
    /// One dies in the midst of whatever it does.
    Dies(usize),
    /// One stops in good order.
    Stops(usize),
    /// Postgres ends all connections of workers.
    CutOff,
    /// Leases are taken from whoever has them, and are free.
    Stolen { shard: i32 },
    /// An operator has a view built anew, which may be going on already.
    Rebuilt(usize),
    /// The workers get on a bit.
    Time(u64),
}

fn mischief() -> impl Strategy<Value = Mischief> {
    prop_oneof![
        8 => Just(Mischief::Honest),
        1 => Just(Mischief::Twice),
        2 => Just(Mischief::Again),
        1 => Just(Mischief::Late),
        1 => Just(Mischief::Reversed),
        1 => Just(Mischief::Hole),
        1 => Just(Mischief::HoleWithin),
        1 => Just(Mischief::Short),
        1 => Just(Mischief::Breaks),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => prop::collection::vec(step(), 1..6).prop_map(Happening::Steps),
        3 => (1..9_usize, prop::collection::vec(mischief(), 1..8))
            .prop_map(|(batch, mischiefs)| Happening::Comes { batch, mischiefs }),
        2 => (0..9_usize).prop_map(Happening::Dies),
        1 => (0..9_usize).prop_map(Happening::Stops),
        1 => Just(Happening::CutOff),
        1 => (0..4).prop_map(|shard| Happening::Stolen { shard }),
        1 => (0..9_usize).prop_map(Happening::Rebuilt),
        3 => (0..60_u64).prop_map(Happening::Time),
    ]
}

async fn cut_off(test: &Client) {
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND application_name = 'chancery/chancery_views' \
                 AND pid <> pg_backend_pid()";
    test.query_one(sql, &[]).await.unwrap();
}

async fn steal(test: &Client, shard: i32) {
    let sql = "UPDATE projection_shards SET worker = NULL, epoch = epoch + 1, lease_until = '-infinity' WHERE shard = $1";
    test.execute(sql, &[&shard]).await.unwrap();
}

/// What was begun is switched to, and differed in nothing.
async fn rebuilds_end(test: &Client) {
    let sql = "SELECT coalesce(json_agg(r) FILTER (WHERE state = 'differs' OR error <> 'another rebuild was under way'), '[]')::text, \
                      count(*) FILTER (WHERE state IN ('requested', 'filling', 'paused', 'ready')) \
               FROM projection_rebuilds r";
    let wrong = eventually("the rebuilds end", async || {
        let row = test.query_one(sql, &[]).await.unwrap();
        (row.get::<_, i64>(1) == 0).then(|| row.get::<_, String>(0))
    });
    assert_eq!(wrong.await, "[]");
}

async fn check(happenings: &[Happening]) {
    let world = World::new();
    let test = world.superuser().await;
    test.batch_execute("SET application_name = 'test'").await.unwrap();
    let mut story = Story::default();
    let mut workers: Vec<Running> = Vec::new();
    for happening in happenings {
        match happening {
            Happening::Steps(steps) => {
                let events: Vec<_> = steps.iter().filter_map(|step| story.next(step)).flatten().collect();
                if !events.is_empty() {
                    world.done_by(person("ann"), events).await;
                }
            }
            Happening::Comes { batch, mischiefs } if workers.len() < 3 => {
                let feeds = Hostile::new(world.journal.clone(), *batch, mischiefs.clone());
                let runner =
                    Runner::new(world.url(), world.journal.clone(), Arc::new(feeds), views()).unwrap();
                workers.push(Running::start(runner.with_lease(LEASE)));
            }
            Happening::Dies(which) if !workers.is_empty() => {
                workers.swap_remove(which % workers.len()).kill().await;
            }
            Happening::Stops(which) if !workers.is_empty() => {
                workers.swap_remove(which % workers.len()).stop().await;
            }
            Happening::Comes { .. } | Happening::Dies(_) | Happening::Stops(_) => {}
            Happening::CutOff => cut_off(&test).await,
            Happening::Stolen { shard } => steal(&test, *shard).await,
            Happening::Rebuilt(which) => {
                let view = views()[which % views().len()];
                Operator::of(&world, view).await.rebuild(Promotion::IfEqual, 0).await;
            }
            Happening::Time(milliseconds) => tokio::time::sleep(Duration::from_millis(*milliseconds)).await,
        }
    }
    workers.push(Running::start(world.runner(views(), 50).with_lease(LEASE)));
    let head = world.journal.head().await.unwrap().position;
    for view in views() {
        stands_at(&world, view, head).await;
    }
    rebuilds_end(&test).await;
    for view in views() {
        let verified = verify(world.url(), &world.journal, view, |_| ()).await.unwrap();
        assert!(verified.equal, "{}: {verified:#?}", view.name());
        assert_eq!((verified.parked, verified.skipped), (0, 0), "{}", view.name());
    }
    is_exact(&world).await;
    for worker in workers {
        worker.stop().await;
    }
}

#[test]
fn whatever_happens_each_projection_is_the_fold_of_the_log_and_a_sum_is_exact() {
    holds_for(10, &prop::collection::vec(happening(), 15..70), async |happenings| check(&happenings).await);
}
