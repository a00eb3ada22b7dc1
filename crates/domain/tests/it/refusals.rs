use std::collections::HashSet;

use chancery_domain::{AppVersion, Environment, Invalid, Kind, RebuildId, Refusal};
use uuid::Uuid;

use crate::fixtures::{MAKER, NORTH, production, scopes, tenant_id};

fn all() -> Vec<Refusal> {
    let latest = AppVersion::FIRST;
    vec![
        Refusal::AccessRequestExists,
        Refusal::AccessRequestUnknown,
        Refusal::AccessRequestDecided,
        Refusal::TenantMissing,
        Refusal::TenantUnexpected,
        Refusal::OrganizationUnknown { organization_id: MAKER },
        Refusal::OrganizationExists,
        Refusal::TenantUnknown { tenant_ids: vec![tenant_id(NORTH)] },
        Refusal::TenantExists { tenant_id: tenant_id(NORTH) },
        Refusal::InstanceAbsent { instance: production(NORTH) },
        Refusal::EnvironmentsMissing,
        Refusal::EnvironmentUnknown { environment: Environment::production() },
        Refusal::CatalogInvalid { problems: vec![] },
        Refusal::TokenOrganizationMissing,
        Refusal::TokenOrganizationUnexpected,
        Refusal::TokenTenantsMissing,
        Refusal::TokenTenantsUnexpected,
        Refusal::TokenExpiryPast,
        Refusal::TokenExists,
        Refusal::TokenUnknown,
        Refusal::CustomerTunneling { instance: production(NORTH) },
        Refusal::InstanceMissing,
        Refusal::InstanceUnknown { instance: production(NORTH) },
        Refusal::AppExists,
        Refusal::AppUnknown,
        Refusal::ScopesMissing,
        Refusal::ScopeUnknown { scopes: scopes(&["tn.a.b:r"]) },
        Refusal::TenantsMissing,
        Refusal::TooManyTenants,
        Refusal::SeveralCustomers,
        Refusal::TenantNotListed { tenant_id: tenant_id(NORTH) },
        Refusal::ReviewNotRequired,
        Refusal::ReviewDecided,
        Refusal::ReasonMissing,
        Refusal::VersionStale { latest },
        Refusal::AlreadyConnected { granted: latest },
        Refusal::NotConnected,
        Refusal::UpgradeNotOffered { granted: latest },
        Refusal::CredentialsManagedByDeveloper,
        Refusal::CredentialsManagedByTenantAdmin,
        Refusal::ConnectionDisabled,
        Refusal::SecretUnknown,
        Refusal::TooManyRevokedTokens,
        Refusal::NetworksForCustomersOnly,
        Refusal::NetworkExists,
        Refusal::NetworkUnknown,
        Refusal::GroupExists,
        Refusal::GroupUnknown,
        Refusal::GroupFull,
        Refusal::TenantNotInGroup { tenant_id: tenant_id(NORTH) },
        Refusal::ProjectionUnknown,
        Refusal::RebuildRunning { rebuild_id: RebuildId(Uuid::nil()) },
        Refusal::RebuildUnknown,
        Refusal::RebuildOver,
        Refusal::RebuildCaughtUp,
        Refusal::RebuildNotReady { rebuild_id: RebuildId(Uuid::nil()) },
        Refusal::NothingToPromote,
        Refusal::NoFormerBuild,
        Refusal::SwitchRunning,
        Refusal::VerificationRunning,
        Refusal::DeadLetterUnknown,
        Refusal::DeadLetterWaits { position: 7 },
        Refusal::SkipReasonMissing,
    ]
}

#[test]
fn every_refusal_has_a_code_of_its_own_in_snake_case_and_a_sentence() {
    let mut codes = HashSet::new();
    for refusal in all() {
        let (code, sentence) = (refusal.code(), refusal.to_string());
        assert!(codes.insert(code), "{code} is taken");
        assert!(code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{code}");
        assert!(sentence.starts_with(char::is_uppercase) && sentence.ends_with('.'), "{sentence}");
    }
}

#[test]
fn the_contracts_refusals_have_the_contracts_kinds() {
    let kind = |code| all().into_iter().find(|refusal| refusal.code() == code).unwrap().kind();
    assert_eq!(kind("access_request_unknown"), Kind::NotFound);
    assert_eq!(kind("access_request_decided"), Kind::Conflict);
    assert_eq!(kind("tenant_missing"), Kind::Invalid);
    assert_eq!(kind("tenant_not_listed"), Kind::NotFound);
    assert_eq!(kind("several_customers"), Kind::Conflict);
    assert_eq!(kind("tenant_unknown"), Kind::Invalid);
    assert_eq!(kind("customer_tunneling"), Kind::Forbidden);
    assert_eq!(kind("app_unknown"), Kind::NotFound);
    assert_eq!(kind("not_connected"), Kind::Conflict);
    assert_eq!(kind("version_stale"), Kind::Conflict);
    assert_eq!(kind("connection_disabled"), Kind::Conflict);
    assert_eq!(kind("secret_unknown"), Kind::NotFound);
    assert_eq!(kind("networks_for_customers_only"), Kind::Forbidden);
    assert_eq!(kind("network_unknown"), Kind::NotFound);
    assert_eq!(kind("group_unknown"), Kind::NotFound);
    assert_eq!(kind("group_full"), Kind::Conflict);
    assert_eq!(kind("tenant_not_in_group"), Kind::NotFound);
    assert_eq!(kind("projection_unknown"), Kind::NotFound);
    assert_eq!(kind("rebuild_unknown"), Kind::NotFound);
    assert_eq!(kind("dead_letter_unknown"), Kind::NotFound);
    assert_eq!(kind("rebuild_running"), Kind::Conflict);
    assert_eq!(kind("nothing_to_promote"), Kind::Conflict);
    assert_eq!(kind("no_former_build"), Kind::Conflict);
}

#[test]
fn an_invalid_value_is_a_refusal_with_the_values_own_code_and_sentence() {
    let refusal = Refusal::from(Invalid::NameTooLong);
    assert_eq!((refusal.code(), refusal.kind()), ("name_too_long", Kind::Invalid));
    assert_eq!(refusal.to_string(), "Shorten the name to 100 characters.");
}
