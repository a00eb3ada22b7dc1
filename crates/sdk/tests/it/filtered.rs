//! A feed that wants some of the events: it misses none of them, takes nothing that is left out for a gap, and knows
//! how far it is.

use anyhow::{Context, Result, ensure};
use async_nats::jetstream::{self, stream::Config};
use chancery_devkit::Nats;
use chancery_sdk::{Feed, FeedError, Filter, NoRepair, Position, Repair};
use chancery_wire::headers;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{
    FromLog,
    world::{DEADLINE, World},
};

/// The tenant whose events are wanted.
const TENANT: u64 = 7;

/// One in ten events, in no order, is of a type that is wanted and of the tenant; others are of one of both.
async fn append_mixture(world: &World, events: usize) -> Result<Position> {
    let mut head = world.head().await?;
    for number in 0..events {
        let event_type = ["AppCreated", "ScopesEdited", "AppDeleted"][fastrand::usize(..3)];
        let tenant = [Some(7), Some(8), None][fastrand::usize(..3)];
        let data = std::iter::once(format!(r#"{{"number":{number}}}"#));
        head = world.append_of(event_type, Some(Uuid::now_v7()), tenant, data).await?;
    }
    Ok(head)
}

/// As many events that nobody wants.
async fn append_noise(world: &World, events: usize) -> Result<Position> {
    let data = (0..events).map(|number| format!(r#"{{"number":{number}}}"#));
    world.append_of("ScopesEdited", None, None, data).await
}

fn filter() -> Filter {
    Filter::all().types(["AppCreated", "AppDeleted"]).unwrap_or_default().tenant(TENANT)
}

/// Takes what the feed hands out until it is at `head`, and compares it with what is wanted of the log.
async fn takes_the_wanted<R: Repair>(world: &World, feed: &mut Feed<R>, head: Position) -> Result<()> {
    let log = world.journal.read(feed.position(), usize::MAX >> 1).await?;
    let mut wanted = log.into_iter().filter(|event| event.position <= head && filter().wants(event));
    while feed.position() < head {
        let after = feed.position();
        let batch =
            timeout(DEADLINE, feed.next()).await.with_context(|| format!("waiting after {after}"))??;
        ensure!(batch.after() == after && batch.last() == feed.position(), "after {after}: {batch:?}");
        for event in batch {
            ensure!(Some(&event) == wanted.next().as_ref(), "at {} the feed is not the log", event.position);
        }
    }
    ensure!(wanted.next().is_none(), "at {} something is missing", feed.position());
    Ok(())
}

fn open<R: Repair>(world: &World, client: async_nats::Client, repair: R) -> Feed<R> {
    Feed::open(client, world.topology.clone(), Position::START, repair).wanting(filter())
}

/// Publishes the log's events after `after` by hand, to a stream that loses some.
async fn publish(world: &World, config: Config, after: Position) -> Result<jetstream::stream::Stream> {
    let jetstream = jetstream::new(world.relay_client().await?);
    let config =
        Config { name: world.topology.stream.clone(), subjects: vec![world.topology.all_events()], ..config };
    let stream = jetstream.get_or_create_stream(config).await?;
    let log_id = world.journal.head().await?.log_id;
    for event in world.journal.read(after, 10_000).await? {
        let mut map = async_nats::HeaderMap::new();
        for (name, value) in headers::encode(&event, log_id) {
            map.insert(name, value);
        }
        jetstream.publish_with_headers(world.topology.event_subject(&event), map, event.data).await?.await?;
    }
    Ok(stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_comes_and_the_position_moves_on_over_what_is_not() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let mut feed = open(&world, world.reader_client().await?, NoRepair);
    for _ in 0..3 {
        append_mixture(&world, 50).await?;
        // Nothing that is wanted: only the stream itself shows that.
        let head = append_noise(&world, 100).await?;
        takes_the_wanted(&world, &mut feed, head).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_from_the_log_while_the_stream_has_it() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let head = append_mixture(&world, 100).await?;
    world.published(head).await?;
    let (repair, client) = (FromLog::of(&world), world.reader_client().await?);
    // A server that is not reached yet is not waited for.
    client.flush().await?;
    let mut feed = open(&world, client, repair.clone());
    let head = append_noise(&world, 100).await?;
    takes_the_wanted(&world, &mut feed, head).await?;
    assert_eq!(repair.given(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lost_its_beginning_is_not_believed_to_have_had_nothing_there() -> Result<()> {
    let world = World::new()?;
    let head = append_mixture(&world, 200).await?;
    let limited = || Config { max_messages: 50, ..Config::default() };
    publish(&world, limited(), Position::START).await?;
    // Its remainder has nothing that is wanted: the loss shows all the same.
    for noise in [0, 60] {
        let head = if noise == 0 { head } else { append_noise(&world, noise).await? };
        publish(&world, limited(), Position::new(if noise == 0 { head.get() } else { 200 })).await?;
        let mut feed = open(&world, world.reader_client().await?, NoRepair);
        let error = timeout(DEADLINE, feed.next()).await?.err().context("an error")?;
        assert!(
            matches!(error, FeedError::Gap { position, next } if position == Position::START && next.get() > 150),
            "{error}"
        );
        let mut feed = open(&world, world.reader_client().await?, FromLog::of(&world));
        takes_the_wanted(&world, &mut feed, head).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_loses_events_while_it_is_followed_is_found_out() -> Result<()> {
    let world = World::new()?;
    append_mixture(&world, 100).await?;
    let limited = || Config { max_messages: 20, ..Config::default() };
    publish(&world, limited(), Position::START).await?;
    let mut feed = open(&world, world.reader_client().await?, FromLog::of(&world));
    let mut published = world.head().await?;
    takes_the_wanted(&world, &mut feed, published).await?;
    for _ in 0..5 {
        // More than the stream keeps, while nobody looks.
        append_mixture(&world, 70).await?;
        publish(&world, limited(), published).await?;
        published = world.head().await?;
        takes_the_wanted(&world, &mut feed, published).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_somebody_deleted_from_the_middle_of_the_stream_are_not_missed() -> Result<()> {
    let world = World::new()?;
    let head = append_mixture(&world, 150).await?;
    let stream = publish(&world, Config::default(), Position::START).await?;
    let log = world.journal.read(Position::START, 1_000).await?;
    for event in log.iter().filter(|event| filter().wants(event)).step_by(2) {
        stream.delete_message(event.position.get()).await?;
    }
    let mut feed = open(&world, world.reader_client().await?, FromLog::of(&world));
    takes_the_wanted(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_while_nats_is_killed_and_comes_back() -> Result<()> {
    let nats = Nats::start()?;
    let world = World::on(&nats)?;
    let _relay = world.relay().await?;
    let mut alone = open(&world, world.reader_client().await?, NoRepair);
    let mut repaired = open(&world, world.reader_client().await?, FromLog::of(&world));
    for _ in 0..2 {
        let head = append_mixture(&world, 60).await?;
        takes_the_wanted(&world, &mut repaired, head).await?;
        takes_the_wanted(&world, &mut alone, head).await?;
        nats.kill9();
        let head = append_mixture(&world, 60).await?;
        takes_the_wanted(&world, &mut repaired, head).await?;
        nats.start_again()?;
    }
    let head = append_noise(&world, 10).await?;
    takes_the_wanted(&world, &mut alone, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_was_deleted_and_made_again_is_gone_on_with() -> Result<()> {
    let world = World::new()?;
    let _relay = world.relay().await?;
    let mut filtered = open(&world, world.reader_client().await?, NoRepair);
    let mut feed =
        Feed::open(world.reader_client().await?, world.topology.clone(), Position::START, NoRepair);
    for _ in 0..2 {
        let head = append_mixture(&world, 40).await?;
        takes_the_wanted(&world, &mut filtered, head).await?;
        crate::takes_the_log(&world, &mut feed, head).await?;
        let admin = world.relay_client().await?;
        chancery_relay::reset(&admin, &world.journal, &world.topology, 1).await?;
    }
    let head = append_mixture(&world, 40).await?;
    takes_the_wanted(&world, &mut filtered, head).await?;
    crate::takes_the_log(&world, &mut feed, head).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_says_it_is_of_another_log_is_refused_before_it_brings_anything() -> Result<()> {
    let world = World::new()?;
    let other = Uuid::now_v7();
    let metadata = [(chancery_sdk::Topology::LOG_ID_KEY.to_owned(), other.to_string())].into();
    publish(&world, Config { metadata, ..Config::default() }, Position::START).await?;
    let log_id = world.journal.head().await?.log_id;
    let client = world.reader_client().await?;
    for wanted in [Filter::all(), filter()] {
        let feed = Feed::open(client.clone(), world.topology.clone(), Position::new(9), NoRepair);
        let mut feed = feed.of_log(log_id).wanting(wanted);
        let error = timeout(DEADLINE, feed.next()).await?.err().context("an error")?;
        assert!(
            matches!(error, FeedError::OtherLog { expected, found } if (expected, found) == (log_id, other)),
            "{error}"
        );
    }
    Ok(())
}
