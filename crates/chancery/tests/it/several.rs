//! Two processes with all roles on one log and one NATS: two relays, two runners of each view, two writers.

use crate::{
    call::Call,
    cast::Cast,
    checks::{all_is_well, log},
    load::Load,
    process::{Address, Server},
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

#[test]
fn each_role_can_have_a_process_of_its_own() {
    let world = World::new();
    let serve = |role: &'static str| {
        let address = Address::fresh();
        world.serve_with(&address, |command| {
            command.args(["--role", role]);
            if role == "api" {
                command.env_remove("NATS_URL").env_remove("CHANCERY_NATS_READER_URL");
            }
        })
    };
    let [api, _relay, _projections] = ["api", "relay", "projections"].map(serve).map(Server::ready);
    let cast = Cast::new(&world, &api);
    let app = cast.connected_app(&api);
    let before = log(&world).len() as u64;
    let load = Load::start(4, &cast, &app, std::slice::from_ref(&api.url));
    load.goes_on(50);
    let acks = load.finish();
    all_is_well(&world, &api, before, &acks);
    let head = log(&world).len() as u64;
    let read = Call::get(format!("/v1/apps/{app}")).by(&cast.developer).at_least(head);
    assert_eq!(api.send(&read).expect(200).position(), head);
}
