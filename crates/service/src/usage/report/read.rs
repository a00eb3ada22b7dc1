//! Reading a page of a report, in one snapshot with how complete it is.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, IsolationLevel, Row};

use super::{
    super::{Usage, UsageError, complete::complete_until},
    Ask, Dimension, Metrics, Scope, Value, sql,
};

/// A page of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub rows: Vec<ReportRow>,
    /// Until when everything that was called has been counted.
    pub complete_until: Timestamp,
    /// Where more follow.
    pub next: Option<Cursor>,
}

/// What a group came to in one span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRow {
    pub from: Timestamp,
    pub to: Timestamp,
    /// As they were asked for.
    pub group: Vec<(Dimension, Option<Value>)>,
    pub metrics: Metrics,
}

/// A row's place in its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub(super) at: Timestamp,
    pub(super) group: Vec<Value>,
}

/// A report may take this long, and no more than one processor: nobody else waits for it.
const PATIENCE: &str = "SET LOCAL statement_timeout = '10s'; SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off";
/// What is of one app or tenant is little beside all there is: by index, whatever the planner thinks.
const BY_INDEX: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off";
/// Rows at once, and how many bytes of latencies a page may hold before it ends early.
const STEP: i32 = 20;
const MOST: usize = 32 * 1024 * 1024;

impl Usage {
    /// Reads a page.
    pub async fn report(&self, ask: &Ask) -> Result<Report, UsageError> {
        let failed = UsageError::query("reading a report of usage");
        let mut connection = self.connection().await?;
        let snapshot =
            connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = snapshot.start().await.map_err(&failed)?;
        transaction.batch_execute(PATIENCE).await.map_err(&failed)?;
        let complete_until = complete_until(&transaction, self.0.settings.silence).await?;
        if ask.scope != Scope::All {
            transaction.batch_execute(BY_INDEX).await.map_err(&failed)?;
        }
        let (rows, next) = ask.page(&transaction).await.map_err(&failed)?;
        Ok(Report { rows, complete_until, next })
    }
}

impl Ask {
    /// Whether a cursor is of such a report.
    pub fn follows(&self, cursor: &Cursor) -> bool {
        let fits = |(dimension, value): (&Dimension, &Value)| {
            dimension.is_number() == matches!(value, Value::Number(_))
        };
        // No text of ours holds NUL, and Postgres takes none.
        let sound = |value: &Value| !matches!(value, Value::Text(text) if text.contains('\0'));
        cursor.group.len() == self.group_by.len()
            && self.group_by.iter().zip(&cursor.group).all(fits)
            && cursor.group.iter().all(sound)
            && (self.granularity.begin(self.from)..self.to).contains(&cursor.at)
    }

    async fn page(&self, transaction: &Transaction<'_>) -> Result<(Vec<ReportRow>, Option<Cursor>), Error> {
        let statement = sql::rows(self);
        let portal = transaction.bind(&statement.sql, &statement.parameters()).await?;
        let (mut rows, mut last, mut bytes) = (Vec::new(), None, 0);
        loop {
            let found = transaction.query_portal(&portal, STEP).await?;
            for row in &found {
                if rows.len() == self.limit || bytes > MOST {
                    return Ok((rows, last));
                }
                bytes += row.try_get::<_, Option<&[u8]>>("latency")?.map_or(0, <[u8]>::len);
                rows.push(self.row(row)?);
                last = Some(self.cursor(row)?);
            }
            if found.is_empty() {
                return Ok((rows, None));
            }
        }
    }

    fn row(&self, row: &Row) -> Result<ReportRow, Error> {
        let Cursor { at, group } = self.cursor(row)?;
        Ok(ReportRow {
            from: at,
            to: self.granularity.end(at),
            group: self.group_by.iter().copied().zip(group.into_iter().map(Value::of)).collect(),
            metrics: Metrics::from_row(row)?,
        })
    }

    fn cursor(&self, row: &Row) -> Result<Cursor, Error> {
        let value = |(index, dimension): (usize, &Dimension)| {
            Ok(if dimension.is_number() {
                Value::Number(row.try_get(index + 1)?)
            } else {
                Value::Text(row.try_get(index + 1)?)
            })
        };
        let group = self.group_by.iter().enumerate().map(value).collect::<Result<_, Error>>()?;
        Ok(Cursor { at: row.try_get(0)?, group })
    }
}
