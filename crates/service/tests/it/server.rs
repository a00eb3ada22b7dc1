//! A log of a test's own, and service instances on it.

use std::{sync::Arc, time::Duration};

use chancery_devkit::TestDb;
use chancery_domain::{Actor, ActorKind, Environment};
use chancery_journal::{Appender, BatcherSettings, Journal};
use chancery_service::{
    auth::Tokens,
    commands::{Caller, Commands, IssueToken},
    connect::{Algorithm, Connect, Issuer, Keys, MasterKey},
    doors::{Door, DoorSettings, Unobserved},
    gate::{GateHouse, GateSettings},
    http::{self, Parts, Service},
    ops::{self, Metrics, Ops, Positions},
    sources::Sources,
    usage::{Usage, UsageSettings},
};
use chancery_views::{JournalFeeds, Reader, Runner, State, Statuses, all};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::call::Call;

/// A database with an empty log.
pub fn database() -> TestDb {
    let server = chancery_devkit::test_postgres_url().unwrap();
    TestDb::create(&server, &chancery_journal::migrations_digest(), |url| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(chancery_journal::migrate(url))?;
        Ok(())
    })
    .unwrap()
}

/// Where the views of a service instance are kept up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Views {
    Here,
    Elsewhere,
}

/// A service instance on free ports.
#[derive(Debug)]
pub struct Server {
    pub journal: Journal,
    pub stop: CancellationToken,
    url: String,
    ops_url: String,
    pub connect: Connect,
    pub service: Service,
    pub door: Door,
    commands: Commands,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    pub async fn start(db: &TestDb) -> Self {
        Self::with(db, Views::Here).await
    }

    pub async fn with(db: &TestDb, views: Views) -> Self {
        let stop = CancellationToken::new();
        let journal = Journal::open(db.url(), 8).unwrap();
        let appender = Appender::start(db.url(), &journal, BatcherSettings::default()).unwrap();
        let mut tasks = Vec::new();
        let mut statuses: Option<Statuses> = None;
        if views == Views::Here {
            let feeds = Arc::new(JournalFeeds { journal: journal.clone(), batch: 500 });
            let runner = Runner::new(db.url(), journal.clone(), feeds, all()).unwrap();
            let shown = runner.statuses();
            tasks.push(tokio::spawn(runner.run(stop.clone())));
            built(&shown).await;
            statuses = Some(shown);
        }
        let sources = Sources::system();
        let environments = vec![Environment::integration(), Environment::production()];
        let commands = Commands::new(journal.clone(), appender, sources.clone(), environments);
        let metrics = Metrics::default();
        metrics.register(Positions::new(journal.clone(), statuses.clone()));
        metrics.show_projections(journal.clone());
        let mut checks = vec![ops::log(journal.clone())];
        checks.extend(statuses.iter().flat_map(|statuses| ops::views(&journal, statuses)));
        let house = GateHouse::follow(journal.clone(), sources.clone(), GateSettings::default());
        let connect = connect(&journal, house, &commands, &sources).await;
        let door = Door::new(connect.clone(), DoorSettings::default(), Arc::new(Unobserved), &metrics);
        let service = Service::new(Parts {
            connect: Some(connect.clone()),
            door: Some(door.clone()),
            usage: Usage::new(journal.clone(), sources.clone(), UsageSettings::default()),
            reader: Reader::new(journal.clone(), statuses),
            tokens: Tokens::follow(journal.clone(), sources),
            commands: commands.clone(),
            log_id: journal.head().await.unwrap().log_id,
            metrics: metrics.clone(),
            proxies: 0,
            stop: stop.clone(),
            journal: journal.clone(),
        });
        let (url, api) = serve(http::Surface::new(http::router(service.clone()), &service), &stop).await;
        let (ops_url, operations) = serve(ops::router(Ops { metrics, checks: checks.into() }), &stop).await;
        tasks.extend([api, operations]);
        Self { journal, stop, url, ops_url, connect, service, door, commands, tasks }
    }

    pub fn get(&self, path: &str) -> Call {
        Call::new("GET", format!("{}{path}", self.url))
    }

    pub fn post(&self, path: &str) -> Call {
        Call::new("POST", format!("{}{path}", self.url))
    }

    pub fn put(&self, path: &str) -> Call {
        Call::new("PUT", format!("{}{path}", self.url))
    }

    pub fn patch(&self, path: &str) -> Call {
        Call::new("PATCH", format!("{}{path}", self.url))
    }

    pub fn delete(&self, path: &str) -> Call {
        Call::new("DELETE", format!("{}{path}", self.url))
    }

    pub fn ops(&self, path: &str) -> Call {
        Call::new("GET", format!("{}{path}", self.ops_url))
    }

    /// `host:port`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// The first token, which nobody could ask for over HTTP.
    pub async fn first_token(&self) -> String {
        let caller = Caller {
            principal: None,
            actor: Actor { kind: ActorKind::System, id: "tests".into() },
            command_id: Uuid::now_v7(),
            keyed: false,
            request_hash: [0; 32],
            if_match: None,
            correlation_id: Uuid::now_v7(),
            traceparent: None,
        };
        let body: IssueToken = serde_json::from_str(r#"{"role": "platform", "name": "First"}"#).unwrap();
        let answer = self.commands.issue_token(&caller, body).await.unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }

    pub fn commands(&self) -> &Commands {
        &self.commands
    }

    /// Stops it and waits until it has.
    pub async fn shut_down(self) {
        self.stop.cancel();
        for task in self.tasks {
            tokio::time::timeout(Duration::from_secs(15), task).await.unwrap().unwrap();
        }
    }
}

/// Waits until readers see a build of every view: who asks earlier is told to come again.
async fn built(statuses: &Statuses) {
    for view in all() {
        let mut status = statuses.watch(view).unwrap();
        let built = status.wait_for(|status| !matches!(status.state, State::Starting | State::Filling));
        tokio::time::timeout(Duration::from_secs(15), built).await.unwrap().unwrap();
    }
}

/// Every instance on a database has the same key.
pub fn master() -> MasterKey {
    MasterKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
}

/// Who issues tokens in tests.
pub fn issuer() -> Issuer {
    Issuer { url: "https://chancery.example".into(), audience: "https://api.example".into() }
}

async fn connect(journal: &Journal, house: GateHouse, commands: &Commands, sources: &Sources) -> Connect {
    let keys = Keys::open(journal.clone(), master(), sources, Algorithm::Es256).await.unwrap();
    Connect::new(issuer(), keys, house, commands.clone(), journal.clone(), sources.clone())
}

async fn serve(answers: impl http::Answers, stop: &CancellationToken) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = stop.clone();
    let task = tokio::spawn(async move { http::serve(listener, answers, stop).await.unwrap() });
    (url, task)
}
