//! Which one a random command is about.

use super::{
    command::{At, By, Command, NEWEST, Named, Pick, Side},
    facts::{App, Facts, Mode, Pair},
    seen::Review,
    words::{Environment, Place},
};

impl Command {
    /// The command as it is given in this moment.
    #[must_use]
    pub fn resolved(mut self, facts: &Facts) -> Self {
        match &mut self {
            Self::Wait { .. } | Self::PublishCatalog { .. } | Self::RequestAccess => {}
            Self::DecideAccess { request, .. } => wrap(request, facts.requests.len()),
            Self::Review { app, .. } => {
                facts.pick(app, |number, _| facts.review(number) == Review::Pending);
            }
            Self::RequestReview { by, app } => {
                let app = facts.pick(app, |number, _| facts.review(number) == Review::Rejected);
                facts.owner_of_app(by, app);
            }
            Self::EditScopes { by, app, .. } => {
                let app = facts.pick(app, |number, _| facts.consents.keys().any(|pair| pair.0 == number));
                facts.owner_of_app(by, app);
            }
            Self::Patch { by, app, .. }
            | Self::AddTenants { by, app, .. }
            | Self::RemoveTenant { by, app, .. }
            | Self::Delete { by, app } => {
                let app = facts.pick(app, |_, _| true);
                facts.owner_of_app(by, app);
            }
            Self::Consent { at, version, group, .. } => {
                let pair = facts.find(at);
                facts.name(version, pair.0);
                if let Some(group) = group {
                    facts.pick_group(group, pair);
                }
            }
            Self::Upgrade { at, version, .. } => {
                let pair = facts.find(at);
                facts.name(version, pair.0);
            }
            Self::Disable { at } | Self::Restore { at } | Self::Disconnect { at } => _ = facts.find(at),
            Self::Generate { side, at, .. } => {
                let pair = facts.find(at);
                facts.take_side(side, pair.0);
            }
            Self::RevokeSecret { side, at, secret } => {
                let pair = facts.find(at);
                facts.take_side(side, pair.0);
                *secret = facts.secret(pair, *secret);
            }
            Self::CreateApp { organization, .. } | Self::CreateNetwork { organization } => {
                wrap(organization, facts.organizations.len());
            }
            Self::CreateGroup { by, network, .. } => {
                wrap(network, facts.networks.len());
                facts.on_behalf(by, facts.networks.get(*network).copied());
            }
            Self::AddToGroup { by, group, .. } | Self::RemoveFromGroup { by, group, .. } => {
                wrap(group, facts.groups.len());
                facts.owner_of_group(by, *group);
            }
            Self::Offer { by, group, app } | Self::GenerateForGroup { by, group, app, .. } => {
                wrap(group, facts.groups.len());
                facts.owner_of_group(by, *group);
                facts.pick(app, |_, app| app.organization == by.number());
            }
        }
        self
    }
}

fn wrap(number: &mut usize, count: usize) {
    match (*number, count) {
        (NEWEST, 0) => *number = 0,
        (_, 0) => {}
        (NEWEST, _) => *number = count - 1,
        _ => *number %= count,
    }
}

impl Facts {
    /// An app that fits, if there is one, else any.
    fn pick(&self, pick: &mut Pick, fits: impl Fn(usize, &App) -> bool) -> usize {
        let mut number = match *pick {
            Pick::Fitting(number) | Pick::Any(number) | Pick::Number(number) => number,
        };
        let of_all = |(number, _): (usize, &App)| number;
        let fitting: Vec<_> = match pick {
            Pick::Fitting(_) => self
                .apps
                .iter()
                .enumerate()
                .filter(|(number, app)| !app.deleted && fits(*number, app))
                .map(of_all)
                .collect(),
            Pick::Any(_) | Pick::Number(_) => Vec::new(),
        };
        if fitting.is_empty() {
            wrap(&mut number, self.apps.len());
        } else {
            wrap(&mut number, fitting.len());
            number = fitting[number];
        }
        *pick = Pick::Number(number);
        number
    }

    /// A group that offers the app there, if there is one, else any.
    fn pick_group(&self, pick: &mut Pick, pair: Pair) {
        let mut number = match *pick {
            Pick::Fitting(number) | Pick::Any(number) | Pick::Number(number) => number,
        };
        let fits = |group: &usize| matches!(pick, Pick::Fitting(_)) && self.is_offered(*group, pair);
        let fitting: Vec<_> = (0..self.groups.len()).filter(fits).collect();
        if fitting.is_empty() {
            wrap(&mut number, self.groups.len());
        } else {
            number = fitting[number % fitting.len()];
        }
        *pick = Pick::Number(number);
    }

    /// A pair of this sort, if there is one, else the first app at the first tenant.
    fn find(&self, at: &mut At) -> Pair {
        let live = |pair: &Pair| self.live(pair.0).is_some();
        let (pairs, number): (Vec<Pair>, usize) = match *at {
            At::Pair(pair) => (vec![pair], 0),
            At::Anywhere(mut app, place) => {
                wrap(&mut app, self.apps.len());
                (vec![(app, place)], 0)
            }
            At::Standing(number) => (self.consents.keys().copied().collect(), number),
            At::Listed(number) => {
                let at = |(app, tenant): &(usize, u64)| {
                    let (app, tenant) = (*app, *tenant);
                    Environment::BOTH.map(|environment| (app, Place { tenant, environment }))
                };
                (
                    self.listed
                        .iter()
                        .flat_map(at)
                        .filter(|pair| self.is_place(pair.1))
                        .filter(live)
                        .collect(),
                    number,
                )
            }
            At::Offered(number) => {
                let to = |(group, app): &(usize, usize)| {
                    let (app, environment) = (*app, self.groups[*group].environment);
                    self.members_of(*group).map(move |tenant| (app, Place { tenant, environment }))
                };
                (self.offers.iter().flat_map(to).filter(live).collect(), number)
            }
        };
        let nowhere = (0, Place { tenant: 10, environment: Environment::Production });
        let pair = if pairs.is_empty() { nowhere } else { pairs[number % pairs.len()] };
        *at = At::Pair(pair);
        pair
    }

    /// The secret of a connection that the number stands for; where there is none, one that is nobody's.
    fn secret(&self, pair: Pair, number: usize) -> usize {
        let secrets = self.consents.get(&pair).and_then(|consent| self.secrets.get(&consent.credential));
        secrets.and_then(|secrets| secrets.get(number)).map_or(usize::MAX, |secret| secret.number)
    }

    fn name(&self, version: &mut Named, app: usize) {
        if *version == Named::Latest {
            *version = Named::Number(self.apps.get(app).map_or(1, App::latest));
        }
    }

    fn take_side(&self, side: &mut Side, app: usize) {
        match side {
            Side::Managing if self.apps.get(app).is_some_and(|app| app.mode == Mode::TenantAdmin) => {
                *side = Side::TenantAdmin;
            }
            Side::Managing => {
                let mut by = By::Owner;
                self.owner_of_app(&mut by, app);
                *side = Side::Developer(by);
            }
            Side::Developer(by) => self.owner_of_app(by, app),
            Side::TenantAdmin => {}
        }
    }

    fn owner_of_app(&self, by: &mut By, app: usize) {
        self.on_behalf(by, self.apps.get(app).map(|app| app.organization));
    }

    fn owner_of_group(&self, by: &mut By, group: usize) {
        self.on_behalf(by, self.groups.get(group).map(|group| self.networks[group.network]));
    }

    fn on_behalf(&self, by: &mut By, owner: Option<usize>) {
        let number = match *by {
            By::Owner => owner.unwrap_or_default(),
            By::Organization(number) => number % self.organizations.len(),
        };
        *by = By::Organization(number);
    }
}
