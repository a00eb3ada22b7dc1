//! What anybody may ask for.
//!
//! A random command says "the second connection that stands" or "the latest version"; [`Command::resolved`] says which
//! one that is in this moment, so that most commands of a random sequence are about something that is there.

use super::{
    facts::{Mode, Pair},
    words::{Environment, Place, Scopes},
};

/// A command, by the one who may give it. A number of something is taken round and round: there is always one, where
/// there is any.
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
        app: Pick,
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
        app: Pick,
        name: Option<u8>,
        public: Option<bool>,
        mode: Option<Mode>,
    },
    EditScopes {
        by: By,
        app: Pick,
        scopes: Scopes,
    },
    AddTenants {
        by: By,
        app: Pick,
        tenants: Vec<u64>,
    },
    RemoveTenant {
        by: By,
        app: Pick,
        tenant: u64,
    },
    RequestReview {
        by: By,
        app: Pick,
    },
    Delete {
        by: By,
        app: Pick,
    },

    // Tenants' admins.
    Consent {
        at: At,
        version: Named,
        verdict: Verdict,
        group: Option<Pick>,
    },
    Upgrade {
        at: At,
        version: Named,
        verdict: Verdict,
    },
    Disable {
        at: At,
    },
    Restore {
        at: At,
    },
    Disconnect {
        at: At,
    },

    // Either side.
    Generate {
        side: Side,
        at: At,
        overlap: i64,
    },
    /// The `secret` is the connection's first, second …, and then that command's which generated it.
    RevokeSecret {
        side: Side,
        at: At,
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
        app: Pick,
    },
    GenerateForGroup {
        by: By,
        group: usize,
        app: Pick,
        overlap: i64,
    },
}

/// The newest of its kind.
pub const NEWEST: usize = usize::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    No,
}

/// One of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// One about which the command can be carried out, as far as that is plain.
    Fitting(usize),
    /// Any one.
    Any(usize),
    /// This one.
    Number(usize),
}

/// An app, and an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Where the app is listed.
    Listed(usize),
    /// Where a group is offered the app.
    Offered(usize),
    /// Where a consent stands.
    Standing(usize),
    /// Any app, there.
    Anywhere(usize, Place),
    /// There.
    Pair(Pair),
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
    /// The side that manages the app's credentials.
    Managing,
    Developer(By),
    TenantAdmin,
}

/// The version that an admin saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Latest,
    Number(u64),
}

impl Pick {
    /// The number, of a command that is resolved.
    pub fn number(self) -> usize {
        match self {
            Self::Number(number) => number,
            Self::Fitting(_) | Self::Any(_) => unreachable!("the command is resolved"),
        }
    }
}

impl At {
    /// The app and the instance, of a command that is resolved.
    pub fn pair(self) -> Pair {
        match self {
            Self::Pair(pair) => pair,
            _ => unreachable!("the command is resolved"),
        }
    }
}

impl By {
    /// The organization's number, of a command that is resolved.
    pub fn number(self) -> usize {
        match self {
            Self::Organization(number) => number,
            Self::Owner => unreachable!("the command is resolved"),
        }
    }
}

impl Side {
    /// The developer's organization; none for the tenant's admin. Of a command that is resolved.
    pub fn developer(self) -> Option<usize> {
        match self {
            Self::Developer(by) => Some(by.number()),
            Self::TenantAdmin => None,
            Self::Managing => unreachable!("the command is resolved"),
        }
    }
}

impl Named {
    /// The version's number, of a command that is resolved.
    pub fn number(self) -> u64 {
        match self {
            Self::Number(number) => number,
            Self::Latest => unreachable!("the command is resolved"),
        }
    }
}
