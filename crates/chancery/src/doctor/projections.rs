//! The projections: each with its shards, what is parked, and what the auditor found.

use chancery_journal::Journal;
use chancery_views::admin::{self, Projection, ProjectionState, Shard, ShardState};
use chancery_wire::Position;
use serde_json::json;

use super::{log::behind, report::Finding, words::seconds};

/// Every projection, and the log's head at that moment.
pub(super) struct Projections {
    all: Vec<Projection>,
    head: Position,
}

impl Projections {
    pub(super) async fn read(journal: &Journal) -> Result<Self, String> {
        let found = admin::projections(journal).await.map_err(|error| {
            let error = anyhow::Error::from(error);
            format!("{error:#}")
        })?;
        Ok(Self { all: found.value, head: found.position })
    }

    /// By name.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, Finding)> {
        self.all.iter().map(|projection| (projection.name.as_str(), one(projection, self.head)))
    }

    /// What is parked or was skipped, of all of them.
    pub(super) fn parked(&self) -> Finding {
        let sum = |of: fn(&Projection) -> u64| self.all.iter().map(of).sum::<u64>();
        let (parked, waiting, skipped) =
            (sum(|one| one.parked), sum(|one| one.waiting), sum(|one| one.skipped));
        let of: Vec<_> =
            self.all.iter().filter(|one| one.parked + one.skipped > 0).map(|one| one.name.as_str()).collect();
        let seen = format!("{parked} events parked, {waiting} wait behind them, {skipped} skipped");
        let finding = if parked > 0 {
            Finding::failure(
                format!("{seen}: {}", of.join(", ")),
                "who reads what is parked gets 503: `chancery projections dead-letters NAME`, then deploy what can read \
                 them and retry, or skip (docs/operating-projections.md)",
            )
        } else if skipped > 0 {
            Finding::warning(
                format!("{seen}: {}", of.join(", ")),
                "what was skipped is missing there until `chancery projections rebuild NAME`",
            )
        } else {
            Finding::ok("none")
        };
        finding.with(json!({ "parked": parked, "waiting": waiting, "skipped": skipped }))
    }
}

fn one(projection: &Projection, head: Position) -> Finding {
    let Projection { name, state, position, lag_events, lag_seconds, shards, .. } = projection;
    let audited = projection.audit.as_ref().and_then(|audit| audit.difference.as_ref());
    let audited = audited.map(|difference| format!("the auditor found: {difference}"));
    let difference = audited.or_else(|| projection.difference.clone());
    let finding = match (&difference, advice(name, *state)) {
        (Some(difference), _) => Finding::failure(
            format!("{}; {difference}", seen(projection, head)),
            format!(
                "a difference is a bug of ours: `chancery projections verify {name}`, keep its report, then rebuild"
            ),
        ),
        (None, None) => Finding::ok(seen(projection, head)),
        (None, Some((true, advice))) => Finding::failure(seen(projection, head), advice),
        (None, Some((false, advice))) => Finding::warning(seen(projection, head), advice),
    };
    let shard = |shard: &Shard| {
        let Shard { shard, state, position, lag_events, lag_seconds, .. } = shard;
        json!({ "shard": shard, "state": state, "position": position, "lag_events": lag_events, "lag_seconds": lag_seconds })
    };
    finding.with(json!({
        "state": state, "position": position, "lag_events": lag_events, "lag_seconds": lag_seconds,
        "shards": shards.iter().map(shard).collect::<Vec<_>>(), "difference": projection.difference,
    }))
}

/// Whether the state is a failure, and what to do; nothing where all is well here.
fn advice(name: &str, state: ProjectionState) -> Option<(bool, String)> {
    Some(match state {
        // What is parked or was skipped is told once, for all of them.
        ProjectionState::Live | ProjectionState::Degraded => return None,
        ProjectionState::Absent => {
            (true, "start a process with the role projections: it builds it".to_owned())
        }
        ProjectionState::Paused => {
            (false, format!("an operator paused it: `chancery projections resume {name}`"))
        }
        ProjectionState::Stopped => {
            (true, "nobody works on it: start a process with the role projections".to_owned())
        }
        ProjectionState::Failing => {
            (true, format!("mend what it fails at: `chancery projections show {name}`"))
        }
        ProjectionState::Lagging => (
            false,
            format!(
                "does it catch up? `chancery projections show {name}` has its rate; more processes share its shards"
            ),
        ),
    })
}

/// `live at 7, lag 0; 4 shards`, and each shard that is not as the others.
fn seen(projection: &Projection, head: Position) -> String {
    let Projection { state, position, lag_seconds, shards, last_error, .. } = projection;
    let now = format!("{} {}", state.as_str(), behind(Position::new(*position), head, *lag_seconds));
    let number = shards.len();
    let mut seen = vec![now, format!("{number} {}", if number == 1 { "shard" } else { "shards" })];
    let others = shards.iter().filter(|shard| !matches!(shard.state, ShardState::Live | ShardState::Paused));
    seen.extend(others.map(|Shard { shard, state, position, lag_events, lag_seconds, .. }| {
        let (state, late) = (state.as_str(), seconds(*lag_seconds));
        format!("shard {shard} {state} at {position}, lag {lag_events} for {late}")
    }));
    seen.extend(last_error.clone());
    seen.join("; ")
}
