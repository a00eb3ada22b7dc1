//! Batches added up to the rows that they change. Pure.

use std::collections::BTreeMap;

use chancery_wire::usage::{Dimensions, Sketch, StatusClass, UsageBatch, UsageItem};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::Granularity;

/// What a row of counts stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub(super) struct Key {
    pub(super) dimensions: Dimensions,
    pub(super) status_class: Option<StatusClass>,
    /// See [`PEAKS`]; 0 for a key that calls count for.
    pub(super) peak_of: i16,
}

/// What is added to a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Count {
    pub(super) calls: u64,
    pub(super) peak: u32,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) latency: Sketch,
}

/// What is added in all, by key and minute. In the order in which rows are written: whoever writes several writes them
/// in this one, so that no two wait for each other.
pub(super) type Counts = BTreeMap<(Uuid, Timestamp), (Key, Count)>;

pub(super) const BY_APP: i16 = 1;
pub(super) const BY_TENANT: i16 = 2;
pub(super) const BY_ENVIRONMENT: i16 = 4;
const A_PEAK: i16 = 8;

/// Peaks do not add up: the most calls of an app in a second are not the sum of the most of each operation. So these are
/// kept beside, of calls that are alike by …
pub(super) const PEAKS: [i16; 5] = [
    A_PEAK,
    A_PEAK | BY_APP,
    A_PEAK | BY_APP | BY_ENVIRONMENT,
    A_PEAK | BY_TENANT | BY_ENVIRONMENT,
    A_PEAK | BY_APP | BY_TENANT | BY_ENVIRONMENT,
];

/// Outcomes of keys that hold a peak: of calls as they were decided, or as they finished.
pub(super) const DECIDED: &str = "decided";
pub(super) const FINISHED: &str = "finished";

impl Key {
    /// The same in every process: it is made of what the key says.
    pub(super) fn id(&self) -> Uuid {
        // No map, no float: infallible.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let mut id = [0; 16];
        id.copy_from_slice(&Sha256::digest(json)[..16]);
        uuid::Builder::from_custom_bytes(id).into_uuid()
    }
}

impl Count {
    fn of(item: &UsageItem, seconds: u64) -> Self {
        Self {
            calls: item.calls,
            peak: item.peak(seconds),
            bytes_in: item.bytes_in,
            bytes_out: item.bytes_out,
            latency: item.latency_sketch.clone().unwrap_or_default(),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.peak = self.peak.max(other.peak);
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.latency.merge(&other.latency);
    }
}

/// Adds a batch to what is there.
pub(super) fn add(counts: &mut Counts, batch: &UsageBatch) {
    let minute = Granularity::Minute.begin(batch.from);
    let mut put = |key: Key, count: Count| {
        counts.entry((key.id(), minute)).or_insert_with(|| (key, Count::default())).1.add(&count);
    };
    for item in &batch.items {
        let key = Key { dimensions: item.dimensions.clone(), status_class: item.status_class, peak_of: 0 };
        put(key, Count::of(item, batch.seconds()));
    }
    for (key, peak) in peaks(batch) {
        put(key, Count { peak, ..Count::default() });
    }
}

/// The peaks of the batch, over all that is alike by app, tenant and environment. Calls are taken when they were
/// decided, or where the source decides nothing, when they finished.
fn peaks(batch: &UsageBatch) -> impl Iterator<Item = (Key, u32)> {
    let decides = batch.items.iter().any(|item| item.status_class.is_none());
    let outcome = if decides { DECIDED } else { FINISHED };
    let seconds = batch.seconds();
    // By key: the calls, and the highest peak of one item, which all of them together reached at least.
    let mut sums: BTreeMap<(i16, Dimensions), (u64, u32)> = BTreeMap::new();
    for item in batch.items.iter().filter(|item| item.status_class.is_none() == decides) {
        for peak_of in PEAKS {
            let (calls, peak) = sums.entry((peak_of, alike(&item.dimensions, peak_of, outcome))).or_default();
            *calls += item.calls;
            *peak = (*peak).max(item.peak(seconds));
        }
    }
    sums.into_iter().map(move |((peak_of, dimensions), (calls, peak))| {
        let least = u32::try_from(calls.div_ceil(seconds)).unwrap_or(u32::MAX);
        (Key { dimensions, status_class: None, peak_of }, peak.max(least))
    })
}

fn alike(dimensions: &Dimensions, peak_of: i16, outcome: &str) -> Dimensions {
    let by = |one: i16| peak_of & one != 0;
    Dimensions {
        app_id: dimensions.app_id.filter(|_| by(BY_APP)),
        tenant_id: dimensions.tenant_id.filter(|_| by(BY_TENANT)),
        environment: dimensions.environment.clone().filter(|_| by(BY_ENVIRONMENT)),
        ..Dimensions::of_outcome(outcome)
    }
}
