//! Which events, and in which form.

use axum::http::{HeaderMap, header::ACCEPT};
use chancery_domain::TenantId;
use chancery_journal::Filter;
use chancery_wire::Position;
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::IntoParams;
use uuid::Uuid;

use super::super::{
    list::{from_cursor, limit},
    request_error::RequestError,
};

/// Which events. Every given filter must match.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in super::super) struct EventQuery {
    /// Only events after this position.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Only events of this stream, for example `app-` and an app's id.
    stream: Option<String>,
    /// Only events of streams of this category, for example `connection`.
    category: Option<String>,
    /// Only events of this type, for example `TenantConnected`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    event_type: Option<String>,
    /// Only events that name this app.
    app: Option<Uuid>,
    /// Only events that name this tenant.
    #[serde(default, deserialize_with = "tenant")]
    #[param(value_type = Option<u64>, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    tenant: Option<i64>,
    /// Only events of this actor's id.
    actor: Option<String>,
    /// Only events with this correlation id: what one request led to.
    correlation: Option<Uuid>,
    /// Events at once, 50 unless told. Only for pages.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// `next_cursor` of the page before; goes before `after`. Only for pages.
    cursor: Option<String>,
}

/// What `Accept` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Page,
    Lines,
    Live,
}

impl Format {
    /// The first that is named; pages where none is.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let types = accepted.flat_map(|value| value.split(','));
        let format = |accepted: &str| match accepted.split(';').next()?.trim() {
            "application/json" => Some(Self::Page),
            "application/x-ndjson" => Some(Self::Lines),
            "text/event-stream" => Some(Self::Live),
            _ => None,
        };
        types.into_iter().find_map(format).unwrap_or(Self::Page)
    }
}

/// The number of a tenant that there can be.
fn tenant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let number = Option::<u64>::deserialize(deserializer)?;
    let known = |number| TenantId::new(number).map(|id| id.get().cast_signed()).map_err(D::Error::custom);
    number.map(known).transpose()
}

/// What its cursors are of.
pub(super) const LIST: &str = "events";

impl EventQuery {
    const MOST: usize = 1000;
    const USUAL: usize = 50;

    pub(super) fn filter(&self) -> Filter {
        Filter {
            stream: self.stream.clone(),
            category: self.category.clone(),
            event_type: self.event_type.clone(),
            app: self.app,
            tenant: self.tenant,
            actor: self.actor.clone(),
            correlation: self.correlation,
        }
    }

    /// Where a page begins, and how many events it has at most.
    pub(super) fn page(&self) -> Result<(Position, usize), RequestError> {
        let limit = limit(self.limit, Self::USUAL, Self::MOST)?;
        let after = match &self.cursor {
            Some(cursor) => {
                let after: i64 = from_cursor(LIST, cursor)?;
                Some(after)
                    .filter(|after| *after >= 0)
                    .map(Position::from_i64)
                    .ok_or(RequestError::CursorInvalid)?
            }
            None => self.after()?,
        };
        Ok((after, limit))
    }

    /// Where a stream begins.
    pub(super) fn beginning(&self) -> Result<Position, RequestError> {
        if self.limit.is_some() || self.cursor.is_some() {
            let reason = "limit and cursor are for pages, which are application/json".to_owned();
            return Err(RequestError::QueryInvalid { reason });
        }
        self.after()
    }

    fn after(&self) -> Result<Position, RequestError> {
        match self.after {
            None => Ok(Position::START),
            Some(after) if after >= 0 => Ok(Position::from_i64(after)),
            Some(_) => {
                Err(RequestError::QueryInvalid { reason: "after: a position is not negative".to_owned() })
            }
        }
    }
}
