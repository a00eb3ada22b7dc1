//! Connections: every tenant and environment that an app is listed for, and what became of it (rule 25).
//!
//! What many rows share stands once: the app's name and latest version in `app`, every version's scopes in
//! `app_version`. So a scope edit writes two rows, however many tenants are connected, and the difference
//! between the granted version and the latest is made when it is read. For the same reason the deletion of an app
//! writes one row: that its connections have ended with it shows when they are read.

mod apply;
mod query;
mod row;

pub use query::{connection, for_tenant, listed_app, of_app};
pub use row::{Connection, Declined, ListedApp, Secret, Upgrade};

use chancery_wire::Recorded;
use deadpool_postgres::Transaction;
use futures_util::{FutureExt, future::BoxFuture};

use crate::{ApplyError, Fold, KeyedBy, View, Wants};

/// One row a listing, and one a connection that somebody decided on.
#[derive(Debug, Clone, Copy)]
pub struct Connections;

impl View for Connections {
    fn name(&self) -> &'static str {
        "connections"
    }

    fn version(&self) -> u32 {
        3
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

    fn fold(&self) -> Option<Box<dyn Fold>> {
        Some(Box::new(apply::Changes::default()))
    }
}
