//! `google.protobuf.Timestamp`, in the words of `jiff`.
//!
//! Our own, because the usual one (`pbjson-types`) writes the offset `+00:00` where the proto3 JSON mapping
//! wants `Z`, and what is once written stays in the log for ever.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// A point in time, exact to the nanosecond.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct ProtoTimestamp {
    /// Since the epoch, rounded down.
    #[prost(int64, tag = "1")]
    seconds: i64,
    /// On top of `seconds`, never negative.
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl From<Timestamp> for ProtoTimestamp {
    fn from(time: Timestamp) -> Self {
        // Before the epoch, jiff counts both parts backwards.
        match (time.as_second(), time.subsec_nanosecond()) {
            (seconds, nanos @ ..0) => Self { seconds: seconds - 1, nanos: nanos + 1_000_000_000 },
            (seconds, nanos) => Self { seconds, nanos },
        }
    }
}

impl TryFrom<ProtoTimestamp> for Timestamp {
    type Error = jiff::Error;

    /// Fails only for what a stranger encoded in binary: years before -9999 or after 9999.
    fn try_from(time: ProtoTimestamp) -> Result<Self, jiff::Error> {
        Self::new(time.seconds, time.nanos)
    }
}

impl Serialize for ProtoTimestamp {
    /// RFC 3339 in UTC, ending in `Z`, with 0, 3, 6 or 9 digits of the second's fraction.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Timestamp::try_from(*self).map_err(ser::Error::custom)?;
        let digits = match self.nanos {
            0 => 0,
            nanos if nanos % 1_000_000 == 0 => 3,
            nanos if nanos % 1_000 == 0 => 6,
            _ => 9,
        };
        serializer.collect_str(&format_args!("{time:.digits$}"))
    }
}

impl<'de> Deserialize<'de> for ProtoTimestamp {
    /// RFC 3339 with any offset and any number of digits.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Rfc3339)
    }
}

struct Rfc3339;

impl de::Visitor<'_> for Rfc3339 {
    type Value = ProtoTimestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as RFC 3339 has it")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ProtoTimestamp, E> {
        text.parse::<Timestamp>().map(Into::into).map_err(E::custom)
    }
}
