//! What waits for an operator says so, at once.

use serde_json::json;

use crate::{
    cast::Cast,
    checks::{is_in_the_views, log},
    command_line::{json as printed_json, printed},
    process::Address,
    world::World,
};

#[test]
fn a_rebuild_of_a_paused_projection_ends_as_ready_and_says_what_it_waits_for() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    cast.connected_app(&server);
    is_in_the_views(&world, log(&world).len());
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
