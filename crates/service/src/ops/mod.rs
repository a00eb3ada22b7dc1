//! The operations port: is the process alive, is everything that it needs there, and the numbers.
//!
//! Invariant: nothing here is authenticated, so nothing here tells what is in the log.

mod audits;
mod check;
mod figures;
mod health;
mod metrics;
mod positions;
mod projections;

use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};

pub use audits::{Differences, audits};
pub use check::{log, views};
pub use figures::{counter, gauge};
pub use health::{Check, Checks, Dependency};
pub use metrics::Metrics;
pub(crate) use metrics::RouteMetrics;
pub use positions::Positions;

/// What the operations port tells about.
#[derive(Clone, Debug)]
pub struct Ops {
    pub metrics: Metrics,
    /// Asked each time `/readyz` is.
    pub checks: Checks,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn router(ops: Ops) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics))
        .with_state(ops)
}

async fn metrics(State(ops): State<Ops>) -> impl IntoResponse {
    ops.metrics.refresh().await;
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], ops.metrics.text())
}
