use chancery_domain::{Decision, PersonForgotten, PersonId, person};

use crate::{
    fixtures::stamp,
    world::{World, given},
};

fn somebody() -> PersonId {
    PersonId::parse("somebody").unwrap()
}

fn forget(world: &World) -> Decision {
    person::forget(somebody(), &world.person(&somebody()))
}

#[test]
fn a_person_is_forgotten_once_and_it_is_known_since_when() {
    let forgotten = PersonForgotten { person_id: somebody() };
    let world = given([]).when(forget).then([forgotten.into()]);
    assert_eq!(world.person(&somebody()), person::State::Forgotten(stamp()));
    world.when(forget).then_nothing();
}

#[test]
fn forgetting_one_person_forgets_no_other() {
    let another = PersonId::parse("somebody-else").unwrap();
    let world = given([PersonForgotten { person_id: another.clone() }.into()]);
    assert_eq!(world.person(&somebody()), person::State::Remembered);
    world.when(forget).then([PersonForgotten { person_id: somebody() }.into()]);
}
