//! From a time to a place in the log.

use chancery_wire::Position;
use jiff::{Timestamp, ToSpan as _};

use crate::{Journal, JournalError};

impl Journal {
    /// The last position that was recorded at or before `time`: [`Position::START`] where nothing was, `None` where
    /// the time is still to come.
    ///
    /// A command that is being appended at this moment may still be recorded before a time that has only just passed.
    pub async fn position_at(&self, time: Timestamp) -> Result<Option<Position>, JournalError> {
        // Nothing was recorded before, and Postgres's own times begin not much earlier than history.
        let time = time.max(Timestamp::UNIX_EPOCH);
        let client = self.client().await?;
        let statement = client
            .prepare_cached(include_str!("position_at.sql"))
            .await
            .map_err(JournalError::query("preparing to find the position of a time"))?;
        let row = client
            .query_one(&statement, &[&time])
            .await
            .map_err(JournalError::query("finding the position of a time"))?;
        Ok(row.get::<_, Option<i64>>(0).map(Position::from_i64))
    }
    /// The last position that was recorded before `time`, otherwise as [`Self::position_at`].
    pub async fn position_before(&self, time: Timestamp) -> Result<Option<Position>, JournalError> {
        // As fine as the log's own times.
        self.position_at(time.checked_sub(1.microsecond()).unwrap_or(Timestamp::MIN)).await
    }
}
