//! Reads go by an index and sort nothing, so they stay quick on a long log. The statements are those that the
//! product has prepared in the session.

use anyhow::{Context, Result};
use chancery_journal::{Filter, Journal};
use chancery_wire::Position;

use crate::{filters::alone, world::World};

/// A log in which each value of each column is one of a hundred, with statistics.
const FILL: &str = "
    INSERT INTO events SELECT n, gen_random_uuid(), n / 100 + 1, now(), n % 100, lpad(to_hex(n % 100), 32, '0')::uuid,
        gen_random_uuid(), gen_random_uuid(), NULL, 1, 'c-' || n % 100, 's-' || n % 100, 't-' || n % 100, 'person',
        'p-' || n % 100, NULL, '{}' FROM generate_series(1, 20000) AS n;
    UPDATE head SET position = 20000;
    SELECT index_events(20000);
    ANALYZE events, event_keys";

/// A journal of one session, on such a log.
async fn one_session(world: &World) -> Result<Journal> {
    world.superuser().await?.batch_execute(FILL).await?;
    let journal = Journal::open(world.db.url(), 1)?;
    // What suits few rows in one place of the disk is not what is asked here.
    let set =
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan";
    journal.client().await?.batch_execute(set).await?;
    Ok(journal)
}

/// The plan of the session's latest statement.
async fn plan(journal: &Journal) -> Result<String> {
    let client = journal.client().await?;
    let latest = "SELECT name, cardinality(parameter_types) FROM pg_prepared_statements
        WHERE statement ~ '^(SELECT position|WITH)' ORDER BY prepare_time DESC LIMIT 1";
    let latest = client.query_opt(latest, &[]).await?.context("nothing is prepared")?;
    let nulls = vec!["NULL"; usize::try_from(latest.get::<_, i32>(1))?].join(", ");
    let explain = format!("EXPLAIN (COSTS off) EXECUTE {}({nulls})", latest.get::<_, String>(0));
    let lines = client.simple_query(&explain).await?;
    let text = |line| match line {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(|line| format!("{line}\n")),
        _ => None,
    };
    Ok(lines.into_iter().filter_map(text).collect())
}

#[tokio::test]
async fn every_filter_goes_by_indexes_and_sorts_nothing() -> Result<()> {
    let world = World::new()?;
    let journal = one_session(&world).await?;
    let two = Filter { tenant: Some(5), event_type: Some("t-5".into()), ..Filter::default() };
    let three = Filter { actor: Some("p-5".into()), ..two.clone() };
    let ending = |filter: Filter| Filter { through: Some(Position::new(10_000)), ..filter };
    let open: Vec<_> = alone().into_iter().chain([two, three]).collect();
    for filter in open.iter().cloned().chain(open.iter().cloned().map(ending)) {
        journal.select(&filter, Position::START, 10).await?;
        let plan = plan(&journal).await?;
        assert!(!plan.contains("Sort") && !plan.contains("Seq Scan on events"), "{filter:?}\n{plan}");
        let by = if filter.stream.is_some() { "Index Scan using events_stream_version_key" } else { BY_KEYS };
        assert!(plan.contains(by), "{filter:?}\n{plan}");
    }
    Ok(())
}

const BY_KEYS: &str = "Index Only Scan using event_keys_pkey";

#[tokio::test]
async fn a_range_of_positions_and_a_stream_are_read_by_their_keys() -> Result<()> {
    let world = World::new()?;
    let journal = one_session(&world).await?;
    journal.read(Position::START, 10).await?;
    let range = plan(&journal).await?;
    assert!(range.contains("Index Scan using events_pkey") && !range.contains("Sort"), "{range}");
    journal.stream("s-3", 0).await?;
    let stream = plan(&journal).await?;
    assert!(stream.contains("Index Scan using events_stream_version_key"), "{stream}");
    assert!(!stream.contains("Sort"), "{stream}");
    journal.streams([("s-3", 0), ("s-4", 2)]).await?;
    let streams = plan(&journal).await?;
    assert!(streams.contains("Index Scan using events_stream_version_key"), "{streams}");
    journal.streams_through(&["s-3".into(), "s-4".into()], Position::new(10_000), 100).await?;
    let through = plan(&journal).await?;
    assert!(through.contains("Index Scan using events_stream_version_key"), "{through}");
    journal.last("s-3", Position::new(10_000)).await?;
    let last = plan(&journal).await?;
    assert!(last.contains("Index Scan Backward using events_stream_version_key"), "{last}");
    assert!(!last.contains("Sort"), "{last}");
    Ok(())
}
