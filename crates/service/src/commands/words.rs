//! The contract's words as the domain's, and back, where a command needs them.

use chancery_domain as domain;
use chancery_views as views;

/// `function: from => to, Name { Variants };`, exhaustively.
macro_rules! same_words {
    ($($function:ident: $from:ident => $to:ident, $name:ident { $($variant:ident),+ };)+) => {$(
        pub(super) const fn $function(word: $from::$name) -> $to::$name {
            match word { $($from::$name::$variant => $to::$name::$variant,)+ }
        }
    )+};
}

same_words! {
    to_visibility: views => domain, Visibility { Public, Private };
    visibility: domain => views, Visibility { Public, Private };
    to_credential_management: views => domain, CredentialManagement { TenantAdmin, Developer };
    credential_management: domain => views, CredentialManagement { TenantAdmin, Developer };
    organization_kind: domain => views, OrganizationKind { ThirdParty, Customer };
    revocation_cause: domain => views, RevocationCause { Disconnected, TenantRemoved, GroupTenantRemoved };
    to_role: views => domain,
        Role { Developer, TenantAdmin, Reviewer, Platform, Gateway, Consumer, Auditor, Operator };
    to_access: views => domain, Access { View, Modify };
    to_operation_kind: views => domain, OperationKind { Standard, Reporting, Export };
}
