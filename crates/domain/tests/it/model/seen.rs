//! What can be read of the facts from outside.

use std::collections::BTreeSet;

use super::{
    facts::{Facts, Mode, Pair},
    words::{Environment, Place, Scopes},
};

/// Everything that somebody may read.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub catalog: Scopes,
    /// The labs of the third parties; nothing for customers.
    pub organizations: Vec<Option<u64>>,
    pub requests: Vec<Option<bool>>,
    pub apps: Vec<SeenApp>,
    pub connections: Vec<(Pair, SeenConnection)>,
    /// Every secret that was shown to somebody, after its credential.
    pub shown: BTreeSet<(usize, usize)>,
    pub networks: Vec<usize>,
    pub groups: Vec<SeenGroup>,
    pub blocked: BTreeSet<(usize, Place, i64)>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct SeenApp {
    pub organization: usize,
    pub name: u8,
    pub public: bool,
    pub mode: Mode,
    pub review: Review,
    pub deleted: bool,
    pub versions: Vec<Scopes>,
    /// Tenants that it is listed for; left open for a deleted app.
    pub listed: BTreeSet<u64>,
    /// Tenants that see it (rule 13).
    pub visible: BTreeSet<u64>,
}

/// Where an app stands with the reviewers (rule 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    NotRequired,
    Pending,
    Approved,
    Rejected,
}

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    NotConnected,
    Connected,
    Disabled,
    Revoked,
}

/// The version that was declined last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastDecline {
    None,
    Version(u64),
    /// The rules leave open what is said.
    Open,
}

/// Rule 25.
#[derive(Debug, PartialEq, Eq)]
pub struct SeenConnection {
    pub standing: Standing,
    pub declined: LastDecline,
    /// Of a connection that stands.
    pub grant: Option<SeenGrant>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct SeenGrant {
    pub version: u64,
    pub scopes: Scopes,
    /// What is added and removed by the upgrade on offer, and whether it was declined. Left open while disabled.
    pub offer: Option<(Scopes, Scopes, bool)>,
    pub credential: usize,
    pub group: Option<usize>,
    /// Those that are live, the oldest first.
    pub secrets: Vec<SeenSecret>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct SeenSecret {
    pub number: usize,
    pub end: Option<i64>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct SeenGroup {
    pub network: usize,
    pub tenants: BTreeSet<u64>,
    pub apps: BTreeSet<usize>,
}

impl Facts {
    pub fn see(&self) -> Seen {
        Seen {
            catalog: self.catalog,
            organizations: self.organizations.iter().map(|organization| organization.lab).collect(),
            requests: self.requests.clone(),
            apps: (0..self.apps.len()).map(|app| self.see_app(app)).collect(),
            connections: (0..self.apps.len())
                .flat_map(|app| self.places().map(move |place| (app, place)))
                .filter(|(app, place)| self.live(*app).is_some() || self.ended.contains(&(*app, *place)))
                .map(|pair| (pair, self.see_connection(pair)))
                .collect(),
            shown: self
                .secrets
                .iter()
                .flat_map(|(credential, secrets)| secrets.iter().map(|secret| (*credential, secret.number)))
                .collect(),
            networks: self.networks.clone(),
            groups: (0..self.groups.len()).map(|group| self.see_group(group)).collect(),
            blocked: self.blocked.clone(),
        }
    }

    fn see_app(&self, number: usize) -> SeenApp {
        let app = &self.apps[number];
        let tenants = || self.tenants.keys().copied().filter(|_| !app.deleted);
        let visible = |tenant: &u64| {
            self.is_visible(number, Place { tenant: *tenant, environment: Environment::Integration })
        };
        SeenApp {
            organization: app.organization,
            name: app.name,
            public: app.public,
            mode: app.mode,
            review: self.review(number),
            deleted: app.deleted,
            versions: app.versions.clone(),
            listed: tenants().filter(|tenant| self.listed.contains(&(number, *tenant))).collect(),
            visible: tenants().filter(visible).collect(),
        }
    }

    /// Rule 12.
    pub fn review(&self, app: usize) -> Review {
        let app = &self.apps[app];
        if !app.public || !self.is_third_partys(app) {
            Review::NotRequired
        } else if app.approved {
            Review::Approved
        } else if app.rejected {
            Review::Rejected
        } else {
            Review::Pending
        }
    }

    fn see_connection(&self, pair: Pair) -> SeenConnection {
        let standing = match self.consents.get(&pair) {
            Some(consent) if consent.disabled => Standing::Disabled,
            Some(_) => Standing::Connected,
            None if self.ended.contains(&pair) && !self.renewed.contains(&pair) => Standing::Revoked,
            None => Standing::NotConnected,
        };
        let declined = match self.declined.get(&pair) {
            None => LastDecline::None,
            Some(None) => LastDecline::Open,
            Some(Some(version)) => LastDecline::Version(*version),
        };
        SeenConnection { standing, declined, grant: self.see_grant(pair) }
    }

    fn see_grant(&self, pair: Pair) -> Option<SeenGrant> {
        let consent = self.consents.get(&pair)?;
        let app = self.live(pair.0)?;
        let (granted, latest) = (app.scopes(consent.version), app.scopes(app.latest()));
        let declined = self.declined.get(&pair).copied().flatten() == Some(app.latest());
        let offered = consent.version < app.latest() && !consent.disabled;
        let secrets = self.secrets.get(&consent.credential).into_iter().flatten();
        Some(SeenGrant {
            version: consent.version,
            scopes: granted,
            offer: offered.then(|| (latest.minus(granted), granted.minus(latest), declined)),
            credential: consent.credential,
            group: consent.group,
            secrets: secrets
                .filter(|secret| secret.is_live(self.now))
                .map(|secret| SeenSecret { number: secret.number, end: secret.end })
                .collect(),
        })
    }

    fn see_group(&self, number: usize) -> SeenGroup {
        SeenGroup {
            network: self.groups[number].network,
            tenants: self
                .members
                .iter()
                .filter(|(group, _)| *group == number)
                .map(|(_, tenant)| *tenant)
                .collect(),
            apps: self.offers.iter().filter(|(group, _)| *group == number).map(|(_, app)| *app).collect(),
        }
    }
}

/// The first thing that is seen otherwise.
pub fn difference(seen: &Seen, expected: &Seen) -> String {
    fn first<T: PartialEq + std::fmt::Debug>(seen: &[T], expected: &[T]) -> Option<String> {
        let mut pairs = seen.iter().zip(expected).filter(|(seen, expected)| seen != expected);
        pairs.next().map(|(seen, expected)| format!("{seen:#?}\nbut the model says {expected:#?}"))
    }
    first(&seen.apps, &expected.apps)
        .or_else(|| first(&seen.connections, &expected.connections))
        .or_else(|| first(&seen.groups, &expected.groups))
        .unwrap_or_else(|| format!("{seen:#?}\nbut the model says {expected:#?}"))
}
