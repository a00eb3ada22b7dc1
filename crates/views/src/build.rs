//! Builds of a view: a schema each, one of them pointed at.

use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::{Error, Row};

use crate::{View, digest};

const LIVE: &str = include_str!("build/live.sql");
const UNFINISHED: &str = include_str!("build/unfinished.sql");
const REGISTER: &str = include_str!("build/register.sql");
const SWITCH: &str = include_str!("build/switch.sql");
const RETIRED: &str = include_str!("build/retired.sql");

/// A schema that holds a view's tables, with checkpoints of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    pub schema_name: String,
    pub projection: String,
    pub version: u32,
    pub shards: u32,
    pub phase: Phase,
    /// True where readers are pointed at it.
    pub live: bool,
}

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Catches up with the log beside the live one.
    Filling,
    /// Has caught up and is kept up; may be pointed at.
    Following,
    /// Was pointed at, and stands still.
    Retired,
    /// Filled once, to be compared or looked at.
    Scratch,
}

impl Phase {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filling => "filling",
            Self::Following => "following",
            Self::Retired => "retired",
            Self::Scratch => "scratch",
        }
    }

    pub(crate) fn of(word: &str) -> Self {
        match word {
            "filling" => Self::Filling,
            "following" => Self::Following,
            "retired" => Self::Retired,
            _ => Self::Scratch,
        }
    }
}

/// A view's builds could not be managed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error("{action} view {view} failed")]
    Query { action: &'static str, view: &'static str, source: Error },
    #[error("view {view} is at version {live} already, this process knows version {known}")]
    Superseded { view: &'static str, live: u32, known: u32 },
}

/// The build that a runner of `view` works on: the live one; or, where this version of the view is new, one that
/// must be filled before it is switched to. Made where it is missing. A view that never had a build is live from
/// the start: an answer that says how far it got is better than none.
pub(crate) async fn ensure(client: &mut ClientWrapper, view: &dyn View) -> Result<Build, BuildError> {
    let failed = |source| BuildError::Query { action: "setting up", view: view.name(), source };
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction, view).await.map_err(failed)?;
    let build = match live(&transaction, view).await.map_err(failed)? {
        Some(build) if build.version == view.version() => build,
        Some(build) if build.version > view.version() => {
            let (live, known) = (build.version, view.version());
            return Err(BuildError::Superseded { view: view.name(), live, known });
        }
        Some(_) => match unfinished(&transaction, view).await.map_err(failed)? {
            Some(build) => build,
            None => make(&transaction, view, Phase::Filling).await.map_err(failed)?,
        },
        None => {
            let build = make(&transaction, view, Phase::Following).await.map_err(failed)?;
            let point = "INSERT INTO public.projection_pointers (projection, schema_name) VALUES ($1, $2)";
            transaction.execute(point, &[&view.name(), &build.schema_name]).await.map_err(failed)?;
            Build { live: true, ..build }
        }
    };
    transaction.commit().await.map_err(failed)?;
    Ok(build)
}

/// A build that nobody is pointed at, to fill and to compare.
pub(crate) async fn scratch(client: &mut ClientWrapper, view: &dyn View) -> Result<Build, BuildError> {
    let failed =
        |source| BuildError::Query { action: "making a scratch build of", view: view.name(), source };
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction, view).await.map_err(failed)?;
    let build = make(&transaction, view, Phase::Scratch).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(build)
}

/// Points readers at the filling build of `view` if it has reached `head`, and drops those of older versions.
pub(crate) async fn settle(
    client: &mut ClientWrapper,
    view: &dyn View,
    head: Position,
) -> Result<(), BuildError> {
    let failed = |source| BuildError::Query { action: "switching", view: view.name(), source };
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction, view).await.map_err(failed)?;
    transaction.execute(SWITCH, &[&view.name(), &version(view), &head.as_i64()]).await.map_err(failed)?;
    for row in transaction.query(RETIRED, &[&view.name(), &version(view)]).await.map_err(failed)? {
        let schema_name: String = row.get(0);
        transaction.batch_execute(&format!("DROP SCHEMA {schema_name} CASCADE")).await.map_err(failed)?;
        let forget = "DELETE FROM public.projection_builds WHERE schema_name = $1";
        transaction.execute(forget, &[&schema_name]).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// Two processes that start at once make one build, not two.
pub(crate) async fn lock(transaction: &Transaction<'_>, view: &dyn View) -> Result<(), Error> {
    let sql = "SELECT pg_advisory_xact_lock(hashtext('chancery projection'), hashtext($1))";
    transaction.execute(sql, &[&view.name()]).await?;
    Ok(())
}

async fn live(transaction: &Transaction<'_>, view: &dyn View) -> Result<Option<Build>, Error> {
    let row = transaction.query_opt(LIVE, &[&view.name()]).await?;
    Ok(row.as_ref().map(|row| Build { live: true, ..Build::from_row(row) }))
}

async fn unfinished(transaction: &Transaction<'_>, view: &dyn View) -> Result<Option<Build>, Error> {
    let row = transaction.query_opt(UNFINISHED, &[&view.name(), &version(view)]).await?;
    Ok(row.as_ref().map(Build::from_row))
}

/// Makes the next build: its rows in the engine's tables, its schema, its tables.
pub(crate) async fn make(
    transaction: &Transaction<'_>,
    view: &dyn View,
    phase: Phase,
) -> Result<Build, Error> {
    let shards = view.shards().cast_signed();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&view.name(), &version(view), &phase.as_str(), &shards];
    let build = Build::from_row(&transaction.query_one(REGISTER, &parameters).await?);
    let (schema_name, tables) = (&build.schema_name, view.schema());
    transaction
        .batch_execute(&format!(
            "SELECT public.create_view_schema('{schema_name}');
             SET LOCAL search_path = {schema_name};
             {tables};
             GRANT USAGE ON SCHEMA {schema_name} TO chancery_app;
             GRANT SELECT ON ALL TABLES IN SCHEMA {schema_name} TO chancery_app;"
        ))
        .await?;
    if phase != Phase::Scratch {
        digest::begin(transaction, schema_name).await?;
    }
    Ok(build)
}

impl Build {
    /// From a row of schema_name, projection, version, shards, phase; as if nobody were pointed at it.
    pub(crate) fn from_row(row: &Row) -> Self {
        Self {
            schema_name: row.get(0),
            projection: row.get(1),
            version: row.get::<_, i32>(2).cast_unsigned(),
            shards: row.get::<_, i32>(3).cast_unsigned(),
            phase: Phase::of(row.get(4)),
            live: false,
        }
    }
}

fn version(view: &dyn View) -> i32 {
    view.version().cast_signed()
}
