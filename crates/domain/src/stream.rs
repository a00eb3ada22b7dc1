//! The names of streams: natural keys, so that a race is a version conflict (DESIGN §3).

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{
    AccessRequestId, AppId, ClientId, Day, Environment, GroupId, Invalid, Limited, NetworkId, OrganizationId,
    PersonId, ProjectionName, ReportId, TenantId, TokenId,
};

/// One stream of events, by what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamName {
    Access(AccessRequestId),
    Organization(OrganizationId),
    Tenant(TenantId),
    Catalog,
    Token(TokenId),
    App(AppId),
    Listing(AppId, TenantId),
    Connection(AppId, TenantId, Environment),
    Credential(ClientId),
    /// What a third party tried, and on which day (rule 2).
    Tunneling(OrganizationId, TenantId, Environment, Day),
    /// A limit other than the usual one (rule 29).
    Limit(Limited, TenantId, Environment),
    Network(NetworkId),
    Group(GroupId),
    Person(PersonId),
    /// What operators had done to a projection.
    Projection(ProjectionName),
}

impl StreamName {
    /// The category of the stream's events: what its name begins with.
    pub const fn category(&self) -> &'static str {
        match self {
            Self::Access(_) => "access",
            Self::Organization(_) => "organization",
            Self::Tenant(_) => "tenant",
            Self::Catalog => "catalog",
            Self::Token(_) => "token",
            Self::App(_) => "app",
            Self::Listing(..) => "listing",
            Self::Connection(..) => "connection",
            Self::Credential(_) => "credential",
            Self::Tunneling(..) => "tunneling",
            Self::Limit(..) => "limit",
            Self::Network(_) => "network",
            Self::Group(_) => "group",
            Self::Person(_) => "person",
            Self::Projection(_) => "projection",
        }
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.category())?;
        match self {
            Self::Access(id) => write!(f, "-{id}"),
            Self::Organization(id) => write!(f, "-{id}"),
            Self::Tenant(id) => write!(f, "-{id}"),
            Self::Catalog => Ok(()),
            Self::Token(id) => write!(f, "-{id}"),
            Self::App(id) => write!(f, "-{id}"),
            Self::Listing(app, tenant) => write!(f, "-{app}-{tenant}"),
            Self::Connection(app, tenant, environment) => write!(f, "-{app}-{tenant}-{environment}"),
            Self::Credential(client_id) => write!(f, "-{client_id}"),
            Self::Tunneling(organization, tenant, environment, day) => {
                write!(f, "-{organization}-{tenant}-{environment}-{day}")
            }
            Self::Limit(Limited::App(app), tenant, environment) => {
                write!(f, "-app-{app}-{tenant}-{environment}")
            }
            // A colon, because both names may have hyphens and an environment's has no colon.
            Self::Limit(Limited::Report(report), tenant, environment) => {
                write!(f, "-report-{tenant}-{environment}:{report}")
            }
            Self::Network(id) => write!(f, "-{id}"),
            Self::Group(id) => write!(f, "-{id}"),
            Self::Person(id) => write!(f, "-{id}"),
            Self::Projection(name) => write!(f, "-{name}"),
        }
    }
}

impl FromStr for StreamName {
    type Err = Invalid;

    /// Reads what `Display` wrote, and nothing else.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        read(text).filter(|name| name.to_string() == text).ok_or(Invalid::StreamName)
    }
}

fn read(text: &str) -> Option<StreamName> {
    let (category, key) = text.split_once('-').unwrap_or((text, ""));
    Some(match category {
        "access" => StreamName::Access(AccessRequestId(uuid(key)?)),
        "organization" => StreamName::Organization(OrganizationId(uuid(key)?)),
        "tenant" => StreamName::Tenant(tenant(key)?),
        "catalog" => StreamName::Catalog,
        "token" => StreamName::Token(TokenId(uuid(key)?)),
        "app" => StreamName::App(AppId(uuid(key)?)),
        "listing" => {
            let (app, rest) = leading_uuid(key)?;
            StreamName::Listing(AppId(app), tenant(rest)?)
        }
        "connection" => {
            let (app, rest) = leading_uuid(key)?;
            let (number, environment) = rest.split_once('-')?;
            StreamName::Connection(AppId(app), tenant(number)?, Environment::parse(environment).ok()?)
        }
        "credential" => StreamName::Credential(ClientId::parse(key).ok()?),
        "tunneling" => {
            let (organization, rest) = leading_uuid(key)?;
            let (number, rest) = rest.split_once('-')?;
            let (environment, day) = trailing_day(rest)?;
            let environment = Environment::parse(environment).ok()?;
            StreamName::Tunneling(OrganizationId(organization), tenant(number)?, environment, day)
        }
        "limit" => limit(key)?,
        "network" => StreamName::Network(NetworkId(uuid(key)?)),
        "group" => StreamName::Group(GroupId(uuid(key)?)),
        "person" => StreamName::Person(PersonId::parse(key).ok()?),
        "projection" => StreamName::Projection(ProjectionName::parse(key).ok()?),
        _ => return None,
    })
}

fn limit(key: &str) -> Option<StreamName> {
    let (limited, number, environment) = if let Some(key) = key.strip_prefix("app-") {
        let (app, rest) = leading_uuid(key)?;
        let (number, environment) = rest.split_once('-')?;
        (Limited::App(AppId(app)), number, environment)
    } else {
        let (place, report) = key.strip_prefix("report-")?.split_once(':')?;
        let (number, environment) = place.split_once('-')?;
        (Limited::Report(ReportId::parse(report).ok()?), number, environment)
    };
    Some(StreamName::Limit(limited, tenant(number)?, Environment::parse(environment).ok()?))
}

fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

fn tenant(text: &str) -> Option<TenantId> {
    TenantId::new(text.parse().ok()?).ok()
}

/// A UUID's 36 characters, and what follows the hyphen after them.
fn leading_uuid(text: &str) -> Option<(Uuid, &str)> {
    let (id, rest) = text.split_at_checked(36)?;
    Some((uuid(id)?, rest.strip_prefix('-')?))
}

/// What stands before the hyphen before a day's 10 characters, and the day: an environment's name may itself
/// have hyphens.
fn trailing_day(text: &str) -> Option<(&str, Day)> {
    let (rest, day) = text.split_at_checked(text.len().checked_sub(10)?)?;
    Some((rest.strip_suffix('-')?, day.parse().ok()?))
}
