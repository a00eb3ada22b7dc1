//! Bounds of what a stranger's meter may say.

use super::{Dimensions, Sketch, UsageBatch, UsageItem};

/// What was sent is no batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error("a batch of usage has at most {} bytes, not {bytes}", UsageBatch::MAX_BYTES)]
    TooLarge { bytes: usize },
    #[error("the batch of usage cannot be read")]
    Json(#[source] serde_json::Error),
    /// A value is outside of its bounds.
    #[error("{pointer} of the batch of usage {reason}")]
    Invalid {
        /// Which, as RFC 6901 has it.
        pointer: String,
        /// What is asked of it: "is not …" or "must …".
        reason: &'static str,
    },
}

pub(super) fn batch(batch: &UsageBatch) -> Result<(), BatchError> {
    let at = |name: &str| format!("/{name}");
    require(!batch.source.is_nil(), || at("source"), "must be a UUID of its own")?;
    let sequence = (1..=i64::MAX.cast_unsigned()).contains(&batch.sequence);
    require(sequence, || at("sequence"), "must be 1 or more, and below 2^63")?;
    require(batch.from <= batch.to, || at("to"), "must not be before `from`")?;
    let span = batch.to.duration_since(batch.from);
    require(span <= UsageBatch::MAX_SPAN, || at("to"), "must be at most a minute after `from`")?;
    require(batch.items.len() <= UsageBatch::MAX_ITEMS, || at("items"), "must have at most 2000 items")?;
    batch.items.iter().enumerate().try_for_each(|(index, one)| item(one, &format!("/items/{index}")))
}

fn item(item: &UsageItem, place: &str) -> Result<(), BatchError> {
    let at = |name: &str| format!("{place}/{name}");
    let calls = (1..=UsageItem::MAX_CALLS).contains(&item.calls);
    require(calls, || at("calls"), "must be from 1 to 1000000000")?;
    let peak = item.peak_per_second.is_none_or(|peak| (1..=item.calls).contains(&u64::from(peak)));
    require(peak, || at("peak_per_second"), "must be from 1 to `calls`")?;
    for (name, bytes) in [("bytes_in", item.bytes_in), ("bytes_out", item.bytes_out)] {
        require(bytes <= UsageItem::MAX_TOTAL_BYTES, || at(name), "must be at most 2^40")?;
    }
    let finished = item.status_class.is_some();
    let sketch = item.latency_sketch.as_ref();
    require(
        finished || sketch.is_none_or(Sketch::is_empty),
        || at("latency_sketch"),
        "needs a `status_class`",
    )?;
    require(
        sketch.is_none_or(|sketch| sketch.count() <= item.calls),
        || at("latency_sketch"),
        "must count no more than `calls`",
    )?;
    dimensions(&item.dimensions, &format!("{place}/dimensions"))
}

fn dimensions(dimensions: &Dimensions, place: &str) -> Result<(), BatchError> {
    let at = |name: &str| format!("{place}/{name}");
    let outcome = &dimensions.outcome;
    let word = (1..=64).contains(&outcome.len())
        && outcome.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    require(word, || at("outcome"), "must be a word in snake_case, at most 64 characters")?;
    let tenant = dimensions.tenant_id.is_none_or(|tenant| (1..=Dimensions::MAX_TENANT).contains(&tenant));
    require(tenant, || at("tenant_id"), "must be 1 or more, and below 2^53")?;
    let version = dimensions.version.is_none_or(|version| (1..=i32::MAX.cast_unsigned()).contains(&version));
    require(version, || at("version"), "must be 1 or more, and below 2^31")?;
    for (name, text) in dimensions.texts() {
        let printed = text.is_none_or(|text| {
            (1..=Dimensions::MAX_TEXT).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_graphic())
        });
        require(printed, || at(name), "must be 1 to 200 printable ASCII characters without a space")?;
    }
    Ok(())
}

fn require(holds: bool, pointer: impl FnOnce() -> String, reason: &'static str) -> Result<(), BatchError> {
    if holds { Ok(()) } else { Err(BatchError::Invalid { pointer: pointer(), reason }) }
}
