//! The tree's right edge: all that is needed to add leaves and to know the root.

use super::{Hash, Node, node_hash};

/// A tree by its peaks: the perfect subtrees that it falls into, from left to right. Their sizes are the bits of the
/// tree's size, so 40 hashes stand for a million million leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// A tree of this size with these peaks; `None` if another number of them belongs to it.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves it has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root (RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        join(&self.peaks).unwrap_or_else(Hash::of_nothing)
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.push_each(leaf, |_, _| ());
    }

    /// Adds a leaf, and tells of every perfect subtree of two or more leaves that is complete with it.
    pub fn push_each(&mut self, leaf: Hash, mut complete: impl FnMut(Node, Hash)) {
        let (mut hash, mut node) = (leaf, Node { level: 0, index: self.size });
        while node.index & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(&left, &hash);
            node = Node { level: node.level + 1, index: node.index >> 1 };
            complete(node, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The peak that is this node.
    fn peak(&self, node: Node) -> Option<Hash> {
        let above = u32::from(node.level) + 1;
        // It is a peak if its bit is set in the size, and if it begins where the larger ones end.
        let is_peak = node.index & 1 == 0 && self.size >> node.level == node.index | 1;
        let larger = self.size.checked_shr(above).unwrap_or(0).count_ones();
        is_peak.then(|| self.peaks.get(larger as usize).copied()).flatten()
    }
}

/// The root over neighbours of which each is at most as large as the one before.
pub(super) fn join(hashes: &[Hash]) -> Option<Hash> {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(&left, &right))
}

/// A tree, and leaves that came to it: enough to prove that the larger tree holds the smaller one.
#[derive(Debug, Clone, Copy)]
pub struct Grown<'a> {
    pub before: &'a Tree,
    /// The leaves after it.
    pub leaves: &'a [Hash],
}

impl Grown<'_> {
    /// The hash of a perfect subtree, if what is here says it.
    pub fn node(&self, node: Node) -> Option<Hash> {
        let leaves = node.leaves();
        if leaves.end <= self.before.size {
            return self.before.peak(node);
        }
        if node.level == 0 {
            let place = usize::try_from(leaves.start - self.before.size).ok()?;
            return self.leaves.get(place).copied();
        }
        let [left, right] = node.children();
        Some(node_hash(&self.node(left)?, &self.node(right)?))
    }
}
