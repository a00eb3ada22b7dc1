//! Builds of a view: a schema each, one of them pointed at.
//!
//! A build is a row of `projection_builds`, a row for each of its shards, and a schema with the view's tables. It is made
//! and dropped in one transaction, under a lock on the projection's name: processes that want the same make one, not two.

mod dropping;
mod ensure;

use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::{Error, Row};

pub(crate) use dropping::{SHARDS, drop_build, drop_unwanted};
pub(crate) use ensure::ensure;

use crate::{View, digest};

const REGISTER: &str = include_str!("build/register.sql");
const HOLD: &str = "SELECT pg_advisory_lock(hashtext('chancery scratch'), hashtext($1))";
const KEEP: &str = "UPDATE public.projection_builds SET kept_until = now() + make_interval(hours => $2) \
    WHERE schema_name = $1";

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
    /// About to be dropped.
    Dropping,
}

impl Phase {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Filling => "filling",
            Self::Following => "following",
            Self::Retired => "retired",
            Self::Scratch => "scratch",
            Self::Dropping => "dropping",
        }
    }

    pub(crate) fn of(word: &str) -> Self {
        match word {
            "filling" => Self::Filling,
            "following" => Self::Following,
            "retired" => Self::Retired,
            "scratch" => Self::Scratch,
            // Also where a newer process knows more: this one leaves it alone.
            _ => Self::Dropping,
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

/// A build that nobody is pointed at, to fill and to compare. The session holds it: once it has ended, or let go, the
/// build is dropped by whoever comes by ([`crate::verify`]).
pub(crate) async fn scratch(client: &mut ClientWrapper, view: &dyn View) -> Result<Build, BuildError> {
    let failed =
        |source| BuildError::Query { action: "making a scratch build of", view: view.name(), source };
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction, view.name()).await.map_err(failed)?;
    let build = make(&transaction, view, Phase::Scratch).await.map_err(failed)?;
    transaction.execute(HOLD, &[&build.schema_name]).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(build)
}

/// Leaves a scratch build there for so many hours, whether anybody holds it or not.
pub(crate) async fn keep(client: &ClientWrapper, schema_name: &str, hours: i32) -> Result<(), Error> {
    client.execute(KEEP, &[&schema_name, &hours]).await?;
    Ok(())
}

/// Whoever makes, switches or drops builds of a projection does it alone.
pub(crate) async fn lock(transaction: &Transaction<'_>, projection: &str) -> Result<(), Error> {
    let sql = "SELECT pg_advisory_xact_lock(hashtext('chancery projection'), hashtext($1))";
    transaction.execute(sql, &[&projection]).await?;
    Ok(())
}

/// Makes the next build: its rows in the engine's tables, its schema, its tables.
pub(crate) async fn make(
    transaction: &Transaction<'_>,
    view: &dyn View,
    phase: Phase,
) -> Result<Build, Error> {
    let shards = view.shards().cast_signed();
    let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&view.name(), &view.version().cast_signed(), &phase.as_str(), &shards];
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
    // A build that is filled gets it when it has caught up.
    if phase == Phase::Following {
        digest::begin(transaction, schema_name).await?;
    }
    Ok(build)
}

impl Build {
    /// From a row of `schema_name, projection, version, shards, phase`; as if nobody were pointed at it.
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
