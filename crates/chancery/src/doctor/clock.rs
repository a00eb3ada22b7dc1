//! Clocks: of this machine, of the databases, and of what the log recorded last.

use anyhow::Context as _;
use chancery_journal::Journal;
use chancery_wire::Topology;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{nats::Nats, postgres::Database, report::Finding, words::seconds};

/// Seconds between two clocks after which somebody should look, and after which tokens of one are refused by the other.
const ODD: f64 = 1.0;
const WRONG: f64 = 30.0;
/// Questions, of which the one that was answered fastest counts.
const TRIES: usize = 3;

/// How far another clock is before ours, at least, in seconds: what the way took is given to it.
struct Skew {
    seconds: f64,
    uncertain: f64,
}

pub(super) async fn of_postgres(database: &Database) -> anyhow::Result<Finding> {
    let ask = async || -> anyhow::Result<Timestamp> {
        Ok(database.client.query_one("SELECT clock_timestamp()", &[]).await?.get(0))
    };
    Ok(judged(&measure(ask).await?, "the database's"))
}

/// JetStream says the time when it tells about a stream.
pub(super) async fn of_nats(nats: &Nats) -> anyhow::Result<Finding> {
    let subject = format!("STREAM.INFO.{}", Topology::default().stream);
    let ask = async || -> anyhow::Result<Timestamp> {
        let told: Value = nats.jetstream.request(subject.clone(), &()).await?;
        told["ts"]
            .as_str()
            .context("without a stream NATS does not tell its time")?
            .parse()
            .context("no time")
    };
    Ok(judged(&measure(ask).await?, "NATS's"))
}

/// The log's times never go back; where the database's clock once was ahead, they stand still until it is there again.
pub(super) async fn of_log(journal: &Journal) -> anyhow::Result<Finding> {
    let sql = "SELECT extract(epoch FROM recorded_at - clock_timestamp())::float8, recorded_at::text FROM public.head";
    let row = journal.client().await?.query_one(sql, &[]).await?;
    let (ahead, last): (f64, String) = (row.get(0), row.get(1));
    let finding = if ahead > ODD {
        Finding::warning(
            format!("the last event was recorded {} from now", seconds(ahead)),
            "the database's clock was set back: until it is there again, every event gets that time. See its time service",
        )
    } else {
        Finding::ok("not ahead of the database's clock")
    };
    Ok(finding.with(json!({ "recorded_at": last, "ahead_seconds": ahead.max(0.0) })))
}

async fn measure(mut ask: impl AsyncFnMut() -> anyhow::Result<Timestamp>) -> anyhow::Result<Skew> {
    let mut best: Option<Skew> = None;
    for _ in 0..TRIES {
        let before = Timestamp::now();
        let told = ask().await?;
        let way = Timestamp::now().duration_since(before);
        let middle = before + way / 2;
        let skew =
            Skew { seconds: told.duration_since(middle).as_secs_f64(), uncertain: way.as_secs_f64() / 2.0 };
        if best.as_ref().is_none_or(|best| skew.uncertain < best.uncertain) {
            best = Some(skew);
        }
    }
    best.context("nobody was asked")
}

fn judged(skew: &Skew, whose: &str) -> Finding {
    let certain = (skew.seconds.abs() - skew.uncertain).max(0.0);
    let way = if skew.seconds < 0.0 { "behind" } else { "before" };
    let seen = format!("{whose} clock is {} {way} this machine's", seconds(skew.seconds.abs()));
    let detail = json!({ "seconds": rounded(skew.seconds), "uncertain_seconds": rounded(skew.uncertain) });
    let advice = "let a time service run on both machines: times in the log are the database's, access tokens live by \
                  the clocks of the processes";
    let finding = if certain > WRONG {
        Finding::failure(seen, advice)
    } else if certain > ODD {
        Finding::warning(seen, advice)
    } else {
        Finding::ok(format!("within {} of this machine's", seconds((certain + skew.uncertain).max(0.1))))
    };
    finding.with(detail)
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::report::Verdict, *};

    #[test]
    fn a_slow_answer_is_no_wrong_clock() {
        let verdict = |seconds, uncertain| judged(&Skew { seconds, uncertain }, "its").verdict;
        assert_eq!(verdict(0.5, 0.1), Verdict::Ok);
        assert_eq!(verdict(-3.0, 2.5), Verdict::Ok);
        assert_eq!(verdict(-3.0, 0.1), Verdict::Warning);
        assert_eq!(verdict(60.0, 0.1), Verdict::Failure);
    }

    #[test]
    fn a_clock_is_known_as_well_as_the_way_to_it_is_short() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ahead = async || Ok(Timestamp::now() + Duration::from_secs(5));
        let skew = runtime.block_on(measure(ahead)).unwrap();
        assert!((skew.seconds - 5.0).abs() <= skew.uncertain + 1e-6, "{} {}", skew.seconds, skew.uncertain);
    }
}
