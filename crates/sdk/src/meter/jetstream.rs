//! Batches into the stream from which the worker takes them.

use std::{error::Error, time::Duration};

use async_nats::{
    Client,
    jetstream::{Context, context::ContextBuilder},
};
use chancery_wire::{Topology, usage::UsageBatch};

use super::Sink;

/// How long the server may take to acknowledge a batch.
const PATIENCE: Duration = Duration::from_secs(5);

/// Publishes to JetStream: a batch is handed over when the server has stored it.
#[derive(Debug, Clone)]
pub struct JetStream {
    context: Context,
    topology: Topology,
}

/// The server did not say that it stored a batch.
#[derive(Debug, thiserror::Error)]
#[error("publishing usage to NATS failed")]
pub struct PublishError(#[source] Box<dyn Error + Send + Sync>);

impl JetStream {
    /// Of a connection whose user may publish usage.
    pub fn new(client: Client, topology: Topology) -> Self {
        Self { context: ContextBuilder::new().timeout(PATIENCE).build(client), topology }
    }
}

impl Sink for JetStream {
    type Error = PublishError;

    async fn deliver(&self, batch: &UsageBatch) -> Result<(), PublishError> {
        let subject = self.topology.usage_subject(batch.source);
        let sent = self.context.publish(subject, batch.to_json().into()).await;
        let acknowledged = sent.map_err(|error| PublishError(error.into()))?.await;
        acknowledged.map(drop).map_err(|error| PublishError(error.into()))
    }
}
