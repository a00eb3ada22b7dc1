//! A view that nothing forgives: it adds up every event's position, so whatever is applied twice, not at all or out of
//! order shows.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex},
};

use chancery_views::{ApplyError, KeyedBy, View, Wants};
use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::world::World;

/// Adds up everything, by app.
#[derive(Debug)]
pub struct Sum {
    shards: u32,
    /// Where its first `apply` freezes, with the whole thread, after its rows are written.
    frozen: Option<&'static Gate>,
}

/// In four shards.
pub static SUM: Sum = Sum { shards: 4, frozen: None };

const ADD: &str = "
    INSERT INTO sum (key, events, positions, last)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[])
    ON CONFLICT (key) DO UPDATE SET
        events = sum.events + excluded.events, positions = sum.positions + excluded.positions,
        -- A batch whose first event is not after the last one leaves a mark.
        disorder = sum.disorder OR excluded.last <= sum.last,
        last = excluded.last";

impl Sum {
    pub fn shared(shards: u32) -> &'static Self {
        Box::leak(Box::new(Self { shards, frozen: None }))
    }

    pub fn frozen(shards: u32, gate: &'static Gate) -> &'static Self {
        Box::leak(Box::new(Self { shards, frozen: Some(gate) }))
    }
}

impl View for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn version(&self) -> u32 {
        1
    }

    fn schema(&self) -> &'static str {
        "CREATE TABLE sum (key text PRIMARY KEY, events bigint NOT NULL, positions bigint NOT NULL, last bigint NOT NULL,
                           disorder boolean NOT NULL DEFAULT false)"
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
            // Events that name no app are keyed by their streams, which are many: they are all of one shard.
            let mut sums: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
            for event in batch {
                let key = event.key_app.map_or_else(|| "-".to_owned(), |app| app.to_string());
                let (events, positions, last) = sums.entry(key).or_default();
                *events += 1;
                *positions += event.position.as_i64();
                *last = event.position.as_i64();
            }
            let keys: Vec<&str> = sums.keys().map(String::as_str).collect();
            let column = |of: fn(&(i64, i64, i64)) -> i64| sums.values().map(of).collect::<Vec<i64>>();
            let (events, positions, last) = (column(|sum| sum.0), column(|sum| sum.1), column(|sum| sum.2));
            let failed = |source| ApplyError::Write { subject: "a sum", source };
            transaction.execute(ADD, &[&keys, &events, &positions, &last]).await.map_err(failed)?;
            if let Some(gate) = self.frozen {
                gate.pass();
            }
            Ok(())
        }
        .boxed()
    }
}

/// Each event of the log was added once, in its key's order.
pub async fn is_exact(world: &World) {
    let head = world.journal.head().await.unwrap().position.as_i64();
    let client = world.client(chancery_journal::Role::Views).await;
    let schema_name = world.live_schema(&SUM).await;
    let sql = format!(
        "SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(positions), 0)::bigint, \
                coalesce(bool_or(disorder), false) FROM {schema_name}.sum"
    );
    let row = client.query_one(&sql, &[]).await.unwrap();
    let sums: (i64, i64, bool) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(sums, (head, head * (head + 1) / 2, false), "(events, sum of positions, out of order)");
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
