//! Keeps tables of one's own beside the log: every event, and how many there are of each type. The position stands in
//! the same database and is kept in the same transaction, so that each event is applied once, whatever is killed when.
//!
//! ```sh
//! DATABASE_URL=postgres://…/mine NATS_URL=nats://reader:…@127.0.0.1:4222 \
//!     CHANCERY_URL=http://127.0.0.1:8080 CHANCERY_TOKEN=… cargo run -p chancery-sdk --example mirror
//! ```

mod shared;

use chancery_sdk::{
    Position,
    consumer::{Checkpoint, Delivered, Delivery, Failure, Handler},
};
use shared::{Result, asked_to_stop, consumer, need};
use tokio_postgres::{Client, NoTls};

/// `mirror_place` has one row. Adding up is what a second application would show in.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS mirror_place (
        one boolean PRIMARY KEY DEFAULT true CHECK (one), log_id uuid, position bigint NOT NULL);
    CREATE TABLE IF NOT EXISTS mirror_events (
        position bigint PRIMARY KEY, event_id uuid NOT NULL, type text NOT NULL, app_id uuid, tenant_id bigint,
        recorded_at timestamptz NOT NULL, data json NOT NULL);
    CREATE TABLE IF NOT EXISTS mirror_totals (type text PRIMARY KEY, events bigint NOT NULL);
    INSERT INTO mirror_place (position) VALUES (0) ON CONFLICT DO NOTHING";

/// Moves the place on, from where this delivery begins and from nowhere else: beside another mirror, or before what an
/// earlier life of this one has yet to commit, it changes no row.
const MOVE_ON: &str = "
    UPDATE mirror_place SET log_id = $1, position = $2
    WHERE position = $3 AND (log_id IS NULL OR log_id = $1)";

const INSERT: &str = "
    INSERT INTO mirror_events (position, event_id, type, app_id, tenant_id, recorded_at, data)
    SELECT position, event_id, type, app_id, tenant_id, recorded_at, data::json
    FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::uuid[], $5::bigint[], $6::timestamptz[], $7::text[])
        AS event (position, event_id, type, app_id, tenant_id, recorded_at, data)";

const ADD_UP: &str = "
    INSERT INTO mirror_totals (type, events) SELECT type, count(*) FROM unnest($1::text[]) AS type GROUP BY type
    ON CONFLICT (type) DO UPDATE SET events = mirror_totals.events + excluded.events";

#[tokio::main]
async fn main() -> Result {
    let mirror = Mirror { url: need("DATABASE_URL")?, client: None };
    let kept = consumer().await?.run(mirror, asked_to_stop()).await?;
    if let Some(kept) = kept {
        eprintln!("stopped at {kept}");
    }
    Ok(())
}

struct Mirror {
    url: String,
    /// `None`: not connected yet, or something failed on it.
    client: Option<Client>,
}

impl Handler for Mirror {
    async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Failure> {
        // Whatever failed before: a connection of its own has no half of a transaction in it.
        self.client = None;
        let row = self.client().await?.query_one("SELECT log_id, position FROM mirror_place", &[]).await?;
        let log_id: Option<_> = row.get(0);
        Ok(log_id.map(|log_id| Checkpoint { log_id, position: Position::from_i64(row.get(1)) }))
    }

    async fn handle(&mut self, delivery: &Delivery) -> Result<(), Failure> {
        let Checkpoint { log_id, position } = delivery.checkpoint();
        let (to, from) = (position.as_i64(), delivery.after().as_i64());
        let transaction = self.client().await?.transaction().await?;
        if transaction.execute(MOVE_ON, &[&log_id, &to, &from]).await? == 0 {
            return Err("the mirror is not where it was: somebody else has gone on with it".into());
        }
        if !delivery.is_empty() {
            let events = delivery.events();
            let types = column(events, |event| event.recorded.event_type.clone());
            let columns: [&(dyn tokio_postgres::types::ToSql + Sync); 7] = [
                &column(events, |event| event.recorded.position.as_i64()),
                &column(events, |event| event.recorded.event_id),
                &types,
                &column(events, |event| event.recorded.key_app),
                &column(events, |event| event.recorded.key_tenant.map(u64::cast_signed)),
                &column(events, |event| event.recorded.recorded_at),
                // Byte for byte as committed, which `json` keeps and `jsonb` would not.
                &column(events, |event| String::from_utf8_lossy(&event.recorded.data).into_owned()),
            ];
            transaction.execute(INSERT, &columns).await?;
            transaction.execute(ADD_UP, &[&types]).await?;
        }
        Ok(transaction.commit().await?)
    }
}

impl Mirror {
    async fn client(&mut self) -> Result<&mut Client, Failure> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await?;
            tokio::spawn(connection);
            client.batch_execute(TABLES).await?;
            self.client = Some(client);
        }
        self.client.as_mut().ok_or_else(|| "there is no connection".into())
    }
}

fn column<T>(events: &[Delivered], value: impl Fn(&Delivered) -> T) -> Vec<T> {
    events.iter().map(value).collect()
}
