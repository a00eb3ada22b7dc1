//! Runners share the shards of a view, take over from each other, and write nothing that is another's.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use chancery_journal::Journal;
use chancery_views::{BoxFeed, Feed, FeedError, Feeds, JournalFeed, JournalFeeds, Runner, State, View, all};
use chancery_wire::{Position, Recorded};
use futures_util::{FutureExt, future::BoxFuture};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    events::{app_created, tenant_added},
    sum::{Gate, Sum, is_exact},
    world::{Running, World, eventually},
};

/// Waits until each of `workers` holds as many shards as `expected` says.
async fn held(world: &World, view: &dyn View, workers: &[Uuid], expected: &[usize]) {
    eventually(&format!("{expected:?} shards of {} are held", view.name()), async || {
        let holders = world.holders(view).await;
        let of = |worker: &Uuid| holders.iter().filter(|holder| **holder == Some(*worker)).count();
        let mut counts: Vec<usize> = workers.iter().map(of).collect();
        counts.sort_unstable();
        (counts == expected).then_some(())
    })
    .await;
}

async fn applied(world: &World, view: &Sum, head: Position) {
    eventually("all is applied", async || (world.checkpoint(view).await >= head).then_some(())).await;
    is_exact(world).await;
}

/// Events of eight apps, which are keys of all shards.
async fn happen(world: &World) -> Position {
    let mut head = Position::START;
    for app in 0..8 {
        head = world.happened(app_created(app)).await;
    }
    head
}

async fn more(world: &World, tenant_id: i64) -> Position {
    let mut head = Position::START;
    for app in 0..8 {
        head = world.happened(tenant_added(app, tenant_id)).await;
    }
    head
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_share_the_shards_evenly_and_anew_when_one_comes_or_goes() {
    let world = World::new();
    let view = Sum::shared(5);
    happen(&world).await;
    let (mut runners, mut workers) = (Vec::new(), Vec::new());
    for expected in [&[5][..], &[2, 3], &[1, 2, 2]] {
        let runner = world.runner(vec![view], 3);
        workers.push(runner.worker());
        runners.push(Running::start(runner));
        held(&world, view, &workers, expected).await;
        applied(&world, view, more(&world, i64::try_from(workers.len()).unwrap()).await).await;
    }
    runners.remove(0).stop().await;
    held(&world, view, &workers[1..], &[2, 3]).await;
    applied(&world, view, more(&world, 10).await).await;
    // Dies without a word: its session ends, and that is seen.
    runners.remove(0).kill().await;
    held(&world, view, &workers[2..], &[5]).await;
    applied(&world, view, more(&world, 11).await).await;
    runners.remove(0).stop().await;
    assert!(
        world.holders(view).await.iter().all(Option::is_none),
        "who stops in good order gives up its shards"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn views_of_one_shard_are_spread_over_the_runners_and_each_is_kept_up_by_one() {
    let world = World::new();
    let runners: Vec<_> = (0..2).map(|_| world.runner(all(), 10)).collect();
    let workers: Vec<_> = runners.iter().map(Runner::worker).collect();
    let runners: Vec<_> = runners.into_iter().map(Running::start).collect();
    let holders = eventually("both hold something of everything that can be shared", async || {
        let mut holders = BTreeMap::new();
        for view in all() {
            let of: Vec<_> = world.holders(view).await.into_iter().collect::<Option<_>>()?;
            let both = of.iter().collect::<BTreeSet<_>>().len() == 2;
            if of.is_empty() || (of.len() > 1 && !both) {
                return None;
            }
            holders.insert(view.name(), of);
        }
        let single: BTreeSet<_> = holders.values().filter(|of| of.len() == 1).flatten().collect();
        (single.len() == 2).then_some(holders)
    })
    .await;
    assert!(holders.values().flatten().all(|holder| workers.contains(holder)));
    // Who holds nothing of a view says so, and is well.
    eventually("whoever has nothing of a view says that it is elsewhere", async || {
        let elsewhere =
            runners.iter().filter(|running| running.statuses.all()["networks"].state == State::Elsewhere);
        (elsewhere.count() == 1).then_some(())
    })
    .await;
    for runner in runners {
        runner.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_that_want_one_shard_at_once_apply_every_event_once() {
    let world = World::new();
    let view = Sum::shared(1);
    let mut head = happen(&world).await;
    for round in 1..=5 {
        let runners: Vec<_> = (0..4).map(|_| Running::start(world.runner(vec![view], 2))).collect();
        head = more(&world, round).await;
        // Some before they have anything, some in the midst of it.
        for (at, runner) in (0..).zip(runners) {
            tokio::time::sleep(Duration::from_millis(7 * at)).await;
            runner.kill().await;
        }
    }
    let last = Running::start(world.runner(vec![view], 2));
    applied(&world, view, head).await;
    last.stop().await;
}

/// A runner on a thread of its own, which can be frozen as a whole.
struct Freezing {
    worker: Uuid,
    stop: CancellationToken,
    thread: JoinHandle<()>,
}

impl Freezing {
    /// Its connections are its own too: those of a pool belong to whoever opened them.
    fn start(world: &World, view: &'static dyn View, gate: Option<&'static Gate>) -> Self {
        let stop = CancellationToken::new();
        let (until, url) = (stop.clone(), world.url().to_owned());
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let journal = Journal::open(&url, 4).unwrap();
                let feeds: Arc<dyn Feeds> = match gate {
                    Some(gate) => Arc::new(FreezingFeeds { journal: journal.clone(), gate }),
                    None => Arc::new(JournalFeeds { journal: journal.clone(), batch: 10 }),
                };
                let runner = Runner::new(&url, journal, feeds, vec![view]).unwrap();
                sender.send(runner.worker()).unwrap();
                runner.with_lease(Duration::from_millis(500)).run(until).await;
            });
        });
        Self { worker: receiver.recv().unwrap(), stop, thread }
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::task::spawn_blocking(|| self.thread.join().unwrap()).await.unwrap();
    }
}

/// A journal's feeds, the batches of which freeze whoever takes them before they are applied.
#[derive(Debug)]
struct FreezingFeeds {
    journal: Journal,
    gate: &'static Gate,
}

struct FreezingFeed(JournalFeed, &'static Gate);

impl Feeds for FreezingFeeds {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let feed = JournalFeed::new(self.journal.clone(), after, 10);
        let feed = FreezingFeed(feed, self.gate);
        async move { Ok(Box::new(feed) as BoxFeed) }.boxed()
    }
}

impl Feed for FreezingFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async move {
            let batch = self.0.next().await?;
            self.1.pass();
            Ok(batch)
        }
        .boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_frozen_with_a_batch_in_its_hand_writes_nothing_when_it_wakes_up() {
    let world = World::new();
    let gate = Gate::new();
    let (frozen_view, view) = (Sum::shared(2), Sum::shared(2));
    let head = happen(&world).await;
    let frozen = Freezing::start(&world, frozen_view, Some(gate));
    eventually("it has a batch in its hand", async || (gate.arrived() > 0).then_some(())).await;
    held(&world, view, &[frozen.worker], &[2]).await;

    // Its session lives, so only the lease says that it does not.
    let runner = world.hasty(vec![view], 3);
    let worker = runner.worker();
    let other = Running::start(runner);
    held(&world, view, &[worker], &[2]).await;
    applied(&world, view, head).await;

    gate.open();
    // It finds itself fenced, says that it lives, and gets its share; then it applies what comes, and only that.
    held(&world, view, &[frozen.worker, worker], &[1, 1]).await;
    applied(&world, view, more(&world, 1).await).await;
    other.stop().await;
    held(&world, view, &[frozen.worker], &[2]).await;
    applied(&world, view, more(&world, 2).await).await;
    frozen.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_frozen_between_rows_and_checkpoint_commits_neither_when_it_wakes_up() {
    let world = World::new();
    let gate = Gate::new();
    let (frozen_view, view) = (Sum::frozen(2, gate), Sum::shared(2));
    let head = happen(&world).await;
    let frozen = Freezing::start(&world, frozen_view, None);
    eventually("its rows are written", async || (gate.arrived() > 0).then_some(())).await;

    // It holds the shards' rows locked, until the server ends its transaction.
    let runner = world.hasty(vec![view], 3);
    let worker = runner.worker();
    let other = Running::start(runner);
    held(&world, view, &[worker], &[2]).await;
    applied(&world, view, head).await;
    gate.open();
    let head = more(&world, 1).await;
    applied(&world, view, head).await;
    other.stop().await;
    applied(&world, view, more(&world, 2).await).await;
    frozen.stop().await;
}
