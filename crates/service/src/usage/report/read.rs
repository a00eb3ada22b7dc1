//! Reading a page of a report, in one snapshot with how complete it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, IsolationLevel, Row};

use super::{
    super::{Usage, UsageError, complete::complete_until},
    Ask, Dimension, Metrics, Value, sql,
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

/// A report may take this long; who asks for more is refused, so that nobody else waits.
const PATIENCE: &str = "SET LOCAL statement_timeout = '10s'; SET LOCAL jit = off";

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
        let statement = sql::decided(ask);
        let row = transaction.query_one(&statement.sql, &statement.parameters()).await.map_err(&failed)?;
        let decided: bool = row.get(0);
        let statement = sql::rows(ask);
        let found = transaction.query(&statement.sql, &statement.parameters()).await.map_err(&failed)?;
        let rows =
            found.iter().take(ask.limit).map(|row| ask.row(row, decided)).collect::<Result<Vec<_>, _>>();
        let next = match found.get(ask.limit.saturating_sub(1)) {
            Some(last) if found.len() > ask.limit => Some(ask.cursor(last).map_err(&failed)?),
            _ => None,
        };
        Ok(Report { rows: rows.map_err(&failed)?, complete_until, next })
    }
}

impl Ask {
    /// Whether a cursor is of such a report.
    pub fn follows(&self, cursor: &Cursor) -> bool {
        let fits = |(dimension, value): (&Dimension, &Value)| {
            dimension.is_number() == matches!(value, Value::Number(_))
        };
        cursor.group.len() == self.group_by.len() && self.group_by.iter().zip(&cursor.group).all(fits)
    }

    fn row(&self, row: &Row, decided: bool) -> Result<ReportRow, Error> {
        let Cursor { at, group } = self.cursor(row)?;
        Ok(ReportRow {
            from: at,
            to: self.granularity.end(at),
            group: self.group_by.iter().copied().zip(group.into_iter().map(Value::of)).collect(),
            metrics: Metrics::from_row(row, decided)?,
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
