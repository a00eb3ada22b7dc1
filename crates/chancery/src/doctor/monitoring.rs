//! What a NATS server tells at its monitoring port and to no client: how often it flushes, and how much it may store.

use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::{Value, json};

use super::{http, nats::filled, report::Finding, words::seconds};

/// The server's own default, of which nothing is lost but what the relay publishes again, and usage of as long.
const DEFAULT_INTERVAL: Duration = Duration::from_mins(2);

/// What each server that was named says of JetStream.
pub(super) struct Monitoring(Vec<Value>);

impl Monitoring {
    pub(super) async fn ask(client: &Client, urls: &[Url]) -> Result<Self, String> {
        if urls.is_empty() {
            return Err("no monitoring port of NATS was named".to_owned());
        }
        let mut told = Vec::new();
        for url in urls {
            let text = http::get(client, url, "varz").await?;
            let varz: Value =
                serde_json::from_str(&text).map_err(|_| "it is no monitoring port of NATS".to_owned())?;
            told.push(varz["jetstream"].clone());
        }
        Ok(Self(told))
    }

    /// How much a crash of a server's machine takes of what it acknowledged.
    pub(super) fn sync_interval(&self) -> Finding {
        let flushed = self.0.iter().map(|jetstream| flushed(&jetstream["config"]));
        Finding::all(&flushed.collect::<Vec<_>>())
    }

    /// Whether the servers have room.
    pub(super) fn store(&self) -> Finding {
        let room = |jetstream: &Value| {
            let (config, stats) = (&jetstream["config"], &jetstream["stats"]);
            let used = stats["storage"].as_u64().max(stats["reserved_storage"].as_u64());
            match (config["max_storage"].as_u64(), used) {
                (Some(most), Some(used)) => filled(used, most, "the server"),
                _ => Finding::unknown(
                    "the server does not tell",
                    "look at max_file_store in its configuration",
                ),
            }
        };
        Finding::all(&self.0.iter().map(room).collect::<Vec<_>>())
    }
}

fn flushed(config: &Value) -> Finding {
    let always = config["sync_always"].as_bool().unwrap_or(false);
    let interval = config["sync_interval"].as_u64().map(Duration::from_nanos);
    let finding = match interval {
        _ if always => Finding::ok("each message is flushed"),
        None => unknown("the server does not tell"),
        Some(interval) => {
            let seen = format!("every {}", seconds(interval.as_secs_f64()));
            if interval > DEFAULT_INTERVAL {
                Finding::warning(
                    seen,
                    "a crash of the machine takes that much: the relay publishes events again, usage that was told \
                     meanwhile is lost. Set jetstream { sync_interval } to 2m or less, or keep three copies",
                )
            } else {
                Finding::ok(seen)
            }
        }
    };
    finding.with(json!({ "sync_always": always, "seconds": interval.map(|interval| interval.as_secs()) }))
}

/// Where no monitoring port is named.
pub(super) fn unknown(why: &str) -> Finding {
    Finding::unknown(
        why,
        "no client can know it: name the servers' monitoring ports with CHANCERY_NATS_MONITORING_URL, or look at \
         jetstream { sync_interval } in their configuration, by default 2m",
    )
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn seldom_flushes_are_a_warning() {
        let minutes = |minutes: u64| json!({ "sync_interval": minutes * 60_000_000_000_u64 });
        assert_eq!(flushed(&minutes(2)).verdict, Verdict::Ok);
        assert_eq!(flushed(&minutes(10)).verdict, Verdict::Warning);
        assert_eq!(flushed(&json!({})).verdict, Verdict::Unknown);
        assert_eq!(flushed(&json!({ "sync_always": true })).verdict, Verdict::Ok);
    }
}
