//! What must hold whatever happened: the log is whole and holds what was acknowledged, once; the stream is the log;
//! the views are a fold of it; a retry answers what the command answered.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    thread,
};

use async_nats::{ConnectOptions, ServerAddr, jetstream};
use chancery_journal::{Journal, Role, config_for};
use chancery_views::{View, dump};
use chancery_wire::{Position, Recorded, Topology, headers};
use futures_util::StreamExt as _;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{
    DEADLINE,
    call::{agent, without_secret},
    eventually,
    load::Ack,
    process::Server,
    world::World,
};

/// Everything, at the end of a test whose servers all run again. `before` is the position at which the load began:
/// what the log has after it is the load's.
pub(crate) fn all_is_well(world: &World, server: &Server, before: u64, acks: &[Ack]) {
    assert!(!acks.is_empty(), "nothing was acknowledged");
    retries_answer_the_same(server, acks);
    let log = log(world);
    is_whole(&log);
    holds_exactly(world, &log, before, acks);
    is_published(world, &log);
    is_in_the_views(world, log.len());
}

/// Every event.
pub(crate) fn log(world: &World) -> Vec<Recorded> {
    world.block_on(async {
        let journal = Journal::open(&world.url(), 2).unwrap();
        journal.read(Position::START, usize::MAX).await.unwrap()
    })
}

/// Positions and streams' versions without a hole, no event twice, time never going back.
pub(crate) fn is_whole(log: &[Recorded]) {
    let mut versions: HashMap<&str, u64> = HashMap::new();
    for (event, position) in log.iter().zip(1..) {
        assert_eq!(event.position.get(), position);
        let version = versions.entry(&event.stream).or_default();
        *version += 1;
        assert_eq!(event.version, *version, "{} at {position}", event.stream);
    }
    assert_eq!(log.iter().map(|event| event.event_id).collect::<HashSet<_>>().len(), log.len());
    assert!(log.is_sorted_by_key(|event| event.recorded_at));
}

/// Each acknowledged command's events stand where the answer said, once, and nothing else does.
fn holds_exactly(world: &World, log: &[Recorded], before: u64, acks: &[Ack]) {
    let ids: BTreeSet<Uuid> = acks.iter().map(|ack| ack.command_id).collect();
    assert_eq!(ids.len(), acks.len(), "each command has an id of its own");
    let mut events: BTreeMap<Uuid, Vec<&Recorded>> = BTreeMap::new();
    for event in log.iter().filter(|event| event.position.get() > before) {
        assert!(ids.contains(&event.command_id), "nobody was told about {event:?}");
        events.entry(event.command_id).or_default().push(event);
    }
    let commands = world.block_on(kept(world));
    for ack in acks {
        let (first, last) = commands[&ack.command_id];
        assert_eq!(last, ack.position, "{ack:?}");
        let events = events.remove(&ack.command_id).unwrap_or_default();
        let positions: Vec<u64> = events.iter().map(|event| event.position.get()).collect();
        let expected: Vec<u64> = first.map_or_else(Vec::new, |first| (first..=last).collect());
        assert_eq!(positions, expected, "{ack:?}");
        let facts: HashSet<_> = events.iter().map(|event| (&event.event_type, &event.stream)).collect();
        assert_eq!(facts.len(), events.len(), "something is there twice: {events:?}");
    }
    assert!(log.len() as u64 > before, "the load left nothing");
}

/// The first and last position of every command that the log keeps.
async fn kept(world: &World) -> HashMap<Uuid, (Option<u64>, u64)> {
    let sql = "SELECT command_id, first_position, last_position FROM commands";
    let rows = client(world).await.query(sql, &[]).await.unwrap();
    let number = i64::cast_unsigned;
    rows.iter()
        .map(|row| (row.get(0), (row.get::<_, Option<i64>>(1).map(number), number(row.get(2)))))
        .collect()
}

/// The stream has every event at the sequence that is its position, envelope and body, and nothing more.
pub(crate) fn is_published(world: &World, log: &[Recorded]) {
    let head = log.len() as u64;
    let messages = messages(world, head);
    let journal = world.block_on(async { Journal::open(&world.url(), 1).unwrap().head().await.unwrap() });
    for ((message, event), sequence) in messages.iter().zip(log).zip(1..) {
        assert_eq!(message.info().unwrap().stream_sequence, sequence);
        let get =
            |name: &'static str| message.headers.as_ref()?.get(name).map(async_nats::HeaderValue::as_str);
        let (log_id, published) = headers::decode(&message.subject, get, message.payload.clone()).unwrap();
        assert_eq!((log_id, &published), (journal.log_id, event));
    }
}

/// Waits until the stream has the event at `position`.
pub(crate) fn reaches(world: &World, position: u64) -> jetstream::stream::Stream {
    let jetstream = world.block_on(connect(&world.nats.relay_url()));
    let name = Topology::default().stream;
    eventually("the stream has what the log has", || {
        world.block_on(async {
            let stream = jetstream.get_stream(&name).await.ok()?;
            (stream.cached_info().state.last_sequence >= position).then_some(stream)
        })
    })
}

/// Every message of the stream, once it has the log's `head`.
pub(crate) fn messages(world: &World, head: u64) -> Vec<jetstream::Message> {
    let stream = reaches(world, head);
    let state = &stream.cached_info().state;
    assert_eq!((state.messages, state.last_sequence), (head, head));
    world.block_on(async {
        let config = jetstream::consumer::push::OrderedConfig {
            deliver_subject: format!("_INBOX.{}", Uuid::now_v7()),
            ..Default::default()
        };
        let messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
        let messages = messages.take(usize::try_from(head).unwrap()).map(Result::unwrap).collect();
        timeout(DEADLINE, messages).await.unwrap()
    })
}

pub(crate) async fn connect(url: &str) -> jetstream::Context {
    let address: ServerAddr = url.parse().unwrap();
    let (user, password) = (address.username().unwrap(), address.password().unwrap());
    let options = ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned());
    jetstream::new(options.connect(address).await.unwrap())
}

/// Every view has the rows that the log gives when it is read from its beginning.
pub(crate) fn is_in_the_views(world: &World, head: usize) {
    let head = Position::new(head as u64);
    for view in chancery_views::all() {
        let name = view.name();
        let schema_name = eventually(&format!("the view {name} is at {head}"), || {
            let (schema_name, position) = world.block_on(live(world, view))?;
            (position == head).then_some(schema_name)
        });
        world.block_on(async {
            let journal = Journal::open(&world.url(), 2).unwrap();
            let build = chancery_views::rebuild(&world.url(), &journal, view, head).await.unwrap();
            let mut client = client(world).await;
            let kept = dump(&mut client, &schema_name).await.unwrap();
            let rebuilt = dump(&mut client, &build.schema_name).await.unwrap();
            assert_eq!(kept, rebuilt, "{name}");
        });
    }
}

/// The live build's schema and its checkpoint.
async fn live(world: &World, view: &dyn View) -> Option<(String, Position)> {
    let sql = "SELECT schema_name, min(position) FROM projection_pointers JOIN projection_shards USING (schema_name) \
               WHERE projection = $1 GROUP BY schema_name";
    let row = client(world).await.query_opt(sql, &[&view.name()]).await.unwrap()?;
    Some((row.get(0), Position::from_i64(row.get(1))))
}

/// A connection that reads everything.
pub(crate) async fn client(world: &World) -> Client {
    let mut config = config_for(&world.url(), Role::App).unwrap();
    let (client, connection) = config.options("").connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Each command's key still answers, with the first answer's status, position and body: without the secret.
fn retries_answer_the_same(server: &Server, acks: &[Ack]) {
    thread::scope(|scope| {
        for part in acks.chunks(acks.len().div_ceil(4)) {
            scope.spawn(move || {
                let agent = agent();
                for ack in part {
                    let retry = ack.call.send(&agent, &server.url).unwrap();
                    assert_eq!((retry.status, retry.position()), (ack.status, ack.position), "{ack:?}");
                    assert!(retry.replayed(), "{ack:?} was carried out again: {}", retry.text);
                    let expected = without_secret(ack.answer.clone());
                    assert_eq!(retry.json(), expected, "replayed at first: {}", ack.replayed);
                }
            });
        }
    });
}
