//! Operators at the real thing: the projections of `chancery serve`, over HTTP and from the command line.

use std::sync::Arc;

use chancery_journal::{Append, Appender, BatcherSettings, Journal, NewEvent, Touch};
use chancery_wire::Actor;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    call::Call,
    cast::{Bearer, Cast},
    checks::{is_in_the_views, log},
    command_line::{differs, failed, json as printed_json, printed},
    eventually,
    process::{Address, Server},
    replaying::change,
    text::redacted,
    world::World,
};

/// Whoever is on duty.
struct Operator<'a> {
    server: &'a Server,
    bearer: Bearer,
}

impl<'a> Operator<'a> {
    fn new(server: &'a Server, cast: &Cast) -> Self {
        let body = json!({"role": "operator", "name": "On duty"});
        let issued = server.send(&Call::post("/v1/tokens", &body).by(&cast.platform)).expect(201);
        Self { server, bearer: Bearer::of(&issued.json()) }
    }

    fn get(&self, path: &str) -> Value {
        let call = Call::get(format!("/v1/projections{path}")).by(&self.bearer);
        self.server.send(&call).expect(200).json()
    }

    fn post(&self, path: &str, body: &Value, status: u16) -> Value {
        let call = Call::post(format!("/v1/projections{path}"), body).by(&self.bearer);
        self.server.send(&call).expect(status).json()
    }

    /// Waits until what is there is as wanted.
    #[track_caller]
    fn until(&self, what: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        eventually(what, || Some(self.get(path)).filter(&wanted))
    }
}

#[test]
fn a_worker_that_is_killed_shows_as_growing_lag_until_there_is_another() {
    let world = World::new();
    let serve = |role: &'static str| {
        world.serve_with(&Address::fresh(), |command| {
            command.args(["--role", role]);
        })
    };
    let [api, _relay] = ["api", "relay"].map(serve).map(Server::ready);
    let mut worker = serve("projections").ready();
    let cast = Cast::new(&world, &api);
    let app = cast.connected_app(&api);
    let operator = Operator::new(&api, &cast);
    operator
        .until("all is well", "/connections", |found| found["state"] == "live" && found["lag_events"] == 0);

    worker.kill9();
    api.send(&cast.create_app("Nobody sees it")).expect(201);
    let stopped = operator.until("nobody works on it", "/apps", |found| found["state"] == "stopped");
    let lag = |found: &Value| found["lag_seconds"].as_f64().unwrap();
    assert!(lag(&stopped) > 0.0 && stopped["lag_events"].as_u64() > Some(0), "{stopped:#}");
    operator.until("its lag grows", "/apps", |found| lag(found) > lag(&stopped) + 0.2);
    let told = api.ops("/metrics").text;
    assert!(told.contains(r#"chancery_projection_state{projection="apps",state="stopped"} 1"#), "{told}");
    let table = printed(world.run(&["projections", "list"]));
    assert_eq!(table.matches("stopped").count(), 6, "{table}");

    let _worker = serve("projections").ready();
    let live = |found: &Value| found["state"] == "live" && found["lag_events"] == 0;
    operator.until("another has taken over", "/apps", live);
    api.send(&Call::get(format!("/v1/apps/{app}")).by(&cast.developer)).expect(200);
}

#[test]
fn a_projection_is_paused_rebuilt_and_verified_while_everything_goes_on() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let operator = Operator::new(&server, &cast);

    let paused = operator.post("/connections/pause", &json!({"reason": "Maintenance."}), 200);
    assert_eq!(paused["state"], "paused");
    server.send(&cast.create_app("While it is paused")).expect(201);
    let behind = operator.get("/connections");
    operator.until("its lag grows", "/connections", |found| {
        found["lag_seconds"].as_f64() > behind["lag_seconds"].as_f64()
    });
    operator.post("/connections/resume", &json!({}), 200);
    operator
        .until("it goes on", "/connections", |found| found["state"] == "live" && found["lag_events"] == 0);

    let before = operator.get("/connections")["builds"][0]["build"].clone();
    let begun = operator.post("/connections/rebuild", &json!({"reason": "To see that it works."}), 202);
    let path = format!("/connections/rebuilds/{}", begun["rebuild_id"].as_str().unwrap());
    server.send(&cast.create_app("While it is rebuilt")).expect(201);
    let done = operator.until("it is promoted", &path, |rebuild| rebuild["state"] == "promoted");
    assert_eq!((&done["progress"], &done["error"]), (&json!(1.0), &Value::Null), "{done:#}");
    let after = operator.get("/connections");
    let builds = after["builds"].as_array().unwrap();
    let live: Vec<_> = builds.iter().filter(|build| build["live"] == true).collect();
    assert!(live.len() == 1 && live[0]["build"] != before, "{after:#}");
    let read = format!("/v1/apps/{app}/connections");
    server.send(&Call::get(read).by(&cast.developer)).expect(200);

    let begun = operator.post("/connections/verify", &json!({}), 202);
    let path = format!("/connections/verifications/{}", begun["verification_id"].as_str().unwrap());
    operator.until("it is what the log says", &path, |found| found["state"] == "equal");
    is_in_the_views(&world, log(&world).len());
}

#[test]
fn an_event_that_cannot_be_applied_stops_its_key_until_it_is_skipped() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app: Uuid = cast.connected_app(&server).parse().unwrap();
    let other = cast.connected_app(&server);
    let operator = Operator::new(&server, &cast);
    let position = poison(&world, app);
    let last = server
        .send(&Call::patch(format!("/v1/apps/{other}"), &json!({"name": "Another"})).by(&cast.developer));
    let last = last.expect(200).position();

    let degraded = operator.until("it is parked", "/apps", |found| found["parked"] == 1);
    assert_eq!(degraded["state"], "degraded");
    let shown = |app: &str| Call::get(format!("/v1/apps/{app}")).by(&cast.developer).at_least(last);
    server.send(&shown(&app.to_string())).problem(503, "projection_parked");
    assert_eq!(server.send(&shown(&other)).expect(200).json()["name"], "Another");

    let letters = printed(world.run(&["projections", "dead-letters", "apps"]));
    assert!(letters.contains(&position.to_string()) && letters.contains("AppDetailsEdited"), "{letters}");
    let skip = ["projections", "dead-letters", "apps", "skip", &position.to_string()];
    let unsaid = failed(world.run(&skip), 2);
    assert!(unsaid.contains("--reason"), "{unsaid}");
    let skipped = printed(world.run(&[&skip[..], &["--reason", "Written by a test."]].concat()));
    assert!(skipped.contains("degraded"), "{skipped}");
    let after = operator.get("/apps");
    assert_eq!((&after["parked"], &after["skipped"]), (&json!(0), &json!(1)), "{after:#}");
    server.send(&shown(&app.to_string())).expect(200);
    let said = log(&world).into_iter().rfind(|event| event.event_type == "ProjectionOperated").unwrap();
    assert_eq!(said.actor.id, "command-line");
    assert!(String::from_utf8_lossy(&said.data).contains("Written by a test."));
}

#[test]
fn the_command_line_shows_rebuilds_and_refuses() {
    let (world, _server, _) = with_an_app();
    let run = |arguments: &[&str]| world.run(&[&["projections"], arguments].concat());

    let listed = printed_json(run(&["list", "--output", "json"]));
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["access_requests", "apps", "connections", "directory", "networks", "versions"]);
    let rebuilt = printed_json(run(&["rebuild", "versions", "--reason", "New index.", "--output", "json"]));
    assert_eq!((&rebuilt["state"], &rebuilt["progress"]), (&json!("promoted"), &json!(1.0)), "{rebuilt:#}");
    let manual = printed(run(&["rebuild", "apps", "--promote", "manual"]));
    insta::assert_snapshot!("projections_rebuild", steady(&manual));
    let refused = failed(run(&["rebuild", "apps"]), 1);
    insta::assert_snapshot!("projections_rebuild_again", redacted(&refused));
    assert!(printed(run(&["promote", "apps"])).contains("promoted"));
    assert!(printed(run(&["rollback", "apps"])).contains("rolled_back"));
    let listed = printed(run(&["rebuilds", "apps"]));
    assert!(listed.contains("rolled_back"), "{listed}");

    printed(run(&["rebuild", "networks", "--events-per-second", "1", "--detach"]));
    assert!(printed(run(&["pause", "networks", "--rebuild"])).contains("paused"));
    assert!(printed(run(&["cancel", "networks"])).contains("cancelled"));
    insta::assert_snapshot!("projections_cancel_again", redacted(&failed(run(&["cancel", "networks"]), 1)));

    assert!(printed(run(&["pause", "versions", "--reason", "Maintenance."])).contains("paused"));
    printed(run(&["resume", "versions"]));
    let verified = printed_json(run(&["verify", "versions", "--output", "json"]));
    assert_eq!(verified["state"], "equal", "{verified:#}");
    insta::assert_snapshot!(
        "projections_dead_letters_none",
        redacted(&printed(run(&["dead-letters", "versions"])))
    );
    let unknown = failed(run(&["show", "nothing"]), 1);
    insta::assert_snapshot!("projections_unknown", redacted(&unknown));
    for command in ["rebuilds", "dead-letters", "cancel"] {
        assert_eq!(failed(run(&[command, "nothing"]), 1), unknown, "{command}");
    }
    insta::assert_snapshot!(
        "projections_promote_nothing",
        redacted(&failed(run(&["promote", "networks"]), 1))
    );
}

#[test]
fn a_difference_is_printed_so_that_it_can_be_read() {
    let (world, _server, app) = with_an_app();
    change(&world, "apps", "UPDATE {live}.app SET name = 'For\u{9b}ged'");
    let run = |arguments: &[&str]| world.run(&[&["projections"], arguments].concat());
    let verified = differs(run(&["verify", "apps"]), "apps is not what the log says");
    let line = |begin: &str| verified.lines().find(|line| line.trim_start().starts_with(begin)).unwrap();
    assert!(line("report").contains("differs at "), "{verified}");
    assert!(line("app ").contains("differs"), "{verified}");
    line("apps: the rows are not those that the engine wrote");
    // A name may hold what a terminal obeys.
    assert!(line("apps: app: only readers see: {").contains("For\u{fffd}ged"), "{verified}");
    assert!(line("apps: app: only the log has: {").contains(&app), "{verified}");
    let verified = differs(run(&["verify", "apps", "--output", "json"]), "apps is not what the log says");
    let verified: Value = serde_json::from_str(&verified).unwrap();
    assert!(verified["report"]["tables"][0]["only_live"][0].is_string(), "{verified:#}");

    let rebuilt = differs(run(&["rebuild", "apps"]), "differs from what readers see");
    assert!(
        rebuilt.lines().any(|line| line.starts_with("apps: app: only the new build has: {")),
        "{rebuilt}"
    );
}

#[test]
fn a_rebuild_of_a_paused_projection_ends_as_ready_and_says_what_it_waits_for() {
    let (world, _server, _) = with_an_app();
    let run = |arguments: &[&str]| world.run(&[&["projections"], arguments].concat());
    printed(run(&["pause", "apps"]));
    let table = printed(run(&["rebuild", "apps"]));
    let waits = table.lines().find(|line| line.contains("waits for")).unwrap();
    assert!(waits.contains("chancery projections resume apps"), "{table}");
    let ready = printed_json(run(&["rebuilds", "apps", "--output", "json"]))[0].take();
    assert_eq!((&ready["state"], &ready["waits_for"]), (&json!("ready"), &json!("resume")), "{ready:#}");
    let promoted = printed_json(run(&["promote", "apps", "--output", "json"]));
    assert_eq!((&promoted["state"], &promoted["rebuild"]["state"]), (&json!("paused"), &json!("promoted")));
    printed(run(&["resume", "apps"]));
    is_in_the_views(&world, log(&world).len());
}

/// A server, and the id of an app that all of its views have.
fn with_an_app() -> (World, Server, String) {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let app = Cast::new(&world, &server).connected_app(&server);
    is_in_the_views(&world, log(&world).len());
    (world, server, app)
}

/// Without what the log's length and the machine say.
fn steady(table: &str) -> String {
    let moving = |line: &&str| {
        !["build", "events", "comparison"].iter().any(|word| line.trim_start().starts_with(word))
    };
    let still: Vec<&str> = table.lines().filter(moving).collect();
    redacted(&(still.join("\n") + "\n"))
}

/// Appends by hand what no command would: an edit of the app that cannot be read.
fn poison(world: &World, app: Uuid) -> u64 {
    let stream = format!("app-{app}");
    let version = log(world).iter().filter(|event| event.stream == stream).count() as u64;
    let event = NewEvent {
        event_id: Uuid::now_v7(),
        category: "app",
        stream: stream.clone(),
        event_type: "AppDetailsEdited",
        schema_version: 1,
        key_app: Some(app),
        key_tenant: None,
        data: r#"{"app_id":7}"#.to_owned(),
    };
    let command = Append {
        command_id: Uuid::now_v7(),
        request_hash: [0; 32],
        status: 200,
        answer: "{}".into(),
        actor: Actor { kind: "system".into(), id: "poison".into() },
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        traceparent: None,
        touches: vec![Touch { stream, version }],
        unless: Vec::new(),
        events: vec![event],
    };
    world.block_on(async {
        let journal = Journal::open(&world.url(), 2).unwrap();
        let appender = Appender::start(&world.url(), &journal, BatcherSettings::default()).unwrap();
        appender.append(Arc::new(command)).await.unwrap().position.get()
    })
}
