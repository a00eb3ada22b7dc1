//! Tampering, and what the recount says of it.

use bytes::Bytes;
use chancery_wire::{
    Actor, Position, Recorded,
    audit::{Checkpoint, Finding, Hash, LeafHasher, Recount, Row, SealedHashes, Summary, Tree},
};
use proptest::{prelude::*, sample::Index};
use uuid::Uuid;

fn event(position: u64) -> Recorded {
    let id = Uuid::from_u128(position.into());
    Recorded {
        position: Position::new(position),
        event_id: id,
        category: "app".into(),
        stream: format!("app-{position}"),
        version: 1,
        event_type: "AppCreated".into(),
        schema_version: 1,
        recorded_at: jiff::Timestamp::UNIX_EPOCH,
        key_app: Some(id),
        key_tenant: None,
        actor: Actor { kind: "person".into(), id: "p".into() },
        command_id: id,
        correlation_id: id,
        causation_id: None,
        traceparent: None,
        data: Bytes::from_static(b"{}"),
    }
}

/// A log, and what was sealed of it.
#[derive(Debug, Clone)]
struct Log {
    events: Vec<Recorded>,
    seals: Vec<SealedHashes>,
    head: u64,
}

fn sealed(count: u64, sizes: &[u64]) -> Log {
    let events: Vec<_> = (1..=count).map(event).collect();
    let (mut tree, mut seals, mut leaves, mut previous) = (Tree::default(), Vec::new(), Vec::new(), 0);
    for event in &events {
        let leaf = event.leaf_hash();
        if previous == tree.size()
            && let Some(seal) = seals.last_mut()
        {
            let seal: &mut SealedHashes = seal;
            seal.next = sizes.iter().any(|size| *size > previous).then_some(leaf);
        }
        tree.push(leaf);
        leaves.push(leaf);
        if sizes.contains(&tree.size()) {
            let checkpoint = Checkpoint { origin: "log".into(), size: tree.size(), root: tree.root() };
            let size = tree.size();
            seals.push(SealedHashes {
                previous: std::mem::replace(&mut previous, size),
                size,
                checkpoint: Ok(checkpoint),
                peaks: tree.peaks().to_vec(),
                leaves: std::mem::take(&mut leaves),
                next: None,
            });
        }
    }
    Log { events, seals, head: count }
}

impl Log {
    fn recount(&self) -> Summary {
        let (mut recount, mut hasher) = (Recount::default(), LeafHasher::default());
        let mut events = self.events.iter().peekable();
        for seal in &self.seals {
            recount.checkpoint(seal.clone());
            while let Some(event) = events.next_if(|event| event.position.get() <= seal.size) {
                let hash = Row::from(event).leaf(&mut hasher);
                recount.event(event.position.get(), hash, &hasher);
            }
        }
        for event in events {
            let hash = Row::from(event).leaf(&mut hasher);
            recount.event(event.position.get(), hash, &hasher);
        }
        recount.finish(Some(self.head))
    }

    #[track_caller]
    fn says(&self, findings: &[Finding]) {
        assert_eq!(self.recount().findings, findings);
    }

    fn at(&mut self, position: u64) -> &mut Recorded {
        let found = self.events.iter_mut().find(|event| event.position.get() == position);
        found.unwrap()
    }

    fn edit(&mut self, position: u64) {
        self.at(position).data = Bytes::from_static(br#"{"edited":true}"#);
    }

    fn delete(&mut self, position: u64) {
        self.events.retain(|event| event.position.get() != position);
    }

    /// Gives all positions anew.
    fn renumber(&mut self) {
        for (position, event) in (1..).zip(&mut self.events) {
            event.position = Position::new(position);
        }
    }

    fn insert(&mut self, position: u64) {
        let place = usize::try_from(position).unwrap() - 1;
        self.events.insert(place, Recorded { event_id: Uuid::max(), ..event(position) });
        self.renumber();
        self.head += 1;
    }

    fn swap(&mut self, one: u64, other: u64) {
        let [a, b] = [one, other].map(|position| usize::try_from(position).unwrap() - 1);
        self.events.swap(a, b);
        self.renumber();
    }
}

/// A hundred events, sealed at 10, 30 and 90.
fn log() -> Log {
    sealed(100, &[10, 30, 90])
}

#[test]
fn an_untouched_log_is_right() {
    let log = log();
    let summary = log.recount();
    assert_eq!(summary.findings, []);
    assert_eq!((summary.events, summary.checkpoints, summary.sealed), (100, 3, 90));
    let leaves: Vec<Hash> = log.events.iter().map(Recorded::leaf_hash).collect();
    assert_eq!(summary.root, super::naive(&leaves));
    assert_eq!(sealed(0, &[]).recount().findings, []);
}

#[test]
fn nodes_are_told_as_they_were_sealed_and_only_where_that_is_known() {
    let honest = log();
    let nodes = |log: &Log| {
        let (mut recount, mut hasher) = (Recount::default().telling_nodes(2), LeafHasher::default());
        let mut events = log.events.iter().peekable();
        let mut told = Vec::new();
        for seal in &log.seals {
            recount.checkpoint(seal.clone());
            while let Some(event) = events.next_if(|event| event.position.get() <= seal.size) {
                recount.event(event.position.get(), Row::from(event).leaf(&mut hasher), &hasher);
            }
            told.extend(recount.nodes());
        }
        assert_eq!(recount.nodes(), []);
        told
    };
    let (mut tree, mut all) = (Tree::default(), Vec::new());
    for event in &honest.events[..90] {
        tree.push_each(event.leaf_hash(), |node, hash| {
            all.extend((node.level % 2 == 0).then_some((node, hash)));
        });
    }
    assert_eq!(nodes(&honest), all);
    // Located: the hashes beside the checkpoint say what was sealed.
    let mut log = honest.clone();
    log.edit(5);
    log.delete(20);
    assert_eq!(nodes(&log), all);
    // Not located: the others are told all the same.
    log.seals[1].leaves.clear();
    let known: Vec<_> =
        all.iter().filter(|(node, _)| !(11..=30).contains(&node.leaves().end)).copied().collect();
    assert!(known.len() < all.len());
    assert_eq!(nodes(&log), known);
}

#[test]
fn an_edit_is_found_where_it_is() {
    // In the middle, at a checkpoint's edges, at the end of what is sealed.
    for position in [1, 10, 11, 20, 30, 31, 89, 90] {
        let mut log = log();
        log.edit(position);
        log.says(&[Finding::Edited { first: position, last: position }]);
    }
    let mut log = log();
    for position in [10, 11, 12, 50] {
        log.edit(position);
    }
    log.says(&[Finding::Edited { first: 10, last: 12 }, Finding::Edited { first: 50, last: 50 }]);
    // What is not sealed yet, nobody vouches for.
    let mut log = sealed(100, &[90]);
    log.edit(91);
    log.says(&[]);
}

#[test]
fn a_deletion_is_found_where_it_is() {
    for position in [1, 10, 11, 20, 30, 31, 90] {
        let mut log = log();
        log.delete(position);
        log.says(&[Finding::Missing { first: position, last: position }]);
    }
    // Those behind it moved up.
    for position in [1_u64, 10, 11, 20, 30, 31, 89] {
        let mut log = log();
        log.delete(position);
        log.renumber();
        log.head -= 1;
        log.says(&[
            Finding::Moved { first: position, last: 89, sealed_at: position + 1 },
            Finding::Edited { first: 90, last: 90 },
        ]);
    }
}

#[test]
fn an_insertion_is_found_where_it_is() {
    for position in [1, 10, 11, 20, 30, 31, 89] {
        let mut log = log();
        log.insert(position);
        log.says(&[
            Finding::Edited { first: position, last: position },
            Finding::Moved { first: position + 1, last: 90, sealed_at: position },
        ]);
    }
    let mut log = log();
    log.events.insert(50, event(50));
    log.says(&[Finding::Unexpected { position: 50 }]);
}

#[test]
fn a_swap_is_found_where_it_is() {
    for (one, other) in [(1, 2), (10, 11), (11, 12), (12, 20), (5, 85), (30, 90), (30, 31)] {
        let mut log = log();
        log.swap(one, other);
        log.says(&[
            Finding::Moved { first: one, last: one, sealed_at: other },
            Finding::Moved { first: other, last: other, sealed_at: one },
        ]);
    }
}

#[test]
fn a_cut_is_found_where_it_is() {
    for last in [0_u64, 1, 9, 10, 11, 29, 30, 31, 89] {
        let mut log = log();
        log.events.truncate(usize::try_from(last).unwrap());
        let missing = Finding::Missing { first: last + 1, last: 90 };
        log.says(&[missing.clone(), Finding::Head { head: 100, last }]);
        // Where the head was set back too, it is right.
        log.head = last;
        log.says(&[missing]);
        let summary = log.recount();
        assert_eq!((summary.events, summary.last, summary.sealed), (last, last, 90));
    }
}

#[test]
fn a_cut_beyond_what_is_sealed_shows_at_the_head() {
    let mut log = log();
    log.events.truncate(95);
    log.says(&[Finding::Head { head: 100, last: 95 }]);
    log.delete(92);
    log.says(&[Finding::Missing { first: 92, last: 92 }, Finding::Head { head: 100, last: 95 }]);
}

#[test]
fn an_edit_of_the_hashes_too_is_found_between_two_checkpoints() {
    let mut log = log();
    log.edit(20);
    log.seals[1].leaves[9] = log.at(20).leaf_hash();
    log.edit(50);
    // What follows is judged by itself, for the peaks say what the tree was.
    log.says(&[Finding::Unlocated { first: 11, last: 30 }, Finding::Edited { first: 50, last: 50 }]);
    log.seals[1].peaks[0] = Hash([1; 32]);
    log.says(&[Finding::Unlocated { first: 11, last: 90 }]);
}

#[test]
fn an_edit_of_the_hashes_alone_is_told_apart() {
    let edits: [fn(&mut SealedHashes); 4] = [
        |seal| seal.leaves[3] = Hash([1; 32]),
        |seal| seal.peaks[0] = Hash([1; 32]),
        |seal| seal.leaves.truncate(19),
        |seal| seal.peaks.clear(),
    ];
    for edit in edits {
        let mut log = log();
        edit(&mut log.seals[1]);
        log.says(&[Finding::Hashes { size: 30 }]);
        log.edit(50);
        log.says(&[Finding::Hashes { size: 30 }, Finding::Edited { first: 50, last: 50 }]);
    }
}

#[test]
fn a_checkpoint_that_does_not_count_is_told() {
    let why = "no signature";
    let mut log = log();
    log.seals[1].checkpoint = Err(why.into());
    let checkpoint = Finding::Checkpoint { size: 30, why: why.into() };
    log.says(std::slice::from_ref(&checkpoint));
    log.edit(20);
    log.edit(50);
    let edited = |position| Finding::Edited { first: position, last: position };
    log.says(&[edited(20), checkpoint, edited(50)]);

    let mut log = self::log();
    log.seals.remove(1);
    log.says(&[Finding::Gap { first: 10, last: 30 }]);
    log.edit(20);
    log.says(&[Finding::Gap { first: 10, last: 30 }, Finding::Unlocated { first: 11, last: 90 }]);

    // Signed by the log's key, and of another log: then nothing says which of the two is right.
    let mut log = self::log();
    log.seals[1].checkpoint = Ok(Checkpoint { origin: "log".into(), size: 30, root: Hash([1; 32]) });
    assert_eq!(log.recount().findings[0], Finding::Unlocated { first: 11, last: 30 });
}

fn places(log: &Log, summary: &Summary) -> Vec<bool> {
    let end = log.head.max(summary.last).max(summary.sealed);
    let mut told = vec![false; usize::try_from(end).unwrap() + 2];
    for finding in &summary.findings {
        let (first, last) = match finding {
            Finding::Edited { first, last }
            | Finding::Moved { first, last, .. }
            | Finding::Missing { first, last } => (*first, *last),
            Finding::Unexpected { position } => (*position, *position),
            Finding::Head { .. } => continue,
            other => panic!("{other}"),
        };
        (first..=last).for_each(|position| told[usize::try_from(position).unwrap()] = true);
    }
    told
}

#[derive(Debug, Clone)]
enum Tampering {
    Edit(Index),
    Delete(Index),
    DeleteAndRenumber(Index),
    Insert(Index),
    Swap(Index, Index),
    Cut(Index),
}

fn tamperings() -> impl Strategy<Value = Tampering> {
    let place = any::<Index>;
    prop_oneof![
        place().prop_map(Tampering::Edit),
        place().prop_map(Tampering::Delete),
        place().prop_map(Tampering::DeleteAndRenumber),
        place().prop_map(Tampering::Insert),
        (place(), place()).prop_map(|(one, other)| Tampering::Swap(one, other)),
        place().prop_map(Tampering::Cut),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Exactly the positions that do not have what was sealed there are told, whatever was done.
    #[test]
    fn what_differs_from_what_was_sealed_is_told_and_nothing_else(
        count in 1_u64..200,
        sizes in prop::collection::btree_set(1_u64..200, 1..8),
        tamperings in prop::collection::vec(tamperings(), 0..4),
    ) {
        let mut sizes: Vec<u64> = sizes.into_iter().filter(|size| *size <= count).collect();
        sizes.push(count);
        let original = sealed(count, &sizes);
        let mut log = original.clone();
        for tampering in &tamperings {
            if log.events.is_empty() {
                break;
            }
            let place = |index: &Index| log.events[index.index(log.events.len())].position.get();
            match tampering {
                Tampering::Edit(index) => { let at = place(index); log.edit(at) }
                Tampering::Delete(index) => { let at = place(index); log.delete(at) }
                Tampering::DeleteAndRenumber(index) => { let at = place(index); log.delete(at); log.renumber() }
                Tampering::Insert(index) => { let at = index.index(log.events.len()) as u64 + 1; log.insert(at) }
                Tampering::Swap(one, other) => {
                    let length = log.events.len();
                    log.swap(one.index(length) as u64 + 1, other.index(length) as u64 + 1);
                }
                Tampering::Cut(index) => { let at = index.index(log.events.len()); log.events.truncate(at) }
            }
        }
        let summary = log.recount();
        let told = places(&log, &summary);
        for sealed in &original.events {
            let now = log.events.iter().find(|event| event.position == sealed.position);
            let differs = now != Some(sealed);
            prop_assert_eq!(told[usize::try_from(sealed.position.get()).unwrap()], differs, "{}: {:?}", sealed.position, summary);
        }
    }
}
