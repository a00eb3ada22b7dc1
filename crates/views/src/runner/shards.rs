//! The shards that a worker holds of one build, and what it knows of each.

use std::collections::{BTreeMap, BTreeSet};

use chancery_wire::{Position, Recorded};
use tokio_postgres::{Error, GenericClient};
use uuid::Uuid;

use crate::{Build, View, key::shard_of};

/// Position and parked keys of the shards that are the worker's under the epochs that it claimed them with.
const LOAD: &str = include_str!("sql/load.sql");

/// A shard that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shard {
    /// The claim's number. Whoever claims the shard next has a higher one, and from then on this one writes nothing.
    pub(crate) epoch: i64,
    /// Every event of the shard up to here is applied, parked or skipped.
    pub(crate) position: Position,
    /// The keys whose events are parked: further ones wait behind them.
    pub(crate) parked: BTreeSet<String>,
}

/// The shards of one build that one worker holds, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shards(pub(crate) BTreeMap<i32, Shard>);

impl Shards {
    /// What `claimed` (shard to epoch) has become; without those that another worker holds by now.
    pub(crate) async fn load(
        client: &impl GenericClient,
        build: &Build,
        worker: Uuid,
        claimed: &BTreeMap<i32, i64>,
    ) -> Result<Self, Error> {
        let (shards, epochs): (Vec<i32>, Vec<i64>) = claimed.iter().unzip();
        let rows = client.query(LOAD, &[&build.schema_name, &worker, &shards, &epochs]).await?;
        let shard = |row: tokio_postgres::Row| {
            let parked: Vec<String> = row.get(3);
            let shard = Shard {
                epoch: row.get(1),
                position: Position::from_i64(row.get(2)),
                parked: parked.into_iter().collect(),
            };
            (row.get(0), shard)
        };
        Ok(Self(rows.into_iter().map(shard).collect()))
    }

    /// Where the feed of all of them begins.
    pub(crate) fn least(&self) -> Option<Position> {
        self.0.values().map(|shard| shard.position).min()
    }

    /// True where all stand at one position and nothing is parked: then a stretch of the log is one for all.
    pub(crate) fn are_even(&self) -> bool {
        let least = self.least();
        self.0.values().all(|shard| Some(shard.position) == least && shard.parked.is_empty())
    }

    /// The event's shard and its key, if it is here and not behind it already.
    pub(crate) fn waits_for(&self, view: &dyn View, build: &Build, event: &Recorded) -> Option<i32> {
        let number = shard_of(event, build.shards);
        let shard = self.0.get(&number)?;
        (event.position > shard.position && view.wants().include(event)).then_some(number)
    }

    /// True where the event's key is parked.
    pub(crate) fn parks(&self, view: &dyn View, build: &Build, event: &Recorded) -> bool {
        let shard = self.0.get(&shard_of(event, build.shards));
        shard.is_some_and(|shard| {
            !shard.parked.is_empty() && shard.parked.contains(&view.keyed_by().key(event))
        })
    }
}
