//! `chancery log`: the events, for people and for programs.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
    sync::mpsc,
    thread,
};

use serde_json::Value;

use crate::{
    DEADLINE,
    call::Call,
    cast::{Cast, SCOPES, TENANT},
    checks::log,
    command_line::printed,
    process::{Address, Server},
    text::redacted,
    world::World,
};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_tail_is_the_last_ten_events_or_those_after_a_position() {
    let (world, _server, _cast, app) = set_up();
    let events = log(&world);
    insta::assert_snapshot!("log_tail", redacted(&printed(world.run(&["log", "tail"]))));
    let tail = lines(&printed(world.run(&["log", "tail", "--output", "json"])));
    assert_eq!(tail.len(), 10);
    for (line, event) in tail.iter().zip(&events[events.len() - 10..]) {
        assert_eq!(line["event_id"], event.event_id.to_string());
    }
    let all = printed(world.run(&["log", "tail", "--after", "0", "--output", "json"]));
    assert_eq!(lines(&all).len(), events.len());
    for event in &events {
        let data = std::str::from_utf8(&event.data).unwrap();
        assert!(all.contains(&format!("\"data\":{data}")), "not byte for byte: {data}");
    }
    let stream = format!("app-{app}");
    for (option, value, wanted) in [
        ("--stream", &*stream, "AppCreated AppApproved"),
        ("--type", "TenantConnected", "TenantConnected"),
        ("--category", "connection", "TenantConnected"),
        ("--app", &*app, "AppCreated TenantAdded AppApproved TenantConnected"),
        ("--tenant", &TENANT.to_string(), "TenantRegistered TenantAdded TenantConnected"),
        ("--actor", "rita", "AppApproved"),
    ] {
        let found = printed(world.run(&["log", "tail", "--after", "0", "--output", "json", option, value]));
        let found: Vec<_> =
            lines(&found).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        assert_eq!(found.join(" "), wanted, "{option} {value}");
    }
}

#[test]
fn the_tail_of_a_filter_is_its_last_events_however_far_back() {
    let (world, server, cast, app) = set_up();
    for _ in 0..30 {
        server.send(&cast.generate_secret(&app)).expect(201);
    }
    let found = |arguments: &[&str]| {
        let json = ["--output", "json"];
        let printed = printed(world.run(&[&["log"], arguments, &json].concat()));
        lines(&printed).iter().map(|event| event["position"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let all = found(&["search", "--type", "ApiTokenIssued"]);
    assert!(all.len() > 3);
    assert_eq!(found(&["tail", "--type", "ApiTokenIssued", "-n", "3"]), all[all.len() - 3..]);
    assert_eq!(found(&["tail", "--type", "ApiTokenIssued"]), all);
    assert_eq!(found(&["search", "--type", "ApiTokenIssued", "--limit", "2"]), all[..2]);
    let through = all[1].to_string();
    assert_eq!(found(&["tail", "--type", "ApiTokenIssued", "--through", &through, "-n", "1"]), all[1..2]);
    assert_eq!(found(&["tail", "--type", "NoSuchEvent"]), [0_u64; 0]);
    let events = log(&world);
    let (since, until) = (events[2].recorded_at, events[10].recorded_at);
    let between = events.iter().filter(|event| event.recorded_at >= since && event.recorded_at < until);
    let between: Vec<_> = between.map(|event| event.position.get()).collect();
    assert!(between.contains(&3) && !between.contains(&11));
    assert_eq!(found(&["search", "--since", &since.to_string(), "--until", &until.to_string()]), between);
    assert_eq!(found(&["search", "--after", "3", "--through", "6"]), [4, 5, 6]);
}

#[test]
fn one_event_is_shown_as_the_api_shows_it() {
    let (world, server, cast, _app) = set_up();
    let last = log(&world).len().to_string();
    insta::assert_snapshot!("log_show", redacted(&printed(world.run(&["log", "show", &last]))));
    let shown: Value =
        serde_json::from_str(&printed(world.run(&["log", "show", &last, "--output", "json"]))).unwrap();
    let read = Call::get(format!("/v1/events/{last}")).by(&cast.consumer);
    assert_eq!(shown, server.send(&read).expect(200).json());

    let absent = world.run(&["log", "show", "1000000"]);
    assert_eq!(absent.status.code(), Some(1));
    let said = String::from_utf8(absent.stderr).unwrap();
    assert_eq!(said, "chancery: the log has no event at position 1000000\n");
}

#[test]
fn the_tail_follows_the_log() {
    let (world, server, cast, app) = set_up();
    let mut follow =
        world.command(&["log", "tail", "--follow", "--type", "ScopesEdited", "--output", "json"]);
    let mut follow = follow.stdout(Stdio::piped()).spawn().unwrap();
    let output = BufReader::new(follow.stdout.take().unwrap());
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || output.lines().try_for_each(|line| sender.send(line.unwrap())));
    for version in 2..5 {
        let edited = server.send(&cast.edit_scopes(&app, &SCOPES[..5 - version])).expect(200);
        let line: Value = serde_json::from_str(&lines.recv_timeout(DEADLINE).unwrap()).unwrap();
        assert_eq!(line["position"].to_string().trim_matches('"'), edited.position().to_string());
        assert_eq!(line["type"], "ScopesEdited");
    }
    follow.kill().unwrap();
    follow.wait().unwrap();
}

fn set_up() -> (World, Server, Cast, String) {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    (world, server, cast, app)
}
