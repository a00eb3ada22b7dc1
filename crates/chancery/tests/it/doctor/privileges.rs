//! A doctor that may as little as what it examines.

use super::{Examined, examine};
use crate::{
    cast::Cast,
    checks::{client, is_in_the_views, is_published, log},
    process::Address,
    world::World,
};

/// Looks as a login that is a member of these roles alone, and at NATS as the reader.
fn examine_as(world: &World, login: &str, roles: &str) -> Examined {
    let make = format!("CREATE ROLE {login} LOGIN NOINHERIT PASSWORD 'p4ssword'; {roles}");
    world.block_on(async { client(world).await.batch_execute(&make).await.unwrap() });
    let (_, place) =
        world.url().split_once('@').map(|(user, place)| (user.to_owned(), place.to_owned())).unwrap();
    examine(world, |command| {
        command.env("DATABASE_URL", format!("postgres://{login}:p4ssword@{place}"));
        for variable in ["NATS_URL", "CHANCERY_NATS_USAGE_URL", "CHANCERY_NATS_METER_URL"] {
            command.env_remove(variable);
        }
    })
}

#[test]
fn what_serves_may_be_examined_by_a_login_that_may_no_more() {
    let world = World::to_be_killed();
    let server = world.serve(&Address::fresh());
    Cast::new(&world, &server);
    let events = log(&world);
    is_published(&world, &events);
    is_in_the_views(&world, events.len());

    let found = examine_as(&world, "server", "GRANT chancery_app, chancery_views TO server");
    found.expect("postgres.login", "ok", "server, no superuser; acts as chancery_app, chancery_views");
    for id in [
        "postgres.migrations",
        "grants.rights",
        "grants.roles",
        "grants.writers",
        "grants.guards",
        "settings.fsync",
        "settings.stream",
        "settings.wal_archive",
        "clock.postgres",
        "clock.nats",
        "log.head",
        "log.id",
        "positions.parked",
        "disk.database",
        "disk.jetstream",
    ] {
        assert_eq!(found.verdict(id), "ok", "{:#}", found.check(id));
    }
    found.expect("projections.apps", "ok", "live");
    found.expect("disk.postgres", "unknown", "may not see where");

    let found = examine_as(&world, "sealing", "GRANT chancery_sealer TO sealing");
    found.expect("postgres.login", "ok", "acts as chancery_sealer");
    found.expect("log.head", "ok", "");
    found.expect("positions.parked", "unknown", "permission denied");
    assert_eq!(found.verdict("grants.rights"), "ok");

    let found = examine_as(&world, "stranger", "");
    found.expect("postgres.login", "failure", "acts as no role of ours");
    assert!(found.advice("postgres.login").starts_with("GRANT chancery_app, chancery_views TO stranger"));
    found.expect("log.head", "unknown", "may act as none of the roles");
    assert_eq!(found.verdict("settings.fsync"), "ok");
}
