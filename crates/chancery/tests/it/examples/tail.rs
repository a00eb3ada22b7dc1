//! A tail prints what is asked for, and goes on where it stopped.

use serde_json::Value;
use tempfile::TempDir;

use super::{Example, point};
use crate::{cast::Cast, checks::log, eventually, process::Address, world::World};

#[test]
fn a_tail_prints_each_event_of_its_types_once_over_a_restart() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let folder = TempDir::new().unwrap();
    let types = ["AppCreated", "TenantConnected"];
    let start = || {
        Example::start("tail", folder.path(), |command| {
            point(command, &world, &server.url, &cast.consumer);
            command.arg(folder.path().join("checkpoint.json")).args(types);
        })
    };
    let wanted = || {
        let wanted = log(&world).into_iter().filter(|event| types.contains(&&*event.event_type));
        wanted.map(|event| event.position.get()).collect::<Vec<_>>()
    };
    for _ in 0..3 {
        let tail = start();
        cast.connected_app(&server);
        let printed = || -> Vec<u64> {
            let events = tail.printed();
            let events = events.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            events.map(|event| event["position"].as_u64().unwrap()).collect()
        };
        eventually("it has printed them", || (printed() == wanted()).then_some(()));
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
