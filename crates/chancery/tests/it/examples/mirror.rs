//! A mirror has the log, exactly, whatever happens to it and around it.

use std::collections::BTreeMap;

use chancery_wire::Topology;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use super::{Example, beside_a_stream_that_forgets, point};
use crate::{
    cast::Cast,
    checks::{connect, log},
    eventually,
    load::Load,
    process::{Address, Server},
    world::World,
};

/// A mirror, and its tables: in a schema of their own.
struct Mirrored<'a> {
    world: &'a World,
    url: String,
    cast: &'a Cast,
    database: String,
    folder: TempDir,
}

impl<'a> Mirrored<'a> {
    fn new(world: &'a World, server: &Server, cast: &'a Cast) -> Self {
        world.block_on(async {
            sql(&world.url()).await.batch_execute("CREATE SCHEMA mirror").await.unwrap();
        });
        let separator = if world.url().contains('?') { '&' } else { '?' };
        let database = format!("{}{separator}options=-csearch_path%3Dmirror", world.url());
        Self { world, url: server.url.clone(), cast, database, folder: TempDir::new().unwrap() }
    }

    fn start(&self) -> Example {
        Example::start("mirror", self.folder.path(), |command| {
            point(command, self.world, &self.url, &self.cast.consumer);
            command.env("DATABASE_URL", &self.database);
        })
    }

    fn position(&self) -> Option<i64> {
        self.world.block_on(async {
            let client = sql(&self.database).await;
            Some(client.query_one("SELECT position FROM mirror_place", &[]).await.ok()?.get(0))
        })
    }

    /// Waits until it has that many events more.
    fn goes_on(&self, events: i64) {
        let before = self.position().unwrap_or_default();
        eventually("the mirror goes on", || self.position().filter(|position| *position >= before + events));
    }

    /// Waits until it is at the log's head, and compares.
    fn is_the_log(&self) {
        let log = log(self.world);
        eventually("the mirror is at the head", || {
            self.position().filter(|position| *position == i64::try_from(log.len()).unwrap())
        });
        self.world.block_on(async {
            let client = sql(&self.database).await;
            let events = "SELECT position, event_id, type, app_id, tenant_id, data::text FROM mirror_events ORDER BY 1";
            let rows = client.query(events, &[]).await.unwrap();
            assert_eq!(rows.len(), log.len());
            let mut totals: BTreeMap<String, i64> = BTreeMap::new();
            for (row, event) in rows.iter().zip(&log) {
                let found = (row.get::<_, i64>(0), row.get::<_, uuid::Uuid>(1), row.get::<_, &str>(2));
                assert_eq!(found, (event.position.as_i64(), event.event_id, &*event.event_type));
                assert_eq!(row.get::<_, Option<uuid::Uuid>>(3), event.key_app);
                assert_eq!(row.get::<_, Option<i64>>(4), event.key_tenant.map(u64::cast_signed));
                assert_eq!(row.get::<_, &str>(5).as_bytes(), event.data);
                *totals.entry(event.event_type.clone()).or_default() += 1;
            }
            let rows = client.query("SELECT type, events FROM mirror_totals", &[]).await.unwrap();
            let added: BTreeMap<String, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
            assert_eq!(added, totals, "adding up is what a second application shows in");
        });
    }
}

async fn sql(url: &str) -> Client {
    loop {
        if let Ok((client, connection)) = tokio_postgres::connect(url, NoTls).await {
            tokio::spawn(connection);
            return client;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[test]
fn a_mirror_that_is_killed_again_and_again_in_mid_traffic_has_the_log() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let shared = cast.connected_app(&server);
    let mirrored = Mirrored::new(&world, &server, &cast);
    let load = Load::start(3, &cast, &shared, std::slice::from_ref(&server.url));
    for _ in 0..6 {
        let mut mirror = mirrored.start();
        mirrored.goes_on(fastrand::i64(1..40));
        mirror.kill9();
        load.goes_on(5);
    }
    // Two at once take turns; and neither minds that NATS goes away.
    let (one, other) = (mirrored.start(), mirrored.start());
    load.goes_on(20);
    world.nats.kill9();
    load.goes_on(20);
    mirrored.goes_on(10);
    world.nats.start_again().unwrap();
    load.goes_on(20);
    load.finish();
    mirrored.is_the_log();
    one.stop();
    assert!(other.stop().contains("stopped at"));
}

#[test]
fn a_mirror_reads_over_http_what_the_stream_has_lost() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    cast.connected_app(&server);
    let server = beside_a_stream_that_forgets(&world, server, &cast);
    let mirrored = Mirrored::new(&world, &server, &cast);
    let mirror = mirrored.start();
    mirrored.is_the_log();
    mirror.stop();
}

#[test]
fn a_mirror_of_a_log_that_was_replaced_stops_and_says_what_to_do() {
    let world = World::new();
    let address = Address::fresh();
    let server = world.serve(&address);
    let cast = Cast::new(&world, &server);
    let mirrored = Mirrored::new(&world, &server, &cast);
    let mirror = mirrored.start();
    mirrored.is_the_log();
    mirror.stop();
    drop(server);
    world.block_on(async {
        let client = sql(&world.url()).await;
        client.batch_execute("UPDATE head SET log_id = gen_random_uuid()").await.unwrap();
        let jetstream = connect(&world.nats.relay_url()).await;
        jetstream.delete_stream(Topology::default().stream).await.unwrap();
    });
    let _server = world.serve(&address);
    let said = mirrored.start().fails();
    assert!(said.contains("if the log was replaced, drop what was derived"), "{said}");
}
