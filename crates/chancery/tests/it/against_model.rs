//! The whole system beside the model of the rules: random sequences of commands over HTTP, through Postgres, relay, NATS,
//! feed and views, two hundred in all. Every answer is compared; and at the end of a sequence what the model says with what the views
//! answer, and of every fourth with what the log says when it is folded again (`?at=`) and what the gate makes of it
//! (`/v1/explain/access`).

mod explain;
mod look;
mod names;
mod send;
mod stage;

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::{
    prop_assert,
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestRunner},
};

use crate::{
    model::{Command, Expected, Facts, commands, commands_of_groups},
    process::Address,
    world::World,
};

use self::stage::{Stage, System};

#[test]
fn sequences_of_commands_through_the_whole_system_lead_where_the_rules_say() {
    lead_where_the_rules_say(&commands());
}

#[test]
fn sequences_of_commands_about_groups_through_the_whole_system_lead_where_the_rules_say() {
    lead_where_the_rules_say(&commands_of_groups());
}

/// Plays a hundred sequences, on a system of their own: the catalog is everybody's.
#[track_caller]
fn lead_where_the_rules_say(commands: &impl Strategy<Value = Vec<Command>>) {
    let world = World::new();
    let server = world.serve_with(&Address::fresh(), |command| _ = command.args(["--proxies", "1"])).ready();
    let system = System::new(&world, &server);
    // Each sequence has organizations and tenants of its own.
    let number = AtomicU64::new(0);
    let config =
        Config { cases: 100, max_shrink_iters: 300, source_file: Some(file!()), ..Config::default() };
    let outcome = TestRunner::new(config).run(commands, |commands| {
        play(&mut Stage::new(&system, number.fetch_add(1, Ordering::Relaxed)), &commands)
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Gives the commands to both, and compares what they answer; and at the end what can be seen.
fn play(stage: &mut Stage<'_>, commands: &[Command]) -> Result<(), TestCaseError> {
    let mut facts = Facts::start();
    for (number, command) in commands.iter().enumerate() {
        let command = command.clone().resolved(&facts);
        if matches!(command, Command::Wait { .. }) {
            // The clock is the system's.
            continue;
        }
        let before = facts.clone();
        let expected = facts.carry_out(&command, number);
        let reply = stage.give(&command, &before);
        prop_assert!(
            stage.agrees(&reply, &expected),
            "command {number}, {command:?}: {} {}, but the model says {expected:?}",
            reply.status,
            reply.text
        );
        if reply.is_success() && expected == Expected::Changes {
            stage.learn(&command, &reply, &facts, number)?;
        }
        if let Command::CreateApp { organization, instance: Some(instance), .. } = &command
            && reply.status == 403
        {
            facts.tunneled(*organization, *instance);
            stage.look_at_head();
        }
    }
    stage.compare(&facts)
}
