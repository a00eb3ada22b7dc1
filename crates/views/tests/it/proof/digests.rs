//! The digest of a build's rows does not depend on how they came to be, and shows what the engine did not write.

use chancery_views::all;
use proptest::prelude::*;
use tokio_postgres::Client;

use super::stands_at;
use crate::{
    story::{Story, step},
    world::{Running, World, holds_for, person},
};

/// The digest that the engine keeps, and that of the rows which are there.
async fn digests(client: &Client, schema_name: &str) -> [(i64, String); 2] {
    let kept =
        "SELECT sum(rows)::bigint, sum(rows_digest)::text FROM projection_shards WHERE schema_name = $1";
    let found = "SELECT sum(rows)::bigint, sum(rows_digest)::text FROM digest_tables($1)";
    let kept = client.query_one(kept, &[&schema_name]).await.unwrap();
    let found = client.query_one(found, &[&schema_name]).await.unwrap();
    [kept, found].map(|row| (row.get(0), row.get(1)))
}

async fn follows(world: &World, batch: usize) {
    let head = world.journal.head().await.unwrap().position;
    let running = Running::start(world.runner(all(), batch));
    for view in all() {
        stands_at(world, view, head).await;
    }
    running.stop().await;
}

#[test]
fn the_digest_is_that_of_the_rows_however_the_batches_fell() {
    let stories = prop::collection::vec((prop::collection::vec(step(), 5..60), 1..20_usize), 1..4);
    holds_for(6, &stories, async |parts| {
        let world = World::new();
        let client = world.superuser().await;
        let mut story = Story::default();
        for (steps, batch) in parts {
            for events in steps.iter().filter_map(|step| story.next(step)) {
                world.done_by(person("ann"), events).await;
            }
            follows(&world, batch).await;
            for view in all() {
                let [kept, found] = digests(&client, &world.live_schema(view).await).await;
                assert_eq!(kept, found, "{}", view.name());
            }
        }
        // The same rows from batches of another size.
        for view in all() {
            let head = world.journal.head().await.unwrap().position;
            let rebuilt = chancery_views::rebuild(world.url(), &world.journal, view, head).await.unwrap();
            let [_, live] = digests(&client, &world.live_schema(view).await).await;
            let [_, rebuilt] = digests(&client, &rebuilt.schema_name).await;
            assert_eq!(live, rebuilt, "{}", view.name());
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_somebody_else_changed_makes_the_digests_differ() {
    let world = World::new();
    super::some_events(&world, 0, 12).await;
    follows(&world, 5).await;
    let client = world.superuser().await;
    let schema_name = world.live_schema(&chancery_views::apps::Apps).await;
    let changes = [
        "UPDATE app SET name = name || '!' WHERE app_id IN (SELECT app_id FROM app LIMIT 1)",
        "DELETE FROM app WHERE app_id IN (SELECT app_id FROM app LIMIT 1)",
        "TRUNCATE app",
    ];
    for change in changes {
        let [kept, found] = digests(&client, &schema_name).await;
        client
            .batch_execute(&format!("BEGIN; SET LOCAL search_path = {schema_name}, public; {change}"))
            .await
            .unwrap();
        let [kept_after, found_after] = digests(&client, &schema_name).await;
        client.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(kept, found);
        assert_eq!(kept, kept_after);
        assert_ne!(found, found_after, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_with_a_column_that_has_no_hash_is_refused() {
    let world = World::new();
    let client = world.superuser().await;
    client
        .batch_execute(
            "SELECT create_view_schema('view_odd_v1_b1'); CREATE TABLE view_odd_v1_b1.odd (value json)",
        )
        .await
        .unwrap();
    let error = client.batch_execute("SELECT begin_digest('view_odd_v1_b1')").await.unwrap_err();
    assert!(error.as_db_error().unwrap().message().contains("hash function for type json"), "{error:?}");
}
