//! The tables: what is so.

use std::collections::{BTreeMap, BTreeSet};

use super::words::{Environment, Place, Scopes};

/// A connection: an app's number, and where.
pub type Pair = (usize, Place);

/// Everything that is so at this moment.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Hours since the beginning.
    pub now: i64,
    pub catalog: Scopes,
    pub organizations: Vec<Organization>,
    pub tenants: BTreeMap<u64, Tenant>,
    /// Access requests, and what was decided about them.
    pub requests: Vec<Option<bool>>,
    pub apps: Vec<App>,
    /// App and tenant.
    pub listed: BTreeSet<(usize, u64)>,
    /// The consents that stand.
    pub consents: BTreeMap<Pair, Consent>,
    /// The consents that ended, until the next decision.
    pub ended: BTreeSet<Pair>,
    /// Those of them that were listed again since.
    pub renewed: BTreeSet<Pair>,
    /// The last version that was declined. `None`: the rules leave open what is said about it.
    pub declined: BTreeMap<Pair, Option<u64>>,
    /// Secrets by the credential's number, the oldest first.
    pub secrets: BTreeMap<usize, Vec<Secret>>,
    /// The organizations of the networks.
    pub networks: Vec<usize>,
    pub groups: Vec<Group>,
    /// Group and tenant.
    pub members: BTreeSet<(usize, u64)>,
    /// Group and app.
    pub offers: BTreeSet<(usize, usize)>,
    /// Organization, instance and day.
    pub blocked: BTreeSet<(usize, Place, i64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Organization {
    /// A third party's integration instance; a customer has none.
    pub lab: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenant {
    /// The organization that is or stands for the tenant's customer.
    pub customer: usize,
    pub in_production: bool,
}

/// Who manages credentials (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Developer,
    TenantAdmin,
}

#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "facts are true or not")]
pub struct App {
    pub organization: usize,
    pub name: u8,
    pub public: bool,
    pub mode: Mode,
    pub versions: Vec<Scopes>,
    /// Once and for ever.
    pub approved: bool,
    /// Since it was last submitted.
    pub rejected: bool,
    pub deleted: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Consent {
    pub version: u64,
    /// The number of the command that minted the client id.
    pub credential: usize,
    pub group: Option<usize>,
    pub disabled: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Secret {
    /// The number of the command that generated it.
    pub number: usize,
    /// The hour from which it opens nothing.
    pub end: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
pub struct Group {
    pub network: usize,
    pub environment: Environment,
}

impl Facts {
    /// Two third parties, each with its lab; two customers, one with three tenants, of which one is not in production, one with one.
    pub fn start() -> Self {
        let tenant = |customer, in_production| Tenant { customer, in_production };
        Self {
            now: 12,
            catalog: Scopes::ALL,
            organizations: [Some(1), Some(2), None, None].map(|lab| Organization { lab }).into(),
            tenants: [
                (1, tenant(0, false)),
                (2, tenant(1, false)),
                (10, tenant(2, true)),
                (11, tenant(2, true)),
                (12, tenant(2, false)),
                (20, tenant(3, true)),
            ]
            .into(),
            requests: Vec::new(),
            apps: Vec::new(),
            listed: BTreeSet::new(),
            consents: BTreeMap::new(),
            ended: BTreeSet::new(),
            renewed: BTreeSet::new(),
            declined: BTreeMap::new(),
            secrets: BTreeMap::new(),
            networks: Vec::new(),
            groups: Vec::new(),
            members: BTreeSet::new(),
            offers: BTreeSet::new(),
            blocked: BTreeSet::new(),
        }
    }

    pub fn is_place(&self, place: Place) -> bool {
        self.tenants
            .get(&place.tenant)
            .is_some_and(|tenant| place.environment == Environment::Integration || tenant.in_production)
    }

    /// Every tenant in each of its environments.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        self.tenants
            .keys()
            .flat_map(|tenant| Environment::BOTH.map(|environment| Place { tenant: *tenant, environment }))
            .filter(|place| self.is_place(*place))
    }

    pub fn members_of(&self, group: usize) -> impl Iterator<Item = u64> + '_ {
        self.members.range((group, 0)..=(group, u64::MAX)).map(|(_, tenant)| *tenant)
    }

    /// An app that is there for somebody.
    pub fn live(&self, app: usize) -> Option<&App> {
        self.apps.get(app).filter(|app| !app.deleted)
    }

    pub fn is_third_partys(&self, app: &App) -> bool {
        self.organizations[app.organization].lab.is_some()
    }

    /// Rule 13.
    pub fn is_visible(&self, app: usize, place: Place) -> bool {
        self.live(app).is_some_and(|live| {
            let lab = self.organizations[live.organization].lab;
            let own_lab = lab == Some(place.tenant) && place.environment == Environment::Integration;
            let reviewed = live.approved || !self.is_third_partys(live) || !live.public;
            self.listed.contains(&(app, place.tenant)) && (reviewed || own_lab)
        })
    }
}

impl App {
    pub fn latest(&self) -> u64 {
        self.versions.len() as u64
    }

    /// The scopes of a version, from 1.
    pub fn scopes(&self, version: u64) -> Scopes {
        self.versions[usize::try_from(version).expect("small") - 1]
    }
}

impl Secret {
    pub fn is_live(&self, now: i64) -> bool {
        self.end.is_none_or(|end| now < end)
    }
}
