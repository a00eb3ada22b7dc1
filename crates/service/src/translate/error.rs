//! What the log says and the domain has no value for.

/// Why something recorded cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    #[error("event {event_type} has no usable {field}")]
    Field { event_type: &'static str, field: &'static str },
    #[error("actor kind {kind} is not known to this build")]
    ActorKind { kind: String },
}
