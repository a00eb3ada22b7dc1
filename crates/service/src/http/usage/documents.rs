//! A report as it is answered.

use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
};
use chancery_views::At;
use chancery_wire::Position;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    super::{Service, list::to_cursor, problem::Problem, request_error::RequestError},
    Form, UsageQuery, csv,
};
use crate::usage::report::{Ask, Metrics, Report, ReportRow, Scope};

const COMPLETE_UNTIL: HeaderName = HeaderName::from_static("chancery-complete-until");
const NEXT_CURSOR: HeaderName = HeaderName::from_static("chancery-next-cursor");

/// A page of a usage report.
#[derive(Debug, Serialize, ToSchema)]
pub(in super::super) struct UsageReport {
    /// By time, then by the dimensions in the order in which they were asked for.
    items: Vec<UsageRow>,
    /// Until when everything that was called has been counted: as far as every gateway that lives has told, and up to
    /// the oldest batch that did not come. A gateway that says nothing for a while, usually 10 minutes, and did not say that it ends is
    /// taken for dead; a batch that is missing is waited for a week.
    #[schema(value_type = String, format = DateTime)]
    complete_until: Timestamp,
    /// What to ask with for the next page; null on the last one.
    next_cursor: Option<String>,
}

/// What a group of calls came to in one minute, hour or day.
#[derive(Debug, Serialize, ToSchema)]
struct UsageRow {
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    #[serde(flatten)]
    metrics: Metrics,
    /// The dimensions that were asked for; null where the calls have none, such as a call without a token.
    #[serde(flatten)]
    #[schema(additional_properties = true, inline)]
    dimensions: Map<String, Value>,
}

/// Answers with a page of what is asked for.
pub(in super::super) async fn report(
    service: &Service,
    scope: Scope,
    query: &UsageQuery,
    form: Form,
    position: Position,
) -> Result<Response, Problem> {
    let (ask, list) = query.ask(scope, Timestamp::now())?;
    let Report { rows, complete_until, next } = service.usage.report(&ask).await?;
    let report = UsageReport {
        items: rows.into_iter().map(UsageRow::of).collect(),
        complete_until,
        next_cursor: next.map(|cursor| to_cursor(&list, &cursor)),
    };
    match form {
        Form::Json => service.reflected(&At { position, value: report }),
        Form::Csv => Ok(report.csv(service, &ask, position)?),
    }
}

impl UsageRow {
    fn of(row: ReportRow) -> Self {
        let value = |value| match value {
            None => Value::Null,
            Some(crate::usage::report::Value::Number(number)) => number.into(),
            Some(crate::usage::report::Value::Text(text)) => text.into(),
        };
        let dimensions =
            row.group.into_iter().map(|(dimension, of)| (dimension.name().to_owned(), value(of)));
        Self { from: row.from, to: row.to, dimensions: dimensions.collect(), metrics: row.metrics }
    }
}

impl UsageReport {
    const METRICS: [&str; 10] = [
        "calls",
        "errors",
        "throttled",
        "peak_per_second",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "finished_share",
        "bytes_in",
        "bytes_out",
    ];

    /// What is beside the items stands in headers.
    fn csv(&self, service: &Service, ask: &Ask, position: Position) -> Result<Response, Problem> {
        let mut names = vec!["from", "to"];
        names.extend(ask.group_by.iter().map(|dimension| dimension.name()));
        names.extend(Self::METRICS);
        let item = |row| match serde_json::to_value(row) {
            Ok(Value::Object(item)) => Ok(item),
            Ok(_) => Ok(Map::new()),
            Err(error) => Err(Problem::internal("a report cannot be written as CSV", &error)),
        };
        let items = self.items.iter().map(item).collect::<Result<Vec<_>, Problem>>()?;
        let mut response = service.at(position, Body::from(csv::write(&names, &items)));
        let headers = response.headers_mut();
        let ascii = |text: &str| HeaderValue::from_str(text).map_err(|_| RequestError::CursorInvalid);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
        headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"usage.csv\""));
        headers.insert(COMPLETE_UNTIL, ascii(&self.complete_until.to_string())?);
        if let Some(cursor) = &self.next_cursor {
            headers.insert(NEXT_CURSOR, ascii(cursor)?);
        }
        Ok(response)
    }
}
