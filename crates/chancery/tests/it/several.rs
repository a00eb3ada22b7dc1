//! Two processes with all roles on one log and one NATS: two relays, two runners of each view, two writers.

use crate::{
    cast::Cast,
    checks::{all_is_well, log},
    load::Load,
    process::Address,
    world::World,
};

#[test]
fn two_processes_with_all_roles_do_each_other_no_harm() {
    let world = World::new();
    let addresses = [Address::fresh(), Address::fresh()];
    let servers = addresses.each_ref().map(|address| world.serve(address));
    let cast = Cast::new(&world, &servers[0]);
    let shared = cast.connected_app(&servers[1]);
    let before = log(&world).len() as u64;
    let load = Load::start(6, &cast, &shared, &addresses.map(|address| address.url()));
    load.goes_on(400);
    let acks = load.finish();
    for server in &servers {
        all_is_well(&world, server, before, &acks);
    }
}
