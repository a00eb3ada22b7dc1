//! `planted`: bugs that are built in on purpose, each found by the tests that are there to find it.
//!
//! A test that would let such a bug pass proves nothing, however green it is. The bugs are features of `chancery-views`,
//! which no other crate can turn on and a release build refuses.

use std::process::Command;

use anyhow::{Result, bail, ensure};
use chancery_devkit::{Postgres, PostgresOptions};

use crate::project::{cargo, run};
use crate::step::{say, step};

/// A feature, and the tests each of which must fail with it.
const PLANTED: &[(&str, &[&str])] = &[
    (
        "planted-dropped-event",
        &[
            "proof::chance::whatever_happens_each_projection_is_the_fold_of_the_log_and_a_sum_is_exact",
            "proof::audits::a_running_system_in_which_all_is_well_differs_in_nothing",
        ],
    ),
    (
        "planted-checkpoint-outside",
        &["proof::steps::a_process_that_dies_at_any_step_between_apply_and_commit_leaves_all_or_nothing"],
    ),
    (
        "planted-no-epoch-check",
        &["proof::fenced::a_worker_that_lost_its_shards_writes_nothing_and_takes_part_again"],
    ),
    ("planted-trusting-feed", &["proof::gaps::a_feed_with_holes_loses_nothing"]),
];

pub(crate) fn planted() -> Result<()> {
    let postgres =
        step("starting the server of the tests", |_| Postgres::start_with(PostgresOptions::default()))?;
    let tests: Vec<&str> = PLANTED.iter().flat_map(|(_, tests)| *tests).copied().collect();
    build(&[])?;
    let passed = outcome(&postgres, &[], &tests)?;
    ensure!(passed == Outcome { passed: tests.len(), failed: 0 }, "without a planted bug: {passed:?}");
    say("green", "without a planted bug all of them pass");
    let mut missed = Vec::new();
    for (feature, tests) in PLANTED {
        build(&["--features", feature])?;
        for test in *tests {
            let found = outcome(&postgres, &["--features", feature], &[test])?;
            if found == (Outcome { passed: 0, failed: 1 }) {
                say("found", &format!("{feature} by {test}"));
            } else {
                say("missed", &format!("{feature} by {test}: {found:?}"));
                missed.push(*feature);
            }
        }
    }
    if missed.is_empty() { Ok(()) } else { bail!("nobody would notice {}", missed.join(", ")) }
}

/// A bug that does not compile is not found by a test.
fn build(features: &[&str]) -> Result<()> {
    run(test_command(features).arg("--no-run"))
}

fn test_command(features: &[&str]) -> Command {
    let mut command = cargo();
    command.args(["test", "--quiet", "--package", "chancery-views", "--test", "it"]).args(features);
    command
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    passed: usize,
    failed: usize,
}

/// Runs tests by their names. What they say is shown only where they should have passed: with a bug, failing is what they
/// are for.
fn outcome(postgres: &Postgres, features: &[&str], tests: &[&str]) -> Result<Outcome> {
    let mut command = test_command(features);
    command.args(["--", "--exact"]).args(tests).env("CHANCERY_TEST_PG", postgres.url());
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let Some(result) = said.lines().find_map(|line| line.strip_prefix("test result: ")) else {
        bail!("{command:?} told no result:\n{said}{}", String::from_utf8_lossy(&output.stderr));
    };
    // `ok. 1 passed; 0 failed; 0 ignored; …`
    let count = |what: &str| {
        let words: Vec<&str> = result.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
        let at = words.iter().position(|word| *word == what)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    let outcome =
        Outcome { passed: count("passed").unwrap_or_default(), failed: count("failed").unwrap_or_default() };
    if features.is_empty() && outcome.failed > 0 {
        print!("{said}");
    }
    Ok(outcome)
}
