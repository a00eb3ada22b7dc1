use chancery_journal::Role;
use chancery_views::{
    ConnectionState, Instance, Reader,
    connections::{self, Connection},
};
use chancery_wire::v1::{AppCreated, SecretGenerated};

use crate::{
    events::{
        app_approved, app_created, at, client_id, connected, declined, id, scopes, scopes_edited, secret,
        tenant_added, tenant_registered, upgrade_declined, upgraded,
    },
    world::{World, person},
};

pub fn instance(tenant_id: u64, environment: &str) -> Instance {
    Instance { tenant_id, environment: environment.into() }
}

pub async fn one(reader: &Reader, app: u128, tenant_id: u64, environment: &str) -> Connection {
    connections::connection(reader, id(app), &instance(tenant_id, environment)).await.unwrap().value.unwrap()
}

/// App 1, listed for tenant 10, which is in both environments.
pub async fn listed() -> World {
    let world = World::new();
    world.happened(tenant_registered(10, &["production", "integration"])).await;
    world.happened(app_created(1)).await;
    world.happened(tenant_added(1, 10)).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_25_a_listed_tenant_reads_not_connected_in_each_of_its_environments() {
    let world = listed().await;
    let reader = world.caught_up().await;
    let page = connections::of_app(&reader, id(1), None, 10).await.unwrap().value;
    let seen: Vec<_> = page.items.iter().map(|item| (item.environment.as_str(), item.state)).collect();
    let not_connected = ConnectionState::NotConnected;
    assert_eq!(seen, [("integration", not_connected), ("production", not_connected)]);
    let item = &page.items[0];
    assert_eq!((item.app_name.as_str(), item.latest_version, item.granted_version), ("App 1", 1, None));
    assert!(item.scopes.is_empty() && item.secrets.is_empty() && item.upgrade.is_none());
    assert_eq!((item.updated_at, item.stream_version), (None, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_25_an_allow_connects_one_environment_and_leaves_the_other() {
    let world = listed().await;
    world.named("adm", "Ada Min").await;
    world.done_by(person("adm"), [connected(1, 10, "production", 1).into()]).await;
    let reader = world.caught_up().await;
    let there = one(&reader, 1, 10, "production").await;
    assert_eq!((there.state, there.granted_version), (ConnectionState::Connected, Some(1)));
    assert_eq!(there.client_id, Some(client_id(1, 10, "production")));
    assert_eq!(there.scopes, scopes(&["crm.contacts:r"]));
    assert_eq!(there.updated_by.unwrap().name.as_deref(), Some("Ada Min"));
    assert_eq!(one(&reader, 1, 10, "integration").await.state, ConnectionState::NotConnected);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_25_a_decline_is_shown_and_can_be_followed_by_an_allow() {
    let world = listed().await;
    world.done_by(person("adm"), [declined(1, 10, "production", 1)]).await;
    let reader = world.caught_up().await;
    let refused = one(&reader, 1, 10, "production").await;
    assert_eq!(refused.state, ConnectionState::NotConnected);
    let decline = refused.declined.unwrap();
    assert_eq!((decline.version, decline.by.id.as_str()), (1, "adm"));

    world.happened(connected(1, 10, "production", 1)).await;
    let reader = world.caught_up().await;
    let allowed = one(&reader, 1, 10, "production").await;
    assert_eq!((allowed.state, allowed.stream_version), (ConnectionState::Connected, 2));
    assert_eq!(allowed.declined.unwrap().version, 1, "the last decline stays on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_22_two_edits_make_one_offer_and_the_grant_stays_until_the_upgrade() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(scopes_edited(1, 2, &["a:r", "crm.contacts:r"], &["a:r"], &[])).await;
    world.happened(scopes_edited(1, 3, &["a:r", "b:w"], &["b:w"], &["crm.contacts:r"])).await;
    let reader = world.caught_up().await;
    let offered = one(&reader, 1, 10, "production").await;
    assert_eq!((offered.granted_version, offered.latest_version), (Some(1), 3));
    assert_eq!(offered.scopes, scopes(&["crm.contacts:r"]));
    let offer = offered.upgrade.unwrap();
    assert_eq!((offer.version, offer.declined), (3, false));
    assert_eq!((offer.added, offer.removed), (scopes(&["a:r", "b:w"]), scopes(&["crm.contacts:r"])));

    world.happened(upgraded(1, 10, "production", 1, 3)).await;
    let reader = world.caught_up().await;
    let after = one(&reader, 1, 10, "production").await;
    assert_eq!((after.granted_version, after.upgrade), (Some(3), None));
    assert_eq!(after.scopes, scopes(&["a:r", "b:w"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_22_a_declined_upgrade_is_silent_until_the_next_version() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(scopes_edited(1, 2, &["a:r"], &["a:r"], &["crm.contacts:r"])).await;
    world.done_by(person("adm"), [upgrade_declined(1, 10, "production", 1, 2)]).await;
    let reader = world.caught_up().await;
    let silent = one(&reader, 1, 10, "production").await;
    assert!(silent.upgrade.unwrap().declined);
    assert_eq!((silent.granted_version, silent.declined.unwrap().version), (Some(1), 2));

    world.happened(scopes_edited(1, 3, &["b:r"], &["b:r"], &["a:r"])).await;
    let reader = world.caught_up().await;
    let again = one(&reader, 1, 10, "production").await.upgrade.unwrap();
    assert_eq!((again.version, again.declined), (3, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_25_secrets_show_hints_and_retirement_and_are_gone_once_retired() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.done_by(person("dev"), [secret(1, 10, "production", 501).into()]).await;
    let later = at(4_000_000_000);
    let second = SecretGenerated {
        previous_secret_id: id(501).to_string(),
        previous_retires_at: Some(later),
        ..secret(1, 10, "production", 502)
    };
    world.happened(second).await;
    let reader = world.caught_up().await;
    let both = one(&reader, 1, 10, "production").await.secrets;
    let hints: Vec<_> = both.iter().map(|secret| secret.hint.as_str()).collect();
    assert_eq!(hints, ["0501", "0502"]);
    assert_eq!(both[0].retires_at.unwrap().as_second(), 4_000_000_000);
    assert_eq!((both[0].created_by.id.as_str(), both[1].retires_at), ("dev", None));

    let third = SecretGenerated {
        previous_secret_id: id(502).to_string(),
        previous_retires_at: Some(later),
        retired_secret_id: id(501).to_string(),
        ..secret(1, 10, "production", 503)
    };
    world.happened(third).await;
    let reader = world.caught_up().await;
    let live = one(&reader, 1, 10, "production").await.secrets;
    let hints: Vec<_> = live.iter().map(|secret| secret.hint.as_str()).collect();
    assert_eq!(hints, ["0502", "0503"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_25_a_secret_shows_when_it_was_last_used_whenever_that_was_written_down() {
    let world = listed().await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.done_by(person("dev"), [secret(1, 10, "production", 501).into()]).await;
    let reader = world.caught_up().await;
    let last_used = async || one(&reader, 1, 10, "production").await.secrets[0].last_used_at;
    assert_eq!(last_used().await, None);
    let used = "INSERT INTO secret_uses VALUES ($1, to_timestamp(1700000000))";
    world.client(Role::App).await.execute(used, &[&id(501)]).await.unwrap();
    assert_eq!(last_used().await.unwrap().as_second(), 1_700_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_apps_connections_come_in_pages_that_may_part_a_tenant() {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant_id in 10..13 {
        world.happened(tenant_registered(tenant_id, &["integration", "production"])).await;
        world.happened(tenant_added(1, tenant_id)).await;
    }
    world.happened(tenant_registered(13, &["production"])).await;
    let reader = world.caught_up().await;
    let mut seen = Vec::new();
    let mut after: Option<Instance> = None;
    loop {
        let page = connections::of_app(&reader, id(1), after.as_ref(), 1).await.unwrap().value;
        seen.extend(page.items.into_iter().map(|item| (item.tenant_id, item.environment)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (10..13)
        .flat_map(|tenant_id| [(tenant_id, "integration".to_owned()), (tenant_id, "production".to_owned())])
        .collect();
    assert_eq!(seen, expected, "tenant 13 is not listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn rule_13_a_tenant_sees_an_app_only_after_approval_but_its_builder_sees_it_at_once() {
    let world = World::new();
    world.happened(tenant_registered(900, &["integration"])).await;
    world.happened(tenant_registered(10, &["integration"])).await;
    world.happened(AppCreated { review_required: true, ..app_created(1) }).await;
    world.happened(tenant_added(1, 900)).await;
    world.happened(tenant_added(1, 10)).await;
    let visible = async |reader: &Reader, tenant_id| {
        let at = instance(tenant_id, "integration");
        let page = connections::for_tenant(reader, &at, None, 10).await.unwrap().value;
        let one = connections::listed_app(reader, &at, id(1)).await.unwrap().value;
        assert_eq!(page.items.first(), one.as_ref(), "the page and the single app agree");
        page.items.len()
    };
    let reader = world.caught_up().await;
    assert_eq!((visible(&reader, 900).await, visible(&reader, 10).await), (1, 0));
    let page = connections::of_app(&reader, id(1), None, 10).await.unwrap().value;
    assert_eq!(page.items.len(), 2, "the developer sees both");

    world.happened(app_approved(1)).await;
    let reader = world.caught_up().await;
    assert_eq!((visible(&reader, 900).await, visible(&reader, 10).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_page_shows_details_and_offers_of_listed_apps_only() {
    let world = listed().await;
    world.happened(app_created(2)).await;
    world.happened(app_created(3)).await;
    world.happened(tenant_added(3, 10)).await;
    world.happened(connected(1, 10, "production", 1)).await;
    world.happened(scopes_edited(1, 2, &["a:r"], &["a:r"], &["crm.contacts:r"])).await;
    let reader = world.caught_up().await;
    let at = instance(10, "production");
    let first = connections::for_tenant(&reader, &at, None, 1).await.unwrap().value;
    let app = &first.items[0];
    assert_eq!((app.name.as_str(), app.version, &app.scopes), ("App 1", 2, &scopes(&["a:r"])));
    assert_eq!(app.connection.scopes, scopes(&["crm.contacts:r"]));
    assert!(app.connection.upgrade.is_some());
    let second = connections::for_tenant(&reader, &at, first.next, 1).await.unwrap().value;
    assert_eq!((second.items[0].app_id, second.next), (id(3), None));
    let elsewhere = connections::for_tenant(&reader, &instance(11, "production"), None, 10).await.unwrap();
    assert!(elsewhere.value.items.is_empty());
}
