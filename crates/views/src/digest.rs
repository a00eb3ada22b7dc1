//! What can be told of many rows or events whatever order they came in: how many they are, and the sum of their
//! hashes. What is equal has equal digests, however the batches fell.
//!
//! The digest of a build's rows is kept by triggers (`begin_digest` in the migrations) and moves with the checkpoint, so
//! it says what the engine wrote. What is there is counted anew to compare. The digest of events is a sum over the
//! lower halves of their ids, which are random.

use std::{iter::Sum, ops::AddAssign};

use deadpool_postgres::GenericClient;
use serde::{Serialize, Serializer};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

/// How many, and the sum of their hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Digest {
    pub count: u64,
    /// 126 bits at the most. As text, for no JSON number holds it.
    #[serde(serialize_with = "as_text")]
    pub sum: i128,
}

impl Digest {
    /// Adds an event.
    pub(crate) fn add_event(&mut self, event_id: Uuid) {
        self.count += 1;
        self.sum += i128::from(of_event(event_id));
    }

    /// From a column with a number and one with the sum as text.
    pub(crate) fn from_row(row: &Row, count: usize, sum: usize) -> Result<Self, Error> {
        let text: &str = row.try_get(sum)?;
        // A sum that is no number of ours is none that equals ours.
        let sum = text.parse().unwrap_or(i128::MIN);
        Ok(Self { count: row.try_get::<_, i64>(count)?.cast_unsigned(), sum })
    }
}

impl AddAssign for Digest {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
    }
}

impl Sum for Digest {
    fn sum<I: Iterator<Item = Self>>(digests: I) -> Self {
        digests.fold(Self::default(), |mut sum, one| {
            sum += one;
            sum
        })
    }
}

/// What an event adds to a digest of events. In SQL: `audit/count.sql`.
pub(crate) fn of_event(event_id: Uuid) -> i64 {
    event_id.as_u64_pair().1.cast_signed()
}

/// From now on the digest of the build's rows is kept. Its shards are known already.
pub(crate) async fn begin(client: &impl GenericClient, schema_name: &str) -> Result<(), Error> {
    client.execute("SELECT public.begin_digest($1)", &[&schema_name]).await?;
    Ok(())
}

/// The digest of the rows as the engine wrote them.
pub(crate) async fn kept(client: &impl GenericClient, schema_name: &str) -> Result<Digest, Error> {
    let sql = "SELECT coalesce(sum(rows), 0)::bigint, coalesce(sum(rows_digest), 0)::text \
               FROM public.projection_shards WHERE schema_name = $1";
    Digest::from_row(&client.query_one(sql, &[&schema_name]).await?, 0, 1)
}

/// The digest of the rows of each table as they are, by the table's name. Reads them all.
pub(crate) async fn tables(
    client: &impl GenericClient,
    schema_name: &str,
) -> Result<Vec<(String, Digest)>, Error> {
    let sql = "SELECT table_name, rows, rows_digest::text FROM public.digest_tables($1)";
    let rows = client.query(sql, &[&schema_name]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, Digest::from_row(row, 1, 2)?))).collect()
}

fn as_text<S: Serializer>(sum: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(sum)
}
