//! A copy of Chancery's gate, to begin with.

use std::time::Duration;

use chancery_gate::{
    Restore, Settings,
    verify::{TrustedKeys, Verifier},
};
use tokio::time::{Instant, sleep};

use super::{GateSettings, StartError, world::World};
use crate::{Api, ApiError, http::Answer};

/// How long to ask again, where the API makes as many copies as it can.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two times.
const AGAIN: Duration = Duration::from_millis(500);

/// Copies the gate.
pub(super) async fn copy(
    api: &Api,
    settings: &GateSettings,
    keys: &TrustedKeys,
) -> Result<World, StartError> {
    let since = Instant::now();
    loop {
        match copy_once(api, settings, keys).await {
            Err(StartError::Api(ApiError::Refused { status: 503, .. })) if since.elapsed() < PATIENCE => {
                sleep(AGAIN).await;
            }
            result => return result,
        }
    }
}

async fn copy_once(api: &Api, settings: &GateSettings, keys: &TrustedKeys) -> Result<World, StartError> {
    let request = api.get("v1/gate/snapshot", &[], "application/x-ndjson");
    let mut answer = Answer::to(request, "copying the gate").await?;
    let mut restore = Restore::new(Settings { limit_share: settings.limit_share });
    while let Some(chunk) = answer.chunk().await? {
        restore.feed(&chunk)?;
        // A copy of a million connections is read for seconds; others have their turn in between.
        tokio::task::yield_now().await;
    }
    Ok(World::new(restore.finish()?, Verifier::new(&settings.issuer, keys.clone())))
}
