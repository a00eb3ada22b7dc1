//! Back to the build that was live before: kept up again until it has caught up, and then switched to.

use chancery_journal::Journal;
use deadpool_postgres::ClientWrapper;

use super::{
    RebuildError,
    level::MOST,
    switch::{Pair, standing},
};
use crate::{Phase, View, build};

const WANTED: &str = include_str!("wanted.sql");
const REVIVE: &str =
    "UPDATE public.projection_builds SET phase = 'following' WHERE schema_name = $1 AND phase = 'retired'";
const DONE: &str = "UPDATE public.projection_settings SET rollback_to = NULL WHERE projection = $1";
const REMEMBER: &str = include_str!("remember.sql");

/// Takes the next step, if an operator wants to go back to a build of the version that this process knows.
pub(super) async fn tend(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
) -> Result<bool, RebuildError> {
    let failed = |source| RebuildError::Query { action: "rolling back", view: view.name(), source };
    let wanted = client.query_opt(WANTED, &[&view.name(), &view.version().cast_signed()]).await;
    let Some(wanted) = wanted.map_err(failed)?.map(|row| row.get::<_, String>(0)) else { return Ok(false) };
    let (Some(live), Some(back)) =
        (standing(&**client, view, None).await?, standing(&**client, view, Some(&wanted)).await?)
    else {
        return Ok(false);
    };
    let near = live.most.max(back.most).get().saturating_sub(back.least.get()) <= MOST;
    if back.build.phase == Phase::Retired && !near {
        return Ok(client.execute(REVIVE, &[&wanted]).await.map_err(failed)? == 1);
    }
    if !near {
        return Ok(false);
    }
    let mut transaction = client.transaction().await.map_err(failed)?;
    build::lock(&transaction, view.name()).await.map_err(failed)?;
    let still = transaction.query_opt(WANTED, &[&view.name(), &view.version().cast_signed()]).await;
    let still = still.map_err(failed)?.is_some_and(|row| row.get::<_, &str>(0) == wanted);
    let pointed = standing(&*transaction, view, None).await?;
    if !still || pointed.is_none_or(|pointed| pointed.build != live.build) {
        return Ok(false);
    }
    let pair = Pair { view, live: &live.build, new: &back.build };
    let Some(position) = pair.level(&mut transaction, journal, false).await? else { return Ok(false) };
    pair.point(&transaction).await.map_err(failed)?;
    let builds: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
        [&live.build.schema_name, &back.build.schema_name];
    transaction.execute(REMEMBER, &builds).await.map_err(failed)?;
    transaction.execute(DONE, &[&view.name()]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    tracing::info!(view = view.name(), build = wanted, %position, "readers went back to an older build");
    Ok(true)
}
