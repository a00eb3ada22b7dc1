//! What can be said on the command line. Every option also has a name in the environment.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand, ValueEnum};

use chancery_service::{
    connect::Algorithm,
    doors::{HeaderName, Host},
};

use crate::{
    doctor, explain, keys, log, people, projections, relay, replay,
    serve::{Keeping, Projecting, Sealing},
    token,
};

/// The system of record behind an API developer portal.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a difference was found: not as it was sealed (`log verify`, `log
/// check-proof`), not what the log says (`projections verify`, `replay`), or broken (`doctor`); 4 there are warnings (`doctor`).
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) database: Database,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Database {
    /// The log's Postgres, for example `postgres://user:password@host/chancery`
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, default_value = "")]
    pub(crate) database_url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Table,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server, with all roles or some
    Serve(Box<Serve>),
    /// Bring the database to this version's schema
    Migrate,
    /// Issue, list and revoke API tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Rotate the keys that sign access tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// Compare the JetStream stream with the log, or make it anew
    Relay(relay::Options),
    /// See how the projections are, rebuild and verify them
    #[command(subcommand)]
    Projections(projections::Command),
    /// Read the log, take it elsewhere and bring it back
    #[command(subcommand)]
    Log(log::Command),
    /// Fold the log, or an export of it, into a projection anew, and compare it row by row with what readers see
    Replay(replay::Options),
    /// Say why something is as it is, or was
    #[command(subcommand)]
    Explain(explain::Command),
    /// Forget people
    #[command(subcommand)]
    People(people::Command),
    /// Look at everything that the log depends on, and say what is amiss and what to do
    Doctor(Box<doctor::Options>),
}

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    /// Commands and reads over HTTP
    Api,
    /// Issues access tokens, and decides API calls in memory
    Gate,
    /// Publishes the log to JetStream
    Relay,
    /// Keeps the views up to date
    Projections,
    /// Adds up what gateways counted
    Usage,
    /// Signs what the log has become
    Sealer,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Only these roles; by default all
    #[arg(long = "role", value_enum, env = "CHANCERY_ROLES", value_delimiter = ',')]
    pub(crate) roles: Vec<Role>,
    /// Where the API listens
    #[arg(long, env = "CHANCERY_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where gateways ask whether calls may pass; needs the role gate
    #[arg(long, env = "CHANCERY_GATEWAY_LISTEN", default_value = "127.0.0.1:8090")]
    pub(crate) gateway_listen: SocketAddr,
    /// A host of the API in front and its environment, such as production=api.example.com; may be repeated
    #[arg(long = "host", env = "CHANCERY_HOSTS", value_delimiter = ',')]
    pub(crate) hosts: Vec<Host>,
    /// The header in which calls have the app key
    #[arg(long, env = "CHANCERY_APP_KEY_HEADER", default_value = "ST-App-Key", value_parser = header_name)]
    pub(crate) app_key_header: HeaderName,
    /// Proxies in front of the API whose X-Forwarded-For says who calls; rule 1 counts by it
    #[arg(long, env = "CHANCERY_PROXIES", default_value_t = 0)]
    pub(crate) proxies: usize,
    /// Where health and metrics are
    #[arg(long, env = "CHANCERY_OPS_LISTEN", default_value = "127.0.0.1:9080")]
    pub(crate) ops_listen: SocketAddr,
    /// NATS, as the user that may publish; needed by the relay
    #[arg(long, env = "NATS_URL", hide_env_values = true)]
    pub(crate) nats_url: Option<String>,
    /// NATS, as the user that may only read; by default the same
    #[arg(long, env = "CHANCERY_NATS_READER_URL", hide_env_values = true)]
    pub(crate) nats_reader_url: Option<String>,
    /// NATS, as the user that may publish usage; by default the one that may publish
    #[arg(long, env = "CHANCERY_NATS_METER_URL", hide_env_values = true)]
    pub(crate) nats_meter_url: Option<String>,
    /// NATS, as the user that consumes usage; by default the one that may publish
    #[arg(long, env = "CHANCERY_NATS_USAGE_URL", hide_env_values = true)]
    pub(crate) nats_usage_url: Option<String>,
    /// Copies of each message in a NATS cluster
    #[arg(long, env = "CHANCERY_NATS_REPLICAS", default_value_t = 1)]
    pub(crate) nats_replicas: usize,
    /// The environments that tenants exist in
    #[arg(
        long = "environment",
        env = "CHANCERY_ENVIRONMENTS",
        value_delimiter = ',',
        default_value = "integration,production"
    )]
    pub(crate) environments: Vec<String>,
    /// Connections for reading the log and the views
    #[arg(long, env = "CHANCERY_DATABASE_CONNECTIONS", default_value_t = 16)]
    pub(crate) database_connections: usize,
    /// Where this service is reached from outside: the issuer of its access tokens; by default where it listens
    #[arg(long, env = "CHANCERY_ISSUER")]
    pub(crate) issuer: Option<String>,
    /// The API that access tokens are for; by default the issuer
    #[arg(long, env = "CHANCERY_AUDIENCE")]
    pub(crate) audience: Option<String>,
    #[command(flatten)]
    pub(crate) master: keys::Master,
    /// What the first key signs with: ES256, RS256 or `EdDSA`
    #[arg(long, env = "CHANCERY_SIGNING_ALGORITHM", default_value_t)]
    pub(crate) signing_algorithm: Algorithm,
    /// This gate's share of every limit, above 0 and at most 1; the shares of all gates together should be 1
    #[arg(long = "gate.limit_share", env = "CHANCERY_GATE_LIMIT_SHARE", default_value_t = 1.0, value_parser = share)]
    pub(crate) limit_share: f64,
    /// Seconds for which a gate may have heard nothing of the log before it refuses
    #[arg(long = "gate.max_staleness", env = "CHANCERY_GATE_MAX_STALENESS", default_value_t = 10)]
    pub(crate) max_staleness: u64,
    /// Let a gate that heard nothing for longer decide on what it knows
    #[arg(long = "gate.serve_stale", env = "CHANCERY_GATE_SERVE_STALE")]
    pub(crate) decide_when_stale: bool,
    #[command(flatten)]
    pub(crate) keeping: Keeping,
    #[command(flatten)]
    pub(crate) projecting: Projecting,
    #[command(flatten)]
    pub(crate) sealing: Sealing,
    /// How logs are written
    #[arg(long, env = "CHANCERY_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Database {
    /// The URL, or what to do.
    pub(crate) fn url(&self) -> anyhow::Result<&str> {
        anyhow::ensure!(
            !self.database_url.is_empty(),
            "name the log's database with --database-url or DATABASE_URL"
        );
        Ok(&self.database_url)
    }
}

impl Serve {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }

    /// Whoever only seals needs a login that may not write the log.
    pub(crate) fn database_role(&self) -> chancery_journal::Role {
        if self.roles == [Role::Sealer] {
            chancery_journal::Role::Sealer
        } else {
            chancery_journal::Role::App
        }
    }
}

/// In any case; not one that says something else to a gateway.
fn header_name(text: &str) -> anyhow::Result<HeaderName> {
    let name = HeaderName::from_bytes(text.as_bytes())?;
    anyhow::ensure!(name != "authorization" && name != "chancery-gateway-token", "not a header of its own");
    Ok(name)
}

fn share(text: &str) -> anyhow::Result<f64> {
    let share: f64 = text.parse()?;
    anyhow::ensure!(share > 0.0 && share <= 1.0, "above 0 and at most 1");
    Ok(share)
}
