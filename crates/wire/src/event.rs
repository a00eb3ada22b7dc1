//! The registry of events: which types exist, the category of each, and the one encoding.

use crate::{
    upcast::{self, UPCASTS},
    v1,
};

/// Why an event's data cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("event type {0} is not known to this build")]
    UnknownType(String),
    #[error("event {event_type} has schema version {schema_version}, this build reads up to {newest}")]
    NewerSchema { event_type: String, schema_version: u32, newest: u32 },
    #[error("no step takes event {event_type} from schema version {from} to the next")]
    NoUpcast { event_type: String, from: u32 },
    #[error("data of event {event_type} is not its message")]
    Data { event_type: String, source: serde_json::Error },
}

macro_rules! events {
    ($($name:ident: $category:literal, $schema:literal;)+) => {
        /// An event's message.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(clippy::large_enum_variant, reason = "the large ones are the common ones")]
        pub enum Event {
            $($name(v1::$name),)+
        }

        impl Event {
            /// Every type that this build knows, with its category and newest schema version.
            pub const TYPES: &[(&str, &str, u32)] = &[$((stringify!($name), $category, $schema),)+];

            /// The message's name, as in the log's column `type`.
            pub fn event_type(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }

            /// The category of the stream that the event belongs to.
            pub fn category(&self) -> &'static str {
                match self { $(Self::$name(_) => $category,)+ }
            }

            /// The version of the message's schema that this build writes.
            pub fn schema_version(&self) -> u32 {
                match self { $(Self::$name(_) => $schema,)+ }
            }

            /// Canonical proto3 JSON: `snake_case` names, keys in field order, no default values.
            pub fn encode(&self) -> String {
                match self { $(Self::$name(message) => json(message),)+ }
            }

            /// Reads what [`Self::encode`] wrote; what newer writers of the same schema version wrote, whose fields
            /// that this build does not know are passed over; and older schema versions, by their [`upcast`]s.
            pub fn decode(event_type: &str, schema_version: u32, data: &[u8]) -> Result<Self, DecodeError> {
                match event_type {
                    $(stringify!($name) if schema_version <= $schema => {
                        upcast::read(UPCASTS, event_type, schema_version, $schema, data).map(Self::$name)
                    })+
                    _ => Err(unreadable(event_type, schema_version)),
                }
            }
        }

        $(impl From<v1::$name> for Event {
            fn from(message: v1::$name) -> Self {
                Self::$name(message)
            }
        })+
    };
}

/// Hands a macro every event: `Type: category, schema version;`. The order is the one of DESIGN §3.
#[macro_export]
macro_rules! every_event {
    ($each:ident) => {
        $each! {
            AccessRequested: "access", 1;
            AccessApproved: "access", 1;
            AccessRejected: "access", 1;
            OrganizationRegistered: "organization", 1;
            TenantRegistered: "tenant", 1;
            ScopeCatalogPublished: "catalog", 1;
            ApiTokenIssued: "token", 1;
            ApiTokenRevoked: "token", 1;
            AppCreated: "app", 1;
            AppDetailsEdited: "app", 1;
            ScopesEdited: "app", 1;
            TenantAdded: "listing", 1;
            TenantRemoved: "listing", 1;
            CredentialManagementChanged: "app", 1;
            ReviewRequested: "app", 1;
            AppApproved: "app", 1;
            AppRejected: "app", 1;
            AppDeleted: "app", 1;
            TunnelingBlocked: "tunneling", 1;
            TenantConnected: "connection", 1;
            ConnectionDeclined: "connection", 1;
            SecretGenerated: "credential", 1;
            SecretRevoked: "credential", 1;
            TokenRevoked: "credential", 1;
            VersionUpgraded: "connection", 1;
            UpgradeDeclined: "connection", 1;
            ConnectionDisabled: "connection", 1;
            ConnectionRestored: "connection", 1;
            ConnectionRevoked: "connection", 1;
            NetworkCreated: "network", 1;
            GroupCreated: "group", 1;
            GroupTenantAdded: "group", 1;
            GroupTenantRemoved: "group", 1;
            GroupAppOffered: "group", 1;
            RateLimitOverridden: "limit", 1;
            PersonForgotten: "person", 1;
            ProjectionOperated: "projection", 1;
        }
    };
}

every_event!(events);

/// A choice out of its enum and a time out of range have no JSON; neither is made by this crate's types.
fn json(message: &impl serde::Serialize) -> String {
    serde_json::to_string(message)
        .unwrap_or_else(|error| unreachable!("a message built from its own types has its JSON: {error}"))
}

fn unreadable(event_type: &str, schema_version: u32) -> DecodeError {
    match Event::TYPES.iter().find(|(name, ..)| *name == event_type) {
        Some(&(.., newest)) => {
            DecodeError::NewerSchema { event_type: event_type.to_owned(), schema_version, newest }
        }
        None => DecodeError::UnknownType(event_type.to_owned()),
    }
}
