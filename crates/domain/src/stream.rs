//! The names of streams: natural keys, so that a race is a version conflict (DESIGN §3).

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{AppId, ClientId, Environment, Invalid, OrganizationId, TenantId, TokenId};

/// One stream of events, by what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamName {
    Organization(OrganizationId),
    Tenant(TenantId),
    Catalog,
    Token(TokenId),
    App(AppId),
    Listing(AppId, TenantId),
    Connection(AppId, TenantId, Environment),
    Credential(ClientId),
}

impl StreamName {
    /// The category of the stream's events: what its name begins with.
    pub const fn category(&self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::Tenant(_) => "tenant",
            Self::Catalog => "catalog",
            Self::Token(_) => "token",
            Self::App(_) => "app",
            Self::Listing(..) => "listing",
            Self::Connection(..) => "connection",
            Self::Credential(_) => "credential",
        }
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.category())?;
        match self {
            Self::Organization(id) => write!(f, "-{id}"),
            Self::Tenant(id) => write!(f, "-{id}"),
            Self::Catalog => Ok(()),
            Self::Token(id) => write!(f, "-{id}"),
            Self::App(id) => write!(f, "-{id}"),
            Self::Listing(app, tenant) => write!(f, "-{app}-{tenant}"),
            Self::Connection(app, tenant, environment) => write!(f, "-{app}-{tenant}-{environment}"),
            Self::Credential(client_id) => write!(f, "-{client_id}"),
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
        "organization" => StreamName::Organization(OrganizationId(uuid(key)?)),
        "tenant" => StreamName::Tenant(tenant(key)?),
        "catalog" => StreamName::Catalog,
        "token" => StreamName::Token(TokenId(uuid(key)?)),
        "app" => StreamName::App(AppId(uuid(key)?)),
        "listing" => {
            let (app, rest) = app(key)?;
            StreamName::Listing(app, tenant(rest)?)
        }
        "connection" => {
            let (app, rest) = app(key)?;
            let (number, environment) = rest.split_once('-')?;
            StreamName::Connection(app, tenant(number)?, Environment::parse(environment).ok()?)
        }
        "credential" => StreamName::Credential(ClientId::parse(key).ok()?),
        _ => return None,
    })
}

fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

fn tenant(text: &str) -> Option<TenantId> {
    TenantId::new(text.parse().ok()?).ok()
}

/// A UUID's 36 characters, and what follows the hyphen after them.
fn app(text: &str) -> Option<(AppId, &str)> {
    let (app, rest) = text.split_at_checked(36)?;
    Some((AppId(uuid(app)?), rest.strip_prefix('-')?))
}
