//! The apps as HTTP shows them.

use chancery_wire::Position;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Apps;
use crate::{
    At, CredentialManagement, Page, ReadError, Reader, Review, Visibility, Who,
    past::Subject,
    read::{Key, Keyed},
    row::number,
};

/// An app (DESIGN §11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct App {
    pub app_id: Uuid,
    pub app_key: String,
    pub organization_id: Uuid,
    pub name: String,
    pub organization_name: String,
    pub homepage_url: String,
    pub visibility: Visibility,
    pub credential_management: CredentialManagement,
    /// How many tenants it is listed for. `null` in the answer of a command that does not list any: an app's own
    /// stream does not know (rule 9).
    pub tenant_count: Option<u64>,
    /// The latest version.
    pub version: u64,
    /// The latest version's scopes.
    pub scopes: Vec<String>,
    /// `not_required` also while it is private: an approval once given counts again when it is public.
    pub review: Review,
    /// What the reviewer said. `null` while nothing is decided, and where an approval had no words.
    pub review_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
    /// Since then its key opens nothing and all its connections have ended (rule 11).
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
    pub deleted_by: Option<Who>,
    /// The version of the app's stream: its `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// One app, also a deleted one.
pub async fn app(reader: &Reader, app_id: Uuid) -> Result<At<Option<App>>, ReadError> {
    reader.one(&Apps, Subject::App(app_id), include_str!("app.sql"), &[&app_id], App::from_row).await
}

/// The organization that an app is of.
pub async fn organization_of(reader: &Reader, app_id: Uuid) -> Result<At<Option<Uuid>>, ReadError> {
    let sql = include_str!("organization_of.sql");
    reader.one(&Apps, Subject::AppAlone(app_id), sql, &[&app_id], |row| row.try_get(0)).await
}

/// An organization's apps but for deleted ones, oldest first where their ids are of version 7.
pub async fn of_organization(
    reader: &Reader,
    organization_id: Uuid,
    after: Option<Uuid>,
    limit: usize,
) -> Result<At<Page<App, Uuid>>, ReadError> {
    let after = after.unwrap_or(Uuid::nil());
    let sql = include_str!("of_organization.sql");
    let item = |row: &Row| {
        App::from_row(row).map(|app| {
            let key = app.app_id;
            (app, key)
        })
    };
    reader.page(&Apps, &[], sql, limit, &[&organization_id, &after], item).await
}

/// The apps that wait for a reviewer, oldest first. The key is the position at which they began to wait.
pub async fn awaiting_review(
    reader: &Reader,
    after: Option<Position>,
    limit: usize,
) -> Result<At<Page<App, Position>>, ReadError> {
    let after = after.unwrap_or(Position::START).as_i64();
    let item = |row: &Row| Ok((App::from_row(row)?, Position::from_i64(row.try_get("review_since")?)));
    reader.page(&Apps, &[], include_str!("awaiting_review.sql"), limit, &[&after], item).await
}

impl Keyed for App {
    fn keys(&self) -> Vec<Key> {
        vec![Key::App(self.app_id)]
    }
}

impl App {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let deleted_at: Option<Timestamp> = row.try_get("deleted_at")?;
        Ok(Self {
            app_id: row.try_get("app_id")?,
            app_key: row.try_get("app_key")?,
            organization_id: row.try_get("organization_id")?,
            name: row.try_get("name")?,
            organization_name: row.try_get("organization_name")?,
            homepage_url: row.try_get("homepage_url")?,
            visibility: row.try_get("visibility")?,
            credential_management: row.try_get("credential_management")?,
            tenant_count: Some(number(row, "tenant_count")?),
            version: number(row, "version")?,
            scopes: row.try_get("scopes")?,
            review: row.try_get("review_now")?,
            review_reason: row.try_get("review_reason_now")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
            deleted_by: deleted_at
                .map(|_| Who::from_row(row, "deleted_by_id", "deleted_by_name"))
                .transpose()?,
            deleted_at,
            stream_version: number(row, "stream_version")?,
        })
    }
}
