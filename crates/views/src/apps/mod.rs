//! Apps: an app's page, an organization's list, the reviewers' queue.

mod apply;
mod query;

pub use query::{App, app, awaiting_review, of_organization, organization_of};

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{ApplyError, KeyedBy, View, Wants};

/// One row an app.
#[derive(Debug, Clone, Copy)]
pub struct Apps;

impl View for Apps {
    fn name(&self) -> &'static str {
        "apps"
    }

    fn version(&self) -> u32 {
        2
    }

    fn schema(&self) -> &'static str {
        include_str!("schema.sql")
    }

    fn wants(&self) -> Wants {
        // Whatever happens in an app's stream moves its version.
        Wants::Of { types: apply::EVENTS, categories: &["app"] }
    }

    fn keyed_by(&self) -> KeyedBy {
        KeyedBy::App
    }

    fn shards(&self) -> u32 {
        4
    }

    fn apply<'a>(
        &'a self,
        transaction: &'a Transaction<'_>,
        batch: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        apply::apply(transaction, batch).boxed()
    }
}
