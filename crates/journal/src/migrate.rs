//! The schema, applied in order. Refinery takes no lock of its own, so several processes that start at once are
//! kept apart by an advisory one.

use std::hash::{DefaultHasher, Hash, Hasher};

use tokio_postgres::{Client, NoTls};

use crate::JournalError;

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// "chancery" in the key of the advisory lock.
const LOCK: i64 = 0x6368_616e_6365_7279;

/// A step from one schema to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    pub version: i64,
    pub name: String,
    /// Of its text, in digits.
    pub checksum: String,
}

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

/// Those of this build, in order.
pub fn migrations() -> Vec<Migration> {
    let runner = embedded::migrations::runner();
    let mut found: Vec<_> = runner.get_migrations().iter().map(Migration::of).collect();
    found.sort_by_key(|migration| migration.version);
    found
}

/// Those that were applied to the database that `client` is connected to, in order. The application's role may ask.
pub async fn applied_migrations(client: &Client) -> Result<Vec<Migration>, JournalError> {
    let sql = "SELECT version::bigint, name, checksum FROM public.refinery_schema_history ORDER BY version";
    let rows = client.query(sql, &[]).await;
    let rows = rows.map_err(JournalError::query("reading which migrations were applied"))?;
    Ok(rows
        .iter()
        .map(|row| Migration { version: row.get(0), name: row.get(1), checksum: row.get(2) })
        .collect())
}

/// Names the schema of this build, so that tests can keep one migrated template for it.
pub fn digest() -> String {
    let mut hasher = DefaultHasher::new();
    for migration in embedded::migrations::runner().get_migrations() {
        migration.checksum().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}

impl Migration {
    fn of(migration: &refinery::Migration) -> Self {
        Self {
            version: i64::from(migration.version()),
            name: migration.name().to_owned(),
            checksum: migration.checksum().to_string(),
        }
    }
}
