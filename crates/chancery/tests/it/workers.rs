//! Workers of projections, a process each, frozen, killed, cut off from NATS and from the stream: what they leave is the
//! fold of the log, and the auditor says so.

use chancery_wire::Topology;
use serde_json::Value;

use crate::{
    cast::{Cast, SCOPES},
    checks::{all_is_well, client, connect, is_in_the_views, log},
    eventually,
    killing::{a_moment, chance},
    load::Load,
    process::{Address, Server},
    world::World,
};

/// Takes commands and publishes, and keeps no view.
fn front(world: &World) -> Server {
    let roles = ["--role", "api", "--role", "relay"];
    world.serve_with(&Address::fresh(), |command| _ = command.args(roles)).ready()
}

/// A worker whose leases end a second after it fell silent, and that audits all the time.
fn worker(world: &World) -> Server {
    let options = ["--role", "projections", "--projections.lease", "1", "--projections.audit_interval", "1"];
    world.serve_with(&Address::fresh(), |command| _ = command.args(options)).ready()
}

/// Waits until every view stands where the log ended when this began, whoever moves it.
fn views_reach_the_head(world: &World) {
    let head = log(world).len();
    let sql = "SELECT count(*) FROM projection_pointers JOIN projection_shards USING (schema_name) WHERE position < $1";
    eventually("the views reach the log's head", || {
        let behind: i64 = world.block_on(async {
            client(world).await.query_one(sql, &[&i64::try_from(head).unwrap()]).await.unwrap().get(0)
        });
        (behind == 0).then_some(())
    });
}

/// What `/readyz` says of one dependency.
pub(crate) fn dependency(server: &Server, name: &str) -> Value {
    let ready = server.ops("/readyz").json();
    let found = ready["dependencies"].as_array().unwrap().iter().find(|one| one["name"] == name);
    found.cloned().unwrap_or_default()
}

/// Waits until the auditor has compared everything up to the log's head, and found nothing.
fn the_auditor_finds_nothing(world: &World, server: &Server) {
    let head = log(world).len() as u64;
    let audit = eventually("the auditor has looked at everything", || {
        let audit = dependency(server, "audit");
        let subjects = audit["detail"]["subjects"].as_object()?.clone();
        let reached = |of: &Value| of["position"].as_u64().is_some_and(|position| position >= head);
        (subjects.len() == chancery_views::all().len() + 1 && subjects.values().all(reached)).then_some(audit)
    });
    assert_eq!(audit["detail"]["state"], "equal", "{audit}");
}

#[test]
fn a_worker_that_wakes_up_after_another_took_over_writes_nothing() {
    let mut chance = chance();
    let world = World::new();
    let front = front(&world);
    let workers = [worker(&world), worker(&world)];
    let cast = Cast::new(&world, &front);
    let shared = cast.connected_app(&front);
    let before = log(&world).len() as u64;
    let load = Load::start(4, &cast, &shared, std::slice::from_ref(&front.url));
    for round in 0..4 {
        let frozen = &workers[round % 2];
        load.goes_on(10);
        a_moment(&mut chance, 200);
        frozen.freeze();
        load.goes_on(10);
        // The other one can only get there with all shards: so the leases are over.
        views_reach_the_head(&world);
        frozen.thaw();
    }
    load.goes_on(20);
    let acks = load.finish();
    all_is_well(&world, &front, before, &acks);
    for worker in &workers {
        the_auditor_finds_nothing(&world, worker);
    }
}

#[test]
fn workers_that_are_killed_again_and_again_leave_the_fold_of_the_log() {
    let mut chance = chance();
    let world = World::new();
    let front = front(&world);
    let mut workers = [worker(&world), worker(&world)];
    let cast = Cast::new(&world, &front);
    let shared = cast.connected_app(&front);
    let before = log(&world).len() as u64;
    let load = Load::start(6, &cast, &shared, std::slice::from_ref(&front.url));
    for round in 0..6 {
        load.goes_on(15);
        a_moment(&mut chance, 150);
        workers[round % 2].kill9();
        a_moment(&mut chance, 150);
        workers[round % 2] = worker(&world);
    }
    load.goes_on(20);
    let acks = load.finish();
    all_is_well(&world, &front, before, &acks);
    the_auditor_finds_nothing(&world, &workers[0]);
}

#[test]
fn workers_do_without_nats_for_as_long_as_it_is_away() {
    let world = World::new();
    world.nats.stop();
    let front = front(&world);
    let workers = [worker(&world), worker(&world)];
    let cast = Cast::new(&world, &front);
    let shared = cast.connected_app(&front);
    let load = Load::start(4, &cast, &shared, std::slice::from_ref(&front.url));
    load.goes_on(60);
    load.finish();
    is_in_the_views(&world, log(&world).len());
    for worker in &workers {
        assert_eq!(dependency(worker, "audit")["ok"], true);
    }
}

#[test]
fn a_stream_that_an_admin_deletes_and_resets_costs_the_views_nothing() {
    let world = World::new();
    let front = front(&world);
    let worker = worker(&world);
    let cast = Cast::new(&world, &front);
    let shared = cast.connected_app(&front);
    let before = log(&world).len() as u64;
    let load = Load::start(4, &cast, &shared, std::slice::from_ref(&front.url));
    load.goes_on(20);
    world.block_on(async {
        let jetstream = connect(&world.nats.relay_url()).await;
        jetstream.delete_stream(Topology::default().stream).await.unwrap();
    });
    load.goes_on(20);
    views_reach_the_head(&world);
    let differs = r#"chancery_projection_audit_differences{projection="stream"} 1"#;
    let audit = eventually("the auditor says that it is gone, and so does its number", || {
        let said = worker.ops("/metrics").text.lines().any(|line| line == differs);
        said.then(|| dependency(&worker, "audit"))
    });
    let found = &audit["detail"]["subjects"]["stream"]["differences"][0];
    assert!(audit["ok"] == false && found.as_str().unwrap().starts_with("there is no stream"), "{audit:#}");
    let reset = world.run(&["relay", "reset"]);
    assert!(reset.status.success(), "{reset:?}");
    load.goes_on(20);
    let acks = load.finish();
    all_is_well(&world, &front, before, &acks);
    the_auditor_finds_nothing(&world, &worker);
}

#[test]
fn what_the_auditor_finds_is_a_health_problem_and_a_number() {
    let world = World::new();
    let front = front(&world);
    let worker = worker(&world);
    let cast = Cast::new(&world, &front);
    let app = cast.connected_app(&front);
    front.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    the_auditor_finds_nothing(&world, &worker);
    let metric = |name: &str| worker.ops("/metrics").text.lines().any(|line| line == name);
    assert!(metric("chancery_projection_audit_differences{projection=\"apps\"} 0"));

    world.block_on(async {
        let client = client(&world).await;
        let sql = "SELECT schema_name FROM projection_pointers WHERE projection = 'apps'";
        let schema_name: String = client.query_one(sql, &[]).await.unwrap().get(0);
        client.batch_execute(&format!("UPDATE {schema_name}.app SET name = 'Forged'")).await.unwrap();
    });
    let audit = eventually("the auditor finds the row", || {
        let audit = dependency(&worker, "audit");
        (audit["ok"] == false).then_some(audit)
    });
    assert_eq!(audit["detail"]["state"], "differs", "{audit}");
    assert!(metric("chancery_projection_audit_differences{projection=\"apps\"} 1"));
    // It is served as before: taking every process out of service would help nobody.
    worker.ops("/readyz").expect(200);
}
