//! The build that readers see, as it stands at one moment.

use chancery_wire::Position;
use deadpool_postgres::Transaction;
use serde::Serialize;
use tokio_postgres::Error;

use super::{VerifyError, failed, leave_out::LeftOut};
use crate::{Digest, View};

pub(crate) struct Live {
    pub(crate) schema_name: String,
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
    pub equal: bool,
    /// That it was given.
    pub given: Digest,
    /// That the log has for it.
    pub logged: Digest,
}

const SHARDS: &str = "SELECT s.schema_name, s.shard, s.position, s.events, s.events_digest::text \
    FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name) \
    JOIN public.projection_shards s USING (schema_name) \
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
        let schema_name: String = first.get(0);
        let shard = |row: &tokio_postgres::Row| {
            let position = Position::from_i64(row.try_get(2)?);
            Ok(Shard { number: row.try_get(1)?, position, given: Digest::from_row(row, 3, 4)? })
        };
        let shards = rows.iter().map(shard).collect::<Result<_, Error>>();
        let shards = shards.map_err(failed("reading a shard of the live build"))?;
        let left_out = LeftOut::read(snapshot, &schema_name).await?;
        Ok(Some(Self { schema_name, shards, left_out }))
    }

    pub(crate) fn least(&self) -> Position {
        self.shards.iter().map(|shard| shard.position).min().unwrap_or_default()
    }

    pub(crate) fn most(&self) -> Position {
        self.shards.iter().map(|shard| shard.position).max().unwrap_or_default()
    }

    /// Where the shard of this number stands.
    pub(crate) fn stands(&self, number: i32) -> Position {
        let found = self.shards.iter().find(|shard| shard.number == number);
        found.map_or(Position::START, |shard| shard.position)
    }

    /// Its shards, each beside what the log has for it.
    pub(crate) fn beside(&self, logged: impl Iterator<Item = Digest>) -> Vec<VerifiedShard> {
        self.shards.iter().zip(logged).map(VerifiedShard::new).collect()
    }
}

impl VerifiedShard {
    fn new((shard, logged): (&Shard, Digest)) -> Self {
        let Shard { number, position, given } = *shard;
        Self { shard: number, position, equal: given == logged, given, logged }
    }
}
