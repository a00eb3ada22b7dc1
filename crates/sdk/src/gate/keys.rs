//! The published keys, kept up to date.

use std::{sync::Arc, time::Duration};

use chancery_gate::verify::{TrustedKey, TrustedKeys};
use tokio::time::sleep;

use super::{Shared, StartError, unix};
use crate::{Api, http::Answer};

/// A key is published ten minutes before it signs: in this time every gate knows it.
const REFRESH: Duration = Duration::from_mins(5);
/// After a failure.
const AGAIN: Duration = Duration::from_secs(5);
/// Seconds for which keys are trusted that cannot be looked at again. Tokens live 15 minutes and come from where the
/// keys do, so where that is away for so long there are none that are good.
const TRUSTED: i64 = 3_600;
/// Bytes of the longest set.
const LONGEST: usize = 1 << 20;

/// Looks at the published keys, and trusts them and no others.
pub(super) async fn load(api: &Api, keys: &TrustedKeys) -> Result<(), StartError> {
    let request = api.get(".well-known/jwks.json", &[], "application/json");
    let asked = unix();
    let document = Answer::to(request, "reading the published keys").await?.whole(LONGEST).await?;
    keys.replace(TrustedKey::read_set(&document, Some(asked + TRUSTED))?);
    Ok(())
}

/// For ever.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut pause = REFRESH;
    loop {
        sleep(pause).await;
        pause = match load(&shared.api, &shared.keys).await {
            Ok(()) => REFRESH,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the published keys cannot be read again, and are trusted for an hour at most"
                );
                AGAIN
            }
        };
    }
}
