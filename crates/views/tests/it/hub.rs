//! Enterprise Hub: networks and groups, and the credential that a group's members share.

use chancery_views::{ConnectionState, RevocationCause, Who, connections, networks};
use chancery_wire::v1;

use crate::{
    connections::{instance, one},
    events::{
        app_created, connected_through, group_app_offered, group_created, group_tenant_added,
        group_tenant_removed, id, network_created, revoked, secret_revoked, shared_client_id, shared_secret,
        tenant_added, tenant_registered,
    },
    world::{World, person},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_lists_its_networks_in_pages_without_those_of_others() {
    let world = World::new();
    world.named("ann", "Ann Example").await;
    for number in 1..=3 {
        world.done_by(person("ann"), [network_created(number, 1000).into()]).await;
    }
    world.happened(network_created(4, 2000)).await;
    let reader = world.caught_up().await;
    let first = networks::of_organization(&reader, id(1000), None, 2).await.unwrap().value;
    let rest = networks::of_organization(&reader, id(1000), first.next, 2).await.unwrap().value;
    let seen: Vec<_> = first.items.iter().chain(&rest.items).map(|network| network.network_id).collect();
    assert_eq!((seen, rest.next), (vec![id(1), id(2), id(3)], None));

    let network = networks::network(&reader, id(1)).await.unwrap().value.unwrap();
    assert_eq!((network.name.as_str(), network.customer_id.as_str()), ("Network 1", "c1"));
    assert_eq!(network.created_by, Who { id: "ann".into(), name: Some("Ann Example".into()) });
    assert_eq!((&network, network.organization_id), (&first.items[0], id(1000)));
    assert_eq!(networks::network(&reader, id(9)).await.unwrap().value, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_shows_its_tenants_and_the_apps_offered_to_them() {
    let world = World::new();
    world.happened(network_created(1, 1000)).await;
    world.happened(group_created(20, 1)).await;
    world.happened(group_created(21, 1)).await;
    for tenant_id in [12, 10, 11] {
        world.happened(group_tenant_added(20, tenant_id)).await;
    }
    world.happened(group_tenant_removed(20, 12)).await;
    world.happened(group_app_offered(20, 6)).await;
    world.happened(group_app_offered(20, 5)).await;
    let reader = world.caught_up().await;
    let group = networks::group(&reader, id(20)).await.unwrap().value.unwrap();
    assert_eq!(
        (group.tenants.as_slice(), group.apps.as_slice()),
        ([10, 11].as_slice(), [id(5), id(6)].as_slice())
    );
    assert_eq!((group.environment.as_str(), group.network_id), ("production", id(1)));
    assert_eq!((group.organization_id, group.stream_version), (id(1000), 7));

    let page = networks::groups(&reader, id(1), None, 1).await.unwrap().value;
    assert_eq!(page.items, [group]);
    let rest = networks::groups(&reader, id(1), page.next, 1).await.unwrap().value;
    assert_eq!((rest.items[0].group_id, rest.next), (id(21), None));
    assert!(rest.items[0].tenants.is_empty() && rest.items[0].apps.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_leaves_and_returns_in_one_batch_is_in_the_group() {
    let world = World::new();
    world.happened(network_created(1, 1000)).await;
    world.happened(group_created(20, 1)).await;
    let events = [group_tenant_added(20, 10), group_tenant_removed(20, 10), group_tenant_added(20, 10)];
    world.done_by(person("ann"), events).await;
    world.done_by(person("ann"), [group_tenant_added(20, 11), group_tenant_removed(20, 11)]).await;
    let reader = world.caught_up().await;
    let group = networks::group(&reader, id(20)).await.unwrap().value.unwrap();
    assert_eq!((group.tenants, group.stream_version), (vec![10], 6));
}

/// App 1, offered to group 20, of which tenants 10 and 11 consented.
async fn shared() -> World {
    let world = World::new();
    world.happened(app_created(1)).await;
    world.happened(network_created(2, 1000)).await;
    world.happened(group_created(20, 2)).await;
    world.happened(group_app_offered(20, 1)).await;
    for tenant_id in [10, 11, 12] {
        world.happened(tenant_registered(tenant_id, &["production"])).await;
        world.done_by(person("ann"), [group_tenant_added(20, tenant_id), tenant_added(1, tenant_id)]).await;
    }
    world.happened(connected_through(20, 1, 10, 1)).await;
    world.happened(connected_through(20, 1, 11, 1)).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_26_members_share_a_credential_and_its_secrets_and_each_keeps_its_own_connection() {
    let world = shared().await;
    let (first, second) = (shared_secret(20, 1, 501), shared_secret(20, 1, 502));
    world.done_by(person("dev"), [first.clone().into(), second.into()]).await;
    world.happened(secret_revoked(&first)).await;
    let reader = world.caught_up().await;
    for tenant_id in [10, 11] {
        let member = one(&reader, 1, tenant_id, "production").await;
        assert_eq!((member.state, member.group_id), (ConnectionState::Connected, Some(id(20))));
        assert_eq!(member.client_id, Some(shared_client_id(20, 1)));
        let secrets: Vec<_> = member.secrets.iter().map(|secret| secret.secret_id).collect();
        assert_eq!(secrets, [id(502)]);
    }
    let undecided = one(&reader, 1, 12, "production").await;
    assert_eq!((undecided.state, undecided.group_id), (ConnectionState::NotConnected, None));
    assert!(undecided.secrets.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_27_a_member_that_is_removed_reads_revoked_and_the_others_go_on() {
    let world = shared().await;
    world.happened(shared_secret(20, 1, 501)).await;
    let cause = v1::RevocationCause::GroupTenantRemoved;
    world.done_by(person("ann"), [group_tenant_removed(20, 10), revoked(1, 10, "production", cause)]).await;
    let reader = world.caught_up().await;
    let removed = one(&reader, 1, 10, "production").await;
    assert_eq!(removed.state, ConnectionState::Revoked);
    assert_eq!(removed.revocation_cause, Some(RevocationCause::GroupTenantRemoved));
    assert!(removed.secrets.is_empty() && removed.group_id.is_none());
    let other = one(&reader, 1, 11, "production").await;
    assert_eq!((other.state, other.secrets.len()), (ConnectionState::Connected, 1));
    let still_listed = connections::for_tenant(&reader, &instance(10, "production"), None, 10).await.unwrap();
    assert_eq!(still_listed.value.items.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_consents_alone_after_a_group_is_of_no_group() {
    let world = shared().await;
    let cause = v1::RevocationCause::GroupTenantRemoved;
    world.happened(revoked(1, 10, "production", cause)).await;
    world.happened(crate::events::connected(1, 10, "production", 1)).await;
    let reader = world.caught_up().await;
    let alone = one(&reader, 1, 10, "production").await;
    assert_eq!((alone.state, alone.group_id), (ConnectionState::Connected, None));
    assert_ne!(alone.client_id, Some(shared_client_id(20, 1)));
}
