//! The limit of a write: as many effects on as many keys, folded and written with one bare upsert a batch, the
//! checkpoint in the same transaction. A narrow table, one index, no fence, no digest, nothing read.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{load, measure::Run};

/// Effects on each key.
const PER_KEY: u64 = 10;

const TABLES: &str = "CREATE TABLE effect (
        key uuid PRIMARY KEY, count bigint NOT NULL, cents bigint NOT NULL, lines integer NOT NULL,
        position bigint NOT NULL, updated_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE checkpoint (writer bigint PRIMARY KEY, position bigint NOT NULL);
    CHECKPOINT";
const UPSERT: &str = "INSERT INTO effect AS e (key, count, cents, lines, position)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[])
    ON CONFLICT (key) DO UPDATE SET count = e.count + excluded.count, cents = e.cents + excluded.cents,
        lines = e.lines + excluded.lines, position = excluded.position, updated_at = now()";
const ADVANCE: &str =
    "INSERT INTO checkpoint VALUES ($1, $2) ON CONFLICT (writer) DO UPDATE SET position = excluded.position";

/// One run on an empty database: the writers share the keys, as shards do.
pub async fn upserts(url: &str, writers: usize, effects: u64, batch: u64) -> anyhow::Result<Run> {
    let client = load::connect(url).await?;
    client.batch_execute(TABLES).await?;
    let each = effects / writers as u64;
    let start = Instant::now();
    let mut running = JoinSet::new();
    for number in 0..writers {
        running.spawn(write(url.to_owned(), number as u64, each, batch));
    }
    let mut run = Run::new(0.0);
    while let Some(done) = running.join_next().await {
        for took in done?? {
            run.record(took, batch);
        }
    }
    run.operations = each * writers as u64;
    run.seconds = start.elapsed().as_secs_f64();
    let row = client.query_one("SELECT sum(lines)::bigint FROM effect", &[]).await?;
    let lines: i64 = row.get(0);
    ensure!(lines.cast_unsigned() == run.operations, "{lines} effects instead of {}", run.operations);
    Ok(run)
}

/// How long each batch took.
async fn write(url: String, number: u64, effects: u64, batch: u64) -> anyhow::Result<Vec<Duration>> {
    let mut client = load::connect(&url).await?;
    client.batch_execute("SET synchronous_commit = off").await?;
    let (upsert, advance) = (client.prepare(UPSERT).await?, client.prepare(ADVANCE).await?);
    let keys: Vec<Uuid> = (0..(effects / PER_KEY).max(1)).map(|_| Uuid::new_v4()).collect();
    let (mut done, mut took) = (0, Vec::new());
    while done < effects {
        let start = Instant::now();
        let mut folded: BTreeMap<Uuid, (i64, i64, i32, i64)> = BTreeMap::new();
        let last = effects.min(done + batch);
        for position in done..last {
            let key = keys[usize::try_from(position % keys.len() as u64)?];
            let effect = folded.entry(key).or_default();
            effect.0 += 1;
            effect.1 += 1_999;
            effect.2 += 1;
            effect.3 = position.cast_signed();
        }
        let ids: Vec<Uuid> = folded.keys().copied().collect();
        let counts: Vec<i64> = folded.values().map(|effect| effect.0).collect();
        let cents: Vec<i64> = folded.values().map(|effect| effect.1).collect();
        let lines: Vec<i32> = folded.values().map(|effect| effect.2).collect();
        let positions: Vec<i64> = folded.values().map(|effect| effect.3).collect();
        let transaction = client.transaction().await?;
        transaction.execute(&upsert, &[&ids, &counts, &cents, &lines, &positions]).await?;
        transaction.execute(&advance, &[&number.cast_signed(), &last.cast_signed()]).await?;
        transaction.commit().await?;
        took.push(start.elapsed());
        done = last;
    }
    Ok(took)
}
