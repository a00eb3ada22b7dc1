//! Verifying a view: the log is folded offline, from its beginning, and compared with the live build.
//!
//! The fold goes on beside the live build, which is neither stopped nor locked. What came meanwhile is folded at the end
//! in one transaction whose snapshot sees the live build at one moment: so what is compared is at the same positions,
//! shard by shard. What is parked or was skipped there is left out here. A verification that was broken off is begun
//! anew; the scratch build that it left is dropped by a later one.

mod events;
mod fold;
mod leave_out;
mod live;
mod scratch;
mod task;

use chancery_journal::{Journal, JournalError, Role, config_for};
use chancery_wire::Position;
use deadpool_postgres::{ClientWrapper, Transaction};
use serde::Serialize;
use tokio_postgres::{Error, IsolationLevel};

pub use live::VerifiedShard;
pub(crate) use {
    fold::Fold,
    live::Live,
    scratch::{Scratch, sweep},
    task::Verifier,
};

use crate::{
    ApplyError, BuildError, Digest, FeedError, Feeds, JournalFeeds, TableComparison, View,
    compare::compare,
    digest,
    runner::{connect, with_options},
};

/// Events that are read at once.
const READ: usize = 5_000;

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

/// A view could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("view {view} has no live build in the version that this process knows")]
    NoBuild { view: &'static str },
    #[error("{action} failed")]
    Query { action: &'static str, source: Error },
    #[error("no scratch build to fold the log into")]
    Build(#[from] BuildError),
    #[error("the log's database cannot be named so")]
    Journal(#[from] JournalError),
    #[error("reading events to fold them failed")]
    Events(#[from] FeedError),
    #[error("folding events {first} to {last} failed")]
    Fold { first: Position, last: Position, source: ApplyError },
}

pub(crate) fn failed(action: &'static str) -> impl FnOnce(Error) -> VerifyError {
    move |source| VerifyError::Query { action, source }
}

/// Verifies the live build of `view` in the database at `url`. `reached` is told how far the fold is.
pub async fn verify(
    url: &str,
    journal: &Journal,
    view: &dyn View,
    reached: impl Fn(Position),
) -> Result<Verification, VerifyError> {
    let config = with_options(config_for(url, Role::Views)?, "-c synchronous_commit=off");
    let mut client = connect(&config).await.map_err(failed("connecting to verify a view"))?.client;
    verify_with(&mut client, journal, view, reached).await
}

async fn verify_with(
    client: &mut ClientWrapper,
    journal: &Journal,
    view: &dyn View,
    reached: impl Fn(Position),
) -> Result<Verification, VerifyError> {
    sweep(client).await?;
    let scratch = Scratch::make(client, view).await?;
    let feeds = JournalFeeds { journal: journal.clone(), batch: READ };
    let verified = fold_and_compare(client, &feeds, view, &scratch, reached).await;
    scratch.discard(client).await?;
    verified
}

async fn fold_and_compare(
    client: &mut ClientWrapper,
    feeds: &dyn Feeds,
    view: &dyn View,
    scratch: &Scratch,
    reached: impl Fn(Position),
) -> Result<Verification, VerifyError> {
    let before = snapshot(client).await?;
    let absent = || VerifyError::NoBuild { view: view.name() };
    let live = Live::read(&before, view).await?.ok_or_else(absent)?;
    before.rollback().await.map_err(failed("ending a snapshot"))?;

    let mut fold = Fold::new(view, scratch.schema_name(), feeds, Some(&live)).await?;
    fold.up_to(client, live.least(), reached).await?;

    let snapshot = snapshot(client).await?;
    let live = Live::read(&snapshot, view).await?.ok_or_else(absent)?;
    fold.level(&snapshot, &live, live.most()).await?;
    let kept = kept(&snapshot, &live).await?;
    let tables = compare(&snapshot, &live.schema_name, scratch.schema_name()).await;
    let tables = tables.map_err(failed("comparing the fold with the live build"))?;
    snapshot.rollback().await.map_err(failed("ending a snapshot"))?;

    let shards = live.beside(fold.logged());
    let found: Digest = tables.iter().map(|table| table.live).sum();
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

/// The rows of a build as the engine wrote them.
pub(crate) async fn kept(snapshot: &Transaction<'_>, live: &Live) -> Result<Digest, VerifyError> {
    digest::kept(snapshot, &live.schema_name).await.map_err(failed("reading a build's digest"))
}

/// What is read in it is at one moment; what is written in it, it sees beside that.
pub(crate) async fn snapshot(client: &mut ClientWrapper) -> Result<Transaction<'_>, VerifyError> {
    let repeatable = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    repeatable.start().await.map_err(failed("beginning a snapshot"))
}
