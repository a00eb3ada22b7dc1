//! Listings: an app made visible to a tenant (rules 9, 10, 13 and 24). Each has a stream of its own, so that ten
//! thousand of them weigh nothing on an app.

mod remove;

use std::collections::HashSet;

use crate::{
    AppId, CustomerId, Decision, Event, Instance, OrganizationId, Refusal, Stamp, TenantAdded, TenantId,
    Visibility,
    app::{self, App},
    tenant,
};

pub use remove::{Here, RemoveFacts, remove};

/// How many tenants one call may name.
pub const MAX_TENANTS: usize = 1000;

/// Whether the app is listed for the tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    NotListed,
    Listed(Stamp),
}

impl State {
    pub const fn is_listed(&self) -> bool {
        matches!(self, Self::Listed(_))
    }
}

/// Folds one event of the listing's stream.
#[must_use]
pub fn evolve(state: State, event: &Event, stamp: &Stamp) -> State {
    match (state, event) {
        (State::NotListed, Event::TenantAdded(_)) => State::Listed(stamp.clone()),
        (State::Listed(_), Event::TenantRemoved(_)) => State::NotListed,
        (state, _) => state,
    }
}

/// The app as a tenant sees it (rule 13). What it may not see is refused like what does not exist.
///
/// The organization's own integration instance is where a third party's app was created from (rule 2).
pub fn visible<'a>(app: &'a app::State, listing: &State, instance: &Instance) -> Result<&'a App, Refusal> {
    app.live()
        .filter(|_| listing.is_listed())
        .filter(|app| app.audience.lets_tenants_see() || app.instance == *instance)
        .ok_or(Refusal::AppUnknown)
}

/// A tenant to list an app for, with what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    pub tenant_id: TenantId,
    pub tenant: &'a tenant::State,
    pub listing: &'a State,
}

/// What listing looks at.
#[derive(Debug, Clone, Copy)]
pub struct AddFacts<'a> {
    pub app: &'a app::State,
    /// The customers of the tenants that the app is listed for, in any order and number; looked at for private
    /// apps only (rule 10).
    pub listed: &'a [CustomerId],
    pub tenants: &'a [Candidate<'a>],
}

/// Lists the app for tenants, on behalf of the organization that owns it; listing again changes nothing.
/// Developers may list tenants while a review is pending (rule 12).
pub fn add(organization_id: OrganizationId, facts: &AddFacts<'_>) -> Decision {
    let app = facts.app.owned_by(organization_id)?;
    if facts.tenants.is_empty() {
        return Err(Refusal::TenantsMissing);
    }
    list(app.app_id, app.visibility(), facts.listed, facts.tenants)
}

/// One event for each tenant that is not listed yet; all of them or none.
pub(crate) fn list(
    app_id: AppId,
    visibility: Visibility,
    listed: &[CustomerId],
    candidates: &[Candidate<'_>],
) -> Decision {
    if candidates.len() > MAX_TENANTS {
        return Err(Refusal::TooManyTenants);
    }
    let unknown: Vec<_> = candidates
        .iter()
        .filter(|candidate| candidate.tenant.registered().is_none())
        .map(|candidate| candidate.tenant_id)
        .collect();
    if !unknown.is_empty() {
        return Err(Refusal::TenantUnknown { tenant_ids: unknown });
    }
    if visibility == Visibility::Private {
        let added = candidates.iter().filter_map(|candidate| candidate.tenant.registered());
        of_one_customer(listed.iter().chain(added.map(|tenant| &tenant.customer_id)))?;
    }
    let mut seen = HashSet::new();
    Ok(candidates
        .iter()
        .filter(|candidate| !candidate.listing.is_listed() && seen.insert(candidate.tenant_id))
        .map(|candidate| TenantAdded { app_id, tenant_id: candidate.tenant_id }.into())
        .collect())
}

/// Refuses what a private app may not be listed for (rule 10).
pub(crate) fn of_one_customer<'a>(
    customers: impl IntoIterator<Item = &'a CustomerId>,
) -> Result<(), Refusal> {
    let mut customers = customers.into_iter();
    let served = customers.next();
    if customers.all(|customer| Some(customer) == served) { Ok(()) } else { Err(Refusal::SeveralCustomers) }
}
