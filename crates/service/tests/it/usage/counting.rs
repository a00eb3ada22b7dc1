use std::{collections::BTreeMap, time::Duration};

use chancery_service::usage::{
    Granularity, Mode, Outcome,
    report::{Ask, Dimension, Value},
};
use chancery_wire::usage::{Dimensions, Sketch, StatusClass};

use super::{World, batch, decided, finished, operation, second, source, source_made};

#[tokio::test]
async fn rule_31_a_batch_counts_once_by_the_minute_the_hour_and_the_day() {
    let world = World::new();
    let source = source();
    for sequence in [1, 2, 61, 62, 63] {
        let batch = batch(source, sequence, vec![decided(operation("list"), 10)]);
        assert!(matches!(world.apply(&batch).await, Outcome::Applied));
        assert!(matches!(world.apply(&batch).await, Outcome::Duplicate));
    }
    let calls = async |granularity| -> Vec<_> {
        let report = world.report(granularity, &[]).await;
        report.rows.iter().map(|row| (row.from, row.metrics.calls)).collect()
    };
    assert_eq!(calls(Granularity::Minute).await, [(second(0), 20), (second(60), 30)]);
    assert_eq!(calls(Granularity::Hour).await, [(second(0), 50)]);
    assert_eq!(calls(Granularity::Day).await, [(Granularity::Day.begin(second(0)), 50)]);
}

#[tokio::test]
async fn rule_31_a_report_tells_calls_errors_throttled_and_how_many_finished() {
    let world = World::new();
    let refused = |outcome: &str| Dimensions { outcome: outcome.into(), ..operation("list") };
    let items = vec![
        decided(operation("list"), 60),
        decided(refused("rate_limited"), 7),
        decided(refused("scope_missing"), 3),
        decided(Dimensions::of_outcome("token_missing"), 2),
        finished(operation("list"), 40, StatusClass::Success),
        finished(operation("list"), 5, StatusClass::ServerError),
    ];
    world.apply(&batch(source(), 1, items)).await;
    let report = world.report(Granularity::Hour, &[]).await;
    let metrics = &report.rows[0].metrics;
    assert_eq!((metrics.calls, metrics.throttled, metrics.errors), (72, 7, 3 + 2 + 5));
    assert_eq!(metrics.finished_share, Some(0.75));
    assert_eq!(metrics.peak_per_second, 72);

    let report = world.report(Granularity::Hour, &[Dimension::Outcome]).await;
    let by_outcome: BTreeMap<_, _> =
        report.rows.iter().map(|row| (row.group[0].1.clone(), row.metrics.calls)).collect();
    let text = |text: &str| Some(Value::Text(text.into()));
    let wanted = [("allowed", 60), ("rate_limited", 7), ("scope_missing", 3), ("token_missing", 2)];
    assert_eq!(by_outcome, wanted.map(|(outcome, calls)| (text(outcome), calls)).into());
}

#[tokio::test]
async fn rule_31_where_gateways_decide_by_themselves_what_finished_was_called() {
    let world = World::new();
    // What is decided elsewhere changes nothing here.
    let elsewhere = Dimensions { tenant_id: Some(2002), ..operation("list") };
    let refused = Dimensions::of_outcome("token_missing");
    let other = vec![decided(elsewhere, 3), decided(refused, 1)];
    world.apply(&batch(source(), 1, other)).await;
    let items = vec![
        finished(operation("list"), 40, StatusClass::Success),
        finished(operation("list"), 5, StatusClass::ClientError),
    ];
    world.apply(&batch(source(), 1, items)).await;
    let report = world.report(Granularity::Hour, &[]).await;
    let metrics = &report.rows[0].metrics;
    assert_eq!((metrics.calls, metrics.errors, metrics.throttled), (49, 6, 0));
    let report = world.report(Granularity::Hour, &[Dimension::Tenant, Dimension::Environment]).await;
    let shown: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.metrics.calls, row.metrics.finished_share, row.metrics.peak_per_second))
        .collect();
    assert_eq!(shown, [(1, None, 1), (45, Some(1.0), 45), (3, Some(0.0), 3)]);
}

#[tokio::test]
async fn rule_31_peaks_are_of_a_second_and_of_all_that_is_called_in_it() {
    let world = World::new();
    let source = source();
    for (sequence, list, show) in [(1, 10, 20), (2, 25, 1), (3, 12, 19)] {
        let items = vec![decided(operation("list"), list), decided(operation("show"), show)];
        world.apply(&batch(source, sequence, items)).await;
    }
    for granularity in [Granularity::Minute, Granularity::Hour, Granularity::Day] {
        let report = world.report(granularity, &[]).await;
        assert_eq!(report.rows[0].metrics.peak_per_second, 31);
        let report = world.report(granularity, &[Dimension::Tenant, Dimension::Environment]).await;
        assert_eq!(report.rows[0].metrics.peak_per_second, 31);
        let report = world.report(granularity, &[Dimension::Operation]).await;
        let peaks: Vec<_> = report.rows.iter().map(|row| row.metrics.peak_per_second).collect();
        assert_eq!(peaks, [25, 20]);
    }
}

#[tokio::test]
async fn rule_31_quantiles_are_those_of_all_calls_however_they_were_sent() {
    let world = World::new();
    let sources = [source(), source()];
    let mut whole = Sketch::default();
    // Enough of them that rows grow long and are merged.
    for sequence in 1..=60 {
        for (index, source) in sources.into_iter().enumerate() {
            let mut sketch = Sketch::default();
            for step in 0..50_u64 {
                sketch.add(Duration::from_micros(1000 + step * sequence * 37 + index as u64));
            }
            whole.merge(&sketch);
            let mut item = finished(operation("list"), 50, StatusClass::Success);
            item.latency_sketch = Some(sketch);
            (item.bytes_in, item.bytes_out) = (100, 1_000);
            world.apply(&batch(source, sequence, vec![item])).await;
        }
    }
    let milliseconds = |q| whole.quantile(q).map(|micros| micros.round() / 1000.0);
    for granularity in [Granularity::Minute, Granularity::Hour, Granularity::Day] {
        let report = world.report(granularity, &[]).await;
        let metrics = &report.rows[0].metrics;
        assert_eq!(metrics.calls, 6_000);
        assert_eq!((metrics.p50_ms, metrics.p95_ms), (milliseconds(0.5), milliseconds(0.95)));
        assert_eq!(metrics.p99_ms, milliseconds(0.99));
        assert_eq!((metrics.bytes_in, metrics.bytes_out), (12_000, 120_000));
    }
    let longest = "SELECT max(length(latency))::bigint FROM usage_day";
    assert!(world.number(longest).await < 2048);
}

#[tokio::test]
async fn rule_31_a_report_is_paged_without_a_row_twice_or_never() {
    let world = World::new();
    let source = source();
    for sequence in [1, 61, 121] {
        let items = ["a", "b", "c"].map(|name| decided(operation(name), sequence)).into();
        world.apply(&batch(source, sequence, items)).await;
    }
    world.apply(&batch(source, 122, vec![decided(Dimensions::of_outcome("token_missing"), 1)])).await;
    let group_by = [Dimension::Operation, Dimension::Tenant];
    let whole = world.report(Granularity::Minute, &group_by).await;
    assert_eq!((whole.rows.len(), whole.next.as_ref()), (10, None));
    for limit in 1..=10 {
        let (mut rows, mut after) = (Vec::new(), None);
        loop {
            let ask = super::ask(Granularity::Minute, &group_by);
            let page = world.usage.report(&Ask { after, limit, ..ask }).await.unwrap();
            assert!(page.rows.len() <= limit);
            rows.extend(page.rows);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(rows, whole.rows, "{limit} at once");
    }
}

#[tokio::test]
async fn rule_31_who_may_leave_no_gap_is_told_what_is_missing() {
    let world = World::new();
    let source = source();
    let strict = async |sequence| {
        let batch = batch(source, sequence, vec![decided(operation("list"), 1)]);
        world.usage.apply(&batch, Mode::Strict).await.unwrap()
    };
    assert!(matches!(strict(2).await, Outcome::Gap { expected: 1 }));
    assert_eq!(world.number("SELECT count(*) FROM usage_sources").await, 0);
    assert!(matches!(strict(1).await, Outcome::Applied));
    assert!(matches!(strict(3).await, Outcome::Gap { expected: 2 }));
    assert!(matches!(strict(2).await, Outcome::Applied));
    assert!(matches!(strict(2).await, Outcome::Duplicate));
    assert!(matches!(strict(3).await, Outcome::Applied));
    assert_eq!(world.total().await, 3);
}

#[tokio::test]
async fn rule_31_a_report_is_complete_until_the_oldest_gap_and_as_far_as_every_source_that_lives() {
    let world = World::new();
    let (one, other) = (source(), source());
    let until = async || world.report(Granularity::Hour, &[]).await.complete_until;
    let before = until().await;
    assert!(before > second(0), "nobody counts: nothing is missing");
    world.apply(&batch(one, 1, Vec::new())).await;
    world.apply(&batch(other, 1, Vec::new())).await;
    world.apply(&batch(other, 2, Vec::new())).await;
    assert_eq!(until().await, second(1));
    for sequence in [2, 3, 5] {
        world.apply(&batch(one, sequence, Vec::new())).await;
    }
    world.apply(&batch(other, 3, Vec::new())).await;
    world.apply(&batch(other, 4, Vec::new())).await;
    assert_eq!(until().await, second(3), "batch 4 of one is missing");
    world.apply(&batch(other, 5, Vec::new())).await;
    world.apply(&batch(one, 4, Vec::new())).await;
    assert_eq!(until().await, second(5), "it came late");

    let end = |source, sequence| chancery_wire::usage::UsageBatch {
        last: true,
        ..batch(source, sequence, Vec::new())
    };
    world.apply(&end(one, 6)).await;
    assert_eq!(until().await, second(5), "the other has come to here");
    world.apply(&end(other, 6)).await;
    assert!(until().await >= before, "nobody counts any more");
}

#[tokio::test]
async fn rule_31_a_source_that_tells_of_a_time_before_it_was_made_takes_back_nothing() {
    let world = World::new();
    let until = async || world.report(Granularity::Hour, &[]).await.complete_until;
    let counting = source();
    for sequence in 1..=10 {
        world.apply(&batch(counting, sequence, Vec::new())).await;
    }
    assert_eq!(until().await, second(10));
    // It brings in the calls of the first seconds.
    world.apply(&batch(source_made(second(9)), 1, vec![decided(operation("list"), 5)])).await;
    assert_eq!(until().await, second(9));
    assert_eq!(world.total().await, 5);
}

#[tokio::test]
async fn rule_31_a_source_that_falls_silent_is_waited_for_and_then_taken_for_dead() {
    let world = World::new();
    let (one, gone) = (source(), source());
    world.apply(&batch(one, 1, Vec::new())).await;
    world.apply(&batch(gone, 1, Vec::new())).await;
    world.apply(&batch(one, 2, Vec::new())).await;
    let until = async || world.report(Granularity::Hour, &[]).await.complete_until;
    assert_eq!(until().await, second(1));
    let age =
        format!("UPDATE usage_sources SET seen_at = now() - interval '9 minutes' WHERE source = '{gone}'");
    world.journal.client().await.unwrap().batch_execute(&age).await.unwrap();
    assert_eq!(until().await, second(1), "it may come back");
    world.journal.client().await.unwrap().batch_execute(&age.replace("'9", "'11")).await.unwrap();
    assert_eq!(until().await, second(2));
    // A gap is never taken for silence.
    world.apply(&batch(gone, 3, Vec::new())).await;
    world.journal.client().await.unwrap().batch_execute(&age.replace("'9", "'11")).await.unwrap();
    assert_eq!(until().await, second(1));
}
