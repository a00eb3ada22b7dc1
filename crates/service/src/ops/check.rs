//! The checks of what this crate itself needs.

use chancery_journal::Journal;
use chancery_views::{State, Statuses};
use serde_json::{Value, json};

use super::{Check, Dependency};

/// Whether the log can be read, and where its head is.
pub fn log(journal: Journal) -> Check {
    Check::new("log", move || {
        let journal = journal.clone();
        async move {
            let (ok, detail) = match journal.head().await {
                Ok(head) => (
                    true,
                    json!({ "log_id": head.log_id, "position": head.position, "recorded_at": head.recorded_at }),
                ),
                Err(error) => (false, json!({ "error": error.to_string() })),
            };
            Dependency { ok, required: true, detail }
        }
    })
}

/// How far the views of this process are, one check for each.
pub fn views(journal: &Journal, statuses: &Statuses) -> Vec<Check> {
    let names: Vec<&'static str> = statuses.all().into_keys().collect();
    let one = |name: &'static str| {
        let (journal, statuses) = (journal.clone(), statuses.clone());
        Check::new(format!("view {name}"), move || {
            let dependency = view(&journal, &statuses, name);
            async move { dependency }
        })
    };
    names.into_iter().map(one).collect()
}

fn view(journal: &Journal, statuses: &Statuses, name: &str) -> Dependency {
    let Some(status) = statuses.all().remove(name) else {
        return Dependency { ok: false, required: true, detail: Value::Null };
    };
    let lag = journal.follow().head().since(status.position);
    Dependency {
        // Also where others apply it, or an operator paused it: nothing is wrong here.
        ok: matches!(status.state, State::Live | State::Elsewhere | State::Paused),
        required: true,
        detail: json!({
            "state": status.state,
            "position": status.position,
            "lag_events": lag,
            "last_error": status.last_error,
        }),
    }
}
