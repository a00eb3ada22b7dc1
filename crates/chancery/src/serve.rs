//! `chancery serve`: the life of the server. Configure, wait for the log, start what the roles ask for, serve, drain.

mod auditing;
mod deciding;
mod indexing;
mod issuing;
mod keeping;
mod projecting;
mod relaying;
mod sealing;
pub(crate) mod stop;
mod usage;
mod waiting;

pub(crate) use keeping::Keeping;
pub(crate) use projecting::Projecting;
pub(crate) use sealing::{Place, Sealing};

use anyhow::Context as _;
use chancery_domain::Environment;
use chancery_journal::{Appender, BatcherSettings, Journal};
use chancery_service::{
    auth::Tokens,
    commands::Commands,
    http,
    ops::{self, Check, Checks, Metrics, Ops, Positions},
    sources::Sources,
    usage::{Usage, UsageSettings},
};
use chancery_views::{Reader, Statuses};
use chancery_wire::Topology;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;
use waiting::Waiting;

use crate::{
    cli::{Database, Role, Serve},
    nats, telemetry,
};

pub(crate) async fn serve(database: &Database, options: Serve) -> anyhow::Result<()> {
    let exporter = telemetry::start(options.log_format)?;
    let mut asked = stop::Requests::listen()?;
    let url = database.url()?;
    let waiting = Waiting::new(url, options.database_role())?;
    let (metrics, checks) = (Metrics::default(), Checks::from(vec![waiting.check()]));
    let stop = CancellationToken::new();
    let ops_listener = listen(options.ops_listen).await?;
    tracing::info!(address = %ops_listener.local_addr()?, "health and metrics are told");
    let ops_router = ops::router(Ops { metrics: metrics.clone(), checks: checks.clone() });
    let ops = tokio::spawn(http::serve(ops_listener, ops_router, stop.clone()));
    let serving = CancellationToken::new();
    let starting = async {
        waiting.met().await?;
        start(url, &options, metrics, stop.clone(), &serving).await
    };
    // Whatever it waits for, also behind somebody's lock, it can be told to stop.
    let (process, listeners) = tokio::select! {
        started = starting => started?,
        () = asked.next() => {
            stop.cancel();
            ops.await??;
            tracing::info!("stopped before it was ready");
            return Ok(());
        }
    };
    checks.replace(process.checks);
    tracing::info!(log_id = %process.log_id, "ready to serve");

    asked.next().await;
    tracing::info!("stopping: requests under way are finished first; another signal breaks them off");
    // Requests first: they still wait for views. Then the relay and the views, which end at a checkpoint.
    let drain = async {
        serving.cancel();
        for listener in listeners {
            listener.await??;
        }
        process.stop.cancel();
        process.tasks.close();
        process.tasks.wait().await;
        ops.await??;
        tracing::info!("stopped");
        anyhow::Ok(())
    };
    tokio::select! {
        drained = drain => drained?,
        () = asked.next() => {
            anyhow::bail!("told twice to stop; what was not acknowledged may or may not be in the log")
        }
    }
    if let Some(exporter) = exporter {
        exporter.end().await;
    }
    Ok(())
}

/// Everything that runs under the roles, once the log's database is there.
async fn start(
    url: &str,
    options: &Serve,
    metrics: Metrics,
    stop: CancellationToken,
    serving: &CancellationToken,
) -> anyhow::Result<(Process, Vec<JoinHandle<std::io::Result<()>>>)> {
    let journal = Journal::open_as(options.database_role(), url, options.database_connections)?;
    let log_id = journal.head().await.context("reading the log; was `chancery migrate` run?")?.log_id;
    let mut process = Process::new(journal, log_id, metrics, stop, options.keeping.settings());
    process.metrics.show_projections(process.journal.clone());
    if options.has(Role::Relay) {
        process.start_relay(options).await?;
    }
    if options.has(Role::Projections) {
        process.start_views(url, options).await?;
        process.start_index(url)?;
    }
    if options.has(Role::Usage) {
        process.start_usage(url, options).await?;
    }
    if options.has(Role::Sealer) {
        process.start_sealer(url, options)?;
    }
    let served = options.has(Role::Api) || options.has(Role::Gate);
    let listeners = if served { process.listeners(url, options, serving).await? } else { Vec::new() };
    Ok((process, listeners))
}

/// What runs in this process, and what is told about it.
struct Process {
    journal: Journal,
    log_id: Uuid,
    stop: CancellationToken,
    tasks: TaskTracker,
    checks: Vec<Check>,
    metrics: Metrics,
    statuses: Option<Statuses>,
    usage: Option<Usage>,
    usage_settings: UsageSettings,
}

impl Process {
    fn new(
        journal: Journal,
        log_id: Uuid,
        metrics: Metrics,
        stop: CancellationToken,
        usage_settings: UsageSettings,
    ) -> Self {
        Self {
            checks: vec![ops::log(journal.clone())],
            journal,
            log_id,
            stop,
            tasks: TaskTracker::new(),
            metrics,
            statuses: None,
            usage: None,
            usage_settings,
        }
    }

    async fn start_relay(&mut self, options: &Serve) -> anyhow::Result<()> {
        let url = options.nats_url.as_deref();
        let url = url.context("the relay needs NATS: name it with --nats-url or NATS_URL")?;
        let settings = chancery_relay::Settings {
            replicas: options.nats_replicas,
            ..chancery_relay::Settings::default()
        };
        let client = nats::connect(url).await?;
        let relay = chancery_relay::Relay::new(self.journal.clone(), client, Topology::default(), settings);
        self.checks.push(relaying::check(relay.status(), !options.has(Role::Api)));
        self.metrics.register(relaying::Published(relay.stats()));
        self.tasks.spawn(relay.run(self.stop.clone()));
        Ok(())
    }

    /// The API, the gate or both, listening, and the doors to the gate. They end when `serving` is cancelled and the
    /// requests under way are done.
    async fn listeners(
        &mut self,
        url: &str,
        options: &Serve,
        serving: &CancellationToken,
    ) -> anyhow::Result<Vec<JoinHandle<std::io::Result<()>>>> {
        let environments = options.environments.iter().map(|name| Environment::parse(name));
        let environments = environments.collect::<Result<_, _>>().context("--environment")?;
        let sources = Sources::system();
        let appender = Appender::start(url, &self.journal, BatcherSettings::default())?;
        let commands = Commands::new(self.journal.clone(), appender, sources.clone(), environments);
        let listener = listen(options.listen).await?;
        let address = listener.local_addr()?;
        let connect = self.connect(options, address, &commands, &sources).await?;
        let door = match &connect {
            Some(connect) => {
                let observer = self.meter(url, options).await?;
                Some(self.door(options, connect, observer)?)
            }
            None => None,
        };
        let service = http::Service::new(http::Parts {
            journal: self.journal.clone(),
            reader: Reader::new(self.journal.clone(), self.statuses.clone()),
            tokens: Tokens::follow(self.journal.clone(), sources),
            commands,
            connect,
            door: door.clone(),
            usage: self.usage(url)?,
            log_id: self.log_id,
            metrics: self.metrics.clone(),
            proxies: options.proxies,
            stop: serving.clone(),
        });
        self.metrics.register(Positions::new(self.journal.clone(), self.statuses.clone()));
        let (router, what) = if options.has(Role::Api) {
            (http::router(service.clone()), "the API listens")
        } else {
            (http::gate_router(service.clone()), "the gate listens")
        };
        tracing::info!(%address, "{what}");
        let surface = http::Surface::new(router, &service);
        let mut listeners = vec![tokio::spawn(http::serve(listener, surface, serving.clone()))];
        if let Some(door) = door {
            listeners.push(self.doors(options, service, door, serving).await?);
        }
        Ok(listeners)
    }
}

async fn listen(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listening on {address}"))
}
