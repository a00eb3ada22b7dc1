//! `chancery doctor`: is everything reachable, is every number consistent, is anything set so that it loses data?
//!
//! Each check looks at one thing and says what it saw, what to think of it and what to do. None ends another: where a
//! server is away or a credential was not given, what needs it is left out by name. `docs/doctor.md` has them all.
//!
//! Invariants: nothing is changed anywhere; no secret is read, and none is shown.

mod report;
mod round;
mod words;

mod http;

mod postgres;

mod grants;
mod migrations;
mod settings;

mod monitoring;
mod nats;
mod stream;

mod clock;
mod disk;
mod log;
mod processes;
mod projections;
mod seals;

use std::time::Duration;

use anyhow::Context as _;
use chancery_journal::Journal;
use chancery_relay::StatusReport;
use clap::Args;
use reqwest::{Client, Url};

use crate::{
    cli::{Database as Named, Output},
    sealing::KnownKeys,
    serve::Place,
};
use monitoring::Monitoring;
use nats::Users;
use postgres::Database;
use projections::Projections;
use report::Report;
use round::{Round, Target};
use seals::Sealed;

/// Exit codes: 0 nothing is amiss, as far as it could be known; 4 there are warnings; 3 there are failures; 1 there is no
/// report; 2 wrong usage.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// NATS, as the user that may publish
    #[arg(long, env = "NATS_URL", hide_env_values = true)]
    nats_url: Option<String>,
    /// NATS, as a user that may only read
    #[arg(long, env = "CHANCERY_NATS_READER_URL", hide_env_values = true)]
    nats_reader_url: Option<String>,
    /// NATS, as a user that may publish usage
    #[arg(long, env = "CHANCERY_NATS_METER_URL", hide_env_values = true)]
    nats_meter_url: Option<String>,
    /// NATS, as the user that consumes usage
    #[arg(long, env = "CHANCERY_NATS_USAGE_URL", hide_env_values = true)]
    nats_usage_url: Option<String>,
    /// The monitoring ports of the NATS servers, such as `http://nats:8222`; what no client can know is asked there
    #[arg(long, env = "CHANCERY_NATS_MONITORING_URL", hide_env_values = true, value_delimiter = ',')]
    nats_monitoring_url: Vec<Url>,
    /// Copies of each message that a NATS cluster should keep
    #[arg(long, env = "CHANCERY_NATS_REPLICAS", default_value_t = 1)]
    nats_replicas: usize,
    /// The operations port of a process to ask, such as `http://127.0.0.1:9080`; may be repeated
    #[arg(long, env = "CHANCERY_OPS_URL", hide_env_values = true, value_delimiter = ',')]
    ops_url: Vec<Url>,
    /// Who keeps checkpoints outside of the database: `file:/path`; may be repeated
    #[arg(long = "witness", env = "CHANCERY_WITNESSES", value_delimiter = ',')]
    witnesses: Vec<Place>,
    #[command(flatten)]
    keys: KnownKeys,
    /// How often the sealer seals
    #[arg(long = "seal.every_seconds", env = "CHANCERY_SEAL_EVERY_SECONDS", default_value_t = 10)]
    every_seconds: u64,
}

pub(crate) async fn run(database: &Named, options: Options, output: Output) -> anyhow::Result<()> {
    // Not by way of a proxy: these are neighbours.
    let http = Client::builder().timeout(Duration::from_secs(5)).no_proxy().build();
    let http = http.context("preparing to ask over HTTP")?;
    let round = Box::pin(examine(&database.database_url, &options, &http)).await;
    Report::new(round.finish()).tell(output)
}

/// Every check, in the order of the report.
async fn examine(url: &str, options: &Options, http: &Client) -> Round {
    let mut round = Round::default();
    let users = options.users();
    let (database, entered, monitoring) = tokio::join!(
        Database::connect(url),
        users.enter(),
        Monitoring::ask(http, &options.nats_monitoring_url)
    );
    round.add("postgres.server", postgres::server(database.as_ref()));
    let database = Target::new("Postgres", away("Postgres", !url.is_empty(), database));
    let log = database.then(async |database| open(database, url).await).await;
    of_postgres(&mut round, &database).await;

    round.add("nats.server", nats::server(entered.reader.as_ref(), users.are_named()));
    round.add("nats.users", entered.users);
    let nats = Target::new("NATS", away("NATS", users.are_named(), entered.reader));
    let usage = Target::new("NATS", away("NATS", users.may_ask_about_usage(), entered.usage));
    let both = nats.and(&log);
    let stream = both.then(async |(nats, log)| stream::status(nats, log, options.nats_replicas).await).await;

    of_settings(&mut round, &database).await;
    round.ask("settings.stream", &stream, async |found| Ok(stream::configuration(found))).await;
    round.add(
        "settings.sync_interval",
        match &monitoring {
            Ok(monitoring) => monitoring.sync_interval(),
            Err(why) => monitoring::unknown(why),
        },
    );

    round.ask("clock.postgres", &database, clock::of_postgres).await;
    round.ask("clock.nats", &nats, clock::of_nats).await;
    round.ask("clock.log", &log, clock::of_log).await;

    of_positions(&mut round, &log, &stream, options).await;
    round.ask("positions.usage", &usage, stream::usage).await;

    round.ask("disk.database", &log, disk::database).await;
    round.ask("disk.postgres", &database, disk::postgres).await;
    round.ask("disk.jetstream", &nats, nats::store).await;
    if let Ok(monitoring) = &monitoring {
        round.add("disk.jetstream_server", monitoring.store());
    }
    of_processes(&mut round, &log, options, http).await;
    round
}

async fn of_postgres(round: &mut Round, database: &Target<Database>) {
    round.ask("postgres.login", database, async |database| Ok(postgres::login(database))).await;
    round.ask("postgres.connections", database, postgres::connections).await;
    round.ask("postgres.migrations", database, migrations::applied).await;
    round.ask("grants.rights", database, grants::rights).await;
    round.ask("grants.roles", database, grants::roles).await;
    round.ask("grants.writers", database, grants::writers).await;
    round.ask("grants.guards", database, grants::guards).await;
}

async fn of_settings(round: &mut Round, database: &Target<Database>) {
    round.ask("settings.fsync", database, settings::fsync).await;
    round.ask("settings.full_page_writes", database, settings::full_page_writes).await;
    round.ask("settings.synchronous_commit", database, settings::synchronous_commit).await;
    round.ask("settings.zero_damaged_pages", database, settings::zero_damaged_pages).await;
    round.ask("settings.tables", database, settings::tables).await;
    round.ask("settings.wal_archive", database, settings::wal_archive).await;
}

async fn of_positions(
    round: &mut Round,
    log: &Target<Journal>,
    stream: &Target<StatusReport>,
    options: &Options,
) {
    round.ask("log.head", log, log::head).await;
    round.ask("log.id", stream, async |found| Ok(log::ids(found))).await;
    let both = stream.and(log);
    round.ask("positions.stream", &both, async |(found, log)| stream::position(found, log).await).await;
    round.ask("positions.event_keys", log, log::event_keys).await;
    let projections = log.then(async |log| Projections::read(log).await).await;
    if let Ok(projections) = projections.get() {
        for (name, finding) in projections.each() {
            round.add(format!("projections.{name}"), finding);
        }
    }
    round.ask("positions.parked", &projections, async |found| Ok(found.parked())).await;
    let sealed =
        Sealed { keys: &options.keys, witnesses: &options.witnesses, every_seconds: options.every_seconds };
    round.ask("positions.checkpoint", log, async |log| sealed.checkpoint(log).await).await;
    round.ask("positions.witness", log, async |log| sealed.witnesses(log).await).await;
}

async fn of_processes(round: &mut Round, log: &Target<Journal>, options: &Options, http: &Client) {
    if options.ops_url.is_empty() {
        return round.add("processes", processes::left_out());
    }
    let head = log.then(async |log| log.head().await.map_err(|error| error.to_string())).await;
    let log_id = head.get().ok().map(|head| head.log_id);
    for url in &options.ops_url {
        let finding = processes::ask(http, url, log_id).await;
        round.add(format!("processes.{}", processes::named(url)), finding);
    }
}

/// The log, as the role that may see most of those that the login may take on.
async fn open(database: &Database, url: &str) -> Result<Journal, String> {
    let role = database.role()?;
    let journal = Journal::open_as(role, url, 2).map_err(|error| error.to_string())?;
    match journal.head().await {
        Ok(_) => Ok(journal),
        Err(error) => Err(format!("{:#}", anyhow::Error::from(error).context("the log cannot be read"))),
    }
}

/// Why what is there was not reached was told once.
fn away<T>(name: &str, named: bool, found: Result<T, String>) -> Result<T, String> {
    found.map_err(|why| if named { format!("{name} is away") } else { why })
}

impl Options {
    fn users(&self) -> Users<'_> {
        Users {
            relay: self.nats_url.as_deref(),
            reader: self.nats_reader_url.as_deref(),
            meter: self.nats_meter_url.as_deref(),
            usage: self.nats_usage_url.as_deref(),
        }
    }
}
