//! What the views answer, and what the log says when it is folded again.

use std::collections::BTreeSet;

use jiff::{RoundMode, Timestamp, TimestampDifference, Unit};
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use crate::{
    call::Call,
    cast::Bearer,
    model::{
        Facts, LastDecline, Mode, Pair, Place, Review, STRANGER, Scopes, Seen, SeenApp, SeenConnection,
        SeenGrant, SeenGroup, SeenSecret, Standing, difference,
    },
};

use super::{names::environment, stage::Stage};

/// Where an answer comes from.
#[derive(Debug, Clone, Copy)]
enum From {
    /// The views, as the owner asks them.
    Views,
    /// The log, folded, as an auditor asks.
    Log,
}

impl Stage<'_> {
    /// Compares everything that can be seen with the model.
    pub(super) fn compare(&self, facts: &Facts) -> Result<(), TestCaseError> {
        let expected = facts.see();
        // The past is folded for every answer, so not every sequence asks for it.
        let asks_the_past = self.names.tenants_from / 100 % 4 == 1;
        let all: &[From] = if asks_the_past { &[From::Views, From::Log] } else { &[From::Views] };
        for &from in all {
            let seen = self.see(facts, &expected, from);
            if seen != expected {
                let difference = difference(&seen, &expected);
                return Err(TestCaseError::fail(format!("{from:?}: {difference}")));
            }
        }
        self.compare_tenants_pages(facts)?;
        if asks_the_past { self.compare_explanations(facts) } else { Ok(()) }
    }

    fn see(&self, facts: &Facts, expected: &Seen, from: From) -> Seen {
        Seen {
            catalog: self.see_catalog(),
            organizations: expected.organizations.clone(),
            requests: self.see_requests(),
            apps: (0..expected.apps.len())
                .map(|number| self.see_app(number, &expected.apps[number], facts, from))
                .collect(),
            connections: self.see_connections(expected, facts, from),
            // Told once, in the answers.
            shown: expected.shown.clone(),
            networks: (0..expected.networks.len()).map(|number| self.see_network(number, facts)).collect(),
            groups: (0..expected.groups.len()).map(|number| self.see_group(number, facts)).collect(),
            blocked: self.see_blocked(expected),
        }
    }

    /// Reads what reflects everything up to now.
    fn read(&self, path: &str, bearer: &Bearer) -> Option<Value> {
        let reply = self.system.server.send(&Call::get(path).by(bearer).at_least(self.head));
        (reply.status != 404).then(|| reply.expect(200).json())
    }

    /// Reads all pages of a list.
    fn list(&self, path: &str, bearer: &Bearer) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let separator = if path.contains('?') { '&' } else { '?' };
            let page = self.read(&format!("{path}{separator}limit=100{cursor}"), bearer).expect("a list");
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    fn see_catalog(&self) -> Scopes {
        let catalog = self.read("/v1/scope-catalog", &self.system.reviewer).expect("a catalog");
        Scopes::of(catalog["scopes"].as_array().unwrap().iter().map(|scope| scope["scope"].as_str().unwrap()))
    }

    fn see_requests(&self) -> Vec<Option<bool>> {
        let all = self.list("/v1/access-requests", &self.system.reviewer);
        let state = |id: &String| {
            let request = all.iter().find(|request| request["request_id"] == **id).expect("a request");
            match request["state"].as_str() {
                Some("approved") => Some(true),
                Some("rejected") => Some(false),
                _ => None,
            }
        };
        self.names.requests.iter().map(state).collect()
    }

    fn see_app(&self, number: usize, expected: &SeenApp, facts: &Facts, from: From) -> SeenApp {
        let owner = self.names.developer(facts.apps[number].organization);
        let path = format!("/v1/apps/{}", self.names.app(number));
        let app = match from {
            From::Views => self.read(&path, owner),
            From::Log => self.read(&format!("{path}?at={}", self.head), &self.system.auditor),
        };
        let app = app.expect("an app");
        let deleted = !app["deleted_at"].is_null();
        let is_organizations =
            |organization: &super::names::Organization| app["organization_id"] == *organization.id;
        let versions = match from {
            From::Views if !deleted => self.list(&format!("{path}/versions"), owner),
            // A deleted app's are not shown, and an auditor is shown the latest.
            _ => Vec::new(),
        };
        let versions = match versions.len() {
            0 => {
                assert_eq!(app["version"], expected.versions.len(), "{app}");
                assert_eq!(Some(&scopes(&app["scopes"])), expected.versions.last(), "{app}");
                expected.versions.clone()
            }
            // The newest is told first.
            _ => versions.iter().rev().map(|version| scopes(&version["scopes"])).collect(),
        };
        let count = app["tenant_count"].as_u64().unwrap_or_default();
        SeenApp {
            organization: self
                .names
                .organizations
                .iter()
                .position(is_organizations)
                .expect("an organization"),
            name: app["name"].as_str().unwrap().strip_prefix("App ").unwrap().parse().unwrap(),
            public: app["visibility"] == "public",
            mode: if app["credential_management"] == "developer" {
                Mode::Developer
            } else {
                Mode::TenantAdmin
            },
            review: match app["review"].as_str().unwrap() {
                "pending" => Review::Pending,
                "approved" => Review::Approved,
                "rejected" => Review::Rejected,
                _ => Review::NotRequired,
            },
            deleted,
            versions,
            // A number is told, and which they are in the tenants' pages.
            listed: match from {
                From::Views if !deleted && count != expected.listed.len() as u64 => [count].into(),
                _ => expected.listed.clone(),
            },
            visible: expected.visible.clone(),
        }
    }

    /// Every tenant's page shows the apps that the tenant sees, each with the connection that its developer is shown.
    fn compare_tenants_pages(&self, facts: &Facts) -> Result<(), TestCaseError> {
        for place in facts.places() {
            let items = self.list(&format!("{}/apps", self.names.at_tenant(place)), &self.admin);
            let shown: BTreeSet<_> =
                items.iter().map(|item| item["app_id"].as_str().unwrap().to_owned()).collect();
            let expected: BTreeSet<_> = (0..facts.apps.len())
                .filter(|app| facts.is_visible(*app, place) || facts.consents.contains_key(&(*app, place)))
                .map(|app| self.names.app(app))
                .collect();
            if shown != expected {
                return Err(TestCaseError::fail(format!(
                    "{place:?} sees {shown:?}, but the model says {expected:?}"
                )));
            }
            for item in items {
                let app = self.names.apps.iter().position(|id| item["app_id"] == **id).expect("an app");
                let pair = (app, place);
                let of_developer =
                    self.read(&self.names.of_app(pair), self.names.developer(facts.apps[app].organization));
                if of_developer.as_ref() != Some(&item["connection"]) {
                    let told = &item["connection"];
                    return Err(TestCaseError::fail(format!(
                        "{place:?} is told {told}, its developer {of_developer:?}"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Where an app lives, its page of connections tells all at once.
    fn see_connections(&self, expected: &Seen, facts: &Facts, from: From) -> Vec<(Pair, SeenConnection)> {
        let page = |app: usize| match from {
            From::Views if facts.live(app).is_some() => {
                let path = format!("/v1/apps/{}/connections", self.names.app(app));
                Some(self.list(&path, self.names.developer(facts.apps[app].organization)))
            }
            _ => None,
        };
        let pages: Vec<_> = (0..facts.apps.len()).map(page).collect();
        let see = |(pair, expected): &(Pair, SeenConnection)| {
            let page = pages[pair.0].as_deref().unwrap_or_default();
            let on_page = page.iter().find(|connection| self.is_at(connection, pair.1)).cloned();
            let listed = facts.listed.contains(&(pair.0, pair.1.tenant));
            assert!(
                on_page.is_some() || !listed || pages[pair.0].is_none(),
                "{pair:?} is not on its app's page"
            );
            // A page leaves out where the app is listed no more.
            let connection = on_page.or_else(|| self.read_connection(*pair, facts, from));
            (*pair, self.see_connection(connection, expected, facts))
        };
        expected.connections.iter().map(see).collect()
    }

    fn is_at(&self, connection: &Value, place: Place) -> bool {
        connection["tenant_id"] == self.names.tenant(place.tenant)
            && connection["environment"] == place.environment.as_str()
    }

    fn read_connection(&self, pair: Pair, facts: &Facts, from: From) -> Option<Value> {
        let path = self.names.of_app(pair);
        match from {
            From::Views => self.read(&path, self.names.developer(facts.apps[pair.0].organization)),
            From::Log => self.read(&format!("{path}?at={}", self.head), &self.system.auditor),
        }
    }

    fn see_connection(
        &self,
        connection: Option<Value>,
        expected: &SeenConnection,
        facts: &Facts,
    ) -> SeenConnection {
        let Some(connection) = connection else {
            // The views forget a decline where the app is listed no more and nothing was connected; the log does not.
            return SeenConnection {
                standing: Standing::NotConnected,
                declined: expected.declined,
                grant: None,
            };
        };
        let standing = match connection["state"].as_str().unwrap() {
            "connected" => Standing::Connected,
            "disabled" => Standing::Disabled,
            "revoked" => Standing::Revoked,
            _ => Standing::NotConnected,
        };
        let declined = match (expected.declined, connection["declined"]["version"].as_u64()) {
            (LastDecline::Open, _) => LastDecline::Open,
            (_, None) => LastDecline::None,
            (_, Some(version)) => LastDecline::Version(version),
        };
        let stands = matches!(standing, Standing::Connected | Standing::Disabled);
        SeenConnection { standing, declined, grant: stands.then(|| self.see_grant(&connection, facts)) }
    }

    fn see_grant(&self, connection: &Value, facts: &Facts) -> SeenGrant {
        let upgrade = &connection["upgrade"];
        let offered = connection["state"] == "connected" && !upgrade.is_null();
        let client = connection["client_id"].as_str().unwrap();
        let group = connection["group_id"].as_str();
        let mut secrets: Vec<_> = connection["secrets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|secret| self.see_secret(secret, facts))
            .collect();
        secrets.sort_by_key(|secret| secret.number);
        SeenGrant {
            version: connection["granted_version"].as_u64().unwrap(),
            scopes: scopes(&connection["scopes"]),
            offer: offered.then(|| {
                (scopes(&upgrade["added"]), scopes(&upgrade["removed"]), upgrade["declined"] == true)
            }),
            credential: self.names.clients.get(client).copied().unwrap_or(usize::MAX),
            group: group.map(|id| self.names.groups.iter().position(|known| known == id).expect("a group")),
            secrets,
        }
    }

    /// Ends are told to the hour: a sequence takes seconds.
    fn see_secret(&self, secret: &Value, facts: &Facts) -> SeenSecret {
        let end = secret["retires_at"].as_str().map(|text| {
            let end: Timestamp = text.parse().unwrap();
            let to_the_hour = TimestampDifference::new(end).smallest(Unit::Hour).mode(RoundMode::HalfExpand);
            facts.now + i64::from(self.began.until(to_the_hour).unwrap().get_hours())
        });
        let id = secret["secret_id"].as_str().unwrap();
        SeenSecret { number: self.names.secrets.get(id).copied().unwrap_or(usize::MAX), end }
    }

    fn see_network(&self, number: usize, facts: &Facts) -> usize {
        let organization = facts.networks[number];
        let path = format!("/v1/networks/{}", self.names.network(number));
        let found = self.read(&path, self.names.developer(organization)).is_some();
        if found { organization } else { usize::MAX }
    }

    fn see_group(&self, number: usize, facts: &Facts) -> SeenGroup {
        let network = facts.groups[number].network;
        let path =
            format!("/v1/networks/{}/groups/{}", self.names.network(network), self.names.group(number));
        let group = self.read(&path, self.names.developer(facts.networks[network])).expect("a group");
        let tenants = group["tenants"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap());
        let apps = group["apps"].as_array().unwrap().iter();
        SeenGroup {
            network,
            tenants: tenants.map(|id| id - self.names.tenants_from).collect(),
            apps: apps
                .map(|id| self.names.apps.iter().position(|known| *id == **known).expect("an app"))
                .collect(),
        }
    }

    fn see_blocked(&self, expected: &Seen) -> BTreeSet<(usize, Place, i64)> {
        let events = self.list("/v1/events?type=TunnelingBlocked", &self.system.auditor);
        let attempt = |event: &Value| {
            let data = &event["data"];
            let organization =
                self.names.organizations.iter().position(|known| data["organization_id"] == *known.id)?;
            let tenant: u64 = data["tenant_id"].as_str().unwrap().parse().unwrap();
            let tenant = if tenant == self.names.tenant(STRANGER) {
                STRANGER
            } else {
                tenant - self.names.tenants_from
            };
            Some((
                organization,
                Place { tenant, environment: environment(data["environment"].as_str().unwrap()) },
            ))
        };
        let attempts: Vec<_> = events.iter().filter_map(attempt).collect();
        let once: BTreeSet<_> = attempts.iter().copied().collect();
        assert_eq!(once.len(), attempts.len(), "an attempt is recorded once a day");
        let day = expected.blocked.first().map_or(0, |(.., day)| *day);
        once.into_iter().map(|(organization, place)| (organization, place, day)).collect()
    }
}

fn scopes(texts: &Value) -> Scopes {
    Scopes::of(texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap()))
}
