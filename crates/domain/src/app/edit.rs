//! Editing an app's scopes (rules 5 to 7).

use crate::{Decision, OrganizationId, Refusal, ScopeSet, ScopesEdited, catalog};

use super::{Difference, State};

/// Chooses an app's scopes anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditScopes {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    /// All scopes of the version to publish.
    pub scopes: ScopeSet,
}

/// Publishes the next version; the same set publishes nothing (rule 7).
///
/// A scope that the app has may stay after it left the catalog: only what is added must be on offer.
pub fn edit_scopes(command: EditScopes, state: &State, catalog: &catalog::State) -> Decision {
    let app = state.owned_by(command.organization_id)?;
    if command.scopes.is_empty() {
        return Err(Refusal::ScopesMissing);
    }
    let Difference { added, removed } = Difference::between(app.history.scopes(), &command.scopes);
    catalog.offers(&added)?;
    if added.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    let version = app.history.latest().next();
    let edited = ScopesEdited { app_id: app.app_id, version, scopes: command.scopes, added, removed };
    Ok(vec![edited.into()])
}
