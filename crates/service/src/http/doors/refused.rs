//! A refusal as a problem document: what is missing, who must act and where.

use chancery_gate::{Denial, Held};
use serde_json::Value;

use super::super::problem::Problem;
use crate::doors::{DoorAnswer, Vouched};

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
    let remedy = Remedy::of(denial, decision, &vouched);
    let problem = problem.with("who", remedy.who).with("where", remedy.place);
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

/// Who must act, as a role, and which request of ours does it, where one does.
struct Remedy {
    who: &'static str,
    place: Option<String>,
}

impl Remedy {
    fn of(denial: &Denial, decision: &DoorAnswer<'_>, vouched: &Vouched<'_>) -> Self {
        let app = vouched.app_id;
        let (tenant, environment) = (decision.tenant_called(), decision.environment());
        let connections = tenant
            .zip(environment)
            .map(|(tenant, environment)| format!("POST /v1/tenants/{tenant}/{environment}/connections"));
        let connection = |what: &str| connections.as_ref().map(|path| format!("{path}/{app}/{what}"));
        let (who, place) = match denial {
            Denial::TokenExpired | Denial::TokenCutOff => {
                ("developer", Some("POST /connect/token".to_owned()))
            }
            Denial::NotConnected => ("tenant_admin", connections),
            Denial::Disabled => ("tenant_admin", connection("restore")),
            Denial::ScopeMissing(held) if held.granted => {
                ("developer", Some("POST /connect/token".to_owned()))
            }
            Denial::ScopeMissing(held) if held.held_from_version.is_some() => {
                ("tenant_admin", connection("upgrade"))
            }
            Denial::ScopeMissing(_) => ("developer", Some(format!("PUT /v1/apps/{app}/scopes"))),
            _ => ("developer", None),
        };
        Self { who, place }
    }
}
