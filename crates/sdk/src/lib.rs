//! Follow Chancery's events from your own service.
//!
//! A [`Feed`] hands out the log in order, in batches, from any position: no event twice, none left out. Keep the
//! position of the last batch beside what you derive from it, in the same transaction, and open the feed there
//! after a restart. It needs no durable consumer, acknowledges nothing, and goes on by itself after NATS was away.
//!
//! ```no_run
//! use chancery_sdk::{Event, Feed, NoRepair, Position, Topology};
//!
//! # async fn checkpoint() -> (Option<uuid::Uuid>, Position) { (None, Position::START) }
//! # async fn apply(_: &Event, _: Position) {}
//! # async fn follow() -> Result<(), Box<dyn std::error::Error>> {
//! let options = async_nats::ConnectOptions::with_user_and_password("reader".into(), "password".into());
//! let client = options.retry_on_initial_connect().connect("nats.internal").await?;
//! let (log_id, position) = checkpoint().await;
//! let mut feed = Feed::open(client, Topology::default(), position, NoRepair);
//! if let Some(log_id) = log_id {
//!     feed = feed.of_log(log_id);
//! }
//! loop {
//!     for event in feed.next().await?.events() {
//!         match event.decode() {
//!             Ok(message) => apply(&message, event.position).await,
//!             // A type that is newer than this build. Decide for yourself whether you can do without it.
//!             Err(reason) => eprintln!("passing over {}: {reason}", event.position),
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! The stream is a copy of the log and may lag behind it, or lose its end with a disk. A feed that is given a
//! [`Repair`] reads what is missing there instead, and goes on from there alone while NATS is away. [`HttpLog`] is one:
//! the API's events.
//!
//! # Decide calls in process
//!
//! A [`Gate`] answers "may this call pass?" in your gateway's own process, in microseconds, with the codes and limits of
//! Chancery's own doors. It needs the API, with the token of a gateway, and follows NATS where it is given one:
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use chancery_sdk::{
//!     Api, Gate, GateSettings, Topology,
//!     gate::{Issuer, Metered, Nats, Request},
//!     meter::Meter,
//! };
//!
//! # async fn gateway(token: &str, meter: Arc<Meter>) -> Result<(), Box<dyn std::error::Error>> {
//! let options = async_nats::ConnectOptions::with_user_and_password("meter".into(), "password".into());
//! let client = options.retry_on_initial_connect().connect("nats.internal").await?;
//! let issuer = Issuer { url: "https://login.example.com".into(), audience: "https://api.example.com".into() };
//! let settings = GateSettings {
//!     nats: Some(Nats { client, topology: Topology::default() }),
//!     // Each decision is counted, for the usage reports: see `meter`.
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
//! [`meter`] tells Chancery what was called, for the usage reports.
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
pub use repair::{NoRepair, Part, Repair, RepairError};
