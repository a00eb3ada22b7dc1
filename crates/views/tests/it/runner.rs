use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chancery_journal::NewEvent;
use chancery_views::{
    ApplyError, BoxFeed, Feed, FeedError, Feeds, JournalFeed, Runner, State, View, Wants, all, apps::Apps,
};
use chancery_wire::{Position, Recorded};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::Notify;
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::{
    events::{app_created, id, new_event, tenant_added},
    like_apps::like_apps,
    world::{Running, World, deadline, person},
};

async fn gets_to(running: &Running, view: &dyn View, position: Position) {
    let mut status = running.statuses.watch(view).unwrap();
    let there = tokio::time::timeout_at(deadline(), status.wait_for(|status| status.position >= position));
    there.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_of_one_view_at_once_apply_nothing_twice() {
    let world = World::new();
    let runners: Vec<_> = (0..2).map(|_| Running::start(world.runner(all(), 3))).collect();
    // `tenant_count` is a counter: what is applied twice shows.
    let mut head = world.happened(app_created(1)).await;
    for tenant_id in 1..=200 {
        head = world.happened(tenant_added(1, tenant_id)).await;
    }
    for runner in &runners {
        for view in all() {
            gets_to(runner, view, head).await;
        }
    }
    for runner in runners {
        runner.stop().await;
    }
    for view in all() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
    assert!(world.live(&Apps).await["app"][0].contains("\"tenant_count\":200"));
}

/// The view of apps that stops for ever after its rows are written, before the checkpoint.
#[derive(Debug)]
struct StopsBeforeCheckpoint {
    written: Notify,
}

impl View for StopsBeforeCheckpoint {
    like_apps!(Apps.version());

    fn apply<'a>(
        &'a self,
        transaction: &'a deadpool_postgres::Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        async move {
            Apps.apply(transaction, batch).await?;
            self.written.notify_one();
            std::future::pending().await
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_between_rows_and_checkpoint_leaves_neither() {
    let world = World::new();
    let head = world.happened(app_created(1)).await;
    let view: &'static _ = Box::leak(Box::new(StopsBeforeCheckpoint { written: Notify::new() }));
    let dying = Running::start(world.runner(vec![view], 10));
    tokio::time::timeout_at(deadline(), view.written.notified()).await.unwrap();
    dying.kill().await;
    assert_eq!(world.checkpoint(&Apps).await, Position::START);
    assert!(world.live(&Apps).await["app"].is_empty());

    let next = Running::start(world.runner(vec![&Apps], 10));
    gets_to(&next, &Apps, head).await;
    next.stop().await;
    assert_eq!(world.live(&Apps).await["app"].len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_no_view_knows_are_passed_over() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let stranger =
        NewEvent { event_type: "AppPainted", data: "{}".into(), ..new_event(&app_created(1).into()) };
    let head = world.append(person("ann"), vec![stranger]).await;
    let running = world.run();
    for view in all() {
        gets_to(&running, view, head).await;
    }
    running.stop().await;
    let app = &world.live(&Apps).await["app"][0];
    assert!(app.contains("\"stream_version\":2"), "the stream moved all the same: {app}");
}

/// A journal's feed that breaks, and drops an event, every now and then.
#[derive(Debug)]
struct Unreliable {
    world: chancery_journal::Journal,
    opened: AtomicUsize,
}

struct Breaking(JournalFeed, usize);

impl Feeds for Unreliable {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let opened = self.opened.fetch_add(1, Ordering::Relaxed);
        let feed = JournalFeed::new(self.world.clone(), after, 2);
        async move { Ok(Box::new(Breaking(feed, opened)) as BoxFeed) }.boxed()
    }
}

impl Feed for Breaking {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move {
            self.1 += 1;
            let mut batch = self.0.next().await?;
            match self.1 % 4 {
                0 => return Err(FeedError("the stream is away".into())),
                2 if batch.len() > 1 => drop(batch.remove(0)),
                _ => {}
            }
            Ok(batch)
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_breaks_or_skips_is_opened_again_at_the_checkpoint() {
    let world = World::new();
    let mut head = world.happened(app_created(1)).await;
    for tenant_id in 1..=10 {
        head = world.happened(tenant_added(1, tenant_id)).await;
    }
    let feeds = Arc::new(Unreliable { world: world.journal.clone(), opened: AtomicUsize::new(0) });
    let runner = Runner::new(world.url(), world.journal.clone(), feeds.clone(), vec![&Apps]).unwrap();
    let running = Running::start(runner);
    gets_to(&running, &Apps, head).await;
    running.stop().await;
    assert!(feeds.opened.load(Ordering::Relaxed) > 1);
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

/// Has the positions that it has seen as its rows, and once, after they are written, an accident.
#[derive(Debug)]
struct Unlucky {
    accident: Accident,
    had: AtomicBool,
}

#[derive(Debug)]
enum Accident {
    Panic,
    /// Its connection is cut by this superuser.
    Cut(String),
}

impl Unlucky {
    fn with(accident: Accident) -> &'static Self {
        Box::leak(Box::new(Self { accident, had: AtomicBool::new(false) }))
    }
}

impl View for Unlucky {
    fn name(&self) -> &'static str {
        "unlucky"
    }

    fn version(&self) -> u32 {
        1
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE seen (position bigint PRIMARY KEY)"
    }

    fn wants(&self) -> Wants {
        Wants::Everything
    }

    fn apply<'a>(
        &'a self,
        transaction: &'a deadpool_postgres::Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        async move {
            let failed = |source| ApplyError::Write { subject: "what was seen", source };
            let seen: Vec<i64> = batch.iter().map(|event| event.position.as_i64()).collect();
            let sql = "INSERT INTO seen SELECT unnest($1::bigint[])";
            transaction.execute(sql, &[&seen]).await.map_err(failed)?;
            if self.had.swap(true, Ordering::Relaxed) {
                return Ok(());
            }
            let superuser = match &self.accident {
                Accident::Panic => panic!("for once"),
                Accident::Cut(superuser) => superuser,
            };
            let pid = transaction.query_one("SELECT pg_backend_pid()", &[]).await.map_err(failed)?;
            let (client, connection) = tokio_postgres::connect(superuser, NoTls).await.map_err(failed)?;
            tokio::spawn(connection);
            let cut = "SELECT pg_terminate_backend($1, 10000)";
            client.execute(cut, &[&pid.get::<_, i32>(0)]).await.map_err(failed)?;
            Ok(())
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_opened_again_and_the_error_is_cleared() {
    let world = World::new();
    let view = Unlucky::with(Accident::Cut(world.url().to_owned()));
    let head = world.happened(app_created(1)).await;
    let running = Running::start(world.runner(vec![view], 10));
    gets_to(&running, view, head).await;
    let status = running.statuses.all()["unlucky"].clone();
    assert_eq!((status.state, status.last_error), (State::Live, None));
    running.stop().await;
    assert_eq!(world.live(view).await["seen"], ["{\"position\":1}"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_panics_begins_anew_at_its_checkpoint_and_takes_no_other_with_it() {
    let world = World::new();
    let view = Unlucky::with(Accident::Panic);
    let head = world.happened(app_created(1)).await;
    let running = Running::start(world.runner(vec![view, &Apps], 10));
    gets_to(&running, view, head).await;
    gets_to(&running, &Apps, head).await;
    running.stop().await;
    assert_eq!(world.live(view).await["seen"], ["{\"position\":1}"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_runner_stands_at_a_checkpoint_and_goes_on_from_it() {
    let world = World::new();
    world.happened(app_created(1)).await;
    world.caught_up().await;
    let running = world.run();
    running.reaches(&Apps, State::Live).await;
    running.stop().await;
    let head = world.happened(tenant_added(1, 10)).await;
    assert!(world.checkpoint(&Apps).await < head);
    world.caught_up().await;
    assert_eq!(world.checkpoint(&Apps).await, head);
    assert_eq!(world.live(&Apps).await, world.rebuilt(&Apps).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_may_read_a_view_and_not_write_it() {
    let world = World::new();
    world.happened(app_created(1)).await;
    world.caught_up().await;
    let client = world.client(chancery_journal::Role::App).await;
    let schema_name = format!("view_apps_v{}_b1", Apps.version());
    client.query_one(&format!("SELECT FROM {schema_name}.app_page"), &[]).await.unwrap();
    let sql = format!("UPDATE {schema_name}.app SET name = 'x' WHERE app_id = $1");
    let app: Uuid = id(1);
    assert!(client.execute(&sql, &[&app]).await.is_err());
}
