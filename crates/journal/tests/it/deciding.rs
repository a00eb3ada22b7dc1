//! What one batch accepts and what it refuses, command by command.

use anyhow::Result;
use chancery_journal::{Append, AppendError, Appended};
use chancery_wire::Position;
use uuid::Uuid;

use crate::{
    commands::{Compose, command, event},
    world::World,
};

/// Each answer in a word: the position, or why not.
fn words(answers: &[Result<Appended, AppendError>]) -> Vec<String> {
    let word = |answer: &Result<Appended, AppendError>| match answer {
        Ok(appended) => appended.position.to_string(),
        Err(AppendError::Conflict) => "conflict".into(),
        Err(AppendError::Duplicate) => "duplicate".into(),
        Err(other) => format!("{other:?}"),
    };
    answers.iter().map(word).collect()
}

/// The log as `stream@version`, in order.
async fn places(world: &World) -> Result<Vec<String>> {
    Ok(world.log().await?.iter().map(|event| format!("{}@{}", event.stream, event.version)).collect())
}

#[tokio::test]
async fn positions_and_versions_count_on_from_one() -> Result<()> {
    let world = World::new()?;
    assert_eq!(world.append(command().writes("a", 0, 2)).await?.position, Position::new(2));
    assert_eq!(world.append(command().writes("b", 0, 1)).await?.position, Position::new(3));
    assert_eq!(world.append(command().writes("a", 2, 1).writes("c", 0, 1)).await?.position, Position::new(5));
    assert_eq!(places(&world).await?, ["a@1", "a@2", "b@1", "a@3", "c@1"]);
    assert_eq!(world.head().await?, Position::new(5));
    Ok(())
}

#[tokio::test]
async fn a_batch_stands_in_the_log_in_the_order_of_its_commands() -> Result<()> {
    let world = World::new()?;
    let batch = vec![
        command().writes("a", 0, 1),
        command().writes("b", 0, 2),
        command(),
        command().writes("c", 0, 1),
    ];
    let answers = world.together(batch).await?;
    assert_eq!(words(&answers), ["1", "3", "3", "4"]);
    assert_eq!(places(&world).await?, ["a@1", "b@1", "b@2", "c@1"]);
    let log = world.log().await?;
    assert!(log.iter().all(|event| event.recorded_at == log[0].recorded_at), "not one batch: {log:?}");
    Ok(())
}

#[tokio::test]
async fn an_expected_version_that_is_not_the_streams_is_a_conflict() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 2)).await?;
    for version in [0, 1, 3, u64::MAX >> 1] {
        let answer = world.append(command().writes("a", version, 1)).await;
        assert!(matches!(answer, Err(AppendError::Conflict)), "at version {version}: {answer:?}");
    }
    assert!(matches!(world.append(command().writes("new", 1, 1)).await, Err(AppendError::Conflict)));
    assert_eq!(places(&world).await?, ["a@1", "a@2"]);
    Ok(())
}

/// A command that writes one event about the app.
fn about(app: Uuid, stream: &str) -> Append {
    let mut command = command().writes(stream, 0, 1);
    command.events[0].key_app = Some(app);
    command
}

#[tokio::test]
async fn a_condition_holds_what_no_stream_of_the_command_says() -> Result<()> {
    let world = World::new()?;
    let (app, other) = (Uuid::now_v7(), Uuid::now_v7());
    world.append(about(app, "a")).await?;
    let late = world.append(command().writes("b", 0, 1).unless(app, 0)).await;
    assert!(matches!(late, Err(AppendError::Conflict)), "{late:?}");
    world.append(command().writes("b", 0, 1).unless(app, 1)).await?;
    world.append(about(other, "c")).await?;
    world.append(command().writes("d", 0, 1).unless(app, 1)).await?;
    assert_eq!(places(&world).await?, ["a@1", "b@1", "c@1", "d@1"]);
    // It is a condition beside streams, never instead of them.
    let bare = world.append(command().unless(app, 9)).await;
    assert!(matches!(bare, Err(AppendError::Touches)), "{bare:?}");
    Ok(())
}

#[tokio::test]
async fn a_condition_that_reaches_far_back_is_decided_again_instead_of_searched_for() -> Result<()> {
    let world = World::new()?;
    let app = Uuid::now_v7();
    world.append((0..1001).fold(command(), |command, n| command.writes(&format!("a{n}"), 0, 10))).await?;
    let far = world.append(command().writes("b", 0, 1).unless(app, 9)).await;
    assert!(matches!(far, Err(AppendError::Conflict)), "{far:?}");
    world.append(command().writes("b", 0, 1).unless(app, 10)).await?;
    Ok(())
}

#[tokio::test]
async fn of_two_that_forbid_each_other_in_one_rush_one_gets_in() -> Result<()> {
    let world = World::new()?;
    let app = Uuid::now_v7();
    let rush = (0..16).map(|n| about(app, &format!("s{n}")).unless(app, 0)).collect();
    let answers = words(&world.together(rush).await?);
    assert_eq!(answers.iter().filter(|answer| *answer == "1").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| *answer == "conflict").count(), 15, "{answers:?}");
    Ok(())
}

#[tokio::test]
async fn a_guard_holds_a_stream_that_is_only_read() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("read", 0, 1)).await?;
    world.append(command().writes("a", 0, 1).guards("read", 1)).await?;
    world.append(command().writes("b", 0, 1).guards("never", 0)).await?;
    for (stream, version) in [("read", 0), ("read", 2), ("never", 1)] {
        let answer = world.append(command().writes("c", 0, 1).guards(stream, version)).await;
        assert!(matches!(answer, Err(AppendError::Conflict)), "{stream}@{version}: {answer:?}");
    }
    // A command may guard and write nothing.
    assert!(matches!(world.append(command().guards("read", 7)).await, Err(AppendError::Conflict)));
    assert_eq!(world.append(command().guards("read", 1)).await?.position, Position::new(3));
    assert_eq!(places(&world).await?, ["read@1", "a@1", "b@1"]);
    Ok(())
}

#[tokio::test]
async fn a_refused_command_takes_nobody_of_its_batch_with_it() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("read", 0, 1)).await?;
    let seen = command().writes("seen", 0, 1);
    world.append(seen.clone()).await?;
    let batch = vec![
        command().writes("a", 0, 2),
        command().writes("b", 0, 3).guards("read", 5),
        command().writes("c", 0, 1).guards("never", 0),
        seen,
        command().writes("d", 9, 1),
        command(),
        command().writes("e", 0, 1).writes("f", 0, 2),
    ];
    let answers = world.together(batch).await?;
    assert_eq!(words(&answers), ["4", "conflict", "5", "duplicate", "conflict", "5", "8"]);
    assert_eq!(
        places(&world).await?,
        ["read@1", "seen@1", "a@1", "a@2", "c@1", "e@1", "f@1", "f@2"],
        "the refused left no trace and no gap"
    );
    Ok(())
}

#[tokio::test]
async fn a_batch_of_refusals_changes_nothing() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 1)).await?;
    let answers = world.together(vec![command().writes("a", 0, 1), command().writes("b", 1, 2)]).await?;
    assert_eq!(words(&answers), ["conflict", "conflict"]);
    assert_eq!(world.head().await?, Position::new(1));
    assert_eq!(world.append(command().writes("a", 1, 1)).await?.position, Position::new(2));
    Ok(())
}

#[tokio::test]
async fn of_two_commands_that_expect_one_version_of_a_stream_the_first_wins() -> Result<()> {
    let world = World::new()?;
    let batch = vec![command().writes("a", 0, 1), command().writes("a", 0, 1), command().writes("b", 0, 1)];
    assert_eq!(words(&world.together(batch).await?), ["1", "conflict", "2"]);
    assert_eq!(places(&world).await?, ["a@1", "b@1"]);
    Ok(())
}

#[tokio::test]
async fn a_waiting_command_may_expect_what_one_before_it_writes() -> Result<()> {
    let world = World::new()?;
    let batch = vec![command().writes("a", 0, 2), command().writes("a", 2, 1), command().writes("a", 3, 1)];
    assert_eq!(words(&world.together(batch).await?), ["2", "3", "4"]);
    assert_eq!(places(&world).await?, ["a@1", "a@2", "a@3", "a@4"]);
    Ok(())
}

#[tokio::test]
async fn a_guard_that_a_write_of_its_batch_breaks_fails() -> Result<()> {
    let world = World::new()?;
    let batch = vec![
        command().writes("a", 0, 1),
        command().writes("x", 0, 1).guards("a", 0),
        command().writes("y", 0, 1).guards("a", 1),
    ];
    assert_eq!(words(&world.together(batch).await?), ["1", "conflict", "2"]);
    assert_eq!(places(&world).await?, ["a@1", "y@1"]);
    Ok(())
}

#[tokio::test]
async fn a_write_waits_for_the_guards_of_its_batch() -> Result<()> {
    let world = World::new()?;
    let batch = vec![
        command().writes("x", 0, 1).guards("a", 0),
        command().writes("a", 0, 1),
        // Waits no longer than the one before it, and may go first.
        command().writes("y", 0, 1).guards("a", 0),
    ];
    assert_eq!(words(&world.together(batch).await?), ["1", "3", "2"]);
    assert_eq!(places(&world).await?, ["x@1", "y@1", "a@1"]);
    Ok(())
}

#[tokio::test]
async fn a_write_that_fails_does_not_overtake_the_guard_behind_it() -> Result<()> {
    let world = World::new()?;
    let batch = vec![command().writes("a", 0, 1).guards("b", 4), command().writes("x", 0, 1).guards("a", 0)];
    assert_eq!(words(&world.together(batch).await?), ["conflict", "1"]);
    Ok(())
}

#[tokio::test]
async fn one_command_may_write_a_thousand_and_one_streams() -> Result<()> {
    let world = World::new()?;
    let many = (0..1001).fold(command(), |command, number| command.writes(&format!("s-{number}"), 0, 1));
    let batch = vec![command().writes("before", 0, 1), many, command().writes("after", 0, 1)];
    assert_eq!(words(&world.together(batch).await?), ["1", "1002", "1003"]);
    let log = world.log().await?;
    assert_eq!(log[1001].stream, "s-1000");
    assert!(log.iter().all(|event| event.version == 1));
    Ok(())
}

#[tokio::test]
async fn one_command_may_interleave_streams() -> Result<()> {
    let world = World::new()?;
    let both = command().writes("a", 0, 1).writes("b", 0, 1);
    let mut interleaved = command().guards("a", 1).guards("b", 1);
    for number in 0..3 {
        for stream in ["a", "b"] {
            interleaved.events.push(event(stream, number.to_string()));
        }
    }
    world.append(both).await?;
    assert_eq!(world.append(interleaved).await?.position, Position::new(8));
    assert_eq!(places(&world).await?, ["a@1", "b@1", "a@2", "b@2", "a@3", "b@3", "a@4", "b@4"]);
    Ok(())
}
