//! What stands on the log's tables, and who may write them past the one way in: what the migrations made, and nothing else.

use anyhow::{Context, Result};
use chancery_devkit::Postgres;
use chancery_journal::rights::{self, Altered, Stands};

use crate::world::{World, superuser};

/// Anything that stands on the log's tables is one of these, and a change of the list is a change of how the log is kept.
#[tokio::test]
async fn what_stands_on_the_logs_tables_is_what_the_migrations_made() -> Result<()> {
    let world = World::new()?;
    let client = world.superuser().await?;
    assert_eq!(rights::altered(&client).await?, Altered { more: vec![], missing: vec![] });
    // Whoever asks, and whatever they call things.
    let plain =
        "CREATE SCHEMA other; CREATE FUNCTION other.refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RETURN new; END$$; GRANT USAGE ON SCHEMA other TO PUBLIC;
        SET search_path = other, public, pg_catalog; SET ROLE chancery_app";
    client.batch_execute(plain).await?;
    assert!(rights::altered(&client).await?.is_nothing());
    Ok(())
}

#[tokio::test]
async fn whatever_was_added_to_the_logs_tables_or_taken_from_them_is_told_with_what_undoes_it() -> Result<()>
{
    let world = World::new()?;
    let client = world.superuser().await?;
    let strange = "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$; CREATE SCHEMA other";
    client.batch_execute(strange).await?;
    for (change, more, less) in [
        (
            "CREATE TRIGGER forward AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION spy()",
            "events TRIGGER forward AFTER INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.spy()",
            "",
        ),
        (
            "CREATE RULE \"no more\" AS ON INSERT TO commands DO INSTEAD NOTHING",
            "commands RULE \"no more\" ON INSERT TO public.commands DO INSTEAD NOTHING",
            "",
        ),
        (
            "ALTER TABLE events DROP CONSTRAINT events_stream_version_key",
            "",
            "events CONSTRAINT events_stream_version_key UNIQUE (stream, version)",
        ),
        (
            "ALTER TABLE commands DROP CONSTRAINT commands_pkey; CREATE UNIQUE INDEX commands_pkey ON commands (command_id, status)",
            "commands INDEX commands_pkey UNIQUE USING btree (command_id, status)",
            "commands CONSTRAINT commands_pkey PRIMARY KEY (command_id)",
        ),
        (
            "ALTER TABLE seals DROP CONSTRAINT seals_previous_key; ALTER TABLE seal_tiles DROP CONSTRAINT seal_tiles_check",
            "",
            "seal_tiles CONSTRAINT seal_tiles_check CHECK (((level > 0) AND (index >= 0) AND (octet_length(hashes) = 8192)))
seals CONSTRAINT seals_previous_key UNIQUE (previous)",
        ),
        (
            "ALTER TABLE events ALTER version DROP NOT NULL; ALTER TABLE seals ALTER sealed_at DROP DEFAULT",
            "",
            "events NOT NULL version
seals DEFAULT sealed_at clock_timestamp()",
        ),
        (
            "ALTER TABLE events ADD CHECK (version < 1000) NOT VALID, ENABLE ROW LEVEL SECURITY; ALTER TABLE head OWNER TO postgres",
            "events CONSTRAINT events_version_check CHECK ((version < 1000)) NOT VALID
events ROW SECURITY
head OWNER postgres",
            "head OWNER chancery_owner",
        ),
        (
            "CREATE TABLE other.events () INHERITS (public.events); CREATE INDEX late ON events (recorded_at)",
            "events CHILD other.events
events INDEX late USING btree (recorded_at)",
            "",
        ),
        (
            "ALTER TABLE events DISABLE TRIGGER append_only; DROP TRIGGER one_row ON head",
            "events TRIGGER append_only DISABLED",
            "head TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON public.head FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()",
        ),
        (
            "DROP TRIGGER append_only ON events; CREATE TRIGGER append_only BEFORE UPDATE OF data OR DELETE OR TRUNCATE
                ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
            "events TRIGGER append_only BEFORE DELETE OR UPDATE OF data OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()",
            "events TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()",
        ),
        (
            "DROP TRIGGER one_row ON head; CREATE TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON head
                FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION spy()",
            "head TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON public.head FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION public.spy()",
            "head TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON public.head FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()",
        ),
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN coalesce(new, old); END$$",
            "refuse_change() FUNCTION plpgsql BEGIN RETURN coalesce(new, old); END",
            "refuse_change() FUNCTION plpgsql BEGIN RAISE EXCEPTION 'table % is append-only: % is refused', tg_table_name, tg_op USING ERRCODE = 'insufficient_privilege'; END",
        ),
    ] {
        client.batch_execute(change).await.context(change)?;
        let altered = rights::altered(&client).await?;
        assert_eq!([what(&altered.more), altered.missing.join("\n")], [more, less], "{change}");
        let mend = altered.mend().concat();
        client.batch_execute(&mend).await.context(mend)?;
        assert_eq!(rights::altered(&client).await?, Altered { more: vec![], missing: vec![] }, "{change}");
    }
    client.batch_execute("ALTER TABLE events ADD told text; SET session_replication_role = replica").await?;
    let altered = rights::altered(&client).await?;
    assert_eq!(what(&altered.more), "events COLUMN told text\nsession_replication_role replica");
    Ok(())
}

/// On a server of its own: roles are the server's.
#[tokio::test]
async fn whoever_may_write_the_log_past_the_one_way_in_is_told_but_not_who_migrates() -> Result<()> {
    let server = Postgres::start()?;
    let administrator = superuser(&server.url()).await?;
    administrator.batch_execute("CREATE ROLE migrator LOGIN CREATEROLE PASSWORD 'm'").await?;
    administrator.batch_execute("CREATE DATABASE log OWNER migrator").await?;
    let url = server.database_url("log");
    let (_, place) = url.split_once('@').context("no login")?;
    chancery_journal::migrate(&format!("postgres://migrator:m@{place}")).await?;
    let client = superuser(&url).await?;
    let told = || rights::writers(&client);
    assert_eq!(told().await?, []);
    let plain = "CREATE ROLE serving LOGIN; GRANT chancery_app, chancery_views, chancery_sealer TO serving; CREATE ROLE reading LOGIN;
        GRANT pg_read_all_data TO reading; CREATE ROLE passing LOGIN BYPASSRLS";
    client.batch_execute(plain).await?;
    assert_eq!(told().await?, []);

    let mighty = "CREATE ROLE eve LOGIN; CREATE ROLE crew; GRANT crew TO eve; GRANT chancery_owner TO crew; GRANT pg_write_all_data TO eve;
        CREATE ROLE mallory LOGIN; GRANT migrator TO mallory; CREATE ROLE trent LOGIN; GRANT postgres TO trent;
        CREATE ROLE \"the boss\" LOGIN SUPERUSER; GRANT pg_execute_server_program TO serving";
    client.batch_execute(mighty).await?;
    let found = told().await?;
    let expected = [
        "\"the boss\" SUPERUSER",
        "crew IN chancery_owner",
        "eve IN pg_write_all_data",
        "mallory IN migrator",
        "serving IN pg_execute_server_program",
        "trent IN postgres",
    ];
    assert_eq!(what(&found), expected.join("\n"));
    for Stands { undo, .. } in &found {
        client.batch_execute(undo).await.with_context(|| undo.clone())?;
    }
    assert_eq!(told().await?, []);

    // Since Postgres 16 it is who made a role that may pass its membership on, and has no other part in it.
    client.batch_execute("CREATE ROLE oscar LOGIN CREATEROLE").await?;
    let version: i32 =
        client.query_one("SELECT current_setting('server_version_num')::int", &[]).await?.get(0);
    assert_eq!(what(&told().await?), if version < 160_000 { "oscar CREATEROLE" } else { "" });
    if version >= 160_000 {
        let makes = "GRANT migrator TO oscar WITH ADMIN TRUE, INHERIT FALSE, SET FALSE";
        client.batch_execute(makes).await?;
        assert_eq!(what(&told().await?), "oscar ADMIN OF migrator");
        client.batch_execute("REVOKE migrator FROM oscar; ALTER ROLE migrator SUPERUSER").await?;
        assert_eq!(what(&told().await?), "");
    }
    Ok(())
}

fn what(stands: &[Stands]) -> String {
    stands.iter().map(|one| one.what.as_str()).collect::<Vec<_>>().join("\n")
}
