//! What operators may have done to projections, and when not.

use chancery_domain::{
    Decision, Event, EventsPerSecond, ProjectionName, ProjectionOperated, ProjectionOperation as Operation,
    Promotion, Reason, RebuildId, VerificationId,
    projection::{self, DeadLetter, Facts, Order, Rebuild, Stage},
};
use uuid::Uuid;

use crate::world::{World, given};

const FIRST: RebuildId = RebuildId(Uuid::from_u128(1));
const SECOND: RebuildId = RebuildId(Uuid::from_u128(2));
const VERIFICATION: VerificationId = VerificationId(Uuid::from_u128(3));

fn name() -> ProjectionName {
    ProjectionName::parse("connections").unwrap()
}

fn order(reason: &str) -> Order {
    Order { projection: name(), reason: Reason::parse(reason).unwrap() }
}

fn operated(operation: Operation) -> Event {
    because("", operation)
}

fn because(reason: &str, operation: Operation) -> Event {
    ProjectionOperated { projection: name(), operation, reason: Reason::parse(reason).unwrap() }.into()
}

const fn asked_for(rebuild_id: RebuildId) -> Operation {
    Operation::Rebuild { rebuild_id, events_per_second: None, promote: Promotion::IfEqual }
}

/// A projection whose tables know of so many events of its stream.
fn knowing(carried_out: u64) -> Facts {
    Facts { exists: true, carried_out, ..Facts::default() }
}

fn at(rebuild_id: RebuildId, stage: Stage) -> Facts {
    let rebuild = Some(Rebuild { rebuild_id, stage });
    Facts { latest: rebuild, named: rebuild, ..knowing(9) }
}

type Rule = fn(Order, &projection::State, &Facts) -> Decision;

fn decide(world: &World, rule: Rule, facts: &Facts) -> Decision {
    rule(order(""), &world.projection(&name()), facts)
}

fn rebuild(world: &World, rebuild_id: RebuildId, facts: &Facts) -> Decision {
    let state = world.projection(&name());
    projection::rebuild(order(""), rebuild_id, None, Promotion::IfEqual, &state, facts)
}

#[test]
fn a_projection_is_paused_once_and_resumed_once() {
    given([])
        .when(|world| decide(world, projection::resume, &knowing(0)))
        .then_nothing()
        .when(|world| decide(world, projection::pause, &knowing(0)))
        .then([operated(Operation::Pause)])
        .when(|world| decide(world, projection::pause, &knowing(0)))
        .then_nothing()
        .when(|world| decide(world, projection::resume, &knowing(0)))
        .then([operated(Operation::Resume)])
        .when(|world| decide(world, projection::pause, &knowing(0)))
        .then([operated(Operation::Pause)]);
}

#[test]
fn nothing_is_done_to_a_projection_that_there_is_not() {
    let nowhere = Facts::default();
    let rules: [Rule; 5] = [
        projection::pause,
        projection::resume,
        projection::promote,
        projection::rollback,
        projection::drop_build,
    ];
    for rule in rules {
        given([]).when(|world| decide(world, rule, &nowhere)).refused("projection_unknown");
    }
    given([]).when(|world| rebuild(world, FIRST, &nowhere)).refused("projection_unknown");
    let state = projection::State::default();
    for decision in [
        projection::verify(order(""), VERIFICATION, &state, &nowhere),
        projection::cancel_rebuild(order(""), FIRST, &state, &nowhere),
        projection::retry(order(""), 7, &state, &nowhere),
        projection::skip(order("Known to be wrong."), 7, &state, &nowhere),
    ] {
        assert_eq!(decision.unwrap_err().code(), "projection_unknown");
    }
}

#[test]
fn a_rebuild_says_how_fast_it_may_go_and_when_it_is_promoted() {
    let (slow, promote) = (Some(EventsPerSecond::new(5_000).unwrap()), Promotion::Manual);
    let operation = Operation::Rebuild { rebuild_id: FIRST, events_per_second: slow, promote };
    given([])
        .when(|world| {
            let state = world.projection(&name());
            projection::rebuild(order("New index."), FIRST, slow, promote, &state, &knowing(0))
        })
        .then([because("New index.", operation)]);
    for number in [0, EventsPerSecond::MAX + 1, u64::MAX] {
        assert_eq!(EventsPerSecond::new(number).unwrap_err().code(), "events_per_second_invalid");
    }
}

#[test]
fn one_rebuild_runs_at_a_time_until_it_is_promoted_or_over() {
    // Asked for, and nobody has begun it.
    given([operated(asked_for(FIRST))])
        .when(|world| rebuild(world, SECOND, &knowing(0)))
        .refused("rebuild_running");
    for stage in [Stage::Filling, Stage::CaughtUp] {
        // It may also have begun by itself, for another version.
        given([]).when(|world| rebuild(world, SECOND, &at(FIRST, stage))).refused("rebuild_running");
    }
    for stage in [Stage::Promoted, Stage::Over] {
        given([operated(asked_for(FIRST))])
            .when(|world| rebuild(world, SECOND, &at(FIRST, stage)))
            .then([operated(asked_for(SECOND))]);
    }
    let given_up = [operated(asked_for(FIRST)), operated(Operation::CancelRebuild(FIRST))];
    given(given_up)
        .when(|world| rebuild(world, SECOND, &at(FIRST, Stage::Filling)))
        .then([operated(asked_for(SECOND))]);
}

#[test]
fn a_rebuild_is_held_and_goes_on_while_it_fills() {
    let pause = |world: &World, facts: &Facts| {
        projection::pause_rebuild(order(""), FIRST, &world.projection(&name()), facts)
    };
    let resume = |world: &World, facts: &Facts| {
        projection::resume_rebuild(order(""), FIRST, None, &world.projection(&name()), facts)
    };
    let filling = at(FIRST, Stage::Filling);
    given([operated(asked_for(FIRST))])
        .when(|world| resume(world, &filling))
        .then_nothing()
        .when(|world| pause(world, &filling))
        .then([operated(Operation::PauseRebuild(FIRST))])
        .when(|world| pause(world, &filling))
        .then_nothing()
        .when(|world| resume(world, &filling))
        .then([operated(Operation::ResumeRebuild { rebuild_id: FIRST, events_per_second: None })])
        .when(|world| pause(world, &filling))
        .then([operated(Operation::PauseRebuild(FIRST))]);
    // Before anybody has begun it.
    given([operated(asked_for(FIRST))])
        .when(|world| pause(world, &knowing(0)))
        .then([operated(Operation::PauseRebuild(FIRST))]);
    given([]).when(|world| pause(world, &at(FIRST, Stage::CaughtUp))).refused("rebuild_caught_up");
    given([]).when(|world| resume(world, &at(FIRST, Stage::CaughtUp))).then_nothing();
    for stage in [Stage::Promoted, Stage::Over] {
        given([]).when(|world| pause(world, &at(FIRST, stage))).refused("rebuild_over");
        given([]).when(|world| resume(world, &at(FIRST, stage))).refused("rebuild_over");
    }
    given([]).when(|world| pause(world, &at(SECOND, Stage::Filling))).refused("rebuild_unknown");
}

#[test]
fn a_rebuild_that_goes_on_gets_another_pace() {
    let events_per_second = Some(EventsPerSecond::new(9_000).unwrap());
    let resume = |world: &World, facts: &Facts| {
        let state = world.projection(&name());
        projection::resume_rebuild(order(""), FIRST, events_per_second, &state, facts)
    };
    given([])
        .when(|world| resume(world, &at(FIRST, Stage::Filling)))
        .then([operated(Operation::ResumeRebuild { rebuild_id: FIRST, events_per_second })]);
    given([]).when(|world| resume(world, &at(FIRST, Stage::CaughtUp))).then_nothing();
}

#[test]
fn a_rebuild_is_cancelled_once_and_not_after_it_was_promoted() {
    let cancel = |world: &World, facts: &Facts| {
        projection::cancel_rebuild(order(""), FIRST, &world.projection(&name()), facts)
    };
    for facts in [at(FIRST, Stage::Filling), at(FIRST, Stage::CaughtUp)] {
        given([operated(asked_for(FIRST))])
            .when(|world| cancel(world, &facts))
            .then([operated(Operation::CancelRebuild(FIRST))])
            .when(|world| cancel(world, &facts))
            .then_nothing()
            .when(|world| cancel(world, &at(FIRST, Stage::Over)))
            .then_nothing();
    }
    for stage in [Stage::Promoted, Stage::Over] {
        given([]).when(|world| cancel(world, &at(FIRST, stage))).refused("rebuild_over");
    }
    // The promotion was asked for and is not carried out.
    let facts = Facts { carried_out: 1, ..at(FIRST, Stage::CaughtUp) };
    given([operated(asked_for(FIRST)), operated(Operation::Promote(FIRST))])
        .when(|world| cancel(world, &facts))
        .refused("rebuild_over");
    given([]).when(|world| cancel(world, &knowing(0))).refused("rebuild_unknown");
}

#[test]
fn what_has_caught_up_is_promoted_and_promoting_again_changes_nothing() {
    given([operated(asked_for(FIRST))])
        .when(|world| decide(world, projection::promote, &at(FIRST, Stage::Filling)))
        .refused("rebuild_not_ready");
    given([operated(asked_for(FIRST))])
        .when(|world| decide(world, projection::promote, &at(FIRST, Stage::CaughtUp)))
        .then([operated(Operation::Promote(FIRST))])
        .when(|world| decide(world, projection::promote, &at(FIRST, Stage::CaughtUp)))
        .then_nothing()
        .when(|world| decide(world, projection::promote, &at(FIRST, Stage::Promoted)))
        .then_nothing();
    given([])
        .when(|world| decide(world, projection::promote, &at(FIRST, Stage::Over)))
        .refused("nothing_to_promote");
    given([]).when(|world| decide(world, projection::promote, &knowing(0))).refused("nothing_to_promote");
}

#[test]
fn what_was_live_before_comes_back_as_long_as_it_is_there() {
    let kept = |carried_out| Facts { former_build: true, ..knowing(carried_out) };
    given([])
        .when(|world| decide(world, projection::rollback, &kept(0)))
        .then([operated(Operation::Rollback)])
        .when(|world| decide(world, projection::rollback, &kept(0)))
        .refused("switch_running");
    given([operated(Operation::Rollback)])
        .when(|world| decide(world, projection::rollback, &kept(1)))
        .then([operated(Operation::Rollback)]);
    given([])
        .when(|world| decide(world, projection::drop_build, &kept(0)))
        .then([operated(Operation::DropBuild)])
        .when(|world| decide(world, projection::rollback, &kept(0)))
        .refused("switch_running");
    let rules: [Rule; 2] = [projection::rollback, projection::drop_build];
    for rule in rules {
        given([]).when(|world| decide(world, rule, &knowing(0))).refused("no_former_build");
    }
}

#[test]
fn one_verification_runs_at_a_time() {
    let verify = |world: &World, facts: &Facts| {
        projection::verify(order(""), VERIFICATION, &world.projection(&name()), facts)
    };
    let verified = || operated(Operation::Verify(VERIFICATION));
    given([])
        .when(|world| verify(world, &knowing(0)))
        .then([verified()])
        .when(|world| verify(world, &knowing(0)))
        .refused("verification_running");
    given([verified()])
        .when(|world| verify(world, &Facts { verifying: true, ..knowing(1) }))
        .refused("verification_running");
    given([verified()]).when(|world| verify(world, &knowing(1))).then([verified()]);
}

#[test]
fn a_parked_event_is_retried_or_left_out_with_a_reason() {
    let parked = |waits_for| Facts { dead_letter: Some(DeadLetter { waits_for }), ..knowing(0) };
    let retry =
        |world: &World, facts: &Facts| projection::retry(order(""), 7, &world.projection(&name()), facts);
    let skip = |world: &World, reason: &str, facts: &Facts| {
        projection::skip(order(reason), 7, &world.projection(&name()), facts)
    };
    given([])
        .when(|world| retry(world, &parked(None)))
        .then([operated(Operation::Retry(7))])
        .when(|world| retry(world, &parked(None)))
        .then_nothing()
        .when(|world| skip(world, "Known to be wrong.", &parked(None)))
        .then([because("Known to be wrong.", Operation::Skip(7))])
        .when(|world| skip(world, "Known to be wrong.", &parked(None)))
        .then_nothing();
    // It failed again.
    given([operated(Operation::Retry(7))])
        .when(|world| retry(world, &Facts { carried_out: 1, ..parked(None) }))
        .then([operated(Operation::Retry(7))]);
    given([]).when(|world| skip(world, " ", &parked(None))).refused("skip_reason_missing");
    given([]).when(|world| retry(world, &parked(Some(5)))).refused("dead_letter_waits");
    given([]).when(|world| skip(world, "So.", &parked(Some(5)))).refused("dead_letter_waits");
    given([]).when(|world| retry(world, &knowing(0))).refused("dead_letter_unknown");
}

#[test]
fn what_is_done_to_one_projection_is_not_done_to_another() {
    let other = ProjectionName::parse("versions").unwrap();
    let event = ProjectionOperated {
        projection: other,
        operation: Operation::Pause,
        reason: Reason::parse("").unwrap(),
    };
    let world = given([event.into()]);
    assert_eq!(world.projection(&name()), projection::State::default());
    world.when(|world| decide(world, projection::pause, &knowing(0))).then([operated(Operation::Pause)]);
}

#[test]
fn a_projections_name_is_lower_case_letters_and_underscores() {
    for text in ["apps", "access_requests", &"a".repeat(40)] {
        assert_eq!(ProjectionName::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "Apps", "a-b", "a1", "a b", "\u{e9}", &"a".repeat(41)] {
        assert_eq!(ProjectionName::parse(text).unwrap_err().code(), "projection_name_malformed", "{text}");
    }
}
