//! SIGTERM: what is under way gets its answer, then the process ends in order.

use std::{
    io::{BufRead as _, BufReader},
    thread,
};

use crate::{
    call::{Call, Reply, agent},
    cast::Cast,
    checks::{all_is_well, client, log},
    eventually,
    load::Load,
    process::Address,
    world::World,
};

/// Commands that are under way when the server is told to stop.
const UNDER_WAY: usize = 5;

#[test]
fn commands_under_way_are_answered_before_the_server_ends() {
    let world = World::new();
    let address = Address::fresh();
    let server = world.serve(&address);
    let cast = Cast::new(&world, &server);
    let head = log(&world).len();
    // While this lock is held, no command gets its answer.
    let holder = world.block_on(async {
        let client = client(&world).await;
        client.batch_execute("BEGIN; SELECT FROM head FOR UPDATE").await.unwrap();
        client
    });
    let send = |number: usize| server.send(&cast.create_app("Under way").key(&format!("under-way-{number}")));
    let replies: Vec<Reply> = thread::scope(|scope| {
        // Each is sent until it is told that it is in flight already: so one of each is.
        let waiting: Vec<_> = (0..UNDER_WAY)
            .flat_map(|number| [number, number])
            .map(|number| scope.spawn(move || send(number)))
            .collect();
        eventually("each is under way, and known to be", || {
            (waiting.iter().filter(|one| one.is_finished()).count() == UNDER_WAY).then_some(())
        });
        server.terminate();
        eventually("it begins to stop", || server.log().contains("stopping").then_some(()));
        world.block_on(holder.batch_execute("ROLLBACK")).unwrap();
        waiting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let (told, in_flight): (Vec<_>, Vec<_>) = replies.into_iter().partition(Reply::is_success);
    assert_eq!((told.len(), in_flight.len()), (UNDER_WAY, UNDER_WAY));
    assert!(in_flight.iter().all(Reply::is_passing));
    let log_of_server = server.log();
    let status = server.ended();
    assert_eq!(status.code(), Some(0), "{log_of_server}");
    let last = told.iter().map(Reply::position).max().unwrap();
    assert_eq!(last, log(&world).len() as u64);
    assert!(log(&world).len() > head);
}

#[test]
fn a_server_that_is_stopped_under_load_goes_on_where_it_was() {
    let world = World::new();
    let address = Address::fresh();
    let mut server = world.serve(&address);
    let cast = Cast::new(&world, &server);
    let shared = cast.connected_app(&server);
    let before = log(&world).len() as u64;
    let load = Load::start(4, &cast, &shared, &[address.url()]);
    for _ in 0..3 {
        load.goes_on(20);
        server.terminate();
        let status = server.ended();
        assert_eq!(status.code(), Some(0));
        server = world.serve(&address);
    }
    load.goes_on(20);
    let acks = load.finish();
    all_is_well(&world, &server, before, &acks);
}

#[test]
fn whoever_follows_the_events_does_not_keep_a_server_from_ending() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let follow = Call::get("/v1/events").by(&cast.consumer).header("Accept", "text/event-stream");
    let mut events = BufReader::new(follow.open(&agent(), &server.url).unwrap().into_body().into_reader());
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "nothing came");
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
    let rest: Result<Vec<String>, _> = events.lines().collect();
    assert!(rest.is_ok(), "the stream was cut in the midst: {rest:?}");
}
