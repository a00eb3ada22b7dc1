//! NATS: is it there and new enough, and do those get in who are named?

use std::time::Duration;

use async_nats::{
    Client,
    jetstream::{self, Context},
};
use chancery_relay::{LEAST_PAYLOAD, OLDEST_SERVER};
use futures_util::future::join4;
use serde_json::json;
use tokio::time::timeout;

use super::{
    report::Finding,
    words::{bytes, percent},
};
use crate::nats;

/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// What of the store may be used, in percent, before somebody should look, and before it is as good as full.
const MUCH: u64 = 80;
const FULL: u64 = 95;

/// The users that were named, each by its URLs.
#[derive(Debug)]
pub(super) struct Users<'a> {
    pub(super) relay: Option<&'a str>,
    pub(super) reader: Option<&'a str>,
    pub(super) meter: Option<&'a str>,
    pub(super) usage: Option<&'a str>,
}

/// A connection as one of them.
#[derive(Debug, Clone)]
pub(super) struct Nats {
    pub(super) client: Client,
    pub(super) jetstream: Context,
}

/// Who got in.
#[derive(Debug)]
pub(super) struct Entered {
    /// Whoever may do the least that is enough to look.
    pub(super) reader: Result<Nats, String>,
    /// Whoever may ask how usage is consumed.
    pub(super) usage: Result<Nats, String>,
    pub(super) users: Finding,
}

type Entry = Option<Result<Nats, String>>;

impl Users<'_> {
    pub(super) fn are_named(&self) -> bool {
        [self.relay, self.reader, self.meter].iter().any(Option::is_some)
    }

    pub(super) fn may_ask_about_usage(&self) -> bool {
        self.usage.is_some() || self.relay.is_some()
    }

    /// Tries all that were named.
    pub(super) async fn enter(&self) -> Entered {
        let (relay, reader, meter, usage) =
            join4(enter(self.relay), enter(self.reader), enter(self.meter), enter_privately(self.usage))
                .await;
        let users = told(&[
            ("NATS_URL", &relay),
            ("CHANCERY_NATS_READER_URL", &reader),
            ("CHANCERY_NATS_METER_URL", &meter),
            ("CHANCERY_NATS_USAGE_URL", &usage),
        ]);
        let usage = first([usage, relay.clone()], "neither CHANCERY_NATS_USAGE_URL nor NATS_URL was named");
        Entered { reader: first([reader, relay, meter], "no NATS was named"), usage, users }
    }
}

async fn enter(urls: Option<&str>) -> Entry {
    // Boxed, for they are large.
    Some(entered(Box::pin(nats::connect_now(urls?))).await)
}

async fn enter_privately(urls: Option<&str>) -> Entry {
    Some(entered(Box::pin(nats::connect_now_privately(urls?))).await)
}

async fn entered(connect: impl Future<Output = anyhow::Result<Client>>) -> Result<Nats, String> {
    match timeout(PATIENCE, connect).await {
        Ok(Ok(client)) => Ok(Nats { jetstream: jetstream::new(client.clone()), client }),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err(format!("connecting to NATS took longer than {} s", PATIENCE.as_secs())),
    }
}

/// The first that got in; else why the first that was named did not.
fn first<const N: usize>(entries: [Entry; N], none: &str) -> Result<Nats, String> {
    let mut why = None;
    for entry in entries.into_iter().flatten() {
        match entry {
            Ok(nats) => return Ok(nats),
            Err(error) => why = why.or(Some(error)),
        }
    }
    Err(why.unwrap_or_else(|| none.to_owned()))
}

fn told(entries: &[(&str, &Entry)]) -> Finding {
    let of = |wanted: fn(&Entry) -> bool| {
        let names = entries.iter().filter(move |(_, entry)| wanted(entry)).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ")
    };
    let (entered, absent) = (of(|entry| matches!(entry, Some(Ok(_)))), of(Option::is_none));
    let refused: Vec<_> = entries
        .iter()
        .filter_map(|(name, entry)| match entry {
            Some(Err(why)) => Some(format!("{name}: {why}")),
            _ => None,
        })
        .collect();
    let absent = if absent.is_empty() { String::new() } else { format!("; not named: {absent}") };
    if entered.is_empty() {
        // Told of the server.
        return Finding::left_out(if refused.is_empty() { "no NATS was named" } else { "NATS is away" });
    }
    if refused.is_empty() {
        return Finding::ok(format!("{entered} got in{absent}"));
    }
    Finding::failure(
        format!("{}; {entered} got in{absent}", refused.join("; ")),
        "correct the user or the password there, or in NATS's configuration (docker/nats.conf has the users)",
    )
}

/// Whether it is there, new enough, and takes messages that are large enough.
pub(super) fn server(found: Result<&Nats, &String>, named: bool) -> Finding {
    match found {
        Err(why) if named => Finding::failure(
            why,
            "start NATS, or correct the URL; commands and reads go on without it, and consumers learn nothing",
        ),
        Err(why) => Finding::unknown(
            format!("left out: {why}"),
            "name it with CHANCERY_NATS_READER_URL or NATS_URL; everything about the stream was left out",
        ),
        Ok(nats) => {
            let info = nats.client.server_info();
            let (major, minor, patch) = OLDEST_SERVER;
            fit(&info.version, nats.client.is_server_compatible(major, minor, patch), info.max_payload)
                .with(json!({ "version": info.version, "max_payload": info.max_payload }))
        }
    }
}

fn fit(version: &str, is_new_enough: bool, max_payload: usize) -> Finding {
    let seen = format!("nats-server {version}, messages of at most {}", bytes(max_payload as u64));
    if !is_new_enough {
        Finding::failure(seen, "upgrade it to 2.14 or newer: the relay publishes to none that is older")
    } else if max_payload < LEAST_PAYLOAD {
        Finding::failure(
            seen,
            "set max_payload to 512KB or more: the relay publishes to none that takes less",
        )
    } else {
        Finding::ok(seen)
    }
}

/// Whether JetStream has room.
pub(super) async fn store(nats: &Nats) -> anyhow::Result<Finding> {
    let account = nats.jetstream.query_account().await?;
    let most = account.limits.max_storage.map(i64::cast_unsigned);
    let detail = json!({
        "used": account.storage, "reserved": account.reserved_storage, "most": most,
        "streams": account.streams, "consumers": account.consumers,
    });
    let used = account.storage.max(account.reserved_storage);
    let finding = match most {
        None => Finding::ok(format!(
            "{} used in {} streams; the account has no limit, the server's is its max_file_store",
            bytes(account.storage),
            account.streams
        )),
        Some(most) => filled(used, most, "the account"),
    };
    Ok(finding.with(detail))
}

/// How full it is that may hold so much.
pub(super) fn filled(used: u64, most: u64, of: &str) -> Finding {
    let share = percent(used, most);
    let seen = format!("{} of {} used or promised by {of} ({share} %)", bytes(used), bytes(most));
    let advice =
        "give JetStream more room: when it is full the relay cannot publish; the stream holds the whole log";
    if share >= FULL {
        Finding::failure(seen, advice)
    } else if share >= MUCH {
        Finding::warning(seen, advice)
    } else {
        Finding::ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::report::Verdict, *};

    #[test]
    fn a_server_that_is_too_old_or_takes_too_little_is_a_failure() {
        let verdict = |new, payload| fit("2.15.1", new, payload).verdict;
        assert_eq!(
            [(true, 1 << 20), (false, 1 << 20), (true, 1 << 18)].map(|(new, payload)| verdict(new, payload)),
            [Verdict::Ok, Verdict::Failure, Verdict::Failure]
        );
    }

    #[test]
    fn a_store_is_told_before_it_is_full() {
        assert_eq!(
            [10, 80, 95].map(|used| filled(used, 100, "it").verdict),
            [Verdict::Ok, Verdict::Warning, Verdict::Failure]
        );
    }
}
