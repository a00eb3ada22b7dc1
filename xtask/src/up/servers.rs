//! The Postgres and the NATS that `up` runs on: those that the environment names, else our own.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use chancery_devkit::{Nats, NatsBinary, NatsOptions, PgWanted, Postgres, PostgresBinaries, PostgresOptions};
use postgres::{Client, NoTls};

use super::dev_dir::{DevDir, State};
use crate::step::{say, step};

/// The database that `up` makes.
const DATABASE: &str = "chancery";

#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) database_url: String,
    pub(crate) nats_url: String,
    pub(crate) nats_reader_url: String,
    pub(crate) postgres: Option<Postgres>,
    pub(crate) nats: Option<Nats>,
}

impl Servers {
    /// Starts what the environment does not name; `last` is the state of the last start.
    pub(crate) fn start(dev: &DevDir, wanted: PgWanted, last: &State) -> Result<Self> {
        let ours = last.endpoints.as_ref();
        let (database_url, postgres) = match given("DATABASE_URL", ours.map(|ours| &*ours.database_url)) {
            Some(url) => (url, None),
            None => own_postgres(dev, wanted, last.postgres_port)?,
        };
        let (nats_url, nats_reader_url, nats) = match given("NATS_URL", ours.map(|ours| &*ours.nats_url)) {
            Some(url) => (url.clone(), env::var("CHANCERY_NATS_READER_URL").unwrap_or(url), None),
            None => own_nats(dev, last.nats_port)?,
        };
        Ok(Self { database_url, nats_url, nats_reader_url, postgres, nats })
    }

    /// Servers with data of their own, which is gone when they are.
    pub(crate) fn private(wanted: PgWanted) -> Result<Self> {
        let postgres = Postgres::start_with(PostgresOptions { wanted, ..PostgresOptions::default() })?;
        create_database(&postgres)?;
        let nats = Nats::start()?;
        Ok(Self {
            database_url: postgres.database_url(DATABASE),
            nats_url: nats.relay_url(),
            nats_reader_url: nats.reader_url(),
            postgres: Some(postgres),
            nats: Some(nats),
        })
    }

    /// Names a server of ours that ended by itself.
    pub(crate) fn ended(&self) -> Option<&'static str> {
        if self.postgres.as_ref().is_some_and(|server| !server.is_running()) {
            return Some("Postgres");
        }
        self.nats.as_ref().is_some_and(|server| !server.is_running()).then_some("NATS")
    }
}

/// The URL in `variable`, unless it is our own server's: a shell that took `cargo xtask env` in has that.
fn given(variable: &str, ours: Option<&str>) -> Option<String> {
    let url = env::var(variable).ok().filter(|url| !url.is_empty() && Some(url.as_str()) != ours)?;
    say("using", &format!("the server that {variable} names"));
    Some(url)
}

fn own_postgres(dev: &DevDir, wanted: PgWanted, port: Option<u16>) -> Result<(String, Option<Postgres>)> {
    let data = dev.data()?;
    let binaries = PostgresBinaries::find(wanted)?;
    refuse_other_cluster(&data, binaries.major())?;
    say("Postgres", &format!("{binaries}, data in {}", data.display()));
    let server = step("starting Postgres", |_| {
        Postgres::start_with(PostgresOptions { wanted, keep_in: Some(data), port, settings: Vec::new() })
    })?;

    create_database(&server)?;
    Ok((server.database_url(DATABASE), Some(server)))
}

fn create_database(server: &Postgres) -> Result<()> {
    let mut client = Client::connect(&server.url(), NoTls).context("connecting to our own Postgres")?;
    if client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&DATABASE])?.is_none() {
        client.batch_execute(&format!("CREATE DATABASE {DATABASE}"))?;
    }
    Ok(())
}

fn own_nats(dev: &DevDir, port: Option<u16>) -> Result<(String, String, Option<Nats>)> {
    say("NATS", &NatsBinary::find()?.to_string());
    let keep_in = Some(dev.data()?);
    let server = step("starting NATS", |_| Nats::start_with(&NatsOptions { keep_in, port }))?;
    Ok((server.relay_url(), server.reader_url(), Some(server)))
}

/// The stream in NATS belongs to the log in one cluster; with another it would be a foreign one.
fn refuse_other_cluster(data: &Path, major: u32) -> Result<()> {
    for entry in fs::read_dir(data).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let other = name.to_str().and_then(|name| name.strip_prefix("postgres-")?.parse::<u32>().ok());
        ensure!(
            other.is_none_or(|other| other == major),
            "{} is of another major version than Postgres {major}; `cargo xtask reset` throws it away",
            entry.path().display()
        );
    }
    Ok(())
}
