//! A projection as operators see it.

mod judge;

use std::collections::HashMap;

use chancery_journal::Journal;
use chancery_wire::Position;
use futures_util::future::try_join5;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    AdminError, Phase, ProjectionState, Rebuild, ShardState, Verification, names,
    rebuilds::{self, rounded},
    snapshot::Snapshot,
    verifications,
};
use crate::{At, row::number};

/// A projection. Its numbers are those of the build that readers see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Projection {
    pub name: String,
    /// The version that readers see; null where it was never built.
    pub version: Option<u32>,
    pub state: ProjectionState,
    /// Every event up to here is applied, or parked or skipped: the least of its shards' positions.
    pub position: u64,
    /// How many events of the log come after that.
    pub lag_events: u64,
    /// How long the first of them has been in the log.
    pub lag_seconds: f64,
    /// Events of the log a second, at the moment: as fast as the slowest of its shards.
    pub rate: f64,
    pub shards: Vec<Shard>,
    /// Events that could not be applied, one a key.
    pub parked: u64,
    /// Later events of the same keys, which wait behind them.
    pub waiting: u64,
    /// Events that an operator left out of the build.
    pub skipped: u64,
    /// What went wrong last, as long as it does.
    pub last_error: Option<String>,
    /// Who found last that it is not what the log says: the auditor, a verification or the comparison of a rebuild. Null
    /// once another rebuild is promoted, or a later verification finds it equal.
    pub difference: Option<String>,
    /// What operators asked for and nobody has carried out yet.
    pub pending: u64,
    /// The builds that are there.
    pub builds: Vec<Build>,
    /// The newest rebuild, also after its end.
    pub rebuild: Option<Rebuild>,
    /// The newest verification, also after its end.
    pub verification: Option<Verification>,
    /// What the background auditor found of the live build; null before its first round.
    pub audit: Option<Audit>,
    /// The version of the stream of what operators asked for: the `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// A share of a build's keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shard {
    pub shard: u32,
    pub state: ShardState,
    pub position: u64,
    pub lag_events: u64,
    pub lag_seconds: f64,
    /// Events of the log a second that whoever holds it goes through, at the moment.
    pub rate: f64,
    /// Who holds it, or held it last.
    pub worker: Option<Uuid>,
    /// Where that worker runs, as far as it is known.
    pub host: Option<String>,
    pub pid: Option<i32>,
    /// How often it was claimed: who writes under an older one is refused.
    pub epoch: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Timestamp>,
    pub last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
}

/// A build: the tables of one version, filled once from the log's beginning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Build {
    /// The schema in which its tables stand.
    pub build: String,
    pub version: u32,
    pub phase: Phase,
    /// Whether readers see it.
    pub live: bool,
    pub position: u64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When readers began or ceased to see it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub switched_at: Option<Timestamp>,
}

/// What the background auditor found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Audit {
    /// Up to where it has compared.
    pub position: u64,
    #[schema(value_type = String, format = DateTime)]
    pub audited_at: Timestamp,
    /// The first difference; null: there is none.
    pub difference: Option<String>,
}

/// Every projection, by name.
pub async fn projections(journal: &Journal) -> Result<At<Vec<Projection>>, AdminError> {
    read(journal, None).await
}

/// One projection.
pub async fn projection(journal: &Journal, name: &str) -> Result<At<Option<Projection>>, AdminError> {
    Ok(read(journal, Some(name)).await?.map(|mut found| found.pop()))
}

async fn read(journal: &Journal, only: Option<&str>) -> Result<At<Vec<Projection>>, AdminError> {
    let known = names();
    let snapshot = Snapshot::begin(journal).await?;
    let named = snapshot.rows(include_str!("projections.sql"), &[&only, &known]).await?;
    let found: Vec<&str> = named.iter().map(|row| row.try_get("name")).collect::<Result<_, _>>()?;
    let (builds, shards, audits, rebuilds, verifications) = try_join5(
        snapshot.rows(include_str!("builds.sql"), &[&only]),
        snapshot.rows(include_str!("shards.sql"), &[&only]),
        snapshot.rows(include_str!("audits.sql"), &[&only]),
        rebuilds::newest(&snapshot, &found),
        verifications::newest(&snapshot, &found),
    )
    .await?;
    let head = match named.first() {
        Some(row) => Position::new(number(row, "head")?),
        None => journal.head().await?.position,
    };
    let mut parts = Parts::of(&builds, &shards, &audits, head)?;
    parts.rebuilds = rebuilds.into_iter().map(|rebuild| (rebuild.projection.clone(), rebuild)).collect();
    parts.verifications = verifications.into_iter().map(|found| (found.projection.clone(), found)).collect();
    let value = named.iter().map(|row| parts.projection(row, head)).collect::<Result<_, Error>>()?;
    Ok(At { position: head, value })
}

/// What is read beside the names.
#[derive(Default)]
struct Parts {
    builds: HashMap<String, Vec<(Build, Counts)>>,
    /// By the build's schema.
    shards: HashMap<String, Vec<Shard>>,
    audits: HashMap<String, Audit>,
    rebuilds: HashMap<String, Rebuild>,
    verifications: HashMap<String, Verification>,
}

/// What is amiss with a build's events.
#[derive(Default)]
struct Counts {
    parked: u64,
    waiting: u64,
    skipped: u64,
    error: Option<String>,
}

impl Parts {
    fn of(builds: &[Row], shards: &[Row], audits: &[Row], head: Position) -> Result<Self, Error> {
        let mut parts = Self::default();
        for row in shards {
            let shard = Shard::from_row(row, head)?;
            parts.shards.entry(row.try_get("schema_name")?).or_default().push(shard);
        }
        for row in audits {
            let audit = Audit {
                position: number(row, "position")?,
                audited_at: row.try_get("audited_at")?,
                difference: row.try_get("difference")?,
            };
            parts.audits.insert(row.try_get("schema_name")?, audit);
        }
        for row in builds {
            let name: String = row.try_get("schema_name")?;
            let positions = parts.shards.get(&name).into_iter().flatten().map(|shard| shard.position);
            let position = positions.min().unwrap_or(0);
            let build = (Build::from_row(row, name, position)?, Counts::from_row(row)?);
            parts.builds.entry(row.try_get("projection")?).or_default().push(build);
        }
        Ok(parts)
    }

    fn projection(&mut self, row: &Row, head: Position) -> Result<Projection, Error> {
        let name: String = row.try_get("name")?;
        let paused: bool = row.try_get("paused")?;
        let mut builds = self.builds.remove(&name).unwrap_or_default();
        let live = builds.iter_mut().find(|(build, _)| build.live);
        let counts = live.map(|(_, counts)| std::mem::take(counts)).unwrap_or_default();
        let builds: Vec<_> = builds.into_iter().map(|(build, _)| build).collect();
        let live = builds.iter().find(|build| build.live);
        let mut shards = live.and_then(|live| self.shards.remove(&live.build)).unwrap_or_default();
        for shard in shards.iter_mut().filter(|_| paused) {
            shard.state = ShardState::Paused;
            shard.rate = 0.0;
        }
        let audit = live.and_then(|live| self.audits.remove(&live.build));
        let position = live.map_or(0, |live| live.position);
        let mut projection = Projection {
            version: live.map(|live| live.version),
            state: ProjectionState::Absent,
            position,
            lag_events: head.get().saturating_sub(position),
            lag_seconds: shards.iter().map(|shard| shard.lag_seconds).fold(0.0, f64::max),
            rate: judge::rate(&shards),
            parked: counts.parked,
            waiting: counts.waiting,
            skipped: counts.skipped,
            last_error: judge::last_error(&shards).or(counts.error),
            difference: row
                .try_get::<_, Option<String>>("difference")?
                .or_else(|| audit.as_ref().and_then(|audit| audit.difference.clone())),
            pending: number(row, "pending")?,
            rebuild: self.rebuilds.remove(&name),
            verification: self.verifications.remove(&name),
            stream_version: number(row, "asked")?,
            name,
            shards,
            builds,
            audit,
        };
        projection.state = judge::state(&projection, paused);
        Ok(projection)
    }
}

impl Counts {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            parked: number(row, "failed")?,
            waiting: number(row, "waiting")?,
            skipped: number(row, "skipped")?,
            error: row.try_get("error")?,
        })
    }
}

impl Build {
    fn from_row(row: &Row, build: String, position: u64) -> Result<Self, Error> {
        Ok(Self {
            build,
            version: row.try_get::<_, i32>("version")?.cast_unsigned(),
            phase: row.try_get("phase")?,
            live: row.try_get("live")?,
            position,
            created_at: row.try_get("created_at")?,
            switched_at: row.try_get("switched_at")?,
        })
    }
}

impl Shard {
    fn from_row(row: &Row, head: Position) -> Result<Self, Error> {
        let position = number(row, "position")?;
        let seconds: Option<f64> = row.try_get("lag_seconds")?;
        let mut shard = Self {
            shard: row.try_get::<_, i32>("shard")?.cast_unsigned(),
            state: ShardState::Live,
            position,
            lag_events: head.get().saturating_sub(position),
            lag_seconds: rounded(seconds.unwrap_or(0.0)),
            rate: rounded(row.try_get("rate")?),
            worker: row.try_get("worker")?,
            host: row.try_get("host")?,
            pid: row.try_get("pid")?,
            epoch: number(row, "epoch")?,
            lease_until: row.try_get("lease_until")?,
            last_error: row.try_get("last_error")?,
            failed_at: row.try_get("failed_at")?,
        };
        shard.state = judge::shard(&shard, row.try_get("held")?);
        if shard.state == ShardState::Stopped {
            // What was measured last is no longer so.
            shard.rate = 0.0;
        }
        Ok(shard)
    }
}
