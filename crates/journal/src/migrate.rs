//! The schema, applied in order. Refinery takes no lock of its own, so several processes that start at once are
//! kept apart by an advisory one.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio_postgres::NoTls;

use crate::JournalError;

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// "chancery" in the key of the advisory lock.
const LOCK: i64 = 0x6368_616e_6365_7279;

/// Brings the database at `url` to this build's schema; the names of the migrations that it applied.
pub async fn migrate(url: &str) -> Result<Vec<String>, JournalError> {
    let (mut client, connection) =
        tokio_postgres::connect(url, NoTls).await.map_err(JournalError::query("connecting to migrate"))?;
    let connection = tokio::spawn(connection);
    client
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await
        .map_err(JournalError::query("waiting for another migration"))?;
    let report = embedded::migrations::runner().run_async(&mut client).await?;
    drop(client);
    let _ = connection.await;
    Ok(report.applied_migrations().iter().map(ToString::to_string).collect())
}

/// Names the schema of this build, so that tests can keep one migrated template for it.
pub fn digest() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in embedded::migrations::runner().get_migrations() {
        migration.checksum().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
