//! How far the log is, as far as anybody said so.

use std::time::Duration;

use async_nats::{Client, connection::State as Connection};
use chancery_wire::{Position, Topology};
use futures_util::StreamExt;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use uuid::Uuid;

/// The relay says it every second: without a word for this long it is taken for away.
const SILENCE: Duration = Duration::from_millis(1_500);
/// Before a subscription that ended is made again.
const AGAIN: Duration = Duration::from_millis(500);

/// What was said last of the log that is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: Position,
    /// When it was heard here.
    pub(crate) at: Instant,
}

/// What is known. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Heads(watch::Sender<Known>);

#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// The log that is followed; the first that is spoken of, unless it was told.
    log_id: Option<Uuid>,
    head: Option<Head>,
    /// The log goes at least as far.
    seen: Position,
    /// When NATS last spoke of it.
    announced_at: Option<Instant>,
    /// Whether the API says that it has another log, or one that ends before what was read of it.
    replaced: bool,
}

impl Heads {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Known::default()))
    }

    pub(super) fn follow(&self, log_id: Uuid) {
        self.0.send_modify(|known| known.log_id = Some(log_id));
    }

    /// The log that is followed, where it is known.
    pub(super) fn log_id(&self) -> Option<Uuid> {
        self.0.borrow().log_id
    }

    /// How far the log goes at least.
    pub(super) fn seen(&self) -> Position {
        self.0.borrow().seen
    }

    /// The API answered from this log. If it is not the one that is followed: which one is.
    pub(super) fn answered(&self, found: Uuid) -> Result<(), Uuid> {
        let expected = self.log_id().unwrap_or(found);
        self.0.send_if_modified(|known| {
            let first = known.log_id.is_none();
            known.log_id = Some(expected);
            known.replaced |= found != expected;
            first || found != expected
        });
        if found == expected { Ok(()) } else { Err(expected) }
    }

    /// The API said where its log ends at this moment.
    pub(super) fn ends(&self, position: Position) {
        self.0.send_modify(|known| known.hear(position));
    }

    /// The API has an event of that position, and may have more.
    pub(super) fn has(&self, position: Position) {
        self.0.send_if_modified(|known| {
            let more = position > known.seen;
            known.seen = position.max(known.seen);
            more
        });
    }

    /// The API says that the log is not what it was.
    pub(super) fn replaced(&self) {
        self.0.send_modify(|known| known.replaced = true);
    }

    /// NATS said it. Of another log it says nothing to us: the API knows better which log there is.
    fn announced(&self, head: &chancery_wire::Head) {
        self.0.send_if_modified(|known| {
            let ours = *known.log_id.get_or_insert(head.log_id) == head.log_id;
            // A relay that is behind is as good as away.
            let news = ours && head.position >= known.seen;
            if news {
                known.hear(head.position);
                known.announced_at = Some(Instant::now());
            }
            news
        });
    }

    /// Waits until the log is known to have an event after that position, or to be another one.
    pub(super) async fn after(&self, position: Position) {
        // The sender is here, so it does not end.
        let _ = self.0.subscribe().wait_for(|known| known.seen > position || known.replaced).await;
    }

    /// What is said from now on, and what was said last.
    pub(crate) fn listen(&self) -> Listener {
        let mut listener = self.0.subscribe();
        listener.mark_changed();
        Listener { known: listener, heard: None }
    }

    /// Whether NATS speaks of the log.
    pub(super) fn is_announced(&self, client: &Client) -> bool {
        let heard = self.0.borrow().announced_at.is_some_and(|at| at.elapsed() < SILENCE);
        heard && client.connection_state() == Connection::Connected
    }
}

impl Known {
    fn hear(&mut self, position: Position) {
        // Two ways bring the news: what one of them says late is no news.
        if position >= self.seen {
            self.seen = position;
            self.head = Some(Head { position, at: Instant::now() });
        }
    }
}

/// Hears what is said of the head.
#[derive(Debug)]
pub(crate) struct Listener {
    known: watch::Receiver<Known>,
    heard: Option<Head>,
}

impl Listener {
    /// The next word. An error: the log was replaced, and what was derived from it is worth nothing.
    pub(crate) async fn next(&mut self) -> Result<Head, Replaced> {
        loop {
            if self.known.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            let known = *self.known.borrow_and_update();
            if known.replaced {
                return Err(Replaced);
            }
            if let Some(head) = known.head.filter(|head| Some(*head) != self.heard) {
                self.heard = Some(head);
                return Ok(head);
            }
        }
    }
}

/// The API has another log, or one that ends before what was read of it.
#[derive(Debug)]
pub(crate) struct Replaced;

/// Hears the announcements of the relay, for ever.
pub(super) async fn hear(heads: Heads, client: Client, topology: Topology) {
    loop {
        match client.subscribe(topology.head_subject()).await {
            Ok(mut announcements) => {
                while let Some(message) = announcements.next().await {
                    match serde_json::from_slice(&message.payload) {
                        Ok(head) => heads.announced(&head),
                        Err(error) => tracing::debug!(%error, "an announcement of the head cannot be read"),
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "announcements of the head cannot be subscribed to"),
        }
        sleep(AGAIN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(heads: &Heads, log_id: Uuid, position: u64) {
        let time = jiff::Timestamp::UNIX_EPOCH;
        heads.announced(&chancery_wire::Head { log_id, position: Position::new(position), time });
    }

    #[tokio::test]
    async fn what_is_said_late_or_of_another_log_is_no_news() {
        let (heads, ours, other) = (Heads::new(), Uuid::from_u128(1), Uuid::from_u128(2));
        heads.follow(ours);
        let mut listener = heads.listen();
        announced(&heads, ours, 5);
        assert_eq!(listener.next().await.unwrap().position, Position::new(5));
        announced(&heads, ours, 4);
        announced(&heads, other, 9);
        heads.has(Position::new(7));
        announced(&heads, ours, 6);
        assert_eq!(heads.seen(), Position::new(7));
        heads.ends(Position::new(7));
        assert_eq!(listener.next().await.unwrap().position, Position::new(7));
    }

    #[tokio::test]
    async fn the_api_knows_which_log_there_is() {
        let (heads, ours, other) = (Heads::new(), Uuid::from_u128(1), Uuid::from_u128(2));
        assert_eq!(heads.answered(ours), Ok(()));
        assert_eq!(heads.answered(other), Err(ours));
        assert!(heads.listen().next().await.is_err());
    }

    #[tokio::test]
    async fn whoever_waits_for_more_is_woken_by_any_news_of_it() {
        let heads = Heads::new();
        let after = heads.after(Position::new(3));
        heads.has(Position::new(3));
        heads.ends(Position::new(4));
        after.await;
    }
}
