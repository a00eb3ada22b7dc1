//! Counts the log anew: every event's leaf, held against what was sealed.
//!
//! The log falls into stretches, from one checkpoint to the next. Beside a checkpoint stand the leaf hashes of its stretch
//! and the tree's peaks. They are in the same database as the log, so nobody trusts them as such; but where they lead to
//! the root that was signed, they are what was sealed, and tell which event is another one now. Where they do not, only
//! the stretch is known. A tree that went wrong is set right from the peaks, so each stretch is judged by itself.

mod finding;
mod stretch;

pub use finding::Finding;
pub use stretch::SealedHashes;

use super::{Entry, Hash, LeafHasher, Node, Tree};
use crate::Position;
use stretch::{Differences, Nodes, Verdict};

/// Entries that are not what was sealed, kept to find out whether they stood elsewhere.
const KEPT: usize = 64;
/// A hole that is larger is not walked through: the checkpoint's peaks lead on behind it.
const WALKED: u64 = 1 << 16;
/// More is not told one by one.
const TOLD: usize = 1_000;

/// What was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub events: u64,
    pub checkpoints: u64,
    /// Up to here events are sealed.
    pub sealed: u64,
    /// The last event's position.
    pub last: u64,
    /// The root over all events. Without meaning where anything was found.
    pub root: Hash,
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub more: u64,
}

/// Counts. Give it, in order: a checkpoint ([`Recount::checkpoint`]), the events up to it ([`Recount::event`]), the next
/// checkpoint, and so on; then the events that are not sealed yet; then [`Recount::finish`].
#[derive(Debug)]
pub struct Recount {
    /// Of the events as they are, set right at each checkpoint.
    tree: Tree,
    /// At the last checkpoint, as it was sealed; `None` where nobody knows.
    base: Option<Tree>,
    stretch: Option<SealedHashes>,
    /// The last leaf of the stretch before and its position, as sealed.
    before: Option<(u64, Hash)>,
    differences: Differences,
    /// Of the stretch, as the events are.
    nodes: Nodes,
    /// Of stretches that are judged, as they were sealed.
    sealed_nodes: Vec<(Node, Hash)>,
    /// Events of stretches that are judged, and what was sealed in their places.
    kept: Vec<(u64, Entry, Hash)>,
    checkpoints: u64,
    sealed: u64,
    events: u64,
    /// Up to here is counted, whether there were events or not.
    position: u64,
    /// The last event's position.
    last: u64,
    findings: Vec<Finding>,
    more: u64,
}

impl Default for Recount {
    fn default() -> Self {
        Self::after(Tree::default())
    }
}

impl Recount {
    /// Begins after the events of a tree that is known, such as what was before an export.
    pub fn after(tree: Tree) -> Self {
        Self {
            position: tree.size(),
            last: tree.size(),
            sealed: tree.size(),
            base: Some(tree.clone()),
            tree,
            stretch: None,
            before: None,
            differences: Differences::default(),
            nodes: Nodes::default(),
            sealed_nodes: Vec::new(),
            kept: Vec::new(),
            checkpoints: 0,
            events: 0,
            findings: Vec::new(),
            more: 0,
        }
    }

    /// Keeps the nodes of every so many levels that checkpoints are over, for [`Recount::nodes`].
    #[must_use]
    pub fn telling_nodes(mut self, height: u8) -> Self {
        self.nodes.height = Some(height);
        self
    }

    /// Those since the last call, in the order in which they became complete, as they were sealed; where nobody knows, they
    /// are left out. All events up to the last checkpoint must have been given.
    pub fn nodes(&mut self) -> Vec<(Node, Hash)> {
        self.close();
        std::mem::take(&mut self.sealed_nodes)
    }

    /// The next checkpoint; the events up to it follow.
    pub fn checkpoint(&mut self, sealed: SealedHashes) {
        self.close();
        if sealed.previous != self.sealed || sealed.size <= self.sealed {
            let (first, last) = (self.sealed.min(sealed.previous), self.sealed.max(sealed.previous));
            self.found(Finding::Gap { first, last });
        }
        self.stretch = Some(sealed);
    }

    /// The next event as it is: its position, and its hash, which `hasher` made just now.
    pub fn event(&mut self, position: u64, hash: Hash, hasher: &LeafHasher) {
        self.events += 1;
        if self.stretch.as_ref().is_some_and(|stretch| position > stretch.size) {
            self.close();
        }
        let expected = self.position + 1;
        if position < expected {
            return self.found(Finding::Unexpected { position });
        }
        if position > expected {
            self.absent(expected, position - 1);
        }
        if let Some(sealed) = self.sealed_hash(position)
            && sealed != hash
        {
            self.differs(position, sealed, hasher.entry());
        }
        self.push(hash);
        (self.position, self.last) = (position, position);
    }

    /// The root over the events so far, for a witness to compare; `None` where something is wrong with them already.
    pub fn root(&self) -> Option<Hash> {
        let right = self.base.is_some() && self.differences.are_none() && self.tree.size() == self.position;
        right.then(|| self.tree.root())
    }

    /// The last position that was counted, whether it had an event or not.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The last event's position.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Found by somebody else, such as a witness.
    pub fn found(&mut self, finding: Finding) {
        if self.findings.last_mut().is_some_and(|last| last.join(&finding)) {
        } else if self.findings.len() < TOLD {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// No event follows; `head` is what the log says of its end.
    pub fn finish(mut self, head: Option<u64>) -> Summary {
        self.close();
        let last = self.last;
        if let Some(head) = head.filter(|head| *head != last) {
            self.found(Finding::Head { head, last });
        }
        let mut findings = exchanged(self.findings, &self.kept);
        findings.sort_by_key(Finding::place);
        // What somebody else found may have come between two that meet.
        findings.dedup_by(|next, one| one.join(next));
        Summary {
            events: self.events,
            checkpoints: self.checkpoints,
            sealed: self.sealed,
            last,
            root: self.tree.root(),
            findings,
            more: self.more,
        }
    }

    /// What was sealed at a position of this stretch, or right before or behind it.
    fn sealed_hash(&self, position: u64) -> Option<Hash> {
        let stretch = self.stretch.as_ref()?;
        match self.before {
            Some((before, hash)) if before == position => Some(hash),
            _ => stretch.leaf(position),
        }
    }

    fn differs(&mut self, position: u64, sealed: Hash, entry: Entry) {
        let near = [position + 1, position - 1].into_iter().find(|place| {
            let sealed = self.sealed_hash(*place);
            sealed.is_some() && entry.hash_at(Position::new(*place)) == sealed
        });
        if let Some(sealed_at) = near {
            self.differences.add(Finding::Moved { first: position, last: position, sealed_at });
            return;
        }
        self.differences.add(Finding::Edited { first: position, last: position });
        if self.kept.len() + self.differences.kept.len() < KEPT {
            self.differences.kept.push((position, entry, sealed));
        }
    }

    /// Positions without an event. What was sealed there stands in, so that the rest keeps its place.
    fn absent(&mut self, first: u64, last: u64) {
        let missing = Finding::Missing { first, last };
        if self.stretch.is_some() {
            self.differences.add(missing);
        } else {
            self.found(missing);
        }
        for position in first..=last.min(first + WALKED) {
            self.push(self.sealed_hash(position).unwrap_or_else(Hash::of_nothing));
        }
        self.position = last;
    }

    fn push(&mut self, leaf: Hash) {
        match self.stretch {
            Some(_) => self.nodes.push(&mut self.tree, leaf),
            None => self.tree.push(leaf),
        }
    }

    /// Judges the stretch that ends here.
    fn close(&mut self) {
        let Some(size) = self.stretch.as_ref().map(|stretch| stretch.size) else { return };
        if self.position < size {
            self.absent(self.position + 1, size);
        }
        let Some(stretch) = self.stretch.take() else { return };
        let differences = std::mem::take(&mut self.differences);
        let first = self.sealed + 1;
        self.checkpoints += 1;
        self.sealed = self.sealed.max(size);
        self.before = stretch.leaf(size).map(|leaf| (size, leaf));
        let Verdict { located, sealed, nodes } =
            stretch.judge(&self.tree, self.nodes.take(), self.base.take(), &differences);
        self.sealed_nodes.extend(nodes);
        match located {
            Ok(also) => {
                self.kept.extend(differences.kept);
                differences.findings.into_iter().chain(also).for_each(|finding| self.found(finding));
            }
            Err(also) => {
                // Whatever has no event has none, whoever says what was there.
                let missing =
                    differences.findings.into_iter().filter(|one| matches!(one, Finding::Missing { .. }));
                missing.for_each(|finding| self.found(finding));
                self.found(also.unwrap_or(Finding::Unlocated { first, last: size }));
            }
        }
        // Set right, so that the next stretch is judged by itself.
        if let Some(sealed) = &sealed {
            self.tree = sealed.clone();
        }
        self.base = sealed;
    }
}

/// Finds events that stand in each other's places.
fn exchanged(findings: Vec<Finding>, kept: &[(u64, Entry, Hash)]) -> Vec<Finding> {
    let from = |position: u64, entry: &Entry| {
        let mut others = kept.iter().filter(|(place, ..)| *place != position);
        others
            .find(|(place, _, sealed)| entry.hash_at(Position::new(*place)) == Some(*sealed))
            .map(|(place, ..)| *place)
    };
    let moved: Vec<(u64, u64)> =
        kept.iter().filter_map(|(place, entry, _)| Some((*place, from(*place, entry)?))).collect();
    let mut told = Vec::new();
    for finding in findings {
        let Finding::Edited { mut first, last } = finding else {
            told.push(finding);
            continue;
        };
        let here = first..=last;
        for (place, sealed_at) in moved.iter().filter(|(place, _)| here.contains(place)) {
            if first < *place {
                told.push(Finding::Edited { first, last: place - 1 });
            }
            told.push(Finding::Moved { first: *place, last: *place, sealed_at: *sealed_at });
            first = place + 1;
        }
        if first <= last {
            told.push(Finding::Edited { first, last });
        }
    }
    told
}
