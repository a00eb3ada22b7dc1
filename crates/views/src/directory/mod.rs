//! The directory: organizations, tenants, API tokens, and the scope catalog.

mod apply;
mod catalog;
mod query;

pub use catalog::{CatalogOperation, CatalogScope, ScopeCatalog};
pub use query::{
    ApiToken, Organization, Tenant, api_tokens, organization, organizations, scope_catalog, tenant, tenants,
};

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{ApplyError, View, Wants};

/// One row an organization, a tenant, a token; one row for the catalog.
#[derive(Debug, Clone, Copy)]
pub struct Directory;

impl View for Directory {
    fn name(&self) -> &'static str {
        "directory"
    }

    fn version(&self) -> u32 {
        1
    }

    fn schema(&self) -> &'static str {
        include_str!("schema.sql")
    }

    fn wants(&self) -> Wants {
        Wants::types(apply::EVENTS)
    }

    fn apply<'a>(
        &'a self,
        transaction: &'a Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        apply::apply(transaction, batch).boxed()
    }
}
