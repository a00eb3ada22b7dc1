//! One test's world: a log and a stream of its own, relays that are started and stopped at will. The sdk's tests
//! use it too.

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use async_nats::{Client, ConnectOptions, ServerAddr, jetstream};
use chancery_devkit::{Nats, TestDb, test_nats, test_postgres_url, test_topology_name};
use chancery_journal::{Append, Appender, BatcherSettings, Journal, NewEvent, Touch};
use chancery_relay::{Relay, Settings, Stats, Status};
use chancery_wire::{Actor, Position, Topology};
use tokio::{sync::watch, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long anything that must happen may take.
pub(crate) const DEADLINE: Duration = Duration::from_secs(15);

/// Events of one command.
const COMMAND: usize = 50;

pub(crate) struct World {
    pub(crate) journal: Journal,
    pub(crate) topology: Topology,
    appender: Appender,
    relay_url: String,
    reader_url: String,
    /// Last, so that the database goes after its users.
    _db: TestDb,
}

/// A relay that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) status: watch::Receiver<Status>,
    pub(crate) stats: Arc<Stats>,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl World {
    /// On the NATS server that tests share.
    pub(crate) fn new() -> Result<Self> {
        let urls = test_nats()?;
        Self::at(urls.relay, urls.reader)
    }

    /// On a NATS server of the test's own.
    pub(crate) fn on(nats: &Nats) -> Result<Self> {
        Self::at(nats.relay_url(), nats.reader_url())
    }

    /// On servers that others start.
    pub(crate) fn at(relay_url: String, reader_url: String) -> Result<Self> {
        let db = TestDb::create(&test_postgres_url()?, &chancery_journal::migrations_digest(), |url| {
            tokio::runtime::Runtime::new()?.block_on(chancery_journal::migrate(url))?;
            Ok(())
        })?;
        let journal = Journal::open(db.url(), 4)?;
        let appender = Appender::start(db.url(), &journal, BatcherSettings::default())?;
        let topology = Topology::named(&test_topology_name());
        Ok(Self { journal, topology, appender, relay_url, reader_url, _db: db })
    }

    /// Appends that many events and returns the log's new head.
    pub(crate) async fn append(&self, events: usize) -> Result<Position> {
        let mut head = self.journal.head().await?.position;
        let mut left = events;
        while left > 0 {
            let count = left.min(COMMAND);
            let data = (0..count).map(|number| format!(r#"{{"number":{number}}}"#));
            head = self.append_data(data).await?;
            left -= count;
        }
        Ok(head)
    }

    /// Appends an event of each data, to one stream, with one command.
    pub(crate) async fn append_data(&self, data: impl Iterator<Item = String>) -> Result<Position> {
        self.append_of("ScopesEdited", Some(Uuid::now_v7()), None, data).await
    }

    /// As [`Self::append_data`], of a type and with keys.
    pub(crate) async fn append_of(
        &self,
        event_type: &'static str,
        key_app: Option<Uuid>,
        key_tenant: Option<u64>,
        data: impl Iterator<Item = String>,
    ) -> Result<Position> {
        let stream = format!("app-{}", Uuid::now_v7());
        let event = |data| NewEvent {
            event_id: Uuid::now_v7(),
            category: "app",
            stream: stream.clone(),
            event_type,
            schema_version: 1,
            key_app,
            key_tenant,
            data,
        };
        let command = Append {
            command_id: Uuid::now_v7(),
            request_hash: [0; 32],
            status: 200,
            answer: String::new(),
            actor: Actor { kind: "person".into(), id: "p1".into() },
            correlation_id: Uuid::now_v7(),
            causation_id: Some(Uuid::now_v7()),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            touches: vec![Touch { stream: stream.clone(), version: 0 }],
            unless: Vec::new(),
            events: data.map(event).collect(),
        };
        Ok(self.appender.append(Arc::new(command)).await?.position)
    }

    /// A connection that may publish; made even while the server is away.
    pub(crate) async fn relay_client(&self) -> Result<Client> {
        connect(&self.relay_url).await
    }

    /// A connection that may not.
    pub(crate) async fn reader_client(&self) -> Result<Client> {
        connect(&self.reader_url).await
    }

    pub(crate) async fn relay(&self) -> Result<Running> {
        Ok(self.relay_on(self.relay_client().await?))
    }

    pub(crate) fn relay_on(&self, client: Client) -> Running {
        let relay = Relay::new(self.journal.clone(), client, self.topology.clone(), quick());
        Running {
            status: relay.status(),
            stats: relay.stats(),
            task: tokio::spawn(relay.run(CancellationToken::new())),
        }
    }

    pub(crate) async fn head(&self) -> Result<Position> {
        Ok(self.journal.head().await?.position)
    }

    /// Waits until the stream ends at `position`, then compares every message with the log.
    pub(crate) async fn published(&self, position: Position) -> Result<()> {
        let client = self.relay_client().await?;
        let jetstream = jetstream::new(client);
        eventually("the stream ends at the log's head", async || {
            let found = jetstream.get_stream(&self.topology.stream).await;
            found.is_ok_and(|found| found.cached_info().state.last_sequence == position.get())
        })
        .await?;
        self.compare(&jetstream, position).await
    }

    async fn compare(&self, jetstream: &jetstream::Context, position: Position) -> Result<()> {
        let stream = jetstream.get_stream(&self.topology.stream).await?;
        let state = &stream.cached_info().state;
        ensure!(state.messages == position.get(), "{} messages up to {position}", state.messages);
        let limit = usize::try_from(position.get())?;
        let log = self.journal.read(Position::START, limit).await?;
        ensure!(log.len() == limit, "the log has {} events", log.len());
        let mut messages = everything(&stream).await?;
        for event in log {
            let message = timeout(DEADLINE, futures_util::StreamExt::next(&mut messages)).await?;
            let message = message.context("the stream ended")??;
            let sequence = message.info().map_err(anyhow::Error::msg)?.stream_sequence;
            let id =
                message.headers.as_ref().and_then(|headers| headers.get("ce-id")).map(ToString::to_string);
            ensure!(sequence == event.position.get(), "sequence {sequence} for position {}", event.position);
            ensure!(id == Some(event.event_id.to_string()), "at {sequence}: {id:?} for {}", event.event_id);
            ensure!(message.payload == event.data, "at {sequence}: other data");
        }
        Ok(())
    }
}

/// Patience in proportion to a test's deadline.
pub(crate) fn quick() -> Settings {
    Settings {
        patience: Duration::from_secs(2),
        quiet: Duration::from_millis(300),
        recheck: Duration::from_millis(300),
        ..Settings::default()
    }
}

async fn everything(stream: &jetstream::stream::Stream) -> Result<jetstream::consumer::push::Ordered> {
    let config = jetstream::consumer::push::OrderedConfig {
        deliver_subject: format!("_INBOX.{}", Uuid::now_v7()),
        ..Default::default()
    };
    Ok(stream.create_consumer(config).await?.messages().await?)
}

/// The client library passes over the user that a URL names.
pub(crate) async fn connect(url: &str) -> Result<Client> {
    let address: ServerAddr = url.parse()?;
    let (user, password) = (address.username().unwrap_or_default(), address.password().unwrap_or_default());
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        .retry_on_initial_connect()
        .reconnect_delay_callback(|_| Duration::from_millis(50))
        .connection_timeout(Duration::from_secs(2));
    Ok(options.connect(address).await?)
}

impl Running {
    /// Waits for a status that `wanted` accepts.
    pub(crate) async fn becomes(&mut self, wanted: impl FnMut(&Status) -> bool) -> Result<Status> {
        let found = timeout(DEADLINE, self.status.wait_for(wanted)).await;
        let found = found.map(|status| status.map(|status| status.clone()));
        let Ok(status) = found else {
            anyhow::bail!("the relay's status is still {:?}", *self.status.borrow());
        };
        status.context("the relay ended")
    }

    /// Waits until it is refused, and says why.
    pub(crate) async fn refused(&mut self) -> Result<&'static str> {
        Ok(self.becomes(|status| matches!(status, Status::Refused(_))).await?.code())
    }

    /// Stops it wherever it is.
    pub(crate) async fn cancel(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

/// Waits until `done`, for what nothing tells.
pub(crate) async fn eventually<F: Future<Output = bool>>(
    what: &str,
    mut done: impl FnMut() -> F,
) -> Result<()> {
    let wait = async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(DEADLINE, wait).await.with_context(|| format!("waiting in vain: {what}"))
}
