//! The events from one checkpoint to the next, and what stands beside it in the database.

use super::{Finding, Tree};
use crate::audit::{Checkpoint, Entry, Hash};

/// What stands beside a checkpoint.
#[derive(Debug, Clone)]
pub struct SealedHashes {
    /// The size of the checkpoint before; 0 for the first.
    pub previous: u64,
    /// The size of this one.
    pub size: u64,
    /// What was signed; `Err` says why it is none of the log's.
    pub checkpoint: Result<Checkpoint, String>,
    /// The peaks of the tree of this size.
    pub peaks: Vec<Hash>,
    /// The leaves from `previous` to `size`.
    pub leaves: Vec<Hash>,
    /// The leaf behind them, where there is another checkpoint.
    pub next: Option<Hash>,
}

/// Where a stretch is not what its hashes say.
#[derive(Debug, Default)]
pub(super) struct Differences {
    pub(super) findings: Vec<Finding>,
    /// Events that are not what was sealed, and what was sealed in their places.
    pub(super) kept: Vec<(u64, Entry, Hash)>,
}

pub(super) struct Verdict {
    /// `Ok`: the differences are what is wrong, and this. `Err`: they say nothing; this is wrong, or something unknown.
    pub(super) located: Result<Option<Finding>, Option<Finding>>,
    /// The tree of this size, as it was sealed.
    pub(super) sealed: Option<Tree>,
}

impl Differences {
    pub(super) fn add(&mut self, finding: Finding) {
        if !self.findings.last_mut().is_some_and(|last| last.join(&finding)) {
            self.findings.push(finding);
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.findings.is_empty()
    }

    fn any_is_missing(&self) -> bool {
        self.findings.iter().any(|finding| matches!(finding, Finding::Missing { .. }))
    }
}

impl SealedHashes {
    /// What was sealed at a position of the stretch, or right behind it.
    pub(super) fn leaf(&self, position: u64) -> Option<Hash> {
        if position == self.size + 1 {
            return self.next;
        }
        let place = position.checked_sub(self.previous + 1)?;
        self.leaves.get(usize::try_from(place).ok()?).copied()
    }

    /// `tree` is that of the events as they are, `base` that of the checkpoint before.
    pub(super) fn judge(&self, tree: &Tree, base: Option<Tree>, differences: &Differences) -> Verdict {
        let checkpoint = match &self.checkpoint {
            Ok(checkpoint) if checkpoint.size == self.size => checkpoint,
            Ok(_) => return self.unsigned(tree, base, "it says another size", differences),
            Err(why) => return self.unsigned(tree, base, why, differences),
        };
        let peaks =
            Tree::from_peaks(self.size, self.peaks.clone()).filter(|tree| tree.root() == checkpoint.root);
        if tree.size() == self.size && tree.root() == checkpoint.root && !differences.any_is_missing() {
            let also = (!differences.are_none() || peaks.is_none() || !self.is_whole())
                .then_some(Finding::Hashes { size: self.size });
            // What the hashes say against the events is the hashes' fault.
            let located = match also {
                Some(finding) => Err(Some(finding)),
                None => Ok(None),
            };
            return Verdict { located, sealed: Some(tree.clone()) };
        }
        match self.grown(base).filter(|tree| tree.root() == checkpoint.root) {
            Some(tree) => Verdict { located: Ok(None), sealed: Some(tree) },
            None => Verdict { located: Err(None), sealed: peaks },
        }
    }

    /// Nothing vouches for the hashes but the next checkpoint, if it does.
    fn unsigned(&self, tree: &Tree, base: Option<Tree>, why: &str, differences: &Differences) -> Verdict {
        let also = Some(Finding::Checkpoint { size: self.size, why: why.to_owned() });
        if differences.are_none() {
            return Verdict { located: Err(also), sealed: Some(tree.clone()) };
        }
        Verdict { located: Ok(also), sealed: self.grown(base) }
    }

    /// The tree of the checkpoint before, and the leaves that stand here.
    fn grown(&self, base: Option<Tree>) -> Option<Tree> {
        let mut tree = base.filter(|base| self.is_whole() && base.size() == self.previous)?;
        self.leaves.iter().for_each(|leaf| tree.push(*leaf));
        Some(tree)
    }

    fn is_whole(&self) -> bool {
        self.size.checked_sub(self.previous) == u64::try_from(self.leaves.len()).ok()
    }
}
