//! The contract's words as the domain's, and back.

use chancery_domain as domain;
use chancery_views as views;

/// `Domain <=> Contract { Variants }`, both ways, exhaustively.
macro_rules! same_words {
    ($($name:ident { $($variant:ident),+ } $to:ident $from:ident;)+) => {$(
        #[allow(dead_code, reason = "not every word is needed in both directions yet")]
        pub(super) const fn $to(word: views::$name) -> domain::$name {
            match word { $(views::$name::$variant => domain::$name::$variant,)+ }
        }

        #[allow(dead_code, reason = "not every word is needed in both directions yet")]
        pub(super) const fn $from(word: domain::$name) -> views::$name {
            match word { $(domain::$name::$variant => views::$name::$variant,)+ }
        }
    )+};
}

same_words! {
    Visibility { Public, Private } to_visibility visibility;
    CredentialManagement { TenantAdmin, Developer } to_credential_management credential_management;
    OrganizationKind { ThirdParty, Customer } to_organization_kind organization_kind;
    Role { Developer, TenantAdmin, Reviewer, Platform, Gateway, Consumer, Auditor, Operator } to_role role;
    Access { View, Modify } to_access access;
    OperationKind { Standard, Reporting, Export } to_operation_kind operation_kind;
}
