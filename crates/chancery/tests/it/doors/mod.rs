//! One table of cases, and every door to the gate: the same call is decided in the same way at each of them.

mod attacks;
mod bodies;
mod embedded;
mod following;
mod gateway;
mod issuer;
mod listener;
mod players;
mod raw;
mod revoking;
mod rules;
mod snapshot;
pub(crate) mod story;
pub(crate) mod table;
pub(crate) mod ways;

use std::collections::BTreeSet;

use self::{
    embedded::Embedded,
    story::{Story, gate, gate_with},
    table::{Case, cases, status},
    ways::{Authorize, Door, Forward, Prefixed, Pure},
};

/// Every door, each with a process of its own: limits are counted in each.
fn doors(story: &Story) -> Vec<Box<dyn Door + '_>> {
    let server = || gate(&story.world, "gate").ready();
    vec![
        Box::new(Pure::new(story)),
        Box::new(Authorize { story, server: server() }),
        Box::new(Forward { story, server: server(), strict: false }),
        Box::new(Forward { story, server: server(), strict: true }),
        Box::new(Prefixed { story, server: server() }),
        Box::new(Embedded::new(story)),
    ]
}

#[test]
fn rule_30_every_door_decides_every_case_alike() {
    let story = Story::tell();
    let cases = cases(&story);
    every_code_has_a_case(&cases);
    let mut wrong = Vec::new();
    for mut door in doors(&story) {
        for case @ Case { name, outcome, .. } in &cases {
            if let Some(decided) = door.decide(case)
                && decided != ((*outcome).to_owned(), status(outcome))
            {
                wrong.push(format!("{name}, at {}: {decided:?} and not {outcome}", door.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} decisions are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn every_code_has_a_case(cases: &[Case]) {
    assert!(cases.len() >= 80, "{} cases", cases.len());
    let names: BTreeSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len(), "each has a name of its own");
    for code in [
        "allowed",
        "app_key_missing",
        "app_unknown",
        "token_missing",
        "token_invalid",
        "token_expired",
        "token_cut_off",
        "app_deleted",
        "key_token_mismatch",
        "environment_mismatch",
        "operation_unknown",
        "tenant_mismatch",
        "not_connected",
        "disabled",
        "scope_missing",
        "report_limited",
        "rate_limited",
    ] {
        assert!(cases.iter().any(|case| case.outcome == code), "{code}");
    }
}

#[test]
fn a_stale_gate_refuses_everything_and_says_nothing_else() {
    let story = Story::tell();
    // It is as good as never fresh.
    let stale = || {
        let server = gate_with(&story.world, "gate", &["--gate.max_staleness", "0"]);
        server.listening()
    };
    let mut doors: [Box<dyn Door>; 4] = [
        Box::new(Authorize { story: &story, server: stale() }),
        Box::new(Forward { story: &story, server: stale(), strict: false }),
        Box::new(Forward { story: &story, server: stale(), strict: true }),
        Box::new(Prefixed { story: &story, server: stale() }),
    ];
    let cases = cases(&story);
    let first = |outcome: &str| cases.iter().find(|case| case.outcome == outcome).unwrap();
    for door in &mut doors {
        for case in ["allowed", "app_key_missing", "token_invalid", "rate_limited"].map(first) {
            assert_eq!(door.decide(case), Some(("gate_stale".to_owned(), 503)), "{}", door.name());
        }
    }
}
