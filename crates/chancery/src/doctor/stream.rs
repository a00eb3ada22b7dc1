//! The stream beside the log, and usage on its way to where it is added up.

use async_nats::datetime::DateTime;
use chancery_journal::Journal;
use chancery_relay::StatusReport;
use chancery_wire::{Position, Topology};
use jiff::Timestamp;
use serde_json::json;

use super::{
    log::{behind, waits},
    nats::Nats,
    report::Finding,
    words::{LATE, bytes, seconds},
};

/// How long usage may wait without any being taken.
const USAGE_LATE: f64 = 60.0;
/// How long a batch waits at most, in seconds, where somebody takes them; and how many do at once.
const USAGE_TAKEN: f64 = 5.0;
const MANY: u64 = 100;

/// How the stream is, beside the log.
pub(super) async fn status(nats: &Nats, journal: &Journal, replicas: usize) -> Result<StatusReport, String> {
    let report = chancery_relay::status(&nats.client, journal, &Topology::default(), replicas).await;
    report.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
}

/// Whether the relay keeps the stream up with the log.
pub(super) async fn position(found: &StatusReport, journal: &Journal) -> anyhow::Result<Finding> {
    let last = Position::new(found.last_sequence.unwrap_or_default());
    let late = waits(journal, last).await?;
    let seen = match (found.first_sequence, found.last_sequence) {
        (Some(first), Some(_)) => format!("{}; begins at {first}", behind(last, found.head, late)),
        _ => "there is no stream".to_owned(),
    };
    let advice = || found.advice.clone().unwrap_or_default();
    let finding = match found.verdict {
        // Told by other checks: what is left to say here is how far it is.
        "in_step" | "stream_config_differs" | "nats_too_old" | "max_payload_too_small" => {
            keeps_up(seen, late)
        }
        "stream_of_other_log" => Finding::left_out("positions of another log say nothing about this one"),
        "stream_missing" => {
            Finding::failure(seen, format!("start a process with the role relay. {}", advice()))
        }
        _ => Finding::failure(seen, advice()),
    };
    Ok(finding.with(json!({
        "first_sequence": found.first_sequence, "last_sequence": found.last_sequence, "messages": found.messages,
        "bytes": found.bytes, "lag_events": found.lag, "lag_seconds": late, "verdict": found.verdict,
    })))
}

fn keeps_up(seen: String, late: f64) -> Finding {
    if late > LATE {
        let advice = "consumers learn late, and commands do not notice: is a process with the role relay running? Its \
                      `/readyz` says what keeps it";
        Finding::warning(seen, advice)
    } else {
        Finding::ok(seen)
    }
}

/// Whether the stream keeps every event, as often as it should.
pub(super) fn configuration(found: &StatusReport) -> Finding {
    let detail = json!({ "replicas": found.replicas, "differences": found.differences });
    let finding = match found.replicas {
        None => Finding::left_out("there is no stream"),
        Some(_) if !found.differences.is_empty() => Finding::failure(
            found.differences.join("; "),
            "correct it (docs/stream.json has all of it), or let `chancery relay reset` make the stream anew",
        ),
        Some(1) => Finding::ok("keeps everything, one copy"),
        Some(copies) => Finding::ok(format!("keeps everything, {copies} copies")),
    };
    finding.with(detail)
}

/// Whether usage is added up.
pub(super) async fn usage(nats: &Nats) -> anyhow::Result<Finding> {
    let name = Topology::default().usage_stream();
    let Some(stream) = crate::nats::stream(&nats.jetstream, &name).await? else {
        let seen = "there is no stream of usage: no process with the role usage ever ran on this NATS";
        return Ok(Finding::ok(seen));
    };
    let state = &stream.cached_info().state;
    let detail = json!({ "messages": state.messages, "bytes": state.bytes });
    let Ok(store) = stream.consumer_info("store").await else {
        return Ok(Finding::unknown(
            format!("{} batches in the stream, {}", state.messages, bytes(state.bytes)),
            "how many wait may be asked as the user that consumes usage: name it with CHANCERY_NATS_USAGE_URL; where \
             nobody consumes it, start a process with the role usage",
        )
        .with(detail));
    };
    let waiting = store.num_pending + store.num_ack_pending as u64;
    let idle = ago(store.ack_floor.last_active.unwrap_or(store.created));
    // After a quiet hour one that has just come waits too: what tells is that it is not taken, or that many are.
    let stuck =
        waiting > 0 && idle > USAGE_LATE && (ago(state.last_timestamp) > USAGE_TAKEN || waiting > MANY);
    let seen = format!("{waiting} batches wait");
    let finding = if stuck {
        Finding::warning(
            format!("{seen}, and none was added up for {}", seconds(idle)),
            "is a process with the role usage running? Its `/readyz` says what keeps it; after 7 days what waits is lost",
        )
    } else {
        Finding::ok(seen)
    };
    Ok(finding.with(json!({ "waiting": waiting, "messages": state.messages, "bytes": state.bytes })))
}

/// Seconds since then, by our clock.
fn ago(time: DateTime) -> f64 {
    let time = Timestamp::from_nanosecond(time.unix_timestamp_nanos());
    time.map_or(0.0, |time| Timestamp::now().duration_since(time).as_secs_f64())
}
