//! How a connection ends (rules 24 and 27). A paused one ends like one in play.

use crate::{AppId, ConnectionRevoked, Decision, Instance, Refusal, RevocationCause};

use super::{Facts, State};

/// The tenant's admin ends the connection: it and its tokens are revoked. A new consent mints a new client id.
pub fn disconnect(instance: Instance, state: &State, facts: &Facts<'_>) -> Decision {
    let app_id = state.app(&instance, facts)?.app_id;
    let revoked = end(state, app_id, instance, RevocationCause::Disconnected);
    Ok(vec![revoked.ok_or(Refusal::NotConnected)?.into()])
}

/// The end of the connection of the app with the instance, where one stands. Whoever decides what the cause
/// says appends it beside that event.
pub fn end(
    state: &State,
    app_id: AppId,
    instance: Instance,
    cause: RevocationCause,
) -> Option<ConnectionRevoked> {
    state.standing()?;
    let Instance { tenant_id, environment } = instance;
    Some(ConnectionRevoked { app_id, tenant_id, environment, cause })
}
