//! Enterprise Hub (rules 26 and 27).

use super::{
    super::{
        command::By,
        facts::{Facts, Group, Mode, Pair},
        words::{Environment, Place},
    },
    Answer, Expected, Objections, changes_if,
};

impl Facts {
    pub(super) fn create_network(&mut self, organization: usize) -> Answer {
        if self.organizations[organization].lab.is_some() {
            return Err(vec!["networks_for_customers_only"]);
        }
        self.networks.push(organization);
        Ok(Expected::Changes)
    }

    pub(super) fn create_group(&mut self, by: By, network: usize, environment: Environment) -> Answer {
        if self.networks.get(network) != Some(&by.number()) {
            return Err(vec!["network_unknown"]);
        }
        self.groups.push(Group { network, environment });
        Ok(Expected::Changes)
    }

    /// What was offered to the group is offered to the tenant.
    pub(super) fn add_to_group(&mut self, by: By, group: usize, tenant: u64) -> Answer {
        let environment = self.own_group(by, group)?.environment;
        let place = Place { tenant, environment };
        if !self.is_place(place) || self.tenants[&tenant].customer != by.number() {
            return Err(vec!["tenant_unknown"]);
        }
        if self.members.contains(&(group, tenant)) {
            return Ok(Expected::Nothing);
        }
        let apps: Vec<_> = self.offered_to(group).filter(|app| self.live(*app).is_some()).collect();
        for app in apps.iter().copied() {
            self.object_to_listing(app, &[tenant])?;
        }
        self.members.insert((group, tenant));
        for app in apps {
            self.list(app, &[tenant]);
        }
        Ok(Expected::Changes)
    }

    /// The tenant's connections through the group end at once.
    pub(super) fn remove_from_group(&mut self, by: By, group: usize, tenant: u64) -> Answer {
        self.own_group(by, group)?;
        if !self.members.remove(&(group, tenant)) {
            return Err(vec!["tenant_not_in_group"]);
        }
        let through = self.consents.iter().filter(|(_, consent)| consent.group == Some(group));
        let through: Vec<Pair> =
            through.map(|(pair, _)| *pair).filter(|(_, place)| place.tenant == tenant).collect();
        for pair in through {
            self.end(pair);
        }
        Ok(Expected::Changes)
    }

    pub(super) fn offer(&mut self, by: By, group: usize, app: usize) -> Answer {
        self.own_group(by, group)?;
        self.own(by, app)?;
        if self.offers.contains(&(group, app)) {
            return Ok(Expected::Nothing);
        }
        let members: Vec<_> =
            self.members.range((group, 0)..=(group, u64::MAX)).map(|(_, tenant)| *tenant).collect();
        self.object_to_listing(app, &members)?;
        self.offers.insert((group, app));
        self.list(app, &members);
        Ok(changes_if(true))
    }

    pub(super) fn generate_for_group(
        &mut self,
        by: By,
        group: usize,
        app: usize,
        overlap: i64,
        fresh: usize,
    ) -> Answer {
        self.own_group(by, group)?;
        let mode = self.own(by, app)?.mode;
        let shared =
            self.consents.iter().find(|(pair, consent)| pair.0 == app && consent.group == Some(group));
        let shared = shared.map(|(_, consent)| consent.credential);
        let mut objections = Objections::default();
        objections.when(!self.offers.contains(&(group, app)), "app_unknown");
        objections.when(mode == Mode::TenantAdmin, "credentials_managed_by_tenant_admin");
        objections.when(shared.is_none(), "not_connected");
        objections.none()?;
        if let Some(credential) = shared {
            self.rotate(credential, overlap, fresh);
        }
        Ok(Expected::Changes)
    }

    /// Whether the group offers the app to this tenant in this environment.
    pub fn is_offered(&self, group: usize, (app, place): Pair) -> bool {
        self.groups.get(group).is_some_and(|group| group.environment == place.environment)
            && self.members.contains(&(group, place.tenant))
            && self.offers.contains(&(group, app))
    }

    fn own_group(&self, by: By, group: usize) -> Result<Group, Vec<&'static str>> {
        self.groups
            .get(group)
            .copied()
            .filter(|group| self.networks[group.network] == by.number())
            .ok_or_else(|| vec!["group_unknown"])
    }

    fn offered_to(&self, group: usize) -> impl Iterator<Item = usize> + '_ {
        self.offers.range((group, 0)..=(group, usize::MAX)).map(|(_, app)| *app)
    }

    fn object_to_listing(&self, app: usize, tenants: &[u64]) -> Result<(), Vec<&'static str>> {
        let mut objections = Objections::default();
        let all = self.listed_for(app).chain(tenants.iter().copied());
        self.object_to_tenants(&mut objections, self.apps[app].public, all);
        objections.none()
    }
}
