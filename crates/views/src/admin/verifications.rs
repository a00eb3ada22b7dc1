//! Verifications, as operators watch them.

use chancery_journal::Journal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    AdminError, VerificationState,
    rebuilds::fraction,
    snapshot::{self, Snapshot},
};
use crate::row::{number, optional_number};

/// The log folded anew up to a position, and compared with what a projection has there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    pub verification_id: Uuid,
    pub projection: String,
    pub state: VerificationState,
    /// The build that is compared; null until somebody has begun.
    pub build: Option<String>,
    /// The position at which it is compared; null until somebody has begun.
    pub position: Option<u64>,
    /// From 0 to 1.
    pub progress: f64,
    pub events_done: u64,
    /// What was found.
    #[schema(value_type = Option<Object>)]
    pub report: Option<Value>,
    pub error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

const VERIFICATIONS: &str = include_str!("verifications.sql");

/// One verification of the projection.
pub async fn verification(
    journal: &Journal,
    projection: &str,
    id: Uuid,
) -> Result<Option<Verification>, AdminError> {
    let rows = snapshot::rows(journal, VERIFICATIONS, &[&[projection].as_slice(), &id, &false]).await?;
    Ok(rows.first().map(Verification::from_row).transpose()?)
}

/// The newest verification of each projection.
pub(super) async fn newest(snapshot: &Snapshot, names: &[&str]) -> Result<Vec<Verification>, Error> {
    let rows = snapshot.rows(VERIFICATIONS, &[&names, &None::<Uuid>, &true]).await?;
    rows.iter().map(Verification::from_row).collect()
}

impl Verification {
    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        matches!(self.state, VerificationState::Requested | VerificationState::Running)
    }

    fn from_row(row: &Row) -> Result<Self, Error> {
        let state: VerificationState = row.try_get("state")?;
        let (done, position) = (number(row, "events_done")?, optional_number(row, "position")?);
        let over = matches!(state, VerificationState::Equal | VerificationState::Differs);
        Ok(Self {
            verification_id: row.try_get("verification_id")?,
            projection: row.try_get("projection")?,
            state,
            build: row.try_get("schema_name")?,
            position,
            progress: match position {
                _ if over => 1.0,
                Some(position) => fraction(done.min(position), position),
                None => 0.0,
            },
            events_done: done,
            report: row.try_get("report")?,
            error: row.try_get("error")?,
            requested_at: row.try_get("requested_at")?,
            started_at: row.try_get("started_at")?,
            finished_at: row.try_get("finished_at")?,
        })
    }
}
