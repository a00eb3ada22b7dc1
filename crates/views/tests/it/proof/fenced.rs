//! A worker that lost its shards, and does not know it, writes nothing.

use std::sync::{Arc, Mutex, mpsc};

use chancery_journal::Journal;
use chancery_views::{BoxFeed, Feed, FeedError, Feeds, JournalFeed, Runner};
use chancery_wire::{Position, Recorded};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{some_events, stands_at};
use crate::{
    sum::{SUM, is_exact},
    world::{Running, World, deadline},
};

/// Told that the first batch is there; whoever is told says when the worker may have it.
type Arrived = UnboundedSender<mpsc::Sender<()>>;

/// Opens one feed that holds its first batch back, and lets its task do nothing else meanwhile: as if the process stood
/// still. All later feeds are as they should be.
#[derive(Debug)]
struct Held {
    journal: Journal,
    arrived: Mutex<Option<Arrived>>,
}

struct HeldFeed {
    feed: JournalFeed,
    arrived: Option<Arrived>,
}

impl Feeds for Held {
    fn open(&self, after: Position) -> BoxFuture<'_, Result<BoxFeed, FeedError>> {
        let arrived = self.arrived.lock().unwrap().take();
        let feed = HeldFeed { feed: JournalFeed::new(self.journal.clone(), after, 100), arrived };
        async move { Ok(Box::new(feed) as BoxFeed) }.boxed()
    }
}

impl Feed for HeldFeed {
    fn next(&mut self) -> BoxFuture<'_, Result<Vec<Recorded>, FeedError>> {
        async {
            // Asked again, or dropped: either way the worker is done with the batch, which the sender's end tells.
            let arrived = self.arrived.take();
            let batch = self.feed.next().await?;
            if let Some(arrived) = arrived {
                let (go_on, told) = mpsc::channel();
                arrived.send(go_on).unwrap();
                tokio::task::block_in_place(|| told.recv()).unwrap();
                self.arrived = Some(arrived);
            }
            Ok(batch)
        }
        .boxed()
    }
}

/// Somebody else takes the shards over, and lives.
const STEAL: &str = "
    WITH stranger AS (
        INSERT INTO projection_workers (worker, host, pid, knows, seen_until)
        VALUES ('00000000-0000-7000-8000-000000000001', 'elsewhere', 1, '{}', now() + interval '1 hour')
        RETURNING worker, number),
    alive AS (SELECT pg_advisory_lock(hashtext('chancery projection worker'), number::integer) FROM stranger)
    UPDATE projection_shards s SET worker = stranger.worker, epoch = s.epoch + 1, lease_until = now() + interval '1 hour'
    FROM stranger, (SELECT count(*) FROM alive) AS a WHERE s.schema_name LIKE 'view_sum_%'";

/// Writes down whoever moves a checkpoint of shards that are the stranger's.
const WATCH: &str = "
    CREATE TABLE trespasses (shard integer, position bigint);
    GRANT INSERT ON trespasses TO PUBLIC;
    CREATE FUNCTION trespassed() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN INSERT INTO public.trespasses VALUES (new.shard, new.position); RETURN new; END$$;
    CREATE TRIGGER trespassed AFTER UPDATE ON projection_shards FOR EACH ROW
        WHEN (old.worker = '00000000-0000-7000-8000-000000000001' AND new.position > old.position)
        EXECUTE FUNCTION trespassed()";

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_lost_its_shards_writes_nothing_and_takes_part_again() {
    let world = World::new();
    let head = some_events(&world, 0, 20).await;
    let (arrived, mut arrivals) = unbounded_channel();
    let feeds = Held { journal: world.journal.clone(), arrived: Mutex::new(Some(arrived)) };
    let runner = Runner::new(world.url(), world.journal.clone(), Arc::new(feeds), vec![&SUM]).unwrap();
    let running = Running::start(runner);
    let go_on = tokio::time::timeout_at(deadline(), arrivals.recv()).await.unwrap().unwrap();

    let (stranger, test) = (world.superuser().await, world.superuser().await);
    test.batch_execute(WATCH).await.unwrap();
    assert_eq!(stranger.execute(STEAL, &[]).await.unwrap(), 4);
    go_on.send(()).unwrap();
    let done = tokio::time::timeout_at(deadline(), arrivals.recv()).await.unwrap();
    assert!(done.is_none(), "the worker asks for more, or has left its feed");
    let trespasses: i64 = test.query_one("SELECT count(*) FROM trespasses", &[]).await.unwrap().get(0);
    assert_eq!(trespasses, 0, "a checkpoint was moved by who had lost the shard");

    drop(stranger);
    stands_at(&world, &SUM, head).await;
    running.stop().await;
    is_exact(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_that_claim_one_shard_do_not_both_get_it() {
    let world = World::new();
    let mut head = some_events(&world, 0, 10).await;
    let test = world.superuser().await;
    test.batch_execute(
        "CREATE TABLE claims (schema_name text, shard integer, epoch bigint, PRIMARY KEY (schema_name, shard, epoch));
         GRANT INSERT ON claims TO PUBLIC;
         CREATE FUNCTION claimed() RETURNS trigger LANGUAGE plpgsql AS
             $$BEGIN INSERT INTO public.claims VALUES (new.schema_name, new.shard, new.epoch); RETURN new; END$$;
         CREATE TRIGGER claimed AFTER UPDATE ON projection_shards FOR EACH ROW
             WHEN (new.worker IS DISTINCT FROM old.worker AND new.worker IS NOT NULL) EXECUTE FUNCTION claimed()",
    )
    .await
    .unwrap();
    for round in 1..=5_u64 {
        // All at once, with all shards free: an epoch that two got would be a row that is there already.
        let runners: Vec<_> = (0..3).map(|_| Running::start(world.runner(vec![&SUM], 3))).collect();
        head = some_events(&world, round * 10, 10).await.max(head);
        stands_at(&world, &SUM, head).await;
        for runner in runners {
            runner.kill().await;
        }
    }
    is_exact(&world).await;
    let sql = "SELECT count(*) FROM claims c WHERE NOT EXISTS (SELECT FROM projection_shards s \
               WHERE s.schema_name = c.schema_name AND s.shard = c.shard AND s.epoch >= c.epoch)";
    let beyond: i64 = test.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(beyond, 0, "an epoch never goes back");
}
