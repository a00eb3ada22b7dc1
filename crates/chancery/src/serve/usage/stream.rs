//! The stream that batches of usage wait in, and the one consumer that all workers share.

use std::{error::Error, time::Duration};

use async_nats::jetstream::{
    Context,
    consumer::{AckPolicy, Consumer, pull},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};
use chancery_wire::{Topology, usage::UsageBatch};

/// The consumer's name. It is one for all workers: each batch goes to one of them.
const STORE: &str = "store";
/// As long as a source is remembered: what is older would not be counted any more.
const MAX_AGE: Duration = Duration::from_hours(7 * 24);
/// About two million batches of a few keys.
const MAX_BYTES: i64 = 1 << 30;
/// When a batch that a worker took and did not acknowledge goes to the next.
const ACK_WAIT: Duration = Duration::from_secs(10);

/// Why there is nothing to take batches from.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(
        "the stream's configuration differs in {}; correct it, or delete the stream: the worker makes it anew, without \
         the usage that waits in it", .0.join(", ")
    )]
    Differs(Vec<&'static str>),
    #[error("{action} the stream of usage failed")]
    Nats { action: &'static str, source: Box<dyn Error + Send + Sync> },
}

/// The consumer, on the stream that this makes where there is none.
pub(super) async fn open(
    context: &Context,
    topology: &Topology,
    replicas: usize,
) -> Result<Consumer<pull::Config>, OpenError> {
    let asked = config(topology, replicas);
    let found = crate::nats::stream(context, &asked.name).await.map_err(nats("looking at"))?;
    let stream = if let Some(stream) = found {
        stream
    } else {
        tracing::info!(stream = asked.name, "making the stream of usage");
        // Where another worker did at the same moment, its stream is as good.
        context.get_or_create_stream(asked.clone()).await.map_err(nats("making"))?
    };
    let fields = differences(&asked, &stream.cached_info().config);
    if !fields.is_empty() {
        return Err(OpenError::Differs(fields));
    }
    stream.create_consumer(consumer(replicas)).await.map_err(nats("consuming"))
}

fn config(topology: &Topology, replicas: usize) -> Config {
    Config {
        name: topology.usage_stream(),
        description: Some("Chancery's usage, on its way to where it is added up".to_owned()),
        subjects: vec![topology.all_usage()],
        retention: RetentionPolicy::Limits,
        max_age: MAX_AGE,
        max_bytes: MAX_BYTES,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: i32::try_from(UsageBatch::MAX_BYTES).unwrap_or(-1),
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        num_replicas: replicas,
        // The least that the server takes: who adds up knows what came twice.
        duplicate_window: Duration::from_millis(100),
        ..Config::default()
    }
}

fn consumer(replicas: usize) -> pull::Config {
    pull::Config {
        durable_name: Some(STORE.to_owned()),
        description: Some("the workers that add usage up".to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_deliver: -1,
        max_ack_pending: 1_000,
        num_replicas: replicas,
        ..pull::Config::default()
    }
}

/// What in `found` would lose or repeat usage that `asked` keeps. Greater limits are an operator's choice, none at all
/// is not: what waits must end.
fn differences(asked: &Config, found: &Config) -> Vec<&'static str> {
    let checks = [
        ("subjects", found.subjects == asked.subjects),
        ("retention", found.retention == asked.retention),
        ("storage", found.storage == asked.storage),
        ("discard", found.discard == asked.discard),
        ("max_age", found.max_age >= asked.max_age),
        ("max_bytes", found.max_bytes >= asked.max_bytes),
        ("max_msgs", found.max_messages <= 0),
        ("max_msgs_per_subject", found.max_messages_per_subject <= 0),
        ("max_msg_size", found.max_message_size <= 0 || found.max_message_size >= asked.max_message_size),
        ("num_replicas", found.num_replicas >= asked.num_replicas),
        ("no_ack", !found.no_ack),
        ("sealed", !found.sealed),
        ("mirror", found.mirror.is_none()),
        ("sources", found.sources.as_ref().is_none_or(Vec::is_empty)),
        ("subject_transform", found.subject_transform.is_none()),
    ];
    checks.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

fn nats<E: Error + Send + Sync + 'static>(action: &'static str) -> impl FnOnce(E) -> OpenError {
    move |source| OpenError::Nats { action, source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_keeps_less_or_for_ever_is_found_out() {
        let asked = config(&Topology::default(), 3);
        assert!(differences(&asked, &asked).is_empty());
        let less = Config { max_age: Duration::from_hours(1), num_replicas: 1, ..asked.clone() };
        assert_eq!(differences(&asked, &less), ["max_age", "num_replicas"]);
        let unbounded = Config { max_age: Duration::ZERO, max_bytes: -1, ..asked.clone() };
        assert_eq!(differences(&asked, &unbounded), ["max_age", "max_bytes"]);
    }

    #[test]
    fn more_room_and_what_the_server_adds_of_its_own_are_no_difference() {
        let asked = config(&Topology::default(), 1);
        let mut found =
            Config { max_bytes: MAX_BYTES * 4, description: None, num_replicas: 3, ..asked.clone() };
        found.metadata.insert("_nats.level".to_owned(), "1".to_owned());
        assert!(differences(&asked, &found).is_empty());
    }
}
