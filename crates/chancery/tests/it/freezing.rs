//! A process that stands still at any moment, as a suspended machine does, holds up nobody else.

use chancery_journal::{Role, config_for};
use tokio_postgres::NoTls;

use crate::{
    call::Call,
    cast::{Cast, SCOPES},
    checks::{all_is_well, log, reaches},
    eventually,
    killing::{a_moment, chance},
    load::Load,
    process::{Address, Server},
    world::World,
};

const ROUNDS: usize = 4;

#[test]
fn a_frozen_process_holds_up_nobody_and_goes_on_afterwards() {
    let mut chance = chance();
    let world = World::new();
    let addresses = [Address::fresh(), Address::fresh()];
    let serve =
        |address| world.serve_with(address, |command| _ = command.args(["--projections.lease", "1"])).ready();
    let [frozen, other] = addresses.each_ref().map(serve);
    let cast = Cast::new(&world, &other);
    let shared = cast.connected_app(&other);
    let before = log(&world).len() as u64;
    let everywhere = Load::start(4, &cast, &shared, &addresses.map(|address| address.url()));
    let beside = Load::start(2, &cast, &shared, std::slice::from_ref(&other.url));
    for _ in 0..ROUNDS {
        everywhere.goes_on(10);
        a_moment(&mut chance, 200);
        frozen.freeze();
        beside.goes_on(10);
        let position = log(&world).len() as u64;
        reads_at(&other, &cast, &shared, position);
        reaches(&world, position);
        frozen.thaw();
    }
    let acks = [everywhere.finish(), beside.finish()].concat();
    for server in [&frozen, &other] {
        all_is_well(&world, server, before, &acks);
    }
}

/// The worst moment to be frozen at for those who apply the same view: with its checkpoint locked.
#[test]
fn a_frozen_runner_of_a_view_holds_up_no_other() {
    let world = World::new();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let shared = cast.connected_app(&server);
    let frozen = world.block_on(async {
        let config = config_for(&world.url(), Role::Views).unwrap();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute("BEGIN; SELECT FROM public.projection_shards FOR NO KEY UPDATE").await.unwrap();
        (client, connection)
    });
    let edited = server.send(&cast.edit_scopes(&shared, &SCOPES)).expect(200);
    reads_at(&server, &cast, &shared, edited.position());
    drop(frozen);
}

/// Reads an app and its connections as they are at `position`; the server may need time to get there.
fn reads_at(server: &Server, cast: &Cast, app: &str, position: u64) {
    for path in
        [format!("/v1/apps/{app}"), format!("/v1/apps/{app}/versions"), format!("/v1/apps/{app}/connections")]
    {
        let read = Call::get(path).by(&cast.developer).at_least(position);
        eventually("the views go on", || (server.send(&read).status == 200).then_some(()));
    }
}
