//! The events from one checkpoint to the next, and what stands beside it in the database.

use super::{Finding, Tree};
use crate::audit::{Checkpoint, Entry, Hash, Node};

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

/// Nodes that leaves make complete, as far as anybody wants to know.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// From one level of which nodes are wanted to the next.
    pub(super) height: Option<u8>,
    pub(super) complete: Vec<(Node, Hash)>,
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
    /// Its nodes that the stretch made complete, where they are known.
    pub(super) nodes: Vec<(Node, Hash)>,
}

impl Nodes {
    /// Adds a leaf to the tree.
    pub(super) fn push(&mut self, tree: &mut Tree, leaf: Hash) {
        tree.push_each(leaf, |node, hash| {
            if self.height.is_some_and(|height| node.level.is_multiple_of(height)) {
                self.complete.push((node, hash));
            }
        });
    }

    /// Those that are complete so far; the rest follows.
    pub(super) fn take(&mut self) -> Self {
        Self { height: self.height, complete: std::mem::take(&mut self.complete) }
    }
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

    /// `tree` and `nodes` are those of the events as they are, `base` is the tree of the checkpoint before.
    pub(super) fn judge(
        &self,
        tree: &Tree,
        nodes: Nodes,
        base: Option<Tree>,
        differences: &Differences,
    ) -> Verdict {
        let checkpoint = match &self.checkpoint {
            Ok(checkpoint) if checkpoint.size == self.size => checkpoint,
            Ok(_) => return self.unsigned(tree, nodes, base, "it says another size", differences),
            Err(why) => return self.unsigned(tree, nodes, base, why, differences),
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
            return Verdict { located, sealed: Some(tree.clone()), nodes: nodes.complete };
        }
        match self.grown(base, nodes.height).filter(|(tree, _)| tree.root() == checkpoint.root) {
            Some((tree, nodes)) => Verdict { located: Ok(None), sealed: Some(tree), nodes },
            None => Verdict { located: Err(None), sealed: peaks, nodes: Vec::new() },
        }
    }

    /// Nothing vouches for the hashes but the next checkpoint, if it does.
    fn unsigned(
        &self,
        tree: &Tree,
        nodes: Nodes,
        base: Option<Tree>,
        why: &str,
        differences: &Differences,
    ) -> Verdict {
        let also = Some(Finding::Checkpoint { size: self.size, why: why.to_owned() });
        if differences.are_none() {
            return Verdict { located: Err(also), sealed: Some(tree.clone()), nodes: nodes.complete };
        }
        let (sealed, nodes) = self.grown(base, nodes.height).unzip();
        Verdict { located: Ok(also), sealed, nodes: nodes.unwrap_or_default() }
    }

    /// The tree of the checkpoint before, and the leaves that stand here.
    fn grown(&self, base: Option<Tree>, height: Option<u8>) -> Option<(Tree, Vec<(Node, Hash)>)> {
        let mut tree = base.filter(|base| self.is_whole() && base.size() == self.previous)?;
        let mut nodes = Nodes { height, complete: Vec::new() };
        self.leaves.iter().for_each(|leaf| nodes.push(&mut tree, *leaf));
        Some((tree, nodes.complete))
    }

    fn is_whole(&self) -> bool {
        self.size.checked_sub(self.previous) == u64::try_from(self.leaves.len()).ok()
    }
}
