//! Commands that never reach a decision: content that Postgres refuses, a queue that is full, a log that is away.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use chancery_journal::{Append, AppendError, Appender, BatcherSettings, Journal};
use chancery_wire::Position;
use futures_util::future::join_all;

use crate::{
    commands::{Compose, command, event},
    world::{World, soon},
};

/// A command with something in it that Postgres cannot store.
fn unstorable() -> Vec<(&'static str, Append)> {
    let text = |set: fn(&mut Append)| {
        let mut command = command().writes("bad", 0, 1);
        set(&mut command);
        command
    };
    vec![
        ("a NUL in a text", text(|command| command.actor.id = "p\0".into())),
        ("a NUL in an answer", text(|command| command.answer = "\0".into())),
        ("a NUL in a stream", command().writes("b\0ad", 0, 1)),
        ("a NUL in a guard", command().writes("bad", 0, 1).guards("\0", 0)),
        ("a NUL in the data", command().says("bad", "{\"a\":\"\0\"}")),
        ("no JSON", command().says("bad", "{")),
        ("empty data", command().says("bad", "")),
        ("a control character in JSON", command().says("bad", "\"\n\"")),
        ("a name too long for the index", command().writes(&incompressible(9000), 0, 1)),
    ]
}

fn incompressible(length: usize) -> String {
    let step = |state: &mut u32| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4E00 + (*state >> 18))
    };
    std::iter::repeat_n((), length).scan(1, |state, ()| step(state)).collect()
}

#[tokio::test]
async fn content_that_postgres_refuses_rejects_its_command_only() -> Result<()> {
    let world = World::new()?;
    let mut head = 0;
    for (number, (what, bad)) in unstorable().into_iter().enumerate() {
        let id = bad.command_id;
        let good = |name: &str| command().writes(&format!("{name}-{number}"), 0, 1);
        let answers = world.together(vec![good("before"), bad, good("after")]).await?;
        let [Ok(before), Err(AppendError::Refused(_)), Ok(after)] = &answers[..] else {
            panic!("{what}: {answers:?}");
        };
        assert_eq!((before.position.get(), after.position.get()), (head + 1, head + 2), "{what}");
        assert_eq!(world.journal.command(id).await?.map(|_| what), None);
        head += 2;
    }
    assert_eq!(world.log().await?.len() as u64, head);
    Ok(())
}

#[tokio::test]
async fn content_that_postgres_refuses_is_refused_alone_too() -> Result<()> {
    let world = World::new()?;
    for (what, bad) in unstorable() {
        let answer = world.append(bad).await;
        assert!(matches!(answer, Err(AppendError::Refused(_))), "{what}: {answer:?}");
    }
    assert_eq!(world.append(command().writes("good", 0, 1)).await?.position, Position::new(1));
    Ok(())
}

#[tokio::test]
async fn an_event_whose_stream_is_not_among_the_touches_is_refused() -> Result<()> {
    let world = World::new()?;
    let mut stray = command().writes("a", 0, 1);
    stray.events.push(event("stray", "{}".into()));
    let twice = command().writes("a", 0, 1).guards("a", 7);
    let mut unsound = vec![stray, twice];
    unsound.push(command().guards("a", 0).guards("a", 0));
    for unsound in unsound {
        let answer = world.append(unsound).await;
        assert!(matches!(answer, Err(AppendError::Touches)), "{answer:?}");
    }
    assert_eq!(world.head().await?, Position::START);
    Ok(())
}

#[tokio::test]
async fn a_full_queue_answers_busy_and_loses_nobody() -> Result<()> {
    let world = World::with(BatcherSettings { queue: 3, ..BatcherSettings::default() })?;
    let held = world.hold_head().await?;
    let appender = world.appender.clone();
    let sent = tokio::spawn(async move { appender.append(Arc::new(command().writes("sent", 0, 1))).await });
    held.blocks_an_appender().await?;
    let crowd = (0..5).map(|number| world.append(command().writes(&format!("s-{number}"), 0, 1)));
    let (answers, released) =
        soon("all are answered", futures_util::future::join(join_all(crowd), held.release())).await?;
    released?;
    sent.await??;
    let busy: Vec<_> = answers.iter().map(|answer| matches!(answer, Err(AppendError::Busy { .. }))).collect();
    assert_eq!(busy, [false, false, false, true, true]);
    assert!(answers[..3].iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.log().await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_log_that_is_away_leaves_the_outcome_unknown_after_the_deadline() -> Result<()> {
    // Nobody listens on port 1.
    let away = "postgres://postgres:none@127.0.0.1:1/postgres";
    let journal = Journal::open(away, 1)?;
    let settings = BatcherSettings { deadline: Duration::from_millis(300), ..BatcherSettings::default() };
    let appender = Appender::start(away, &journal, settings)?;
    let answers = (0..3).map(|_| appender.append(Arc::new(command())));
    for answer in soon("the deadline", join_all(answers)).await? {
        assert!(matches!(answer, Err(AppendError::Unknown)), "{answer:?}");
    }
    assert!(journal.head().await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_log_that_does_not_answer_leaves_the_outcome_unknown_after_the_deadline() -> Result<()> {
    let settings = BatcherSettings { deadline: Duration::from_millis(500), ..BatcherSettings::default() };
    let world = World::with(settings)?;
    let held = world.hold_head().await?;
    let stuck = command().writes("a", 0, 1);
    let answer = soon("the deadline", world.append(stuck.clone())).await?;
    assert!(matches!(answer, Err(AppendError::Unknown)), "{answer:?}");
    held.release().await?;
    // Unknown means just that: it may have got in meanwhile. Sent again, it is in, once.
    let again = soon("the retry", world.append(stuck.clone())).await?;
    assert!(matches!(again, Ok(_) | Err(AppendError::Duplicate)), "{again:?}");
    assert_eq!(world.log().await?.len(), 1);
    assert!(world.journal.command(stuck.command_id).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_the_log_right() -> Result<()> {
    let world = World::new()?;
    let held = world.hold_head().await?;
    let (appender, given_up) = (world.appender.clone(), command().writes("a", 0, 1));
    let id = given_up.command_id;
    let caller = tokio::spawn(async move { appender.append(Arc::new(given_up)).await });
    held.blocks_an_appender().await?;
    caller.abort();
    held.release().await?;
    world.append(command().writes("b", 0, 1)).await?;
    assert!(world.journal.command(id).await?.is_some());
    assert_eq!(world.log().await?.len(), 2);
    Ok(())
}
