//! What an appender need not look up again, and when it must.

use std::sync::Arc;

use anyhow::{Result, ensure};
use chancery_journal::{Append, AppendError, Appended, Appender};
use futures_util::future::join_all;
use proptest::{collection::vec, prelude::*, strategy::ValueTree, test_runner::TestRunner};

use crate::{
    commands::{Compose, command},
    world::{World, in_pairs, soon},
};

fn is_conflict(answer: &Result<Appended, AppendError>) -> bool {
    matches!(answer, Err(AppendError::Conflict))
}

#[tokio::test]
async fn what_another_process_appended_is_looked_up() -> Result<()> {
    let world = World::new()?;
    let other = world.another_appender()?;
    world.append(command().writes("a", 0, 1)).await?;
    other.append(Arc::new(command().writes("a", 1, 1))).await?;
    let alone = world.append(command().writes("b", 0, 1).guards("a", 1)).await;
    assert!(is_conflict(&alone), "{alone:?}");

    world.append(command().writes("a", 2, 1)).await?;
    other.append(Arc::new(command().writes("a", 3, 1))).await?;
    let late = || command().guards("a", 3);
    let together = world.together(vec![late().writes("b", 0, 1), late().writes("c", 0, 2)]).await?;
    assert!(together.iter().all(is_conflict), "{together:?}");
    ensure!(world.log().await?.len() == 4);
    Ok(())
}

#[tokio::test]
async fn a_stream_that_is_known_is_compared_all_the_same() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 2).guards("b", 0)).await?;
    for (stream, version) in [("a", 0), ("a", 1), ("a", 3), ("b", 1)] {
        let alone = world.append(command().writes("c", 0, 1).guards(stream, version)).await;
        assert!(is_conflict(&alone), "{stream}@{version}: {alone:?}");
        let several = world.append(command().writes("c", 0, 2).guards(stream, version)).await;
        assert!(is_conflict(&several), "{stream}@{version}: {several:?}");
    }
    world.append(command().writes("c", 0, 1).guards("a", 2).guards("b", 0)).await?;
    Ok(())
}

const STREAMS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
/// A command on one of some streams: which, how far from its version, and how many events.
type Step = (usize, i64, usize);

/// Who sends, and what at once: a few commands on three streams, or a batch and one behind it on eight.
fn story() -> impl Strategy<Value = Vec<(bool, Vec<Step>)>> {
    let few = vec((0..3_usize, -1..=1_i64, 0..3_usize), 1..4);
    let many = vec((0..STREAMS.len(), prop_oneof![9 => Just(0), 1 => -1..=1_i64], 0..3_usize), 4..9);
    vec((any::<bool>(), prop_oneof![few, many]), 30)
}

/// The command, and whether it must be accepted, after those before it.
fn next(versions: &mut [u64; 8], (stream, off, events): Step) -> (Append, bool) {
    let version = versions[stream].saturating_add_signed(off);
    let accepted = version == versions[stream];
    if accepted {
        versions[stream] += events as u64;
    }
    (command().writes(STREAMS[stream], version, events), accepted)
}

async fn tell(appender: &Appender, steps: Vec<Step>, versions: &mut [u64; 8]) -> Result<()> {
    let (commands, expected): (Vec<_>, Vec<_>) = steps.into_iter().map(|step| next(versions, step)).unzip();
    let sent = commands.into_iter().map(|command| appender.append(Arc::new(command)));
    let answers = soon("everybody is answered", join_all(sent)).await?;
    for (answer, accepted) in answers.into_iter().zip(expected) {
        ensure!(
            accepted == answer.is_ok() && (accepted || is_conflict(&answer)),
            "{answer:?}, not {accepted}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn two_who_take_turns_are_decided_as_one_would_be() -> Result<()> {
    let mut runner = TestRunner::deterministic();
    for _ in 0..4 {
        let story = story().new_tree(&mut runner).map_err(anyhow::Error::msg)?.current();
        let world = World::with(in_pairs())?;
        let other = world.appender_with(in_pairs())?;
        let mut versions = [0; 8];
        for (others, steps) in story {
            tell(if others { &other } else { &world.appender }, steps, &mut versions).await?;
        }
        let found = STREAMS.map(|stream| world.journal.stream(stream, 0));
        for (events, version) in join_all(found).await.into_iter().zip(versions) {
            ensure!(events?.len() as u64 == version);
        }
    }
    Ok(())
}
