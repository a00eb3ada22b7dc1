//! What an event writes does not grow with how much there is.

use std::collections::{BTreeMap, BTreeSet};

use chancery_journal::Role;
use chancery_views::{View, apps::Apps, connections::Connections, networks::Networks};
use chancery_wire::{
    Event,
    v1::{CredentialManagement, RevocationCause, Visibility},
};

use crate::{
    events::{
        app_created, app_deleted, connected, credentials_managed_by, details_edited, group_app_offered,
        group_created, group_tenant_added, group_tenant_removed, network_created, revoked, scopes_edited,
        tenant_added, tenant_registered, tenant_removed,
    },
    world::{World, person},
};

/// App 1, connected by each of five tenants in two environments.
async fn connected_by_five() -> World {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant in 1..=5 {
        world.happened(tenant_registered(tenant, &["integration", "production"])).await;
        world.happened(tenant_added(1, tenant)).await;
        world.happened(connected(1, tenant, "integration", 1)).await;
        world.happened(connected(1, tenant, "production", 1)).await;
    }
    world.caught_up().await;
    world
}

/// How many rows of each of the view's tables were written or deleted by one command with `events`.
async fn written(world: &World, view: &dyn View, events: Vec<Event>) -> BTreeMap<String, usize> {
    let before = rows(world, view).await;
    world.done_by(person("ann"), events).await;
    world.caught_up().await;
    let after = rows(world, view).await;
    let mut written = BTreeMap::new();
    for (table, rows) in after {
        let changed = rows.difference(&before[&table]).count().max(before[&table].difference(&rows).count());
        if changed > 0 {
            written.insert(table, changed);
        }
    }
    written
}

/// Each row by its place and the transaction that wrote it.
async fn rows(world: &World, view: &dyn View) -> BTreeMap<String, BTreeSet<String>> {
    let client = world.client(Role::Views).await;
    let tables = "SELECT tablename::text, format('%I.%I', schemaname, tablename) FROM pg_tables \
                  JOIN projection_pointers ON schema_name = schemaname WHERE projection = $1";
    let mut rows = BTreeMap::new();
    for table in client.query(tables, &[&view.name()]).await.unwrap() {
        let (name, qualified): (String, String) = (table.get(0), table.get(1));
        let written = format!("SELECT ctid::text || xmin::text FROM {qualified}");
        let written = client.query(&written, &[]).await.unwrap();
        rows.insert(name, written.iter().map(|row| row.get(0)).collect());
    }
    rows
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(table, count)| ((*table).to_owned(), *count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scope_edit_touches_no_listing_and_no_connection() {
    let world = connected_by_five().await;
    let edited = vec![scopes_edited(1, 2, &["a:r"], &["a:r"], &["crm.contacts:r"])];
    assert_eq!(written(&world, &Connections, edited).await, counts(&[("app", 1), ("app_version", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_concerns_a_whole_app_writes_one_row() {
    let world = connected_by_five().await;
    let private = || vec![details_edited(1, "Renamed", Visibility::Private)];
    let by_admins = || vec![credentials_managed_by(1, CredentialManagement::TenantAdmin)];
    let deleted = || vec![app_deleted(1)];
    for events in [private(), by_admins(), deleted()] {
        assert_eq!(written(&world, &Connections, events).await, counts(&[("app", 1)]));
    }
    let world = connected_by_five().await;
    for events in [private(), by_admins(), deleted()] {
        assert_eq!(written(&world, &Apps, events).await, counts(&[("app", 1)]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisting_writes_the_rows_of_its_tenant() {
    let world = connected_by_five().await;
    let cause = RevocationCause::TenantRemoved;
    let removed =
        vec![tenant_removed(1, 3), revoked(1, 3, "integration", cause), revoked(1, 3, "production", cause)];
    assert_eq!(written(&world, &Connections, removed).await, counts(&[("connection", 2), ("listing", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_joins_or_leaves_a_group_writes_no_other_member() {
    let world = World::new();
    world.happened(network_created(1, 1000)).await;
    world.happened(group_created(2, 1)).await;
    world.happened(group_app_offered(2, 3)).await;
    for tenant in 1..=5 {
        world.happened(group_tenant_added(2, tenant)).await;
    }
    world.caught_up().await;
    let expected = counts(&[("member", 1), ("network_group", 1)]);
    assert_eq!(written(&world, &Networks, vec![group_tenant_removed(2, 3)]).await, expected);
    assert_eq!(written(&world, &Networks, vec![group_tenant_added(2, 3)]).await, expected);
}
