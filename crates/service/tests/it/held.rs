//! The lock that every append needs, in a test's hand.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, NoTls};

/// While this is held, commands come as far as the log and wait.
#[derive(Debug)]
pub struct Held(Client);

impl Held {
    pub async fn head(url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("BEGIN; SELECT position FROM public.head FOR UPDATE").await.unwrap();
        Self(client)
    }

    /// Until somebody waits for it.
    pub async fn is_waited_for(&self) {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        timeout(Duration::from_secs(15), async {
            while self.0.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
    }

    pub async fn release(self) {
        self.0.batch_execute("ROLLBACK").await.unwrap();
    }
}
