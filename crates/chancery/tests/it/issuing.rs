//! The role `gate` in a process of its own, and the keys that it signs with.

use serde_json::Value;

use crate::{
    call::Call,
    command_line::printed,
    process::{Address, Server},
    world::World,
};

/// 32 bytes.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// A gate that ends before it serves.
const SERVE: [&str; 5] = ["serve", "--role", "gate", "--listen", "127.0.0.1:0"];

fn gate(world: &World, key: &'static str) -> Server {
    world.serve_with(&Address::fresh(), |command| {
        command.args(["--role", "gate"]).env("CHANCERY_KEY", key).env_remove("NATS_URL");
    })
}

fn published(server: &Server) -> Vec<Value> {
    let keys = server.send(&Call::get("/.well-known/jwks.json")).expect(200).json();
    keys["keys"].as_array().unwrap().clone()
}

#[test]
fn a_gate_publishes_the_same_keys_after_a_restart_and_the_next_one_after_a_rotation() {
    let world = World::new();
    let server = gate(&world, KEY).ready();
    let first = published(&server);
    assert_eq!(first.len(), 2);
    server.send(&Call::get("/v1/apps")).problem(404, "route_unknown");
    drop(server);
    let server = gate(&world, KEY).ready();
    assert_eq!(published(&server), first);
    drop(server);

    let rotated = world.command(&["keys", "rotate", "--output", "json"]).env("CHANCERY_KEY", KEY).output();
    let rotated: Value = serde_json::from_str(&printed(rotated.unwrap())).unwrap();
    assert_eq!(rotated.as_array().map(Vec::len), Some(3), "{rotated}");
    assert!(rotated[1]["signs_from"].is_string() && rotated[2]["signs_from"].is_null(), "{rotated}");
    let after = published(&gate(&world, KEY).ready());
    assert!(after.len() == 3 && first.iter().all(|key| after.contains(key)), "{after:?}");
}

#[test]
fn a_gate_without_the_key_or_with_another_one_does_not_start() {
    let world = World::new();
    drop(gate(&world, KEY).ready());
    for (key, said) in [
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "stored under another CHANCERY_KEY"),
        ("too short", "32 bytes"),
    ] {
        let run = world.command(&SERVE).env("CHANCERY_KEY", key).output().unwrap();
        let told = String::from_utf8(run.stderr).unwrap();
        assert!(run.status.code() == Some(1) && told.contains(said) && !told.contains(key), "{told}");
    }
    let run = world.run(&SERVE);
    assert!(String::from_utf8(run.stderr).unwrap().contains("CHANCERY_KEY_FILE"));
}
