//! What running processes say of themselves: their gates and relays are in their memory, and known nowhere else.

use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{http, report::Finding};

/// `/readyz`
#[derive(Deserialize)]
struct Readiness {
    ready: bool,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    ok: bool,
    required: bool,
    detail: Value,
}

/// The process's name here: where its operations port is, without what may be secret in a URL.
pub(super) fn named(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Where none is named.
pub(super) fn left_out() -> Finding {
    Finding::unknown(
        "left out: no process was named",
        "name operations ports with --ops-url or CHANCERY_OPS_URL: what gates, relays and meters know is in their memory",
    )
}

/// Asks the process whether it is well. `log_id` is the log's.
pub(super) async fn ask(client: &Client, url: &Url, log_id: Option<Uuid>) -> Finding {
    match http::get(client, url, "readyz").await {
        Err(why) => Finding::failure(why, "is the process there? Its log says how it ended"),
        Ok(text) => match serde_json::from_str(&text) {
            Ok(told) => judged(&told, log_id),
            Err(_) => Finding::failure(
                "what answers there is no process of Chancery",
                "name a process's operations port, by default 9080",
            ),
        },
    }
}

fn judged(told: &Readiness, log_id: Option<Uuid>) -> Finding {
    let not_ok: Vec<_> = told.dependencies.iter().filter(|one| !one.ok).collect();
    let gate = told.dependencies.iter().find(|one| one.name == "gate");
    let gate = gate.and_then(|gate| gate.detail["position"].as_u64());
    let log = told.dependencies.iter().find(|one| one.name == "log");
    let log = log.and_then(|log| log.detail["log_id"].as_str()).and_then(|id| id.parse::<Uuid>().ok());
    let names: Vec<_> = not_ok.iter().map(|one| one.name.as_str()).collect();
    let mut seen = vec![if told.ready { "ready".to_owned() } else { "not ready".to_owned() }];
    seen.extend(gate.map(|position| format!("its gate at {position}")));
    seen.extend(not_ok.iter().map(|one| {
        let message = one.detail["message"].as_str().or(one.detail["error"].as_str());
        format!("{}: {}", one.name, message.unwrap_or("not well"))
    }));
    let seen = seen.join("; ");
    let finding = if log_id.zip(log).is_some_and(|(ours, its)| ours != its) {
        Finding::failure(
            format!("{seen}; it serves another log"),
            "restart it: it has read the log's id before the log was restored, or has another database",
        )
    } else if not_ok.iter().any(|one| one.required) {
        Finding::failure(seen, "see above, and its log, for what it lacks")
    } else if !not_ok.is_empty() {
        Finding::warning(seen, "it serves; see above, and its log, for what it lacks")
    } else {
        Finding::ok(seen)
    };
    finding.with(json!({ "ready": told.ready, "gate_position": gate, "not_ok": names }))
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    fn verdict(dependencies: &Value, log_id: Option<Uuid>) -> Verdict {
        let told = json!({ "ready": true, "dependencies": dependencies });
        judged(&serde_json::from_value(told).unwrap(), log_id).verdict
    }

    #[test]
    fn what_a_process_lacks_is_as_bad_as_it_says_itself() {
        let gate = |ok, required| json!([{ "name": "gate", "ok": ok, "required": required, "detail": { "position": 7 } }]);
        assert_eq!(verdict(&gate(true, true), None), Verdict::Ok);
        assert_eq!(verdict(&gate(false, false), None), Verdict::Warning);
        assert_eq!(verdict(&gate(false, true), None), Verdict::Failure);
    }

    #[test]
    fn a_process_that_serves_another_log_is_a_failure() {
        let (ours, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let log =
            |id: Uuid| json!([{ "name": "log", "ok": true, "required": true, "detail": { "log_id": id } }]);
        assert_eq!(verdict(&log(ours), Some(ours)), Verdict::Ok);
        assert_eq!(verdict(&log(other), Some(ours)), Verdict::Failure);
    }

    #[test]
    fn a_process_is_named_without_secrets() {
        assert_eq!(named(&"http://user:secret@host:9080/x".parse().unwrap()), "host:9080");
    }
}
