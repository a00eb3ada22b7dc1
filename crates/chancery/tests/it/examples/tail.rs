//! A tail prints what is asked for, and goes on where it stopped.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{Example, beside_a_stream_that_forgets, point};
use crate::{
    cast::Cast,
    checks::log,
    eventually,
    process::{Address, Server},
    world::World,
};

const TYPES: [&str; 2] = ["AppCreated", "TenantConnected"];

fn start(folder: &Path, world: &World, server: &Server, cast: &Cast, nats: bool) -> Example {
    Example::start("tail", folder, |command| {
        point(command, world, &server.url, &cast.consumer);
        command.arg(folder.join("checkpoint.json")).args(TYPES);
        if !nats {
            command.env_remove("NATS_URL");
        }
    })
}

/// Waits until it has printed what is wanted of the log, once.
#[track_caller]
fn prints_what_is_wanted(tail: &Example, world: &World) {
    let wanted = log(world).into_iter().filter(|event| TYPES.contains(&&*event.event_type));
    let wanted: Vec<u64> = wanted.map(|event| event.position.get()).collect();
    eventually("it has printed them", || {
        let printed = tail.printed();
        let events = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let printed: Vec<u64> = events.map(|event| event["position"].as_u64().unwrap()).collect();
        (printed == wanted).then_some(())
    });
}

#[test]
fn a_tail_prints_each_event_of_its_types_once_over_a_restart() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let folder = TempDir::new().unwrap();
    for _ in 0..3 {
        let tail = start(folder.path(), &world, &server, &cast, true);
        cast.connected_app(&server);
        prints_what_is_wanted(&tail, &world);
        tail.stop();
    }
}

#[test]
fn a_tail_beside_a_stream_that_forgets_and_one_without_nats_print_the_same() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    cast.connected_app(&server);
    cast.connected_app(&server);
    let server = beside_a_stream_that_forgets(&world, server, &cast);
    for nats in [true, false] {
        let folder = TempDir::new().unwrap();
        let tail = start(folder.path(), &world, &server, &cast, nats);
        prints_what_is_wanted(&tail, &world);
        // The log goes on, the stream does not.
        cast.connected_app(&server);
        prints_what_is_wanted(&tail, &world);
        tail.stop();
    }
}

#[test]
fn a_tail_of_a_misspelt_type_says_so() {
    let folder = TempDir::new().unwrap();
    let tail = Example::start("tail", folder.path(), |command| {
        command.arg(folder.path().join("checkpoint.json")).arg("AppCreate");
    });
    assert!(tail.fails().contains("AppCreate"));
}
