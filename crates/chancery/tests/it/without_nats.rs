//! NATS may be away for as long as it likes: commands and reads do not notice.

use std::{thread, time::Duration};

use async_nats::jetstream;
use chancery_wire::Topology;

use crate::{
    call::{Call, agent},
    cast::{Cast, SCOPES, TENANT},
    checks::{connect, is_in_the_views, is_published, log},
    eventually,
    process::Address,
    workers::dependency,
    world::World,
};

#[test]
fn what_happens_while_nats_is_away_is_published_when_it_comes() {
    let world = World::new();
    world.nats.stop();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let secret = server.send(&cast.generate_secret(&app)).expect(201);
    let path = format!("/v1/apps/{app}/connections/{TENANT}/production");
    let read = Call::get(path).by(&cast.developer).at_least(secret.position());
    let connection = server.send(&read).expect(200);
    assert!(connection.position() >= secret.position());
    assert_eq!(connection.json()["secrets"][0]["hint"], secret.json()["hint"]);

    let relay = dependency(&server, "relay");
    assert_eq!((&relay["ok"], &relay["required"]), (&false.into(), &false.into()), "{relay}");

    // Long enough for everybody to have tried several times.
    thread::sleep(Duration::from_secs(1));
    world.nats.start_again().unwrap();
    is_published(&world, &log(&world));
    let edited = server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    assert_eq!(edited.position(), log(&world).len() as u64);
    let log = log(&world);
    is_published(&world, &log);
    is_in_the_views(&world, log.len());
    eventually("the relay is ready", || (dependency(&server, "relay")["ok"] == true).then_some(()));
}

#[test]
fn a_stream_that_is_lost_with_its_server_is_told_about_and_made_again_by_a_reset() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    is_published(&world, &log(&world));
    cast.connected_app(&server);
    let reset = world.run(&["relay", "reset"]);
    assert!(reset.status.success(), "{reset:?}");
    is_published(&world, &log(&world));
}

#[test]
fn beside_a_stream_that_is_of_another_log_the_views_follow_the_log_alone() {
    let world = World::new();
    let topology = Topology::default();
    world.block_on(async {
        let metadata = [(Topology::LOG_ID_KEY.to_owned(), uuid::Uuid::now_v7().to_string())].into();
        let config = jetstream::stream::Config {
            name: topology.stream.clone(),
            subjects: vec![topology.all_events()],
            metadata,
            ..jetstream::stream::Config::default()
        };
        connect(&world.nats.relay_url()).await.create_stream(config).await.unwrap();
    });
    let options = ["--projections.audit_interval", "1"];
    let server = world.serve_with(&Address::fresh(), |command| _ = command.args(options));
    eventually("the API answers", || Call::get("/v1/apps").send(&agent(), &server.url).ok());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    let edited = server.send(&cast.edit_scopes(&app, &SCOPES)).expect(200);
    let read = Call::get(format!("/v1/apps/{app}")).by(&cast.developer).at_least(edited.position());
    assert_eq!(server.send(&read).expect(200).json()["version"], 2);
    let found = eventually("the auditor says whose it is", || {
        let audit = dependency(&server, "audit");
        audit["detail"]["subjects"]["stream"]["differences"][0].as_str().map(str::to_owned)
    });
    assert!(found.starts_with("the stream says that it is of log "), "{found}");
    let status = world.run(&["relay", "status"]);
    assert_eq!(status.status.code(), Some(3), "{status:?}");
}
