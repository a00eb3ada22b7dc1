//! Verifying a view: the log is folded offline, from its beginning, and compared with the live build.
//!
//! The fold goes on beside the live build, which is neither stopped nor locked. What came meanwhile is folded at the end
//! in one transaction whose snapshot sees the live build at one moment: so what is compared is at the same positions,
//! shard by shard. What is parked or was skipped there is left out here. A verification that was broken off is begun
//! anew; the scratch build that it left is dropped by a later one.

mod fold;
mod leave_out;
mod scratch;
mod task;

use chancery_journal::{Journal, JournalError, Role, config_for};
use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use serde::Serialize;
use tokio_postgres::{Error, IsolationLevel};

pub(crate) use task::Verifier;

use crate::{
    ApplyError, BuildError, Digest, TableComparison, View, compare::compare, digest, runner::connect,
};
use fold::Fold;
use scratch::Scratch;

/// What a fold of the log says of the live build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub equal: bool,
    /// The build that readers saw.
    pub schema_name: String,
    /// The least position of its shards.
    pub position: Position,
    pub shards: Vec<VerifiedShard>,
    /// The rows as the engine wrote them: equal to the live tables' digests together, unless somebody else changed them.
    pub kept: Digest,
    pub tables: Vec<TableComparison>,
    /// Events that the build has not applied, and so neither has the fold.
    pub parked: u64,
    pub skipped: u64,
}

/// A shard's events: how many, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedShard {
    pub shard: i32,
    pub position: Position,
    pub equal: bool,
    /// That it was given.
    pub given: Digest,
    /// That the log has for it.
    pub logged: Digest,
}

/// A view could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("view {view} has no live build in the version that this process knows")]
    NoBuild { view: &'static str },
    #[error("{action} failed")]
    Query { action: &'static str, source: Error },
    #[error("no scratch build to fold the log into")]
    Build(#[from] BuildError),
    #[error("reading the log to fold it failed")]
    Journal(#[from] JournalError),
    #[error("folding events {first} to {last} failed")]
    Fold { first: Position, last: Position, source: ApplyError },
}

fn failed(action: &'static str) -> impl FnOnce(Error) -> VerifyError {
    move |source| VerifyError::Query { action, source }
}

/// Verifies the live build of `view` in the database at `url`. `reached` is told how far the fold is.
pub async fn verify(
    url: &str,
    journal: &Journal,
    view: &dyn View,
    reached: impl Fn(Position),
) -> Result<Verification, VerifyError> {
    let mut config = config_for(url, Role::Views)?;
    let options = format!("{} -c synchronous_commit=off", config.get_options().unwrap_or_default());
    config.options(options);
    let mut client = connect(&config).await.map_err(failed("connecting to verify a view"))?.client;
    verify_with(&mut client, journal, view, reached).await
}

async fn verify_with(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
    reached: impl Fn(Position),
) -> Result<Verification, VerifyError> {
    scratch::sweep(client).await?;
    let scratch = Scratch::make(client, view).await?;
    let verified = fold_and_compare(client, journal, view, &scratch, reached).await;
    scratch.discard(client).await?;
    verified
}

async fn fold_and_compare(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
    scratch: &Scratch,
    reached: impl Fn(Position),
) -> Result<Verification, VerifyError> {
    let before = snapshot(client).await?;
    let live = Live::read(&before, view).await?;
    before.rollback().await.map_err(failed("ending a snapshot"))?;

    let mut fold = Fold::new(view, scratch, &live);
    fold.up_to(client, journal, live.least(), reached).await?;

    let snapshot = snapshot(client).await?;
    let live = Live::read(&snapshot, view).await?;
    fold.level(&snapshot, journal, &live).await?;
    let kept =
        digest::kept(&snapshot, &live.schema_name).await.map_err(failed("reading a build's digest"))?;
    let tables = compare(&snapshot, &live.schema_name, scratch.schema_name()).await;
    let tables = tables.map_err(failed("comparing the fold with the live build"))?;
    snapshot.rollback().await.map_err(failed("ending a snapshot"))?;

    let shards: Vec<_> = live.shards.iter().zip(fold.logged()).map(VerifiedShard::new).collect();
    let found = tables.iter().fold(Digest::default(), |mut sum, table| {
        sum += table.live;
        sum
    });
    Ok(Verification {
        equal: kept == found
            && shards.iter().all(|shard| shard.equal)
            && tables.iter().all(|table| table.equal),
        position: live.least(),
        schema_name: live.schema_name,
        shards,
        kept,
        tables,
        parked: live.left_out.parked(),
        skipped: live.left_out.skipped(),
    })
}

/// What is read in it is at one moment; what is written in it, it sees beside that.
async fn snapshot(client: &mut ClientWrapper) -> Result<Transaction<'_>, VerifyError> {
    let repeatable = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    repeatable.start().await.map_err(failed("beginning a snapshot"))
}

/// The live build at one moment.
struct Live {
    schema_name: String,
    shards: Vec<Shard>,
    left_out: leave_out::LeftOut,
}

struct Shard {
    number: i32,
    position: Position,
    given: Digest,
}

const SHARDS: &str = "SELECT s.schema_name, s.shard, s.position, s.events, s.events_digest::text \
    FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name) \
    JOIN public.projection_shards s USING (schema_name) \
    WHERE p.projection = $1 AND b.version = $2 ORDER BY s.shard";

impl Live {
    async fn read(snapshot: &Transaction<'_>, view: &dyn View) -> Result<Self, VerifyError> {
        let rows = snapshot
            .query(SHARDS, &[&view.name(), &view.version().cast_signed()])
            .await
            .map_err(failed("reading the live build's shards"))?;
        let first = rows.first().ok_or(VerifyError::NoBuild { view: view.name() })?;
        let schema_name: String = first.get(0);
        let shard = |row: &tokio_postgres::Row| {
            let position = Position::from_i64(row.try_get(2)?);
            Ok(Shard { number: row.try_get(1)?, position, given: Digest::from_row(row, 3, 4)? })
        };
        let shards = rows.iter().map(shard).collect::<Result<_, Error>>();
        let shards = shards.map_err(failed("reading a shard of the live build"))?;
        let left_out = leave_out::LeftOut::read(snapshot, &schema_name).await?;
        Ok(Self { schema_name, shards, left_out })
    }

    fn least(&self) -> Position {
        self.shards.iter().map(|shard| shard.position).min().unwrap_or_default()
    }
}

impl VerifiedShard {
    fn new((shard, logged): (&Shard, Digest)) -> Self {
        let Shard { number, position, given } = *shard;
        Self { shard: number, position, equal: given == logged, given, logged }
    }
}
