//! Version history: every version of an app, what it added and removed, when, and by whom (rule 8).

mod apply;
mod query;

pub use query::{AppVersion, of_app};

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{ApplyError, KeyedBy, View, Wants};

/// One row a version; none ever changes.
#[derive(Debug, Clone, Copy)]
pub struct Versions;

impl View for Versions {
    fn name(&self) -> &'static str {
        "versions"
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
