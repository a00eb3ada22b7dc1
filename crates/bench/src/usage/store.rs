//! Batches that the database adds up a second, beside bare upserts of the same rows into three tables of numbers.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use chancery_journal::{Journal, migrate};
use chancery_service::{
    sources::Sources,
    usage::{Mode, Outcome, Usage, UsageSettings},
};
use chancery_wire::usage::{Dimensions, UsageBatch, UsageItem};
use jiff::{SignedDuration, Timestamp};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{load, measure::Run};

/// Gateways that tell at the same time: a worker takes so many batches together.
pub(super) const SOURCES: usize = 16;
/// Items of a batch: keys under which a gateway was called in a second.
pub(super) const ITEMS: u64 = 100;
/// Keys of all gateways.
const KEYS: u64 = 1_000;

/// What all gateways tell of one second.
struct Second {
    sources: Vec<Uuid>,
    began: Timestamp,
    number: u64,
}

impl Second {
    fn first() -> Self {
        let sources = (0..SOURCES).map(|_| Uuid::now_v7()).collect();
        Self { sources, began: Timestamp::now() - SignedDuration::from_hours(1), number: 0 }
    }

    fn next(&mut self) -> Vec<UsageBatch> {
        self.number += 1;
        let from = self.began + SignedDuration::from_secs(self.number.cast_signed() % 3_000);
        let batch = |(gateway, source): (u64, &Uuid)| UsageBatch {
            source: *source,
            sequence: self.number,
            from,
            to: from + SignedDuration::from_secs(1),
            last: false,
            items: (0..ITEMS).map(|item| one((gateway * 61 + item) % KEYS)).collect(),
        };
        (0..).zip(&self.sources).map(batch).collect()
    }
}

fn one(key: u64) -> UsageItem {
    let dimensions = Dimensions {
        version: Some(3),
        tenant_id: Some(key + 1),
        environment: Some("production".to_owned()),
        client_id: Some(format!("cid.{key:025}")),
        secret_id: Some(Uuid::from_u128(key.into())),
        module: Some("crm".to_owned()),
        operation: Some("Contacts_GetList".to_owned()),
        method: Some("GET".to_owned()),
        scope: Some("tn.crm.contacts:r".to_owned()),
        ..Dimensions::of_outcome("allowed")
    };
    UsageItem {
        dimensions,
        calls: 7,
        status_class: None,
        peak_per_second: Some(7),
        latency_sketch: None,
        bytes_in: 0,
        bytes_out: 0,
    }
}

/// Batches that were counted; it fails unless the tables hold what they told.
pub(super) async fn added(url: &str, seconds: f64) -> anyhow::Result<Run> {
    let url = &load::database(url, "bench_usage").await?;
    migrate(url).await?;
    let usage = Usage::new(Journal::open(url, 4)?, Sources::system(), UsageSettings::default());
    usage.tidy().await?;
    let mut second = Second::first();
    let run = repeat(seconds, async || {
        let outcomes = usage.apply_all(&second.next(), Mode::Lenient).await?;
        ensure!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Applied)), "{outcomes:?}");
        Ok(())
    })
    .await?;
    let sql = "SELECT sum(calls)::bigint FROM usage_day";
    let calls: i64 = load::connect(url).await?.query_one(sql, &[]).await?.get(0);
    ensure!(
        calls.cast_unsigned() == run.operations * ITEMS * 7,
        "{calls} calls of {} batches",
        run.operations
    );
    Ok(run)
}

/// The same rows, and nothing of what makes them right: no sources, no keys, no latencies.
pub(super) async fn bare(url: &str, seconds: f64) -> anyhow::Result<Run> {
    let client = load::connect(&load::database(url, "bench_usage_limit").await?).await?;
    for table in ["minute", "hour", "day"] {
        let sql =
            format!("CREATE TABLE {table} (key uuid, at timestamptz, calls bigint, PRIMARY KEY (key, at))");
        client.batch_execute(&sql).await?;
    }
    let mut second = Second::first();
    repeat(seconds, async || upsert(&client, &second.next()).await).await
}

async fn upsert(client: &Client, batches: &[UsageBatch]) -> anyhow::Result<()> {
    let mut calls = std::collections::BTreeMap::<Uuid, i64>::new();
    for item in batches.iter().flat_map(|batch| &batch.items) {
        *calls.entry(item.dimensions.secret_id.context("a key")?).or_default() += item.calls.cast_signed();
    }
    let (keys, calls): (Vec<Uuid>, Vec<i64>) = calls.into_iter().unzip();
    let at = batches.first().context("a batch")?.from;
    client.batch_execute("BEGIN").await?;
    for table in ["minute", "hour", "day"] {
        let sql = format!(
            "INSERT INTO {table} AS t SELECT key, date_trunc('{table}', $2::timestamptz), calls
             FROM unnest($1::uuid[], $3::bigint[]) AS g (key, calls)
             ON CONFLICT (key, at) DO UPDATE SET calls = t.calls + excluded.calls"
        );
        client.execute(&sql, &[&keys, &at, &calls]).await?;
    }
    Ok(client.batch_execute("COMMIT").await?)
}

/// Transactions of a second's batches, one after the other.
async fn repeat(seconds: f64, mut work: impl AsyncFnMut() -> anyhow::Result<()>) -> anyhow::Result<Run> {
    let start = Instant::now();
    let mut run = Run::new(seconds);
    while start.elapsed().as_secs_f64() < seconds {
        let began = Instant::now();
        work().await?;
        run.record(began.elapsed(), SOURCES as u64);
    }
    run.seconds = start.elapsed().as_secs_f64();
    Ok(run)
}
