use chancery_wire::usage::{BatchError, Dimensions, UsageBatch, UsageItem};
use jiff::SignedDuration;
use uuid::Uuid;

use super::batch;

/// Where the batch is refused after the change, and that it is refused alike after a round trip.
#[track_caller]
fn refused(change: impl FnOnce(&mut UsageBatch)) -> String {
    let mut batch = batch();
    change(&mut batch);
    let BatchError::Invalid { pointer, .. } = batch.check().unwrap_err() else { panic!("another error") };
    assert!(
        matches!(UsageBatch::from_json(&batch.to_json()), Err(BatchError::Invalid { pointer: p, .. }) if p == pointer)
    );
    pointer
}

#[track_caller]
fn refused_item(change: impl FnOnce(&mut UsageItem)) -> String {
    let pointer = refused(|batch| change(&mut batch.items[1]));
    pointer.strip_prefix("/items/1/").unwrap().to_owned()
}

#[test]
fn a_batch_names_its_source_and_counts_from_one() {
    assert_eq!(refused(|batch| batch.source = Uuid::nil()), "/source");
    assert_eq!(refused(|batch| batch.sequence = 0), "/sequence");
    assert_eq!(refused(|batch| batch.sequence = 1 << 63), "/sequence");
}

#[test]
fn a_batch_lasts_at_most_a_minute_and_ends_after_it_begins() {
    assert_eq!(refused(|batch| batch.to = batch.from - SignedDuration::from_nanos(1)), "/to");
    assert_eq!(refused(|batch| batch.to = batch.from + SignedDuration::from_millis(60_001)), "/to");
    let mut batch = batch();
    batch.to = batch.from + UsageBatch::MAX_SPAN;
    batch.check().unwrap();
    batch.to = batch.from;
    batch.check().unwrap();
}

#[test]
fn a_batch_is_bounded() {
    let item = UsageItem { dimensions: Dimensions::of_outcome("token_missing"), ..batch().items.remove(0) };
    assert_eq!(refused(|batch| batch.items = vec![item; UsageBatch::MAX_ITEMS + 1]), "/items");
    let json = vec![b' '; UsageBatch::MAX_BYTES + 1];
    assert!(matches!(UsageBatch::from_json(&json), Err(BatchError::TooLarge { .. })));
}

#[test]
fn numbers_are_bounded() {
    assert_eq!(refused_item(|item| item.calls = 0), "calls");
    assert_eq!(refused_item(|item| item.calls = UsageItem::MAX_CALLS + 1), "calls");
    assert_eq!(refused_item(|item| item.peak_per_second = Some(14)), "peak_per_second");
    assert_eq!(refused_item(|item| item.peak_per_second = Some(0)), "peak_per_second");
    assert_eq!(refused_item(|item| item.bytes_in = u64::MAX), "bytes_in");
    assert_eq!(refused_item(|item| item.bytes_out = (1 << 40) + 1), "bytes_out");
}

#[test]
fn latencies_are_of_calls_that_finished_and_no_more_than_those() {
    assert_eq!(refused_item(|item| item.status_class = None), "latency_sketch");
    assert_eq!(
        refused_item(|item| item.latency_sketch = Some([(1, 14)].into_iter().collect())),
        "latency_sketch"
    );
}

#[test]
fn dimensions_are_words() {
    let refused = |change: fn(&mut Dimensions)| refused_item(|item| change(&mut item.dimensions));
    for outcome in ["", "Allowed", "all owed", "a\0", &"a".repeat(65)] {
        assert_eq!(refused_item(|item| item.dimensions.outcome = outcome.into()), "dimensions/outcome");
    }
    assert_eq!(refused(|dimensions| dimensions.tenant_id = Some(0)), "dimensions/tenant_id");
    assert_eq!(refused(|dimensions| dimensions.tenant_id = Some(1 << 53)), "dimensions/tenant_id");
    assert_eq!(refused(|dimensions| dimensions.version = Some(0)), "dimensions/version");
    assert_eq!(refused(|dimensions| dimensions.version = Some(1 << 31)), "dimensions/version");
    assert_eq!(refused(|dimensions| dimensions.environment = Some("a b".into())), "dimensions/environment");
    assert_eq!(refused(|dimensions| dimensions.client_id = Some(String::new())), "dimensions/client_id");
    assert_eq!(refused(|dimensions| dimensions.module = Some("é".into())), "dimensions/module");
    assert_eq!(refused(|dimensions| dimensions.operation = Some("a\0b".into())), "dimensions/operation");
    assert_eq!(refused(|dimensions| dimensions.method = Some("\n".into())), "dimensions/method");
    assert_eq!(refused(|dimensions| dimensions.scope = Some("a".repeat(201))), "dimensions/scope");
    assert_eq!(refused(|dimensions| dimensions.report_id = Some(" ".into())), "dimensions/report_id");
}

#[test]
fn a_peak_that_is_not_told_is_the_least_that_must_be_so() {
    let mut batch = batch();
    for (span, peak) in [(0, 20), (1_000, 20), (1_001, 10), (60_000, 1)] {
        batch.to = batch.from + SignedDuration::from_millis(span);
        assert_eq!(batch.items[0].peak(batch.seconds()), peak, "{span} ms");
        assert_eq!(batch.items[1].peak(batch.seconds()), 13, "{span} ms");
    }
}
