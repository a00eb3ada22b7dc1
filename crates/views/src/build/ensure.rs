//! What a view must have wherever it runs: a live build of its version, or a rebuild that leads there.

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::Error;
use uuid::Uuid;

use super::{BuildError, Phase, lock, make};
use crate::{View, runner::TELL};

const LIVE: &str = include_str!("live.sql");
const SUPERSEDE: &str = include_str!("supersede.sql");
const ASK: &str = include_str!("ask.sql");
const POINT: &str = "INSERT INTO public.projection_pointers (projection, schema_name) VALUES ($1, $2)";

/// A view that never had a build gets one that is live from the start: an answer that says how far it got is better than
/// none. Where an older version is live, a rebuild is asked for, once: one that was given up, failed or was rolled back
/// from waits for an operator. True where there
/// is a build now that was not there before.
pub(crate) async fn ensure(client: &mut ClientWrapper, view: &dyn View) -> Result<bool, BuildError> {
    let failed = |source| BuildError::Query { action: "setting up", view: view.name(), source };
    if standing(client.query_opt(LIVE, &[&view.name()]).await.map_err(failed)?, view)? == Some(true) {
        return Ok(false);
    }
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction, view.name()).await.map_err(failed)?;
    let live = transaction.query_opt(LIVE, &[&view.name()]).await.map_err(failed)?;
    let made = match standing(live, view)? {
        Some(true) => return Ok(false),
        Some(false) => ask(&transaction, view).await.map_err(failed)?,
        None => begin(&transaction, view).await.map_err(failed)?,
    };
    transaction.commit().await.map_err(failed)?;
    Ok(made)
}

/// Whether the live build is of this version; `None` where there is none.
fn standing(live: Option<tokio_postgres::Row>, view: &dyn View) -> Result<Option<bool>, BuildError> {
    let Some(live) = live.map(|row| row.get::<_, i32>(1).cast_unsigned()) else { return Ok(None) };
    if live > view.version() {
        return Err(BuildError::Superseded { view: view.name(), live, known: view.version() });
    }
    Ok(Some(live == view.version()))
}

async fn begin(transaction: &Transaction<'_>, view: &dyn View) -> Result<bool, Error> {
    let build = make(transaction, view, Phase::Following).await?;
    transaction.execute(POINT, &[&view.name(), &build.schema_name]).await?;
    Ok(true)
}

async fn ask(transaction: &Transaction<'_>, view: &dyn View) -> Result<bool, Error> {
    let version = view.version().cast_signed();
    transaction.execute(SUPERSEDE, &[&view.name(), &version]).await?;
    if transaction.execute(ASK, &[&Uuid::now_v7(), &view.name(), &version]).await? == 1 {
        transaction.batch_execute(TELL).await?;
        tracing::info!(view = view.name(), version, "a new version of a view asks for its build");
    }
    Ok(false)
}
