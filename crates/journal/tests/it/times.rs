//! From a time to a place in the log.

use std::time::Duration;

use anyhow::Result;
use chancery_journal::{At, MomentError};
use chancery_wire::Position;
use jiff::Timestamp;

use crate::{
    commands::{Compose, command},
    world::World,
};

#[tokio::test]
async fn a_time_leads_to_the_last_event_that_was_recorded_by_then() -> Result<()> {
    let world = World::new()?;
    let before = Timestamp::now();
    for number in 0..9 {
        // One, two or three events at one time.
        world.append(command().writes(&format!("s{number}"), 0, number % 3 + 1)).await?;
    }
    let log = world.log().await?;
    for event in &log {
        let last = log.iter().rfind(|other| other.recorded_at == event.recorded_at).map(|last| last.position);
        assert_eq!(world.journal.position_at(event.recorded_at).await?, last);
        let just_before = event.recorded_at - Duration::from_micros(1);
        let last = log.iter().rfind(|other| other.recorded_at <= just_before).map(|last| last.position);
        assert_eq!(world.journal.position_at(just_before).await?, Some(last.unwrap_or(Position::START)));
    }
    assert_eq!(world.journal.position_at(before).await?, Some(Position::START));
    assert_eq!(world.journal.position_at(Timestamp::now()).await?, log.last().map(|last| last.position));
    Ok(())
}

#[tokio::test]
async fn a_time_before_any_event_leads_to_the_start() -> Result<()> {
    let world = World::new()?;
    assert_eq!(world.journal.position_at(Timestamp::now()).await?, Some(Position::START));
    for long_ago in [Timestamp::UNIX_EPOCH, Timestamp::MIN] {
        assert_eq!(world.journal.position_at(long_ago).await?, Some(Position::START));
    }
    Ok(())
}

#[tokio::test]
async fn a_time_that_is_still_to_come_leads_nowhere() -> Result<()> {
    let world = World::new()?;
    world.append(command().writes("a", 0, 1)).await?;
    for later in [Timestamp::now() + Duration::from_hours(1), Timestamp::MAX] {
        assert_eq!(world.journal.position_at(later).await?, None);
    }
    Ok(())
}

#[tokio::test]
async fn a_moment_is_named_by_a_position_or_by_a_time() -> Result<()> {
    let world = World::new()?;
    for number in 0..3 {
        world.append(command().writes(&format!("s{number}"), 0, 2)).await?;
    }
    for event in &world.log().await? {
        let moment = world.journal.moment(At::Position(event.position)).await?;
        assert_eq!((moment.position, moment.time), (event.position, event.recorded_at));
        let moment = world.journal.moment(At::Time(event.recorded_at)).await?;
        assert_eq!(Some(moment.position), world.journal.position_at(event.recorded_at).await?);
        assert_eq!(moment.time, event.recorded_at);
    }
    let head = Position::new(6);
    let present = world.journal.present().await?;
    assert_eq!(world.journal.moment(At::Time(present.time)).await?, present);
    assert_eq!(present.position, head);
    assert_eq!(world.journal.moment(At::Position(Position::START)).await?.position, Position::START);
    let after = world.journal.moment(At::Position(head.next())).await;
    assert!(matches!(after, Err(MomentError::AfterHead { head: known, .. }) if known == head), "{after:?}");
    let to_come = world.journal.moment(At::Time(Timestamp::MAX)).await;
    assert!(matches!(to_come, Err(MomentError::ToCome { .. })), "{to_come:?}");
    Ok(())
}
