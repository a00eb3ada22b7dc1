//! A stream, many streams, a range, one event.

use anyhow::Result;
use chancery_journal::{Filter, Journal};
use chancery_wire::{Position, Recorded};
use futures_util::TryStreamExt;

use crate::{
    commands::{Compose, command},
    world::World,
};

const NONE: [u64; 0] = [];

/// Three streams, interleaved: a b c a b c …
async fn three_streams() -> Result<World> {
    let world = World::new()?;
    for version in 0..4 {
        for stream in ["a", "b", "c"] {
            world.append(command().writes(stream, version, 1)).await?;
        }
    }
    Ok(world)
}

fn positions(events: &[Recorded]) -> Vec<u64> {
    events.iter().map(|event| event.position.get()).collect()
}

#[tokio::test]
async fn a_range_begins_after_a_position_and_ends_at_a_limit() -> Result<()> {
    let world = three_streams().await?;
    let read = async |after, limit| world.journal.read(Position::new(after), limit).await;
    assert_eq!(positions(&read(0, 3).await?), [1, 2, 3]);
    assert_eq!(positions(&read(9, 100).await?), [10, 11, 12]);
    assert_eq!(positions(&read(12, 100).await?), NONE);
    assert_eq!(positions(&read(1000, 100).await?), NONE);
    assert_eq!(positions(&read(0, 0).await?), NONE);
    assert_eq!(read(0, usize::MAX).await?.len(), 12);
    assert_eq!(
        world.journal.select(&Filter::default(), Position::START, 100).await?,
        read(0, 100).await?,
        "an empty filter matches all"
    );
    Ok(())
}

#[tokio::test]
async fn many_streams_end_at_a_position_and_at_a_limit() -> Result<()> {
    let world = three_streams().await?;
    let read = async |streams: &[&str], through, limit| {
        let streams: Vec<_> = streams.iter().map(ToString::to_string).collect();
        world.journal.streams_through(&streams, Position::new(through), limit).await
    };
    assert_eq!(positions(&read(&["c", "a", "none"], 9, 100).await?), [1, 3, 4, 6, 7, 9]);
    assert_eq!(positions(&read(&["a", "b", "c"], 100, 4).await?), [1, 2, 3, 4]);
    assert_eq!(positions(&read(&["a"], 0, 100).await?), NONE);
    assert_eq!(positions(&read(&[], 100, 100).await?), NONE);
    Ok(())
}

#[tokio::test]
async fn a_streams_last_event_is_the_last_up_to_a_position() -> Result<()> {
    let world = three_streams().await?;
    for (through, expected) in
        [(0, None), (1, Some(1)), (3, Some(1)), (4, Some(4)), (12, Some(10)), (99, Some(10))]
    {
        let last = world.journal.last("a", Position::new(through)).await?;
        assert_eq!(last.map(|event| event.position.get()), expected, "{through}");
    }
    assert_eq!(world.journal.last("none", Position::new(99)).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_scan_ends_at_its_last_position_and_gives_its_connection_back() -> Result<()> {
    let world = three_streams().await?;
    let journal = Journal::open(world.db.url(), 1)?;
    for _ in 0..3 {
        let found: Vec<_> = journal.scan(Position::new(2), Position::new(5)).await?.try_collect().await?;
        assert_eq!(positions(&found), [3, 4, 5]);
        // Dropped half way.
        let mut begun = Box::pin(journal.scan(Position::START, Position::new(1000)).await?);
        assert_eq!(begun.try_next().await?.map(|event| event.position), Some(Position::new(1)));
    }
    assert_eq!(journal.read(Position::START, 100).await?.len(), 12);
    Ok(())
}

#[tokio::test]
async fn a_stream_is_read_after_a_version() -> Result<()> {
    let world = three_streams().await?;
    assert_eq!(positions(&world.journal.stream("b", 0).await?), [2, 5, 8, 11]);
    assert_eq!(positions(&world.journal.stream("b", 3).await?), [11]);
    assert_eq!(positions(&world.journal.stream("b", 4).await?), NONE);
    assert_eq!(positions(&world.journal.stream("none", 0).await?), NONE);
    assert_eq!(positions(&world.journal.stream("B", 0).await?), NONE, "names are compared as bytes");
    Ok(())
}

#[tokio::test]
async fn many_streams_are_read_in_the_logs_order_each_after_its_version() -> Result<()> {
    let world = three_streams().await?;
    let found = world.journal.streams([("c", 2), ("none", 0), ("a", 1)]).await?;
    assert_eq!(positions(&found), [4, 7, 9, 10, 12]);
    assert_eq!(positions(&world.journal.streams([]).await?), NONE);
    Ok(())
}

#[tokio::test]
async fn one_event_is_found_by_its_position() -> Result<()> {
    let world = three_streams().await?;
    let found = world.journal.event(Position::new(5)).await?;
    assert_eq!(found.map(|event| (event.stream, event.version)), Some(("b".into(), 2)));
    assert_eq!(world.journal.event(Position::START).await?, None);
    assert_eq!(world.journal.event(Position::new(13)).await?, None);
    Ok(())
}

#[tokio::test]
async fn an_empty_log_has_an_id_and_nothing_else() -> Result<()> {
    let world = World::new()?;
    let head = world.journal.head().await?;
    assert_eq!(head.position, Position::START);
    assert_eq!(world.journal.head().await?.log_id, head.log_id);
    assert!(world.log().await?.is_empty());
    world.append(command().writes("a", 0, 1)).await?;
    assert_eq!(world.journal.head().await?.log_id, head.log_id);
    Ok(())
}
