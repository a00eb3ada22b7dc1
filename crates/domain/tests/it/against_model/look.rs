//! What can be seen of the domain's states.

use chancery_domain::{
    CredentialManagement, Day, Environment, Instance, StreamName, TenantId, Visibility, access, app,
    connection, connection::Status, credential::Credential, listing,
};

use crate::model::{
    Facts, LastDecline, Mode, Place, Review, Seen, SeenApp, SeenConnection, SeenGrant, SeenGroup, SeenSecret,
    Standing,
};

use super::{domain::Domain, numbers};

impl Domain {
    /// What is there of what the model knows, in the same order. What the model leaves open is left open here.
    pub fn see(&self, facts: &Facts, expected: &Seen) -> Seen {
        Seen {
            catalog: self.world.catalog.published().map_or_else(Default::default, |catalog| {
                crate::model::Scopes::of(catalog.scopes.iter().map(|scope| scope.scope.as_str()))
            }),
            organizations: (0..expected.organizations.len()).map(|number| self.see_lab(number)).collect(),
            requests: (0..expected.requests.len()).map(|number| self.see_request(number)).collect(),
            apps: (0..expected.apps.len()).map(|number| self.see_app(number, facts)).collect(),
            connections: expected
                .connections
                .iter()
                .map(|((app, place), expected)| {
                    ((*app, *place), self.see_connection(*app, *place, facts.now, expected))
                })
                .collect(),
            shown: self.shown.clone(),
            networks: (0..expected.networks.len()).map(|number| self.see_network(number)).collect(),
            groups: (0..expected.groups.len()).map(|number| self.see_group(number, expected)).collect(),
            blocked: expected.blocked.iter().copied().filter(|attempt| self.is_blocked(attempt)).collect(),
        }
    }

    fn see_lab(&self, number: usize) -> Option<u64> {
        let organization = self.world.organization(numbers::organization(number));
        let organization = organization.registered().expect("an organization that is registered");
        organization.integration_instance().map(|instance| instance.tenant_id.get())
    }

    fn see_request(&self, number: usize) -> Option<bool> {
        let request = self.world.request(numbers::request(number));
        let (_, outcome) = request.requested().expect("a request");
        outcome.map(|outcome| matches!(outcome, access::Outcome::Approved { .. }))
    }

    fn see_app(&self, number: usize, facts: &Facts) -> SeenApp {
        let state = self.world.app(numbers::app(number));
        let (app, deleted) = state.known().expect("an app that was created");
        let listing = |tenant: u64| self.world.listing(app.app_id, numbers::tenant(tenant));
        let tenants = || facts.tenants.keys().copied().filter(|_| deleted.is_none());
        let is_visible = |tenant: &u64| {
            let instance =
                Instance { tenant_id: numbers::tenant(*tenant), environment: Environment::integration() };
            listing::visible(&state, &listing(*tenant), &instance).is_ok()
        };
        SeenApp {
            organization: numbers::organization_number(app.organization_id),
            name: app
                .name
                .as_str()
                .strip_prefix("App ")
                .and_then(|label| label.parse().ok())
                .expect("a label"),
            public: app.visibility() == Visibility::Public,
            mode: match app.credential_management {
                CredentialManagement::Developer => Mode::Developer,
                CredentialManagement::TenantAdmin => Mode::TenantAdmin,
            },
            review: review(app.review()),
            deleted: deleted.is_some(),
            versions: app.history.versions().map(|version| numbers::scopes(&version.scopes)).collect(),
            listed: tenants().filter(|tenant| listing(*tenant).is_listed()).collect(),
            visible: tenants().filter(is_visible).collect(),
        }
    }

    fn see_connection(
        &self,
        app: usize,
        place: Place,
        now: i64,
        expected: &SeenConnection,
    ) -> SeenConnection {
        let (app_id, instance) = (numbers::app(app), numbers::instance(place));
        let app = self.world.app(app_id);
        let state = self.world.connection(app_id, instance.tenant_id, &instance.environment);
        let listing = self.world.listing(app_id, instance.tenant_id);
        let declined = match (expected.declined, state.declined()) {
            (LastDecline::Open, _) => LastDecline::Open,
            (_, None) => LastDecline::None,
            (_, Some(declined)) => LastDecline::Version(declined.version.get()),
        };
        SeenConnection {
            standing: match state.status(&app, &listing) {
                Status::NotConnected => Standing::NotConnected,
                Status::Connected => Standing::Connected,
                Status::Disabled => Standing::Disabled,
                Status::Revoked => Standing::Revoked,
            },
            declined,
            grant: app
                .live()
                .zip(state.standing())
                .map(|(app, grant)| self.see_grant(app, &state, grant, now)),
        }
    }

    fn see_grant(
        &self,
        app: &app::App,
        state: &connection::State,
        grant: &connection::Grant,
        now: i64,
    ) -> SeenGrant {
        let offer = app.history.offer(grant.granted);
        let offered = state.connected().is_some() && grant.granted != app.history.latest();
        let declined = state.declined().is_some_and(|declined| declined.version == app.history.latest());
        let credential = self.credential_of(Some(&grant.client_id));
        SeenGrant {
            version: grant.granted.get(),
            scopes: numbers::scopes(
                &app.history.scopes_at(grant.granted).expect("a version that was published"),
            ),
            offer: offered
                .then(|| (numbers::scopes(&offer.added), numbers::scopes(&offer.removed), declined)),
            credential: numbers::client_number(&grant.client_id),
            group: grant.group_id.map(numbers::group_number),
            secrets: credential.issued().map(|credential| secrets(credential, now)).unwrap_or_default(),
        }
    }

    fn see_network(&self, number: usize) -> usize {
        let network = self.world.network(numbers::network(number));
        numbers::organization_number(network.created().expect("a network").organization_id)
    }

    fn see_group(&self, number: usize, expected: &Seen) -> SeenGroup {
        let group = self.world.group(numbers::group(number));
        let group = group.created().expect("a group");
        let networks = 0..expected.networks.len();
        SeenGroup {
            network: networks
                .into_iter()
                .find(|number| numbers::network(*number) == group.network_id)
                .unwrap(),
            tenants: group.tenants.iter().map(|id| TenantId::get(*id)).collect(),
            apps: group.apps.iter().map(|id| numbers::app_number(*id)).collect(),
        }
    }

    fn is_blocked(&self, (organization, place, day): &(usize, Place, i64)) -> bool {
        let day = Day::of(numbers::at(day * 24));
        let Instance { tenant_id, environment } = numbers::instance(*place);
        let stream = StreamName::Tunneling(numbers::organization(*organization), tenant_id, environment, day);
        self.world.attempt(&stream) != chancery_domain::tunneling::State::default()
    }
}

const fn review(review: &app::Review) -> Review {
    match review {
        app::Review::NotRequired => Review::NotRequired,
        app::Review::Pending => Review::Pending,
        app::Review::Approved(_) => Review::Approved,
        app::Review::Rejected(_) => Review::Rejected,
    }
}

/// Those that are live, the oldest first.
fn secrets(credential: &Credential, now: i64) -> Vec<SeenSecret> {
    let now = numbers::at(now);
    let retiring = credential.retiring_at(now).map(|retiring| SeenSecret {
        number: numbers::secret_number(retiring.secret.secret_id),
        end: Some(numbers::hour(retiring.retires_at)),
    });
    let mut secrets: Vec<_> = retiring.into_iter().collect();
    let current = credential.current.iter();
    secrets.extend(
        current.map(|secret| SeenSecret { number: numbers::secret_number(secret.secret_id), end: None }),
    );
    let live = credential.live_at(now).map(|secret| numbers::secret_number(secret.secret_id));
    assert_eq!(
        live.collect::<Vec<_>>(),
        secrets.iter().rev().map(|secret| secret.number).collect::<Vec<_>>(),
        "what is live is what is told"
    );
    secrets
}
