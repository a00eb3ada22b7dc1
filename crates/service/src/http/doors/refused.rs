//! A refusal as a problem document: what is missing, who must act and where.

use chancery_gate::{Denial, Held};
use serde_json::Value;

use super::super::problem::Problem;
use crate::doors::DoorAnswer;

/// The problem of a refused call. Whoever did not show a token of ours learns the code and nothing more.
pub(super) fn problem(decision: &DoorAnswer<'_>) -> Problem {
    let Err(denial) = &decision.outcome else { unreachable!("an allowed call has no problem") };
    let problem = Problem::denied(denial, decision.advice())
        .with("decision_id", decision.decision_id.to_string())
        .with("allow", false)
        .with("gate_position", decision.gate_position.get());
    let Some(vouched) = decision.vouched() else { return problem };
    let scopes: Vec<Value> = decision.scopes().split_ascii_whitespace().map(Value::from).collect();
    let problem = problem
        .with("app_id", vouched.app_id.to_string())
        .with("tenant_id", decision.tenant_called())
        .with("client_id", vouched.client_id.to_string())
        .with("scopes", scopes)
        .with("operation", vouched.operation);
    let remedy = decision.remedy();
    let problem = problem.with("who", remedy.as_ref().map(|remedy| remedy.who));
    let problem = problem.with("where", remedy.and_then(|remedy| remedy.place));
    match denial {
        Denial::ScopeMissing(held) => with_versions(problem, held),
        _ => problem,
    }
}

fn with_versions(problem: Problem, held: &Held) -> Problem {
    problem
        .with("scope", &*held.scope)
        .with("granted_version", held.granted_version)
        .with("latest_version", held.latest_version)
        .with("held_from_version", held.held_from_version)
}
