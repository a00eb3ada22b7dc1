//! What each operation writes down.

use chancery_wire::{
    Recorded,
    v1::{ProjectionOperated, ProjectionOperation as Operation, Promotion},
};
use deadpool_postgres::Transaction;
use tokio_postgres::Error;
use uuid::Uuid;

/// `version` is the projection's, where this process knows it. Where there is nothing to operate on any more, nothing is
/// written: the command was accepted before another one came in between.
pub(super) async fn write_down(
    transaction: &Transaction<'_>,
    event: &Recorded,
    said: &ProjectionOperated,
    version: Option<i32>,
) -> Result<(), Error> {
    let (projection, at) = (&said.projection, event.recorded_at);
    let id: Option<Uuid> = said.operation_id.parse().ok();
    let events_per_second = Some(said.events_per_second).filter(|limit| *limit > 0);
    match said.operation() {
        Operation::Pause | Operation::Resume => {
            let paused = said.operation() == Operation::Pause;
            transaction.execute(include_str!("pause.sql"), &[projection, &paused]).await?;
        }
        Operation::Rebuild => {
            let promote = if said.promote() == Promotion::Manual { "manual" } else { "if_equal" };
            let id = id.unwrap_or(event.event_id);
            let sql = include_str!("rebuild.sql");
            transaction.execute(sql, &[&id, projection, &version, &promote, &events_per_second, &at]).await?;
        }
        Operation::Promote => {
            transaction.execute(include_str!("promote.sql"), &[projection, &id]).await?;
        }
        Operation::Rollback => {
            transaction.execute(include_str!("rollback.sql"), &[projection]).await?;
        }
        Operation::Verify => {
            let id = id.unwrap_or(event.event_id);
            transaction.execute(include_str!("verify.sql"), &[&id, projection, &at]).await?;
        }
        Operation::Retry | Operation::Skip => {
            let wanted = if said.operation() == Operation::Retry { "retry" } else { "skip" };
            transaction.execute(include_str!("letter.sql"), &[projection, &said.position, &wanted]).await?;
        }
        Operation::CancelRebuild => {
            transaction.execute(include_str!("cancel.sql"), &[projection, &id]).await?;
        }
        Operation::PauseRebuild => {
            transaction.execute(include_str!("pause_rebuild.sql"), &[projection, &id]).await?;
        }
        Operation::ResumeRebuild => {
            let sql = include_str!("resume_rebuild.sql");
            transaction.execute(sql, &[projection, &id, &events_per_second]).await?;
        }
        Operation::DropBuild => {
            transaction.execute(include_str!("drop_build.sql"), &[projection]).await?;
        }
        Operation::Unspecified => {}
    }
    Ok(())
}
