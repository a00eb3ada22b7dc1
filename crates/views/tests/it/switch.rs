use chancery_views::{ApplyError, ReadError, State, View, apps, apps::Apps};
use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::future::BoxFuture;

use crate::{
    events::{app_created, id, tenant_added},
    like_apps::like_apps,
    world::{Running, World},
};

/// The view of apps at its next version.
#[derive(Debug)]
pub struct NextApps;

impl View for NextApps {
    like_apps!(Apps.version() + 1);

    fn apply<'a>(
        &'a self,
        transaction: &'a Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        Apps.apply(transaction, batch)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_is_filled_before_readers_see_it_and_the_old_one_is_kept() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let head = world.happened(tenant_added(1, 10)).await;
    let old_reader = world.caught_up().await;
    let before = world.live(&Apps).await;

    let running = Running::start(world.runner(vec![&NextApps], 10));
    world.at_the_head(&running, &NextApps).await;
    running.stop().await;
    assert_eq!(world.live(&Apps).await, before);
    assert_eq!(world.checkpoint(&Apps).await, head);

    let client = world.client(chancery_journal::Role::Views).await;
    let schemas = "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'view_apps_%' ORDER BY 1";
    let schemas: Vec<String> =
        client.query(schemas, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let kept = format!("view_apps_v{}_b1", Apps.version());
    assert_eq!(schemas, [kept, format!("view_apps_v{}_b2", NextApps.version())]);
    let error = apps::app(&old_reader, id(1)).await.unwrap_err();
    assert!(
        matches!(error, ReadError::Unavailable { .. }),
        "an older process does not read a shape it does not know"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_process_leaves_a_newer_version_alone() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let newer = Running::start(world.runner(vec![&NextApps], 10));
    newer.reaches(&Apps, State::Live).await;
    newer.stop().await;

    let older = Running::start(world.runner(vec![&Apps], 10));
    let error = older.reaches(&Apps, State::Failed).await.unwrap();
    let already = format!("version {} already", NextApps.version());
    assert!(error.contains(&already), "{error}");
    older.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_views_role_makes_schemas_of_views_and_no_other() {
    let world = World::new();
    let client = world.client(chancery_journal::Role::Views).await;
    client.batch_execute("SELECT create_view_schema('view_x_v1_b1')").await.unwrap();
    for refused in ["CREATE SCHEMA other", "SELECT create_view_schema('other')", "CREATE TABLE public.t ()"] {
        assert!(client.batch_execute(refused).await.is_err(), "{refused}");
    }
}
