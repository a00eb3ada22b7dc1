//! What the auditor found: a health problem for each difference, and a number to be woken by.

use std::{fmt, time::Duration};

use chancery_views::{Audit, Audits};
use jiff::Timestamp;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{Check, Dependency, figures::gauges};

/// An audit that is missed now and then is none that is old: many rows take their time.
const MISSED: u32 = 3;
const PATIENCE: Duration = Duration::from_mins(1);

/// Whether each projection and the stream are what the log says. A difference makes nothing unready: what is served is as
/// good as it was before anybody knew, and every process would go at once. It stays until the build is replaced.
///
/// What is looked at every `interval` and was not for long (NATS is away, or nobody audits) is `stale`: that it was equal is
/// all that is known.
pub fn audits(audits: watch::Receiver<Audits>, interval: Duration) -> Check {
    let fresh = interval * MISSED + PATIENCE;
    Check::new("audit", move || {
        let told = tell(&audits.borrow(), fresh, Timestamp::now());
        async move { told }
    })
}

fn tell(audits: &Audits, fresh: Duration, now: Timestamp) -> Dependency {
    let ok = audits.values().all(|audit| audit.differences.is_empty());
    let is_stale = |audit: &Audit| age(audit, now) > fresh;
    let state = match ok {
        false => "differs",
        true if audits.values().any(is_stale) => "stale",
        true => "equal",
    };
    let subjects: Map<String, Value> = audits
        .iter()
        .map(|(subject, audit)| {
            let found = json!({
                "position": audit.position,
                "audited_at": audit.audited_at,
                "stale": is_stale(audit),
                "differences": audit.differences,
            });
            (subject.clone(), found)
        })
        .collect();
    Dependency { ok, required: false, detail: json!({ "state": state, "subjects": subjects }) }
}

/// How long ago it was; a clock that is behind the database's says: just now.
fn age(audit: &Audit, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(audit.audited_at)).unwrap_or_default()
}

/// How many differences were found, how far was looked, and how long ago.
#[derive(Debug)]
pub struct Differences(pub watch::Receiver<Audits>);

impl Collector for Differences {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let (audits, now) = (self.0.borrow().clone(), Timestamp::now());
        let mut tell = |name, help, figure: &dyn Fn(&Audit) -> u64| {
            let figures = audits.iter().map(|(subject, audit)| (&**subject, figure(audit)));
            gauges(&mut encoder, name, help, "projection", figures)
        };
        tell(
            "projection_audit_differences",
            "Differences between a projection, or the stream, and the log; they stay until its build is replaced",
            &|audit| audit.differences.len() as u64,
        )?;
        tell(
            "projection_audit_position",
            "The position up to which the auditor has compared a projection, or the stream, with the log",
            &|audit| audit.position.get(),
        )?;
        tell(
            "projection_audit_age_seconds",
            "How long ago the auditor last compared a projection, or the stream, with the log",
            &|audit| age(audit, now).as_secs(),
        )
    }
}

#[cfg(test)]
mod tests {
    use chancery_wire::Position;

    use super::*;

    const FRESH: Duration = Duration::from_mins(4);

    /// What is told of subjects that were looked at so many seconds ago, and of their differences.
    fn told(subjects: &[(&str, i64, &[&str])]) -> Dependency {
        let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24);
        let audits = subjects.iter().map(|(subject, seconds, differences)| {
            let audit = Audit {
                position: Position::new(7),
                audited_at: now - jiff::SignedDuration::from_secs(*seconds),
                differences: differences.iter().map(|&difference| difference.into()).collect(),
            };
            ((*subject).to_owned(), audit)
        });
        tell(&audits.collect(), FRESH, now)
    }

    #[test]
    fn what_was_not_looked_at_for_long_is_stale_and_not_equal() {
        let fresh = told(&[("apps", 61, &[]), ("stream", 0, &[])]);
        assert_eq!((fresh.ok, &fresh.detail["state"]), (true, &json!("equal")));
        let old = told(&[("apps", -3, &[]), ("stream", 241, &[])]);
        assert_eq!((old.ok, &old.detail["state"]), (true, &json!("stale")));
        assert_eq!(old.detail["subjects"]["stream"]["stale"], true);
        assert_eq!(old.detail["subjects"]["apps"]["stale"], false);
        let different = told(&[("apps", 241, &[]), ("stream", 241, &["there is no stream"])]);
        assert_eq!((different.ok, &different.detail["state"]), (false, &json!("differs")));
    }
}
