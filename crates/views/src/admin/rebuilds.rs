//! Rebuilds, as operators watch them.

use chancery_journal::Journal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::{Error, Row, types::ToSql};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    AdminError, Promote, RebuildState, WaitsFor,
    snapshot::{self, Snapshot},
};
use crate::{
    Page,
    row::{number, optional_number},
};

/// A rebuild of a projection: another build, filled from the log beside the live one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Rebuild {
    pub rebuild_id: Uuid,
    pub projection: String,
    /// The projection's version that is built; null until somebody has begun it.
    pub version: Option<u32>,
    /// Where the new build's tables stand; null before it is begun and once they are dropped.
    pub build: Option<String>,
    pub state: RebuildState,
    /// What an operator has to do before it goes on; null while it goes on by itself, and at its end.
    pub waits_for: Option<WaitsFor>,
    pub promote: Promote,
    /// At most so many events a second; null: as fast as it goes.
    pub events_per_second: Option<u64>,
    /// From 0 to 1, of the events that the log had when it was requested.
    pub progress: f64,
    pub events_done: u64,
    pub events_total: u64,
    /// Events of the log a second, at the moment.
    pub rate: f64,
    /// How long it will take at this pace; null where that cannot be said.
    pub seconds_left: Option<f64>,
    /// What the comparison with the live build found; null before it.
    #[schema(value_type = Option<Object>)]
    pub comparison: Option<Value>,
    pub error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// After which rebuild a page begins.
pub type RebuildKey = (Timestamp, Uuid);

const REBUILDS: &str = include_str!("rebuilds.sql");
const ALL: i64 = i64::MAX;

/// The projection's rebuilds, newest first.
pub async fn rebuilds(
    journal: &Journal,
    projection: &str,
    after: Option<RebuildKey>,
    limit: usize,
) -> Result<Page<Rebuild, RebuildKey>, AdminError> {
    let (time, id) = after.unzip();
    let wanted = i64::try_from(limit).unwrap_or(ALL).saturating_add(1);
    let rows = snapshot::rows(
        journal,
        REBUILDS,
        &[&[projection].as_slice(), &None::<Uuid>, &false, &time, &id, &wanted],
    )
    .await?;
    let more = rows.len() > limit;
    let items = rows.iter().take(limit).map(Rebuild::from_row).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| more).map(|last| (last.requested_at, last.rebuild_id));
    Ok(Page { items, next })
}

/// One rebuild of the projection.
pub async fn rebuild(journal: &Journal, projection: &str, id: Uuid) -> Result<Option<Rebuild>, AdminError> {
    let (names, after) = ([projection], (None::<Timestamp>, None::<Uuid>));
    let parameters: [&(dyn ToSql + Sync); 6] = [&names.as_slice(), &id, &false, &after.0, &after.1, &ALL];
    let rows = snapshot::rows(journal, REBUILDS, &parameters).await?;
    Ok(rows.first().map(Rebuild::from_row).transpose()?)
}

/// The newest rebuild of each projection.
pub(super) async fn newest(snapshot: &Snapshot, names: &[&str]) -> Result<Vec<Rebuild>, Error> {
    let (id, time) = (None::<Uuid>, None::<Timestamp>);
    let rows = snapshot.rows(REBUILDS, &[&names, &id, &true, &time, &id, &ALL]).await?;
    rows.iter().map(Rebuild::from_row).collect()
}

impl Rebuild {
    /// Whether it goes on, or waits for an operator.
    pub fn is_open(&self) -> bool {
        use RebuildState as S;
        matches!(self.state, S::Requested | S::Filling | S::Paused | S::Ready | S::Differs)
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let state: RebuildState = row.try_get("state")?;
        let total = number(row, "target")?;
        let done = optional_number(row, "done")?.unwrap_or(0);
        // Its build follows the log by now, or is dropped.
        let complete = matches!(
            state,
            RebuildState::Ready | RebuildState::Differs | RebuildState::Promoted | RebuildState::RolledBack
        );
        let done = if complete { total } else { done.min(total) };
        let rate = rounded(row.try_get("rate")?);
        let mut rebuild = Self {
            rebuild_id: row.try_get("rebuild_id")?,
            projection: row.try_get("projection")?,
            version: row.try_get::<_, Option<i32>>("version")?.map(i32::cast_unsigned),
            build: row.try_get("schema_name")?,
            state,
            waits_for: row.try_get("waits_for")?,
            promote: row.try_get("promote")?,
            events_per_second: optional_number(row, "events_per_second")?,
            progress: fraction(done, total),
            events_done: done,
            events_total: total,
            rate,
            seconds_left: None,
            comparison: row.try_get("comparison")?,
            error: row.try_get("error")?,
            requested_at: row.try_get("requested_at")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
        };
        if state == RebuildState::Filling {
            rebuild.seconds_left = seconds_left(done, total, rate, row.try_get("seconds")?);
        }
        Ok(rebuild)
    }
}

/// To the millisecond, or a thousandth of an event.
pub(super) fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// At the pace of this moment, or where nothing is told of it, of all the time so far.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn seconds_left(done: u64, total: u64, rate: f64, seconds: Option<f64>) -> Option<f64> {
    let left = total.saturating_sub(done) as f64;
    let pace = if rate > 0.0 { rate } else { done as f64 / seconds.filter(|seconds| *seconds > 0.0)? };
    (pace > 0.0).then(|| (left / pace * 10.0).round() / 10.0)
}

/// To four digits; of nothing all is done.
#[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
pub(super) fn fraction(done: u64, total: u64) -> f64 {
    if total == 0 { 1.0 } else { (done as f64 / total as f64 * 10_000.0).floor() / 10_000.0 }
}
