//! Connecting a group: an app is offered to its tenants (rule 26).

use crate::{CustomerId, Decision, Event, GroupAppOffered, NetworkId, OrganizationId, Refusal, app, listing};

use super::{MAX_APPS, State};

/// Offers an app to the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// On whose behalf the caller acts.
    pub organization_id: OrganizationId,
    /// Where the caller looks for the group.
    pub network_id: NetworkId,
}

/// What offering looks at.
#[derive(Debug, Clone, Copy)]
pub struct OfferFacts<'a> {
    pub app: &'a app::State,
    /// The apps that the group is offered; looked at where they are as many as it may have.
    pub offered: &'a [app::State],
    /// The customers whose tenants the app is listed for; looked at for private apps only (rule 10).
    pub listed: &'a [CustomerId],
    /// The group's tenants, every one.
    pub members: &'a [listing::Candidate<'a>],
}

/// Offers the app, one of the organization's own, and lists it for those of the group's tenants for whom it is not
/// listed yet; each one's admin decides. Offering it again changes nothing.
pub fn offer(command: Offer, state: &State, facts: &OfferFacts<'_>) -> Decision {
    let group = state.owned_by(command.organization_id, command.network_id)?;
    let app = facts.app.owned_by(command.organization_id)?;
    if group.apps.contains(&app.app_id) {
        return Ok(Vec::new());
    }
    // A deleted app takes no place.
    if group.apps.len() >= MAX_APPS
        && facts.offered.iter().filter(|app| app.live().is_some()).count() >= MAX_APPS
    {
        return Err(Refusal::GroupFull);
    }
    let offered = GroupAppOffered { group_id: group.group_id, app_id: app.app_id };
    let listings = listing::list(app.app_id, app.visibility(), facts.listed, facts.members)?;
    Ok([offered.into()].into_iter().chain(listings).collect::<Vec<Event>>())
}
