//! Who does not keep up with the log, and who has seen another one.

use serde_json::json;
use tempfile::TempDir;

use super::{examine, until};
use crate::{
    cast::Cast,
    checks::{is_in_the_views, is_published, log},
    process::Address,
    sealing::{SEED, execute, fill, witnessed},
    world::World,
};

#[test]
fn projections_that_nobody_works_on_are_failures_with_their_lag() {
    let world = World::new();
    let serve = |role: &'static str| {
        world.serve_with(&Address::fresh(), |command| {
            command.args(["--role", role]);
        })
    };
    let [api, _relay] = ["api", "relay"].map(|role| serve(role).ready());
    let mut worker = serve("projections").ready();
    let cast = Cast::new(&world, &api);
    is_in_the_views(&world, log(&world).len());
    let ops = worker.ops_url.clone();
    worker.kill9();
    api.send(&cast.create_app("Nobody sees it")).expect(201);
    let found = until(
        "the worker is missed",
        &world,
        |command| {
            command.env("CHANCERY_OPS_URL", format!("{},{ops}", api.ops_url));
        },
        |found| found.verdict("projections.apps") == "failure",
    );
    let apps = found.check("projections.apps");
    assert!(found.seen("projections.apps").starts_with("stopped at "), "{apps:#}");
    let [lag, of_a_shard] = [&apps["detail"]["lag_events"], &apps["detail"]["shards"][0]["lag_events"]];
    assert!(lag.as_u64() > Some(0) && of_a_shard.as_u64() > Some(0), "{apps:#}");
    assert!(found.advice("projections.apps").contains("role projections"));
    assert_eq!(found.verdict("log.head"), "ok");
    let process = |url: &str| format!("processes.{}", url.trim_start_matches("http://"));
    assert_eq!(found.verdict(&process(&ops)), "failure");
    assert_ne!(found.verdict(&process(&api.ops_url)), "failure");
}

#[test]
fn a_projection_that_is_paused_is_a_warning() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    Cast::new(&world, &server);
    assert!(world.run(&["projections", "pause", "networks", "--reason", "Maintenance."]).status.success());
    let found = until(
        "it is paused",
        &world,
        |_| (),
        |found| found.seen("projections.networks").starts_with("paused"),
    );
    assert_eq!(found.verdict("projections.networks"), "warning");
    assert!(found.advice("projections.networks").contains("chancery projections resume networks"));
}

#[test]
fn a_relay_and_keys_that_are_behind_are_warnings() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    Cast::new(&world, &server);
    let events = log(&world);
    is_published(&world, &events);
    is_in_the_views(&world, events.len());
    drop(server);
    // Recorded long ago.
    fill(&world, 3);
    let found = until(
        "the keys are missed",
        &world,
        |_| (),
        |found| found.verdict("positions.event_keys") == "warning",
    );
    found.expect("positions.stream", "warning", "lag 3 for");
    assert_eq!(found.check("positions.stream")["detail"]["last_sequence"], json!(events.len()));
    assert!(found.advice("positions.stream").contains("role relay"));
}

#[test]
fn a_log_that_is_not_sealed_is_a_warning_once_a_sealer_had_its_time() {
    let world = World::new();
    let look = |every_seconds: &str| {
        examine(&world, |command| _ = command.env("CHANCERY_SEAL_EVERY_SECONDS", every_seconds))
    };
    look("10").expect("positions.checkpoint", "ok", "nothing is sealed yet: at 0, lag 0");
    // Recorded long ago.
    fill(&world, 3);
    let found = look("10");
    found.expect("positions.checkpoint", "warning", "nothing is sealed");
    assert!(found.advice("positions.checkpoint").contains("CHANCERY_SEAL_KEY_FILE"));
    execute(&world, "UPDATE events SET recorded_at = clock_timestamp() WHERE position = 1");
    let young = look("3600");
    young.expect("positions.checkpoint", "ok", "nothing is sealed yet: at 0, lag 3 for ");
    assert_eq!(young.check("positions.checkpoint")["detail"]["lag_events"], 3);
}

#[test]
fn a_log_that_is_shorter_than_what_was_sealed_and_witnessed_is_a_failure() {
    let (world, folder) = (World::new(), TempDir::new().unwrap());
    let witness = witnessed(&world, &folder.path().join("witness"), 50);
    let look = |path: &str| {
        examine(&world, |command| {
            command.env("CHANCERY_SEAL_KEY", SEED).env("CHANCERY_WITNESSES", path);
        })
    };
    let found = look(&witness);
    found.expect("positions.checkpoint", "ok", "at 50, lag 0; signed");
    found.expect("positions.witness", "ok", "it has seen 50 events");
    let nobody = look(&format!("file:{}", folder.path().join("nobody").display()));
    assert_eq!(nobody.verdict("positions.witness"), "unknown");

    execute(&world, "DELETE FROM events WHERE position > 35; UPDATE head SET position = 35");
    let found = look(&witness);
    found.expect("positions.checkpoint", "failure", "50 events are sealed, and the log ends at 35");
    found.expect("positions.witness", "failure", "it has seen 50 events, and the log has 35");
    execute(&world, "DELETE FROM seals WHERE size > 30");
    look(&witness).expect("positions.checkpoint", "warning", "at 30, lag 5");

    execute(
        &world,
        "UPDATE seals SET note = replace(note, chr(10) || '30' || chr(10), chr(10) || '31' || chr(10))",
    );
    let found = look(&witness);
    assert_eq!(found.verdict("positions.checkpoint"), "failure", "{:#}", found.check("positions.checkpoint"));
}
