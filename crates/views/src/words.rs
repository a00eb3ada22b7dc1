//! The fixed words of the contract, the same in JSON and in the tables.

use std::error::Error;

use chancery_wire::v1;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, Type};
use utoipa::ToSchema;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$on:meta])* $variant:ident = $text:tt),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum $name {
            $($(#[$on])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// As it stands in JSON and in the tables.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl<'a> FromSql<'a> for $name {
            fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
                match <&str>::from_sql(ty, raw)? {
                    $($text => Ok(Self::$variant),)+
                    other => Err(format!("{other:?} is no {}", stringify!($name)).into()),
                }
            }

            fn accepts(ty: &Type) -> bool {
                <&str>::accepts(ty)
            }
        }
    )+};
}

pub(crate) use words;

words! {
    /// Whom an app serves.
    Visibility { Public = "public", Private = "private" }
    /// Who generates the secrets of a connection (rule 17).
    CredentialManagement { TenantAdmin = "tenant_admin", Developer = "developer" }
    /// Where an app stands with the reviewers (rule 12).
    Review { NotRequired = "not_required", Pending = "pending", Approved = "approved", Rejected = "rejected" }
    /// Where a tenant stands with an app, in one environment.
    ConnectionState {
        NotConnected = "not_connected",
        Connected = "connected",
        Disabled = "disabled",
        Revoked = "revoked",
    }
    /// Why a connection ended.
    RevocationCause {
        /// By the tenant's admin.
        Disconnected = "disconnected",
        /// The developer removed the tenant from the app.
        TenantRemoved = "tenant_removed",
        /// The customer removed the tenant from the group through which it connected (rule 27).
        GroupTenantRemoved = "group_tenant_removed",
        /// Together with all others (rule 11).
        AppDeleted = "app_deleted",
    }
    /// Where an access request stands with the reviewers (rule 1).
    AccessState { Pending = "pending", Approved = "approved", Rejected = "rejected" }
    /// Who builds apps.
    OrganizationKind { ThirdParty = "third_party", Customer = "customer" }
    /// What an API token may do.
    Role {
        Developer = "developer",
        TenantAdmin = "tenant_admin",
        Reviewer = "reviewer",
        Platform = "platform",
        Gateway = "gateway",
        Consumer = "consumer",
        Auditor = "auditor",
        Operator = "operator",
    }
    /// What a scope allows. Modify does not imply View.
    Access { View = "view", Modify = "modify" }
    /// How calls of an operation are limited (rule 29).
    OperationKind { Standard = "standard", Reporting = "reporting", Export = "export" }
}

/// The word of a message's enum; `None` where it is unspecified.
macro_rules! from_proto {
    ($($function:ident: $name:ident { $($variant:ident),+ })+) => {$(
        pub(crate) fn $function(value: i32) -> Option<$name> {
            match v1::$name::try_from(value).ok()? {
                v1::$name::Unspecified => None,
                $(v1::$name::$variant => Some($name::$variant),)+
            }
        }
    )+};
}

from_proto! {
    visibility: Visibility { Public, Private }
    credential_management: CredentialManagement { TenantAdmin, Developer }
    revocation_cause: RevocationCause { Disconnected, TenantRemoved, GroupTenantRemoved }
    organization_kind: OrganizationKind { ThirdParty, Customer }
    role: Role { Developer, TenantAdmin, Reviewer, Platform, Gateway, Consumer, Auditor, Operator }
    access: Access { View, Modify }
    operation_kind: OperationKind { Standard, Reporting, Export }
}
