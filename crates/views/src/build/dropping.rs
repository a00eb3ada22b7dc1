//! Dropping builds that nobody needs any more.

use deadpool_postgres::ClientWrapper;

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
        let drop = format!("SET LOCAL lock_timeout = '2s'; DROP SCHEMA IF EXISTS {schema_name} CASCADE");
        transaction.batch_execute(&drop).await.map_err(failed)?;
        transaction.execute(FORGET, &[&schema_name]).await.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    }
    Ok(!unwanted.is_empty())
}
