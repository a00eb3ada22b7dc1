//! What a gateway's own meter tells.

use std::collections::BTreeMap;

use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chancery_views::At;
use chancery_wire::usage::{BatchError, UsageBatch};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{Service, command, json, problem::Problem, query, query::NoQuery};
use crate::usage::{Mode, Outcome};

/// What one gateway process counted from `from` until `to`, at most a minute. At most 2000 items and 480 KiB.
#[derive(Debug, ToSchema)]
#[schema(as = UsageBatch)]
#[expect(dead_code, reason = "the schema of what chancery_wire reads")]
pub(in super::super) struct BatchDocument {
    /// The process: a UUID of version 7, made when it starts.
    source: Uuid,
    /// 1, 2, 3 … with no gap. A batch that is sent again has the same number.
    #[schema(minimum = 1)]
    sequence: u64,
    /// At most 6 days ago. All of it counts for the minute, hour and day that hold this.
    #[schema(value_type = String, format = DateTime)]
    from: String,
    #[schema(value_type = String, format = DateTime)]
    to: String,
    /// True with the last batch of a process that ends.
    #[schema(required = false)]
    last: bool,
    /// None says that there was nothing to count, and that the process lives.
    #[schema(max_items = 2000)]
    items: Vec<ItemDocument>,
}

/// Calls that are alike in every dimension.
#[derive(Debug, ToSchema)]
#[schema(as = UsageItem)]
#[expect(dead_code, reason = "the schema of what chancery_wire reads")]
struct ItemDocument {
    dimensions: DimensionsDocument,
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    calls: u64,
    /// Present where the calls finished, absent where they were decided. Who asks for decisions here need not tell them.
    #[schema(required = false, pattern = "^[1-5]xx$")]
    status_class: Option<String>,
    /// The most of these calls in one second of the clock, where the batch is longer than one.
    #[schema(required = false, minimum = 1)]
    peak_per_second: Option<u32>,
    /// How many took how long: counts by bucket. A latency of `x` microseconds is in bucket
    /// `ceil(ln(x) / ln(1.01 / 0.99))`, from 0 to 1280. With a `status_class` only.
    #[schema(required = false, example = json!({"346": 2, "347": 11}))]
    latency_sketch: Option<BTreeMap<String, u64>>,
    /// Bytes of the requests' bodies.
    #[schema(required = false)]
    bytes_in: u64,
    /// Bytes of the responses' bodies.
    #[schema(required = false)]
    bytes_out: u64,
}

/// By what calls are told apart. What is not known for certain is left out.
#[derive(Debug, ToSchema)]
#[schema(as = UsageDimensions)]
#[expect(dead_code, reason = "the schema of what chancery_wire reads")]
struct DimensionsDocument {
    app_id: Option<Uuid>,
    /// The app's version that the connection is pinned to.
    version: Option<u32>,
    tenant_id: Option<u64>,
    group_id: Option<Uuid>,
    environment: Option<String>,
    client_id: Option<String>,
    secret_id: Option<Uuid>,
    module: Option<String>,
    /// The operation's id in the catalog.
    operation: Option<String>,
    method: Option<String>,
    scope: Option<String>,
    report_id: Option<String>,
    /// `allowed`, which it is where nothing is said, or the code of the refusal.
    #[schema(required = false)]
    outcome: String,
}

/// The batch counts.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct BatchTaken {
    source: Uuid,
    sequence: u64,
    /// It had been counted before: nothing changed.
    duplicate: bool,
}

/// Counts the batch in the request's body.
pub(in super::super) async fn taken(service: &Service, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    query::read::<NoQuery>(&parts.uri)?;
    let body = command::read(body, UsageBatch::MAX_BYTES).await?;
    let batch: UsageBatch = json::read(&parts.headers, &body)?;
    batch.check().map_err(Problem::from)?;
    let outcome = service.usage.apply(&batch, Mode::Strict).await?;
    let duplicate = match outcome {
        Outcome::Applied => false,
        Outcome::Duplicate => true,
        Outcome::Gap { expected } => return Err(Problem::sequence_gap(expected)),
        Outcome::Refused(refusal) => return Err(refusal.into()),
    };
    let taken = BatchTaken { source: batch.source, sequence: batch.sequence, duplicate };
    let answer = service.reflected(&At { position: service.journal.follow().head(), value: taken })?;
    Ok((StatusCode::ACCEPTED, answer).into_response())
}

impl From<BatchError> for Problem {
    fn from(error: BatchError) -> Self {
        crate::usage::Refusal::from(error).into()
    }
}
