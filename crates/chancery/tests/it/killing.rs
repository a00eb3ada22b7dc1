//! Kill -9 of the program, of Postgres and of NATS while commands come.

use std::{env, thread, time::Duration};

use fastrand::Rng;

use crate::{
    cast::Cast,
    checks::{all_is_well, log},
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
