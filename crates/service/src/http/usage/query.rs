//! Which report, and in which form.

use axum::http::{HeaderMap, header::ACCEPT};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::{
    list::{from_cursor, limit},
    request_error::RequestError,
};
use crate::usage::{
    Granularity,
    report::{Ask, Cursor, Dimension, Scope},
};

/// Which report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in super::super) struct UsageQuery {
    /// The minute, hour or day (UTC) that holds it is the first one. An hour, a day or 30 days before `to` unless told.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Nothing that begins then or later; now unless told. At most a day after `from` by the minute, 31 days by the
    /// hour, 3 years by the day.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// By the hour unless told. Minutes are usually kept for a week, hours for 90 days, days for 3 years.
    #[param(inline)]
    granularity: Option<Granularity>,
    /// Dimensions with commas between: `app_id`, `version`, `tenant_id`, `group_id`, `environment`, `client_id`,
    /// `secret_id`, `module`, `operation`, `method`, `scope`, `report_id`, `outcome`, `status_class`.
    #[param(example = "operation,outcome")]
    group_by: Option<String>,
    /// Items at once, 100 unless told.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before, to the same report.
    cursor: Option<String>,
}

/// What `Accept` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    Json,
    Csv,
}

impl Form {
    /// The first that is named; JSON where none is.
    pub(in super::super) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let form = |accepted: &str| match accepted.split(';').next()?.trim() {
            "application/json" => Some(Self::Json),
            "text/csv" => Some(Self::Csv),
            _ => None,
        };
        accepted.flat_map(|value| value.split(',')).find_map(form).unwrap_or(Self::Json)
    }
}

impl UsageQuery {
    /// The question, and the name of its list: a cursor is good for the same report only.
    pub(super) fn ask(&self, scope: Scope, now: Timestamp) -> Result<(Ask, String), RequestError> {
        let granularity = self.granularity.unwrap_or(Granularity::Hour);
        let (usual, most) = spans(granularity);
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or_else(|| to.checked_sub(usual).unwrap_or(Timestamp::MIN));
        if from < Timestamp::UNIX_EPOCH || from >= to {
            return Err(invalid("from is a time since 1970 and before to"));
        }
        if to.duration_since(granularity.begin(from)) > most + granularity.span() {
            let days = most.as_hours() / 24;
            return Err(invalid(&format!("to is at most {days} days after from in this granularity")));
        }
        let group_by = self.dimensions()?;
        let names: Vec<&str> = group_by.iter().map(|dimension| dimension.name()).collect();
        let list = format!("usage {scope:?} {granularity:?} {}", names.join(","));
        let mut ask =
            Ask { scope, granularity, from, to, group_by, after: None, limit: limit(self.limit, 100, 1000)? };
        if let Some(cursor) = &self.cursor {
            let after: Cursor = from_cursor(&list, cursor)?;
            if !ask.follows(&after) {
                return Err(RequestError::CursorInvalid);
            }
            ask.after = Some(after);
        }
        Ok((ask, list))
    }

    fn dimensions(&self) -> Result<Vec<Dimension>, RequestError> {
        let names = self.group_by.as_deref().unwrap_or_default().split(',').map(str::trim);
        let mut dimensions = Vec::new();
        for name in names.filter(|name| !name.is_empty()) {
            let dimension = Dimension::parse(name)
                .ok_or_else(|| invalid("group_by names a dimension that there is not"))?;
            if dimensions.contains(&dimension) {
                return Err(invalid("group_by names each dimension once"));
            }
            dimensions.push(dimension);
        }
        Ok(dimensions)
    }
}

/// How long a report is unless told, and at most.
fn spans(granularity: Granularity) -> (SignedDuration, SignedDuration) {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    match granularity {
        Granularity::Minute => (SignedDuration::from_hours(1), days(1)),
        Granularity::Hour => (days(1), days(31)),
        Granularity::Day => (days(30), days(3 * 365 + 1)),
    }
}

fn invalid(reason: &str) -> RequestError {
    RequestError::QueryInvalid { reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_first_form_that_is_named_is_answered() {
        for (accept, form) in [
            ("", Form::Json),
            ("*/*", Form::Json),
            ("text/csv", Form::Csv),
            ("text/csv; charset=utf-8, application/json", Form::Csv),
            ("application/json, text/csv", Form::Json),
            ("text/html, text/csv;q=0.9, */*", Form::Csv),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(Form::of(&headers), form, "{accept}");
        }
    }
}
