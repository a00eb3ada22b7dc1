//! Deleting an app (rule 11).

use crate::{AppDeleted, Decision, OrganizationId};

use super::State;

/// Kills the app's key. One event, however many connections end with it: whatever is decided about a connection
/// looks at its app.
pub fn delete(organization_id: OrganizationId, state: &State) -> Decision {
    let app = state.owned_by(organization_id)?;
    Ok(vec![AppDeleted { app_id: app.app_id }.into()])
}
