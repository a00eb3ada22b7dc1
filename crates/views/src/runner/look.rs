//! What the engine's tables say about workers and shards, at one look.

use std::{collections::BTreeMap, time::Duration};

use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;
use futures_util::future::join3;
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use crate::{Build, View};

const RENEW: &str = include_str!("sql/renew.sql");
const WORKERS: &str = include_str!("sql/workers.sql");
const LOOK: &str = include_str!("sql/look.sql");

#[derive(Debug)]
pub(crate) struct Look {
    workers: Vec<Worker>,
    pub(crate) builds: Vec<SeenBuild>,
}

/// A process that applies events, as it was last heard of.
#[derive(Debug)]
struct Worker {
    id: Uuid,
    knows: Vec<String>,
    /// It was heard of within a lease's length.
    seen: bool,
    /// Its session is open.
    session: bool,
}

/// A build that is kept up, or filled.
#[derive(Debug)]
pub(crate) struct SeenBuild {
    pub(crate) build: Build,
    pub(crate) paused: bool,
    /// How fast it may be filled, at most.
    pub(crate) events_per_second: Option<u64>,
    /// An operator wants parked events retried or skipped.
    pub(crate) wanted: bool,
    /// Something is written down as going wrong.
    pub(crate) troubled: bool,
    pub(crate) shards: BTreeMap<i32, SeenShard>,
}

#[derive(Debug)]
pub(crate) struct SeenShard {
    pub(crate) worker: Option<Uuid>,
    pub(crate) epoch: i64,
    pub(crate) position: Position,
    expired: bool,
}

impl Look {
    /// Says that `worker` lives, and looks; one round trip.
    pub(crate) async fn take(client: &ClientWrapper, worker: Uuid, lease: Duration) -> Result<Self, Error> {
        let lease = lease.as_secs_f64();
        let renew = async {
            let renew = client.prepare_cached(RENEW).await?;
            client.execute(&renew, &[&worker, &lease]).await
        };
        let workers = async {
            let workers = client.prepare_cached(WORKERS).await?;
            client.query(&workers, &[]).await
        };
        let shards = async {
            let look = client.prepare_cached(LOOK).await?;
            client.query(&look, &[]).await
        };
        let (renewed, workers, shards) = join3(renew, workers, shards).await;
        renewed?;
        let workers = workers?.iter().map(Worker::from_row).collect();
        let mut builds: Vec<SeenBuild> = Vec::new();
        for row in &shards? {
            if builds.last().is_none_or(|seen| seen.build.schema_name != row.get::<_, &str>(0)) {
                builds.push(SeenBuild {
                    build: Build { live: row.get(5), ..Build::from_row(row) },
                    paused: row.get(6),
                    events_per_second: row.get::<_, Option<i64>>(14).map(i64::cast_unsigned),
                    wanted: row.get(7),
                    troubled: false,
                    shards: BTreeMap::new(),
                });
            }
            if let Some(seen) = builds.last_mut() {
                seen.troubled |= row.get::<_, bool>(13);
                seen.shards.insert(row.get(8), SeenShard::from_row(row));
            }
        }
        Ok(Self { workers, builds })
    }

    /// True where others know of this worker.
    pub(crate) fn knows(&self, worker: Uuid) -> bool {
        self.workers.iter().any(|other| other.id == worker)
    }

    /// A worker's place among those that live and can apply a build of `known`, and how many they are.
    pub(crate) fn rank(&self, worker: Uuid, known: &str) -> (usize, usize) {
        let mut able = Vec::new();
        for other in &self.workers {
            let lives = other.id == worker || (other.seen && other.session);
            if lives && other.knows.iter().any(|one| one == known) {
                able.push(other.id);
            }
        }
        (able.iter().position(|id| *id == worker).unwrap_or(0), able.len())
    }

    /// True where nobody holds the shard: it was given up, its lease ran out, or its worker's session is gone.
    pub(crate) fn is_free(&self, shard: &SeenShard) -> bool {
        let lives = |id| self.workers.iter().any(|worker| worker.id == id && worker.session);
        shard.worker.is_none_or(|worker| shard.expired || !lives(worker))
    }
}

impl SeenBuild {
    /// What every shard has reached.
    pub(crate) fn position(&self) -> Position {
        self.shards.values().map(|shard| shard.position).min().unwrap_or_default()
    }
}

impl SeenShard {
    fn from_row(row: &Row) -> Self {
        Self {
            worker: row.get(9),
            epoch: row.get(10),
            position: Position::from_i64(row.get(11)),
            expired: row.get(12),
        }
    }
}

impl Worker {
    fn from_row(row: &Row) -> Self {
        Self { id: row.get(0), knows: row.get(1), seen: row.get(2), session: row.get(3) }
    }
}

/// A build's kind, as workers say what they can apply.
pub(crate) fn known(view: &dyn View) -> String {
    format!("{}/{}", view.name(), view.version())
}
