//! What tenants' admins decide, and the secrets of it.

use chancery_wire::{Event, v1};

use super::{Story, app_id, tenant_id};
use crate::events::{
    at, connected, declined, disabled, disconnected, id, restored, revoked, secret, secret_revoked,
    upgrade_declined, upgraded,
};

/// A consent that stands.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) granted: i64,
    pub(super) disabled: bool,
    pub(super) client_id: String,
    pub(super) group: Option<usize>,
}

/// App, tenant, environment.
type Key = (usize, usize, &'static str);

impl Story {
    pub(super) fn decide(&mut self, listing: usize, environment: usize, allow: bool) -> Option<Vec<Event>> {
        let (app, tenant) = *self.listings.iter().nth(listing.checked_rem(self.listings.len())?)?;
        let environment = self.tenants[tenant][environment % self.tenants[tenant].len()];
        let version = self.apps[app]?;
        if self.standing.contains_key(&(app, tenant, environment)) {
            return None;
        }
        if !allow {
            return Some(vec![declined(app_id(app), tenant_id(tenant), environment, version)]);
        }
        self.credentials += 1;
        let client_id = format!("cid.{}", self.credentials);
        let standing =
            Standing { granted: version, disabled: false, client_id: client_id.clone(), group: None };
        self.standing.insert((app, tenant, environment), standing);
        let consent = connected(app_id(app), tenant_id(tenant), environment, version);
        Some(vec![v1::TenantConnected { client_id, ..consent }.into()])
    }

    pub(super) fn upgrade(&mut self, pick: usize, accept: bool) -> Option<Vec<Event>> {
        let key @ (app, tenant, environment) = self.picked(pick)?;
        let latest = self.apps[app]?;
        let standing = self.standing.get_mut(&key)?;
        let from = standing.granted;
        if standing.disabled || from == latest {
            return None;
        }
        if !accept {
            return Some(vec![upgrade_declined(app_id(app), tenant_id(tenant), environment, from, latest)]);
        }
        standing.granted = latest;
        Some(vec![upgraded(app_id(app), tenant_id(tenant), environment, from, latest)])
    }

    pub(super) fn turn(&mut self, pick: usize) -> Option<Vec<Event>> {
        let key @ (app, tenant, environment) = self.picked(pick)?;
        let standing = self.standing.get_mut(&key)?;
        standing.disabled = !standing.disabled;
        let event = if standing.disabled { disabled } else { restored };
        Some(vec![event(app_id(app), tenant_id(tenant), environment)])
    }

    pub(super) fn disconnect(&mut self, pick: usize) -> Option<Vec<Event>> {
        let key @ (app, tenant, environment) = self.picked(pick)?;
        self.standing.remove(&key)?;
        Some(vec![disconnected(app_id(app), tenant_id(tenant), environment)])
    }

    pub(super) fn secret(&mut self, pick: usize) -> Option<Vec<Event>> {
        let key @ (app, tenant, environment) = self.picked(pick)?;
        let (client_id, group) = (self.standing[&key].client_id.clone(), self.standing[&key].group);
        self.secrets += 1;
        let previous = self.last_secrets.get(&client_id).map(|previous| previous.secret_id.clone());
        let generated = v1::SecretGenerated {
            previous_retires_at: previous.as_ref().map(|_| at(4_000_000_000)),
            previous_secret_id: previous.unwrap_or_default(),
            client_id: client_id.clone(),
            tenant_id: if group.is_some() { 0 } else { tenant_id(tenant) },
            group_id: group.map(|group| id(Self::group_id(group)).to_string()).unwrap_or_default(),
            ..secret(app_id(app), tenant_id(tenant), environment, self.secrets)
        };
        self.last_secrets.insert(client_id, generated.clone());
        Some(vec![generated.into()])
    }

    pub(super) fn revoke_secret(&mut self, pick: usize) -> Option<Vec<Event>> {
        let index = pick.checked_rem(self.last_secrets.len())?;
        let client_id = self.last_secrets.keys().nth(index)?.clone();
        Some(vec![secret_revoked(&self.last_secrets.remove(&client_id)?)])
    }

    /// Ends what stands and is `ended`.
    pub(super) fn end(
        &mut self,
        cause: v1::RevocationCause,
        ended: impl Fn(&Key, &Standing) -> bool,
    ) -> Vec<Event> {
        let ended: Vec<_> = self.standing.extract_if(.., |key, standing| ended(key, standing)).collect();
        let event = |((app, tenant, environment), _): (Key, Standing)| {
            revoked(app_id(app), tenant_id(tenant), environment, cause)
        };
        ended.into_iter().map(event).collect()
    }

    fn picked(&self, pick: usize) -> Option<Key> {
        self.standing.keys().nth(pick.checked_rem(self.standing.len())?).copied()
    }
}
