//! What anybody may ask for.
//!
//! A random command says "the second app" or "the latest version"; [`Command::resolved`] says which one that is, so that
//! most commands of a random sequence are about something that is there.

use super::{
    facts::{Facts, Mode},
    words::{Environment, Place, Scopes},
};

/// A command, by the one who may give it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Nobody does anything for this many hours.
    Wait {
        hours: i64,
    },

    // Platform, strangers and reviewers.
    PublishCatalog {
        scopes: Scopes,
    },
    RequestAccess,
    DecideAccess {
        request: usize,
        verdict: Verdict,
        reason: bool,
        tenant: Option<u64>,
    },
    Review {
        app: usize,
        verdict: Verdict,
        reason: bool,
    },

    // Developers.
    CreateApp {
        organization: usize,
        public: bool,
        mode: Option<Mode>,
        instance: Option<Place>,
        tenants: Vec<u64>,
        scopes: Scopes,
    },
    Patch {
        by: By,
        app: usize,
        name: Option<u8>,
        public: Option<bool>,
        mode: Option<Mode>,
    },
    EditScopes {
        by: By,
        app: usize,
        scopes: Scopes,
    },
    AddTenants {
        by: By,
        app: usize,
        tenants: Vec<u64>,
    },
    RemoveTenant {
        by: By,
        app: usize,
        tenant: u64,
    },
    RequestReview {
        by: By,
        app: usize,
    },
    Delete {
        by: By,
        app: usize,
    },

    // Tenants' admins.
    Consent {
        place: Place,
        app: usize,
        version: Named,
        verdict: Verdict,
        group: Option<usize>,
    },
    Upgrade {
        place: Place,
        app: usize,
        version: Named,
        verdict: Verdict,
    },
    Disable {
        place: Place,
        app: usize,
    },
    Restore {
        place: Place,
        app: usize,
    },
    Disconnect {
        place: Place,
        app: usize,
    },

    // Either side.
    Generate {
        side: Side,
        app: usize,
        place: Place,
        overlap: i64,
    },
    /// The `secret` is the connection's first, second …, and then that command's which generated it.
    RevokeSecret {
        side: Side,
        app: usize,
        place: Place,
        secret: usize,
    },

    // Customers' developers.
    CreateNetwork {
        organization: usize,
    },
    CreateGroup {
        by: By,
        network: usize,
        environment: Environment,
    },
    AddToGroup {
        by: By,
        group: usize,
        tenant: u64,
    },
    RemoveFromGroup {
        by: By,
        group: usize,
        tenant: u64,
    },
    Offer {
        by: By,
        group: usize,
        app: usize,
    },
    GenerateForGroup {
        by: By,
        group: usize,
        app: usize,
        overlap: i64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    No,
}

/// On whose behalf a developer acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The organization whose app or network it is.
    Owner,
    Organization(usize),
}

/// Who asks about a secret (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Developer(By),
    TenantAdmin,
}

/// The version that an admin saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Latest,
    Number(u64),
}

impl Command {
    /// The command as it is given in this moment: every number is one of something, where there is anything.
    #[must_use]
    pub fn resolved(mut self, facts: &Facts) -> Self {
        match &mut self {
            Self::Wait { .. } | Self::PublishCatalog { .. } | Self::RequestAccess => {}
            Self::DecideAccess { request, .. } => wrap(request, facts.requests.len()),
            Self::CreateApp { organization, .. } | Self::CreateNetwork { organization } => {
                wrap(organization, facts.organizations.len());
            }
            Self::Review { app, .. }
            | Self::Disable { app, .. }
            | Self::Restore { app, .. }
            | Self::Disconnect { app, .. } => wrap(app, facts.apps.len()),
            Self::Patch { by, app, .. }
            | Self::EditScopes { by, app, .. }
            | Self::AddTenants { by, app, .. }
            | Self::RemoveTenant { by, app, .. }
            | Self::RequestReview { by, app }
            | Self::Delete { by, app } => developer(by, app, facts),
            Self::Consent { app, version, group, .. } => {
                wrap(app, facts.apps.len());
                named(version, *app, facts);
                if let Some(group) = group {
                    wrap(group, facts.groups.len());
                }
            }
            Self::Upgrade { app, version, .. } => {
                wrap(app, facts.apps.len());
                named(version, *app, facts);
            }
            Self::Generate { side, app, .. } => either(side, app, facts),
            Self::RevokeSecret { side, app, place, secret } => {
                either(side, app, facts);
                *secret = facts.secret(*app, *place, *secret);
            }
            Self::CreateGroup { by, network, .. } => {
                wrap(network, facts.networks.len());
                on_behalf(by, facts.networks.get(*network).copied(), facts);
            }
            Self::AddToGroup { by, group, .. } | Self::RemoveFromGroup { by, group, .. } => {
                customer(by, group, facts);
            }
            Self::Offer { by, group, app } | Self::GenerateForGroup { by, group, app, .. } => {
                customer(by, group, facts);
                wrap(app, facts.apps.len());
            }
        }
        self
    }
}

fn wrap(number: &mut usize, count: usize) {
    if count > 0 {
        *number %= count;
    }
}

fn on_behalf(by: &mut By, owner: Option<usize>, facts: &Facts) {
    let number = match *by {
        By::Owner => owner.unwrap_or_default(),
        By::Organization(number) => number % facts.organizations.len(),
    };
    *by = By::Organization(number);
}

fn developer(by: &mut By, app: &mut usize, facts: &Facts) {
    wrap(app, facts.apps.len());
    on_behalf(by, facts.apps.get(*app).map(|app| app.organization), facts);
}

fn either(side: &mut Side, app: &mut usize, facts: &Facts) {
    match side {
        Side::Developer(by) => developer(by, app, facts),
        Side::TenantAdmin => wrap(app, facts.apps.len()),
    }
}

fn customer(by: &mut By, group: &mut usize, facts: &Facts) {
    wrap(group, facts.groups.len());
    on_behalf(by, facts.groups.get(*group).map(|group| facts.networks[group.network]), facts);
}

fn named(version: &mut Named, app: usize, facts: &Facts) {
    if *version == Named::Latest {
        *version = Named::Number(facts.apps.get(app).map_or(1, |app| app.latest()));
    }
}

impl By {
    /// The organization's number, of a command that is resolved.
    pub fn number(self) -> usize {
        match self {
            Self::Owner => unreachable!("the command is resolved"),
            Self::Organization(number) => number,
        }
    }
}

impl Named {
    /// The version's number, of a command that is resolved.
    pub fn number(self) -> u64 {
        match self {
            Self::Latest => unreachable!("the command is resolved"),
            Self::Number(number) => number,
        }
    }
}
