//! A test's own world: a database, a log in it, and whatever runs on them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chancery_devkit::TestDb;
use chancery_journal::{Append, Appender, BatcherSettings, Journal, NewEvent, Role, Touch, config_for};
use chancery_views::{Dump, JournalFeeds, Reader, Runner, State, Statuses, View, all, dump};
use chancery_wire::{Actor, Event, Position};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestRunner},
};
use tokio::{task::JoinHandle, time::Instant};
use tokio_postgres::{Client, NoTls};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::events::new_event;

pub struct World {
    pub journal: Journal,
    appender: Appender,
    versions: Mutex<HashMap<String, u64>>,
    db: TestDb,
}

/// A runner on a task of its own.
pub struct Running {
    pub statuses: Statuses,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Asks again and again until there is an answer.
pub async fn eventually<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let deadline = deadline();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Checks so many cases; where one fails, it looks a while for a smaller one that does.
pub fn holds_for<S: Strategy>(cases: u32, of: &S, check: impl AsyncFn(S::Value)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let config = Config { cases, max_shrink_iters: 20, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(of, |case| {
            runtime.block_on(check(case));
            Ok(())
        })
        .unwrap();
}

/// Long enough for a busy machine; nothing waits this long when all is well.
pub fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(15)
}

pub fn person(id: &str) -> Actor {
    Actor { kind: "person".into(), id: id.into() }
}

impl World {
    pub fn new() -> Self {
        let server = chancery_devkit::test_postgres_url().unwrap();
        let db = TestDb::create(&server, &chancery_journal::migrations_digest(), |url| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(chancery_journal::migrate(url))?;
            Ok(())
        })
        .unwrap();
        let journal = Journal::open(db.url(), 4).unwrap();
        let appender = Appender::start(db.url(), &journal, BatcherSettings::default()).unwrap();
        Self { journal, appender, versions: Mutex::default(), db }
    }

    pub fn url(&self) -> &str {
        self.db.url()
    }

    /// Appends one event as the system.
    pub async fn happened(&self, event: impl Into<Event>) -> Position {
        self.done_by(Actor { kind: "system".into(), id: "system".into() }, [event.into()]).await
    }

    /// Appends events as one command; returns the last one's position.
    pub async fn done_by(&self, actor: Actor, events: impl IntoIterator<Item = Event>) -> Position {
        self.append(actor, events.into_iter().map(|event| new_event(&event)).collect()).await
    }

    pub async fn append(&self, actor: Actor, events: Vec<NewEvent>) -> Position {
        let touches = self.touches(&events);
        let command = Append {
            command_id: Uuid::now_v7(),
            request_hash: [0; 32],
            status: 200,
            answer: String::new(),
            actor,
            correlation_id: Uuid::now_v7(),
            causation_id: None,
            traceparent: None,
            touches,
            unless: Vec::new(),
            events,
        };
        self.appender.append(Arc::new(command)).await.unwrap().position
    }

    fn touches(&self, events: &[NewEvent]) -> Vec<Touch> {
        let mut versions = self.versions.lock().unwrap();
        let mut touches: Vec<Touch> = Vec::new();
        for event in events {
            let version = versions.entry(event.stream.clone()).or_default();
            if !touches.iter().any(|touch| touch.stream == event.stream) {
                touches.push(Touch { stream: event.stream.clone(), version: *version });
            }
            *version += 1;
        }
        touches
    }

    /// Gives a person a name.
    pub async fn named(&self, person_id: &str, name: &str) {
        let client = self.client(Role::App).await;
        let sql = "INSERT INTO people (person_id, name) VALUES ($1, $2)";
        client.execute(sql, &[&person_id, &name]).await.unwrap();
    }

    /// Remembers who asks for access, and what for, outside of the log.
    pub async fn asked(&self, person_id: &str, name: &str, email: &str, purpose: &str) {
        let client = self.client(Role::App).await;
        let sql = "INSERT INTO people (person_id, name, email, purpose) VALUES ($1, $2, $3, $4)";
        client.execute(sql, &[&person_id, &name, &email, &purpose]).await.unwrap();
    }

    /// Deletes what is known of a person.
    pub async fn forgotten(&self, person_id: &str) {
        let client = self.client(Role::App).await;
        client.execute("DELETE FROM people WHERE person_id = $1", &[&person_id]).await.unwrap();
    }

    pub async fn client(&self, role: Role) -> Client {
        let (client, connection) = config_for(self.url(), role).unwrap().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A connection that may do everything.
    pub async fn superuser(&self) -> Client {
        let mut config = config_for(self.url(), Role::Views).unwrap();
        let (client, connection) = config.options("").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// A runner of `views`, fed by the journal in batches of at most `batch`.
    pub fn runner(&self, views: Vec<&'static dyn View>, batch: usize) -> Runner {
        let feeds = JournalFeeds { journal: self.journal.clone(), batch };
        Runner::new(self.url(), self.journal.clone(), Arc::new(feeds), views).unwrap()
    }

    /// A runner whose leases are short, so that nobody waits long for those of a frozen one.
    pub fn hasty(&self, views: Vec<&'static dyn View>, batch: usize) -> Runner {
        self.runner(views, batch).with_lease(Duration::from_millis(500))
    }

    /// Who holds each shard of the live build.
    pub async fn holders(&self, view: &dyn View) -> Vec<Option<Uuid>> {
        let sql = "SELECT worker FROM projection_pointers JOIN projection_shards USING (schema_name) \
                   WHERE projection = $1 ORDER BY shard";
        let rows = self.client(Role::Views).await.query(sql, &[&view.name()]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// All views, running.
    pub fn run(&self) -> Running {
        Running::start(self.runner(all(), 100))
    }

    /// A reader that sees what `running` applies.
    pub fn reader(&self, running: &Running) -> Reader {
        Reader::new(self.journal.clone(), Some(running.statuses.clone()))
    }

    /// Waits until readers of a view that `running` has see everything so far.
    pub async fn at_the_head(&self, running: &Running, view: &dyn View) {
        let head = self.journal.head().await.unwrap().position;
        let reached = self.reader(running).wait_for(view, head, deadline()).await;
        reached.unwrap_or_else(|error| panic!("{error}: {:?}", running.statuses.all()));
    }

    /// A reader of all views that reflects everything so far. What ran is stopped again.
    pub async fn caught_up(&self) -> Reader {
        let running = self.run();
        for view in all() {
            self.at_the_head(&running, view).await;
        }
        let reader = self.reader(&running);
        running.stop().await;
        reader
    }

    /// The live build's rows.
    pub async fn live(&self, view: &dyn View) -> Dump {
        dump(&mut self.client(Role::Views).await, &self.live_schema(view).await).await.unwrap()
    }

    /// The schema that readers are pointed at.
    pub async fn live_schema(&self, view: &dyn View) -> String {
        let sql = "SELECT schema_name FROM projection_pointers WHERE projection = $1";
        self.client(Role::Views).await.query_one(sql, &[&view.name()]).await.unwrap().get(0)
    }

    /// The rows of the same view, filled from nothing up to the log's head.
    pub async fn rebuilt(&self, view: &dyn View) -> Dump {
        let head = self.journal.head().await.unwrap().position;
        let build = chancery_views::rebuild(self.url(), &self.journal, view, head).await.unwrap();
        dump(&mut self.client(Role::Views).await, &build.schema_name).await.unwrap()
    }

    /// The live build's checkpoint; the log's beginning where there is no build.
    pub async fn checkpoint(&self, view: &dyn View) -> Position {
        let sql = "SELECT min(position) FROM projection_pointers JOIN projection_shards USING (schema_name) \
                   WHERE projection = $1";
        let client = self.client(Role::Views).await;
        let position: Option<i64> = client.query_one(sql, &[&view.name()]).await.unwrap().get(0);
        position.map_or(Position::START, Position::from_i64)
    }
}

impl Running {
    pub fn start(runner: Runner) -> Self {
        let stop = CancellationToken::new();
        Self { statuses: runner.statuses(), task: tokio::spawn(runner.run(stop.clone())), stop }
    }

    /// Waits until a view is in `state`; returns its last error.
    pub async fn reaches(&self, view: &dyn View, state: State) -> Option<String> {
        let mut status = self.statuses.watch(view).unwrap();
        let reached = tokio::time::timeout_at(deadline(), status.wait_for(|status| status.state == state));
        reached.await.unwrap().unwrap().last_error.clone()
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }

    /// Ends it in the midst of whatever it does.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}
