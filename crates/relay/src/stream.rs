//! The stream: how it is asked for, and what of an existing one must be as asked. Older servers pass over options
//! that they do not know without a word, so what the server says back is what counts.

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use chancery_wire::Topology;
use uuid::Uuid;

/// The key of the log's id in the stream's metadata.
const LOG_ID: &str = "chancery-log-id";

/// The position of the log's first event: the log is never trimmed.
const FIRST: u64 = 1;

pub(crate) fn config(topology: &Topology, log_id: Uuid, replicas: usize) -> Config {
    Config {
        name: topology.stream.clone(),
        description: Some("Chancery's event log: sequence = position".to_owned()),
        subjects: vec![topology.all_events()],
        retention: RetentionPolicy::Limits,
        max_bytes: -1,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        num_replicas: replicas,
        deny_delete: true,
        deny_purge: true,
        allow_rollup: false,
        allow_direct: true,
        // The least that the server takes: the expected sequence does the work, message ids are not used.
        duplicate_window: Duration::from_millis(100),
        first_sequence: Some(FIRST),
        metadata: HashMap::from([(LOG_ID.to_owned(), log_id.to_string())]),
        ..Config::default()
    }
}

/// The log that an existing stream says it holds.
pub(crate) fn log_id(config: &Config) -> Option<Uuid> {
    config.metadata.get(LOG_ID)?.parse().ok()
}

/// What in `found` would break a promise that `asked` makes; limits that an operator set on purpose are among it,
/// because they remove events.
pub(crate) fn differences(asked: &Config, found: &Config) -> Vec<&'static str> {
    let checks = [
        ("subjects", found.subjects == asked.subjects),
        ("retention", found.retention == asked.retention),
        ("storage", found.storage == asked.storage),
        ("discard", found.discard == asked.discard),
        ("max_msgs", found.max_messages <= 0),
        ("max_msgs_per_subject", found.max_messages_per_subject <= 0),
        ("max_bytes", found.max_bytes <= 0),
        ("max_age", found.max_age.is_zero()),
        ("max_msg_size", found.max_message_size <= 0),
        ("num_replicas", found.num_replicas >= asked.num_replicas),
        ("deny_delete", found.deny_delete),
        ("deny_purge", found.deny_purge),
        ("allow_rollup_hdrs", !found.allow_rollup),
        ("allow_msg_ttl", !found.allow_message_ttl),
        ("no_ack", !found.no_ack),
        ("sealed", !found.sealed),
        ("mirror", found.mirror.is_none()),
        ("sources", found.sources.as_ref().is_none_or(Vec::is_empty)),
        ("subject_transform", found.subject_transform.is_none()),
    ];
    checks.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_passed_over_deny_purge_is_found_out() {
        let asked = config(&Topology::default(), Uuid::nil(), 3);
        let found = Config { deny_purge: false, num_replicas: 1, ..asked.clone() };
        assert_eq!(differences(&asked, &found), ["num_replicas", "deny_purge"]);
    }

    #[test]
    fn what_the_server_adds_of_its_own_is_no_difference() {
        let asked = config(&Topology::default(), Uuid::nil(), 1);
        let mut found = Config { description: None, allow_direct: false, num_replicas: 3, ..asked.clone() };
        found.metadata.insert("_nats.level".to_owned(), "1".to_owned());
        assert!(differences(&asked, &found).is_empty());
        assert_eq!(log_id(&found), Some(Uuid::nil()));
    }
}
