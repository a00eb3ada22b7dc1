//! A key names one command: over a restart, and for two processes that get it at the same moment.

use std::{sync::Barrier, thread};

use serde_json::{Value, json};

use crate::{
    call::{Call, Reply, without_secret},
    cast::{Cast, SCOPES, app_id},
    checks::{is_whole, log},
    eventually,
    process::{Address, Server},
    world::World,
};

const ROUNDS: usize = 20;

#[test]
fn a_retry_after_a_restart_gets_the_first_answer_without_the_secret() {
    let world = World::new();
    let address = Address::fresh();
    let mut server = world.serve(&address);
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let of_admin = app_id(&server.send(&cast.create_app_of_the_admin("Of the admin")).expect(201));
    server.send(&cast.approve(&of_admin)).expect(200);
    let calls = [
        cast.create_app("Once").key("app"),
        cast.connect(&of_admin, 1).key("connect"),
        cast.generate_secret(&app).key("secret"),
        cast.edit_scopes(&app, &SCOPES).key("edit"),
        // Changes nothing.
        cast.edit_scopes(&app, &SCOPES).key("again"),
        token(&cast).key("token"),
    ];
    let first = calls.each_ref().map(|call| server.send(call));
    let before = log(&world);
    server.kill9();
    server = world.serve(&address);
    for (call, first) in calls.iter().zip(&first) {
        assert!(first.is_success() && !first.replayed(), "{}", first.text);
        let retry = server.send(call).expect(first.status);
        assert!(retry.replayed());
        assert_eq!(retry.position(), first.position());
        assert_eq!(retry.json(), without_secret(first.json()));
    }
    for (secret, shown) in [("client_secret", &first[1]), ("client_secret", &first[2]), ("token", &first[5])]
    {
        assert!(shown.json()[secret].as_str().is_some_and(|secret| secret.len() > 50), "{}", shown.text);
    }
    let other = cast.create_app("Another body").key("app");
    server.send(&other).problem(422, "idempotency_key_reused");
    assert_eq!(log(&world), before, "a retry leaves nothing in the log");
}

#[test]
fn two_processes_that_get_a_command_at_once_carry_it_out_once() {
    let world = World::new();
    let servers = [world.serve(&Address::fresh()), world.serve(&Address::fresh())];
    let cast = Cast::new(&world, &servers[0]);
    for round in 0..ROUNDS {
        let before = log(&world).len();
        let once = |call: Call| once(&servers, &call.key(&format!("round-{round}")));
        let app = app_id(&once(cast.create_app(&format!("Round {round}"))));
        once(cast.approve(&app));
        once(cast.connect(&app, 1));
        once(cast.generate_secret(&app));
        once(cast.edit_scopes(&app, &SCOPES));
        once(token(&cast));
        let after = log(&world);
        let types: Vec<&str> = after[before..].iter().map(|event| event.event_type.as_str()).collect();
        let expected = "AppCreated TenantAdded AppApproved TenantConnected SecretGenerated ScopesEdited \
                        ApiTokenIssued";
        assert_eq!(types.join(" "), expected, "round {round}");
    }
    is_whole(&log(&world));
}

fn token(cast: &Cast) -> Call {
    Call::post("/v1/tokens", &json!({"role": "consumer", "name": "Once"})).by(&cast.platform)
}

/// Both get it at the same moment, and say the same; one of them shows the secret.
fn once(servers: &[Server; 2], call: &Call) -> Reply {
    let start = Barrier::new(2);
    let replies: Vec<Reply> = thread::scope(|scope| {
        let one = |server| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                answer(server, call)
            })
        };
        servers.each_ref().map(one).into_iter().map(|reply| reply.join().unwrap()).collect()
    });
    let [one, other] = &replies[..] else { unreachable!("two were asked") };
    assert!(one.is_success(), "{}", one.text);
    assert_eq!((one.status, one.position()), (other.status, other.position()));
    assert_eq!(without_secret(one.json()), without_secret(other.json()));
    let secret = ["client_secret", "token"].into_iter().find(|secret| one.json().get(secret).is_some());
    if let Some(secret) = secret {
        let shown = replies.iter().filter(|reply| reply.json()[secret].is_string()).count();
        assert_eq!(shown, 1, "{secret} was shown {shown} times");
    }
    one.clone()
}

/// What a server says once the command is no longer in flight.
fn answer(server: &Server, call: &Call) -> Reply {
    eventually("an answer", || {
        let reply = server.send(call);
        assert_ne!(reply.status, 503, "{}", reply.text);
        (!reply.is_passing()).then_some(reply)
    })
}

#[test]
fn a_key_belongs_to_its_principal_method_and_path() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let answers: Vec<Value> =
        ["one", "two"].map(|key| server.send(&cast.create_app("Same").key(key)).expect(201).json()).into();
    assert_ne!(answers[0]["app_id"], answers[1]["app_id"]);
    for answer in &answers {
        let app = answer["app_id"].as_str().unwrap();
        // The same key under another path, by another principal.
        server.send(&cast.approve(app).key("one")).expect(200);
    }
}
