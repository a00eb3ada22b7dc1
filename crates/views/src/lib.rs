//! Read models: what the log says, folded into tables that a page of the portal can read with an index.
//!
//! A view is a folder: `schema.sql`, `apply.rs` (events to rows), `query.rs` and its `.sql` (rows to answers).
//! Its tables stand in a schema of their own per version and build; the [`Runner`] applies batches of events to
//! them, rows and checkpoint in one transaction, and a [`Reader`] answers from them, with the position that the
//! answer reflects, in one snapshot. Everything here can be thrown away and filled again from the log.
//!
//! Invariants: a view knows no rule of the domain, it repeats what was decided; nothing here knows NATS, a
//! [`Feed`] of ordered batches is all that it needs; nothing is read from one view to write another.

mod feed;
mod fold;
mod key;
mod status;
mod view;

mod build;
mod dump;
mod runner;
mod scratch;
mod share;
mod stretch;

mod control;
mod operate;
mod rebuild;

mod audit;
mod compare;
mod digest;
mod planted;
mod replay;
mod verify;

mod freshness;
mod past;
mod read;
mod row;
mod words;

pub mod admin;

pub mod access_requests;
pub mod apps;
pub mod connections;
pub mod directory;
pub mod networks;
pub mod versions;

pub use audit::{Audit, AuditBook, AuditError, Audits};
pub use build::{Build, BuildError, Phase};
pub use compare::{Side, TableComparison};
pub use digest::Digest;
pub use dump::{Dump, dump};
pub use feed::{BoxFeed, Feed, FeedError, Feeds, JournalFeed, JournalFeeds, Range, ShareFeed};
pub use fold::Fold;
pub use freshness::Behind;
pub use key::{KeyedBy, Wants};
pub use past::PastLimits;
pub use read::{At, Page, ReadError, Reader};
pub use replay::{
    ComparedTable, Comparison, DifferentColumn, DifferentRow, Divergence, FoldedTable, Progress, Replay,
    ReplayError, Replayed,
};
pub use row::{Instance, Who};
pub use runner::{RunError, Runner};
pub use scratch::rebuild;
pub use share::Share;
pub use status::{State, Status, Statuses};
pub use verify::{Verification, VerifiedShard, VerifyError, verify};
pub use view::{ApplyError, View};
pub use words::{
    Access, AccessState, ConnectionState, CredentialManagement, OperationKind, OrganizationKind, Review,
    RevocationCause, Role, Visibility,
};

/// Every view of this build.
pub fn all() -> Vec<&'static dyn View> {
    vec![
        &apps::Apps,
        &versions::Versions,
        &connections::Connections,
        &directory::Directory,
        &access_requests::AccessRequests,
        &networks::Networks,
    ]
}
