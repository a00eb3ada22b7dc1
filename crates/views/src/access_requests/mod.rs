//! Access requests: who asked to build apps, and what reviewers decided (rule 1).
//!
//! Events name a person and a company. The person's name and address, and what the access is for, stand in `people`
//! and are joined when they are read: forgotten there, they are gone here.

mod apply;
mod query;

pub use query::{AccessRequest, access_request, list};

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{ApplyError, View, Wants};

/// One row a request.
#[derive(Debug, Clone, Copy)]
pub struct AccessRequests;

impl View for AccessRequests {
    fn name(&self) -> &'static str {
        "access_requests"
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
