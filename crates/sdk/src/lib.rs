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
//! [`Repair`] reads what is missing there instead, and goes on from there alone while NATS is away.
//!
//! [`meter`] tells Chancery what was called, for the usage reports.
//!
//! Invariants: nothing here knows Postgres; a feed never publishes an event, and needs a NATS user that may not.

mod arrival;
mod batch;
mod error;
mod feed;
pub mod gate;
mod http;
pub mod meter;
mod repair;
mod source;

pub use batch::Batch;
pub use chancery_wire::{Actor, DecodeError, Event, Position, Recorded, Topology};
pub use error::FeedError;
pub use feed::Feed;
pub use gate::{Gate, GateSettings};
pub use http::{Api, ApiError, HttpLog};
pub use repair::{NoRepair, Repair, RepairError};
