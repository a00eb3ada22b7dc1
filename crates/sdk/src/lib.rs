//! Build on Chancery from your own service: follow what is decided, decide calls yourself, and tell what was called.
//!
//! # Follow
//!
//! Everything that Chancery decides is an event in one log. Each has a place in it, 1, 2, 3 … with no gap: its
//! [`Position`]. A [`Consumer`] hands you the events in that order, typed, from wherever you were, for as long as you
//! like. It needs a NATS user that may read (`reader` in `docker/nats.conf`), and, for what NATS does not have, the API
//! with a token of the role `consumer`:
//!
//! ```no_run
//! use chancery_sdk::{
//!     Api, Consumer, Event, Filter, Topology, connect,
//!     consumer::{Each, FileCheckpoints},
//! };
//!
//! # async fn follow(token: &str) -> Result<(), Box<dyn std::error::Error>> {
//! // Several servers, and one of them answers. All of them away is no error: they are waited for.
//! let nats = connect("nats://reader:password@one.internal,nats://two.internal").await?;
//! let consumer = Consumer::new(nats, Topology::default())
//!     .repaired_by(Api::new("https://chancery.internal", token)?)
//!     .wanting(Filter::all().types(["TenantConnected", "ConnectionRevoked"])?);
//!
//! let printing = Each::new(FileCheckpoints::at("checkpoint.json"), |delivered| async move {
//!     match &delivered.event {
//!         Event::TenantConnected(connected) => println!("{} may call", connected.client_id),
//!         other => println!("{}: {other:?}", delivered.recorded.position),
//!     }
//!     Ok(())
//! });
//! consumer.run(printing, async { drop(tokio::signal::ctrl_c().await) }).await?;
//! # Ok(())
//! # }
//! ```
//!
//! That is a whole service. It goes on while NATS restarts, fails over or is away for a day (the API has the events
//! too), it begins at the log's first event where there is no checkpoint yet, and where the stream keeps only the newest
//! events it reads the older ones over HTTP. What the filter leaves out is not taken for a gap, and what was lost is not
//! taken for left out: see [`Feed`] for how it is sure. `examples/tail.rs` is this, to be run.
//!
//! # Keep your place
//!
//! A function that is called with each event is called again if you are killed in the middle. Where an effect must not
//! happen twice, keep the [`Checkpoint`](consumer::Checkpoint) in the same transaction as the effect. Then either both are
//! there after a crash or neither is, and that is all that *exactly once* takes:
//!
//! ```no_run
//! use chancery_sdk::{
//!     Event, Position,
//!     consumer::{Checkpoint, Delivery, Failure, Handler},
//! };
//! # struct Row;
//! # impl Row { fn place(self) -> Option<Checkpoint> { None } }
//! # struct Transaction;
//! # impl Transaction {
//! #     async fn execute(&self, _: &str, _: Position) -> Result<u64, std::io::Error> { Ok(1) }
//! #     async fn commit(self) -> Result<(), std::io::Error> { Ok(()) }
//! # }
//! # struct Database;
//! # impl Database {
//! #     async fn place(&mut self) -> Result<Row, std::io::Error> { Ok(Row) }
//! #     async fn transaction(&mut self) -> Result<Transaction, std::io::Error> { Ok(Transaction) }
//! # }
//!
//! struct Mirror {
//!     database: Database,
//! }
//!
//! impl Handler for Mirror {
//!     // Where to go on. Asked at the start, and after a failure: the answer to a commit may have been lost.
//!     async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Failure> {
//!         Ok(self.database.place().await?.place())
//!     }
//!
//!     async fn handle(&mut self, delivery: &Delivery) -> Result<(), Failure> {
//!         let transaction = self.database.transaction().await?;
//!         for delivered in delivery.events() {
//!             if let Event::AppCreated(_) = &delivered.event {
//!                 transaction.execute("INSERT …", delivered.recorded.position).await?;
//!             }
//!         }
//!         // From where this delivery begins, and from nowhere else: so two that run at once take turns.
//!         let (to, from) = (delivery.checkpoint().position, delivery.after());
//!         if transaction.execute("UPDATE place SET … WHERE position = …", from).await? == 0 {
//!             return Err(format!("somebody else has gone on from {from} to {to}").into());
//!         }
//!         Ok(transaction.commit().await?)
//!     }
//! }
//! ```
//!
//! `examples/mirror.rs` is that with Postgres, to be run. This crate has no database in it: yours is as good as any.
//! [`Deliveries`](consumer::Deliveries) is for who would rather have a loop than a handler.
//!
//! # What errors mean
//!
//! What passes is waited out and tried again inside, with a line in the log: a server that is away, an API that is busy,
//! a handler that failed. [`Consumer::run`] returns an error where waiting does not help:
//!
//! | error | what happened | what to do |
//! |---|---|---|
//! | [`FeedError::OtherLog`], [`FeedError::CutOff`] | the log was replaced, or restored to an earlier point: your positions mean something else in it | drop what you derived together with its checkpoint, and start again |
//! | [`FeedError::Gap`] | the stream lost events, and there is no API to read them from | [`Consumer::repaired_by`] |
//! | [`FeedError::Malformed`] | somebody else published to the stream | `chancery relay status` |
//! | [`ConsumerError::Unreadable`](consumer::ConsumerError::Unreadable) | an event of a type that is newer than your build | build anew, filter by type, or [`Unknown::PassOver`](consumer::Unknown::PassOver) |
//! | [`ConsumerError::Handler`](consumer::ConsumerError::Handler) | your handler said [`Failure::stop`](consumer::Failure::stop) | what it says |
//!
//! # Decide calls
//!
//! A [`Gate`] answers "may this call pass?" in your own process, in microseconds, with the codes and limits of
//! Chancery's own doors. It needs the API, with a token of the role `gateway`, and follows NATS where it is given one:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use chancery_sdk::{
//!     Api, Gate, GateSettings, Topology, connect,
//!     gate::{Issuer, Metered, Nats, Request},
//!     meter::Meter,
//! };
//!
//! # async fn gateway(token: &str, meter: Arc<Meter>) -> Result<(), Box<dyn std::error::Error>> {
//! let client = connect("nats://meter:password@nats.internal").await?;
//! let issuer = Issuer { url: "https://login.example.com".into(), audience: "https://api.example.com".into() };
//! let settings = GateSettings {
//!     nats: Some(Nats { client, topology: Topology::default() }),
//!     // Each decision is counted, for the usage reports.
//!     observer: Arc::new(Metered(meter)),
//!     ..GateSettings::new(issuer)
//! };
//! let gate = Gate::start(Api::new("https://chancery.internal", token)?, settings).await?;
//!
//! // With every call, from its head.
//! let decision = gate
//!     .authorize(&Request {
//!         method: "GET",
//!         path: "/crm/v2/tenant/1234/customers?page=2",
//!         environment: Some("production"),
//!         app_key: Some("ak1.0123456789abcdefghijklmno").into(),
//!         authorization: Some("Bearer eyJhbGciOi…").into(),
//!     })
//!     .await;
//! match decision.outcome {
//!     Ok(passed) => println!("for tenant {}: {} left", passed.tenant_id, passed.quota.remaining),
//!     Err(refusal) => println!("{}: {}", refusal.denial.code(), refusal.advice),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! What was revoked is refused within a second, also while NATS is away. A gate that has not been at the log's head for
//! ten seconds refuses every call with `gate_stale` until it has caught up, unless it is told to serve.
//!
//! # Tell what was called
//!
//! A [`Meter`](meter::Meter) counts, and a [`Publisher`](meter::Publisher) sends what it counted until it was
//! acknowledged: see [`meter`]. [`Metered`](gate::Metered), above, counts the decisions; what became of a call that
//! passed you say yourself, under [`Passed::key`](gate::Passed::key). `examples/gateway.rs` is an API with both in front
//! of it, to be run.
//!
//! Invariants: nothing here knows Postgres; a feed never publishes an event, and needs a NATS user that may not; no
//! token that anybody sends is written down, and the gateway's own is not printed.

mod arrival;
mod batch;
pub mod consumer;
mod error;
mod feed;
mod filter;
pub mod gate;
mod http;
pub mod meter;
mod nats;
mod order;
mod repair;
mod source;

pub use batch::Batch;
pub use chancery_wire::{Actor, DecodeError, Event, Position, Recorded, Topology};
pub use consumer::Consumer;
pub use error::FeedError;
pub use feed::Feed;
pub use filter::{Filter, UnknownType};
pub use gate::{Gate, GateSettings};
pub use http::{Api, ApiError, HttpLog};
pub use nats::{ConnectError, connect};
pub use repair::{NoRepair, Part, Repair, RepairError};
