//! The access requests as HTTP shows them to reviewers.

use chancery_wire::Position;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::AccessRequests;
use crate::{
    AccessState, At, Page, ReadError, Reader, Who,
    read::{Key, Keyed},
    row::{number, optional_number},
};

/// A request for access (rule 1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessRequest {
    pub request_id: Uuid,
    pub state: AccessState,
    pub company: String,
    /// The person who asks: an opaque id, by which it can be forgotten.
    pub requester_id: String,
    /// `forgotten` once the person is.
    pub name: String,
    /// `null` once the person is forgotten.
    pub email: Option<String>,
    /// `null` once the person is forgotten.
    pub purpose: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub requested_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<Who>,
    pub reason: Option<String>,
    /// The organization that the approval registered.
    pub organization_id: Option<Uuid>,
    /// Its integration instance.
    pub tenant_id: Option<u64>,
    /// The version of the request's stream: its `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// One access request.
pub async fn access_request(
    reader: &Reader,
    request_id: Uuid,
) -> Result<At<Option<AccessRequest>>, ReadError> {
    let sql = include_str!("access_request.sql");
    reader
        .one(&AccessRequests, &[Key::AccessRequest(request_id)], sql, &[&request_id], AccessRequest::from_row)
        .await
}

/// The access requests in `state`, or all; oldest first. The key is the position at which one was made.
pub async fn list(
    reader: &Reader,
    state: Option<AccessState>,
    after: Option<Position>,
    limit: usize,
) -> Result<At<Page<AccessRequest, Position>>, ReadError> {
    let after = after.unwrap_or(Position::START).as_i64();
    let item = |row: &Row| {
        let position = Position::from_i64(row.try_get("position")?);
        Ok((AccessRequest::from_row(row)?, position))
    };
    if let Some(state) = state {
        let sql = include_str!("in_state.sql");
        reader.page(&AccessRequests, &[], sql, limit, &[&after, &state.as_str()], item).await
    } else {
        reader.page(&AccessRequests, &[], include_str!("all.sql"), limit, &[&after], item).await
    }
}

impl Keyed for AccessRequest {
    fn keys(&self) -> Vec<Key> {
        vec![Key::AccessRequest(self.request_id)]
    }
}

impl AccessRequest {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let decided_at: Option<Timestamp> = row.try_get("decided_at")?;
        Ok(Self {
            request_id: row.try_get("request_id")?,
            state: row.try_get("state")?,
            company: row.try_get("company")?,
            requester_id: row.try_get("requester_id")?,
            name: row.try_get("requester_name")?,
            email: row.try_get("email")?,
            purpose: row.try_get("purpose")?,
            requested_at: row.try_get("requested_at")?,
            decided_by: decided_at
                .map(|_| Who::from_row(row, "decided_by_id", "decided_by_name"))
                .transpose()?,
            decided_at,
            reason: row.try_get("reason")?,
            organization_id: row.try_get("organization_id")?,
            tenant_id: optional_number(row, "tenant_id")?,
            stream_version: number(row, "stream_version")?,
        })
    }
}
