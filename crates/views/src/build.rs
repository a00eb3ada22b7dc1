//! Builds of a view: a schema each, one of them pointed at.

use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use tokio_postgres::Error;

use crate::View;

const LIVE: &str = include_str!("build/live.sql");
const UNFINISHED: &str = include_str!("build/unfinished.sql");
const REGISTER: &str = include_str!("build/register.sql");
const SWITCH: &str = include_str!("build/switch.sql");
const RETIRED: &str = include_str!("build/retired.sql");

/// A schema that holds a view's tables, with a checkpoint of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    pub schema_name: String,
    /// True where readers are pointed at it.
    pub live: bool,
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
        Some((schema_name, version)) if version == view.version() => Build { schema_name, live: true },
        Some((_, live)) if live > view.version() => {
            return Err(BuildError::Superseded { view: view.name(), live, known: view.version() });
        }
        Some(_) => match unfinished(&transaction, view).await.map_err(failed)? {
            Some(schema_name) => Build { schema_name, live: false },
            None => {
                Build { schema_name: make(&transaction, view, false).await.map_err(failed)?, live: false }
            }
        },
        None => {
            let schema_name = make(&transaction, view, false).await.map_err(failed)?;
            let point = "INSERT INTO public.projection_pointers (projection, schema_name) VALUES ($1, $2)";
            transaction.execute(point, &[&view.name(), &schema_name]).await.map_err(failed)?;
            Build { schema_name, live: true }
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
    let schema_name = make(&transaction, view, true).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Build { schema_name, live: false })
}

/// Points readers at `build`, unless it is behind the one that they see now; true where it is live after that.
pub(crate) async fn switch(
    client: &mut ClientWrapper,
    view: &dyn View,
    build: &Build,
) -> Result<bool, BuildError> {
    let failed = |source| BuildError::Query { action: "switching", view: view.name(), source };
    let switched = client.execute(SWITCH, &[&view.name(), &build.schema_name]).await.map_err(failed)?;
    Ok(switched == 1)
}

/// Drops the builds of older versions that nobody is pointed at any more.
pub(crate) async fn drop_retired(client: &mut ClientWrapper, view: &dyn View) -> Result<(), BuildError> {
    let failed = |source| BuildError::Query { action: "dropping older builds of", view: view.name(), source };
    let transaction = client.transaction().await.map_err(failed)?;
    lock(&transaction, view).await.map_err(failed)?;
    for row in transaction.query(RETIRED, &[&view.name(), &version(view)]).await.map_err(failed)? {
        let schema_name: String = row.get(0);
        transaction.batch_execute(&format!("DROP SCHEMA {schema_name} CASCADE")).await.map_err(failed)?;
        let forget = "DELETE FROM public.projection_builds WHERE schema_name = $1";
        transaction.execute(forget, &[&schema_name]).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// Where `build` stands.
pub(crate) async fn checkpoint(client: &ClientWrapper, build: &Build) -> Result<Option<Position>, Error> {
    let sql = "SELECT position FROM public.projection_builds WHERE schema_name = $1";
    let row = client.query_opt(sql, &[&build.schema_name]).await?;
    Ok(row.map(|row| Position::from_i64(row.get(0))))
}

/// Two processes that start at once make one build, not two.
async fn lock(transaction: &Transaction<'_>, view: &dyn View) -> Result<(), Error> {
    let sql = "SELECT pg_advisory_xact_lock(hashtext('chancery projection'), hashtext($1))";
    transaction.execute(sql, &[&view.name()]).await?;
    Ok(())
}

async fn live(transaction: &Transaction<'_>, view: &dyn View) -> Result<Option<(String, u32)>, Error> {
    let row = transaction.query_opt(LIVE, &[&view.name()]).await?;
    Ok(row.map(|row| (row.get(0), row.get::<_, i32>(1).cast_unsigned())))
}

async fn unfinished(transaction: &Transaction<'_>, view: &dyn View) -> Result<Option<String>, Error> {
    let row = transaction.query_opt(UNFINISHED, &[&view.name(), &version(view)]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Makes the next build's schema and tables.
async fn make(transaction: &Transaction<'_>, view: &dyn View, scratch: bool) -> Result<String, Error> {
    let row = transaction.query_one(REGISTER, &[&view.name(), &version(view), &scratch]).await?;
    let schema_name: String = row.get(0);
    let tables = view.schema();
    transaction
        .batch_execute(&format!(
            "SELECT public.create_view_schema('{schema_name}');
             SET LOCAL search_path = {schema_name};
             {tables};
             GRANT USAGE ON SCHEMA {schema_name} TO chancery_app;
             GRANT SELECT ON ALL TABLES IN SCHEMA {schema_name} TO chancery_app;"
        ))
        .await?;
    Ok(schema_name)
}

fn version(view: &dyn View) -> i32 {
    view.version().cast_signed()
}
