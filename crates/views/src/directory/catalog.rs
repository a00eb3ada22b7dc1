//! The scope catalog as HTTP takes and shows it.

use chancery_wire::{Recorded, v1};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_postgres::{Error, Row, types::Json};
use utoipa::ToSchema;

use crate::{Access, ApplyError, OperationKind, Who, row::number, view::unusable, words};

/// The catalog that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScopeCatalog {
    pub scopes: Vec<CatalogScope>,
    pub operations: Vec<CatalogOperation>,
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Timestamp,
    pub published_by: Who,
    /// The version of the catalog's stream: its `ETag`.
    #[serde(skip)]
    pub stream_version: u64,
}

/// A scope that an app can ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogScope {
    pub scope: String,
    pub module: String,
    pub resource: String,
    pub access: Access,
    pub title: String,
}

/// An operation of the platform's API and the one scope that it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CatalogOperation {
    pub id: String,
    pub module: String,
    pub method: String,
    pub path: String,
    pub scope: String,
    pub kind: OperationKind,
}

/// What is stored.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    scopes: Vec<CatalogScope>,
    operations: Vec<CatalogOperation>,
}

impl Content {
    pub(super) fn of(event: &Recorded, message: v1::ScopeCatalogPublished) -> Result<Self, ApplyError> {
        let scope = |scope: v1::Scope| {
            Ok(CatalogScope {
                access: words::access(scope.access).ok_or_else(|| unusable(event, "access"))?,
                scope: scope.scope,
                module: scope.module,
                resource: scope.resource,
                title: scope.title,
            })
        };
        let operation = |operation: v1::Operation| {
            Ok(CatalogOperation {
                kind: words::operation_kind(operation.kind).ok_or_else(|| unusable(event, "kind"))?,
                id: operation.id,
                module: operation.module,
                method: operation.method,
                path: operation.path,
                scope: operation.scope,
            })
        };
        Ok(Self {
            scopes: message.scopes.into_iter().map(scope).collect::<Result<_, _>>()?,
            operations: message.operations.into_iter().map(operation).collect::<Result<_, _>>()?,
        })
    }
}

impl ScopeCatalog {
    pub(super) fn from_row(row: &Row) -> Result<Self, Error> {
        let Json(content): Json<Content> = row.try_get("catalog")?;
        Ok(Self {
            scopes: content.scopes,
            operations: content.operations,
            published_at: row.try_get("published_at")?,
            published_by: Who::from_row(row, "published_by_id", "published_by_name")?,
            stream_version: number(row, "stream_version")?,
        })
    }
}
