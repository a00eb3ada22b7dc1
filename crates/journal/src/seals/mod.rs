//! The audit tree beside the log: checkpoints, and the hashes that lead to them (`migrations/V11__seals.sql`).
//!
//! The tree itself is `chancery_wire::audit`; here is where its nodes come from, and [`Sealer`], which makes it grow.

mod file;
mod leaf;
mod nodes;
mod sealer;
mod session;
mod store;
mod tiles;
mod witness;

pub use file::{FileWitness, WitnessRecords};
pub use leaf::leaf;
pub use sealer::{Sealer, SealerSettings, SealerStats, SealerStatus};
pub use session::copy_events;
pub use store::Seal;
pub use tiles::{HEIGHT as TILE_HEIGHT, WIDTH as TILE_WIDTH};
pub use witness::{Witness, WitnessError};

use chancery_wire::{
    Position,
    audit::{Hash, Node, Plan, Tree},
};

use crate::{Journal, JournalError};

/// The most events between two checkpoints.
pub const MOST_EVENTS: u64 = 1 << 16;

/// Reads what was sealed.
#[derive(Debug, Clone)]
pub struct Seals {
    journal: Journal,
}

impl Journal {
    /// What was sealed of this log.
    pub fn seals(&self) -> Seals {
        Seals { journal: self.clone() }
    }
}

impl Seals {
    /// The last checkpoint.
    pub async fn newest(&self) -> Result<Option<Seal>, JournalError> {
        self.at_most(i64::MAX.cast_unsigned()).await
    }

    /// The last checkpoint of at most so many events.
    pub async fn at_most(&self, size: u64) -> Result<Option<Seal>, JournalError> {
        store::find(&*self.journal.client().await?, "size <= $1 ORDER BY size DESC", size).await
    }

    /// The first checkpoint of at least so many events.
    pub async fn at_least(&self, size: u64) -> Result<Option<Seal>, JournalError> {
        store::find(&*self.journal.client().await?, "size >= $1 ORDER BY size", size).await
    }

    /// The tree over the first so many events; `None` where they are not sealed.
    pub async fn tree(&self, size: u64) -> Result<Option<Tree>, JournalError> {
        let wanted = Node::peaks(size);
        let hashes = nodes::read(&*self.journal.client().await?, &wanted, size).await?;
        Ok(hashes.and_then(|hashes| {
            Tree::from_peaks(size, wanted.iter().filter_map(|node| hashes.get(node).copied()).collect())
        }))
    }

    /// That the event is among the first `size`; `None` where it is not, or where they are not sealed.
    pub async fn inclusion(&self, position: Position, size: u64) -> Result<Option<Vec<Hash>>, JournalError> {
        match position.get().checked_sub(1).and_then(|index| Plan::inclusion(index, size)) {
            Some(plan) => self.fill(&plan, size).await,
            None => Ok(None),
        }
    }

    /// That the first `new` events begin with the first `old`; `None` where they do not, or are not sealed.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Option<Vec<Hash>>, JournalError> {
        match Plan::consistency(old, new) {
            Some(plan) => self.fill(&plan, new).await,
            None => Ok(None),
        }
    }

    async fn fill(&self, plan: &Plan, size: u64) -> Result<Option<Vec<Hash>>, JournalError> {
        let wanted: Vec<_> = plan.nodes().collect();
        let hashes = nodes::read(&*self.journal.client().await?, &wanted, size).await?;
        Ok(hashes.and_then(|hashes| plan.fill(|node| hashes.get(&node).copied())))
    }
}
