//! A database per test: a copy of a template that was migrated once per server.

use std::panic;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use postgres::error::SqlState;
use postgres::{Client, Config, NoTls};

use crate::{PATIENCE, token};

/// The advisory lock under which templates are made. One for all, since migrations also make roles, which databases
/// share.
const TEMPLATE_LOCK: i64 = 0x6368_616e_6365_7279;

/// A database of one test's own, dropped with the handle.
#[derive(Debug)]
pub struct TestDb {
    server_url: String,
    name: String,
    url: String,
}

impl TestDb {
    /// A copy of the template that `digest` names. `migrate` gets the URL of an empty database and makes the template of
    /// it, if no test of this server did before; it runs on a thread of its own, so it may block or start a runtime.
    ///
    /// Equal digests must mean equal migrations: lower-case letters, digits and `_`, at most 40 characters.
    pub fn create<F>(server_url: &str, digest: &str, migrate: F) -> Result<Self>
    where
        F: FnOnce(&str) -> Result<()> + Send,
    {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        ensure!((1..=40).contains(&digest.len()) && digest.chars().all(plain), "not a digest: {digest:?}");
        let template = format!("tpl_{digest}");
        let name = format!("t_{}", token());
        apart(|| {
            let mut client = connect(server_url)?;
            ensure_template(&mut client, server_url, &template, migrate)
                .with_context(|| format!("making the template {template}"))?;
            client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
            anyhow::Ok(())
        })?;
        Ok(Self { server_url: server_url.to_owned(), url: with_database(server_url, &name)?, name })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        // The server may be gone: some tests kill it. Then so is the database.
        let _ = apart(|| {
            let mut client = connect(&self.server_url)?;
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))?;
            anyhow::Ok(())
        });
    }
}

fn ensure_template<F>(client: &mut Client, server_url: &str, template: &str, migrate: F) -> Result<()>
where
    F: FnOnce(&str) -> Result<()> + Send,
{
    let exists = "SELECT FROM pg_database WHERE datname = $1";
    if client.query_opt(exists, &[&template])?.is_some() {
        return Ok(());
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&TEMPLATE_LOCK])?;
    if client.query_opt(exists, &[&template])?.is_none() {
        // A half-migrated database never bears the template's name.
        let building = format!("{template}_building");
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)"))?;
        client.batch_execute(&format!("CREATE DATABASE {building}"))?;
        migrate(&with_database(server_url, &building)?)?;
        client.batch_execute(&format!("ALTER DATABASE {building} WITH ALLOW_CONNECTIONS false"))?;
        rename(client, &building, template)?;
    }
    client.execute("SELECT pg_advisory_unlock($1)", &[&TEMPLATE_LOCK])?;
    Ok(())
}

/// The sessions of `migrate` end soon after their clients; until then the database cannot be renamed.
fn rename(client: &mut Client, from: &str, to: &str) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        client
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", &[&from])?;
        match client.batch_execute(&format!("ALTER DATABASE {from} RENAME TO {to}")) {
            Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) && Instant::now() < deadline => {
                thread::sleep(Duration::from_millis(10));
            }
            result => return Ok(result?),
        }
    }
}

fn connect(url: &str) -> Result<Client> {
    // The URL holds a password; the error must not.
    Client::connect(url, NoTls).context("connecting to the server of the test databases")
}

/// `url` with another database.
fn with_database(url: &str, database: &str) -> Result<String> {
    let config: Config = url.parse().context("the server's URL is not one of Postgres")?;
    let named = config.get_dbname().map(|name| format!("/{name}")).unwrap_or_default();
    let (server, parameters) =
        url.split_once('?').map_or((url, String::new()), |(s, p)| (s, format!("?{p}")));
    let server = server.strip_suffix(&named).unwrap_or(server).trim_end_matches('/');
    Ok(format!("{server}/{database}{parameters}"))
}

/// The synchronous client blocks on a runtime of its own, which an async test's thread forbids.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_is_replaced() {
        let replaced = |url| with_database(url, "x").unwrap();
        assert_eq!(replaced("postgres://u:p@h:1/postgres"), "postgres://u:p@h:1/x");
        assert_eq!(replaced("postgres://u:p@h:1"), "postgres://u:p@h:1/x");
        assert_eq!(
            replaced("postgres://u:p@h:1/?connect_timeout=5"),
            "postgres://u:p@h:1/x?connect_timeout=5"
        );
        assert_eq!(replaced("postgresql://h/postgres?sslmode=disable"), "postgresql://h/x?sslmode=disable");
    }
}
