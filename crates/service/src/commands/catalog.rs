//! Publishing the scope catalog.

use chancery_domain::{StreamName, catalog};
use chancery_views::{Access, OperationKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Answer, Caller, CommandError, Commands, apps::unchanged_since, plan::Plan, words};
use crate::states::Seen;

/// The whole catalog, as it is from now on.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishCatalog {
    pub scopes: Vec<PublishedScope>,
    #[serde(default)]
    pub operations: Vec<PublishedOperation>,
}

/// A scope that an app can ask for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedScope {
    /// `tn.<module>.<resource>:r` or `:w`.
    pub scope: String,
    pub module: String,
    pub resource: String,
    pub access: Access,
    pub title: String,
}

/// An operation of the platform's API and the one scope that it needs.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedOperation {
    pub id: String,
    pub module: String,
    pub method: String,
    /// A template with one `{tenant}`.
    pub path: String,
    pub scope: String,
    pub kind: OperationKind,
}

/// What was published: the catalog itself is at `GET /v1/scope-catalog`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CatalogSummary {
    pub scopes: usize,
    pub operations: usize,
}

impl Commands {
    /// `PUT /v1/scope-catalog`
    pub async fn publish_catalog(
        &self,
        caller: &Caller,
        body: PublishCatalog,
    ) -> Result<Answer, CommandError> {
        let summary = CatalogSummary { scopes: body.scopes.len(), operations: body.operations.len() };
        let command = body.draft();
        let decide = |seen: &Seen| {
            let state = seen.catalog()?;
            unchanged_since(caller, seen, &StreamName::Catalog)?;
            let events = catalog::publish(command.clone(), &state)?;
            Ok(Plan::new(200, events, &summary).about(StreamName::Catalog))
        };
        self.0.executor.execute(caller, &[], decide).await
    }
}

impl PublishCatalog {
    fn draft(self) -> catalog::Publish {
        let scope = |scope: PublishedScope| catalog::DraftScope {
            scope: scope.scope,
            module: scope.module,
            resource: scope.resource,
            access: words::to_access(scope.access),
            title: scope.title,
        };
        let operation = |operation: PublishedOperation| catalog::DraftOperation {
            id: operation.id,
            module: operation.module,
            method: operation.method,
            path: operation.path,
            scope: operation.scope,
            kind: words::to_operation_kind(operation.kind),
        };
        catalog::Publish {
            scopes: self.scopes.into_iter().map(scope).collect(),
            operations: self.operations.into_iter().map(operation).collect(),
        }
    }
}
