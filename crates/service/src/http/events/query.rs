//! Which events, and in which form.

use axum::http::{HeaderMap, header::ACCEPT};
use chancery_domain::TenantId;
use chancery_journal::{Filter, Journal, JournalError};
use chancery_wire::{Position, Recorded};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};
use utoipa::IntoParams;
use uuid::Uuid;

use super::super::{
    Service,
    list::{from_cursor, limit},
    problem::Problem,
    request_error::RequestError,
};
use crate::events::Names;

/// Which events. Every given filter must match.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in super::super) struct EventQuery {
    /// Only events after this position.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Only events up to this position. Not for a live stream.
    #[param(minimum = 0)]
    through: Option<i64>,
    /// Only events that were recorded at this time or later (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only events that were recorded before this time (RFC 3339). Not for a live stream.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
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
    /// Tell what happened in a sentence for people, too. It costs a look-up for each thing that is named.
    #[serde(default)]
    sentences: bool,
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

    /// What the events must be, and where they end.
    pub(super) async fn filter(&self, service: &Service) -> Result<Filter, Problem> {
        let through = self.through.map(|through| position("through", through)).transpose()?;
        let until = match self.until {
            // What is to come is before it all the same: then there is no end yet.
            Some(until) => service.journal.position_before(until).await?,
            None => None,
        };
        Ok(Filter {
            stream: self.stream.clone(),
            category: self.category.clone(),
            event_type: self.event_type.clone(),
            app: self.app,
            tenant: self.tenant,
            actor: self.actor.clone(),
            correlation: self.correlation,
            through: through.into_iter().chain(until).min(),
        })
    }

    /// Where a page begins, and how many events it has at most.
    pub(super) async fn page(&self, service: &Service) -> Result<(Position, usize), Problem> {
        let limit = limit(self.limit, Self::USUAL, Self::MOST)?;
        let after = match &self.cursor {
            Some(cursor) => {
                let after: i64 = from_cursor(LIST, cursor)?;
                let after = Some(after).filter(|after| *after >= 0).map(Position::from_i64);
                let after = after.ok_or(RequestError::CursorInvalid)?;
                service.known(after).await?;
                after
            }
            None => self.after(service).await?,
        };
        Ok((after, limit))
    }

    /// Refuses what only pages have.
    pub(super) fn has_no_pages(&self) -> Result<(), RequestError> {
        if self.limit.is_none() && self.cursor.is_none() {
            return Ok(());
        }
        Err(invalid("limit and cursor are for pages, which are application/json"))
    }

    /// Refuses what ends.
    pub(super) fn has_no_end(&self) -> Result<(), RequestError> {
        if self.through.is_none() && self.until.is_none() {
            return Ok(());
        }
        Err(invalid("through and until are for pages and lines: a live stream has no end"))
    }

    pub(super) fn sentences(&self) -> Sentences {
        Sentences(self.sentences)
    }

    /// The position after which events are asked for, which the log has.
    pub(super) async fn after(&self, service: &Service) -> Result<Position, Problem> {
        let after = self.after.map(|after| position("after", after)).transpose()?;
        if let Some(after) = after {
            service.known(after).await?;
        }
        let since = match self.since {
            Some(since) => {
                let before = service.journal.position_before(since).await?;
                Some(before.ok_or_else(|| invalid("since: that time is still to come"))?)
            }
            None => None,
        };
        Ok(after.into_iter().chain(since).max().unwrap_or(Position::START))
    }
}

/// Whether sentences are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentences(bool);

impl Sentences {
    /// The names that the events are shown with.
    pub(super) async fn names(self, journal: &Journal, events: &[Recorded]) -> Result<Names, JournalError> {
        if self.0 {
            Names::of_sentences(journal, events).await
        } else {
            Names::of_actors(journal, events).await
        }
    }
}

fn position(name: &str, number: i64) -> Result<Position, RequestError> {
    if number < 0 {
        return Err(RequestError::QueryInvalid { reason: format!("{name}: a position is not negative") });
    }
    Ok(Position::from_i64(number))
}

fn invalid(reason: &str) -> RequestError {
    RequestError::QueryInvalid { reason: reason.to_owned() }
}
