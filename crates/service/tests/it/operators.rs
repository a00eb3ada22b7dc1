//! What operators see of the projections and have done to them, through HTTP, with the engine beside it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    call::Reply,
    cast::{Cast, NORTH},
    poison::poison,
    redact::redacted,
    server::{Server, Views},
    sse::Stream,
};

const ABSENT: &str = "01890000-0000-7000-8000-000000000004";

/// How operators talk.
pub struct Operator<'a>(pub &'a Cast);

impl Operator<'_> {
    pub async fn get(&self, path: &str) -> Reply {
        let Cast { server, operator, .. } = self.0;
        server.get(&format!("/v1/projections{path}")).token(operator).send().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        let Cast { server, operator, .. } = self.0;
        server.post(&format!("/v1/projections{path}")).token(operator).json(&body).send().await
    }

    /// Waits until what is there is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let found = self.get(path).await.expect(200).json();
            if wanted(&found) {
                return found;
            }
            assert!(Instant::now() < deadline, "waited in vain at {path}: {found:#}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Begins a rebuild; its path below the projections.
    pub async fn rebuild(&self, name: &str, body: Value) -> String {
        let reply = self.post(&format!("/{name}/rebuild"), body).await.expect(202);
        let location = reply.header("Location").unwrap().to_owned();
        location.strip_prefix("/v1/projections").unwrap().to_owned()
    }

    /// A rebuild that waits for an operator: there is nothing more to do but to promote it, also where it differs from the live
    /// build, as it does where something was skipped.
    pub async fn ready(&self, name: &str) -> String {
        let path = self.rebuild(name, json!({"promote": "manual"})).await;
        self.until(&path, |rebuild| rebuild["state"] == "ready" || rebuild["state"] == "differs").await;
        path
    }

    /// A rebuild that readers see.
    pub async fn promoted(&self, name: &str) {
        let path = self.ready(name).await;
        self.post(&format!("/{name}/promote"), json!({})).await.expect(200);
        self.until(&path, |rebuild| rebuild["state"] == "promoted").await;
    }
}

#[tokio::test]
async fn all_projections_are_listed_by_name_and_one_is_shown() {
    let cast = Cast::new().await;
    let operator = Operator(&cast);
    let live = |found: &Value| found["items"].as_array().unwrap().iter().all(|one| one["state"] == "live");
    let listed = operator.until("", live).await;
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["access_requests", "apps", "connections", "directory", "networks", "versions"]);
    assert_eq!(listed["next_cursor"], Value::Null);

    let reply = cast.read("/v1/projections/connections", &cast.operator).await.expect(200);
    assert_eq!(reply.header("ETag"), Some("\"0\""));
    let head = cast.server.journal.head().await.unwrap().position.get();
    assert_eq!(reply.position(), head);
    let mut shown = reply.json();
    // It comes when it comes.
    shown["audit"] = Value::Null;
    let shards = shown["shards"].as_array().unwrap();
    assert_eq!(shards.len(), 4, "{shown:#}");
    for shard in shards {
        assert!(shard["lag_seconds"].as_f64().unwrap() < 15.0 && shard["pid"].is_u64(), "{shard:#}");
    }
    let moving = [
        "position",
        "lag_events",
        "lag_seconds",
        "rate",
        "version",
        "build",
        "audit",
        "pid",
        "host",
        "epoch",
        "lease_until",
    ];
    insta::assert_json_snapshot!("projection", without(&moving, redacted(shown)));
    operator.get("/nothing").await.problem(404, "not_found");
    operator.get("/Nothing").await.problem(404, "not_found");
}

#[tokio::test]
async fn a_paused_projection_falls_behind_until_it_is_resumed() {
    let cast = Cast::new().await;
    let operator = Operator(&cast);
    operator.post("/apps/pause", Value::Null).await.expect(422);
    let paused = operator.post("/apps/pause", json!({"reason": "The disk is full."})).await.expect(200);
    assert_eq!(paused.json()["state"], "paused");
    assert_eq!(paused.header("ETag"), Some("\"1\""));
    cast.approved_app().await;
    let behind = operator.until("/apps", |found| found["lag_events"].as_u64() > Some(2)).await;
    assert_eq!(behind["state"], "paused");
    let then = behind["lag_seconds"].as_f64().unwrap();
    operator.until("/apps", |found| found["lag_seconds"].as_f64().unwrap() > then).await;

    operator.post("/apps/pause", json!({})).await.expect(200);
    let event = &cast.events("ProjectionOperated").await;
    assert_eq!(event.len(), 1, "pausing again changes nothing");
    insta::assert_json_snapshot!("projection_operated", without(&["position"], redacted(event[0].clone())));

    operator.post("/apps/resume", json!({})).await.expect(200);
    operator.until("/apps", |found| found["state"] == "live" && found["lag_events"] == 0).await;
    cast.read("/v1/apps", &cast.maker).await.expect(200);
}

#[tokio::test]
async fn what_nobody_works_on_is_stopped_and_its_lag_grows() {
    let cast = Cast::new().await;
    let Cast { db, operator, .. } = &cast;
    let elsewhere = Server::with(db, Views::Elsewhere).await;
    let look = async || elsewhere.get("/v1/projections/apps").token(operator).send().await.expect(200).json();
    cast.approved_app().await;
    let deadline = Instant::now() + Duration::from_secs(15);
    while look().await["state"] != "live" {
        assert!(Instant::now() < deadline, "{:#}", look().await);
        sleep(Duration::from_millis(50)).await;
    }
    let Cast { server, db: _db, maker, operator: token, .. } = cast;
    server.shut_down().await;
    let app = crate::cast::app_body();
    elsewhere.post("/v1/apps").token(&maker).json(&app).send().await.expect(201);
    let look = async || elsewhere.get("/v1/projections/apps").token(&token).send().await.expect(200).json();
    let stopped = look().await;
    assert_eq!(stopped["state"], "stopped", "{stopped:#}");
    assert!(stopped["lag_events"].as_u64() > Some(0), "{stopped:#}");
    assert!(stopped["shards"].as_array().unwrap().iter().all(|shard| shard["state"] == "stopped"));
    sleep(Duration::from_millis(50)).await;
    let later = look().await;
    assert!(later["lag_seconds"].as_f64() > stopped["lag_seconds"].as_f64(), "{later:#}");

    // What is asked for is recorded; nobody is there to carry it out.
    let asked = elsewhere.post("/v1/projections/apps/pause").token(&token).json(&json!({})).send().await;
    let asked = asked.expect(202);
    assert_eq!(asked.json()["pending"], 1, "{}", asked.text);
    let begun = elsewhere.post("/v1/projections/apps/rebuild").token(&token).json(&json!({})).send().await;
    assert_eq!(begun.expect(202).json()["state"], "requested");
}

#[tokio::test]
async fn a_rebuild_is_watched_held_sped_up_and_cancelled() {
    let cast = Cast::new().await;
    let operator = Operator(&cast);
    let path = operator.rebuild("versions", json!({"events_per_second": 1, "reason": "New index."})).await;
    let filling = operator.until(&path, |rebuild| rebuild["state"] == "filling").await;
    assert_eq!((&filling["projection"], &filling["promote"]), (&json!("versions"), &json!("if_equal")));
    assert!(filling["progress"].as_f64().unwrap() < 1.0, "{filling:#}");
    assert_eq!(filling["events_per_second"], 1);
    let problem = operator.post("/versions/rebuild", json!({})).await.problem(409, "rebuild_running");
    assert_eq!(problem["rebuild_id"], filling["rebuild_id"]);
    operator.post("/versions/promote", json!({})).await.problem(409, "rebuild_not_ready");
    let held = operator.post(&format!("{path}/pause"), json!({})).await.expect(200);
    assert_eq!(held.json()["state"], "paused");
    let listed = operator.get("/versions/rebuilds").await.expect(200).json();
    assert_eq!(listed["items"][0]["state"], "paused");
    let fast = json!({"events_per_second": 90_000});
    let resumed = operator.post(&format!("{path}/resume"), fast).await.expect(200).json();
    assert_eq!(resumed["events_per_second"], 90_000, "{resumed:#}");
    let done = operator.until(&path, |rebuild| rebuild["state"] == "promoted").await;
    assert_eq!((&done["progress"], &done["error"]), (&json!(1.0), &Value::Null), "{done:#}");
    operator.post(&format!("{path}/pause"), json!({})).await.problem(409, "rebuild_over");
    operator.post(&format!("{path}/cancel"), json!({})).await.problem(409, "rebuild_over");

    let path = operator.rebuild("versions", json!({"events_per_second": 1})).await;
    operator.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    operator.until(&path, |rebuild| rebuild["state"] == "cancelled").await;
    operator.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    operator.get(&format!("/versions/rebuilds/{ABSENT}")).await.problem(404, "not_found");
    operator.get(&path.replace("versions", "apps")).await.problem(404, "not_found");
    for wrong in [json!({"events_per_second": 0}), json!({"promote": "now"}), json!({"pace": 1})] {
        assert_eq!(operator.post("/versions/rebuild", wrong).await.status, 422);
    }
}

#[tokio::test]
async fn a_rebuild_waits_for_an_operator_who_promotes_and_goes_back() {
    let cast = Cast::new().await;
    let operator = Operator(&cast);
    operator.post("/networks/promote", json!({})).await.problem(409, "nothing_to_promote");
    operator.post("/networks/rollback", json!({})).await.problem(409, "no_former_build");
    let first = operator.until("/networks", |found| found["state"] == "live").await;
    let first = first["builds"][0]["build"].clone();
    let path = operator.ready("networks").await;
    let ready = operator.get(&path).await.json();
    assert_eq!((&ready["progress"], &ready["promote"]), (&json!(1.0), &json!("manual")));
    operator.post("/networks/promote", json!({})).await.expect(200);
    operator.until(&path, |rebuild| rebuild["state"] == "promoted").await;
    operator.post("/networks/promote", json!({})).await.expect(200);
    let live = |found: &Value| {
        let builds = found["builds"].as_array().unwrap().clone();
        builds.into_iter().find(|build| build["live"] == true).map(|build| build["build"].clone())
    };
    let second = live(&operator.get("/networks").await.json()).unwrap();
    assert_ne!(first, second);
    operator.post("/networks/rollback", json!({"reason": "Slower."})).await.expect(200);
    operator.until("/networks", |found| live(found).as_ref() == Some(&first)).await;
    operator.until(&path, |rebuild| rebuild["state"] == "rolled_back").await;

    let Cast { server, operator: token, .. } = &cast;
    let dropped = server.delete("/v1/projections/networks/former-build").token(token).send().await;
    dropped.expect(200);
    operator.until("/networks", |found| found["builds"].as_array().unwrap().len() == 1).await;
    operator.post("/networks/rollback", json!({})).await.problem(409, "no_former_build");
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_parked_and_skipped() {
    let cast = Cast::new().await;
    let operator = Operator(&cast);
    let poison = poison(&cast).await;
    let degraded = operator.until("/apps", |found| found["waiting"] == 1).await;
    assert_eq!((&degraded["state"], &degraded["parked"]), (&json!("degraded"), &json!(1)), "{degraded:#}");
    assert!(degraded["last_error"].as_str().unwrap().contains(&poison.failed.to_string()), "{degraded:#}");
    let mut letters = operator.get("/apps/dead-letters").await.expect(200).json();
    let error = letters["items"][0]["error"].take();
    assert!(error.as_str().unwrap().contains("expected a string"), "{error}");
    let moving = ["position", "key", "build", "shard"];
    insta::assert_json_snapshot!("dead_letters", without(&moving, redacted(letters)));
    // The key waits, and says so; nothing else does.
    let parked = cast.server.get(&format!("/v1/apps/{}", poison.app_id)).token(&cast.auditor).send().await;
    parked.problem(503, "projection_parked");
    let app = cast.approved_app().await;
    cast.read(&format!("/v1/apps/{app}"), &cast.maker).await.expect(200);

    let (failed, waiting) = (poison.failed, poison.waiting);
    let waits = operator.post(&format!("/apps/dead-letters/{waiting}/retry"), json!({})).await;
    assert_eq!(waits.problem(409, "dead_letter_waits")["position"], failed.get());
    operator.post("/apps/dead-letters/1/retry", json!({})).await.problem(404, "not_found");
    operator
        .post(&format!("/apps/dead-letters/{failed}/skip"), json!({}))
        .await
        .problem(422, "field_invalid");
    let nothing = json!({"reason": " "});
    let unsaid = operator.post(&format!("/apps/dead-letters/{failed}/skip"), nothing).await;
    unsaid.problem(422, "skip_reason_missing");
    operator.post(&format!("/apps/dead-letters/{failed}/retry"), json!({})).await.expect(200);
    let again = |found: &Value| found["items"][0]["attempts"].as_u64() > Some(1);
    operator.until("/apps/dead-letters", again).await;

    let reason = json!({"reason": "Written by a test."});
    operator.post(&format!("/apps/dead-letters/{failed}/skip"), reason).await.expect(200);
    let skipped = operator.until("/apps", |found| found["parked"] == 0).await;
    assert_eq!((&skipped["skipped"], &skipped["waiting"]), (&json!(1), &json!(0)), "{skipped:#}");
    assert_eq!(skipped["state"], "degraded", "until it is rebuilt");
    let events = cast.events("ProjectionOperated").await;
    let said = &events.last().unwrap()["data"];
    assert_eq!(
        (&said["operation"], &said["reason"]),
        (&json!("PROJECTION_OPERATION_SKIP"), &json!("Written by a test."))
    );
}

#[tokio::test]
async fn a_verification_is_watched_until_it_says_equal() {
    let cast = Cast::new().await;
    let operator = Operator(&cast);
    let reply = operator.post("/connections/verify", json!({})).await.expect(202);
    let path = reply.header("Location").unwrap().strip_prefix("/v1/projections").unwrap().to_owned();
    let done = operator
        .until(&path, |found| !["requested", "running"].contains(&found["state"].as_str().unwrap()))
        .await;
    assert_eq!((&done["state"], &done["progress"]), (&json!("equal"), &json!(1.0)), "{done:#}");
    operator.get(&format!("/connections/verifications/{ABSENT}")).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_command_that_is_sent_again_is_carried_out_once() {
    let cast = Cast::new().await;
    let Cast { server, operator, .. } = &cast;
    let begin = || {
        let call = server.post("/v1/projections/directory/rebuild").token(operator).key("once");
        call.json(&json!({"events_per_second": 1})).send()
    };
    let (first, again) = (begin().await.expect(202), begin().await.expect(202));
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(first.header("Location"), again.header("Location"));
    assert_eq!(cast.events("ProjectionOperated").await.len(), 1);
    let stale = server.post("/v1/projections/directory/pause").token(operator).header("If-Match", "\"0\"");
    stale.send().await.problem(412, "precondition_failed");
    let fresh = server.post("/v1/projections/directory/pause").token(operator).header("If-Match", "\"1\"");
    assert_eq!(fresh.send().await.expect(200).json()["state"], "paused");
}

#[tokio::test]
async fn whoever_watches_is_told_every_second_and_at_a_change() {
    let cast = Cast::new().await;
    let Cast { server, operator, .. } = &cast;
    let mut all = Stream::open(server.get("/v1/projections").token(operator)).await;
    let mut one = Stream::open(server.get("/v1/projections/apps").token(operator)).await;
    let first = all.next().await.unwrap();
    assert_eq!(first.event, "projections");
    assert_eq!(first.data["items"].as_array().unwrap().len(), 6);
    assert_eq!(one.next().await.unwrap().event, "projection");
    Operator(&cast).post("/apps/pause", json!({})).await.expect(200);
    while one.next().await.expect("the stream goes on").data["state"] != "paused" {}
    cast.connect(&cast.approved_app().await, 1).await.expect(201);
    while one.next().await.expect("the stream goes on").data["lag_events"].as_u64() < Some(3) {}
    let absent = server.get("/v1/projections/nothing").token(operator).header("Accept", "text/event-stream");
    absent.send().await.problem(404, "not_found");
    server.stop.cancel();
    all.ended().await;
    one.ended().await;
}

#[tokio::test]
async fn the_metrics_say_how_the_projections_are() {
    let cast = Cast::new().await;
    cast.read(&format!("/v1/tenants/{NORTH}/production/apps"), &cast.north).await.expect(200);
    Operator(&cast).until("/apps", |found| found["state"] == "live").await;
    Operator(&cast).post("/versions/pause", json!({})).await.expect(200);
    let told = cast.server.ops("/metrics").send().await.expect(200).text;
    for line in [
        r#"chancery_projection_state{projection="apps",state="live"} 1"#,
        r#"chancery_projection_state{projection="versions",state="paused"} 1"#,
        r#"chancery_projection_position{projection="apps"} "#,
        r#"chancery_projection_lag_events{projection="versions"} "#,
        r#"chancery_projection_lag_seconds{projection="versions"} "#,
        r#"chancery_projection_parked{projection="apps"} 0"#,
        r#"chancery_projection_skipped{projection="apps"} 0"#,
        "# EOF",
    ] {
        assert!(told.lines().any(|known| known.starts_with(line)), "{line}\n{told}");
    }
}

/// The same without what moves.
fn without(names: &[&str], mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            for (name, member) in members {
                *member = if names.contains(&&**name) && !member.is_null() {
                    format!("[{name}]").into()
                } else {
                    without(names, member.take())
                };
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without(names, item.take())),
        _ => {}
    }
    value
}
