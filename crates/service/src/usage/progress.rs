//! What is known of a source: which of its batches were counted, and which are missing. Pure.

use chancery_wire::usage::UsageBatch;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// How far one source has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Progress {
    /// The highest batch that was counted; 0 before the first.
    pub(super) sequence: u64,
    /// The time that the batches reach up to.
    pub(super) reached: Timestamp,
    pub(super) ended: bool,
    /// What is missing below `sequence`, in order.
    pub(super) gaps: Vec<Gap>,
}

/// Batches that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) first: u64,
    pub(super) last: u64,
    /// What they counted was called after this.
    pub(super) since: Timestamp,
}

/// What a batch is to what is known of its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Next,
    /// It leaves a gap.
    Ahead,
    /// It fills a gap, in whole or in part.
    Late,
    /// It was counted.
    Known,
}

impl Progress {
    /// That of a source before its first batch.
    pub(super) fn new(batch: &UsageBatch) -> Self {
        Self { sequence: 0, reached: began(batch), ended: false, gaps: Vec::new() }
    }

    pub(super) fn place(&self, sequence: u64) -> Place {
        if sequence == self.sequence + 1 {
            Place::Next
        } else if sequence > self.sequence {
            Place::Ahead
        } else if self.gap(sequence).is_some() {
            Place::Late
        } else {
            Place::Known
        }
    }

    /// Notes that the batch was counted. Without effect where it is known.
    pub(super) fn count(&mut self, batch: &UsageBatch) {
        let sequence = batch.sequence;
        if sequence > self.sequence {
            if sequence > self.sequence + 1 {
                let gap = Gap { first: self.sequence + 1, last: sequence - 1, since: self.reached };
                self.gaps.push(gap);
            }
            self.sequence = sequence;
            self.reached = self.reached.max(batch.to);
            self.ended = batch.last;
        } else if let Some(index) = self.gap(sequence) {
            let gap = self.gaps[index];
            let before = Gap { last: sequence - 1, ..gap };
            let after = Gap { first: sequence + 1, since: gap.since.max(batch.to), ..gap };
            let left = [before, after].into_iter().filter(|gap| gap.first <= gap.last);
            self.gaps.splice(index..=index, left);
        }
    }

    /// Which batch is next where none may be missing.
    pub(super) fn expected(&self) -> u64 {
        self.gaps.first().map_or(self.sequence + 1, |gap| gap.first)
    }

    fn gap(&self, sequence: u64) -> Option<usize> {
        self.gaps.iter().position(|gap| (gap.first..=gap.last).contains(&sequence))
    }
}

/// When the source began to count, as its id has it, unless that says more than can be.
fn began(batch: &UsageBatch) -> Timestamp {
    let earliest = batch.from.checked_sub(SignedDuration::from_hours(24)).unwrap_or(batch.from);
    started(batch.source).map_or(batch.from, |began| began.clamp(earliest, batch.from))
}

fn started(source: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = source.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    const SOURCE: Uuid = Uuid::from_u128(0x019a_a9f0_0000_7000_8000_0000_0000_0001);

    fn at(second: u64) -> Timestamp {
        let start: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        start + SignedDuration::from_secs(second.cast_signed())
    }

    /// The batch of a second: number 1 is that of the first.
    fn batch(sequence: u64) -> UsageBatch {
        let (from, to) = (at(sequence - 1), at(sequence));
        UsageBatch { source: SOURCE, sequence, from, to, last: false, items: Vec::new() }
    }

    fn counted(sequences: &[u64]) -> Progress {
        let mut progress = Progress { reached: at(0), ..Progress::new(&batch(1)) };
        for sequence in sequences {
            progress.count(&batch(*sequence));
        }
        progress
    }

    #[test]
    fn a_batch_that_is_missing_is_a_gap_since_the_one_before() {
        let progress = counted(&[1, 2, 6]);
        assert_eq!(progress.gaps, [Gap { first: 3, last: 5, since: at(2) }]);
        assert_eq!((progress.sequence, progress.reached, progress.expected()), (6, at(6), 3));
    }

    #[test]
    fn what_comes_late_fills_its_gap_from_either_end_and_from_within() {
        let gap = |first, last, second| Gap { first, last, since: at(second) };
        assert_eq!(counted(&[1, 6, 2]).gaps, [gap(3, 5, 2)]);
        assert_eq!(counted(&[1, 6, 5]).gaps, [gap(2, 4, 1)]);
        assert_eq!(counted(&[1, 6, 4]).gaps, [gap(2, 3, 1), gap(5, 5, 4)]);
        assert_eq!(counted(&[1, 6, 4, 2, 5, 3]).gaps, []);
    }

    #[test]
    fn a_source_whose_first_batches_are_missing_is_complete_until_it_began() {
        let mut progress = Progress::new(&batch(3));
        progress.count(&batch(3));
        let [gap] = progress.gaps[..] else { panic!("{progress:?}") };
        assert_eq!((gap.first, gap.last), (1, 2));
        assert!(gap.since <= at(2), "{gap:?}");
    }

    #[test]
    fn a_source_ends_with_its_highest_batch_alone() {
        let mut progress = counted(&[1]);
        progress.count(&UsageBatch { last: true, ..batch(3) });
        assert!(progress.ended);
        progress.count(&batch(2));
        assert!(progress.ended && progress.gaps.is_empty());
    }

    proptest! {
        #[test]
        fn rule_31_each_batch_is_counted_once_however_often_and_in_whatever_order_it_comes(
            sequences in prop::collection::vec(1_u64..30, 0..100),
        ) {
            let mut progress = counted(&[]);
            let mut seen = BTreeSet::new();
            for sequence in sequences {
                prop_assert_eq!(progress.place(sequence) != Place::Known, seen.insert(sequence));
                progress.count(&batch(sequence));
                prop_assert_eq!(progress.place(sequence), Place::Known);
                let highest = seen.last().copied().unwrap_or(0);
                prop_assert_eq!(progress.sequence, highest);
                let missing: Vec<u64> = (1..highest).filter(|one| !seen.contains(one)).collect();
                let gaps: Vec<u64> = progress.gaps.iter().flat_map(|gap| gap.first..=gap.last).collect();
                prop_assert_eq!(&gaps, &missing);
                // Each gap begins where the batch before it ended.
                for gap in &progress.gaps {
                    prop_assert_eq!(gap.since, at(gap.first - 1));
                }
            }
        }
    }
}
