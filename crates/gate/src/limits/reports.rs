//! The windows of reports: of few tenants at a time, so they come and go.

use std::{
    hash::BuildHasher as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hashbrown::{DefaultHashBuilder, Equivalent, HashMap};

use super::{Limit, Quota, window::Window};
use crate::scopes::EnvironmentId;

/// Locks that calls of different reports seldom share.
const SHARDS: usize = 64;

/// A report of a tenant in an environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Report {
    pub(crate) tenant_id: u64,
    pub(crate) environment: EnvironmentId,
    pub(crate) id: Box<str>,
}

/// The same in a call.
#[derive(Debug, Clone, Copy, Hash)]
pub(crate) struct Named<'a> {
    pub(crate) tenant_id: u64,
    pub(crate) environment: EnvironmentId,
    pub(crate) id: &'a str,
}

impl Equivalent<Report> for Named<'_> {
    fn equivalent(&self, report: &Report) -> bool {
        (self.tenant_id, self.environment, self.id) == (report.tenant_id, report.environment, &*report.id)
    }
}

impl From<&Named<'_>> for Report {
    fn from(named: &Named<'_>) -> Self {
        Self { tenant_id: named.tenant_id, environment: named.environment, id: named.id.into() }
    }
}

#[derive(Debug)]
pub(super) struct Reports {
    shards: Box<[Mutex<Shard>]>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug)]
struct Shard {
    windows: HashMap<Report, Window>,
    /// When so many are there, those that no call counts in are thrown away.
    sweep_at: usize,
}

impl Default for Reports {
    fn default() -> Self {
        let shard = || Mutex::new(Shard { windows: HashMap::new(), sweep_at: 64 });
        let shards = std::iter::repeat_with(shard).take(SHARDS).collect();
        Self { shards, hasher: DefaultHashBuilder::default() }
    }
}

impl Reports {
    /// Takes one call of the report. The limits of others say what may be forgotten of them.
    pub(super) fn take(
        &self,
        report: &Named<'_>,
        limit: Limit,
        limit_of: impl Fn(&Report) -> Limit,
        now: Duration,
    ) -> Result<Quota, Quota> {
        let shard = usize::try_from(self.hasher.hash_one(report)).unwrap_or_default() % SHARDS;
        let mut shard = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if shard.windows.len() >= shard.sweep_at {
            shard.windows.retain(|report, window| window.counts(limit_of(report), now));
            shard.windows.shrink_to_fit();
            shard.sweep_at = shard.windows.len().max(32) * 2;
        }
        shard.windows.entry_ref(report).or_default().take(limit, now)
    }
}
