//! From which event on a row differs, held against the definition: the rows after every single event.

use std::{cell::Cell, collections::BTreeMap};

use chancery_journal::Role;
use chancery_views::{Dump, Progress, View, all, dump, rebuild};
use chancery_wire::Position;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::replays::{Asked, replay_until};
use crate::{
    story::{Story, step},
    world::{World, person},
};

type Row = Map<String, Value>;
type Rows = BTreeMap<Key, Row>;
/// A table, and the columns of its key with their values.
type Key = (String, BTreeMap<String, String>);

/// The rows of a build by table and key. The columns of a key are those that `keys` has of it.
fn rows(dump: &Dump, keys: &BTreeMap<String, Vec<String>>) -> Rows {
    let mut rows = Rows::new();
    for (table, lines) in dump {
        for line in lines {
            let row: Row = serde_json::from_str(line).unwrap();
            rows.insert(key(table, keys[table].iter().map(|column| (column, &row[column]))), row);
        }
    }
    rows
}

fn key<'a>(table: &str, columns: impl Iterator<Item = (&'a String, &'a Value)>) -> Key {
    (table.to_owned(), columns.map(|(column, value)| (column.clone(), value.to_string())).collect())
}

/// The least position such that after it and after all later ones the row is not what readers see; none where it never
/// was.
fn diverges(history: &[Rows], agrees: impl Fn(&Rows) -> bool) -> Option<u64> {
    let last = history.iter().rposition(agrees)?;
    Some(last as u64 + 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_diverging_event_is_the_one_of_the_definition() {
    let mut random = TestRunner::new(Config { rng_seed: RngSeed::Fixed(7), ..Config::default() });
    let steps = prop::collection::vec(step(), 60).new_tree(&mut random).unwrap().current();
    let world = World::new();
    let mut story = Story::default();
    for events in steps.iter().filter_map(|step| story.next(step)) {
        world.done_by(person("ann"), events).await;
    }
    let head = world.journal.head().await.unwrap().position.get();
    world.caught_up().await;
    let (test, mut client) = (world.superuser().await, world.client(Role::Views).await);
    let mut told = 0;
    for view in all() {
        let keys = keys(&world, view).await;
        let mut history = Vec::new();
        for position in 0..=head {
            let build = rebuild(world.url(), &world.journal, view, Position::new(position)).await.unwrap();
            history.push(rows(&dump(&mut client, &build.schema_name).await.unwrap(), &keys));
            if position == head / 2 {
                // Readers see what was half-way, as if nothing had come since.
                let live = world.live_schema(view).await;
                for table in keys.keys() {
                    let back = format!(
                        "DELETE FROM {live}.{table}; INSERT INTO {live}.{table} SELECT * FROM {}.{table}",
                        build.schema_name
                    );
                    test.batch_execute(&back).await.unwrap();
                }
            }
        }
        let seen = history[history.len() / 2].clone();
        let passes = Cell::new(0);
        let tell = |progress| {
            if matches!(progress, Progress::Tracing { reached, of } if reached == of) {
                passes.set(passes.get() + 1);
            }
        };
        let stop = CancellationToken::new();
        let replayed = replay_until(&world, view, Asked::default(), &stop, tell).await.unwrap();
        assert!(passes.get() < 2, "{}: events that name a row did not lead to it", view.name());
        let found = replayed.comparison.unwrap();
        for table in &found.tables {
            assert_eq!(table.rows.len() as u64, table.different_rows);
            for row in &table.rows {
                let key = key(&table.table, row.key.as_object().unwrap().iter());
                assert_eq!(row.live.is_some(), seen.contains_key(&key));
                let expected = if row.columns.is_empty() {
                    diverges(&history, |rows| rows.get(&key) == seen.get(&key))
                } else {
                    let columns = row.columns.iter().map(|column| {
                        let name = &column.column;
                        let expected = diverges(&history, |rows| {
                            rows.get(&key).is_some_and(|row| row[name] == seen[&key][name])
                        });
                        let told = column.diverges.as_ref().map(|event| event.position.get());
                        assert_eq!(told, expected, "{key:?} {name}");
                        expected
                    });
                    columns.min().unwrap()
                };
                let diverges = row.diverges.as_ref().map(|event| event.position.get());
                assert_eq!(diverges, expected, "{key:?}: {row:#?}");
                told += 1;
            }
        }
    }
    assert!(told > 15, "only {told} rows differed: the story is too short");
}

/// The primary keys of a view's tables.
async fn keys(world: &World, view: &dyn View) -> BTreeMap<String, Vec<String>> {
    let schema_name = world.live_schema(view).await;
    let sql = "SELECT c.relname::text, array_agg(a.attname::text) FROM pg_class c \
               JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) \
               WHERE c.relnamespace = $1::text::regnamespace GROUP BY 1";
    let rows = world.superuser().await.query(sql, &[&schema_name]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
