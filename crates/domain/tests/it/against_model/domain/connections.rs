//! Tenants' admins, and the secrets of a connection.

use chancery_domain::{
    ClientId, Decision, Instance, Overlap, app,
    connection::{self, Through},
    credential, group, listing,
};
use jiff::SignedDuration;

use crate::model::{self, Named, Pair, Verdict};

use super::{super::numbers, Domain};

/// What most decisions about a connection look at.
pub(super) struct Known {
    instance: Instance,
    app: app::State,
    listing: listing::State,
    connection: connection::State,
}

impl Known {
    fn facts(&self) -> connection::Facts<'_> {
        connection::Facts { app: &self.app, listing: &self.listing }
    }

    fn credential_facts(&self) -> credential::Facts<'_> {
        credential::Facts { app: &self.app, listing: &self.listing, connection: &self.connection }
    }
}

impl Domain {
    fn known(&self, (app, place): Pair) -> Known {
        let (app_id, instance) = (numbers::app(app), numbers::instance(place));
        Known {
            app: self.world.app(app_id),
            listing: self.world.listing(app_id, instance.tenant_id),
            connection: self.world.connection(app_id, instance.tenant_id, &instance.environment),
            instance,
        }
    }

    pub(super) fn consent(
        &self,
        pair: Pair,
        version: Named,
        verdict: Verdict,
        group: Option<usize>,
        fresh: usize,
    ) -> Decision {
        let known = self.known(pair);
        let group = group.map(|number| self.world.group(numbers::group(number)));
        let members = group.as_ref().map(|group| self.members(group, pair.0)).unwrap_or_default();
        let facts = connection::ConsentFacts {
            app: &known.app,
            listing: &known.listing,
            tenant: &self.world.tenant(known.instance.tenant_id),
            through: group.as_ref().map(|group| Through { group, members: &members }),
        };
        let (instance, version) = (known.instance.clone(), numbers::version(version.number()));
        match verdict {
            Verdict::Yes => {
                let (client_id, secret) = (numbers::client(fresh), numbers::new_secret(fresh));
                let command = connection::Allow { instance, version, client_id, secret };
                connection::allow(command, &known.connection, &facts)
            }
            Verdict::No => {
                connection::decline(connection::Decline { instance, version }, &known.connection, &facts)
            }
        }
    }

    pub(super) fn upgrade(&self, pair: Pair, version: Named, verdict: Verdict) -> Decision {
        let known = self.known(pair);
        let version = numbers::version(version.number());
        let command = connection::Upgrade { instance: known.instance.clone(), version };
        match verdict {
            Verdict::Yes => connection::upgrade(command, &known.connection, &known.facts()),
            Verdict::No => connection::decline_upgrade(command, &known.connection, &known.facts()),
        }
    }

    pub(super) fn disable(&self, pair: Pair) -> Decision {
        let known = self.known(pair);
        connection::disable(known.instance.clone(), &known.connection, &known.facts())
    }

    pub(super) fn restore(&self, pair: Pair) -> Decision {
        let known = self.known(pair);
        connection::restore(known.instance.clone(), &known.connection, &known.facts())
    }

    pub(super) fn disconnect(&self, pair: Pair) -> Decision {
        let known = self.known(pair);
        connection::disconnect(known.instance.clone(), &known.connection, &known.facts())
    }

    pub(super) fn generate(
        &self,
        by: model::Side,
        pair: Pair,
        overlap: i64,
        now: i64,
        fresh: usize,
    ) -> Decision {
        let known = self.known(pair);
        let command = credential::Generate {
            side: side(by),
            instance: known.instance.clone(),
            secret: numbers::new_secret(fresh),
            overlap: hours(overlap),
            now: numbers::at(now),
        };
        let state = self.credential_of(known.connection.standing().map(|grant| &grant.client_id));
        credential::generate(command, &state, &known.credential_facts())
    }

    pub(super) fn revoke_secret(&self, by: model::Side, pair: Pair, secret: usize, now: i64) -> Decision {
        let known = self.known(pair);
        let command = credential::Revoke {
            side: side(by),
            instance: known.instance.clone(),
            secret_id: numbers::secret(secret),
            now: numbers::at(now),
        };
        let state = self.credential_of(known.connection.standing().map(|grant| &grant.client_id));
        credential::revoke(command, &state, &known.credential_facts())
    }

    pub fn credential_of(&self, client_id: Option<&ClientId>) -> credential::State {
        client_id.map(|client_id| self.world.credential(client_id)).unwrap_or_default()
    }

    /// The connections of the app in the group's environment, of all its tenants.
    pub(super) fn members(&self, group: &group::State, app: usize) -> Vec<connection::State> {
        let Some(group) = group.created() else { return Vec::new() };
        let of = |tenant_id: &_| self.world.connection(numbers::app(app), *tenant_id, &group.environment);
        group.tenants.iter().map(of).collect()
    }
}

fn side(side: model::Side) -> credential::Side {
    match side.developer() {
        Some(number) => credential::Side::Developer(numbers::organization(number)),
        None => credential::Side::TenantAdmin,
    }
}

pub(super) fn hours(overlap: i64) -> Overlap {
    Overlap::new(SignedDuration::from_hours(overlap)).unwrap()
}
