//! Usage is counted once and reported as it was (rule 31).

mod batches;
mod counting;
mod crowds;
mod http;
mod keeping;

use std::sync::LazyLock;

use chancery_devkit::TestDb;
use chancery_journal::Journal;
use chancery_service::{
    sources::Sources,
    usage::{
        Granularity, Mode, Outcome, Usage, UsageSettings,
        report::{Ask, Dimension, Report, Scope},
    },
};
use chancery_wire::usage::{ALLOWED, Dimensions, StatusClass, UsageBatch, UsageItem};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::server::database;

/// Tables of usage of a test's own.
struct World {
    _db: TestDb,
    journal: Journal,
    usage: Usage,
}

/// The last full hour but one, as all tests see it; partitions are made of the real time only.
static BEGIN: LazyLock<i64> = LazyLock::new(|| {
    let now = Timestamp::now().as_second();
    now - now.rem_euclid(3600) - 3600
});

impl World {
    fn new() -> Self {
        Self::with(UsageSettings::default())
    }

    fn with(settings: UsageSettings) -> Self {
        let db = database();
        let journal = Journal::open(db.url(), 6).unwrap();
        let sources = Sources::new(|| second(NOW), |_| ());
        Self { usage: Usage::new(journal.clone(), sources, settings), journal, _db: db }
    }

    async fn apply(&self, batch: &UsageBatch) -> Outcome {
        self.usage.apply(batch, Mode::Lenient).await.unwrap()
    }

    /// All there is, by the day.
    async fn total(&self) -> i64 {
        self.report(Granularity::Day, &[]).await.rows.iter().map(|row| row.metrics.calls).sum()
    }

    async fn report(&self, granularity: Granularity, group_by: &[Dimension]) -> Report {
        self.usage.report(&ask(granularity, group_by)).await.unwrap()
    }

    /// What a statement says in one number.
    async fn number(&self, sql: &str) -> i64 {
        self.journal.client().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }
}

fn ask(granularity: Granularity, group_by: &[Dimension]) -> Ask {
    Ask {
        scope: Scope::All,
        granularity,
        from: second(-48 * 3600),
        to: second(48 * 3600),
        group_by: group_by.to_vec(),
        after: None,
        limit: 1000,
    }
}

/// A second of the tests' time.
fn second(second: i64) -> Timestamp {
    Timestamp::from_second(*BEGIN + second).unwrap()
}

/// What second it is.
const NOW: i64 = 1800;

/// A process that counts from second 0 on.
fn source() -> Uuid {
    source_made(second(0))
}

fn source_made(at: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap();
    uuid::Builder::from_unix_timestamp_millis(
        milliseconds,
        &Uuid::new_v4().into_bytes()[..10].try_into().unwrap(),
    )
    .into_uuid()
}

/// The batch of a second: number 1 is that of second 0.
fn batch(source: Uuid, sequence: u64, items: Vec<UsageItem>) -> UsageBatch {
    let from = second(sequence.cast_signed() - 1);
    UsageBatch { source, sequence, from, to: from + SignedDuration::from_secs(1), last: false, items }
}

fn operation(name: &str) -> Dimensions {
    Dimensions {
        tenant_id: Some(1001),
        environment: Some("production".into()),
        operation: Some(name.into()),
        ..Dimensions::of_outcome(ALLOWED)
    }
}

fn decided(dimensions: Dimensions, calls: u64) -> UsageItem {
    UsageItem {
        dimensions,
        calls,
        status_class: None,
        peak_per_second: None,
        latency_sketch: None,
        bytes_in: 0,
        bytes_out: 0,
    }
}

fn finished(dimensions: Dimensions, calls: u64, status_class: StatusClass) -> UsageItem {
    UsageItem { status_class: Some(status_class), ..decided(dimensions, calls) }
}
