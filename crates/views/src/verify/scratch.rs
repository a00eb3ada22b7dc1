//! A build that is filled once, to be compared or looked at, and dropped.

use deadpool_postgres::ClientWrapper;

use super::{VerifyError, failed};
use crate::{Build, View, build};

/// Held while it is in use: its maker's session has an advisory lock on its name.
#[derive(Debug)]
pub(crate) struct Scratch(Build);

const LET_GO: &str = "SELECT pg_advisory_unlock(hashtext('chancery scratch'), hashtext($1))";
/// Nobody fills them any more, and nobody wants to look at them.
const ABANDONED: &str = "SELECT schema_name FROM public.projection_builds \
    WHERE phase = 'scratch' AND coalesce(kept_until < now(), true) \
      AND pg_try_advisory_lock(hashtext('chancery scratch'), hashtext(schema_name))";

impl Scratch {
    /// Held from the moment on at which others see it.
    pub(crate) async fn make(client: &mut ClientWrapper, view: &dyn View) -> Result<Self, VerifyError> {
        Ok(Self(build::scratch(client, view).await?))
    }

    pub(crate) fn schema_name(&self) -> &str {
        &self.0.schema_name
    }

    /// Where it is not called, because the process died, [`sweep`] finds the build.
    pub(crate) async fn discard(self, client: &mut ClientWrapper) -> Result<(), VerifyError> {
        discard(client, self.schema_name()).await
    }

    /// Leaves it there for so many hours.
    pub(crate) async fn keep(&self, client: &ClientWrapper, hours: i32) -> Result<(), VerifyError> {
        build::keep(client, self.schema_name(), hours).await.map_err(failed("keeping a scratch build"))
    }
}

/// Drops what was left by whoever was broken off: by others, and by this session.
pub(crate) async fn sweep(client: &mut ClientWrapper) -> Result<(), VerifyError> {
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
        build::drop_build(&transaction, schema_name).await?;
        transaction.commit().await?;
        client.execute(LET_GO, &[&schema_name]).await
    };
    drop.await.map_err(dropping)?;
    Ok(())
}
