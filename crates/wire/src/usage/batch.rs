//! What a source counted in one span of time.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BatchError, Dimensions, Sketch, check};

/// What one source counted from `from` until `to`. With no items it says that there was nothing to count, and that the
/// source lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageBatch {
    /// Who counted: the id of the process, a UUID of version 7, which says when it began.
    pub source: Uuid,
    /// Which of the source's batches this is: 1, 2, 3 …
    pub sequence: u64,
    /// All of it counts for the minute, the hour and the day in which it began.
    pub from: Timestamp,
    pub to: Timestamp,
    /// The source ends here: no batch follows.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last: bool,
    pub items: Vec<UsageItem>,
}

/// Calls that are alike in every dimension.
///
/// A call is told twice: once when it was decided, in an item without `status_class`, and once when it finished, in an
/// item with one. Sizes and latencies belong to the latter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageItem {
    pub dimensions: Dimensions,
    /// How many, at least one.
    pub calls: u64,
    /// Present where the calls have finished, absent where they were decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_class: Option<StatusClass>,
    /// The most of these calls that came within one second of the clock. What a batch of a second says by `calls` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_per_second: Option<u32>,
    /// How long they took, of those whose time was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_sketch: Option<Sketch>,
    /// Of the requests' bodies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bytes_in: u64,
    /// Of the responses' bodies.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bytes_out: u64,
}

/// The first digit of an HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StatusClass {
    #[serde(rename = "1xx")]
    Informational,
    #[serde(rename = "2xx")]
    Success,
    #[serde(rename = "3xx")]
    Redirection,
    #[serde(rename = "4xx")]
    ClientError,
    #[serde(rename = "5xx")]
    ServerError,
}

impl UsageBatch {
    /// The longest batch in JSON, in bytes. A source that has more sends it as several.
    pub const MAX_BYTES: usize = 480 * 1024;
    /// The most items of a batch.
    pub const MAX_ITEMS: usize = 2_000;
    /// The longest span of a batch.
    pub const MAX_SPAN: SignedDuration = SignedDuration::from_secs(60);

    /// Reads a batch and [checks](Self::check) it.
    pub fn from_json(json: &[u8]) -> Result<Self, BatchError> {
        if json.len() > Self::MAX_BYTES {
            return Err(BatchError::TooLarge { bytes: json.len() });
        }
        let batch: Self = serde_json::from_slice(json).map_err(BatchError::Json)?;
        batch.check()?;
        Ok(batch)
    }

    /// The JSON that [`Self::from_json`] reads.
    pub fn to_json(&self) -> Vec<u8> {
        // Infallible: no map key that is not text, and writing to a vector.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// How long it lasted, in seconds begun; at least one.
    pub fn seconds(&self) -> u64 {
        let millis = self.to.duration_since(self.from).as_millis();
        u64::try_from(millis).unwrap_or(0).div_ceil(1000).max(1)
    }

    /// Whether every value is within its bounds. Time is compared with nothing: there is no clock here.
    pub fn check(&self) -> Result<(), BatchError> {
        check::batch(self)
    }
}

impl UsageItem {
    /// The largest `calls`.
    pub const MAX_CALLS: u64 = 1_000_000_000;
    /// The largest `bytes_in` and `bytes_out`.
    pub const MAX_TOTAL_BYTES: u64 = 1 << 40;

    /// The most calls within one second, where the batch lasted so many [seconds](UsageBatch::seconds): what it says, or
    /// what must at least be so.
    pub fn peak(&self, seconds: u64) -> u32 {
        let least = || u32::try_from(self.calls.div_ceil(seconds.max(1))).unwrap_or(u32::MAX);
        self.peak_per_second.unwrap_or_else(least)
    }
}

impl StatusClass {
    pub const ALL: [Self; 5] =
        [Self::Informational, Self::Success, Self::Redirection, Self::ClientError, Self::ServerError];

    /// The class of an HTTP status; a status that is none counts as the server's error.
    pub const fn of(status: u16) -> Self {
        match status {
            100..=199 => Self::Informational,
            200..=299 => Self::Success,
            300..=399 => Self::Redirection,
            400..=499 => Self::ClientError,
            _ => Self::ServerError,
        }
    }

    /// `2xx` and the like.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        }
    }
}

impl fmt::Display for StatusClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
