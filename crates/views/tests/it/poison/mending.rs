//! What is parked is tried again, or left out, as operators want it.

use std::{collections::BTreeSet, sync::Mutex};

use chancery_journal::Role;
use chancery_views::{ApplyError, View, apps::Apps};
use chancery_wire::{Position, Recorded, v1::Visibility};
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use super::{parked, wanted};
use crate::{
    events::{app_created, details_edited, id, tenant_added},
    like_apps::like_apps,
    world::{Running, World, eventually, person},
};

/// The view of apps, with a bug that some events bring out.
#[derive(Debug, Default)]
struct Buggy {
    events: Mutex<BTreeSet<Position>>,
}

impl Buggy {
    fn about(events: impl IntoIterator<Item = Position>) -> &'static Self {
        Box::leak(Box::new(Self { events: Mutex::new(events.into_iter().collect()) }))
    }

    /// A new release.
    fn fix(&self) {
        self.events.lock().unwrap().clear();
    }
}

impl View for Buggy {
    like_apps!(Apps.version());

    fn apply<'a>(
        &'a self,
        transaction: &'a Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        async move {
            Apps.apply(transaction, batch).await?;
            let events = self.events.lock().unwrap();
            match batch.iter().find(|event| events.contains(&event.position)) {
                Some(event) => Err(ApplyError::Field { position: event.position, field: "luck" }),
                None => Ok(()),
            }
        }
        .boxed()
    }
}

async fn mended(world: &World, remaining: &[Position]) {
    eventually("what is wanted is done", async || {
        let sql = "SELECT FROM projection_parked WHERE wanted IS NOT NULL";
        world.client(Role::Views).await.query_opt(sql, &[]).await.unwrap().is_none().then_some(())
    })
    .await;
    let positions: Vec<_> = parked(world, &Apps).await.into_iter().map(|parked| parked.0).collect();
    assert_eq!(positions, remaining);
}

/// Two apps; of the first, an event that brings out the bug, and others behind it.
struct Story {
    world: World,
    view: &'static Buggy,
    running: Running,
    bad: Position,
    worse: Position,
    last: Position,
}

async fn story() -> Story {
    let world = World::new();
    world.happened(app_created(1)).await;
    let bad = world.happened(tenant_added(1, 10)).await;
    world.happened(app_created(2)).await;
    let worse = world.happened(details_edited(1, "Renamed", Visibility::Private)).await;
    let last = world.happened(tenant_added(1, 11)).await;
    let view = Buggy::about([bad, worse]);
    let running = Running::start(world.runner(vec![view], 10));
    world.at_the_head(&running, view).await;
    Story { world, view, running, bad, worse, last }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_a_mend_applies_the_event_and_all_behind_it_in_their_order() {
    let Story { world, view, running, bad, .. } = story().await;
    view.fix();
    wanted(&world, "retry", bad).await;
    mended(&world, &[]).await;
    let app = &world.live(&Apps).await["app"][0];
    assert!(app.contains("\"tenant_count\":2") && app.contains("Renamed"), "{app}");
    // The key goes on as if nothing had been.
    let head = world.happened(tenant_added(1, 12)).await;
    eventually("it goes on", async || (world.checkpoint(&Apps).await == head).then_some(())).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_fails_again_says_so_and_applies_nothing_behind_it() {
    let Story { world, running, bad, worse, last, .. } = story().await;
    let before = world.live(&Apps).await;
    wanted(&world, "retry", bad).await;
    mended(&world, &[bad, worse, last]).await;
    assert_eq!(world.live(&Apps).await, before);
    let sql = "SELECT attempts FROM projection_parked ORDER BY position";
    let attempts = world.client(Role::App).await.query(sql, &[]).await.unwrap();
    let attempts: Vec<i32> = attempts.iter().map(|row| row.get(0)).collect();
    assert_eq!(attempts, [2, 0, 0]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skip_leaves_one_event_out_is_recorded_and_goes_on_up_to_the_next_that_fails() {
    let Story { world, view, running, bad, worse, last } = story().await;
    wanted(&world, "skip", bad).await;
    mended(&world, &[worse, last]).await;
    let error = parked(&world, &Apps).await[0].2.clone().unwrap();
    assert!(error.contains("no usable luck"), "{error}");
    let skips = "SELECT position, key, error FROM projection_skips";
    let skips = world.client(Role::App).await.query(skips, &[]).await.unwrap();
    assert_eq!(skips.len(), 1);
    assert_eq!((skips[0].get(0), skips[0].get(1)), (bad.as_i64(), format!("app-{}", id(1))));
    assert!(skips[0].get::<_, String>(2).contains("luck"));

    view.fix();
    wanted(&world, "retry", worse).await;
    mended(&world, &[]).await;
    running.stop().await;
    let app = &world.live(&Apps).await["app"][0];
    assert!(app.contains("\"tenant_count\":1") && app.contains("Renamed"), "{app}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_behind_a_parked_event_than_fits_one_transaction_is_mended_all_the_same() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let bad = world.happened(tenant_added(1, 1)).await;
    let many = (2..=1_200).map(|tenant_id| tenant_added(1, tenant_id));
    world.done_by(person("ann"), many).await;
    let view = Buggy::about([bad]);
    let running = Running::start(world.runner(vec![view], 500));
    world.at_the_head(&running, view).await;
    view.fix();
    wanted(&world, "retry", bad).await;
    mended(&world, &[]).await;
    running.stop().await;
    assert!(world.live(&Apps).await["app"][0].contains("\"tenant_count\":1200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_over_a_shard_knows_what_is_parked_of_it() {
    let Story { world, running, bad, worse, last, .. } = story().await;
    running.kill().await;
    let view = Buggy::about([]);
    let running = Running::start(world.runner(vec![view], 10));
    let behind = world.happened(tenant_added(1, 12)).await;
    world.at_the_head(&running, view).await;
    let positions: Vec<_> = parked(&world, view).await.into_iter().map(|parked| parked.0).collect();
    assert_eq!(positions, [bad, worse, last, behind]);
    wanted(&world, "retry", bad).await;
    mended(&world, &[]).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}
