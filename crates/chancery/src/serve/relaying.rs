//! What the operations port tells of the relay.

use std::{fmt, sync::Arc};

use chancery_relay::{Stats, Status};
use chancery_service::ops::{Check, Dependency, counter, gauge};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use serde_json::json;
use tokio::sync::watch;

/// Commands need no NATS, so where the API is served too a relay that is not well is told about and makes nothing
/// unready. `alone`, a relay that refuses its stream is not ready: only an operator can mend that.
pub(super) fn check(status: watch::Receiver<Status>, alone: bool) -> Check {
    Check::new("relay", move || {
        let status = status.borrow().clone();
        async move {
            Dependency {
                ok: status.is_ready(),
                required: alone && matches!(status, Status::Refused(_)),
                detail: json!({ "state": status.code(), "message": status.to_string() }),
            }
        }
    })
}

/// The relay's counters.
#[derive(Debug)]
pub(super) struct Published(pub(super) Arc<Stats>);

impl Collector for Published {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Events whose publication was acknowledged";
        counter(&mut encoder, "relay_events_published", help, self.0.published())?;
        let help = "The last event that is known to be in the stream";
        gauge(&mut encoder, "relay_position", help, self.0.position().get())?;
        let help = "How often the stream was not where the relay expected it";
        counter(&mut encoder, "relay_conflicts", help, self.0.conflicts())
    }
}
