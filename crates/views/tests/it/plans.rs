//! Pages are read by index also when there are many tenants and many apps: every scan of a plan begins at a key. So
//! a page costs what is on it, and not what there is.

use chancery_journal::Role;
use chancery_views::{
    View, access_requests::AccessRequests, apps::Apps, connections::Connections, networks::Networks,
};
use chancery_wire::Position;
use tokio_postgres::{Client, types::ToSql};
use uuid::Uuid;

use crate::{
    events::{app_created, id},
    world::World,
};

/// A client in a build of `view` whose tables were filled by `sql`, kept from reading more than a page as readers are.
async fn filled(view: &dyn View, sql: &str) -> (World, Client) {
    let world = World::new();
    world.happened(app_created(1)).await;
    let people = "INSERT INTO people (person_id, name) SELECT 'p' || n, 'n' FROM generate_series(1, 2000) n";
    world.client(Role::App).await.batch_execute(people).await.unwrap();
    let build = chancery_views::rebuild(world.url(), &world.journal, view, Position::START).await.unwrap();
    let client = world.client(Role::Views).await;
    let off = "SET enable_seqscan = off; SET enable_mergejoin = off; SET enable_hashjoin = off";
    let enter = format!("SET search_path = {}; {off}", build.schema_name);
    client.batch_execute(&format!("{enter}; {sql}; ANALYZE")).await.unwrap();
    (world, client)
}

/// The plan of a statement, which must begin every scan at a key.
async fn plan(client: &Client, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> String {
    let rows = client.query(&format!("EXPLAIN {sql}"), parameters).await.unwrap();
    let plan: String = rows.iter().map(|row| row.get::<_, String>(0) + "\n").collect();
    for node in plan.split("->") {
        let index = ["Index Scan", "Index Only Scan"].iter().any(|scan| node.contains(scan));
        assert!(!node.contains("Seq Scan"), "{plan}");
        assert!(!index || node.contains("Index Cond"), "{plan}");
    }
    plan
}

macro_rules! sql {
    ($path:literal) => {
        include_str!(concat!("../../src/", $path))
    };
}

/// Two thousand apps and as many tenants in two environments: one app is listed for every tenant, one tenant has
/// every app, and the others have a few of each other. Some apps are deleted, some tenants not listed any more.
const CONNECTIONS: &str = "
    INSERT INTO instance SELECT t, e FROM generate_series(1, 2000) t, unnest('{integration,production}'::text[]) e;
    INSERT INTO app SELECT lpad(to_hex(a), 32, '0')::uuid, gen_random_uuid(), 'n', 'o', 'u', 'public', 'developer',
        900, 'integration', 2, 'approved', CASE WHEN a % 10 = 0 THEN now() END, 'person', 'p1'
        FROM generate_series(1, 2000) a;
    INSERT INTO app_version SELECT app_id, v, '{a,b}' FROM app, generate_series(1, 2) v;
    INSERT INTO listing SELECT lpad(to_hex(a), 32, '0')::uuid, t, (a + t) % 50 <> 0, 1
        FROM generate_series(1, 2000) a, generate_series(1, 2000) t WHERE a = 7 OR t = 40 OR (a + t) % 400 = 0;
    INSERT INTO connection (app_id, tenant_id, environment, connection_id, state, granted_version, client_id,
        declined_version, declined_at, declined_by_kind, declined_by_id, updated_at, updated_by_kind, updated_by_id,
        position, stream_version)
        SELECT app_id, tenant_id, 'production', gen_random_uuid(), CASE WHEN listed THEN 'connected' ELSE 'revoked' END,
            1, 'cid.' || app_id || tenant_id, 1, now(), 'person', 'p' || tenant_id, now(), 'person', 'p' || tenant_id, 2, 1
        FROM listing";

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_connections_are_read_by_index() {
    let (_world, client) = filled(&Connections, CONNECTIONS).await;
    let (limit, app, tenant): (i64, Uuid, i64) = (51, id(7), 40);
    let of_app = sql!("connections/of_app.sql");
    let of_app = plan(&client, of_app, &[&limit, &app, &tenant, &"integration"]).await;
    let for_tenant = sql!("connections/for_tenant.sql");
    let for_tenant = plan(&client, for_tenant, &[&limit, &tenant, &"production", &app]).await;
    let connection = sql!("connections/connection.sql");
    let connection = plan(&client, connection, &[&app, &tenant, &"production"]).await;
    let listed_app = sql!("connections/listed_app.sql");
    let listed_app = plan(&client, listed_app, &[&tenant, &"production", &app]).await;
    for plan in [&of_app, &for_tenant, &connection, &listed_app] {
        assert!(plan.contains("secret_pkey"), "{plan}");
    }
    assert!(of_app.contains("listing_pkey"), "{of_app}");
    assert!(for_tenant.contains("listing_tenant"), "{for_tenant}");
}

const APPS: &str = "
    INSERT INTO app SELECT lpad(to_hex(a), 32, '0')::uuid, 'ak1.' || a, lpad(to_hex(a % 300), 32, '0')::uuid, 'n', 'o',
        'u', 'public', 'developer', 0, 1, '{a}', CASE WHEN a % 3 = 0 THEN 'pending' ELSE 'approved' END, NULL, a, now(),
        'person', 'p' || a, CASE WHEN a % 10 = 0 THEN now() END, 'person', 'p1', 1
        FROM generate_series(1, 3000) a";

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_apps_and_the_review_queue_are_read_by_index() {
    let (_world, client) = filled(&Apps, APPS).await;
    let limit = 51_i64;
    plan(&client, sql!("apps/app.sql"), &[&id(7)]).await;
    let of_organization = sql!("apps/of_organization.sql");
    let of_organization = plan(&client, of_organization, &[&limit, &id(7), &id(100)]).await;
    assert!(of_organization.contains("app_organization"), "{of_organization}");
    let queue = plan(&client, sql!("apps/awaiting_review.sql"), &[&limit, &100_i64]).await;
    assert!(queue.contains("app_review"), "{queue}");
}

const ACCESS_REQUESTS: &str = "
    INSERT INTO access_request SELECT lpad(to_hex(r), 32, '0')::uuid, r, 'p' || r, 'c', now(),
        (array['approved', 'rejected', 'pending'])[r / 1300 + 1], now(), 'person', 'p1', 'r', null, null, 2
        FROM generate_series(1, 3000) r";

#[tokio::test(flavor = "multi_thread")]
async fn access_requests_are_read_by_index() {
    let (_world, client) = filled(&AccessRequests, ACCESS_REQUESTS).await;
    let (limit, after) = (51_i64, 100_i64);
    plan(&client, sql!("access_requests/access_request.sql"), &[&id(7)]).await;
    let all = plan(&client, sql!("access_requests/all.sql"), &[&limit, &after]).await;
    assert!(all.contains("access_request_state"), "{all}");
    let in_state = plan(&client, sql!("access_requests/in_state.sql"), &[&limit, &after, &"pending"]).await;
    assert!(in_state.contains("access_request_state"), "{in_state}");
}

const NETWORKS: &str = "
    INSERT INTO network SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n % 300), 32, '0')::uuid, 'c', 'n', now(),
        'person', 'p' || n, 1 FROM generate_series(1, 2000) n;
    INSERT INTO network_group SELECT lpad(to_hex(g), 32, '0')::uuid, lpad(to_hex(g % 300), 32, '0')::uuid,
        gen_random_uuid(), 'n', 'production', now(), 'person', 'p' || g, 1 FROM generate_series(1, 2000) g;
    INSERT INTO member SELECT group_id, t FROM network_group, generate_series(1, 20) t;
    INSERT INTO offer SELECT group_id, lpad(to_hex(a), 32, '0')::uuid FROM network_group, generate_series(1, 5) a";

#[tokio::test(flavor = "multi_thread")]
async fn networks_and_groups_are_read_by_index() {
    let (_world, client) = filled(&Networks, NETWORKS).await;
    let limit = 51_i64;
    plan(&client, sql!("networks/network.sql"), &[&id(7)]).await;
    let of_organization = sql!("networks/of_organization.sql");
    let of_organization = plan(&client, of_organization, &[&limit, &id(7), &id(100)]).await;
    assert!(of_organization.contains("network_organization"), "{of_organization}");
    let group = plan(&client, sql!("networks/group.sql"), &[&id(7)]).await;
    let groups = plan(&client, sql!("networks/groups.sql"), &[&limit, &id(7), &id(100)]).await;
    assert!(groups.contains("network_group_network"), "{groups}");
    for plan in [&group, &groups] {
        assert!(plan.contains("member_pkey") && plan.contains("offer_pkey"), "{plan}");
    }
}
