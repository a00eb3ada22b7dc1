//! Times of calls, in order. Most callers call a few times in a window: those times need no memory of their own.

use std::collections::VecDeque;

/// Times that lie in place: a power of two.
const FEW: usize = 4;
/// The same, as a place in the ring is kept.
const RING: u8 = 4;

#[derive(Debug, Clone)]
pub(super) enum Calls {
    /// In a ring: so many from `first` on.
    Few {
        first: u8,
        count: u8,
        times: [u64; FEW],
    },
    Many(VecDeque<u64>),
}

impl Default for Calls {
    fn default() -> Self {
        Self::Few { first: 0, count: 0, times: [0; FEW] }
    }
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few { count, .. } => usize::from(*count),
            Self::Many(times) => times.len(),
        }
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<u64> {
        match self {
            Self::Few { first, count, times } => {
                (at < usize::from(*count)).then(|| times[(usize::from(*first) + at) % FEW])
            }
            Self::Many(times) => times.get(at).copied(),
        }
    }

    pub(super) fn last(&self) -> Option<u64> {
        self.get(self.len().checked_sub(1)?)
    }

    /// How many are at or before a time.
    #[inline]
    pub(super) fn until(&self, time: u64) -> usize {
        match self {
            Self::Few { count, .. } => {
                let until = |at: &usize| self.get(*at).is_some_and(|call| call <= time);
                (0..usize::from(*count)).take_while(until).count()
            }
            // Mostly one of the ends answers, without a search through memory.
            Self::Many(times) if times.front().is_none_or(|first| *first > time) => 0,
            Self::Many(times) if times.back().is_some_and(|last| *last <= time) => times.len(),
            Self::Many(times) => times.partition_point(|call| *call <= time),
        }
    }

    /// Forgets so many of the first.
    #[inline]
    pub(super) fn forget(&mut self, forgotten: usize) {
        match self {
            Self::Few { first, count, .. } => {
                let forgotten = u8::try_from(forgotten).unwrap_or(*count).min(*count);
                *first = first.wrapping_add(forgotten) % RING;
                *count -= forgotten;
            }
            Self::Many(times) => drop(times.drain(..forgotten.min(times.len()))),
        }
    }

    /// Adds a time behind so many others.
    #[inline]
    pub(super) fn insert(&mut self, at: usize, time: u64) {
        match self {
            Self::Few { first, count, times } if usize::from(*count) < FEW => {
                let place = |at: usize| (usize::from(*first) + at) % FEW;
                for later in (at..usize::from(*count)).rev() {
                    times[place(later + 1)] = times[place(later)];
                }
                times[place(at)] = time;
                *count += 1;
            }
            Self::Few { .. } => {
                let mut many: VecDeque<u64> = (0..FEW).filter_map(|at| self.get(at)).collect();
                many.insert(at, time);
                *self = Self::Many(many);
            }
            Self::Many(times) => times.insert(at, time),
        }
    }

    /// Whether they need memory of their own.
    pub(super) const fn are_many(&self) -> bool {
        matches!(self, Self::Many(_))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn few_times_are_kept_like_many(steps in prop::collection::vec((0..50_u64, 0..6_usize), 0..60)) {
            let (mut calls, mut expected) = (Calls::default(), Vec::new());
            for (time, forgotten) in steps {
                let at = expected.partition_point(|call| *call <= time);
                prop_assert_eq!(calls.until(time), at);
                calls.insert(at, time);
                expected.insert(at, time);
                if forgotten < 4 {
                    calls.forget(forgotten);
                    expected.drain(..forgotten.min(expected.len()));
                }
                let found: Vec<u64> = (0..calls.len()).filter_map(|at| calls.get(at)).collect();
                prop_assert_eq!(&found, &expected);
                prop_assert_eq!((calls.last(), calls.get(calls.len())), (expected.last().copied(), None));
                if calls.are_many() && calls.len() < 3 {
                    calls = Calls::default();
                    expected.clear();
                }
            }
        }
    }
}
