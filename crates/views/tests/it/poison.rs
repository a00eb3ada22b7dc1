//! An event that cannot be applied is parked, and later ones of its key wait; all others go on.

use std::{collections::BTreeSet, sync::Mutex};

use chancery_journal::{NewEvent, Role};
use chancery_views::{
    ApplyError, At, ReadError, State, View, admin, all, apps, apps::Apps, connections,
    connections::Connections, versions, versions::Versions,
};
use chancery_wire::{
    Position, Recorded,
    v1::{ProjectionOperated, ProjectionOperation as Operation, Promotion, Visibility},
};
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    events::{app_created, details_edited, id, new_event, scopes_edited, tenant_added, tenant_registered},
    like_apps::like_apps,
    operated::Operator,
    world::{Running, World, deadline, eventually, person},
};

/// Position, key and error of what is parked of a view.
pub async fn parked(world: &World, view: &dyn View) -> Vec<(Position, String, Option<String>)> {
    let sql = "SELECT position, key, error FROM projection_parked JOIN projection_pointers USING (schema_name) \
               WHERE projection = $1 ORDER BY position";
    let rows = world.client(Role::App).await.query(sql, &[&view.name()]).await.unwrap();
    rows.iter().map(|row| (Position::from_i64(row.get(0)), row.get(1), row.get(2))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_decoded_is_parked_and_later_ones_of_its_key_wait() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let broken = NewEvent { data: r#"{"app_id": 7}"#.into(), ..new_event(&tenant_added(1, 10)) };
    let broken = world.append(person("ann"), vec![broken]).await;
    world.happened(app_created(2)).await;
    let waits = world.happened(tenant_added(1, 11)).await;
    let head = world.happened(tenant_added(2, 11)).await;
    world.caught_up().await;
    for view in [&Apps as &dyn View, &Connections] {
        let parked = parked(&world, view).await;
        let key = format!("app-{}", id(1));
        let error = parked[0].2.clone().unwrap();
        assert!(error.contains("event 2 cannot be decoded"), "{error}");
        assert_eq!(parked, [(broken, key.clone(), Some(error)), (waits, key, None)]);
        assert_eq!(world.checkpoint(view).await, head);
    }
    assert!(parked(&world, &Versions).await.is_empty(), "it does not want that event");
    let apps = &world.live(&Apps).await["app"];
    assert!(apps[0].contains("\"tenant_count\":0") && apps[1].contains("\"tenant_count\":1"), "{apps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_of_a_known_type_is_parked_too() {
    let world = World::new();
    let newer = NewEvent { schema_version: 99, ..new_event(&app_created(1).into()) };
    world.append(person("ann"), vec![newer]).await;
    world.caught_up().await;
    let error = parked(&world, &Apps).await[0].2.clone().unwrap();
    assert!(error.contains("schema version 99"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_parked_names_the_field_or_the_constraint() {
    let world = World::new();
    let mut created = app_created(1);
    created.organization_id = "acme".into();
    world.happened(created).await;
    world.happened(app_created(2)).await;
    let twice = NewEvent { event_id: uuid::Uuid::now_v7(), ..new_event(&app_created(2).into()) };
    world.append(person("ann"), vec![twice]).await;
    world.caught_up().await;
    let parked = parked(&world, &Apps).await;
    let error = |at: usize| parked[at].2.clone().unwrap();
    assert!(error(0).contains("event 1 has no usable organization_id"), "{parked:?}");
    assert!(error(1).contains("duplicate key value violates unique constraint"), "{parked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_poison_event_among_many_is_found_and_all_others_are_applied() {
    let world = World::new();
    for number in 1..=40 {
        world.happened(app_created(number)).await;
    }
    for number in 1..=40 {
        let edited = new_event(&scopes_edited(number, 2, &["a:r"], &["a:r"], &[]));
        let data = if number % 13 == 0 { "{\"version\": true}".into() } else { edited.data.clone() };
        world.append(person("ann"), vec![NewEvent { data, ..edited }]).await;
        world.happened(scopes_edited(number, 3, &["b:r"], &["b:r"], &["a:r"])).await;
    }
    world.caught_up().await;
    for view in all() {
        let parked = parked(&world, view).await;
        let wants = [Apps.name(), Versions.name(), Connections.name()].contains(&view.name());
        assert_eq!(parked.len(), if wants { 6 } else { 0 }, "{}: {parked:?}", view.name());
        assert_eq!(parked.iter().filter(|parked| parked.2.is_some()).count(), parked.len() / 2);
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
    assert_eq!(world.live(&Versions).await["app_version"].len(), 40 * 3 - 6);
}

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

/// As an operator wants it.
async fn wanted(world: &World, what: &str, position: Position) {
    let client = world.client(Role::Views).await;
    let sql = "UPDATE projection_parked SET wanted = $1 WHERE position = $2";
    assert_eq!(client.execute(sql, &[&what, &position.as_i64()]).await.unwrap(), 1);
    client.batch_execute("NOTIFY chancery_projections").await.unwrap();
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

fn is_parked<T: std::fmt::Debug>(answer: Result<At<T>, ReadError>, expected: &str, at: Position) {
    match answer {
        Err(ReadError::Parked { key, position, .. }) => assert_eq!((&*key, position), (expected, at)),
        other => panic!("{expected} is parked: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_what_is_parked_says_so_and_all_else_is_read_on() {
    let world = World::new();
    world.happened(tenant_registered(10, &["production"])).await;
    world.happened(tenant_registered(11, &["production"])).await;
    for app in 1..=2 {
        world.happened(app_created(app)).await;
        world.happened(tenant_added(app, 10)).await;
    }
    world.happened(tenant_added(2, 11)).await;
    let broken =
        NewEvent { data: "{\"version\": true}".into(), ..new_event(&scopes_edited(1, 2, &[], &[], &[])) };
    let bad = world.append(person("ann"), vec![broken]).await;
    let reader = world.caught_up().await;
    let key = format!("app-{}", id(1));
    let (parked, other) = (id(1), id(2));
    is_parked(apps::app(&reader, parked).await, &key, bad);
    is_parked(versions::of_app(&reader, parked, None, 10).await, &key, bad);
    is_parked(connections::of_app(&reader, parked, None, 10).await, &key, bad);
    let instance = |tenant_id| chancery_views::Instance { tenant_id, environment: "production".into() };
    is_parked(connections::listed_app(&reader, &instance(10), parked).await, &key, bad);
    // An item of a page.
    is_parked(connections::for_tenant(&reader, &instance(10), None, 10).await, &key, bad);

    assert!(apps::app(&reader, other).await.unwrap().value.is_some());
    assert_eq!(versions::of_app(&reader, other, None, 10).await.unwrap().value.items.len(), 1);
    assert_eq!(connections::of_app(&reader, other, None, 10).await.unwrap().value.items.len(), 2);
    assert_eq!(connections::for_tenant(&reader, &instance(11), None, 10).await.unwrap().value.items.len(), 1);
    // Behind the parked one on the page that begins after it.
    let after = connections::for_tenant(&reader, &instance(10), Some(parked), 10).await.unwrap();
    assert_eq!(after.value.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_because_its_first_event_is_parked_is_not_said_to_be_missing() {
    let world = World::new();
    let broken = NewEvent { data: "{\"app_id\": 7}".into(), ..new_event(&app_created(1).into()) };
    let bad = world.append(person("ann"), vec![broken]).await;
    let broken = NewEvent { data: "{\"name\": 7}".into(), ..new_event(&tenant_registered(10, &[])) };
    let tenant = world.append(person("ann"), vec![broken]).await;
    let reader = world.caught_up().await;
    is_parked(apps::app(&reader, id(1)).await, &format!("app-{}", id(1)), bad);
    is_parked(chancery_views::directory::tenant(&reader, 10).await, "tenant-10", tenant);
    assert!(apps::app(&reader, id(2)).await.unwrap().value.is_none());
    assert!(chancery_views::directory::tenant(&reader, 11).await.unwrap().value.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_projection_keeps_its_shards_and_applies_nothing_until_it_is_resumed() {
    let world = World::new();
    let before = world.happened(app_created(1)).await;
    let runner = world.runner(vec![&Apps], 10);
    let worker = runner.worker();
    let running = Running::start(runner);
    eventually("it is up to date", async || (world.checkpoint(&Apps).await == before).then_some(())).await;
    let pause = async |paused: bool| {
        let sql = "INSERT INTO projection_settings (projection, paused) VALUES ('apps', $1) \
                   ON CONFLICT (projection) DO UPDATE SET paused = excluded.paused";
        let client = world.client(Role::Views).await;
        client.execute(sql, &[&paused]).await.unwrap();
        client.batch_execute("NOTIFY chancery_projections").await.unwrap();
    };
    pause(true).await;
    let mut status = running.statuses.watch(&Apps).unwrap();
    let paused = status.wait_for(|status| status.state == chancery_views::State::Paused);
    drop(tokio::time::timeout_at(deadline(), paused).await.unwrap().unwrap());
    let after = world.happened(app_created(2)).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(world.checkpoint(&Apps).await, before);
    assert!(world.holders(&Apps).await.iter().all(|holder| *holder == Some(worker)));
    pause(false).await;
    eventually("it goes on", async || (world.checkpoint(&Apps).await == after).then_some(())).await;
    running.stop().await;
}

/// An app of which an event cannot be decoded, in a projection that is paused, and an operator who wants that retried.
async fn unheard(world: &World, operator: &Operator<'_>, running: &Running) -> Position {
    world.happened(app_created(1)).await;
    let broken = NewEvent { data: r#"{"app_id": 7}"#.into(), ..new_event(&tenant_added(1, 10)) };
    let broken = world.append(person("ann"), vec![broken]).await;
    world.at_the_head(running, &Apps).await;
    operator.says(Operation::Pause, None).await;
    let mut status = running.statuses.watch(&Apps).unwrap();
    let paused = status.wait_for(|status| status.state == State::Paused);
    tokio::time::timeout_at(deadline(), paused).await.unwrap().unwrap();
    let retry = ProjectionOperated {
        operation: Operation::Retry.into(),
        position: broken.as_i64(),
        ..ProjectionOperated::default()
    };
    operator.said(retry).await;
    operator.waits_for("SELECT count(*) = 1 FROM projection_parked WHERE wanted = 'retry'").await;
    broken
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_waits_is_pending_until_it_is_done() {
    let world = World::new();
    let running = world.run();
    let operator = Operator::of(&world, &Apps).await;
    unheard(&world, &operator, &running).await;
    let pending = async || admin::projection(&world.journal, "apps").await.unwrap().value.unwrap().pending;
    assert_eq!(pending().await, 1);
    operator.says(Operation::Resume, None).await;
    eventually("it is done", async || (pending().await == 0).then_some(())).await;
    let of_apps =
        "FROM projection_parked JOIN projection_builds USING (schema_name) WHERE projection = 'apps'";
    operator.waits_for(&format!("SELECT bool_and(attempts = 2) {of_apps}")).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wanted_of_a_build_that_is_retired_is_waited_for_no_longer() {
    let world = World::new();
    let running = world.run();
    let operator = Operator::of(&world, &Apps).await;
    unheard(&world, &operator, &running).await;
    let rebuild_id = operator.rebuild(Promotion::IfEqual, 0).await;
    operator.sees(rebuild_id, "ready").await;
    let said = operator.says(Operation::Promote, Some(rebuild_id)).await;
    operator.sees(rebuild_id, "promoted").await;
    let of_apps =
        "FROM projection_parked JOIN projection_builds USING (schema_name) WHERE projection = 'apps'";
    operator.waits_for(&format!("SELECT count(*) = 2 AND count(wanted) = 0 {of_apps}")).await;
    // Also where it was left behind.
    let retired = "SELECT schema_name FROM projection_builds WHERE phase = 'retired'";
    operator
        .does(&format!("UPDATE projection_parked SET wanted = 'retry' WHERE schema_name IN ({retired})"))
        .await;
    assert!(admin::is_carried_out(&world.journal, "apps", said).await.unwrap());
    let shown = admin::projection(&world.journal, "apps").await.unwrap().value.unwrap();
    assert_eq!(shown.pending, 0);
    running.stop().await;
}
