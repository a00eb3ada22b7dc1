//! Publishes the journal to JetStream, sequence = position
