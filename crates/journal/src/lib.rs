//! The event log in Postgres. Everything that happened stands here, once, in order, for ever.
//!
//! The way in is one: [`Appender::append`] puts a command into the next batch, and one call of a procedure
//! decides the batch under the lock of the head row, inserts it and commits. So positions have no gap
//! and follow commit order by construction, and readers need no gap detection. The way out is [`Journal`]: a
//! stream, a range of positions, a filter, and [`Follower`], which wakes when the head moves.
//!
//! Invariants: the journal knows no type of the domain and no NATS; it decodes no event's data.

mod append;
mod batch;
mod batcher;
mod columns;
mod connect;
mod error;
mod filter;
mod head;
mod indexer;
mod known;
mod migrate;
mod moment;
mod read;
mod renew;
pub mod rights;
mod row;
mod seals;
mod select;
mod session;
mod time;
pub mod trace;

pub use append::{Append, Appended, NewEvent, Touch, Unless};
pub use batcher::{Appender, BatcherSettings};
pub use connect::{Role, config_for};
pub use error::{AppendError, JournalError};
pub use filter::Filter;
pub use head::{Follower, Head};
pub use indexer::{Indexed, Indexer};
pub use migrate::{Migration, applied_migrations, digest as migrations_digest, migrate, migrations};
pub use moment::{At, Moment, MomentError, NoMoment};
pub use read::{Journal, StoredCommand};
pub use renew::renew_log_id;
pub use row::{COLUMNS as EVENT_COLUMNS, FOLDED as FOLDED_COLUMNS, folded, recorded};
pub use seals::{
    FileWitness, MOST_EVENTS as MOST_SEALED_EVENTS, Seal, Sealer, SealerSettings, SealerStats, SealerStatus,
    Seals, TILE_HEIGHT, TILE_WIDTH, Witness, WitnessError, WitnessRecords, copy_events, leaf,
};
