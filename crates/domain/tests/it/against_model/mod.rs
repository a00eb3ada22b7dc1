//! The domain beside the model: random sequences of commands, compared after every step.

mod domain;
mod look;
mod numbers;

use proptest::{prelude::*, test_runner::TestCaseError};

use crate::model::{Command, Expected, Facts, commands, commands_of_groups, difference};

use domain::{Domain, Happened};

proptest! {
    // Together ten thousand.
    #![proptest_config(ProptestConfig { cases: 5_000, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_leads_elsewhere_than_the_rules_say(commands in commands()) {
        agree(&commands)?;
    }

    #[test]
    fn no_sequence_of_commands_about_groups_leads_elsewhere_than_the_rules_say(commands in commands_of_groups()) {
        agree(&commands)?;
    }
}

/// Gives the commands to both, and compares what they answer and what can be seen, after each.
fn agree(commands: &[Command]) -> Result<(), TestCaseError> {
    let mut facts = Facts::start();
    let mut domain = Domain::start();
    compare(&facts, &domain, "the beginning")?;
    for (number, command) in commands.iter().enumerate() {
        let command = command.clone().resolved(&facts);
        let happened = domain.carry_out(&command, &facts, number);
        let expected = facts.carry_out(&command, number);
        let agreed = match (&happened, &expected) {
            (Happened::Changes, Expected::Changes)
            | (Happened::Nothing, Expected::Nothing | Expected::NothingOrRefused(_)) => true,
            (Happened::Refused(code), Expected::Refused(codes) | Expected::NothingOrRefused(codes)) => {
                codes.contains(code)
            }
            _ => false,
        };
        prop_assert!(agreed, "command {number}, {command:?}: {happened:?}, but the model says {expected:?}");
        if let (Happened::Refused("customer_tunneling"), Command::CreateApp { organization, instance, .. }) =
            (&happened, &command)
        {
            let place = instance.expect("an instance to refuse");
            let recorded = domain.record_tunneling(*organization, place, facts.now, number);
            let first = facts.tunneled(*organization, place);
            prop_assert_eq!(recorded == Happened::Changes, first, "command {}", number);
        }
        // Nothing else moves a state, and time moves what is live.
        if happened == Happened::Changes || matches!(command, Command::Wait { .. }) {
            compare(&facts, &domain, &format!("command {number}, {command:?}"))?;
        }
    }
    Ok(())
}

fn compare(facts: &Facts, domain: &Domain, after: &str) -> Result<(), TestCaseError> {
    let expected = facts.see();
    let seen = domain.see(facts, &expected);
    if seen == expected {
        return Ok(());
    }
    Err(TestCaseError::fail(format!("after {after}: {}", difference(&seen, &expected))))
}
