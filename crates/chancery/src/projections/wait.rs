//! Waiting for what somebody else does, with a bar that tells how far it is.

use std::time::Duration;

use anyhow::bail;
use chancery_journal::Journal;
use chancery_service::commands::Asked;
use chancery_views::admin::{self, Rebuild, RebuildState, Verification, VerificationState, WaitsFor};
use chancery_wire::Position;
use indicatif::ProgressBar;
use tokio::time::{Instant, sleep};

use super::{Desk, id, show::waits_for};
use crate::{difference::Difference, progress};

/// How long a command waits until somebody has carried it out.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often is looked.
const AGAIN: Duration = Duration::from_millis(50);

/// Waits until what was asked up to this position is done.
pub(super) async fn carried_out(journal: &Journal, projection: &str, upto: Position) -> anyhow::Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    while !admin::is_carried_out(journal, projection, upto).await? {
        if Instant::now() >= deadline {
            return Ok(false);
        }
        sleep(AGAIN).await;
    }
    Ok(true)
}

impl Desk {
    /// Shows a rebuild, at its end where that is waited for: an error unless readers see it or it waits for an operator as it
    /// was told to.
    pub(super) async fn filled(&self, asked: &Asked, detach: bool) -> anyhow::Result<()> {
        let (name, id) = (&asked.projection, id(asked)?);
        let look = async || {
            let found = admin::rebuild(&self.journal, name, id).await?;
            found.ok_or_else(|| anyhow::anyhow!("there is no rebuild {id} of {name}"))
        };
        let mut rebuild = look().await?;
        if !detach {
            let bar = progress::bar("rebuilding", rebuild.events_total);
            let mut told = None;
            while is_under_way(&rebuild) {
                if told != rebuild.waits_for {
                    told = rebuild.waits_for;
                    let hint =
                        waits_for(&rebuild).map(|hint| format!("chancery: the rebuild waits for {hint}"));
                    bar.suspend(|| hint.iter().for_each(|hint| eprintln!("{hint}")));
                }
                tell(&bar, rebuild.events_done, rebuild.events_total);
                sleep(AGAIN).await;
                rebuild = look().await?;
            }
            bar.finish_and_clear();
        }
        self.show_rebuild(&rebuild)?;
        match (detach, rebuild.state) {
            (false, RebuildState::Differs) => {
                Err(Difference(format!("rebuild {id} of {name} differs from what readers see")).into())
            }
            (false, RebuildState::Failed) => bail!("rebuild {id} of {name} failed"),
            (false, RebuildState::Cancelled) => bail!("rebuild {id} of {name} was cancelled"),
            _ => Ok(()),
        }
    }

    /// Shows a verification, at its end where that is waited for: an error if there is a difference.
    pub(super) async fn verification(&self, asked: &Asked, detach: bool) -> anyhow::Result<()> {
        let (name, id) = (&asked.projection, id(asked)?);
        let look = async || {
            let found = admin::verification(&self.journal, name, id).await?;
            found.ok_or_else(|| anyhow::anyhow!("there is no verification {id} of {name}"))
        };
        let mut verification = look().await?;
        if !detach {
            let bar = progress::bar("verifying", verification.position.unwrap_or(0));
            while verification.is_open() {
                tell(&bar, verification.events_done, verification.position.unwrap_or(0));
                sleep(AGAIN).await;
                verification = look().await?;
            }
            bar.finish_and_clear();
        }
        self.show_verification(&verification)?;
        outcome(&verification)
    }
}

fn outcome(verification: &Verification) -> anyhow::Result<()> {
    let name = &verification.projection;
    match verification.state {
        VerificationState::Differs => Err(Difference(format!("{name} is not what the log says")).into()),
        VerificationState::Failed => bail!("verifying {name} failed"),
        _ => Ok(()),
    }
}

/// Whether anything will come of waiting. One that is held may be gone on with by somebody else.
fn is_under_way(rebuild: &Rebuild) -> bool {
    use RebuildState as S;
    match rebuild.state {
        // Nothing will as long as the projection is paused.
        S::Ready if rebuild.waits_for == Some(WaitsFor::Resume) => false,
        S::Requested | S::Filling | S::Paused => true,
        // It is about to be promoted, or waits.
        S::Ready => rebuild.promote != admin::Promote::Manual,
        S::Differs => rebuild.promote == admin::Promote::Now,
        S::Promoted | S::RolledBack | S::Cancelled | S::Failed => false,
    }
}

fn tell(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}
