//! Carries out the verifications that operators ask for, one at a time in a process and each in one process.

use std::time::Duration;

use chancery_journal::Journal;
use chancery_wire::Position;
use deadpool_postgres::ClientWrapper;
use tokio::sync::watch;
use tokio_postgres::{Config, types::Json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Verification, VerifyError, failed, verify_with};
use crate::{
    View,
    runner::{chain, connect},
};

/// How long a request may go unnoticed.
const LOOK: Duration = Duration::from_secs(1);
/// How often the progress is written down.
const PROGRESS: Duration = Duration::from_millis(500);

/// What is open; also what a process began that died over it. One that was asked for before there was a build waits for it.
const OPEN: &str = "SELECT v.verification_id, v.projection FROM public.projection_verifications v \
    JOIN public.projection_pointers p USING (projection) \
    WHERE v.state IN ('requested', 'running') AND v.projection = ANY ($1) ORDER BY v.requested_at";
/// Whoever has it works on the verification, and nobody else does.
const CLAIM: &str = "SELECT pg_try_advisory_lock(hashtext('chancery verification'), hashtext($1::text))";
const BEGIN: &str = "UPDATE public.projection_verifications \
    SET state = 'running', events_done = 0, started_at = now() \
    WHERE verification_id = $1 AND state IN ('requested', 'running')";
const REACHED: &str =
    "UPDATE public.projection_verifications SET events_done = $2 WHERE verification_id = $1";
const END: &str = "UPDATE public.projection_verifications \
    SET state = $2, schema_name = $3, position = $4, events_done = coalesce($4, events_done), \
        report = $5, error = $6, finished_at = now() WHERE verification_id = $1";

#[derive(Debug)]
pub(crate) struct Verifier {
    pub(crate) config: Config,
    pub(crate) journal: Journal,
    pub(crate) views: Vec<&'static dyn View>,
    pub(crate) stop: CancellationToken,
}

impl Verifier {
    pub(crate) async fn run(self) {
        let forever = async {
            loop {
                if let Err(error) = self.verify_open().await {
                    tracing::warn!(error = chain(&error), "a verification that was asked for waits");
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        self.stop.run_until_cancelled(forever).await;
    }

    /// Does what is open and nobody does.
    async fn verify_open(&self) -> Result<(), VerifyError> {
        let names: Vec<&str> = self.views.iter().map(|view| view.name()).collect();
        let pooled = self.journal.client().await?;
        let open = pooled.query(OPEN, &[&names]).await.map_err(failed("looking for verifications"))?;
        drop(pooled);
        for row in open {
            let (id, projection): (Uuid, &str) = (row.get(0), row.get(1));
            if let Some(view) = self.views.iter().find(|view| view.name() == projection) {
                self.verify(id, *view).await?;
            }
        }
        Ok(())
    }

    /// The claim and the scratch build end with the connection.
    async fn verify(&self, id: Uuid, view: &dyn View) -> Result<(), VerifyError> {
        let connecting = "connecting to verify a view";
        let mut client = connect(&self.config).await.map_err(failed(connecting))?.client;
        let claimed = client.query_one(CLAIM, &[&id.to_string()]).await;
        if !claimed.map_err(failed("claiming a verification"))?.get::<_, bool>(0) {
            return Ok(());
        }
        let notes = connect(&self.config).await.map_err(failed(connecting))?.client;
        let began = notes.execute(BEGIN, &[&id]).await.map_err(failed("beginning a verification"))?;
        if began == 0 {
            // Another process ended it between the look and the claim.
            return Ok(());
        }
        tracing::info!(view = view.name(), %id, "verifying a view");
        let (reached, progress) = watch::channel(Position::START);
        let verified = {
            let note = async {
                loop {
                    tokio::time::sleep(PROGRESS).await;
                    let done = progress.borrow().as_i64();
                    if let Err(error) = notes.execute(REACHED, &[&id, &done]).await {
                        tracing::debug!(%error, "the progress of a verification could not be written down");
                    }
                }
            };
            let reach = |position| {
                reached.send_replace(position);
            };
            tokio::select! {
                verified = verify_with(&mut client, &self.journal, view, reach) => verified,
                () = note => unreachable!("the progress is noted until the verification ends"),
            }
        };
        end(&notes, id, view, verified).await
    }
}

/// Writes down what was found. What may pass leaves it open, to be begun anew.
async fn end(
    notes: &ClientWrapper,
    id: Uuid,
    view: &dyn View,
    verified: Result<Verification, VerifyError>,
) -> Result<(), VerifyError> {
    let (state, found, error) = match verified {
        Ok(found) if found.equal => ("equal", Some(found), None),
        Ok(found) => ("differs", Some(found), None),
        Err(error) if error.may_pass() => return Err(error),
        Err(error) => ("failed", None, Some(chain(&error))),
    };
    if state == "equal" {
        tracing::info!(view = view.name(), %id, "a view equals the fold of the log");
    } else {
        tracing::error!(view = view.name(), %id, state, error, "a view does not equal the fold of the log");
    }
    let schema_name = found.as_ref().map(|found| found.schema_name.clone());
    let position = found.as_ref().map(|found| found.position.as_i64());
    let report = found.map(Json);
    notes
        .execute(END, &[&id, &state, &schema_name, &position, &report, &error])
        .await
        .map_err(failed("writing down a verification"))?;
    Ok(())
}

impl VerifyError {
    /// True where the same verification may go through later.
    fn may_pass(&self) -> bool {
        match self {
            Self::NoBuild { .. } => false,
            Self::Fold { source, .. } => !source.is_permanent(),
            Self::Query { .. } | Self::Build(_) | Self::Journal(_) | Self::Events(_) => true,
        }
    }
}
