//! The log that builds are filled from, whose head is moved by hand: events come when the bench says so.

use anyhow::ensure;
use tokio_postgres::Client;

use crate::{load, seed};

pub struct Log {
    pub url: String,
    pub events: u64,
}

impl Log {
    /// In a database beside the one at `url`.
    pub async fn fill(url: &str, name: &str, events: u64) -> anyhow::Result<Self> {
        let url = load::database(url, name).await?;
        Self::in_place(&url, events).await
    }

    /// In the empty database at `url`.
    pub async fn in_place(url: &str, events: u64) -> anyhow::Result<Self> {
        seed::fill(url, events).await?;
        // As in a log that is kept up: whoever looks for an operator's word does not read all that the head is to come to.
        let client = load::connect(url).await?;
        client.execute("SELECT index_events($1)", &[&i32::try_from(events)?]).await?;
        client.batch_execute("VACUUM ANALYZE event_keys").await?;
        Ok(Self { url: url.to_owned(), events })
    }

    /// No builds, no rebuilds, and a head at `head`.
    pub async fn reset(&self, head: u64) -> anyhow::Result<Client> {
        let client = load::connect(&self.url).await?;
        let schemas = "SELECT schema_name FROM projection_builds";
        for row in client.query(schemas, &[]).await? {
            let schema_name: &str = row.get(0);
            client.batch_execute(&format!("DROP SCHEMA {schema_name} CASCADE")).await?;
        }
        client
            .batch_execute(
                "TRUNCATE projection_pointers, projection_builds, projection_control, projection_settings, \
                 projection_rebuilds, projection_workers, projection_audits CASCADE",
            )
            .await?;
        client.execute("UPDATE head SET position = $1", &[&head.cast_signed()]).await?;
        // No operator said anything before.
        client.execute("INSERT INTO projection_control SELECT true, position FROM head", &[]).await?;
        client.batch_execute("CHECKPOINT").await?;
        Ok(client)
    }

    /// Lets the log end at `head`, as an append does.
    pub async fn reach(&self, client: &Client, head: u64) -> anyhow::Result<()> {
        let sql = "WITH moved AS (UPDATE head SET position = $1 RETURNING position) \
                   SELECT pg_notify('chancery_head', position::text) FROM moved";
        client.execute(sql, &[&head.cast_signed()]).await?;
        Ok(())
    }

    /// Fails unless the live build holds the effect of every event: granted versions count up by one each.
    pub async fn check(&self, client: &Client) -> anyhow::Result<()> {
        let live = "SELECT schema_name FROM projection_pointers WHERE projection = 'connections'";
        let schema_name: String = client.query_one(live, &[]).await?.get(0);
        let sql = format!("SELECT sum(granted_version)::bigint FROM {schema_name}.connection");
        let sum: i64 = client.query_one(&sql, &[]).await?.get(0);
        ensure!(
            sum.cast_unsigned() == self.events,
            "the versions add up to {sum} instead of {}",
            self.events
        );
        Ok(())
    }
}
