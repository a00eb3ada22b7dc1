//! Filling a build from the log alone: a new version before it goes live, or a scratch build to compare with.

use chancery_journal::{Journal, Role, config_for};
use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;

use crate::{
    Build, View, build,
    runner::{Applied, RunError, apply, connect, enter},
};

/// Events in a batch: enough that the commits do not count.
const BATCH: usize = 2_000;

/// Fills a scratch build of `view` from nothing up to `until`, beside whatever is live. Compare it with
/// [`crate::dump`]; it stays until somebody drops it.
pub async fn rebuild(
    url: &str,
    journal: &Journal,
    view: &dyn View,
    until: Position,
) -> Result<Build, RunError> {
    let (mut client, _) = connect(&config_for(url, Role::Views)?).await.map_err(RunError::Connect)?;
    let build = build::scratch(&mut client, view).await?;
    enter(&client, &build).await.map_err(RunError::Connect)?;
    fill(&mut client, view, &build, journal, Some(until), |_| ()).await?;
    Ok(build)
}

/// Applies what the log has after the build's checkpoint: up to `until`, or up to its head.
pub(crate) async fn fill(
    client: &mut ClientWrapper,
    view: &dyn View,
    build: &Build,
    journal: &Journal,
    until: Option<Position>,
    reached: impl Fn(Position),
) -> Result<(), RunError> {
    let mut position = checkpoint(client, build).await?;
    loop {
        reached(position);
        let mut batch = journal.read(position, BATCH).await?;
        batch.retain(|event| until.is_none_or(|until| event.position <= until));
        if batch.is_empty() {
            return Ok(());
        }
        // Where another process fills the same build, both go on from wherever it stands.
        position = match apply(client, view, build, position, &batch).await? {
            Applied::To(position) | Applied::Elsewhere(position) => position,
        };
    }
}

/// Where the build stands.
pub(crate) async fn checkpoint(client: &ClientWrapper, build: &Build) -> Result<Position, RunError> {
    let schema_name = &build.schema_name;
    let found = build::checkpoint(client, build)
        .await
        .map_err(|source| RunError::Checkpoint { schema_name: schema_name.clone(), source })?;
    found.ok_or_else(|| RunError::Gone { schema_name: schema_name.clone() })
}
