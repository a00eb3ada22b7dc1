//! What whoever runs the gate decides.

use std::{sync::Arc, time::Duration};

use async_nats::Client;
use chancery_gate::{
    door::{Observer, Unobserved},
    verify::Issuer,
};
use chancery_wire::Topology;

/// How a gate behaves.
#[derive(Debug, Clone)]
pub struct GateSettings {
    /// Who issues the tokens, and for which API: as `chancery serve --issuer --audience` has it.
    pub issuer: Issuer,
    /// Over which the events come; `None`: over HTTP alone.
    pub nats: Option<Nats>,
    /// This gate's share of every limit, from above 0 to 1 (rule 29).
    pub limit_share: f64,
    /// How long it may have been behind the log's head, or heard nothing of it, before it refuses.
    pub max_staleness: Duration,
    /// Whether it then decides on what it knows instead.
    pub serve_stale: bool,
    /// Is told each decision.
    pub observer: Arc<dyn Observer>,
}

/// A connection of a NATS user that may read the events, and where they are.
#[derive(Debug, Clone)]
pub struct Nats {
    pub client: Client,
    pub topology: Topology,
}

impl GateSettings {
    /// Of a gate that is alone, over HTTP.
    pub fn new(issuer: Issuer) -> Self {
        Self {
            issuer,
            nats: None,
            limit_share: 1.0,
            max_staleness: Duration::from_secs(10),
            serve_stale: false,
            observer: Arc::new(Unobserved),
        }
    }
}
