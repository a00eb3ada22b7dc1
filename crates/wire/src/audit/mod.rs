//! Tamper evidence: what proves that nobody edited the log (`docs/audit.md` specifies every byte).
//!
//! Each event is a leaf of an RFC 6962 tree. A checkpoint is the tree's size and root, signed. From there on, one who has
//! the checkpoint can tell whether an event is in the log ([`verify_inclusion`]), whether a later checkpoint only added to
//! it ([`verify_consistency`]), and, from all events, whether any was changed and which ([`Recount`]).
//!
//! Our own where crates exist, each looked at on 2026-11-22: `ct-merkle` keeps every node of a tree in memory, where the
//! sealer needs the right edge alone; `tlog_tiles` and `signed_note` bring a second SHA-2 and a second Ed25519 beside the
//! ones that are here; `sigstore-merkle` only verifies. What is left is short, and tested against RFC 6962's own words.

mod hash;
mod leaf;
mod row;
mod tree;

mod plan;
mod proof;

mod checkpoint;
mod note;

mod bundle;
mod recount;
mod submission;

pub use bundle::{BundleError, ConsistencyBundle, InclusionBundle};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use hash::{Hash, HashError, node_hash};
pub use leaf::{COLUMNS, Entry, EntryError, LeafHasher};
pub use note::{NoteError, SigningKey, VerifyingKey};
pub use plan::{Node, Plan};
pub use proof::{verify_consistency, verify_inclusion};
pub use recount::{Finding, Recount, SealedHashes, Summary};
pub use row::Row;
pub use submission::Submission;
pub use tree::{Grown, Tree};
