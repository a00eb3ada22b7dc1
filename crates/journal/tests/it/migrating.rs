//! The schema is applied once, whoever comes first.

use anyhow::Result;
use chancery_devkit::{TestDb, test_postgres_url};
use chancery_journal::{
    Journal, Role, applied_migrations, config_for, migrate, migrations, migrations_digest,
};
use futures_util::future::try_join_all;
use tokio_postgres::NoTls;

use crate::world::superuser;

fn empty() -> Result<TestDb> {
    TestDb::create(&test_postgres_url()?, "empty", |_| Ok(()))
}

#[tokio::test]
async fn migrating_twice_changes_nothing() -> Result<()> {
    let db = empty()?;
    let applied = migrate(db.url()).await?;
    assert!(applied.iter().any(|name| name.contains("append")), "{applied:?}");
    let log_id = Journal::open(db.url(), 1)?.head().await?.log_id;
    assert_eq!(migrate(db.url()).await?, [""; 0]);
    assert_eq!(Journal::open(db.url(), 1)?.head().await?.log_id, log_id);
    Ok(())
}

#[tokio::test]
async fn of_many_who_migrate_at_once_one_applies_everything() -> Result<()> {
    let db = empty()?;
    let applied = try_join_all((0..4).map(|_| migrate(db.url()))).await?;
    let mut counts: Vec<_> = applied.iter().map(Vec::len).collect();
    counts.sort_unstable();
    assert_eq!(counts[..3], [0, 0, 0], "{applied:?}");
    let history = "SELECT count(*) FROM refinery_schema_history";
    let kept: i64 = superuser(db.url()).await?.query_one(history, &[]).await?.get(0);
    assert_eq!(usize::try_from(kept)?, counts[3]);
    Ok(())
}

#[tokio::test]
async fn the_application_may_see_which_migrations_were_applied() -> Result<()> {
    let db = empty()?;
    migrate(db.url()).await?;
    let (client, connection) = config_for(db.url(), Role::App)?.connect(NoTls).await?;
    tokio::spawn(connection);
    assert_eq!(applied_migrations(&client).await?, migrations());
    Ok(())
}

/// They share the server's roles.
#[tokio::test]
async fn databases_of_one_server_may_be_migrated_at_once() -> Result<()> {
    let databases = (0..4).map(|_| empty()).collect::<Result<Vec<_>>>()?;
    let applied = try_join_all(databases.iter().map(|db| migrate(db.url()))).await?;
    assert!(applied.iter().all(|names| *names == applied[0] && !names.is_empty()), "{applied:?}");
    Ok(())
}

#[test]
fn the_digest_names_the_schema_and_fits_into_a_database_name() {
    let digest = migrations_digest();
    assert_eq!(digest, migrations_digest());
    assert!(digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
}
