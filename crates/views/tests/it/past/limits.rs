//! What reading the past may cost, and what it needs.

use std::time::Duration;

use chancery_journal::{At, Moment, NewEvent};
use chancery_views::{
    Instance, PastLimits, ReadError, Reader, apps,
    connections::{self, Connections},
    directory,
};

use super::instance;
use crate::{
    events::{
        app_created, connected, id, new_event, scopes_edited, secret, tenant_added, tenant_registered,
        tenant_removed,
    },
    poison::{parked, wanted},
    world::{World, eventually, person},
};

/// A reader as of the log's head.
async fn now(world: &World, limits: PastLimits) -> Reader {
    let position = world.journal.head().await.unwrap().position;
    let moment: Moment = world.journal.moment(At::Position(position)).await.unwrap();
    Reader::new(world.journal.clone(), None).with_past_limits(limits).as_of(moment)
}

/// App 1 and `tenants` tenants from 1 on, each with a connection and a secret.
async fn large(tenants: i64) -> World {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant in 1..=tenants {
        let events = vec![
            new_event(&tenant_registered(tenant, &["production"])),
            new_event(&tenant_added(1, tenant)),
            new_event(&connected(1, tenant, "production", 1).into()),
            new_event(&secret(1, tenant, "production", tenant.unsigned_abs().into()).into()),
        ];
        world.append(person("ann"), events).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_made_of_what_is_on_it_and_of_the_listings() {
    let world = large(100).await;
    // The app, the listings, and what there is of eleven tenants; not all 400.
    let limits = PastLimits { events: 1 + 100 + 11 * 4, ..PastLimits::default() };
    let reader = now(&world, limits).await;
    let after = Instance { tenant_id: 50, environment: "production".into() };
    let page = connections::of_app(&reader, id(1), Some(&after), 9).await.unwrap().value;
    let tenants: Vec<_> = page.items.iter().map(|item| item.tenant_id).collect();
    assert_eq!(tenants, (51..60).collect::<Vec<_>>());
    assert!(page.next.is_some() && page.items.iter().all(|item| item.secrets.len() == 1));
    assert_eq!(apps::app(&reader, id(1)).await.unwrap().value.unwrap().tenant_count, Some(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_on_behind_what_is_not_shown_any_more() {
    let world = World::new();
    world.happened(app_created(1)).await;
    for tenant in 1..=40 {
        world.happened(tenant_registered(tenant, &["production"])).await;
        world.happened(tenant_added(1, tenant)).await;
        if tenant % 13 != 0 {
            world.happened(tenant_removed(1, tenant)).await;
        }
    }
    let reader = now(&world, PastLimits::default()).await;
    let page = connections::of_app(&reader, id(1), None, 2).await.unwrap().value;
    let tenants: Vec<_> = page.items.iter().map(|item| item.tenant_id).collect();
    assert_eq!(tenants, [13, 26]);
    let page = connections::of_app(&reader, id(1), page.next.as_ref(), 2).await.unwrap().value;
    assert_eq!((page.items.len(), page.items[0].tenant_id, page.next), (1, 39, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_more_events_than_an_answer_may_is_refused() {
    let world = World::new();
    world.happened(app_created(1)).await;
    for version in 2..=5 {
        world.happened(scopes_edited(1, version, &["a:r"], &["a:r"], &[])).await;
    }
    let reader = async |events| now(&world, PastLimits { events, ..PastLimits::default() }).await;
    apps::app(&reader(5).await, id(1)).await.unwrap().value.unwrap();
    let refused = apps::app(&reader(4).await, id(1)).await;
    assert!(matches!(refused, Err(ReadError::TooMuch { view: "apps" })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_more_than_may_be_made_at_once_waits_for_its_turn_and_not_for_ever() {
    let world = large(1).await;
    let limits = PastLimits { at_once: 0, patience: Duration::from_millis(5), ..PastLimits::default() };
    let busy = apps::app(&now(&world, limits).await, id(1)).await;
    assert!(matches!(busy, Err(ReadError::Busy { view: "apps" })), "{busy:?}");
    // More than connections, and each has its turn.
    let reader = now(&world, PastLimits::default()).await;
    let all = (0..20).map(|_| apps::app(&reader, id(1)));
    for app in futures_util::future::join_all(all).await {
        app.unwrap().value.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_lets_nobody_make_temporary_tables_is_named_as_the_reason() {
    let world = large(1).await;
    let superuser = world.superuser().await;
    let database: String = superuser.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
    let revoke = format!("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC");
    superuser.batch_execute(&revoke).await.unwrap();
    let refused = apps::app(&now(&world, PastLimits::default()).await, id(1)).await;
    assert!(matches!(refused, Err(ReadError::NoTables { view: "apps", .. })), "{refused:?}");
    let grant = format!("GRANT TEMPORARY ON DATABASE {database} TO chancery_app");
    superuser.batch_execute(&grant).await.unwrap();
    apps::app(&now(&world, PastLimits::default()).await, id(1)).await.unwrap().value.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_auditor_reads_has_no_past() {
    let world = large(1).await;
    let reader = now(&world, PastLimits::default()).await;
    let refused = directory::tenants(&reader, None, 10).await;
    assert!(matches!(refused, Err(ReadError::Timeless { view: "directory" })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_view_could_not_apply_is_missing_in_the_past_until_it_is_skipped() {
    let world = large(1).await;
    let broken = new_event(&scopes_edited(1, 2, &["a:r"], &["a:r"], &[]));
    let broken = NewEvent { data: r#"{"version": true}"#.into(), ..broken };
    let broken = world.append(person("ann"), vec![broken]).await;
    world.happened(scopes_edited(1, 3, &["b:r"], &["b:r"], &["a:r"])).await;
    let running = world.run();
    world.at_the_head(&running, &Connections).await;
    let then = async || {
        let reader = now(&world, PastLimits::default()).await;
        connections::connection(&reader, id(1), &instance(1, "production")).await
    };
    match then().await {
        Err(ReadError::Parked { view: "connections", key, position }) => {
            assert_eq!((key, position), (format!("app-{}", id(1)), broken));
        }
        other => panic!("{other:?}"),
    }
    wanted(&world, "skip", broken).await;
    eventually("the event is skipped", async || parked(&world, &Connections).await.is_empty().then_some(()))
        .await;
    let connection = then().await.unwrap().value.unwrap();
    assert_eq!((connection.latest_version, connection.granted_version), (3, Some(1)));
    running.stop().await;
}
