//! The build that readers see, as it stands at one moment.

use chancery_wire::Position;
use deadpool_postgres::Transaction;
use serde::Serialize;
use tokio_postgres::Error;

use super::{VerifyError, failed, leave_out::LeftOut};
use crate::{Digest, View};

pub(crate) struct Live {
    pub(crate) schema_name: String,
    /// Where the log ends. No shard stands past it, unless somebody moved the shard, or cut the log.
    head: Position,
    pub(crate) shards: Vec<Shard>,
    pub(crate) left_out: LeftOut,
}

pub(crate) struct Shard {
    number: i32,
    pub(crate) position: Position,
    pub(crate) given: Digest,
}

/// A shard's events: how many, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedShard {
    pub shard: i32,
    pub position: Position,
    /// Where the log ends, if it stands past that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_ends: Option<Position>,
    /// It was given what the log has for it, and stands where it can.
    pub equal: bool,
    /// That it was given.
    pub given: Digest,
    /// That the log has for it.
    pub logged: Digest,
}

const SHARDS: &str = "SELECT s.schema_name, s.shard, s.position, s.events, s.events_digest::text, h.position \
    FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name) \
    JOIN public.projection_shards s USING (schema_name) CROSS JOIN public.head h \
    WHERE p.projection = $1 AND b.version = $2 ORDER BY s.shard";

impl Live {
    /// `None` where there is none in the version that this process knows.
    pub(crate) async fn read(
        snapshot: &Transaction<'_>,
        view: &dyn View,
    ) -> Result<Option<Self>, VerifyError> {
        let rows = snapshot
            .query(SHARDS, &[&view.name(), &view.version().cast_signed()])
            .await
            .map_err(failed("reading the live build's shards"))?;
        let Some(first) = rows.first() else { return Ok(None) };
        let (schema_name, head): (String, _) = (first.get(0), Position::from_i64(first.get(5)));
        let shard = |row: &tokio_postgres::Row| {
            let position = Position::from_i64(row.try_get(2)?);
            Ok(Shard { number: row.try_get(1)?, position, given: Digest::from_row(row, 3, 4)? })
        };
        let shards = rows.iter().map(shard).collect::<Result<_, Error>>();
        let shards = shards.map_err(failed("reading a shard of the live build"))?;
        let left_out = LeftOut::read(snapshot, &schema_name).await?;
        Ok(Some(Self { schema_name, head, shards, left_out }))
    }

    /// Every shard was given the log's events up to here.
    pub(crate) fn least(&self) -> Position {
        self.shards.iter().map(|shard| shard.position).min().unwrap_or_default().min(self.head)
    }

    /// No shard was given a later event of the log: whoever folds up to here, waits for none that is not there.
    pub(crate) fn most(&self) -> Position {
        self.shards.iter().map(|shard| shard.position).max().unwrap_or_default().min(self.head)
    }

    /// Where the shard of this number stands.
    pub(crate) fn stands(&self, number: i32) -> Position {
        let found = self.shards.iter().find(|shard| shard.number == number);
        found.map_or(Position::START, |shard| shard.position)
    }

    /// Its shards, each beside what the log has for it.
    pub(crate) fn beside(&self, logged: impl Iterator<Item = Digest>) -> Vec<VerifiedShard> {
        self.shards
            .iter()
            .zip(logged)
            .map(|(shard, logged)| VerifiedShard::new(shard, logged, self.head))
            .collect()
    }
}

impl VerifiedShard {
    fn new(shard: &Shard, logged: Digest, head: Position) -> Self {
        let Shard { number, position, given } = *shard;
        let log_ends = (position > head).then_some(head);
        Self {
            shard: number,
            position,
            log_ends,
            equal: given == logged && log_ends.is_none(),
            given,
            logged,
        }
    }
}
