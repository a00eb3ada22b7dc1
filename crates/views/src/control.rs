//! Leads what operators want to its end. One task in every runner, and any of them is enough: it carries out operations
//! as they are said, and takes the steps of rebuilds that are due.

use std::{collections::BTreeMap, time::Duration};

use chancery_journal::Journal;
use deadpool_postgres::ClientWrapper;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tokio_postgres::Config;
use tokio_util::sync::CancellationToken;

use crate::{
    View,
    operate::{OperateError, Operations},
    rebuild,
    runner::{Connection, TELL, backoff, chain, connect},
};

const DUE: &str = include_str!("control/due.sql");
/// Operations are looked for when the log moves, but not more often than this.
const SHORTEST_LOOK: Duration = Duration::from_millis(100);
const LONGEST_LOOK: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Controller {
    pub(crate) config: Config,
    pub(crate) journal: Journal,
    pub(crate) views: Vec<&'static dyn View>,
}

#[derive(Debug, thiserror::Error)]
enum ControlError {
    #[error("no connection to control projections")]
    Connect(#[source] tokio_postgres::Error),
    #[error("the connection that controls projections ended")]
    Disconnected,
    #[error(transparent)]
    Operate(#[from] OperateError),
    #[error("looking for projections to control failed")]
    Look(#[source] tokio_postgres::Error),
}

impl Controller {
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut waits = backoff();
        loop {
            let began = Instant::now();
            let Some(Err(error)) = stop.run_until_cancelled(self.session()).await else { return };
            if began.elapsed() > LONGEST_LOOK * 10 {
                waits = backoff();
            }
            let wait = waits.next().unwrap_or_default();
            tracing::warn!(error = chain(&error), ?wait, "controlling projections was interrupted");
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    async fn session(&self) -> Result<(), ControlError> {
        let Connection { mut client, mut ended, notified } =
            connect(&self.config).await.map_err(ControlError::Connect)?;
        client.batch_execute("LISTEN chancery_projections").await.map_err(ControlError::Connect)?;
        let mut operations = Operations::begin(&client, self.journal.clone(), self.views.clone()).await?;
        let mut follower = self.journal.follow();
        let (mut due, mut errors) = (Instant::now(), BTreeMap::new());
        loop {
            let rested = Instant::now() + SHORTEST_LOOK;
            let mut changed = operations.step(&mut client).await?;
            if changed || Instant::now() >= due {
                changed |= self.tend(&mut client, &mut errors).await?;
                due = Instant::now() + LONGEST_LOOK;
            }
            if changed {
                client.batch_execute(TELL).await.map_err(ControlError::Look)?;
                continue;
            }
            tokio::select! {
                _ = &mut ended => return Err(ControlError::Disconnected),
                told = timeout_at(due, notified.notified()) => if told.is_ok() { due = Instant::now() },
                _ = follower.after(operations.seen()) => sleep_until(rested).await,
            }
        }
    }

    /// Takes the steps that are due; true where something changed. What goes wrong with one projection holds up no other.
    async fn tend(
        &self,
        client: &mut ClientWrapper,
        errors: &mut BTreeMap<&'static str, String>,
    ) -> Result<bool, ControlError> {
        let names: Vec<&str> = self.views.iter().map(|view| view.name()).collect();
        let rows = client.query(DUE, &[&names]).await.map_err(ControlError::Look)?;
        let mut changed = false;
        for row in rows {
            let due: &str = row.get(0);
            for view in self.views.iter().filter(|view| view.name() == due) {
                match rebuild::tend(client, &self.journal, *view).await {
                    Ok(stepped) => {
                        changed |= stepped;
                        errors.remove(view.name());
                    }
                    Err(error) => {
                        let line = chain(&error);
                        if errors.insert(view.name(), line.clone()).as_ref() != Some(&line) {
                            tracing::warn!(
                                view = view.name(),
                                error = line,
                                "a projection's next build is held up"
                            );
                        }
                    }
                }
            }
        }
        Ok(changed)
    }
}
