//! A view that shows whatever is applied twice, or not at all: it adds up.

use std::sync::{Condvar, Mutex};

use chancery_views::{ApplyError, KeyedBy, View, Wants};
use chancery_wire::{Position, Recorded};
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::world::World;

/// The number and the sum of the positions of each shard's events.
#[derive(Debug)]
pub struct Sums {
    pub shards: u32,
    /// Where its first `apply` freezes, with the whole thread, after its rows are written.
    pub frozen: Option<&'static Gate>,
}

impl Sums {
    pub fn shared(shards: u32) -> &'static Self {
        Box::leak(Box::new(Self { shards, frozen: None }))
    }

    pub fn frozen(shards: u32, gate: &'static Gate) -> &'static Self {
        Box::leak(Box::new(Self { shards, frozen: Some(gate) }))
    }

    /// What the live build has added up.
    pub async fn total(&self, world: &World) -> (i64, i64) {
        let rows = &world.live(self).await["sums"];
        let number = |row: &str, field: &str| -> i64 {
            let (_, rest) = row.split_once(&format!("\"{field}\":")).unwrap();
            rest.split([',', '}']).next().unwrap().parse().unwrap()
        };
        let sum = |field| rows.iter().map(|row| number(row, field)).sum();
        (sum("events"), sum("positions"))
    }
}

/// What [`Sums::total`] is when everything up to `head` was added once.
pub fn all_once(head: Position) -> (i64, i64) {
    let head = head.as_i64();
    (head, head * (head + 1) / 2)
}

impl View for Sums {
    fn name(&self) -> &'static str {
        "sums"
    }

    fn version(&self) -> u32 {
        1
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE sums (app uuid PRIMARY KEY, events bigint NOT NULL, positions bigint NOT NULL)"
    }

    fn wants(&self) -> Wants {
        Wants::Everything
    }

    fn keyed_by(&self) -> KeyedBy {
        KeyedBy::App
    }

    fn shards(&self) -> u32 {
        self.shards
    }

    fn apply<'a>(
        &'a self,
        transaction: &'a Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        async move {
            let add = "INSERT INTO sums AS s VALUES ($1, 1, $2) ON CONFLICT (app) DO UPDATE \
                       SET events = s.events + 1, positions = s.positions + excluded.positions";
            for event in batch {
                let app = event.key_app.unwrap_or_default();
                let failed = |source| ApplyError::Write { subject: "the sums", source };
                transaction.execute(add, &[&app, &event.position.as_i64()]).await.map_err(failed)?;
            }
            if let Some(gate) = self.frozen {
                gate.pass();
            }
            Ok(())
        }
        .boxed()
    }
}

/// Where a whole thread stands still, as a process does under SIGSTOP.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    arrived: usize,
    open: bool,
}

impl Gate {
    pub fn new() -> &'static Self {
        Box::leak(Box::default())
    }

    /// Stands still until the gate is open.
    pub fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.arrived += 1;
        while !state.open {
            state = self.changed.wait(state).unwrap();
        }
    }

    /// How often somebody came by.
    pub fn arrived(&self) -> usize {
        self.state.lock().unwrap().arrived
    }

    pub fn open(&self) {
        self.state.lock().unwrap().open = true;
        self.changed.notify_all();
    }
}
