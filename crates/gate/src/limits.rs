//! How many calls may pass (rule 29): never more than the limit in any window of its length, and none refused for
//! which there was room.
//!
//! Our own, because the usual crates keep a level that drains (GCRA, token bucket): those let nearly twice the limit
//! pass in some window, or refuse where there is room. Here each call that still counts is remembered, so memory
//! grows with the calls of the last window and shrinks with them.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, Hash},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hashbrown::{DefaultHashBuilder, HashMap, HashTable, hash_table::Entry};

use crate::{connections::Place, scopes::EnvironmentId};

/// Locks that calls of different places seldom share.
const SHARDS: usize = 64;

/// So many calls in any window of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub calls: u32,
    pub per: Duration,
}

impl Limit {
    /// Everything but reporting, an app, tenant and environment.
    pub const STANDARD: Self = Self { calls: 60, per: Duration::from_secs(1) };
    /// Reporting, a report, tenant and environment, whichever app calls.
    pub const REPORTING: Self = Self { calls: 5, per: Duration::from_mins(1) };

    /// The same from the log; `None` where it says the usual limit.
    pub(crate) fn recorded(calls: u32, per_seconds: u32) -> Option<Self> {
        (calls > 0).then(|| Self { calls, per: Duration::from_secs(per_seconds.into()) })
    }

    /// Rounded down: the parts of all gates together never exceed the limit.
    fn part(self, share: f64) -> Self {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a limit is between zero and the limit"
        )]
        let calls = (f64::from(self.calls) * share.clamp(0.0, 1.0)) as u32;
        Self { calls, ..self }
    }
}

/// Where a caller stands with its limit: the `RateLimit-*` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: Limit,
    /// Calls that may pass at this moment.
    pub remaining: u32,
    /// When the next one may pass; zero where one may pass now.
    pub retry_after: Duration,
}

/// A report of a tenant in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Report {
    pub(crate) tenant_id: u64,
    pub(crate) environment: EnvironmentId,
    pub(crate) id: Box<str>,
}

#[derive(Debug)]
pub(crate) struct Limits {
    share: f64,
    places: Counters<Place>,
    reports: Counters<Report>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(1.0)
    }
}

impl Limits {
    pub(crate) fn new(share: f64) -> Self {
        Self { share, places: Counters::default(), reports: Counters::default() }
    }

    /// Takes one call, or says when there is room. Refused calls take nothing.
    pub(crate) fn take_place(&self, place: Place, now: Duration) -> Result<Quota, Quota> {
        self.places.take(place, Limit::STANDARD, self.share, now)
    }

    /// Sets another limit than the usual one; without one, the usual one again. What counts already goes on to count,
    /// as long as it was remembered: calls of a longer window than was asked for so far are gone.
    pub(crate) fn set_place(&mut self, place: Place, limit: Option<Limit>) {
        self.places.set(place, limit.unwrap_or(Limit::STANDARD), limit);
    }

    pub(crate) fn set_report(&mut self, report: Report, limit: Option<Limit>) {
        self.reports.set(report, limit.unwrap_or(Limit::REPORTING), limit);
    }

    /// The limits that are not the usual ones.
    pub(crate) fn overrides(&self) -> (&HashMap<Place, Limit>, &HashMap<Report, Limit>) {
        (&self.places.overrides, &self.reports.overrides)
    }

    pub(crate) fn take_report(&self, report: Report, now: Duration) -> Result<Quota, Quota> {
        self.reports.take(report, Limit::REPORTING, self.share, now)
    }
}

#[derive(Debug)]
struct Counters<K> {
    shards: Box<[Mutex<Shard<K>>]>,
    /// Limits other than the usual one: few.
    overrides: HashMap<K, Limit>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug)]
struct Shard<K> {
    /// By the hash that chose the shard: it is calculated once a call.
    windows: HashTable<(K, Window)>,
    /// When so many are there, those that no call counts in are thrown away.
    sweep_at: usize,
}

impl<K> Default for Counters<K> {
    fn default() -> Self {
        let shard = || Mutex::new(Shard { windows: HashTable::new(), sweep_at: 64 });
        let shards = std::iter::repeat_with(shard).take(SHARDS).collect();
        Self { shards, overrides: HashMap::new(), hasher: DefaultHashBuilder::default() }
    }
}

impl<K: Hash + Eq> Counters<K> {
    fn take(&self, key: K, usual: Limit, share: f64, now: Duration) -> Result<Quota, Quota> {
        let now = nanoseconds(now);
        let limit = if self.overrides.is_empty() { None } else { self.overrides.get(&key) };
        let limit = limit.copied().unwrap_or(usual).part(share);
        let hash = self.hasher.hash_one(&key);
        let mut counters = self.shards[shard(hash)].lock().unwrap_or_else(PoisonError::into_inner);
        if counters.windows.len() >= counters.sweep_at {
            counters.sweep(now, &self.hasher);
        }
        let again = |(key, _): &(K, Window)| self.hasher.hash_one(key);
        match counters.windows.entry(hash, |(known, _)| *known == key, again) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert((key, Window::default())).into_mut(),
        }
        .1
        .take(limit, now)
    }

    fn set(&mut self, key: K, limit: Limit, other: Option<Limit>) {
        let hash = self.hasher.hash_one(&key);
        let shard = self.shards[shard(hash)].get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, window)) = shard.windows.find_mut(hash, |(known, _)| *known == key) {
            window.remember(limit);
        }
        match other {
            Some(other) => self.overrides.insert(key, other),
            None => self.overrides.remove(&key),
        };
    }
}

impl<K: Hash + Eq> Shard<K> {
    fn sweep(&mut self, now: u64, hasher: &DefaultHashBuilder) {
        self.windows.retain(|(_, window)| window.counts_until > now);
        self.windows.shrink_to_fit(|(key, _)| hasher.hash_one(key));
        self.sweep_at = self.windows.len().max(32) * 2;
    }
}

/// By bits of the hash that the table does not begin with.
fn shard(hash: u64) -> usize {
    usize::try_from(hash >> 32).unwrap_or_default() % SHARDS
}

/// 584 years fit.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// How long after it read the clock a call may be decided and still count as of then.
const OVERTAKEN: u64 = 100_000_000;

/// The calls that passed and may still count, by the time that each said, in nanoseconds: there may be many.
#[derive(Debug, Default)]
struct Window {
    calls: VecDeque<u64>,
    counts_until: u64,
    /// What was before is forgotten.
    known_from: u64,
}

impl Window {
    /// Callers read the clock before they wait for the lock, so a call may be decided after later ones: it is held
    /// against all that lie within the length of a window on either side of it.
    fn take(&mut self, limit: Limit, now: u64) -> Result<Quota, Quota> {
        let (calls, per) = (limit.calls as usize, nanoseconds(limit.per));
        while self.calls.front().is_some_and(|call| call + per + OVERTAKEN <= now) {
            self.calls.pop_front();
        }
        self.known_from = self.known_from.max(now.saturating_sub(OVERTAKEN));
        let now = now.max(self.known_from);
        let at = self.calls.partition_point(|call| *call <= now);
        if let Some(free_at) = self.full(at, calls, per, now) {
            let retry_after = Duration::from_nanos(free_at.saturating_sub(now));
            return Err(Quota { limit, remaining: 0, retry_after });
        }
        let counted = at - self.calls.partition_point(|call| call + per <= now);
        self.calls.insert(at, now);
        self.counts_until = self.counts_until.max(now + per);
        let remaining = u32::try_from(calls - counted - 1).unwrap_or(u32::MAX);
        Ok(Quota { limit, remaining, retry_after: Duration::ZERO })
    }

    /// Under another limit the calls may count for longer than when they passed.
    fn remember(&mut self, limit: Limit) {
        if let Some(last) = self.calls.back() {
            self.counts_until = self.counts_until.max(last + nanoseconds(limit.per));
        }
    }

    /// When the oldest of the calls ends that leave no room for one at `now`, the `at`-th; `None` where there is room.
    fn full(&self, at: usize, calls: usize, per: u64, now: u64) -> Option<u64> {
        let Some(last) = calls.checked_sub(1) else { return Some(now + per) };
        let together = |first: &usize| {
            let span = |(first, last): (&u64, &u64)| *last.max(&now) - *first.min(&now);
            self.calls.get(*first).zip(self.calls.get(first + last)).is_some_and(|ends| span(ends) < per)
        };
        let first = (at.saturating_sub(calls)..=at).find(together)?;
        self.calls.get(first).map(|oldest| oldest + per)
    }
}
