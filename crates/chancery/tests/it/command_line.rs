//! The command line as people and programs see it: what it prints, where, and how it ends.

use std::process::Output;

use serde_json::Value;

use crate::{
    call::Call,
    cast::{Bearer, Cast},
    checks::{is_published, log},
    eventually,
    process::{Address, chancery},
    text::redacted,
    world::World,
};

/// What it printed, if it went well and said nothing else.
#[track_caller]
pub(crate) fn printed(output: Output) -> String {
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), &*errors), (Some(0), ""));
    String::from_utf8(output.stdout).unwrap()
}

/// Why it failed, if it printed nothing else.
#[track_caller]
pub(crate) fn failed(output: Output, code: i32) -> String {
    assert_eq!((output.status.code(), &*output.stdout), (Some(code), &b""[..]));
    String::from_utf8(output.stderr).unwrap()
}

/// What it printed though it found a difference, of which it says so much.
#[track_caller]
pub(crate) fn differs(output: Output, which: &str) -> String {
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(which), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) fn json(output: Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

#[test]
fn a_second_migration_finds_nothing_to_do() {
    let world = World::unmigrated();
    let first = printed(world.run(&["migrate"]));
    assert!(first.contains("V1__"), "{first}");
    insta::assert_snapshot!("migrate_again", redacted(&printed(world.run(&["migrate"]))));
    let again = json(world.run(&["migrate", "--output", "json"]));
    assert_eq!(again, serde_json::json!({"applied": []}));
}

#[test]
fn a_database_that_is_not_migrated_is_told_about() {
    let world = World::unmigrated();
    let said = failed(world.run(&["serve", "--ops-listen", "127.0.0.1:0"]), 1);
    assert!(said.contains("was `chancery migrate` run?"), "{said}");
    failed(world.run(&["log", "tail"]), 1);
    failed(world.run(&["token", "list"]), 1);
}

#[test]
fn a_token_is_created_listed_and_revoked() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let create = ["token", "create", "--role", "platform", "--name", "Ours"];
    let table = printed(world.run(&create));
    insta::assert_snapshot!("token_create", redacted(&table));
    let words: Vec<&str> = table.split_whitespace().collect();
    let first = Bearer {
        token_id: words.iter().find_map(|word| word.parse().ok()).unwrap(),
        token: (*words.iter().find(|word| word.starts_with("cat1.")).unwrap()).to_owned(),
    };
    let created = json(world.run(&[&create[..], &["--output", "json"]].concat()));
    let second = Bearer::of(&created);
    assert_eq!(created.as_object().unwrap().len(), 2, "{created}");
    let person = ["--subject", "mia", "--subject-name", "Mia Maker", "--expires-at", "2100-01-01T00:00:00Z"];
    let admin = ["--tenant", "101", "--environment", "production"];
    let create = ["token", "create", "--role", "tenant_admin", "--name", "Theirs"];
    let refused = failed(world.run(&[&create[..], &person, &admin].concat()), 1);
    insta::assert_snapshot!("token_for_unknown_tenant", redacted(&refused));

    let list = Call::get("/v1/tokens");
    for bearer in [&first, &second] {
        server.send(&list.clone().by(bearer)).expect(200);
    }
    let Cast { admin, .. } = Cast::new(&world, &server);
    let path = "/v1/tenants/101/production/apps";
    server.send(&Call::get(path).by(&admin)).expect(200);
    let create = ["token", "create", "--role", "auditor", "--name", "Hers"];
    printed(world.run(&[&create[..], &person].concat()));

    let revoke = ["token", "revoke", &first.token_id.to_string()];
    insta::assert_snapshot!("token_revoke", redacted(&printed(world.run(&revoke))));
    eventually("the token is refused", || {
        (server.send(&list.clone().by(&first)).status == 401).then_some(())
    });
    server.send(&list.clone().by(&first)).problem(401, "unauthenticated");
    let revoke = ["token", "revoke", &second.token_id.to_string(), "--output", "json"];
    assert_eq!(json(world.run(&revoke))["token_id"], second.token_id.to_string());

    let head = log(&world).len();
    crate::checks::is_in_the_views(&world, head);
    let table = printed(world.run(&["token", "list"]));
    insta::assert_snapshot!("token_list", redacted(&table));
    let listed = json(world.run(&["token", "list", "--output", "json"]));
    let items = listed.as_array().unwrap();
    assert_eq!(items.len(), 8);
    assert!(items.iter().filter(|item| !item["revoked_at"].is_null()).count() == 2, "{listed}");
    for bearer in [&first, &second, &admin] {
        assert!(!table.contains(&bearer.token) && !listed.to_string().contains(&bearer.token));
    }
}

#[test]
fn a_token_that_is_not_there_cannot_be_revoked() {
    let world = World::new();
    let said = failed(world.run(&["token", "revoke", "019d0000-0000-7000-8000-000000000000"]), 1);
    insta::assert_snapshot!("token_unknown", redacted(&said));
}

#[test]
fn the_relay_is_asked_about_and_reset() {
    let world = World::new();
    let missing = differs(world.run(&["relay", "status"]), "not in step with the log: stream_missing");
    insta::assert_snapshot!("relay_status_missing", redacted(&missing));
    let server = world.serve(&Address::fresh());
    Cast::new(&world, &server);
    let events = log(&world);
    is_published(&world, &events);
    insta::assert_snapshot!("relay_status", redacted(&printed(world.run(&["relay", "status"]))));
    let status = json(world.run(&["relay", "status", "--output", "json"]));
    assert_eq!((&status["verdict"], &status["lag"]), (&"in_step".into(), &0.into()), "{status}");
    assert_eq!(status["last_sequence"], events.len());
    let reset = json(world.run(&["relay", "reset", "--output", "json"]));
    assert_eq!(reset["head"].to_string().trim_matches('"'), events.len().to_string(), "{reset}");
    is_published(&world, &events);

    world.nats.stop();
    let said = failed(world.run(&["relay", "status"]), 1);
    assert!(said.starts_with("chancery: connecting to NATS failed"), "{said}");
}

#[test]
fn failures_end_with_1_and_wrong_usage_with_2() {
    let run = |arguments: &[&str]| chancery().args(arguments).output().unwrap();
    for (arguments, said) in [
        (&["migrate"][..], "chancery: name the log's database with --database-url or DATABASE_URL\n"),
        (&["relay", "status"], "chancery: name NATS with --nats-url or NATS_URL\n"),
    ] {
        assert_eq!(failed(run(arguments), 1), said);
    }
    let unreachable = ["--database-url", "postgres://user:pa55word@127.0.0.1:1/none", "log", "tail"];
    let said = failed(run(&unreachable), 1);
    assert!(said.starts_with("chancery: ") && !said.contains("pa55word"), "{said}");
    let malformed = ["--database-url", "postgres://user:pa55word@host:port/none", "migrate"];
    let said = failed(run(&malformed), 1);
    assert!(said.starts_with("chancery: ") && !said.contains("pa55word"), "{said}");
    for arguments in [
        &["frobnicate"][..],
        &["log", "show"],
        &["log", "show", "first"],
        &["migrate", "--output", "yaml"],
        &["token", "create", "--name", "No role"],
        &["token", "create", "--name", "No such role", "--role", "king"],
        &["token", "create", "--name", "Half a person", "--role", "auditor", "--subject", "mia"],
        &["token", "revoke", "the first"],
        &["log", "tail", "--follow", "--through", "6"],
        &["log", "search", "--follow", "--until", "2026-01-01T00:00:00Z"],
        &["log", "export", "folder", "--from", "7", "--through", "5"],
        &["log", "export", "folder", "--from", "0"],
        &["log", "consistency", "--from", "7", "--to", "5"],
        &["log", "prove", "--position", "0"],
        &["log", "show", "0"],
        &["replay", "nothing"],
        &["serve", "--role", "everything"],
        &["serve", "--listen", "here"],
    ] {
        let said = failed(run(arguments), 2);
        assert!(said.starts_with("error: "), "{arguments:?}: {said}");
    }
}

#[test]
fn a_server_says_what_keeps_it_from_starting() {
    let world = World::new();
    let running = world.serve(&Address::fresh());
    let taken = running.url.trim_start_matches("http://");
    let said = world.run(&["serve", "--listen", taken, "--ops-listen", "127.0.0.1:0"]);
    assert_eq!(said.status.code(), Some(1));
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(said.contains(&format!("chancery: listening on {taken}: Address already in use")), "{said}");
    let mut without_nats = world.command(&["serve", "--role", "relay"]);
    let said = without_nats.env_remove("NATS_URL").output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8(said.stderr).unwrap().contains("the relay needs NATS"));
    let mut cut_off = world.command(&["serve", "--environment", "No Such Name!"]);
    assert_eq!(cut_off.output().unwrap().status.code(), Some(1));
}
