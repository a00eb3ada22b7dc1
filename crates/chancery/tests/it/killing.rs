//! Kill -9 of the program, of Postgres and of NATS while commands come.

use std::{env, thread, time::Duration};

use fastrand::Rng;

use crate::{
    call::Call,
    cast::{Cast, SCOPES},
    checks::{all_is_well, log},
    eventually,
    load::Load,
    process::Address,
    world::World,
};

const CLIENTS: usize = 6;

/// Chance, which can be made to repeat itself: `CHANCERY_TEST_SEED`.
pub(crate) fn chance() -> Rng {
    let seed =
        env::var("CHANCERY_TEST_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("CHANCERY_TEST_SEED={seed}");
    Rng::with_seed(seed)
}

pub(crate) fn a_moment(chance: &mut Rng, at_most: u64) {
    thread::sleep(Duration::from_millis(chance.u64(..at_most)));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Chancery,
    Postgres,
    Nats,
}
use Victim::{Chancery, Nats, Postgres};

#[test]
fn nothing_is_lost_or_doubled_when_the_program_is_killed() {
    survives(&[&[Chancery], &[Chancery], &[Chancery], &[Chancery]]);
}

#[test]
fn nothing_is_lost_or_doubled_when_postgres_is_killed() {
    survives(&[&[Postgres], &[Postgres], &[Postgres]]);
}

#[test]
fn nothing_is_lost_or_doubled_when_nats_is_killed() {
    survives(&[&[Nats], &[Nats], &[Nats], &[Nats]]);
}

#[test]
fn nothing_is_lost_or_doubled_when_several_are_killed_at_once() {
    survives(&[&[Postgres, Chancery], &[Nats, Chancery], &[Postgres, Nats], &[Postgres, Nats, Chancery]]);
}

/// Kills under load, at random moments, and starts again after others; a round for each of `rounds`.
fn survives(rounds: &[&[Victim]]) {
    let mut chance = chance();
    let world = World::to_be_killed();
    let postgres = world.postgres();
    let address = Address::fresh();
    let mut server = world.serve(&address);
    let cast = Cast::new(&world, &server);
    let shared = cast.connected_app(&server);
    let before = log(&world).len() as u64;
    let load = Load::start(CLIENTS, &cast, &shared, &[address.url()]);
    for victims in rounds {
        load.goes_on(20);
        a_moment(&mut chance, 300);
        if victims.contains(&Postgres) {
            postgres.kill9();
        }
        if victims.contains(&Nats) {
            world.nats.kill9();
        }
        let killed = victims.contains(&Chancery);
        if killed {
            server.kill9();
        }
        a_moment(&mut chance, 300);
        if victims.contains(&Postgres) {
            postgres.start_again().unwrap();
        }
        if killed {
            server = world.serve(&address);
        }
        a_moment(&mut chance, 300);
        if victims.contains(&Nats) {
            world.nats.start_again().unwrap();
        }
    }
    load.goes_on(20);
    let acks = load.finish();
    let replayed = acks.iter().filter(|ack| ack.replayed).count();
    println!("{} commands acknowledged, {replayed} of them by a replay", acks.len());
    all_is_well(&world, &server, before, &acks);
}

/// Views are written without waiting for the disk: a crash may take their tail, which the log still has.
#[test]
fn a_read_reflects_what_it_was_asked_for_even_after_a_crash_of_postgres() {
    let world = World::to_be_killed();
    let postgres = world.postgres();
    let server = world.serve(&Address::fresh());
    let cast = Cast::new(&world, &server);
    let app = cast.connected_app(&server);
    for round in 0..5 {
        let scopes = &SCOPES[..=round % SCOPES.len()];
        let edited = server.send(&cast.edit_scopes(&app, scopes)).expect(200);
        let read = Call::get(format!("/v1/apps/{app}")).by(&cast.developer).at_least(edited.position());
        server.send(&read).expect(200);
        postgres.kill9();
        postgres.start_again().unwrap();
        let again = eventually("the view can be read", || {
            let reply = server.send(&read);
            (reply.status != 503).then_some(reply)
        });
        assert!(again.position() >= edited.position(), "{} < {}", again.position(), edited.position());
        assert_eq!(again.expect(200).json()["version"], edited.json()["version"]);
    }
}
