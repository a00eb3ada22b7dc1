//! The log's head on the core subject, every second, so that consumers know how far behind they are.

use std::time::Duration;

use async_nats::{Client, connection::State};
use chancery_journal::Journal;
use chancery_wire::{Head, Topology};
use tokio::time::{MissedTickBehavior, interval};

/// Announces until dropped. Nobody waits for these messages: one that cannot be sent is left out.
pub(crate) async fn announce(client: &Client, journal: &Journal, topology: &Topology) {
    let mut pulse = interval(Duration::from_secs(1));
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pulse.tick().await;
        if client.connection_state() != State::Connected {
            continue;
        }
        // What is wrong with the log's database is said where events are read.
        let Ok(head) = journal.head().await else { continue };
        let head = Head { log_id: head.log_id, position: head.position, time: jiff::Timestamp::now() };
        if let Ok(body) = serde_json::to_vec(&head) {
            let _ = client.publish(topology.head_subject(), body.into()).await;
        }
    }
}
