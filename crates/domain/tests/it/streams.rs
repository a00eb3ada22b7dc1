use chancery_domain::{
    AccessApproved, AccessRequestId, AccessRequested, AppId, ConnectionId, Day, Environment, Event,
    GroupAppOffered, GroupId, GroupTenantAdded, Limited, Name, NetworkId, OrganizationId, PersonForgotten,
    PersonId, ProjectionName, ProjectionOperated, ProjectionOperation, Reason, ReportId, SecretId,
    SecretRevoked, StreamName, TokenId, TunnelingBlocked,
};
use uuid::Uuid;

use crate::fixtures::{
    NORTH, client_id, connected, listed, production, public_app, tenant, tenant_id, third_party,
};

const ID: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_000A);

fn names() -> Vec<(StreamName, String)> {
    let tenant = tenant_id(NORTH);
    let environment = Environment::parse("pre-prod").unwrap();
    let day: Day = "2026-03-01".parse().unwrap();
    let id = "01920000-0000-7000-8000-00000000000a";
    vec![
        (StreamName::Organization(OrganizationId(ID)), format!("organization-{id}")),
        (StreamName::Tenant(tenant), "tenant-10".to_owned()),
        (StreamName::Catalog, "catalog".to_owned()),
        (StreamName::Token(TokenId(ID)), format!("token-{id}")),
        (StreamName::App(AppId(ID)), format!("app-{id}")),
        (StreamName::Listing(AppId(ID), tenant), format!("listing-{id}-10")),
        (
            StreamName::Connection(AppId(ID), tenant, environment.clone()),
            format!("connection-{id}-10-pre-prod"),
        ),
        (StreamName::Credential(client_id(1)), format!("credential-{}", client_id(1))),
        (StreamName::Access(AccessRequestId(ID)), format!("access-{id}")),
        (
            StreamName::Tunneling(OrganizationId(ID), tenant, environment.clone(), day),
            format!("tunneling-{id}-10-pre-prod-2026-03-01"),
        ),
        (
            StreamName::Limit(Limited::App(AppId(ID)), tenant, environment.clone()),
            format!("limit-app-{id}-10-pre-prod"),
        ),
        (
            StreamName::Limit(
                Limited::Report(ReportId::parse("prod-7").unwrap()),
                tenant,
                environment.clone(),
            ),
            "limit-report-10-pre-prod:prod-7".to_owned(),
        ),
        (StreamName::Network(NetworkId(ID)), format!("network-{id}")),
        (StreamName::Group(GroupId(ID)), format!("group-{id}")),
        (StreamName::Person(PersonId::parse("p-7-{x}").unwrap()), "person-p-7-{x}".to_owned()),
        (
            StreamName::Projection(ProjectionName::parse("access_requests").unwrap()),
            "projection-access_requests".to_owned(),
        ),
    ]
}

#[test]
fn a_streams_name_is_its_natural_key_and_reads_back() {
    for (name, text) in names() {
        assert_eq!(name.to_string(), text);
        assert_eq!(text.parse(), Ok(name));
    }
}

#[test]
fn what_is_not_exactly_a_streams_name_is_refused() {
    let id = "01920000-0000-7000-8000-00000000000a";
    let upper = id.to_uppercase();
    for text in [
        "",
        "app",
        "app-",
        "app-1",
        "catalog-",
        "catalog-1",
        "tenant-0",
        "tenant-010",
        "tenant-+10",
        "tenant-9007199254740992",
        "other-1",
        &format!("app-{upper}"),
        &format!("app-{{{id}}}"),
        &format!("listing-{id}"),
        &format!("listing-{id}10"),
        &format!("connection-{id}-10"),
        &format!("connection-{id}-10-"),
        "listing-é0000000-0000-7000-8000-00000000000-10",
        "credential-cid.x",
        "access-1",
        "network-1",
        "group-",
        "person-",
        "person-é",
        "person-a b",
        "person-name@example.com",
        "projection-",
        "projection-Apps",
        "projection-a-b",
        "limit-10-production",
        "limit-report-10-production",
        "limit-report-10-production:",
        "limit-report-10-production:a:b",
        "limit-report-010-production:7",
        "limit-report-10-:7",
        &format!("limit-app-{id}-10"),
        &format!("limit-app-{id}-010-production"),
        &format!("limit-{id}-10-production"),
        &format!("tunneling-{id}-10-production"),
        &format!("tunneling-{id}-10-2026-03-01"),
        &format!("tunneling-{id}-10--2026-03-01"),
        &format!("tunneling-{id}-010-production-2026-03-01"),
        &format!("tunneling-{id}-10-production2026-03-01"),
        &format!("tunneling-{id}-10-production-2026-02-30"),
        &format!("tunneling-{id}-10-production-20260301"),
    ] {
        assert!(text.parse::<StreamName>().is_err(), "{text}");
    }
}

#[test]
fn an_event_knows_its_stream_its_app_and_its_tenant() {
    let north = production(NORTH);
    for (event, stream, app, tenant) in [
        (third_party(), "organization-00000000-0000-0000-0000-00000000000b", false, None),
        (tenant(NORTH), "tenant-10", false, Some(NORTH)),
        (public_app().into(), "app-00000000-0000-0000-0000-00000000000a", true, None),
        (listed(NORTH), "listing-00000000-0000-0000-0000-00000000000a-10", true, Some(NORTH)),
        (
            connected(&north, 1),
            "connection-00000000-0000-0000-0000-00000000000a-10-production",
            true,
            Some(NORTH),
        ),
    ] {
        assert_eq!(event.stream().to_string(), stream);
        assert_eq!(event.app().is_some(), app);
        assert_eq!(event.tenant(), tenant.map(tenant_id));
    }
}

#[test]
fn what_stands_beside_an_app_or_a_tenant_names_what_it_is_about_and_no_more() {
    let tenant_id = tenant_id(NORTH);
    let environment = Environment::production();
    let (request_id, group_id) = (AccessRequestId(ID), GroupId(ID));
    let company = Name::parse("Made Well").unwrap();
    let reason = Reason::parse("Known from the fair.").unwrap();
    let person_id = PersonId::parse("p-7").unwrap();
    let id = "01920000-0000-7000-8000-00000000000a";
    for (event, stream, app, tenant) in [
        (
            AccessRequested { request_id, requester_id: person_id.clone(), company }.into(),
            format!("access-{id}"),
            None,
            None,
        ),
        (
            // The tenant's own event stands beside it.
            AccessApproved { request_id, organization_id: OrganizationId(ID), tenant_id, reason }.into(),
            format!("access-{id}"),
            None,
            None,
        ),
        (
            TunnelingBlocked {
                organization_id: OrganizationId(ID),
                tenant_id,
                environment: environment.clone(),
                day: "2026-03-01".parse().unwrap(),
            }
            .into(),
            format!("tunneling-{id}-10-production-2026-03-01"),
            None,
            Some(tenant_id),
        ),
        (
            SecretRevoked {
                client_id: client_id(1),
                app_id: AppId(ID),
                tenant_id: None,
                environment,
                secret_id: SecretId(ID),
                group_id: Some(group_id),
            }
            .into(),
            format!("credential-{}", client_id(1)),
            Some(AppId(ID)),
            None,
        ),
        (GroupTenantAdded { group_id, tenant_id }.into(), format!("group-{id}"), None, Some(tenant_id)),
        (
            GroupAppOffered { group_id, app_id: AppId(ID) }.into(),
            format!("group-{id}"),
            Some(AppId(ID)),
            None,
        ),
        (PersonForgotten { person_id }.into(), "person-p-7".to_owned(), None, None),
        (
            ProjectionOperated {
                projection: ProjectionName::parse("apps").unwrap(),
                operation: ProjectionOperation::Pause,
                reason: Reason::parse("").unwrap(),
            }
            .into(),
            "projection-apps".to_owned(),
            None,
            None,
        ),
    ] {
        let event: Event = event;
        assert_eq!(event.stream().to_string(), stream);
        assert_eq!((event.app(), event.tenant()), (app, tenant), "{}", event.event_type());
    }
}

#[test]
fn a_connection_id_is_for_ever_the_same() {
    let id = ConnectionId::of(AppId(ID), tenant_id(NORTH), &Environment::production());
    assert_eq!(id.to_string(), "bc46438d-4e14-5ff8-91c8-6718cb9321f7");
    assert_eq!(id.0.get_version_num(), 5);
    assert_ne!(id, ConnectionId::of(AppId(ID), tenant_id(NORTH), &Environment::integration()));
}
