//! A round trip would not notice two fields that are mixed up on both ways.

use chancery_domain::{
    Event, EventsPerSecond, Limited, Period, ProjectionOperation, Promotion, RateLimit, RebuildId, ReportId,
    RevocationCause,
};
use chancery_wire::{self as wire, v1};

use super::{to_domain, to_wire};

/// Reads the message, whose event is of this type, and writes it again unchanged.
macro_rules! read {
    ($name:ident { $($field:ident: $value:expr),+ $(,)? }) => {{
        let message: wire::Event = v1::$name { $($field: $value,)+ }.into();
        match to_domain(&message) {
            Ok(event @ Event::$name(_)) => {
                assert_eq!(to_wire(&event), message);
                let Event::$name(event) = event else { unreachable!() };
                event
            }
            other => panic!("{message:?} was read as {other:?}"),
        }
    }};
}

#[test]
fn the_fields_of_an_organization_keep_their_places() {
    let event = read!(OrganizationRegistered {
        organization_id: id(1),
        name: "Made Well".into(),
        kind: v1::OrganizationKind::ThirdParty.into(),
        customer_id: "c-1".into(),
        integration_tenant_id: 7,
    });
    assert_eq!((event.name.as_str(), event.customer_id.as_str()), ("Made Well", "c-1"));
}

#[test]
fn the_fields_of_a_token_keep_their_places() {
    let event = read!(ApiTokenIssued {
        token_id: id(1),
        role: v1::Role::TenantAdmin.into(),
        name: "Admin of the north".into(),
        sha256: vec![1; 32],
        organization_id: id(2),
        tenants: vec![],
        subject_id: "p-1".into(),
        expires_at: None,
    });
    assert_eq!(event.token_id.to_string(), id(1));
    assert_eq!(event.organization_id.map(|id| id.to_string()), Some(id(2)));
    assert_eq!(event.name.as_str(), "Admin of the north");
    assert_eq!(event.subject_id.as_ref().map(chancery_domain::PersonId::as_str), Some("p-1"));
}

#[test]
fn the_fields_of_the_catalog_keep_their_places() {
    let event = read!(ScopeCatalogPublished {
        scopes: vec![v1::Scope {
            scope: "tn.jpm.jobs:w".into(),
            module: "jpm".into(),
            resource: "jobs".into(),
            access: v1::Access::Modify.into(),
            title: "Jobs".into(),
        }],
        operations: vec![v1::Operation {
            id: "jobs_update".into(),
            module: "jpm".into(),
            method: "PATCH".into(),
            path: "/jpm/v2/tenant/{tenant}/jobs/{id}".into(),
            scope: "tn.jpm.jobs:w".into(),
            kind: v1::OperationKind::Standard.into(),
        }],
    });
    let (scope, operation) = (&event.scopes[0], &event.operations[0]);
    let words = (&*scope.module, &*scope.resource, &*scope.title);
    assert_eq!(words, ("jpm", "jobs", "Jobs"));
    let words = (&*operation.id, &*operation.module, &*operation.method, &*operation.path);
    assert_eq!(words, ("jobs_update", "jpm", "PATCH", "/jpm/v2/tenant/{tenant}/jobs/{id}"));
}

#[test]
fn the_fields_of_an_app_keep_their_places() {
    let event = read!(AppCreated {
        app_id: id(1),
        app_key: "ak1.0".into(),
        organization_id: id(2),
        name: "Dispatch Board".into(),
        organization_name: "Made Well".into(),
        homepage_url: "https://made.example".into(),
        visibility: v1::Visibility::Private.into(),
        credential_management: v1::CredentialManagement::Developer.into(),
        instance_tenant_id: 7,
        instance_environment: "integration".into(),
        scopes: vec!["tn.jpm.jobs:r".into()],
        review_required: true,
    });
    assert_eq!((event.app_id.to_string(), event.organization_id.to_string()), (id(1), id(2)));
    assert_eq!((event.name.as_str(), event.organization_name.as_str()), ("Dispatch Board", "Made Well"));
}

#[test]
fn the_fields_of_a_scope_edit_keep_their_places() {
    let texts = |scopes: &[&str]| scopes.iter().map(ToString::to_string).collect::<Vec<_>>();
    let event = read!(ScopesEdited {
        app_id: id(1),
        version: 2,
        scopes: texts(&["tn.jpm.jobs:r", "tn.jpm.jobs:w"]),
        added: texts(&["tn.jpm.jobs:w"]),
        removed: texts(&["tn.crm.leads:r"]),
    });
    assert_eq!(event.scopes.to_string(), "tn.jpm.jobs:r, tn.jpm.jobs:w");
    assert_eq!(event.added.to_string(), "tn.jpm.jobs:w");
    assert_eq!(event.removed.to_string(), "tn.crm.leads:r");
}

#[test]
fn the_fields_of_a_connection_keep_their_places() {
    let event = read!(TenantConnected {
        app_id: id(1),
        tenant_id: 7,
        environment: "production".into(),
        connection_id: id(2),
        version: 3,
        client_id: "cid.0".into(),
        group_id: id(3),
    });
    assert_eq!((event.app_id.to_string(), event.connection_id.to_string()), (id(1), id(2)));
    assert_eq!(event.group_id.map(|id| id.to_string()), Some(id(3)));
    assert_eq!((event.environment.as_str(), event.client_id.as_str()), ("production", "cid.0"));

    let event = read!(VersionUpgraded {
        app_id: id(1),
        tenant_id: 7,
        environment: "production".into(),
        from_version: 1,
        version: 2,
    });
    assert_eq!((event.from_version.get(), event.version.get()), (1, 2));

    let event = read!(UpgradeDeclined {
        app_id: id(1),
        tenant_id: 7,
        environment: "production".into(),
        granted_version: 1,
        version: 2,
    });
    assert_eq!((event.granted_version.get(), event.version.get()), (1, 2));
}

#[test]
fn the_fields_of_a_secret_keep_their_places() {
    let event = read!(SecretGenerated {
        client_id: "cid.0".into(),
        app_id: id(1),
        tenant_id: 7,
        environment: "production".into(),
        secret_id: id(2),
        sha256: vec![1; 32],
        hint: "wxyz".into(),
        previous_secret_id: id(3),
        previous_retires_at: Some(jiff::Timestamp::UNIX_EPOCH.into()),
        retired_secret_id: id(4),
        group_id: id(5),
    });
    let texts = (event.client_id.as_str(), event.environment.as_str(), event.hint.as_str());
    assert_eq!(texts, ("cid.0", "production", "wxyz"));
    assert_eq!((event.app_id.to_string(), event.secret_id.to_string()), (id(1), id(2)));
    assert_eq!(event.previous_secret_id.map(|id| id.to_string()), Some(id(3)));
    assert_eq!(event.retired_secret_id.map(|id| id.to_string()), Some(id(4)));
    assert_eq!(event.group_id.map(|id| id.to_string()), Some(id(5)));

    let event = read!(SecretRevoked {
        client_id: "cid.0".into(),
        app_id: id(1),
        tenant_id: 7,
        environment: "production".into(),
        secret_id: id(2),
        group_id: id(3),
    });
    assert_eq!((event.client_id.as_str(), event.environment.as_str()), ("cid.0", "production"));
    assert_eq!((event.app_id.to_string(), event.secret_id.to_string()), (id(1), id(2)));
    assert_eq!(event.group_id.map(|id| id.to_string()), Some(id(3)));

    let event = read!(TokenRevoked {
        client_id: "cid.0".into(),
        app_id: id(1),
        tenant_id: 7,
        environment: "production".into(),
        token_id: id(2),
        expires_at: Some(jiff::Timestamp::UNIX_EPOCH.into()),
        group_id: id(3),
    });
    assert_eq!((event.client_id.as_str(), event.environment.as_str()), ("cid.0", "production"));
    assert_eq!((event.app_id.to_string(), event.token_id.to_string()), (id(1), id(2)));
    assert_eq!(event.group_id.map(|id| id.to_string()), Some(id(3)));
}

#[test]
fn the_fields_of_an_access_request_keep_their_places() {
    let event =
        read!(AccessRequested { request_id: id(1), requester_id: "p-1".into(), company: "Made Well".into() });
    assert_eq!((event.requester_id.as_str(), event.company.as_str()), ("p-1", "Made Well"));

    let event = read!(AccessApproved {
        request_id: id(1),
        organization_id: id(2),
        tenant_id: 7,
        reason: "Known.".into(),
    });
    assert_eq!((event.request_id.to_string(), event.organization_id.to_string()), (id(1), id(2)));
}

#[test]
fn the_fields_of_an_apps_details_keep_their_places() {
    let event = read!(AppDetailsEdited {
        app_id: id(1),
        name: "Dispatch Board".into(),
        organization_name: "Made Well".into(),
        homepage_url: "https://made.example".into(),
        visibility: v1::Visibility::Private.into(),
    });
    let texts = (event.name.as_str(), event.organization_name.as_str(), event.homepage_url.as_str());
    assert_eq!(texts, ("Dispatch Board", "Made Well", "https://made.example"));
}

#[test]
fn the_fields_of_an_end_keep_their_places() {
    for (cause, expected) in [
        (v1::RevocationCause::Disconnected, RevocationCause::Disconnected),
        (v1::RevocationCause::TenantRemoved, RevocationCause::TenantRemoved),
        (v1::RevocationCause::GroupTenantRemoved, RevocationCause::GroupTenantRemoved),
    ] {
        let event = read!(ConnectionRevoked {
            app_id: id(1),
            tenant_id: 7,
            environment: "production".into(),
            cause: cause.into(),
        });
        assert_eq!(event.cause, expected);
    }
}

#[test]
fn the_fields_of_an_attempt_keep_their_places() {
    let event = read!(TunnelingBlocked {
        organization_id: id(1),
        tenant_id: 7,
        environment: "pre-prod".into(),
        day: "2026-03-01".into(),
    });
    assert_eq!((event.environment.as_str(), event.day.to_string()), ("pre-prod", "2026-03-01".to_owned()));
}

#[test]
fn the_fields_of_a_limit_keep_their_places() {
    let event = read!(RateLimitOverridden {
        app_id: String::new(),
        tenant_id: 7,
        environment: "pre-prod".into(),
        report_id: "r-8".into(),
        calls: 60,
        per_seconds: 1,
    });
    assert_eq!((event.environment.as_str(), event.tenant_id.get()), ("pre-prod", 7));
    assert_eq!(event.limited, Limited::Report(ReportId::recorded("r-8")));
    assert_eq!(event.limit, RateLimit::recorded(60, Period::Second));
}

#[test]
fn the_fields_of_what_was_done_to_a_projection_keep_their_places() {
    let event = read!(ProjectionOperated {
        projection: "connections".into(),
        operation: v1::ProjectionOperation::Rebuild.into(),
        operation_id: id(1),
        position: 0,
        events_per_second: 5_000,
        promote: v1::Promotion::Manual.into(),
        reason: "New index.".into(),
    });
    assert_eq!((event.projection.as_str(), event.reason.as_str()), ("connections", "New index."));
    let rebuild_id = RebuildId(id(1).parse().unwrap());
    let events_per_second = EventsPerSecond::recorded(5_000);
    let promote = Promotion::Manual;
    assert_eq!(event.operation, ProjectionOperation::Rebuild { rebuild_id, events_per_second, promote });
    let event = read!(ProjectionOperated {
        projection: "connections".into(),
        operation: v1::ProjectionOperation::Skip.into(),
        operation_id: String::new(),
        position: 7,
        events_per_second: 0,
        promote: 0,
        reason: "Wrong.".into(),
    });
    assert_eq!(event.operation, ProjectionOperation::Skip(7));
}

#[test]
fn the_fields_of_networks_and_groups_keep_their_places() {
    let event = read!(NetworkCreated {
        network_id: id(1),
        organization_id: id(2),
        customer_id: "c-1".into(),
        name: "North".into(),
    });
    assert_eq!((event.network_id.to_string(), event.organization_id.to_string()), (id(1), id(2)));
    assert_eq!((event.customer_id.as_str(), event.name.as_str()), ("c-1", "North"));

    let event = read!(GroupCreated {
        group_id: id(1),
        network_id: id(2),
        organization_id: id(3),
        customer_id: "c-1".into(),
        name: "Coast".into(),
        environment: "production".into(),
    });
    assert_eq!((event.group_id.to_string(), event.network_id.to_string()), (id(1), id(2)));
    assert_eq!(event.organization_id.to_string(), id(3));
    let texts = (event.customer_id.as_str(), event.name.as_str(), event.environment.as_str());
    assert_eq!(texts, ("c-1", "Coast", "production"));

    let event = read!(GroupAppOffered { group_id: id(1), app_id: id(2) });
    assert_eq!((event.group_id.to_string(), event.app_id.to_string()), (id(1), id(2)));
}

fn id(number: u8) -> String {
    format!("0198f2a0-0000-7000-8000-0000000000{number:02x}")
}
