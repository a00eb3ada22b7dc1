//! Verifying a call's token, and waiting for what it needs.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chancery_gate::verify::{Opened, TokenInvalid, Verified};
use tokio::time::timeout;

use super::{Shared, keys, unix, world::World};

/// How often the keys are looked at because of a token: anybody can write a token that names any key.
const AT_MOST_EVERY: Duration = Duration::from_secs(10);
/// How long a token waits for that.
const PATIENCE: Duration = Duration::from_secs(2);

impl Shared {
    pub(super) async fn verify(&self, world: &World, token: &str) -> Result<Arc<Verified>, TokenInvalid> {
        let opened = match world.verifier.open(token, unix()) {
            Err(TokenInvalid) if world.verifier.names_unknown_key(token, unix()) => {
                // Too late is as good as not at all.
                let _ = timeout(PATIENCE, self.look_for_keys()).await;
                world.verifier.open(token, unix())?
            }
            opened => opened?,
        };
        match opened {
            Opened::Known(verified) => Ok(verified),
            Opened::New(authentic) => {
                world.reach(authentic.position()).await;
                Ok(world.verifier.settle(authentic, &world.gate()))
            }
        }
    }

    /// One looks, the others wait for it.
    async fn look_for_keys(&self) {
        let mut looked = self.looked.lock().await;
        if looked.is_some_and(|at| at.elapsed() < AT_MOST_EVERY) {
            return;
        }
        *looked = Some(Instant::now());
        if let Err(error) = keys::load(&self.api, &self.keys).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the published keys cannot be read");
        }
    }
}
