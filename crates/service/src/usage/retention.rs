//! Partitions made ahead and dropped in time.

use std::{collections::BTreeSet, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;

use super::{Granularity, Usage, UsageError, UsageSettings};

/// How often is looked.
const PERIOD: Duration = Duration::from_mins(10);
/// How far ahead partitions are made: as long as nobody may look.
const AHEAD: [i64; 2] = [1, 2];

impl Usage {
    /// Keeps the tables in shape until it is stopped. Any number of processes may.
    pub async fn maintain(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.tidy().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the tables of usage wait to be tidied"
                );
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    /// Makes the partitions of today and of the next days, and drops what is kept no longer.
    pub async fn tidy(&self) -> Result<(), UsageError> {
        let now = self.0.sources.now();
        let ahead =
            AHEAD.into_iter().filter_map(|days| now.checked_add(SignedDuration::from_hours(24 * days)).ok());
        self.make_partitions([now].into_iter().chain(ahead)).await?;
        while let Some(partition) = self.drop_partition().await? {
            tracing::info!(partition, "usage was dropped, as it is kept no longer");
        }
        self.forget(now).await
    }

    /// Makes the partitions that hold these moments.
    pub(super) async fn make_partitions(
        &self,
        moments: impl Iterator<Item = Timestamp>,
    ) -> Result<(), UsageError> {
        let days: BTreeSet<Timestamp> = moments.map(|moment| Granularity::Day.begin(moment)).collect();
        let connection = self.connection().await?;
        for day in days {
            let made = connection.execute("SELECT public.make_usage_partitions($1)", &[&day]).await;
            made.map_err(UsageError::query("making a partition of usage"))?;
        }
        Ok(())
    }

    /// The name of a partition that was dropped; none where there is none to be dropped now.
    async fn drop_partition(&self) -> Result<Option<String>, UsageError> {
        let UsageSettings { minutes, hours, days, .. } = self.0.settings;
        let kept = [minutes, hours, days].map(|kept| kept.as_secs_f64());
        let sql = "SELECT public.drop_usage_partition(
            make_interval(secs => $1), make_interval(secs => $2), make_interval(secs => $3))";
        let connection = self.connection().await?;
        match connection.query_one(sql, &[&kept[0], &kept[1], &kept[2]]).await {
            Ok(row) => Ok(row.get(0)),
            // Somebody reads it: another time.
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => Ok(None),
            Err(source) => Err(UsageError::Query { action: "dropping a partition of usage", source }),
        }
    }

    /// Sources that would be refused, and keys that no row is left of.
    async fn forget(&self, now: Timestamp) -> Result<(), UsageError> {
        // The oldest row of days stands in a partition of a year that ended as long ago as they are kept.
        let oldest = self.0.settings.days.checked_add(SignedDuration::from_hours(24 * 367));
        let connection = self.connection().await?;
        for (sql, kept, action) in [
            (
                "DELETE FROM public.usage_sources WHERE seen_at < $1",
                Some(UsageSettings::SOURCES),
                "forgetting sources of usage",
            ),
            ("DELETE FROM public.usage_keys WHERE last_at < $1", oldest, "forgetting keys of usage"),
        ] {
            let Some(before) = kept.and_then(|kept| now.checked_sub(kept).ok()) else { continue };
            connection.execute(sql, &[&before]).await.map_err(UsageError::query(action))?;
        }
        Ok(())
    }
}
