//! What a view has to say about itself.

use std::fmt;

use chancery_wire::{DecodeError, Event, Position, ProtoTimestamp, Recorded};
use deadpool_postgres::Transaction;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::{Fold, KeyedBy, Wants};

/// A read model.
pub trait View: fmt::Debug + Send + Sync {
    /// Lower-case, part of its schema's name.
    fn name(&self) -> &'static str;

    /// Counts up whenever its tables change their shape or their meaning: the next one is filled from the log.
    fn version(&self) -> u32;

    /// SQL that makes its tables in the current schema.
    fn schema(&self) -> &'static str;

    /// The events that are handed to it.
    fn wants(&self) -> Wants;

    /// What an event's rows belong to: events of one key are applied in order, and wait for each other.
    fn keyed_by(&self) -> KeyedBy {
        KeyedBy::Stream
    }

    /// Into how many shards its keys are divided. More than one only where keys are apps.
    fn shards(&self) -> u32 {
        1
    }

    /// Folds events that it wants into its tables, in the log's order. The runner has set the schema, and commits
    /// together with the checkpoint. Shards are folded at the same time by several: what an event writes must be its
    /// key's alone.
    fn apply<'a>(
        &'a self,
        transaction: &'a Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>>;

    /// Folds without keeping the events, where it can: what a long stretch of the log comes to, written at once.
    fn fold(&self) -> Option<Box<dyn Fold>> {
        None
    }
}

/// Why a batch could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("event {position} cannot be decoded")]
    Decode { position: Position, source: DecodeError },
    #[error("event {position} has no usable {field}")]
    Field { position: Position, field: &'static str },
    #[error("writing {subject} failed")]
    Write { subject: &'static str, source: tokio_postgres::Error },
}

impl ApplyError {
    /// True where the same events would fail again: trying later is of no use.
    pub fn is_permanent(&self) -> bool {
        match self {
            Self::Decode { .. } | Self::Field { .. } => true,
            // 22: data exception, 23: integrity constraint.
            Self::Write { source, .. } => {
                source.code().is_some_and(|code| matches!(code.code().get(..2), Some("22" | "23")))
            }
        }
    }
}

/// The event's message, where its type is one of `types`: other types, known or not, are not the view's business.
pub(crate) fn decode(event: &Recorded, types: &[&str]) -> Result<Option<Event>, ApplyError> {
    if !types.contains(&event.event_type.as_str()) {
        return Ok(None);
    }
    event.decode().map(Some).map_err(|source| ApplyError::Decode { position: event.position, source })
}

/// A UUID out of an event's text.
pub(crate) fn uuid(event: &Recorded, field: &'static str, text: &str) -> Result<Uuid, ApplyError> {
    text.parse().map_err(|_| unusable(event, field))
}

/// A time out of an event.
pub(crate) fn time(
    event: &Recorded,
    field: &'static str,
    at: ProtoTimestamp,
) -> Result<Timestamp, ApplyError> {
    Timestamp::try_from(at).map_err(|_| unusable(event, field))
}

pub(crate) fn unusable(event: &Recorded, field: &'static str) -> ApplyError {
    ApplyError::Field { position: event.position, field }
}

/// Proto3 says nothing by an empty text.
pub(crate) fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// Runs one statement of a view.
pub(crate) async fn write(
    transaction: &Transaction<'_>,
    subject: &'static str,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
) -> Result<(), ApplyError> {
    let failed = |source| ApplyError::Write { subject, source };
    let statement = transaction.prepare_cached(sql).await.map_err(failed)?;
    transaction.execute(&statement, parameters).await.map_err(failed)?;
    Ok(())
}

/// One column of a set of rows, as a parameter for `unnest`.
macro_rules! column {
    ($rows:expr, |$row:ident| $value:expr) => {
        $rows.iter().map(|$row| $value).collect::<Vec<_>>()
    };
}
pub(crate) use column;
