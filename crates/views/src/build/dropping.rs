//! Dropping builds that nobody needs any more.

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::Error;

use super::{BuildError, lock};
use crate::View;

const UNWANTED: &str = include_str!("unwanted.sql");
/// Whoever applies a batch to it ends first, and finds its shards gone then.
pub(crate) const SHARDS: &str =
    "SELECT FROM public.projection_shards WHERE schema_name = $1 ORDER BY shard FOR UPDATE";
const FORGET: &str = "DELETE FROM public.projection_builds WHERE schema_name = $1";

/// Drops what is marked for it, each in a transaction of its own; true where something was.
pub(crate) async fn drop_unwanted(client: &mut ClientWrapper, view: &dyn View) -> Result<bool, BuildError> {
    let failed = |source| BuildError::Query { action: "dropping builds of", view: view.name(), source };
    let unwanted = client.query(UNWANTED, &[&view.name()]).await.map_err(failed)?;
    for row in &unwanted {
        let schema_name: &str = row.get(0);
        let transaction = client.transaction().await.map_err(failed)?;
        lock(&transaction, view.name()).await.map_err(failed)?;
        transaction.query(SHARDS, &[&schema_name]).await.map_err(failed)?;
        // Readers that still look at it are waited for, in front of later ones: not for long.
        transaction.batch_execute("SET LOCAL lock_timeout = '2s'").await.map_err(failed)?;
        drop_build(&transaction, schema_name).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    }
    Ok(!unwanted.is_empty())
}

/// Drops a build: its tables, and its rows in the engine's tables.
pub(crate) async fn drop_build(transaction: &Transaction<'_>, schema_name: &str) -> Result<(), Error> {
    transaction.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema_name} CASCADE")).await?;
    transaction.execute(FORGET, &[&schema_name]).await?;
    Ok(())
}
