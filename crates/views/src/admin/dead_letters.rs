//! Dead letters: events that could not be applied.

use chancery_journal::Journal;
use chancery_wire::Position;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;

use super::{AdminError, Wanted, snapshot};
use crate::{Page, row::number};

/// An event that could not be applied. Later events of its key wait behind it; all others are applied.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    pub position: u64,
    /// Whose events wait: an app's (`app-` and its id), or a stream's.
    pub key: String,
    pub event_type: String,
    pub stream: String,
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How many later events of the key wait.
    pub waiting: u64,
    #[schema(value_type = String, format = DateTime)]
    pub parked_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
    /// What an operator wants done and nobody has done yet.
    pub wanted: Option<Wanted>,
    pub shard: u32,
    /// The build that lacks it, by the name of its tables' schema.
    pub build: String,
    /// Whether that is the build that readers see.
    pub live: bool,
}

/// The projection's dead letters in the log's order.
pub async fn dead_letters(
    journal: &Journal,
    projection: &str,
    after: Option<Position>,
    limit: usize,
) -> Result<Page<DeadLetter, Position>, AdminError> {
    let after = after.unwrap_or_default().as_i64();
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let sql = include_str!("dead_letters.sql");
    let rows = snapshot::rows(journal, sql, &[&projection, &after, &wanted]).await?;
    let more = rows.len() > limit;
    let items = rows.iter().take(limit).map(DeadLetter::from_row).collect::<Result<Vec<_>, _>>()?;
    let next = items.last().filter(|_| more).map(|last| Position::new(last.position));
    Ok(Page { items, next })
}

impl DeadLetter {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            position: number(row, "position")?,
            key: row.try_get("key")?,
            event_type: row.try_get("type")?,
            stream: row.try_get("stream")?,
            error: row.try_get("error")?,
            attempts: row.try_get::<_, i32>("attempts")?.cast_unsigned(),
            waiting: number(row, "waiting")?,
            parked_at: row.try_get("parked_at")?,
            failed_at: row.try_get("failed_at")?,
            wanted: row.try_get("wanted")?,
            shard: row.try_get::<_, i32>("shard")?.cast_unsigned(),
            build: row.try_get("schema_name")?,
            live: row.try_get("live")?,
        })
    }
}
