//! Replaying: what differs is told row by row, with the event from which on it does; and nothing is left behind.

use std::cell::Cell;

use chancery_journal::Role;
use chancery_views::{
    Comparison, Divergence, JournalFeeds, Progress, Replay, ReplayError, Replayed, View, apps::Apps,
    connections::Connections,
};
use chancery_wire::{Position, v1};
use serde_json::json;
use tokio_postgres::Client;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{scratches, some_events, stands_at, while_it_goes_on};
use crate::{
    events::{
        app_approved, app_created, details_edited, id, scopes_edited, tenant_added, tenant_registered,
        tenant_removed,
    },
    world::{Running, World, eventually},
};

/// What is asked for, beside the view.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) to: Option<Position>,
    pub(super) keep: bool,
}

pub(super) async fn replay(world: &World, view: &'static dyn View, asked: Asked) -> Replayed {
    replay_until(world, view, asked, &CancellationToken::new(), |_| ()).await.unwrap()
}

pub(super) async fn replay_until(
    world: &World,
    view: &'static dyn View,
    Asked { to, keep }: Asked,
    stop: &CancellationToken,
    tell: impl Fn(Progress),
) -> Result<Replayed, ReplayError> {
    let events = JournalFeeds { journal: world.journal.clone(), batch: 7 };
    let end = world.journal.head().await.unwrap().position;
    let replay = Replay { view, events: &events, end, ends: false, to, rows: 100, keep };
    replay.run(world.url(), stop, tell).await
}

/// What differs.
async fn difference(world: &World, view: &'static dyn View) -> Comparison {
    let found = replay(world, view, Asked::default()).await.comparison.unwrap();
    assert!(!found.equal, "{found:#?}");
    found
}

/// A log of a few apps, what readers see of it, and whoever may change that.
async fn standing(view: &'static dyn View) -> (World, Client, String) {
    let world = World::new();
    let running = Running::start(world.runner(vec![view], 5));
    world.happened(tenant_registered(500, &["production"])).await; // 1
    world.happened(app_created(1)).await; // 2
    world.happened(app_created(2)).await; // 3
    world.happened(details_edited(1, "Renamed", v1::Visibility::Public)).await; // 4
    world.happened(tenant_added(1, 500)).await; // 5
    world.happened(scopes_edited(1, 2, &["crm.contacts:w"], &["crm.contacts:w"], &["crm.contacts:r"])).await; // 6
    world.happened(tenant_removed(1, 500)).await; // 7
    let head = world.happened(app_approved(2)).await; // 8
    stands_at(&world, view, head).await;
    running.stop().await;
    let (client, schema_name) = (world.superuser().await, world.live_schema(view).await);
    (world, client, schema_name)
}

/// The event's place and type.
fn place(event: Option<&Divergence>) -> Option<(u64, &str)> {
    event.map(|event| (event.position.get(), &*event.event_type))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_readers_see_is_what_the_log_says_while_it_goes_on() {
    while_it_goes_on(async |world, view, head| {
        let replayed = replay(world, view, Asked::default()).await;
        let found = replayed.comparison.unwrap();
        assert!(found.equal && found.first_diverging.is_none(), "{found:#?}");
        assert!(replayed.position >= head);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_no_event_led_to_is_told_so() {
    let (world, client, schema) = standing(&Apps).await;
    let edit = format!("UPDATE {schema}.app SET name = 'Forged' WHERE app_id = '{}'", id(1));
    client.batch_execute(&edit).await.unwrap();
    let found = difference(&world, &Apps).await;
    assert!(found.changed_by_others && found.shards.iter().all(|shard| shard.equal), "{found:#?}");
    let [row] = &found.tables[0].rows[..] else { panic!("{found:#?}") };
    assert_eq!(row.key, json!({"app_id": id(1).to_string()}));
    let [name] = &row.columns[..] else { panic!("{found:#?}") };
    assert_eq!((&*name.column, &name.live, &name.fold), ("name", &json!("Forged"), &json!("Renamed")));
    assert_eq!((&name.diverges, &row.diverges, &found.first_diverging), (&None, &None, &None));
    assert_eq!(place(row.written.as_ref()), Some((7, "TenantRemoved")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_differs_from_the_event_on_that_made_it() {
    let (world, client, schema) = standing(&Apps).await;
    let delete = format!("DELETE FROM {schema}.app WHERE app_id = '{}'", id(2));
    client.batch_execute(&delete).await.unwrap();
    let found = difference(&world, &Apps).await;
    let [row] = &found.tables[0].rows[..] else { panic!("{found:#?}") };
    assert!(row.live.is_none() && row.fold.is_some() && row.columns.is_empty());
    assert_eq!(place(row.diverges.as_ref()), Some((3, "AppCreated")));
    assert_eq!(place(row.written.as_ref()), Some((8, "AppApproved")));
    assert_eq!(found.first_diverging, row.diverges);
    assert_eq!(found.tables[0].different_rows, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_too_many_differs_from_its_removal_on_or_was_never_there() {
    let (world, client, schema) = standing(&Connections).await;
    let listings = format!(
        "INSERT INTO {schema}.listing (app_id, tenant_id, listed, position) VALUES ('{0}', 500, true, 5), ('{0}', 501, true, 5)",
        id(1)
    );
    client.batch_execute(&listings).await.unwrap();
    let found = difference(&world, &Connections).await;
    let table = found.tables.iter().find(|table| !table.equal).unwrap();
    let [removed, never] = &table.rows[..] else { panic!("{found:#?}") };
    assert_eq!(table.table, "listing");
    // Added and removed in one batch, it was there in between.
    assert_eq!(place(removed.diverges.as_ref()), Some((7, "TenantRemoved")));
    assert!(removed.fold.is_none() && removed.live.is_some());
    assert_eq!((&never.diverges, &never.written), (&None, &None));
    assert_eq!(found.first_diverging, removed.diverges);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_was_lost_is_named_also_where_later_ones_came_through() {
    let (world, client, schema) = standing(&Apps).await;
    let change = format!(
        "UPDATE {schema}.app SET name = 'App 1', organization_name = 'Acme', homepage_url = 'https://acme.example' \
         WHERE app_id = '{}'",
        id(1)
    );
    client.batch_execute(&change).await.unwrap();
    let found = difference(&world, &Apps).await;
    let [row] = &found.tables[0].rows[..] else { panic!("{found:#?}") };
    let columns: Vec<_> =
        row.columns.iter().map(|one| (&*one.column, place(one.diverges.as_ref()))).collect();
    let lost = Some((4, "AppDetailsEdited"));
    assert_eq!(columns, [("homepage_url", lost), ("name", lost), ("organization_name", lost)]);
    assert_eq!(place(found.first_diverging.as_ref()), lost);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_a_shard_was_not_given_is_named_by_the_digests() {
    let (world, client, schema) = standing(&Apps).await;
    // As if the engine had lost it: its effect is missing, and nobody but the engine wrote.
    let event = world.journal.event(Position::new(6)).await.unwrap().unwrap();
    let shard = i32::from(id(1).as_bytes()[15] % 4);
    let half = event.event_id.as_u64_pair().1.cast_signed();
    for (change, half) in
        [("events - 1, events_digest - ", half), ("events + 2, events_digest + 2::numeric * ", half)]
    {
        let (count, sum) = change.split_once(", ").unwrap();
        let change = format!(
            "UPDATE projection_shards SET events = {count}, events_digest = {sum}({half}) \
             WHERE schema_name = '{schema}' AND shard = {shard}"
        );
        client.batch_execute(&change).await.unwrap();
        let found = difference(&world, &Apps).await;
        let (lost, twice) = (place(found.not_given.as_ref()), place(found.given_twice.as_ref()));
        let it = Some((6, "ScopesEdited"));
        assert_eq!((lost, twice), if count == "events - 1" { (it, None) } else { (None, it) });
        assert_eq!(place(found.first_diverging.as_ref()), it);
        assert!(found.tables.iter().all(|table| table.equal) && !found.changed_by_others);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_that_stands_past_the_logs_end_is_told_so() {
    let (world, client, schema) = standing(&Apps).await;
    let ahead = format!(
        "UPDATE projection_shards SET position = position + 1 WHERE schema_name = '{schema}' AND shard = 1"
    );
    client.batch_execute(&ahead).await.unwrap();
    let end = Position::new(8);
    for to in [None, Some(end)] {
        let found = replay(&world, &Apps, Asked { to, keep: false }).await;
        let compared = found.comparison.unwrap();
        let past: Vec<_> = compared.shards.iter().filter(|shard| !shard.equal).collect();
        let [shard] = &past[..] else { panic!("{compared:#?}") };
        assert_eq!((shard.shard, shard.position.get(), shard.log_ends), (1, 9, Some(end)));
        assert!(!compared.equal && shard.given == shard.logged && found.position == end, "{compared:#?}");
        assert!(compared.tables.iter().all(|table| table.equal), "{compared:#?}");
    }
    // All of them: the log was cut.
    let all = format!("UPDATE projection_shards SET position = 1000 WHERE schema_name = '{schema}'");
    client.batch_execute(&all).await.unwrap();
    let found = difference(&world, &Apps).await;
    assert!(found.shards.iter().all(|shard| shard.log_ends == Some(end) && !shard.equal), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_folded_and_compared_only_where_readers_see_the_same_events() {
    let (world, client, _) = standing(&Apps).await;
    let to = |position| Asked { to: Some(Position::new(position)), keep: true };
    let past = replay(&world, &Apps, to(3)).await;
    let why = "what readers see stands at 8: as it was at 3, it is kept nowhere but in the log";
    assert_eq!((past.not_compared.as_deref(), past.comparison.is_none()), (Some(why), true));
    assert_eq!((past.position.get(), past.tables[0].rows), (3, 2));
    let kept = past.kept.unwrap();
    let names = client.query(&format!("SELECT name FROM {kept}.app ORDER BY 1"), &[]).await.unwrap();
    let names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ["App 1", "App 2"]);

    let now = replay(&world, &Apps, Asked { to: Some(Position::new(8)), keep: false }).await;
    assert!(now.comparison.unwrap().equal);
    // What came since is nothing that the view wants.
    let running = Running::start(world.runner(vec![&Apps], 5));
    let head = world.happened(tenant_registered(501, &["production"])).await;
    stands_at(&world, &Apps, head).await;
    running.stop().await;
    let same = replay(&world, &Apps, Asked { to: Some(Position::new(8)), keep: false }).await;
    assert!(same.comparison.unwrap().equal && same.position.get() == 8);
    world.happened(app_created(3)).await;
    let ahead = replay(&world, &Apps, Asked { to: Some(Position::new(10)), keep: false }).await;
    let why = "what readers see stands at 9, and has yet to get to 10";
    assert_eq!(ahead.not_compared.as_deref(), Some(why));

    assert_eq!(scratches(&client).await, [&*kept], "what is kept outlives later replays");
    let over = "UPDATE projection_builds SET kept_until = now() - interval '1 second' WHERE schema_name = $1";
    client.execute(over, &[&kept]).await.unwrap();
    replay(&world, &Apps, Asked::default()).await;
    assert_eq!(scratches(&client).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_build_that_readers_see_it_is_folded_up_to_the_head() {
    let world = World::new();
    let head = some_events(&world, 0, 20).await;
    let replayed = replay(&world, &Apps, Asked::default()).await;
    assert_eq!((replayed.position, replayed.tables[0].rows), (head, 5));
    assert!(replayed.not_compared.unwrap().contains("readers see no build"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_replay_leaves_nothing_and_a_killed_one_is_swept() {
    let (world, client, schema) = standing(&Apps).await;
    let edit = format!("UPDATE {schema}.app SET name = 'Forged'");
    client.batch_execute(&edit).await.unwrap();
    for at in ["folding", "comparing", "tracing"] {
        let (stop, seen) = (CancellationToken::new(), Cell::new(false));
        let tell = |progress| {
            let now = match progress {
                Progress::Folding { .. } => "folding",
                Progress::Comparing => "comparing",
                Progress::Tracing { .. } => "tracing",
            };
            if now == at {
                seen.set(true);
                stop.cancel();
            }
        };
        let ended = replay_until(&world, &Apps, Asked { to: None, keep: true }, &stop, tell).await;
        // Whoever is told at the very end may be done.
        assert!(matches!(ended, Err(ReplayError::Interrupted { .. })), "{at}: {ended:?}");
        assert!(seen.get());
        assert_eq!(scratches(&client).await, [""; 0], "{at}");
    }

    let views = world.client(Role::Views).await;
    let made = async |name: &str| {
        let make = format!(
            "SELECT create_view_schema('{name}'); INSERT INTO projection_builds (schema_name, projection, version, build, phase, shards) \
             VALUES ('{name}', 'apps', 99, {}, 'scratch', 4)",
            &name[name.len() - 1..]
        );
        views.batch_execute(&make).await.unwrap();
    };
    made("view_apps_v99_b1").await;
    made("view_apps_v99_b2").await;
    let hold = "SELECT pg_advisory_lock(hashtext('chancery scratch'), hashtext('view_apps_v99_b2'))";
    views.batch_execute(hold).await.unwrap();
    replay(&world, &Apps, Asked::default()).await;
    assert_eq!(scratches(&client).await, ["view_apps_v99_b2"], "somebody is at it");
    drop(views);
    eventually("its holder is gone", async || {
        replay(&world, &Apps, Asked::default()).await;
        scratches(&client).await.is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_needs_no_more_rights_than_the_views_have() {
    let (world, client, _) = standing(&Apps).await;
    let login = format!("replayer_{}", Uuid::now_v7().simple());
    let make = format!("CREATE ROLE {login} LOGIN PASSWORD 'replays'; GRANT chancery_views TO {login}");
    client.batch_execute(&make).await.unwrap();
    let (_, rest) = world.url().split_once('@').unwrap();
    let url = format!("postgres://{login}:replays@{rest}");
    let journal = chancery_journal::Journal::open_as(Role::Views, &url, 2).unwrap();
    let events = JournalFeeds { journal, batch: 7 };
    let end = Position::new(8);
    let replay = Replay { view: &Apps, events: &events, end, ends: false, to: None, rows: 9, keep: false };
    let replayed = replay.run(&url, &CancellationToken::new(), |_| ()).await.unwrap();
    assert!(replayed.comparison.unwrap().equal);
    drop(events);
    client.batch_execute(&format!("DROP OWNED BY {login}; DROP ROLE {login}")).await.unwrap();
}
