//! Who may do what in the database. The log is append-only for everybody, also for its owner.

use anyhow::{Context, Result, ensure};
use chancery_journal::{Role, config_for, rights};
use tokio_postgres::{Client, NoTls, error::SqlState};

use crate::{
    commands::{Compose, command},
    world::World,
};

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

/// A call with nothing in it. Its arrays are of these types; what comes after them is written out.
fn call(what: &str, arrays: &str, rest: &str) -> String {
    let empty: Vec<_> = arrays.split_whitespace().map(|column| format!("'{{}}'::{column}[]")).collect();
    format!("{what}({}, {rest})", empty.join(", "))
}

const MANY: &str = "uuid bytea smallint text integer bigint text bigint boolean integer integer integer bigint uuid text \
                    text bigint text integer uuid bigint text text uuid uuid uuid text json uuid text bigint";
/// What processes of an earlier version say.
const EARLIER: &str = "uuid bytea smallint text integer bigint text bigint integer integer integer bigint uuid text \
                       text bigint text integer uuid bigint text text uuid uuid uuid text json uuid text";

/// Every call by which something enters the log.
fn calls() -> [String; 8] {
    let one = "NULL, NULL, NULL, NULL, '{}', '{}', '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
               NULL, NULL, NULL, NULL";
    [
        call("SELECT insert_behind", MANY, "NULL, NULL, NULL, NULL"),
        call("CALL append_behind", MANY, "NULL, NULL, NULL, NULL, NULL, NULL, NULL"),
        call("SELECT insert_many", MANY, "NULL"),
        call("CALL append_many", MANY, "NULL, NULL, NULL, NULL"),
        format!("SELECT insert_one({one})"),
        format!("CALL append_one({one}, NULL, NULL)"),
        call("SELECT append_batch", EARLIER, "'{}'::bigint[]"),
        call("CALL append", EARLIER, "'{}'::bigint[], NULL, NULL, NULL"),
    ]
}

/// A change of the list is a change of the security model.
#[tokio::test]
async fn nobody_holds_more_rights_than_these() -> Result<()> {
    let world = World::new()?;
    let held = rights::held(&world.superuser().await?).await?;
    assert_eq!(held, rights::granted().collect::<Vec<_>>());
    Ok(())
}

/// Whoever asks may be anybody: the catalog is open to all.
#[tokio::test]
async fn whoever_is_plain_sees_the_same_rights() -> Result<()> {
    let world = World::new()?;
    let app = as_role(&world, Role::App).await?;
    let more = "GRANT UPDATE ON events TO chancery_views; GRANT INSERT (data) ON events TO PUBLIC";
    world.superuser().await?.batch_execute(more).await?;
    let held = rights::held(&app).await?;
    let granted: Vec<_> = rights::granted().collect();
    let more: Vec<_> = held.iter().filter(|right| !granted.contains(&right.as_str())).collect();
    assert_eq!(more, ["PUBLIC INSERT(data) events", "chancery_views UPDATE events"]);
    Ok(())
}

#[tokio::test]
async fn the_roles_are_plain_and_members_of_nothing() -> Result<()> {
    let world = World::new()?;
    let found = rights::beyond_grants(&world.superuser().await?).await?;
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|(_, more)| more.is_empty()), "{found:?}");
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
    for role in [Role::Views, Role::Sealer] {
        let client = as_role(&world, role).await?;
        for call in calls() {
            refused(&client, &call, "permission denied").await?;
        }
    }
    // The same calls are right, only not for these. The one for one command has none here, which the table refuses.
    let app = as_role(&world, Role::App).await?;
    for call in calls() {
        match app.batch_execute(&call).await {
            Err(error) if call.contains("_one(") => {
                ensure!(error.code() == Some(&SqlState::NOT_NULL_VIOLATION), "{call}: {error}");
            }
            other => other?,
        }
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
    app.batch_execute(&call("CALL public.append_behind", MANY, "NULL, NULL, NULL, NULL, NULL, NULL, NULL"))
        .await?;
    assert_eq!(world.journal.head().await?.position.get(), 0);
    Ok(())
}
