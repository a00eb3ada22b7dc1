//! Networks and groups, and what tenants consent to through them.

use std::collections::BTreeSet;

use chancery_wire::{Event, v1};

use super::{Story, app_id, connections::Standing, tenant_id};
use crate::events::{
    connected_through, group_app_offered, group_created, group_tenant_added, group_tenant_removed,
    network_created, shared_client_id, tenant_added,
};

/// A group in production.
#[derive(Debug, Default)]
pub(super) struct Group {
    tenants: BTreeSet<usize>,
    apps: BTreeSet<usize>,
}

impl Story {
    pub(super) fn group_id(index: usize) -> u128 {
        8_000 + index as u128
    }

    pub(super) fn network(&mut self) -> Event {
        self.networks += 1;
        network_created(7_000 + self.networks, 1_000).into()
    }

    pub(super) fn group(&mut self, pick: usize) -> Option<Vec<Event>> {
        let network = u128::try_from(pick).ok()?.checked_rem(self.networks)? + 1;
        self.groups.push(Group::default());
        Some(vec![group_created(Self::group_id(self.groups.len() - 1), 7_000 + network).into()])
    }

    pub(super) fn join(&mut self, group: usize, tenant: usize) -> Option<Vec<Event>> {
        let (group, tenant) =
            (group.checked_rem(self.groups.len())?, tenant.checked_rem(self.tenants.len())?);
        if !self.tenants[tenant].contains(&"production") || !self.groups[group].tenants.insert(tenant) {
            return None;
        }
        let mut events = vec![group_tenant_added(Self::group_id(group), tenant_id(tenant))];
        for app in self.groups[group].apps.clone() {
            events.extend(self.listed(app, tenant));
        }
        Some(events)
    }

    pub(super) fn leave(&mut self, group: usize, member: usize) -> Option<Vec<Event>> {
        let group = group.checked_rem(self.groups.len())?;
        let members = &mut self.groups[group].tenants;
        let tenant = *members.iter().nth(member.checked_rem(members.len())?)?;
        members.remove(&tenant);
        let mut events = vec![group_tenant_removed(Self::group_id(group), tenant_id(tenant))];
        events.extend(self.end(v1::RevocationCause::GroupTenantRemoved, |at, standing| {
            at.1 == tenant && standing.group == Some(group)
        }));
        Some(events)
    }

    pub(super) fn offer(&mut self, group: usize, app: usize) -> Option<Vec<Event>> {
        let (group, app) = (group.checked_rem(self.groups.len())?, app.checked_rem(self.apps.len())?);
        self.apps[app]?;
        if !self.groups[group].apps.insert(app) {
            return None;
        }
        let mut events = vec![group_app_offered(Self::group_id(group), app_id(app))];
        for tenant in self.groups[group].tenants.clone() {
            events.extend(self.listed(app, tenant));
        }
        Some(events)
    }

    /// Two that consent share one client id.
    pub(super) fn connect_through(&mut self, group: usize, member: usize) -> Option<Vec<Event>> {
        let index = group.checked_rem(self.groups.len())?;
        let group = &self.groups[index];
        let tenant = *group.tenants.iter().nth(member.checked_rem(group.tenants.len())?)?;
        let app = *group.apps.iter().nth(member.checked_rem(group.apps.len())?)?;
        let version = self.apps[app]?;
        let key = (app, tenant, "production");
        if !self.listings.contains(&(app, tenant)) || self.standing.contains_key(&key) {
            return None;
        }
        let client_id = shared_client_id(Self::group_id(index), app_id(app));
        let standing = Standing { granted: version, disabled: false, client_id, group: Some(index) };
        self.standing.insert(key, standing);
        Some(vec![connected_through(Self::group_id(index), app_id(app), tenant_id(tenant), version).into()])
    }

    fn listed(&mut self, app: usize, tenant: usize) -> Option<Event> {
        let new = self.apps[app].is_some() && self.listings.insert((app, tenant));
        new.then(|| tenant_added(app_id(app), tenant_id(tenant)))
    }
}
