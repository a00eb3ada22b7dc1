//! A moment of the log, as somebody names one: by a position or by a time.

use std::str::FromStr;

use chancery_wire::Position;
use jiff::{Timestamp, fmt::temporal::Pieces};

use crate::{Journal, JournalError};

/// What names a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    Position(Position),
    Time(Timestamp),
}

/// A moment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The last that was recorded by then.
    pub position: Position,
    /// When that was, where a position was named; else the time that was.
    pub time: Timestamp,
}

/// The text names no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a moment is a position, such as 42, or a time, such as 2026-03-01T12:00:00Z")]
pub struct NoMoment;

/// There is no such moment.
#[derive(Debug, thiserror::Error)]
pub enum MomentError {
    #[error("the log ends at {head}: it has nothing at {position}")]
    AfterHead { position: Position, head: Position },
    #[error("{time} is still to come")]
    ToCome { time: Timestamp },
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl FromStr for At {
    type Err = NoMoment;

    /// Decimal digits, as far as Postgres can count, or RFC 3339.
    fn from_str(text: &str) -> Result<Self, NoMoment> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: i64 = text.parse().map_err(|_| NoMoment)?;
            return Ok(Self::Position(Position::from_i64(number)));
        }
        text.parse().ok().or_else(|| beyond(text)).map(Self::Time).ok_or(NoMoment)
    }
}

/// RFC 3339 goes on for a day after the last time that can be counted: what it says there is a time, and still to come.
fn beyond(text: &str) -> Option<Timestamp> {
    let pieces = Pieces::parse(text).ok()?;
    let (offset, time) = (pieces.to_numeric_offset()?, pieces.time()?);
    let last = offset.to_datetime(Timestamp::MAX);
    (pieces.date().to_datetime(time) > last).then_some(Timestamp::MAX)
}

impl Journal {
    /// The moment that is now, by the clock that events are recorded by.
    pub async fn present(&self) -> Result<Moment, JournalError> {
        let client = self.client().await?;
        let statement = client
            .prepare_cached("SELECT position, clock_timestamp() FROM public.head")
            .await
            .map_err(JournalError::query("preparing to read the head"))?;
        let row = client.query_one(&statement, &[]).await.map_err(JournalError::query("reading the head"))?;
        Ok(Moment { position: Position::from_i64(row.get(0)), time: row.get(1) })
    }

    /// The moment that is named, which the log has.
    pub async fn moment(&self, at: At) -> Result<Moment, MomentError> {
        match at {
            At::Position(position) => {
                if position > self.follow().head() {
                    // What is told of the head may be on its way here still.
                    let head = self.head().await?.position;
                    if position > head {
                        return Err(MomentError::AfterHead { position, head });
                    }
                }
                let recorded = self.event(position).await?.map(|event| event.recorded_at);
                Ok(Moment { position, time: recorded.unwrap_or(Timestamp::MIN) })
            }
            At::Time(time) => {
                let position = self.position_at(time).await?;
                Ok(Moment { position: position.ok_or(MomentError::ToCome { time })?, time })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_position_or_a_time() {
        assert_eq!("42".parse(), Ok(At::Position(Position::new(42))));
        let time = Timestamp::from_second(1_772_366_400).unwrap();
        for text in ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00"] {
            assert_eq!(text.parse(), Ok(At::Time(time)), "{text}");
        }
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T00:30:00+01:00", "9999-12-31t23:59:59.999999-23:59"]
        {
            assert_eq!(text.parse(), Ok(At::Time(Timestamp::MAX)), "{text}");
        }
        let none = ["", "-1", "+1", "1.5", "yesterday", "99999999999999999999", "2026-03-01", "9999-12-31"];
        for text in none.into_iter().chain(["9999-12-31T23:59:59", "9999-12-32T00:00:00Z"]) {
            assert_eq!(text.parse::<At>(), Err(NoMoment), "{text}");
        }
    }
}
