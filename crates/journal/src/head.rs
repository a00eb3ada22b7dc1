//! The log's head, and waking when it moves.
//!
//! Appends of this process move the watch themselves; appends of others arrive as notifications on one
//! connection that listens. A lost connection is opened again and the head read anew, so nothing is missed and
//! nothing polls.

use std::{future::poll_fn, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use chancery_wire::Position;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};
use uuid::Uuid;

/// The log's identity and its last position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub log_id: Uuid,
    pub position: Position,
    /// When the last event was recorded.
    pub recorded_at: Timestamp,
}

/// Moves forward only: a late notification never takes the head back.
pub(crate) fn advance(head: &watch::Sender<Position>, position: Position) {
    head.send_if_modified(|known| {
        let moved = position > *known;
        *known = position.max(*known);
        moved
    });
}

/// Sees the head move. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Follower {
    head: watch::Receiver<Position>,
}

impl Follower {
    pub(crate) fn new(head: watch::Receiver<Position>) -> Self {
        Self { head }
    }

    /// The last known head; the log may be ahead of it by what is on its way here.
    pub fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// Waits until the head is after `position`, and returns it.
    pub async fn after(&mut self, position: Position) -> Position {
        // The watch's lock must not live on over the other arm's await: that would tie callers to one thread.
        let head = self.head.wait_for(|head| *head > position).await.map(|head| *head);
        match head {
            Ok(head) => head,
            // The journal is gone, and with it whoever could still append.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Listens until the returned task is aborted.
pub(crate) async fn listen(config: Config, head: watch::Sender<Position>) {
    let forever = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(Duration::from_secs(1))
        .without_max_times()
        .with_jitter();
    loop {
        let session = || session(&config, &head);
        let _ = session
            .retry(forever)
            .notify(|error: &tokio_postgres::Error, wait: Duration| {
                tracing::warn!(%error, ?wait, "listening for the log's head was interrupted");
            })
            .await;
    }
}

/// One connection: listens, reads the head once, then passes notifications on until the connection ends.
async fn session(config: &Config, head: &watch::Sender<Position>) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let (ended, mut end) = mpsc::unbounded_channel();
    let heads = head.clone();
    tokio::spawn(async move {
        let error = loop {
            match poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(AsyncMessage::Notification(note))) => {
                    if let Ok(position) = note.payload().parse() {
                        advance(&heads, position);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        let _ = ended.send(error);
    });
    client.batch_execute("LISTEN chancery_head").await?;
    advance(head, position(&client).await?);
    match end.recv().await.flatten() {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

async fn position(client: &Client) -> Result<Position, tokio_postgres::Error> {
    let row = client.query_one("SELECT position FROM public.head", &[]).await?;
    Ok(Position::from_i64(row.get(0)))
}
