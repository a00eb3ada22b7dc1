//! What was counted and not sent yet, oldest first, within bounds.
//!
//! What has been sent once is fixed: its number stands for it. What has not may still be merged, and is, while batches
//! are not acknowledged: the seconds of a minute become one span, for that is as fine as they are kept. If even minutes
//! are too much, the oldest are told by outcome alone.

use std::collections::VecDeque;

use chancery_wire::usage::{UsageBatch, UsageItem};
use hashbrown::HashMap;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Line, key::Known, stats::Stats, tally::Tally};

/// Items of one batch: with sketches as wide as they get, still within a batch's bytes.
const ITEMS: usize = 200;
/// Spans that wait before they are merged: a connection that stutters costs nothing.
const SPANS: usize = 5;
/// Lines that wait before the oldest are told by outcome alone; about 200 bytes each.
const LINES: usize = 200_000;
/// Spans that wait at all, a minute each: what is older than six days is counted no more.
const MINUTES: usize = 5 * 24 * 60;

/// Seconds since 1970 of one minute or less, and what was counted in them.
#[derive(Debug)]
struct Span {
    from: i64,
    to: i64,
    lines: Vec<(Line, Tally)>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    spans: VecDeque<Span>,
    lines: usize,
}

/// A batch with its number, and how many calls it tells.
#[derive(Debug)]
pub(super) struct Numbered {
    pub(super) batch: UsageBatch,
    pub(super) calls: u64,
}

impl Backlog {
    /// Takes up what was counted from `from` until `to`, in seconds since 1970. Of more than a minute, which only a
    /// process that stood still has, the last minute is told.
    pub(super) fn push(&mut self, from: i64, to: i64, lines: Vec<(Line, Tally)>, stats: &Stats) {
        let from = from.max(to - 60);
        self.lines += lines.len();
        self.spans.push_back(Span { from, to, lines });
        if self.spans.len() > SPANS {
            self.merge_a_minute();
        }
        if self.spans.len() > MINUTES {
            self.merge_at(0);
        }
        if self.lines > LINES {
            self.forget_keys(stats);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The oldest as the source's next batches, the first of which is `next`.
    pub(super) fn pop(&mut self, source: Uuid, next: u64) -> Vec<Numbered> {
        let Some(span) = self.spans.pop_front() else { return Vec::new() };
        self.lines -= span.lines.len();
        let time = |second| Timestamp::from_second(second).unwrap_or_default();
        let mut chunks: Vec<&[(Line, Tally)]> = span.lines.chunks(ITEMS).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let batch = |(sequence, lines): (u64, &[(Line, Tally)])| Numbered {
            calls: lines.iter().map(|(_, tally)| tally.calls).sum(),
            batch: UsageBatch {
                source,
                sequence,
                from: time(span.from),
                to: time(span.to),
                last: false,
                items: lines.iter().map(item).collect(),
            },
        };
        (next..).zip(chunks).map(batch).collect()
    }

    /// Merges the first two neighbours that are of the same minute. They are among the last: of what is older, each
    /// push has merged what it could.
    fn merge_a_minute(&mut self) {
        let minute = |span: &Span| span.from.div_euclid(60);
        let first = self.spans.len().saturating_sub(SPANS + 2);
        let mut pairs = (first..).zip(self.spans.range(first..).zip(self.spans.range(first + 1..)));
        let same =
            pairs.find(|(_, (older, next))| minute(older) == minute(next) && next.to - older.from <= 60);
        if let Some((index, _)) = same {
            self.merge_at(index);
        }
    }

    /// Merges a span into the next. What of it is older than a minute then is told for that one.
    fn merge_at(&mut self, index: usize) {
        let Some(older) = self.spans.remove(index) else { return };
        let Some(span) = self.spans.get_mut(index) else { return };
        let before = older.lines.len() + span.lines.len();
        if older.from.div_euclid(60) == span.from.div_euclid(60) {
            span.from = older.from.max(span.to - 60);
        }
        let mut merged: HashMap<Line, Tally> = older.lines.into_iter().collect();
        for (line, tally) in span.lines.drain(..) {
            merged.entry(line).or_default().merge(&tally);
        }
        span.lines = merged.into_iter().collect();
        self.lines -= before - span.lines.len();
    }

    /// Tells the oldest half by outcome alone.
    fn forget_keys(&mut self, stats: &Stats) {
        for span in &mut self.spans {
            if self.lines <= LINES / 2 {
                return;
            }
            let mut by_outcome: HashMap<Line, Tally> = HashMap::new();
            let before = span.lines.len();
            for (line, tally) in span.lines.drain(..) {
                stats.count_unkeyed(tally.calls);
                let known = Known::other(line.known.outcome()).into();
                by_outcome.entry(Line { known, class: line.class }).or_default().join(&tally);
            }
            span.lines = by_outcome.into_iter().collect();
            self.lines -= before - span.lines.len();
        }
    }
}

fn item((line, tally): &(Line, Tally)) -> UsageItem {
    UsageItem {
        dimensions: line.known.dimensions(),
        calls: tally.calls,
        status_class: line.class,
        peak_per_second: Some(tally.peak),
        latency_sketch: (!tally.latency.is_empty()).then(|| tally.latency.clone()),
        bytes_in: tally.bytes_in.min(UsageItem::MAX_TOTAL_BYTES),
        bytes_out: tally.bytes_out.min(UsageItem::MAX_TOTAL_BYTES),
    }
}
