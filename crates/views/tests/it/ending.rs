//! How connections are paused and end, and what is still read of them then.

use chancery_views::{
    ConnectionState, Reader, RevocationCause,
    connections::{self, Connection},
};
use chancery_wire::v1::{self, AppCreated, TenantConnected};

use crate::{
    connections::{instance, listed, one},
    events::{
        app_created, app_deleted, app_rejected, client_id, connected, declined, details_edited, disabled,
        disconnected, id, restored, review_requested, revoked, scopes_edited, secret, secret_revoked,
        tenant_added, tenant_registered, tenant_removed, upgrade_declined,
    },
    world::{World, person},
};

async fn for_owner(reader: &Reader, tenant_id: u64) -> Option<Connection> {
    connections::connection(reader, id(1), &instance(tenant_id, "production")).await.unwrap().value
}

async fn for_tenant(reader: &Reader, tenant_id: u64) -> Option<Connection> {
    let at = instance(tenant_id, "production");
    let app = connections::listed_app(reader, &at, id(1)).await.unwrap().value;
    app.map(|app| app.connection)
}

async fn apps_of(reader: &Reader, tenant_id: u64) -> usize {
    let at = instance(tenant_id, "production");
    connections::for_tenant(reader, &at, None, 10).await.unwrap().value.items.len()
}

/// What ended gives nothing any more.
fn ended(connection: &Connection, cause: RevocationCause) -> bool {
    assert_eq!(connection.client_id, None);
    assert_eq!((connection.granted_version, &connection.upgrade, connection.group_id), (None, &None, None));
    assert!(connection.scopes.is_empty() && connection.secrets.is_empty());
    connection.state == ConnectionState::Revoked && connection.revocation_cause == Some(cause)
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_23_a_disabled_connection_keeps_its_grant_and_its_credential_and_says_who_did_it() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(secret(1, 10, "production", 501)).await;
    world.named("adm", "Ada Min").await;
    world.done_by(person("adm"), [disabled(1, 10, "production")]).await;
    world.happened(scopes_edited(1, 2, &["a:r"], &["a:r"], &["crm.contacts:r"])).await;
    let reader = world.caught_up().await;
    let paused = one(&reader, 1, 10, "production").await;
    assert_eq!((paused.state, paused.granted_version), (ConnectionState::Disabled, Some(1)));
    assert_eq!(paused.updated_by.unwrap().name.as_deref(), Some("Ada Min"));
    assert_eq!((paused.client_id, paused.secrets.len()), (Some(client_id(1, 10, "production")), 1));
    assert_eq!(paused.upgrade.unwrap().version, 2);

    world.done_by(person("bea"), [restored(1, 10, "production")]).await;
    let reader = world.caught_up().await;
    let again = one(&reader, 1, 10, "production").await;
    assert_eq!((again.state, again.granted_version), (ConnectionState::Connected, Some(1)));
    assert_eq!((again.updated_by.unwrap().id.as_str(), again.stream_version), ("bea", 3));
    assert_eq!(again.client_id, Some(client_id(1, 10, "production")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_24_a_disconnected_app_stays_visible_as_revoked_and_a_new_consent_has_a_new_client_id() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(secret(1, 10, "production", 501)).await;
    world.done_by(person("adm"), [disconnected(1, 10, "production")]).await;
    let reader = world.caught_up().await;
    let gone = one(&reader, 1, 10, "production").await;
    assert!(ended(&gone, RevocationCause::Disconnected));
    assert_eq!(gone.updated_by.as_ref().unwrap().id, "adm");
    assert_eq!((for_tenant(&reader, 10).await, apps_of(&reader, 10).await), (Some(gone), 1));

    let again = TenantConnected { client_id: "cid.second".into(), ..connected(1, 10, "production", 1) };
    world.happened(again).await;
    let reader = world.caught_up().await;
    let again = one(&reader, 1, 10, "production").await;
    assert_eq!((again.state, again.revocation_cause), (ConnectionState::Connected, None));
    assert_eq!((again.client_id.as_deref(), again.secrets.len()), (Some("cid.second"), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_after_the_end_reads_not_connected_and_keeps_nothing_of_the_grant() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(disconnected(1, 10, "production")).await;
    world.done_by(person("adm"), [declined(1, 10, "production", 1)]).await;
    let reader = world.caught_up().await;
    let refused = one(&reader, 1, 10, "production").await;
    assert_eq!((refused.state, refused.revocation_cause), (ConnectionState::NotConnected, None));
    assert_eq!((refused.granted_version, refused.client_id), (None, None));
    assert_eq!(refused.declined.unwrap().by.id, "adm");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_24_a_removed_tenants_connection_stays_readable_for_the_owner_and_the_listing_begins_anew() {
    let world = listed().await;
    world.happened(tenant_registered(11, &["production"])).await;
    world.happened(tenant_added(1, 11)).await;
    world.happened(connected(1, 10, "production", 1)).await;
    let cause = v1::RevocationCause::TenantRemoved;
    let removed = [tenant_removed(1, 10), revoked(1, 10, "production", cause), tenant_removed(1, 11)];
    world.done_by(person("dev"), removed).await;
    let reader = world.caught_up().await;
    assert!(ended(&for_owner(&reader, 10).await.unwrap(), RevocationCause::TenantRemoved));
    assert_eq!(for_owner(&reader, 11).await, None, "nobody consented there");
    assert_eq!((for_tenant(&reader, 10).await, apps_of(&reader, 10).await), (None, 0));
    let page = connections::of_app(&reader, id(1), None, 10).await.unwrap().value;
    let seen: Vec<_> = page.items.iter().map(|item| (item.tenant_id, &*item.environment)).collect();
    assert_eq!(seen, [(10, "production")], "and not the environment that never was connected");

    world.happened(tenant_added(1, 10)).await;
    let reader = world.caught_up().await;
    let anew = for_owner(&reader, 10).await.unwrap();
    assert_eq!((anew.state, anew.revocation_cause), (ConnectionState::NotConnected, None));
    assert_eq!((anew.client_id.as_ref(), anew.updated_by.as_ref().unwrap().id.as_str()), (None, "dev"));
    assert_eq!((for_tenant(&reader, 10).await, apps_of(&reader, 10).await), (Some(anew), 1));
    let page = connections::of_app(&reader, id(1), None, 10).await.unwrap().value;
    assert_eq!(page.items.len(), 2, "both environments of tenant 10");
}

#[tokio::test(flavor = "multi_thread")]
async fn however_a_connection_ended_the_next_listing_begins_anew_and_its_end_shows_the_old_one() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(disconnected(1, 10, "production")).await;
    let state = async || for_owner(&world.caught_up().await, 10).await.unwrap().state;
    assert_eq!(state().await, ConnectionState::Revoked);
    // Two batches, and one.
    world.happened(tenant_removed(1, 10)).await;
    assert_eq!(state().await, ConnectionState::Revoked);
    world.happened(tenant_added(1, 10)).await;
    assert_eq!(state().await, ConnectionState::NotConnected);
    world.happened(tenant_removed(1, 10)).await;
    assert_eq!(state().await, ConnectionState::Revoked);
    world.done_by(person("dev"), [tenant_added(1, 10), tenant_removed(1, 10), tenant_added(1, 10)]).await;
    assert_eq!(state().await, ConnectionState::NotConnected);
    world.happened(app_deleted(1)).await;
    assert_eq!(state().await, ConnectionState::NotConnected, "the deletion ended nothing here");
    assert_eq!(for_tenant(&world.caught_up().await, 10).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_ends_without_a_consent_leaves_no_row() {
    let world = listed().await;
    world.happened(declined(1, 10, "production", 1)).await;
    world.happened(tenant_removed(1, 10)).await;
    let reader = world.caught_up().await;
    assert_eq!(for_owner(&reader, 10).await, None);
    assert!(world.live(&connections::Connections).await["listing"].is_empty());

    world.happened(tenant_added(1, 10)).await;
    let reader = world.caught_up().await;
    assert_eq!(for_owner(&reader, 10).await.unwrap().declined.unwrap().version, 1, "it stays on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_11_the_connections_of_a_deleted_app_read_revoked_since_its_deletion() {
    let world = listed().await;
    world.happened(tenant_registered(11, &["production"])).await;
    world.happened(tenant_added(1, 11)).await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(secret(1, 10, "production", 501)).await;
    world.happened(disabled(1, 10, "production")).await;
    world.named("dev", "Dee Veloper").await;
    world.done_by(person("dev"), [app_deleted(1)]).await;
    let reader = world.caught_up().await;
    let gone = for_owner(&reader, 10).await.unwrap();
    assert!(ended(&gone, RevocationCause::AppDeleted));
    assert_eq!(gone.updated_by.as_ref().unwrap().name.as_deref(), Some("Dee Veloper"));
    assert_eq!(for_owner(&reader, 11).await.unwrap().state, ConnectionState::NotConnected);
    let page = connections::of_app(&reader, id(1), None, 10).await.unwrap().value;
    assert_eq!(page.items.len(), 3);
    assert_eq!((apps_of(&reader, 10).await, for_tenant(&reader, 10).await), (0, Some(gone)));
    assert_eq!((apps_of(&reader, 11).await, for_tenant(&reader, 11).await), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_10_a_connection_that_stands_is_shown_where_the_app_is_no_longer_visible() {
    let world = World::new();
    for tenant_id in [10, 11] {
        world.happened(tenant_registered(tenant_id, &["production"])).await;
    }
    world.happened(AppCreated { visibility: v1::Visibility::Private.into(), ..app_created(1) }).await;
    for tenant_id in [10, 11] {
        world.happened(tenant_added(1, tenant_id)).await;
    }
    world.happened(connected(1, 10, "production", 1)).await;
    let visible = async || {
        let reader = world.caught_up().await;
        for tenant_id in [10, 11] {
            assert_eq!(
                for_tenant(&reader, tenant_id).await.is_some(),
                apps_of(&reader, tenant_id).await == 1
            );
        }
        (apps_of(&reader, 10).await, apps_of(&reader, 11).await)
    };
    assert_eq!(visible().await, (1, 1), "a private app needs no review");
    let public = details_edited(1, "Renamed", v1::Visibility::Public);
    world.done_by(person("dev"), [public, review_requested(1)]).await;
    assert_eq!(visible().await, (1, 0));
    world.happened(app_rejected(1)).await;
    assert_eq!(visible().await, (1, 0));
    world.happened(disconnected(1, 10, "production")).await;
    assert_eq!(visible().await, (0, 0));
    world.happened(details_edited(1, "Renamed", v1::Visibility::Private)).await;
    assert_eq!(visible().await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconnect_at_the_latest_version_has_no_offer_and_the_next_version_asks_again() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(scopes_edited(1, 2, &["a:r"], &["a:r"], &["crm.contacts:r"])).await;
    world.happened(upgrade_declined(1, 10, "production", 1, 2)).await;
    world.happened(disconnected(1, 10, "production")).await;
    let again = TenantConnected { client_id: "cid.second".into(), ..connected(1, 10, "production", 2) };
    world.happened(again).await;
    let reader = world.caught_up().await;
    assert_eq!(one(&reader, 1, 10, "production").await.upgrade, None);
    world.happened(scopes_edited(1, 3, &["b:r"], &["b:r"], &["a:r"])).await;
    let reader = world.caught_up().await;
    let offer = one(&reader, 1, 10, "production").await.upgrade.unwrap();
    assert_eq!((offer.version, offer.declined), (3, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_25_a_revoked_secret_is_gone_at_once_and_the_other_one_stays() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    let (first, second) = (secret(1, 10, "production", 501), secret(1, 10, "production", 502));
    world.done_by(person("dev"), [first.into(), second.clone().into()]).await;
    world.happened(secret_revoked(&second)).await;
    let reader = world.caught_up().await;
    let left = one(&reader, 1, 10, "production").await.secrets;
    assert_eq!(left.iter().map(|secret| secret.secret_id).collect::<Vec<_>>(), [id(501)]);
}
