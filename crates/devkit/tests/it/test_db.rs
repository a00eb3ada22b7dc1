use std::sync::atomic::{AtomicU32, Ordering};

use ::postgres::{Client, NoTls};
use chancery_devkit::{TestDb, test_postgres_url};

fn migrate(url: &str) -> anyhow::Result<()> {
    Client::connect(url, NoTls)?.batch_execute("CREATE TABLE made (n int)")?;
    Ok(())
}

fn count(url: &str, sql: &str) -> i64 {
    Client::connect(url, NoTls).unwrap().query_one(sql, &[]).unwrap().get(0)
}

/// A digest that no other run on this server has used.
fn digest() -> String {
    chancery_devkit::test_topology_name()
}

#[test]
fn parallel_tests_migrate_one_template_and_share_nothing_else() {
    let server = test_postgres_url().unwrap();
    let (digest, migrations) = (digest(), AtomicU32::new(0));
    let create = || {
        TestDb::create(&server, &digest, |url| {
            migrations.fetch_add(1, Ordering::SeqCst);
            migrate(url)
        })
        .unwrap()
    };
    let databases: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(migrations.load(Ordering::SeqCst), 1);

    let mut first = Client::connect(databases[0].url(), NoTls).unwrap();
    first.batch_execute("INSERT INTO made VALUES (1)").unwrap();
    assert_eq!(count(databases[1].url(), "SELECT count(*) FROM made"), 0);
}

#[test]
fn a_failed_migration_leaves_no_template_and_is_tried_again() {
    let server = test_postgres_url().unwrap();
    let digest = digest();
    let failed = TestDb::create(&server, &digest, |_| anyhow::bail!("on purpose"));
    assert!(format!("{:#}", failed.unwrap_err()).contains("on purpose"));
    let database = TestDb::create(&server, &digest, migrate).unwrap();
    assert_eq!(count(database.url(), "SELECT count(*) FROM made"), 0);
}

#[test]
fn a_dropped_database_is_gone_even_with_a_session_in_it() {
    let server = test_postgres_url().unwrap();
    let database = TestDb::create(&server, &digest(), migrate).unwrap();
    let mut session = Client::connect(database.url(), NoTls).unwrap();
    let still_there = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", database.name());
    assert_eq!(count(&server, &still_there), 1);
    drop(database);
    assert_eq!(count(&server, &still_there), 0);
    assert!(session.batch_execute("SELECT 1").is_err());
}

#[tokio::test]
async fn async_tests_may_create_and_drop_databases() {
    let server = test_postgres_url().unwrap();
    drop(TestDb::create(&server, &digest(), migrate).unwrap());
}
