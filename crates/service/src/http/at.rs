//! `?at=`: reading what was, at a position or at a time. For auditors.

use chancery_domain::Role;
use chancery_journal::{At, Moment};
use chancery_views::{Reader, View};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Service, list::Listing, problem::Problem, reading::Reading, request_error::RequestError};

/// Which moment; now, where none is named.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AsOf {
    /// For auditors: answer as of this position, such as `42`, or of this time (RFC 3339). `Chancery-Position` says
    /// which position that was.
    at: Option<String>,
}

/// Which page of a list, and of which moment.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListingAsOf {
    /// Items at once, 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before: of the same moment, named by the same `at`.
    cursor: Option<String>,
    /// For auditors: answer as of this position, such as `42`, or of this time (RFC 3339). `Chancery-Position` says
    /// which position that was.
    at: Option<String>,
}

impl ListingAsOf {
    pub(super) fn listing(&self) -> Listing {
        Listing::new(self.limit, self.cursor.clone())
    }
}

/// A query that may name a moment.
pub(super) trait MayNameMoment {
    fn at(&self) -> Option<&str>;
}

impl MayNameMoment for AsOf {
    fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }
}

impl MayNameMoment for ListingAsOf {
    fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }
}

/// What the cursors of a list are of: a page of the past is followed by pages of the same moment only.
pub(super) fn list_at(list: &str, moment: Option<Moment>) -> String {
    moment.map_or_else(|| list.to_owned(), |moment| format!("{list}@{}", moment.position))
}

impl Service {
    /// What answers: the views as they were at the moment, or as they are, once they reflect what they must.
    pub(super) async fn reader(
        &self,
        read: &Reading<impl MayNameMoment>,
        moment: Option<Moment>,
        views: &[&'static dyn View],
    ) -> Result<Reader, Problem> {
        match moment {
            Some(moment) => Ok(self.reader.as_of(moment)),
            None => self.reach(read.min_position, views).await,
        }
    }

    /// The moment that an auditor asks for; `None` where it is now. Whatever a least position is asked for beside it, the
    /// log must have; the answer is of the moment.
    pub(super) async fn moment(&self, read: &Reading<impl MayNameMoment>) -> Result<Option<Moment>, Problem> {
        let Some(text) = read.query.at() else { return Ok(None) };
        if read.principal.role != Role::Auditor {
            return Err(RequestError::AtNotAllowed.into());
        }
        if let Some(wanted) = read.min_position {
            self.known(wanted).await?;
        }
        let at: At = text.parse().map_err(|_| RequestError::AtInvalid)?;
        Ok(Some(self.journal.moment(at).await?))
    }
}
