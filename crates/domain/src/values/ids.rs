//! Ids, each of its own type, so that one cannot stand where another belongs.

use std::fmt;

use uuid::Uuid;

use crate::{Environment, Invalid, StreamName};

/// Ids that are UUIDs, made outside as version 7.
macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(pub Uuid);

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }
        )+
    };
}

uuid_id! {
    /// Who builds apps.
    OrganizationId
    /// A registered application.
    AppId
    /// One of Chancery's own API tokens.
    TokenId
    /// A tenant's consent to an app in one environment; the same after a reconnect.
    ConnectionId
    /// One secret of a credential.
    SecretId
    /// An access token, which an app got for its credential: its `jti`.
    AccessTokenId
    /// A stranger's request to build apps (rule 1).
    AccessRequestId
    /// A customer's network of tenants (rule 26).
    NetworkId
    /// Tenants of a network that share one credential an app (rule 26).
    GroupId
    /// One rebuild of a projection.
    RebuildId
    /// One comparison of a projection with the log.
    VerificationId
}

impl ConnectionId {
    /// The namespace of connection ids: fixed for ever, like the names of streams.
    const NAMESPACE: Uuid = Uuid::from_u128(0x3d1f_6f0e_92a7_4c55_8b0d_5a4c_7e61_d9f2);

    /// `UUIDv5` of the connection's stream name (DESIGN §3).
    pub fn of(app_id: AppId, tenant_id: TenantId, environment: &Environment) -> Self {
        let stream = StreamName::Connection(app_id, tenant_id, environment.clone());
        Self(Uuid::new_v5(&Self::NAMESPACE, stream.to_string().as_bytes()))
    }
}

/// A tenant's number, from 1 to 2^53 - 1: what every JSON reader can hold exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(u64);

impl TenantId {
    pub const MAX: Self = Self((1 << 53) - 1);

    pub const fn new(number: u64) -> Result<Self, Invalid> {
        if number >= 1 && number <= Self::MAX.0 { Ok(Self(number)) } else { Err(Invalid::TenantId) }
    }

    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<i64> for TenantId {
    type Error = Invalid;

    fn try_from(number: i64) -> Result<Self, Invalid> {
        u64::try_from(number).map_err(|_| Invalid::TenantId).and_then(Self::new)
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of an app's version: 1, 2, 3 …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppVersion(u64);

impl AppVersion {
    pub const FIRST: Self = Self(1);

    pub const fn new(number: u64) -> Result<Self, Invalid> {
        if number >= 1 && number <= i64::MAX.cast_unsigned() {
            Ok(Self(number))
        } else {
            Err(Invalid::AppVersion)
        }
    }

    pub const fn get(self) -> u64 {
        self.0
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl TryFrom<i64> for AppVersion {
    type Error = Invalid;

    fn try_from(number: i64) -> Result<Self, Invalid> {
        u64::try_from(number).map_err(|_| Invalid::AppVersion).and_then(Self::new)
    }
}

impl fmt::Display for AppVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

text_value! {
    /// Who owns tenants, in the platform's own terms: 1 to 100 visible ASCII characters.
    CustomerId
}

impl CustomerId {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_opaque(text) { Ok(Self(text.into())) } else { Err(Invalid::CustomerId) }
    }
}

impl From<OrganizationId> for CustomerId {
    /// A third-party organization is the customer of its own integration instance (rule 1).
    fn from(organization_id: OrganizationId) -> Self {
        Self(organization_id.to_string().into())
    }
}

text_value! {
    /// The opaque id of a person: 1 to 100 visible ASCII characters, no `@`, so that an e-mail address, which
    /// is personal data, cannot stand in an event (DESIGN §3).
    PersonId
}

impl PersonId {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if is_opaque(text) && !text.contains('@') { Ok(Self(text.into())) } else { Err(Invalid::PersonId) }
    }
}

fn is_opaque(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
