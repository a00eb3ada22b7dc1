//! A view rebuilt from nothing equals the live one, row for row, whatever happened on the way.

use chancery_views::all;
use proptest::prelude::*;

use crate::{
    story::{Step, Story, step},
    world::{Running, World, holds_for, person},
};

#[derive(Debug, Clone)]
enum Happening {
    Step(Step),
    /// Views run a while in batches of this size, then die, or stop in good order.
    Run {
        batch: usize,
        die: bool,
    },
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => step().prop_map(Happening::Step),
        1 => (1..6_usize, any::<bool>()).prop_map(|(batch, die)| Happening::Run { batch, die }),
    ]
}

async fn check(happenings: Vec<Happening>) {
    let world = World::new();
    let mut story = Story::default();
    for happening in &happenings {
        match happening {
            Happening::Step(step) => {
                if let Some(events) = story.next(step) {
                    world.done_by(person("ann"), events).await;
                }
            }
            Happening::Run { batch, die } => {
                let running = Running::start(world.runner(all(), *batch));
                if *die {
                    // Wherever it happens to be.
                    tokio::task::yield_now().await;
                    running.kill().await;
                } else {
                    for view in all() {
                        world.at_the_head(&running, view).await;
                    }
                    running.stop().await;
                }
            }
        }
    }
    world.caught_up().await;
    for view in all() {
        assert_eq!(world.live(view).await, world.rebuilt(view).await, "{}", view.name());
    }
}

#[test]
fn a_view_rebuilt_from_nothing_equals_the_live_one_row_for_row() {
    holds_for(12, &prop::collection::vec(happening(), 20..160), check);
}
