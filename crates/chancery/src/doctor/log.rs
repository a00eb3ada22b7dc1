//! The log itself: its head, its ids, and what filters go by.

use chancery_journal::Journal;
use chancery_relay::StatusReport;
use chancery_wire::Position;
use serde_json::json;

use super::{
    report::Finding,
    words::{LATE, seconds},
};

/// Whether the log ends where its head says.
pub(super) async fn head(journal: &Journal) -> anyhow::Result<Finding> {
    let sql =
        "SELECT h.position, h.log_id::text, (SELECT max(e.position) FROM public.events e) FROM public.head h";
    let row = journal.client().await?.query_one(sql, &[]).await?;
    let (head, last) = (row.get::<_, i64>(0), row.get::<_, Option<i64>>(2).unwrap_or(0));
    let finding = if head == last {
        Finding::ok(format!("{head}"))
    } else {
        Finding::failure(
            format!("the head says {head}, and the last event is at {last}"),
            "somebody changed the log past its grants and triggers: stop the servers and run `chancery log verify`",
        )
    };
    Ok(finding.with(json!({ "head": head, "last_event": last, "log_id": row.get::<_, String>(1) })))
}

/// Whether the stream is of this log. Views keep no id: their auditor compares the ids of their events.
pub(super) fn ids(found: &StatusReport) -> Finding {
    let StatusReport { log_id, stream_log_id, stream, .. } = found;
    let finding = match stream_log_id {
        Some(id) if id == log_id => Finding::ok(format!("{log_id}, in the log and in the stream")),
        None if found.last_sequence.is_none() => Finding::ok(format!("{log_id}; there is no stream yet")),
        told => {
            let told =
                told.map_or_else(|| "of no log of Chancery".to_owned(), |told| format!("of log {told}"));
            Finding::failure(
                format!("the log is {log_id}, and the stream {stream} {told}"),
                found.advice.clone().unwrap_or_default(),
            )
        }
    };
    finding.with(json!({ "log": log_id, "stream": stream_log_id }))
}

/// Whether the keys that filters go by are kept up.
pub(super) async fn event_keys(journal: &Journal) -> anyhow::Result<Finding> {
    let sql = "SELECT c.position, h.position FROM public.event_keys_checkpoint c, public.head h";
    let row = journal.client().await?.query_one(sql, &[]).await?;
    let [position, head] = [0, 1].map(|column| Position::from_i64(row.get(column)));
    let late = waits(journal, position).await?;
    let seen = behind(position, head, late);
    let finding = if position > head {
        Finding::failure(
            format!("at {position}, past the log's head"),
            "the log was restored to an earlier point and they were not: SELECT forget_event_keys(), as chancery_views",
        )
    } else if late > LATE {
        Finding::warning(
            seen,
            "filters are slow, and right: is a process with the role projections running? Its `/readyz` says why not",
        )
    } else {
        Finding::ok(seen)
    };
    Ok(finding.with(json!({ "position": position, "lag_events": head.since(position), "lag_seconds": late })))
}

/// For how many seconds the first event after `position` has been in the log; 0 where there is none.
pub(super) async fn waits(journal: &Journal, position: Position) -> anyhow::Result<f64> {
    let sql = "SELECT greatest(extract(epoch FROM clock_timestamp() - recorded_at), 0)::float8 FROM public.events WHERE position = $1";
    let row = journal.client().await?.query_opt(sql, &[&position.next().as_i64()]).await?;
    Ok(row.map_or(0.0, |row| (row.get::<_, f64>(0) * 1000.0).round() / 1000.0))
}

/// `at 7, lag 0`, or `at 7, lag 3 for 0.4 s`
pub(super) fn behind(position: Position, head: Position, late: f64) -> String {
    match head.since(position) {
        0 => format!("at {position}, lag 0"),
        lag => format!("at {position}, lag {lag} for {}", seconds(late)),
    }
}
