//! Rows that differ: by their key, what readers see beside what the log says.

use deadpool_postgres::Transaction;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio_postgres::{Error, types::Json};

use super::trace::Divergence;

/// A row that readers see and the log does not say so, or the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferentRow {
    /// The columns of the primary key.
    pub key: Value,
    /// `None` where readers see no such row.
    pub live: Option<Map<String, Value>>,
    /// `None` where the log leads to no such row.
    pub fold: Option<Map<String, Value>>,
    /// Where both have the row: the columns that differ.
    pub columns: Vec<DifferentColumn>,
    /// The first event from which on they differ; of several columns the least. `None` where the log never led to what
    /// readers see.
    pub diverges: Option<Divergence>,
    /// The event that last changed the row as the log says it is.
    pub written: Option<Divergence>,
}

/// A column of such a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferentColumn {
    pub column: String,
    pub live: Value,
    pub fold: Value,
    pub diverges: Option<Divergence>,
}

/// A table's columns that tell one row from another.
#[derive(Debug)]
pub(super) struct Identity {
    /// Those of the primary key.
    pub(super) key: Vec<String>,
    /// Those of any unique index, with their types.
    pub(super) unique: Vec<(String, String)>,
}

const IDENTITY: &str = "SELECT a.attname::text, a.atttypid::regtype::text, bool_or(i.indisprimary) \
    FROM pg_index i CROSS JOIN unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, place) \
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
    WHERE i.indrelid = format('%I.%I', $1::text, $2::text)::regclass AND i.indisunique \
    GROUP BY 1, 2 ORDER BY min(k.place) FILTER (WHERE i.indisprimary), 1";

impl Identity {
    pub(super) async fn read(
        transaction: &Transaction<'_>,
        schema_name: &str,
        table: &str,
    ) -> Result<Self, Error> {
        let rows = transaction.query(IDENTITY, &[&schema_name, &table]).await?;
        let mut identity = Self { key: Vec::new(), unique: Vec::new() };
        for row in rows {
            let (column, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            if row.try_get(2)? {
                identity.key.push(column.clone());
            }
            identity.unique.push((column, kind));
        }
        Ok(identity)
    }

    /// That two aliases name the same row.
    pub(super) fn same(&self, one: &str, other: &str) -> String {
        let equal = self.key.iter().map(|column| {
            let column = quoted(column);
            format!("{one}.{column} = {other}.{column}")
        });
        equal.collect::<Vec<_>>().join(" AND ")
    }
}

/// How many rows of a table differ between two builds, and the first of them by key.
pub(super) async fn different(
    transaction: &Transaction<'_>,
    table: &str,
    (live, fold): (&str, &str),
    most: usize,
) -> Result<(u64, Vec<DifferentRow>), Error> {
    let identity = Identity::read(transaction, live, table).await?;
    let on = identity.same("l", "f");
    let (mut key, mut order) = (Vec::new(), Vec::new());
    for column in &identity.key {
        let value = format!("coalesce(l.{0}, f.{0})", quoted(column));
        key.push(format!("'{column}', {value}"));
        order.push(value);
    }
    let (key, order, table) = (key.join(", "), order.join(", "), quoted(table));
    let sql = format!(
        "SELECT jsonb_build_object({key}), to_jsonb(l), to_jsonb(f), count(*) OVER () \
         FROM {live}.{table} l FULL JOIN {fold}.{table} f ON {on} \
         WHERE to_jsonb(l) IS DISTINCT FROM to_jsonb(f) ORDER BY {order} LIMIT $1"
    );
    let rows = transaction.query(&sql, &[&i64::try_from(most).unwrap_or(i64::MAX)]).await?;
    let count = rows.first().map_or(Ok(0), |row| row.try_get::<_, i64>(3))?;
    let rows = rows.iter().map(|row| {
        let side = |at: usize| Ok(row.try_get::<_, Option<Json<_>>>(at)?.map(|row| row.0));
        Ok(DifferentRow::new(row.try_get(0)?, side(1)?, side(2)?))
    });
    Ok((count.cast_unsigned(), rows.collect::<Result<_, Error>>()?))
}

/// A name in SQL. The engine's own have no quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

impl DifferentRow {
    fn new(key: Value, live: Option<Map<String, Value>>, fold: Option<Map<String, Value>>) -> Self {
        let mut columns = Vec::new();
        if let (Some(live), Some(fold)) = (&live, &fold) {
            for (column, seen) in live {
                let said = fold.get(column).cloned().unwrap_or_default();
                if *seen != said {
                    let column = column.clone();
                    columns.push(DifferentColumn { column, live: seen.clone(), fold: said, diverges: None });
                }
            }
        }
        Self { key, live, fold, columns, diverges: None, written: None }
    }
}
