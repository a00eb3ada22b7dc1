//! Which nodes a proof is made of. Where they come from is the caller's.

use std::ops::Range;

use super::{Hash, tree::join};

/// A perfect subtree: 2^`level` leaves, the `index`-th of its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    pub level: u8,
    pub index: u64,
}

impl Node {
    /// The leaves below it, from 0.
    pub const fn leaves(self) -> Range<u64> {
        self.index << self.level..(self.index + 1) << self.level
    }

    /// The peaks of the tree of `size` leaves.
    pub fn peaks(size: u64) -> Vec<Self> {
        perfect(0..size)
    }

    /// The two nodes below it; a leaf has none.
    pub(super) const fn children(self) -> [Self; 2] {
        let level = self.level.saturating_sub(1);
        [Self { level, index: self.index << 1 }, Self { level, index: self.index << 1 | 1 }]
    }
}

/// A proof that is still to be filled in: for each of its hashes the nodes that it is joined from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Vec<Vec<Node>>);

impl Plan {
    /// That the leaf at `index` is in the tree of `size` leaves (RFC 6962 §2.1.1); `None` where it cannot be.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let (mut ranges, mut tree) = (Vec::new(), 0..size);
        while tree.end - tree.start > 1 {
            let middle = middle(&tree);
            let (here, there) = if index < middle {
                (tree.start..middle, middle..tree.end)
            } else {
                (middle..tree.end, tree.start..middle)
            };
            ranges.push(there);
            tree = here;
        }
        Some(Self::of(ranges))
    }

    /// That the tree of `new` leaves begins with the tree of `old` (RFC 6962 §2.1.2); `None` where it cannot.
    pub fn consistency(old: u64, new: u64) -> Option<Self> {
        if old > new {
            return None;
        }
        let (mut ranges, mut tree, mut whole) = (Vec::new(), 0..new, true);
        while old > 0 && old != tree.end {
            let middle = middle(&tree);
            if old <= middle {
                ranges.push(middle..tree.end);
                tree = tree.start..middle;
            } else {
                ranges.push(tree.start..middle);
                (tree, whole) = (middle..tree.end, false);
            }
        }
        if !whole {
            ranges.push(tree);
        }
        Some(Self::of(ranges))
    }

    /// The nodes that it needs.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.0.iter().flatten().copied()
    }

    /// The proof; `None` where a node is not known.
    pub fn fill(&self, mut hash: impl FnMut(Node) -> Option<Hash>) -> Option<Vec<Hash>> {
        let one =
            |nodes: &Vec<Node>| join(&nodes.iter().map(|node| hash(*node)).collect::<Option<Vec<_>>>()?);
        self.0.iter().map(one).collect()
    }

    fn of(ranges: Vec<Range<u64>>) -> Self {
        Self(ranges.into_iter().rev().map(perfect).collect())
    }
}

/// Where a tree of two or more leaves falls in two: its left half is the largest perfect tree that is not the whole.
fn middle(tree: &Range<u64>) -> u64 {
    let size = tree.end - tree.start;
    tree.start + (1 << (u64::BITS - 1 - (size - 1).leading_zeros()))
}

/// The perfect subtrees that leaves fall into, from left to right.
fn perfect(mut leaves: Range<u64>) -> Vec<Node> {
    let mut nodes = Vec::new();
    while leaves.start < leaves.end {
        let largest = (leaves.end - leaves.start).ilog2();
        let level = u8::try_from(largest).unwrap_or(u8::MAX);
        nodes.push(Node { level, index: leaves.start >> level });
        leaves.start += 1 << level;
    }
    nodes
}
