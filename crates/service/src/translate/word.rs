//! The domain's choices, and the numbers that the messages have for them.

use chancery_domain as domain;
use chancery_wire::v1;

use super::read::Unusable;

/// `module: Enum { its variants }`, named alike on both sides. The matches are exhaustive; the message's
/// `Unspecified` stands for no choice.
macro_rules! words {
    ($($name:ident: $word:ident { $($variant:ident)+ })+) => {
        $(pub(super) mod $name {
            use super::{Unusable, domain::$word as Domain, v1::$word as Wire};

            pub(in super::super) fn to_wire(choice: Domain) -> i32 {
                match choice { $(Domain::$variant => Wire::$variant,)+ }.into()
            }

            pub(in super::super) fn to_domain(field: &'static str, number: i32) -> Result<Domain, Unusable> {
                match Wire::try_from(number).map_err(|_| Unusable(field))? {
                    Wire::Unspecified => Err(Unusable(field)),
                    $(Wire::$variant => Ok(Domain::$variant),)+
                }
            }
        })+
    };
}

words! {
    access: Access { View Modify }
    credential_management: CredentialManagement { TenantAdmin Developer }
    operation_kind: OperationKind { Standard Reporting Export }
    organization_kind: OrganizationKind { ThirdParty Customer }
    promotion: Promotion { IfEqual Manual }
    revocation_cause: RevocationCause { Disconnected TenantRemoved GroupTenantRemoved }
    role: Role { Developer TenantAdmin Reviewer Platform Gateway Consumer Auditor Operator }
    visibility: Visibility { Public Private }
}
