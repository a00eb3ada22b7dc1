//! The token endpoint and the doors as a contestant of an outside harness, which knows neither our client ids nor what a
//! gateway must send: one client named `bench`, and calls that have a token and nothing else.
//!
//! Here every request gets what is missing and then goes the product's own way, from its listener on. So this client
//! exists in this program alone, and what is measured does a little more than the product.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chancery_domain::{Actor, ActorKind, Environment};
use chancery_journal::{Appender, BatcherSettings, Journal};
use chancery_service::{
    auth::Tokens,
    commands::{Caller, Commands, IssueToken},
    connect::{Connect, Issuer, Keys, MasterKey},
    doors::{Door, DoorSettings, Hosts, Unobserved},
    gate::{GateHouse, GateSettings},
    http::{self, Answers, Doors, Lent, Parts, Service, Surface, Told},
    ops::Metrics,
    sources::Sources,
    usage::{Usage, UsageSettings},
};
use chancery_views::Reader;
use hyper::{
    Request,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{client, servers::MASTER, signer::Algorithm, token};

const HOST: &str = "127.0.0.1";
const GATEWAY_TOKEN: HeaderName = HeaderName::from_static("chancery-gateway-token");
const APP_KEY: HeaderName = HeaderName::from_static("st-app-key");

struct Contestant {
    surface: Surface,
    doors: Doors,
    /// What the harness sends, and what the client here is called.
    theirs: HeaderValue,
    ours: HeaderValue,
    gateway: HeaderValue,
}

impl Answers for Contestant {
    async fn answer(&self, mut request: Request<Lent>, peer: SocketAddr) -> Told {
        let headers = request.headers_mut();
        if headers.get(AUTHORIZATION) == Some(&self.theirs) {
            headers.insert(AUTHORIZATION, self.ours.clone());
            return self.surface.answer(request, peer).await;
        }
        headers.insert(GATEWAY_TOKEN, self.gateway.clone());
        headers.insert(APP_KEY, HeaderValue::from_static(client::APP_KEY));
        self.doors.answer(request, peer).await
    }
}

/// Brings the client into the empty database and serves until it is told to stop.
pub async fn serve(url: &str, port: u16, algorithm: Algorithm) -> anyhow::Result<()> {
    client::import(url).await?;
    let journal = Journal::open(url, 4)?;
    let appender = Appender::start(url, &journal, BatcherSettings::default())?;
    let sources = Sources::system();
    let commands = Commands::new(journal.clone(), appender, sources.clone(), vec![Environment::production()]);
    let gateway = gateway_token(&commands).await?;
    let algorithm = algorithm.name().parse()?;
    let keys = Keys::open(journal.clone(), MasterKey::parse(MASTER)?, &sources, algorithm).await?;
    let house = GateHouse::follow(journal.clone(), sources.clone(), GateSettings::default());
    house.catch_up().await?;
    let address = format!("http://{HOST}:{port}");
    let issuer = Issuer { url: address.clone(), audience: address };
    let connect = Connect::new(issuer, keys, house, commands.clone(), journal.clone(), sources.clone());
    let metrics = Metrics::default();
    let hosts = Hosts::new([format!("{}={HOST}", client::ENVIRONMENT).parse()?])?;
    let settings = DoorSettings { hosts, ..DoorSettings::default() };
    let door = Door::new(connect.clone(), settings, Arc::new(Unobserved), &metrics);
    let stop = CancellationToken::new();
    let service = Service::new(Parts {
        reader: Reader::new(journal.clone(), None),
        tokens: Tokens::follow(journal.clone(), sources.clone()),
        commands,
        connect: Some(connect),
        door: Some(door.clone()),
        usage: Usage::new(journal.clone(), sources.clone(), UsageSettings::default()),
        log_id: journal.head().await?.log_id,
        metrics,
        proxies: 0,
        stop: stop.clone(),
        journal,
    });
    let theirs = format!("Basic {}", BASE64_STANDARD.encode(format!("bench:{}", client::SECRET)));
    let contestant = Contestant {
        surface: Surface::new(http::gate_router(service.clone()), &service),
        doors: Doors::new(service, door),
        theirs: theirs.parse()?,
        ours: token::basic().parse()?,
        gateway: gateway.parse()?,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.context("listening")?;
    let mut terminated = signal(SignalKind::terminate())?;
    let serving = tokio::spawn(http::serve(listener, contestant, stop.clone()));
    terminated.recv().await;
    stop.cancel();
    Ok(serving.await??)
}

async fn gateway_token(commands: &Commands) -> anyhow::Result<String> {
    let caller = Caller {
        principal: None,
        actor: Actor { kind: ActorKind::System, id: "bench".into() },
        command_id: Uuid::now_v7(),
        keyed: false,
        request_hash: [0; 32],
        if_match: None,
        correlation_id: Uuid::now_v7(),
        traceparent: None,
    };
    let body: IssueToken = serde_json::from_str(r#"{"role": "gateway", "name": "bench"}"#)?;
    let answer: serde_json::Value = serde_json::from_str(&commands.issue_token(&caller, body).await?.body)?;
    Ok(answer["token"].as_str().context("a token")?.to_owned())
}
