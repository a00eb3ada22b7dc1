//! Enterprise Hub: a customer's networks, the groups in them, each group's tenants, and the apps offered to them
//! (rule 26).
//!
//! Whether a tenant consented to what it was offered is its connection's business, and stands in that view.

mod apply;
mod query;

pub use query::{Group, Network, group, groups, network, of_organization};

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{ApplyError, View, Wants};

/// One row a network, a group, a member of a group, an offer to a group.
#[derive(Debug, Clone, Copy)]
pub struct Networks;

impl View for Networks {
    fn name(&self) -> &'static str {
        "networks"
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
