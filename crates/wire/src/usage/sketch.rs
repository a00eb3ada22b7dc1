//! How long calls took, in a form that adds up.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de};

/// A distribution of latencies whose quantiles are right to 1 %: a `DDSketch` (Masson, Rim and Lee, VLDB 2019).
///
/// Bucket `i` counts the latencies above γⁱ⁻¹ and up to γⁱ microseconds, where γ = 1.01 / 0.99; bucket 0 counts all up
/// to one microsecond, bucket [`MAX_INDEX`](Self::MAX_INDEX) all above 35 hours. In JSON it is the counts by bucket,
/// `{"346": 2, "347": 11}`, without those that are zero. A gateway in another language puts a latency of `x`
/// microseconds in bucket `ceil(ln(x) / ln(1.01 / 0.99))`.
///
/// Merging adds the counts: in any order, and however the calls were split, the same sketch comes out. Ours is
/// hand-written because what is sent and stored has to be specified here, and the crates that there are keep their
/// encodings to themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Sketch(BTreeMap<u16, u64>);

impl Sketch {
    pub const MAX_INDEX: u16 = 1280;
    /// How far a quantile may be off, above one microsecond and below 35 hours.
    pub const ERROR: f64 = 0.01;
    /// The greatest count of one bucket.
    pub const MAX_COUNT: u64 = (1 << 53) - 1;

    /// The bucket that a latency counts in.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the buckets first"
    )]
    pub fn index(latency: Duration) -> u16 {
        let index = (latency.as_secs_f64() * 1e6).ln() / ln_gamma();
        index.ceil().clamp(0.0, f64::from(Self::MAX_INDEX)) as u16
    }

    pub fn add(&mut self, latency: Duration) {
        self.add_count(Self::index(latency), 1);
    }

    /// Counts so many in a bucket. A bucket that there is not is the last one.
    pub fn add_count(&mut self, index: u16, count: u64) {
        if count > 0 {
            let bucket = self.0.entry(index.min(Self::MAX_INDEX)).or_default();
            *bucket = bucket.saturating_add(count);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (index, count) in other.buckets() {
            self.add_count(index, count);
        }
    }

    /// The buckets that count anything, from the fastest on.
    pub fn buckets(&self) -> impl ExactSizeIterator<Item = (u16, u64)> + '_ {
        self.0.iter().map(|(index, count)| (*index, *count))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn count(&self) -> u64 {
        self.0.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The latency, in microseconds, that the share `q` (from 0 to 1) of the calls did not exceed; none of no calls.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a rank is a whole number below the count, of which 2^53 are exact"
    )]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let last = self.count().checked_sub(1)?;
        let rank = ((q.clamp(0.0, 1.0) * last as f64).floor() as u64).min(last);
        let mut seen = 0_u64;
        let (index, _) = self.buckets().find(|(_, count)| {
            seen = seen.saturating_add(*count);
            seen > rank
        })?;
        // In the middle between the bucket's bounds, in proportion: off by 1 % from either.
        Some((f64::from(index) * ln_gamma()).exp() * (1.0 - Self::ERROR))
    }
}

impl FromIterator<(u16, u64)> for Sketch {
    fn from_iter<T: IntoIterator<Item = (u16, u64)>>(buckets: T) -> Self {
        let mut sketch = Self::default();
        sketch.extend(buckets);
        sketch
    }
}

impl Extend<(u16, u64)> for Sketch {
    fn extend<T: IntoIterator<Item = (u16, u64)>>(&mut self, buckets: T) {
        for (index, count) in buckets {
            self.add_count(index, count);
        }
    }
}

impl<'de> Deserialize<'de> for Sketch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Buckets)
    }
}

struct Buckets;

impl<'de> de::Visitor<'de> for Buckets {
    type Value = Sketch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("counts by bucket")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Sketch, A::Error> {
        let mut sketch = Sketch::default();
        while let Some((key, count)) = map.next_entry::<String, u64>()? {
            // Its one spelling, so that a key cannot come twice.
            let index = key
                .parse()
                .ok()
                .filter(|index: &u16| *index <= Sketch::MAX_INDEX && index.to_string() == key);
            let index = index.ok_or_else(|| de::Error::custom("a bucket is a number from 0 to 1280"))?;
            if !(1..=Sketch::MAX_COUNT).contains(&count) {
                return Err(de::Error::custom("the count of a bucket is 1 or more, and below 2^53"));
            }
            if sketch.0.insert(index, count).is_some() {
                return Err(de::Error::custom("a bucket is there twice"));
            }
        }
        Ok(sketch)
    }
}

/// ln γ.
fn ln_gamma() -> f64 {
    ((1.0 + Sketch::ERROR) / (1.0 - Sketch::ERROR)).ln()
}
