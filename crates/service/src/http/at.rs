//! `?at=`: reading what was, at a position or at a time. For auditors.

use chancery_domain::Role;
use chancery_wire::Position;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Service, header, problem::Problem, reading::Reading, request_error::RequestError};

/// Which moment; now, where none is named.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsOf {
    /// For auditors: answer as of this position, such as `42`, or of this time (RFC 3339). `Chancery-Position` says
    /// which position that was.
    at: Option<String>,
}

/// A moment of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// The last that was recorded by then.
    pub(super) position: Position,
    pub(super) time: Timestamp,
}

impl Service {
    /// The moment that an auditor asks for; `None` where it is now.
    pub(super) async fn moment(&self, read: &Reading<AsOf>) -> Result<Option<Moment>, Problem> {
        let Some(text) = &read.query.at else { return Ok(None) };
        if read.principal.role != Role::Auditor {
            return Err(RequestError::AtNotAllowed.into());
        }
        if let Some(wanted) = read.min_position {
            self.known(wanted).await?;
        }
        if let Some(position) = header::position(text) {
            self.known(position).await?;
            let recorded = self.journal.event(position).await?.map(|event| event.recorded_at);
            return Ok(Some(Moment { position, time: recorded.unwrap_or(Timestamp::MIN) }));
        }
        let time: Timestamp = text.parse().map_err(|_| RequestError::AtInvalid)?;
        let position = self.journal.position_at(time).await?.ok_or(RequestError::TimeUnknown)?;
        Ok(Some(Moment { position, time }))
    }
}
