//! The words of the domain as types: what is parsed once at the edge and cannot be wrong afterwards.
//!
//! Values made of text have two doors. `parse` holds today's rule and is for input. `recorded` takes what the
//! log says: a rule that becomes stricter must never make the past unreadable.

/// A value that is a text, cheap to clone.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// As the log has it: not checked again.
            pub fn recorded(text: impl Into<std::sync::Arc<str>>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

mod actor;
mod base36;
mod day;
mod homepage;
mod ids;
mod instance;
mod key;
mod limit;
mod overlap;
mod projection;
mod scope;
mod secret;
mod text;

pub use actor::{Actor, ActorKind, Stamp};
pub use day::Day;
pub use homepage::HomepageUrl;
pub use ids::{
    AccessRequestId, AccessTokenId, AppId, AppVersion, ConnectionId, CustomerId, GroupId, NetworkId,
    OrganizationId, PersonId, RebuildId, SecretId, TenantId, TokenId, VerificationId,
};
pub use instance::{Environment, Instance};
pub use key::{AppKey, ClientId};
pub use limit::{Limited, Period, RateLimit, ReportId};
pub use overlap::Overlap;
pub use projection::{EventsPerSecond, ProjectionName};
pub use scope::{Access, Scope, ScopeSet};
pub use secret::{ApiToken, Hint, Secret, Sha256};
pub use text::{Email, Name, Purpose, Reason};
