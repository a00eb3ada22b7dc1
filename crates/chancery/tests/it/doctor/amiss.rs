//! What is set or altered so that something is lost, or may be.

use chancery_devkit::{PgWanted, Postgres, PostgresOptions};

use super::{examine, until};
use crate::{checks::client, world::World};

fn execute(world: &World, sql: &str) {
    world.block_on(async { client(world).await.batch_execute(sql).await.unwrap() });
}

/// One statement at a time: ALTER SYSTEM runs with no other.
fn execute_each(world: &World, statements: &str) {
    statements.split_terminator(';').for_each(|statement| execute(world, statement));
}

#[test]
fn settings_that_lose_data_are_failures_and_the_advice_mends_them() {
    let world = World::unmigrated();
    let unmigrated = examine(&world, |_| ());
    unmigrated.expect("postgres.migrations", "failure", "are missing");
    assert_eq!(unmigrated.advice("postgres.migrations"), "run `chancery migrate`");
    unmigrated.expect("grants.roles", "failure", "none is there");
    unmigrated.expect("postgres.login", "failure", "no role of ours");
    unmigrated.expect("log.head", "unknown", "left out");

    assert!(world.run(&["migrate"]).status.success());
    let lossy =
        "ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off; SELECT pg_reload_conf();
        ALTER DATABASE postgres SET synchronous_commit = off; ALTER TABLE people SET UNLOGGED";
    execute_each(&world, lossy);
    let found = until(
        "the settings are read",
        &world,
        |_| (),
        |found| found.verdict("settings.full_page_writes") != "ok",
    );
    found.expect("settings.fsync", "failure", "off");
    found.expect("settings.full_page_writes", "failure", "off");
    found.expect("settings.tables", "failure", "people");
    found.expect("settings.synchronous_commit", "warning", "off");
    for id in [
        "postgres.server",
        "postgres.migrations",
        "grants.rights",
        "grants.roles",
        "settings.zero_damaged_pages",
    ] {
        assert_eq!(found.verdict(id), "ok", "{:#}", found.check(id));
    }

    for id in ["settings.fsync", "settings.full_page_writes", "settings.tables"] {
        execute_each(&world, found.advice(id).rsplit(": ").next().unwrap());
    }
    execute(&world, "ALTER DATABASE postgres RESET synchronous_commit");
    let mended = until(
        "the settings are read",
        &world,
        |_| (),
        |found| found.verdict("settings.full_page_writes") == "ok",
    );
    for id in ["settings.fsync", "settings.tables", "settings.synchronous_commit"] {
        assert_eq!(mended.verdict(id), "ok", "{:#}", mended.check(id));
    }
}

#[test]
fn a_setting_of_the_command_line_is_to_be_mended_there() {
    let settings = vec![("fsync".to_owned(), "off".to_owned())];
    let options =
        PostgresOptions { wanted: PgWanted::from_env().unwrap(), settings, ..PostgresOptions::default() };
    let found = examine(&World::with_postgres(Postgres::start_with(options).unwrap()), |_| ());
    found.expect("settings.fsync", "failure", "off, on the server's command line");
    assert!(found.advice("settings.fsync").ends_with("start it without that"));
}

#[test]
fn a_right_too_much_and_one_too_little_are_told_with_what_undoes_them() {
    let world = World::new();
    execute(&world, "GRANT UPDATE ON events TO chancery_app; GRANT SELECT ON people TO PUBLIC;
        REVOKE SELECT ON seals FROM chancery_app; REVOKE EXECUTE ON FUNCTION index_events FROM chancery_views");
    let found = examine(&world, |_| ());
    found.expect("grants.rights", "failure", "too much: PUBLIC SELECT people, chancery_app UPDATE events");
    found.expect(
        "grants.rights",
        "failure",
        "missing: chancery_app SELECT seals, chancery_views EXECUTE index_events",
    );
    let (_, statements) = found.advice("grants.rights").split_once(": ").unwrap();
    execute(&world, statements);
    assert_eq!(examine(&world, |_| ()).verdict("grants.rights"), "ok");

    execute(&world, "GRANT SELECT ON events TO PUBLIC");
    examine(&world, |_| ()).expect("grants.rights", "warning", "too much: PUBLIC SELECT events");
}

#[test]
fn a_guard_that_is_off_and_a_head_that_is_not_the_logs_are_failures() {
    let world = World::new();
    assert_eq!(examine(&world, |_| ()).verdict("grants.guards"), "ok");
    execute(&world, "ALTER TABLE events DISABLE TRIGGER append_only; UPDATE head SET position = 7");
    let found = examine(&world, |_| ());
    found.expect("grants.guards", "failure", "too much: events TRIGGER append_only DISABLED");
    found.expect("log.head", "failure", "the head says 7, and the last event is at 0");
}

#[test]
fn what_was_put_on_the_logs_tables_or_taken_from_them_is_told_with_what_undoes_it() {
    let world = World::new();
    execute(
        &world,
        "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$;
         CREATE TRIGGER forward AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION spy();
         CREATE RULE lost AS ON INSERT TO seals DO INSTEAD NOTHING;
         ALTER TABLE events DROP CONSTRAINT events_stream_version_key; ALTER TABLE commands ALTER status DROP NOT NULL",
    );
    let found = examine(&world, |_| ());
    let forward = "too much: events TRIGGER forward AFTER INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.spy(), \
         seals RULE lost ON INSERT TO public.seals DO INSTEAD NOTHING; missing: commands NOT NULL status, \
         events CONSTRAINT events_stream_version_key UNIQUE (stream, version)";
    found.expect("grants.guards", "failure", forward);
    let (look, statements) = found.advice("grants.guards").split_once(": ").unwrap();
    assert!(look.contains("chancery log verify"), "{look}");
    execute(&world, statements);
    assert_eq!(examine(&world, |_| ()).verdict("grants.guards"), "ok");
}

/// On a server of its own: roles are the server's.
#[test]
fn whoever_was_let_write_the_log_is_told_with_what_undoes_it() {
    let world = World::to_be_killed();
    let let_in = "CREATE ROLE eve LOGIN; GRANT chancery_owner TO eve; CREATE ROLE crew; GRANT pg_write_all_data TO crew;
        CREATE ROLE boss LOGIN SUPERUSER";
    execute(&world, let_in);
    let found = examine(&world, |_| ());
    let who = "also boss SUPERUSER, crew IN pg_write_all_data, eve IN chancery_owner";
    found.expect("grants.writers", "failure", who);
    let (_, statements) = found.advice("grants.writers").split_once(": ").unwrap();
    let (superusers, memberships): (Vec<_>, Vec<_>) =
        statements.split_inclusive(';').partition(|statement| statement.contains("SUPERUSER"));
    execute(&world, &memberships.concat());
    let found = examine(&world, |_| ());
    found.expect("grants.writers", "warning", "also boss SUPERUSER");
    assert_eq!(found.verdict("grants.roles"), "ok");
    execute(&world, &superusers.concat());
    assert_eq!(examine(&world, |_| ()).verdict("grants.writers"), "ok");
}

#[test]
fn a_schema_that_is_older_or_newer_than_the_build_is_told() {
    let world = World::to_be_killed();
    let history = "UPDATE refinery_schema_history SET version = 9999 WHERE version = (SELECT max(version) FROM refinery_schema_history)";
    execute(&world, history);
    let found = examine(&world, |_| ());
    found.expect("postgres.migrations", "failure", "1 of ");
    let later = "INSERT INTO refinery_schema_history SELECT 9998, name, applied_on, checksum FROM refinery_schema_history
        WHERE version = 9999; UPDATE refinery_schema_history SET version = (SELECT max(version) + 1 FROM refinery_schema_history
        WHERE version < 9998) WHERE version = 9999";
    execute(&world, later);
    examine(&world, |_| ()).expect("postgres.migrations", "warning", "this build does not know V9998");
}
