//! Commands carried out by the domain's functions, as the service does it: the states of the streams that a decision
//! looks at are loaded, and the events that it answers are folded into them.

mod access;
mod apps;
mod connections;
mod groups;
mod opening;

use std::collections::BTreeSet;

use chancery_domain::{Day, Decision, Event, StreamName, tunneling};

use crate::{
    model::{Command as C, Facts, Pick, Place},
    world::World,
};

use super::numbers;

/// What came of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    Changes,
    Nothing,
    Refused(&'static str),
}

/// The states of all streams.
#[derive(Debug)]
pub struct Domain {
    pub world: World,
    /// Every secret that was generated, after its credential.
    pub shown: BTreeSet<(usize, usize)>,
}

impl Domain {
    pub fn start() -> Self {
        let mut domain = Self { world: World::default(), shown: BTreeSet::new() };
        domain.record(&opening::events(), 0, 0);
        domain
    }

    /// Decides, and remembers the events. `facts` are those before the command, for what the next app, group … will be
    /// called; `fresh` is the number of the credential and the secret that the command brings about.
    pub fn carry_out(&mut self, command: &C, facts: &Facts, fresh: usize) -> Happened {
        let decision = self.decide(command, facts, fresh);
        self.settle(decision, facts.now, fresh)
    }

    /// Records a refused attempt.
    pub fn record_tunneling(
        &mut self,
        organization: usize,
        place: Place,
        now: i64,
        number: usize,
    ) -> Happened {
        let (organization_id, instance) = (numbers::organization(organization), numbers::instance(place));
        let day = Day::of(numbers::at(now));
        let stream =
            StreamName::Tunneling(organization_id, instance.tenant_id, instance.environment.clone(), day);
        let attempt = tunneling::Attempt { organization_id, instance, day };
        self.settle(tunneling::record(attempt, &self.world.attempt(&stream)), now, number)
    }

    fn settle(&mut self, decision: Decision, now: i64, number: usize) -> Happened {
        match decision {
            Err(refusal) => Happened::Refused(refusal.code()),
            Ok(events) if events.is_empty() => Happened::Nothing,
            Ok(events) => {
                self.record(&events, now, number);
                Happened::Changes
            }
        }
    }

    fn record(&mut self, events: &[Event], now: i64, number: usize) {
        let stamp = numbers::stamp(now, number);
        for event in events {
            self.world.record(event, &stamp);
            if let Event::SecretGenerated(generated) = event {
                let credential = numbers::client_number(&generated.client_id);
                self.shown.insert((credential, numbers::secret_number(generated.secret_id)));
            }
        }
    }

    fn decide(&self, command: &C, facts: &Facts, fresh: usize) -> Decision {
        let now = facts.now;
        match command.clone() {
            C::Wait { .. } => Ok(Vec::new()),
            C::PublishCatalog { scopes } => self.publish_catalog(scopes),
            C::RequestAccess => self.request_access(facts.requests.len()),
            C::DecideAccess { request, verdict, reason, tenant } => {
                self.decide_access(request, verdict, reason, tenant, facts.organizations.len())
            }
            C::Review { app, verdict, reason } => self.review(app.number(), verdict, reason),
            C::CreateApp { organization, public, mode, instance, tenants, scopes } => {
                self.create_app(facts.apps.len(), organization, public, mode, instance, &tenants, scopes)
            }
            C::Patch { by, app, name, public, mode } => self.patch(by, app.number(), name, public, mode),
            C::EditScopes { by, app, scopes } => self.edit_scopes(by, app.number(), scopes),
            C::AddTenants { by, app, tenants } => self.add_tenants(by, app.number(), &tenants),
            C::RemoveTenant { by, app, tenant } => self.remove_tenant(by, app.number(), tenant),
            C::RequestReview { by, app } => self.request_review(by, app.number()),
            C::Delete { by, app } => self.delete(by, app.number()),
            C::Consent { at, version, verdict, group } => {
                let group = group.map(Pick::number);
                self.consent(at.pair(), version, verdict, group, fresh)
            }
            C::Upgrade { at, version, verdict } => self.upgrade(at.pair(), version, verdict),
            C::Disable { at } => self.disable(at.pair()),
            C::Restore { at } => self.restore(at.pair()),
            C::Disconnect { at } => self.disconnect(at.pair()),
            C::Generate { side, at, overlap } => self.generate(side, at.pair(), overlap, now, fresh),
            C::RevokeSecret { side, at, secret } => self.revoke_secret(side, at.pair(), secret, now),
            C::CreateNetwork { organization } => self.create_network(facts.networks.len(), organization),
            C::CreateGroup { by, network, environment } => {
                self.create_group(facts.groups.len(), by, network, environment)
            }
            C::AddToGroup { by, group, tenant } => {
                self.add_to_group(by, numbers::whose(facts, group), tenant)
            }
            C::RemoveFromGroup { by, group, tenant } => {
                self.remove_from_group(by, numbers::whose(facts, group), tenant)
            }
            C::Offer { by, group, app } => self.offer(by, numbers::whose(facts, group), app.number()),
            C::GenerateForGroup { by, group, app, overlap } => {
                self.generate_for_group(by, numbers::whose(facts, group), app.number(), overlap, now, fresh)
            }
        }
    }
}
