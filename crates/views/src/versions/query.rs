//! The version history as HTTP shows it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Versions;
use crate::{
    At, Page, ReadError, Reader, Who,
    past::Subject,
    read::{Key, Keyed},
    row::number,
};

/// A version of an app (DESIGN §11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AppVersion {
    pub version: u64,
    pub scopes: Vec<String>,
    /// Against the version before; all scopes of version 1.
    pub added: Vec<String>,
    pub removed: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    pub created_by: Who,
}

/// An app's versions, newest first. The key is the version's number.
pub async fn of_app(
    reader: &Reader,
    app_id: Uuid,
    after: Option<u64>,
    limit: usize,
) -> Result<At<Page<AppVersion, u64>>, ReadError> {
    let before = after.map_or(i64::MAX, u64::cast_signed);
    let item = |row: &Row| {
        AppVersion::from_row(row).map(|item| {
            let key = item.version;
            (item, key)
        })
    };
    let sql = include_str!("of_app.sql");
    reader.page(&Versions, Subject::AppAlone(app_id), sql, limit, &[&app_id, &before], item).await
}

impl Keyed for AppVersion {
    /// All of a page are of the app that was asked for.
    fn keys(&self) -> Vec<Key> {
        Vec::new()
    }
}

impl AppVersion {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            version: number(row, "version")?,
            scopes: row.try_get("scopes")?,
            added: row.try_get("added")?,
            removed: row.try_get("removed")?,
            created_at: row.try_get("created_at")?,
            created_by: Who::from_row(row, "created_by_id", "created_by_name")?,
        })
    }
}
