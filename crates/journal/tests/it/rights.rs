//! Who may do what in the database. The log is append-only for everybody, also for its owner.

use anyhow::{Context, Result, ensure};
use chancery_journal::{Role, config_for};
use tokio_postgres::{Client, NoTls, error::SqlState};

use crate::{
    commands::{Compose, command},
    world::World,
};

/// Everything that anybody but the owner may do. A change here is a change of the security model.
const GRANTS: &[&str] = &[
    "PUBLIC EXECUTE refuse_change",
    "PUBLIC USAGE public",
    "chancery_app DELETE access_admissions",
    "chancery_app DELETE people",
    "chancery_app DELETE secret_uses",
    "chancery_app DELETE signing_keys",
    "chancery_app DELETE usage_gaps",
    "chancery_app DELETE usage_keys",
    "chancery_app DELETE usage_sources",
    "chancery_app EXECUTE admit_access_request",
    "chancery_app EXECUTE append",
    "chancery_app EXECUTE append_batch",
    "chancery_app EXECUTE drop_usage_partition",
    "chancery_app EXECUTE event_key",
    "chancery_app EXECUTE make_usage_partitions",
    "chancery_app INSERT access_admissions",
    "chancery_app INSERT people",
    "chancery_app INSERT secret_uses",
    "chancery_app INSERT signing_keys",
    "chancery_app INSERT usage_day",
    "chancery_app INSERT usage_gaps",
    "chancery_app INSERT usage_hour",
    "chancery_app INSERT usage_keys",
    "chancery_app INSERT usage_minute",
    "chancery_app INSERT usage_sources",
    "chancery_app SELECT access_admission_control",
    "chancery_app SELECT access_admissions",
    "chancery_app SELECT commands",
    "chancery_app SELECT event_keys",
    "chancery_app SELECT event_keys_checkpoint",
    "chancery_app SELECT events",
    "chancery_app SELECT head",
    "chancery_app SELECT people",
    "chancery_app SELECT projection_audits",
    "chancery_app SELECT projection_builds",
    "chancery_app SELECT projection_control",
    "chancery_app SELECT projection_parked",
    "chancery_app SELECT projection_pointers",
    "chancery_app SELECT projection_rebuilds",
    "chancery_app SELECT projection_settings",
    "chancery_app SELECT projection_shards",
    "chancery_app SELECT projection_skips",
    "chancery_app SELECT projection_verifications",
    "chancery_app SELECT projection_workers",
    "chancery_app SELECT seal_tiles",
    "chancery_app SELECT seals",
    "chancery_app SELECT secret_uses",
    "chancery_app SELECT signing_keys",
    "chancery_app SELECT usage_day",
    "chancery_app SELECT usage_gaps",
    "chancery_app SELECT usage_hour",
    "chancery_app SELECT usage_keys",
    "chancery_app SELECT usage_minute",
    "chancery_app SELECT usage_sources",
    "chancery_app UPDATE access_admission_control",
    "chancery_app UPDATE access_admissions",
    "chancery_app UPDATE people",
    "chancery_app UPDATE secret_uses",
    "chancery_app UPDATE signing_keys",
    "chancery_app UPDATE usage_day",
    "chancery_app UPDATE usage_gaps",
    "chancery_app UPDATE usage_hour",
    "chancery_app UPDATE usage_keys",
    "chancery_app UPDATE usage_minute",
    "chancery_app UPDATE usage_sources",
    "chancery_app USAGE public",
    "chancery_sealer INSERT seal_tiles",
    "chancery_sealer INSERT seals",
    "chancery_sealer SELECT events",
    "chancery_sealer SELECT head",
    "chancery_sealer SELECT seal_tiles",
    "chancery_sealer SELECT seals",
    "chancery_sealer USAGE public",
    "chancery_views DELETE projection_audits",
    "chancery_views DELETE projection_builds",
    "chancery_views DELETE projection_control",
    "chancery_views DELETE projection_parked",
    "chancery_views DELETE projection_pointers",
    "chancery_views DELETE projection_rebuilds",
    "chancery_views DELETE projection_settings",
    "chancery_views DELETE projection_shards",
    "chancery_views DELETE projection_skips",
    "chancery_views DELETE projection_verifications",
    "chancery_views DELETE projection_workers",
    "chancery_views EXECUTE begin_digest",
    "chancery_views EXECUTE create_view_schema",
    "chancery_views EXECUTE digest_rows",
    "chancery_views EXECUTE digest_tables",
    "chancery_views EXECUTE digested_rows",
    "chancery_views EXECUTE digested_sum",
    "chancery_views EXECUTE forget_event_keys",
    "chancery_views EXECUTE index_events",
    "chancery_views EXECUTE take_digested_rows",
    "chancery_views EXECUTE take_digested_sum",
    "chancery_views INSERT projection_audits",
    "chancery_views INSERT projection_builds",
    "chancery_views INSERT projection_control",
    "chancery_views INSERT projection_parked",
    "chancery_views INSERT projection_pointers",
    "chancery_views INSERT projection_rebuilds",
    "chancery_views INSERT projection_settings",
    "chancery_views INSERT projection_shards",
    "chancery_views INSERT projection_skips",
    "chancery_views INSERT projection_verifications",
    "chancery_views INSERT projection_workers",
    "chancery_views SELECT events",
    "chancery_views SELECT head",
    "chancery_views SELECT people",
    "chancery_views SELECT projection_audits",
    "chancery_views SELECT projection_builds",
    "chancery_views SELECT projection_control",
    "chancery_views SELECT projection_parked",
    "chancery_views SELECT projection_pointers",
    "chancery_views SELECT projection_rebuilds",
    "chancery_views SELECT projection_settings",
    "chancery_views SELECT projection_shards",
    "chancery_views SELECT projection_skips",
    "chancery_views SELECT projection_verifications",
    "chancery_views SELECT projection_workers",
    "chancery_views SELECT secret_uses",
    "chancery_views UPDATE projection_audits",
    "chancery_views UPDATE projection_builds",
    "chancery_views UPDATE projection_control",
    "chancery_views UPDATE projection_parked",
    "chancery_views UPDATE projection_pointers",
    "chancery_views UPDATE projection_rebuilds",
    "chancery_views UPDATE projection_settings",
    "chancery_views UPDATE projection_shards",
    "chancery_views UPDATE projection_skips",
    "chancery_views UPDATE projection_verifications",
    "chancery_views UPDATE projection_workers",
    "chancery_views USAGE public",
];

const HELD: &str = "
    WITH held AS (
        SELECT relname AS name, relowner AS owner, acl.* FROM pg_class,
            aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
        UNION ALL
        SELECT proname, proowner, acl.* FROM pg_proc,
            aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
            WHERE pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT nspname, nspowner, acl.* FROM pg_namespace,
            aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl WHERE nspname = 'public')
    SELECT (CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
           || ' ' || privilege_type || ' ' || name
           || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) COLLATE \"C\" AS one
        FROM held WHERE grantee <> owner AND grantee <> 'chancery_owner'::regrole
        ORDER BY one";

async fn as_role(world: &World, role: Role) -> Result<Client> {
    let (client, connection) = config_for(world.db.url(), role)?.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn refused(client: &Client, statement: &str, why: &str) -> Result<()> {
    let error = client.batch_execute(statement).await.err().context(format!("it may {statement}"))?;
    let error = error.as_db_error().context("no answer of Postgres")?;
    ensure!(*error.code() == SqlState::INSUFFICIENT_PRIVILEGE, "{statement}: {error}");
    ensure!(error.message().contains(why), "{statement}: {error}");
    Ok(())
}

/// Statements that change the table, also where they would touch no row.
fn changes(table: &str) -> [String; 4] {
    [
        format!("INSERT INTO {table} SELECT * FROM {table}"),
        format!("UPDATE {table} SET recorded_at = now() WHERE false"),
        format!("DELETE FROM {table} WHERE false"),
        format!("TRUNCATE {table}"),
    ]
}

/// A call that would append nothing, if it were allowed.
fn call(what: &str) -> String {
    let columns =
        "uuid bytea smallint text integer bigint text bigint integer integer integer bigint uuid text
        text bigint text integer uuid bigint text text uuid uuid uuid text json
        uuid text bigint";
    let empty: Vec<_> = columns.split_whitespace().map(|column| format!("'{{}}'::{column}[]")).collect();
    format!("{what}({}", empty.join(", "))
}

#[tokio::test]
async fn nobody_holds_more_rights_than_these() -> Result<()> {
    let world = World::new()?;
    let rows = world.superuser().await?.query(HELD, &[]).await?;
    let held: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(held, GRANTS);
    Ok(())
}

#[tokio::test]
async fn the_roles_are_plain_and_members_of_nothing() -> Result<()> {
    let world = World::new()?;
    let privileged =
        "SELECT count(*) FROM pg_roles r WHERE rolname LIKE 'chancery%' AND (rolcanlogin OR rolsuper
        OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls
        OR EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid))";
    let client = world.superuser().await?;
    assert_eq!(client.query_one(privileged, &[]).await?.get::<_, i64>(0), 0);
    Ok(())
}

#[tokio::test]
async fn neither_the_application_nor_the_views_nor_the_sealer_can_change_the_log() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 1)).await?;
    for role in [Role::App, Role::Views, Role::Sealer] {
        let client = as_role(&world, role).await?;
        for table in ["events", "commands", "head"] {
            for change in changes(table) {
                refused(&client, &change, "permission denied").await?;
            }
        }
        for sly in ["ALTER TABLE events DISABLE TRIGGER ALL", "DROP TABLE events", "DROP PROCEDURE append"] {
            refused(&client, sly, "must be owner").await?;
        }
        refused(&client, "CREATE TABLE public.mine ()", "permission denied").await?;
    }
    assert_eq!(world.log().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_application_counts_usage_and_keeps_it_no_shorter_than_an_hour() -> Result<()> {
    let world = World::new()?;
    let app = as_role(&world, Role::App).await?;
    app.batch_execute("SELECT make_usage_partitions(now())").await?;
    for sly in ["DELETE FROM usage_minute", "TRUNCATE usage_day"] {
        refused(&app, sly, "permission denied").await?;
    }
    let partition =
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'usage_minute'::regclass";
    let partition: String = app.query_one(partition, &[]).await?.get(0);
    refused(&app, &format!("SELECT FROM {partition}"), "permission denied").await?;
    refused(&app, &format!("DROP TABLE {partition}"), "must be owner").await?;
    for sly in [
        "SELECT drop_usage_partition('0', '1 day', '1 day')",
        "SELECT make_usage_partitions(now() + interval '31 days')",
        "SELECT make_usage_partitions('infinity')",
    ] {
        let error = app.batch_execute(sly).await.err().context("it may")?;
        ensure!(error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE), "{sly}: {error}");
    }
    refused(&as_role(&world, Role::Views).await?, "SELECT make_usage_partitions(now())", "permission denied")
        .await
}

#[tokio::test]
async fn the_owner_cannot_change_what_was_appended() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 1)).await?;
    let client = world.superuser().await?;
    for role in ["chancery_owner", "postgres"] {
        client.batch_execute(&format!("SET ROLE {role}")).await?;
        for table in ["events", "commands"] {
            for change in &changes(table)[1..] {
                refused(&client, change, "append-only").await?;
            }
        }
        let [insert, _, delete, truncate] = changes("head");
        for change in [insert, delete, truncate] {
            refused(&client, &change, "append-only").await?;
        }
    }
    assert_eq!(world.log().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn nobody_changes_what_was_sealed_and_only_the_sealer_adds_to_it() -> Result<()> {
    let world = World::new()?;
    let seal = "INSERT INTO seals (size, previous, note, peaks, leaves) VALUES (1, 0, '', '', sha256(''))";
    for role in [Role::App, Role::Views] {
        refused(&as_role(&world, role).await?, seal, "permission denied").await?;
    }
    let sealer = as_role(&world, Role::Sealer).await?;
    sealer.batch_execute(seal).await?;
    // Two seals that follow the same one: two trees.
    let fork = seal.replace("(1, 0,", "(2, 0,").replace("sha256('')", "sha256('') || sha256('')");
    let error = sealer.batch_execute(&fork).await.err().context("it may fork")?;
    ensure!(error.code() == Some(&SqlState::UNIQUE_VIOLATION), "{error}");
    let superuser = world.superuser().await?;
    for table in ["seals", "seal_tiles"] {
        for change in [format!("DELETE FROM {table}"), format!("TRUNCATE {table}")] {
            refused(&sealer, &change, "permission denied").await?;
            refused(&superuser, &change, "append-only").await?;
        }
    }
    refused(&superuser, "UPDATE seals SET note = ''", "append-only").await
}

#[tokio::test]
async fn neither_the_views_nor_the_sealer_can_append() -> Result<()> {
    let world = World::new()?;
    let (function, procedure) =
        (call("SELECT append_batch") + ")", call("CALL append") + ", NULL, NULL, NULL)");
    for role in [Role::Views, Role::Sealer] {
        let client = as_role(&world, role).await?;
        for append in [&function, &procedure] {
            refused(&client, append, "permission denied").await?;
        }
    }
    // The same calls are right, only not for these.
    let app = as_role(&world, Role::App).await?;
    for append in [function, procedure] {
        app.batch_execute(&append).await?;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_in_a_search_path_takes_the_place_of_the_logs_tables() -> Result<()> {
    let world = World::new()?;
    let app = as_role(&world, Role::App).await?;
    let shadow = "CREATE TEMP TABLE head (one boolean, position bigint, recorded_at timestamptz);
        CREATE TEMP TABLE commands (command_id uuid); CREATE TEMP TABLE events (stream text, version bigint);
        CREATE FUNCTION pg_temp.pg_notify(text, text) RETURNS text LANGUAGE sql AS 'SELECT (1/0)::text';
        CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
        SET search_path = pg_temp, public";
    app.batch_execute(shadow).await?;
    app.batch_execute(&(call("CALL public.append") + ", NULL, NULL, NULL)")).await?;
    assert_eq!(world.journal.head().await?.position.get(), 0);
    Ok(())
}
