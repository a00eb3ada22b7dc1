//! A build that is filled once, to be compared, and dropped.

use deadpool_postgres::ClientWrapper;

use super::{VerifyError, failed};
use crate::{Build, View, build};

/// Held while it is in use: its maker's session has an advisory lock on its name.
#[derive(Debug)]
pub(super) struct Scratch(Build);

const HOLD: &str = "SELECT pg_advisory_lock(hashtext('chancery scratch'), hashtext($1))";
const LET_GO: &str = "SELECT pg_advisory_unlock(hashtext('chancery scratch'), hashtext($1))";
/// Nobody fills them any more; what a test or a tool made a moment ago may still be looked at.
const ABANDONED: &str = "SELECT schema_name FROM public.projection_builds \
    WHERE phase = 'scratch' AND created_at < now() - interval '1 hour' \
      AND pg_try_advisory_lock(hashtext('chancery scratch'), hashtext(schema_name))";

impl Scratch {
    pub(super) async fn make(client: &mut ClientWrapper, view: &dyn View) -> Result<Self, VerifyError> {
        let build = build::scratch(client, view).await?;
        client.execute(HOLD, &[&build.schema_name]).await.map_err(failed("holding a scratch build"))?;
        Ok(Self(build))
    }

    pub(super) fn schema_name(&self) -> &str {
        &self.0.schema_name
    }

    /// Where it is not called, because the process died, [`sweep`] finds the build.
    pub(super) async fn discard(self, client: &mut ClientWrapper) -> Result<(), VerifyError> {
        discard(client, self.schema_name()).await
    }
}

/// Drops what verifications left that were broken off.
pub(super) async fn sweep(client: &mut ClientWrapper) -> Result<(), VerifyError> {
    let rows = client.query(ABANDONED, &[]).await.map_err(failed("looking for abandoned scratch builds"))?;
    for row in rows {
        discard(client, row.get(0)).await?;
    }
    Ok(())
}

async fn discard(client: &mut ClientWrapper, schema_name: &str) -> Result<(), VerifyError> {
    let dropping = failed("dropping a scratch build");
    let drop = async {
        let transaction = client.transaction().await?;
        transaction.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema_name} CASCADE")).await?;
        let forget = "DELETE FROM public.projection_builds WHERE schema_name = $1";
        transaction.execute(forget, &[&schema_name]).await?;
        transaction.commit().await?;
        client.execute(LET_GO, &[&schema_name]).await
    };
    drop.await.map_err(dropping)?;
    Ok(())
}
