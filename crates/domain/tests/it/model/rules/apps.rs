//! Apps, their versions, their listings and their review (rules 2 to 13).

use std::collections::BTreeSet;

use super::{
    super::{
        command::{By, Verdict},
        facts::{App, Facts, Mode},
        seen::Review,
        words::{Environment, Place, Scopes, day},
    },
    Answer, Expected, Objections, app_unknown, changes_if,
};

impl Facts {
    pub(super) fn create_app(
        &mut self,
        organization: usize,
        public: bool,
        mode: Option<Mode>,
        instance: Option<Place>,
        tenants: &[u64],
        scopes: Scopes,
    ) -> Answer {
        let mut objections = Objections::default();
        let default_mode = if let Some(lab) = self.organizations[organization].lab {
            let own = Place { tenant: lab, environment: Environment::Integration };
            objections.when(instance.is_some_and(|instance| instance != own), "customer_tunneling");
            Mode::Developer
        } else {
            let foreign =
                |place: Place| !self.is_place(place) || self.tenants[&place.tenant].customer != organization;
            objections.when(instance.is_none(), "instance_missing");
            objections.when(instance.is_some_and(foreign), "instance_unknown");
            Mode::TenantAdmin
        };
        objections.when(scopes.is_empty(), "scopes_missing");
        objections.when(!scopes.minus(self.catalog).is_empty(), "scope_unknown");
        self.object_to_tenants(&mut objections, public, tenants.iter().copied());
        objections.none()?;

        let app = self.apps.len();
        self.apps.push(App {
            organization,
            name: 0,
            public,
            mode: mode.unwrap_or(default_mode),
            versions: vec![scopes],
            approved: false,
            rejected: false,
            deleted: false,
        });
        self.list(app, tenants);
        Ok(Expected::Changes)
    }

    /// What a refused creation from a foreign instance leaves behind (rule 2). Says whether it is the day's first.
    pub fn tunneled(&mut self, organization: usize, instance: Place) -> bool {
        self.blocked.insert((organization, instance, day(self.now)))
    }

    pub(super) fn patch(
        &mut self,
        by: By,
        app: usize,
        name: Option<u8>,
        public: Option<bool>,
        mode: Option<Mode>,
    ) -> Answer {
        let before = self.own(by, app)?.clone();
        if public == Some(false) && before.public {
            let mut objections = Objections::default();
            self.object_to_tenants(&mut objections, false, self.listed_for(app));
            objections.none()?;
        }
        let after = &mut self.apps[app];
        after.name = name.unwrap_or(before.name);
        after.public = public.unwrap_or(before.public);
        after.mode = mode.unwrap_or(before.mode);
        // What is made public is submitted.
        after.rejected &= before.public || !after.public;
        let same = (after.name, after.public, after.mode) == (before.name, before.public, before.mode);
        Ok(changes_if(!same))
    }

    /// Only what is added must be in the catalog: a scope that left it stays valid where it is.
    pub(super) fn edit_scopes(&mut self, by: By, app: usize, scopes: Scopes) -> Answer {
        let latest = self.own(by, app)?.scopes(self.apps[app].latest());
        let mut objections = Objections::default();
        objections.when(scopes.is_empty(), "scopes_missing");
        objections.when(!scopes.minus(latest).minus(self.catalog).is_empty(), "scope_unknown");
        objections.none()?;
        if scopes != latest {
            self.apps[app].versions.push(scopes);
        }
        Ok(changes_if(scopes != latest))
    }

    pub(super) fn add_tenants(&mut self, by: By, app: usize, tenants: &[u64]) -> Answer {
        let public = self.own(by, app)?.public;
        let mut objections = Objections::default();
        objections.when(tenants.is_empty(), "tenants_missing");
        let all = self.listed_for(app).chain(tenants.iter().copied());
        self.object_to_tenants(&mut objections, public, all);
        objections.none()?;
        Ok(changes_if(self.list(app, tenants)))
    }

    pub(super) fn remove_tenant(&mut self, by: By, app: usize, tenant: u64) -> Answer {
        self.own(by, app)?;
        if !self.listed.remove(&(app, tenant)) {
            return Err(vec!["tenant_not_listed"]);
        }
        for environment in Environment::BOTH {
            let pair = (app, Place { tenant, environment });
            self.end(pair);
            // How a connection reads that ended, was listed again and was removed again is left open: as revoked.
            self.renewed.remove(&pair);
        }
        Ok(Expected::Changes)
    }

    pub(super) fn request_review(&mut self, by: By, app: usize) -> Answer {
        self.own(by, app)?;
        match self.review(app) {
            Review::NotRequired => Err(vec!["review_not_required"]),
            Review::Approved => Err(vec!["review_decided"]),
            Review::Pending => Ok(Expected::Nothing),
            Review::Rejected => {
                self.apps[app].rejected = false;
                Ok(Expected::Changes)
            }
        }
    }

    pub(super) fn review_app(&mut self, app: usize, verdict: Verdict, reason: bool) -> Answer {
        self.live(app).ok_or_else(app_unknown)?;
        let review = self.review(app);
        let mut objections = Objections::default();
        objections.when(review == Review::NotRequired, "review_not_required");
        objections.when(matches!(review, Review::Approved | Review::Rejected), "review_decided");
        objections.when(verdict == Verdict::No && !reason, "reason_missing");
        objections.none()?;
        match verdict {
            Verdict::Yes => self.apps[app].approved = true,
            Verdict::No => self.apps[app].rejected = true,
        }
        Ok(Expected::Changes)
    }

    pub(super) fn delete(&mut self, by: By, app: usize) -> Answer {
        self.own(by, app)?;
        self.apps[app].deleted = true;
        for pair in self.consents.keys().copied().filter(|pair| pair.0 == app).collect::<Vec<_>>() {
            self.end(pair);
        }
        Ok(Expected::Changes)
    }

    /// The app, if it is this organization's.
    pub(super) fn own(&self, by: By, app: usize) -> Result<&App, Vec<&'static str>> {
        self.live(app).filter(|app| app.organization == by.number()).ok_or_else(app_unknown)
    }

    /// Lists the app. Says whether anything is new.
    pub(super) fn list(&mut self, app: usize, tenants: &[u64]) -> bool {
        let mut new = false;
        for tenant in tenants.iter().copied() {
            if self.listed.insert((app, tenant)) {
                new = true;
                // Rule 24: listing it again starts at `not_connected`.
                for environment in Environment::BOTH {
                    let pair = (app, Place { tenant, environment });
                    if self.ended.contains(&pair) {
                        self.renewed.insert(pair);
                    }
                }
            }
        }
        new
    }

    pub(super) fn listed_for(&self, app: usize) -> impl Iterator<Item = u64> + '_ {
        self.listed.range((app, 0)..=(app, u64::MAX)).map(|(_, tenant)| *tenant)
    }

    /// Rules 9 and 10.
    pub(super) fn object_to_tenants(
        &self,
        objections: &mut Objections,
        public: bool,
        tenants: impl Iterator<Item = u64>,
    ) {
        let (mut unknown, mut customers) = (false, BTreeSet::new());
        for tenant in tenants {
            match self.tenants.get(&tenant) {
                Some(tenant) => _ = customers.insert(tenant.customer),
                None => unknown = true,
            }
        }
        objections.when(unknown, "tenant_unknown");
        objections.when(!public && customers.len() > 1, "several_customers");
    }
}
