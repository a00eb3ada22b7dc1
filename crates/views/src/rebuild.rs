//! Rebuilds: another build of a view, filled from the log beside the live one, compared with it, and switched to.
//!
//! A rebuild is a row with a state, and nobody's: whoever comes by takes the step that is due, under the lock on the
//! projection's name, in one transaction that finds the state as it was. So a step is taken once, whoever dies between two
//! of them, and the build is filled by the same leases and checkpoints as a live one.

mod compare;
mod level;
mod rollback;
mod switch;

use chancery_journal::{Journal, JournalError};
use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use compare::Drift;

use crate::{BuildError, Phase, RunError, View, admin::Promote, build, digest};

const ACTIVE: &str = include_str!("rebuild/active.sql");
const BEGIN: &str = include_str!("rebuild/begin.sql");
const STANDS: &str = "SELECT FROM public.projection_rebuilds WHERE rebuild_id = $1 AND state = $2 FOR UPDATE";
const FOLLOW: &str =
    "UPDATE public.projection_builds SET phase = 'following' WHERE schema_name = $1 AND phase = 'filling'";
/// It has caught up, and is not compared yet.
const WAIT: &str = "UPDATE public.projection_rebuilds SET state = 'ready', comparison = NULL, error = NULL WHERE rebuild_id = $1";
const FAIL: &str =
    "UPDATE public.projection_rebuilds SET error = $2 WHERE rebuild_id = $1 AND error IS DISTINCT FROM $2";

/// What the feed is left at most.
const NEAR: u64 = 5_000;

/// A step of a rebuild could not be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RebuildError {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("{action} a rebuild of view {view} failed")]
    Query { action: &'static str, view: &'static str, source: Error },
    #[error("reading what a build of view {view} lacks failed")]
    Journal { view: &'static str, source: JournalError },
    #[error("applying what a build of view {view} lacks failed")]
    Level { view: &'static str, source: RunError },
}

/// The active rebuild of a view, as it stands.
#[derive(Debug)]
struct Rebuild {
    id: Uuid,
    state: String,
    promote: Promote,
    build: Option<(String, Phase)>,
    /// So close to the head that the rest comes by the feed, which no pace holds back.
    near: u64,
    /// Its shards' least position, and the head.
    least: Position,
    head: Position,
    /// The projection is: so the live build stands still, and there is nothing to compare with at one position.
    paused: bool,
    compared: bool,
}

/// Takes the steps that are due for one view; true where something changed.
pub(crate) async fn tend(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
) -> Result<bool, RebuildError> {
    let mut changed = build::drop_unwanted(client, view).await?;
    changed |= rollback::tend(client, journal, view).await?;
    let failed = |source| RebuildError::Query { action: "looking at", view: view.name(), source };
    let active = client.query_opt(ACTIVE, &[&view.name(), &view.version().cast_signed()]).await;
    let Some(rebuild) = active.map_err(failed)?.as_ref().map(Rebuild::from_row) else { return Ok(changed) };
    match step(client, journal, view, &rebuild).await {
        Ok(stepped) => Ok(changed | stepped),
        Err(error) => {
            let said = crate::runner::chain(&error);
            client.execute(FAIL, &[&rebuild.id, &said]).await.map_err(failed)?;
            Err(error)
        }
    }
}

async fn step(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
    rebuild: &Rebuild,
) -> Result<bool, RebuildError> {
    match (&*rebuild.state, &rebuild.build) {
        ("requested", _) => begin(client, view, rebuild).await,
        ("filling", Some((schema_name, Phase::Filling))) => {
            if rebuild.lacks() > rebuild.near || !follow(client, view, rebuild, schema_name).await? {
                return Ok(false);
            }
            if rebuild.now() || !rebuild.paused {
                switch::settle(client, journal, view, rebuild, schema_name, Some(Drift::default())).await?;
            }
            Ok(true)
        }
        ("filling", Some((schema_name, Phase::Following))) if rebuild.now() || !rebuild.paused => {
            switch::settle(client, journal, view, rebuild, schema_name, None).await
        }
        ("filling", Some((_, Phase::Following))) if rebuild.lacks() <= level::MOST => {
            wait(client, view, rebuild).await
        }
        ("ready" | "differs", Some((schema_name, Phase::Following))) if rebuild.now() => {
            switch::settle(client, journal, view, rebuild, schema_name, None).await
        }
        // It waited for the projection to be resumed.
        ("ready", Some((schema_name, Phase::Following))) if !rebuild.paused && !rebuild.compared => {
            switch::settle(client, journal, view, rebuild, schema_name, None).await
        }
        _ => Ok(false),
    }
}

/// Begins a step, alone with the projection; `None` where the rebuild is not as it was found.
async fn hold<'a>(
    client: &'a mut ClientWrapper,
    view: &dyn View,
    rebuild: &Rebuild,
) -> Result<Option<Transaction<'a>>, Error> {
    let transaction = client.transaction().await?;
    build::lock(&transaction, view.name()).await?;
    let stands = transaction.query_opt(STANDS, &[&rebuild.id, &rebuild.state]).await?;
    Ok(stands.map(|_| transaction))
}

/// Makes the build that is to be filled.
async fn begin(client: &mut ClientWrapper, view: &dyn View, rebuild: &Rebuild) -> Result<bool, RebuildError> {
    let failed = |source| RebuildError::Query { action: "beginning", view: view.name(), source };
    let Some(transaction) = hold(client, view, rebuild).await.map_err(failed)? else { return Ok(false) };
    let build = build::make(&transaction, view, Phase::Filling).await.map_err(failed)?;
    transaction.execute(BEGIN, &[&rebuild.id, &build.schema_name]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    tracing::info!(view = view.name(), build = build.schema_name, "a build is being filled");
    Ok(true)
}

/// Has the build kept up by the feed from now on, and its digest kept: until here neither was worth the while.
async fn follow(
    client: &mut ClientWrapper,
    view: &dyn View,
    rebuild: &Rebuild,
    schema_name: &str,
) -> Result<bool, RebuildError> {
    let failed = |source| RebuildError::Query { action: "catching up in", view: view.name(), source };
    let Some(transaction) = hold(client, view, rebuild).await.map_err(failed)? else { return Ok(false) };
    transaction.query(build::SHARDS, &[&schema_name]).await.map_err(failed)?;
    if transaction.execute(FOLLOW, &[&schema_name]).await.map_err(failed)? == 0 {
        return Ok(false);
    }
    digest::begin(&transaction, schema_name).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}

/// Says that it has caught up, and that an operator has to resume the projection or to promote it as it is.
async fn wait(client: &mut ClientWrapper, view: &dyn View, rebuild: &Rebuild) -> Result<bool, RebuildError> {
    let failed = |source| RebuildError::Query { action: "holding", view: view.name(), source };
    let Some(transaction) = hold(client, view, rebuild).await.map_err(failed)? else { return Ok(false) };
    transaction.execute(WAIT, &[&rebuild.id]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    tracing::info!(view = view.name(), "a rebuild has caught up beside a paused build");
    Ok(true)
}

impl Rebuild {
    /// An operator said so.
    fn now(&self) -> bool {
        self.promote == Promote::Now
    }

    /// How many events of the log its build has not applied.
    fn lacks(&self) -> u64 {
        self.head.get().saturating_sub(self.least.get())
    }

    fn from_row(row: &Row) -> Self {
        let (schema_name, phase): (Option<String>, Option<&str>) = (row.get("schema_name"), row.get("phase"));
        Self {
            id: row.get("rebuild_id"),
            state: row.get("state"),
            promote: row.get("promote"),
            build: schema_name.zip(phase.map(Phase::of)),
            near: row
                .get::<_, Option<i64>>("events_per_second")
                .map_or(NEAR, |limit| NEAR.min(limit.cast_unsigned())),
            least: Position::from_i64(row.get("least")),
            head: Position::from_i64(row.get("head")),
            paused: row.get("paused"),
            compared: row.get("compared"),
        }
    }
}
