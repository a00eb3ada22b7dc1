//! The stream: how it is asked for, and what of an existing one must be as asked. Older servers pass over options
//! that they do not know without a word, so what the server says back is what counts.

use std::{collections::HashMap, time::Duration};

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use chancery_wire::Topology;
use uuid::Uuid;

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
        metadata: HashMap::from([(Topology::LOG_ID_KEY.to_owned(), log_id.to_string())]),
        ..Config::default()
    }
}

/// The log that an existing stream says it holds.
pub(crate) fn log_id(config: &Config) -> Option<Uuid> {
    config.metadata.get(Topology::LOG_ID_KEY)?.parse().ok()
}

/// What in `found` would break a promise that `asked` makes, each as a sentence's part; limits that an operator set on
/// purpose are among it, because they remove events.
pub(crate) fn differences(asked: &Config, found: &Config) -> Vec<String> {
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
    let differing = checks.into_iter().filter(|(_, same)| !same);
    differing
        .map(|(field, _)| format!("{field} is {}, and must be {}", said(found, field), said(asked, field)))
        .collect()
}

/// A field as NATS's own tools write it. What is left out of the JSON is off, or has no value.
fn said(config: &Config, field: &str) -> String {
    let config = serde_json::to_value(config).unwrap_or_default();
    config.get(field).map_or_else(|| "unset".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use async_nats::jetstream::stream::{Source, SubjectTransform};

    use super::*;

    type Change = fn(&mut Config);

    #[test]
    fn a_server_that_passed_over_deny_purge_is_found_out() {
        let asked = config(&Topology::default(), Uuid::nil(), 3);
        let found = Config { deny_purge: false, num_replicas: 1, ..asked.clone() };
        let expected = ["num_replicas is 1, and must be 3", "deny_purge is unset, and must be true"];
        assert_eq!(differences(&asked, &found), expected);
    }

    #[test]
    fn whatever_would_remove_or_change_an_event_is_a_difference() {
        let asked = config(&Topology::default(), Uuid::nil(), 1);
        let changes: [(&str, Change); 19] = [
            ("subjects", |found| found.subjects.push("other".into())),
            ("retention", |found| found.retention = RetentionPolicy::Interest),
            ("storage", |found| found.storage = StorageType::Memory),
            ("discard", |found| found.discard = DiscardPolicy::New),
            ("max_msgs", |found| found.max_messages = 1),
            ("max_msgs_per_subject", |found| found.max_messages_per_subject = 1),
            ("max_bytes", |found| found.max_bytes = 1),
            ("max_age", |found| found.max_age = Duration::from_hours(1)),
            ("max_msg_size", |found| found.max_message_size = 1),
            ("num_replicas", |found| found.num_replicas = 0),
            ("deny_delete", |found| found.deny_delete = false),
            ("deny_purge", |found| found.deny_purge = false),
            ("allow_rollup_hdrs", |found| found.allow_rollup = true),
            ("allow_msg_ttl", |found| found.allow_message_ttl = true),
            ("no_ack", |found| found.no_ack = true),
            ("sealed", |found| found.sealed = true),
            ("mirror", |found| found.mirror = Some(source())),
            ("sources", |found| found.sources = Some(vec![source()])),
            ("subject_transform", |found| found.subject_transform = Some(transform())),
        ];
        for (field, change) in changes {
            let mut found = asked.clone();
            change(&mut found);
            let told = differences(&asked, &found);
            assert!(told.len() == 1 && told[0].starts_with(&format!("{field} is ")), "{field}: {told:?}");
        }
    }

    fn source() -> Source {
        Source { name: "OTHER".into(), ..Source::default() }
    }

    fn transform() -> SubjectTransform {
        SubjectTransform { source: ">".into(), destination: "other.>".into() }
    }

    /// `docs/stream.json` is for whoever makes streams by other tools than the relay.
    #[test]
    fn the_committed_configuration_is_the_one_that_is_asked_for() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/stream.json");
        let asked = config(&Topology::default(), Uuid::nil(), 1);
        let asked = serde_json::to_string_pretty(&asked).unwrap() + "\n";
        if env::var_os("UPDATE_STREAM").is_some() {
            fs::write(&path, &asked).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap();
        assert!(
            committed == asked,
            "docs/stream.json differs from what the relay asks for; after looking at why: \
             UPDATE_STREAM=1 cargo test -p chancery-relay the_committed_configuration"
        );
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
