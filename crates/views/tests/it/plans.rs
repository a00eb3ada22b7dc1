//! The pages read by index, also when there are many tenants and many apps.

use chancery_journal::Role;
use chancery_views::connections::Connections;
use chancery_wire::Position;
use tokio_postgres::{Client, types::ToSql};
use uuid::Uuid;

use crate::{
    events::{app_created, id},
    world::World,
};

/// Thirty apps, each listed for a hundred tenants in two environments.
const FILL: &str = "
    INSERT INTO instance SELECT t, e FROM generate_series(1, 100) t, unnest('{integration,production}'::text[]) e;
    INSERT INTO app SELECT lpad(to_hex(a), 32, '0')::uuid, gen_random_uuid(), 'n', 'o', 'u', 'public', 'developer',
        900, 'integration', 2, 'approved' FROM generate_series(1, 30) a;
    INSERT INTO app_version SELECT app_id, v, '{a,b}' FROM app, generate_series(1, 2) v;
    INSERT INTO listing SELECT app_id, t FROM app, generate_series(1, 100) t;
    INSERT INTO connection (app_id, tenant_id, environment, state, granted_version, client_id, updated_at,
        updated_by_kind, updated_by_id, stream_version)
        SELECT app_id, tenant_id, 'production', 'connected', 1, 'cid.' || app_id || tenant_id, now(), 'person', 'p', 1
        FROM listing;
    ANALYZE";

async fn plan(client: &Client, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> String {
    let rows = client.query(&format!("EXPLAIN {sql}"), parameters).await.unwrap();
    rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_connections_are_read_by_index() {
    let world = World::new();
    world.happened(app_created(1)).await;
    let build =
        chancery_views::rebuild(world.url(), &world.journal, &Connections, Position::START).await.unwrap();
    let client = world.client(Role::Views).await;
    let enter = format!("SET search_path = {}; SET enable_seqscan = off", build.schema_name);
    client.batch_execute(&format!("{enter}; {FILL}")).await.unwrap();

    let (limit, app, tenant): (i64, Uuid, i64) = (51, id(7), 40);
    let of_app = include_str!("../../src/connections/of_app.sql");
    let of_app = plan(&client, of_app, &[&limit, &app, &tenant, &"integration"]).await;
    let for_tenant = include_str!("../../src/connections/for_tenant.sql");
    let for_tenant = plan(&client, for_tenant, &[&limit, &tenant, &"production", &app]).await;
    for plan in [&of_app, &for_tenant] {
        assert!(!plan.contains("Seq Scan"), "{plan}");
        assert!(plan.contains("secret_pkey"), "{plan}");
    }
    assert!(of_app.contains("listing_pkey"), "{of_app}");
    assert!(for_tenant.contains("listing_tenant"), "{for_tenant}");
}
